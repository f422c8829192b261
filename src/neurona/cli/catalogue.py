"""`neurona list`: everything that has a name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from neurona.cli import screen
from neurona.language import _
from neurona.registry import Registry


def _recipes() -> None:
    from neurona.recipe import Recipe, names

    rows = []
    for name in names():
        recipe = Recipe.read(name)
        rows.append((name, recipe.data["name"], _(recipe.title)))
    screen.show_table(_("Recipes"), (_("name"), _("data"), _("what it is")), rows)


def _registered(title: str, registry: Registry[Any]) -> None:
    rows = [(entry.name, _(entry.summary), ", ".join(entry.options.model_fields)) for entry in registry]
    shown = any(options for _name, _summary, options in rows)
    columns = (_("name"), _("what it is"), _("options"))
    screen.show_table(title, columns if shown else columns[:2], rows if shown else [row[:2] for row in rows])


def _datasets() -> None:
    from neurona.data import DATASETS

    _registered(_("Datasets"), DATASETS)
    screen.out.print(_("Every dataset also takes: valid, test, seed, standardise, task.") + "\n")


def _nets() -> None:
    from neurona.nets import NETS

    _registered(_("Nets"), NETS)


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
    "activations": _activations,
    "optimizers": _optimizers,
    "losses": _losses,
    "initialisations": _initialisations,
}


def show(kind: str) -> None:
    """Print the list of one kind."""
    KINDS[kind]()
