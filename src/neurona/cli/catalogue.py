"""`neurona list`: everything that has a name."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from neurona.cli import screen
from neurona.language import _
from neurona.registry import Registry

if TYPE_CHECKING:
    from neurona.recipe import Recipe


# The room of `neurona.nets` that a recipe's net comes from, by family.
CONVOLUTIONAL = ("conv", "graph", "known")
GENERATIVE = ("autoencoder", "variational", "gan")
RECURRENT = ("sequences", "encoder_decoder", "linear_recurrent")


def _recipes() -> None:
    from neurona.recipe import Recipe, names

    families: dict[str, list[tuple[str, str, str]]] = {}
    for name in names():
        recipe = Recipe.read(name)
        families.setdefault(_family(recipe), []).append((name, recipe.data["name"], _(recipe.title)))
    for family in sorted(families, key=list(_titles()).index):
        screen.show_table(_titles()[family], (_("name"), _("data"), _("what it is")), families[family])


def _titles() -> dict[str, str]:
    return {
        "dense": _("Recipes: dense networks"),
        "convolutional": _("Recipes: convolutional networks"),
        "transfer": _("Recipes: transfer learning"),
        "generative": _("Recipes: autoencoders and made samples"),
        "recurrent": _("Recipes: recurrent networks"),
    }


def _family(recipe: Recipe) -> str:
    from neurona.nets import NETS

    room = NETS[recipe.net["kind"]].make.__module__.rpartition(".")[2]
    rooms = {
        "convolutional": CONVOLUTIONAL,
        "generative": GENERATIVE,
        "recurrent": RECURRENT,
        "transfer": ("transfer",),
    }
    return next((family for family, members in rooms.items() if room in members), "dense")


def _registered(title: str, registry: Registry[Any]) -> None:
    rows = [(entry.name, _(entry.summary), ", ".join(entry.options.model_fields)) for entry in registry]
    shown = any(options for _name, _summary, options in rows)
    columns = (_("name"), _("what it is"), _("options"))
    screen.show_table(title, columns if shown else columns[:2], rows if shown else [row[:2] for row in rows])


def _datasets() -> None:
    from neurona.data import DATASETS

    _registered(_("Datasets"), DATASETS)
    screen.out.print(_("Every dataset also takes: valid, test, seed, standardise, task."))
    screen.out.print(_("Pictures also take: resize, normalise, colour, augment.") + "\n")


def _nets() -> None:
    from neurona.nets import NETS

    _registered(_("Nets"), NETS)


def _layers() -> None:
    from neurona.nets.layers import LAYERS, usage

    rows = [(entry.name, usage(entry.name), _(entry.summary)) for entry in LAYERS]
    screen.show_table(_("Layers in words"), (_("name"), _("how it is written"), _("what it is")), rows)


def _augmentations() -> None:
    from neurona.data.augment import CHANGES, usage

    rows = [(entry.name, usage(entry.name), _(entry.summary)) for entry in CHANGES]
    screen.show_table(_("Augmentations"), (_("name"), _("how it is written"), _("what it is")), rows)


def _activations() -> None:
    from neurona.nets import ACTIVATIONS

    _named(_("Activations"), ACTIVATIONS)


def _optimizers() -> None:
    from neurona.fit.optim import OPTIMIZERS

    rows = [(e.name, _(e.summary), f"{e.facts['lr']:g}", ", ".join(e.facts["takes"])) for e in OPTIMIZERS]
    screen.show_table(_("Optimizers"), (_("name"), _("what it is"), _("usual lr"), _("options")), rows)


def _losses() -> None:
    from neurona.tasks import LOSSES

    rows = [(e.name, _(e.summary), ", ".join(e.facts["tasks"])) for e in LOSSES]
    screen.show_table(_("Losses"), (_("name"), _("what it is"), _("tasks")), rows)


def _initialisations() -> None:
    from neurona.nets import INITIALISATIONS

    _named(_("Weight initialisations"), INITIALISATIONS)


def _named(title: str, registry: Registry[Any]) -> None:
    screen.show_table(title, (_("name"), _("what it is")), [(e.name, _(e.summary)) for e in registry])


KINDS: dict[str, Callable[[], None]] = {
    "recipes": _recipes,
    "datasets": _datasets,
    "nets": _nets,
    "layers": _layers,
    "augmentations": _augmentations,
    "activations": _activations,
    "optimizers": _optimizers,
    "losses": _losses,
    "initialisations": _initialisations,
}


def show(kind: str) -> None:
    """Print the list of one kind."""
    KINDS[kind]()
