"""`neurona list`: everything that has a name, as the sources say it, without waiting for PyTorch."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Sequence

from neurona.cli import screen
from neurona.families import FAMILIES, family_of
from neurona.language import _
from neurona.registered import SOURCES, Registration, registered


def _recipes() -> None:
    families: dict[str, list[tuple[str, str, str]]] = {family: [] for family in FAMILIES}
    for path in sorted((SOURCES / "recipes").glob("*.toml")):
        recipe = tomllib.loads(path.read_text(encoding="utf-8"))
        title = recipe["title"]
        families[family_of(recipe["net"]["kind"])].append((path.stem, recipe["data"]["name"], _(title)))
    for family, title in _titles().items():
        screen.show_table(title, (_("name"), _("data"), _("what it is")), families[family])


def _titles() -> dict[str, str]:
    return {
        "dense": _("Recipes: dense networks"),
        "convolutional": _("Recipes: convolutional networks"),
        "transfer": _("Recipes: transfer learning"),
        "generative": _("Recipes: autoencoders and made samples"),
        "recurrent": _("Recipes: recurrent networks"),
    }


def _with_options(title: str, entries: Sequence[Registration]) -> None:
    rows = [(entry.name, _(entry.summary), ", ".join(entry.options)) for entry in entries]
    screen.show_table(title, (_("name"), _("what it is"), _("options")), rows)


def _datasets() -> None:
    _with_options(_("Datasets"), registered("DATASETS"))
    screen.out.print(_("Every dataset also takes: valid, test, seed, standardise, task."))
    screen.out.print(_("Pictures also take: resize, normalise, colour, augment.") + "\n")


def _nets() -> None:
    _with_options(_("Nets"), registered("NETS"))


def _layers() -> None:
    _in_words(_("Layers in words"), registered("LAYERS"))


def _augmentations() -> None:
    _in_words(_("Augmentations"), registered("CHANGES"))


def _in_words(title: str, entries: Sequence[Registration]) -> None:
    rows = [(entry.name, entry.usage, _(entry.summary)) for entry in entries]
    screen.show_table(title, (_("name"), _("how it is written"), _("what it is")), rows)


def _activations() -> None:
    _named(_("Activations"), registered("ACTIVATIONS"))


def _optimizers() -> None:
    entries = registered("OPTIMIZERS")
    rows = [(e.name, _(e.summary), f"{e.facts['lr']:g}", ", ".join(e.facts["takes"])) for e in entries]
    screen.show_table(_("Optimizers"), (_("name"), _("what it is"), _("usual lr"), _("options")), rows)


def _losses() -> None:
    rows = [(e.name, _(e.summary), ", ".join(e.facts["tasks"])) for e in registered("LOSSES")]
    screen.show_table(_("Losses"), (_("name"), _("what it is"), _("tasks")), rows)


def _initialisations() -> None:
    _named(_("Weight initialisations"), registered("INITIALISATIONS"))


def _named(title: str, entries: Sequence[Registration]) -> None:
    screen.show_table(title, (_("name"), _("what it is")), [(e.name, _(e.summary)) for e in entries])


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
