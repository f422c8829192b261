"""Pinning a run, so that the next one can be held against it; and what recipes differ in."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from neurona.files import jsonable
from neurona.recipe import Recipe
from neurona.studio.controls import Control
from neurona.studio.part import Part
from neurona.studio.words import label

if TYPE_CHECKING:
    from neurona.studio.workshop import Command

# Views that can stand small beside those of another run; the first that suits does.
PICTURES = ("surface", "line")


class Pinning(Part):
    """The command that pins a run. The page keeps what it is told; the session keeps nothing."""

    @property
    def commands(self) -> Mapping[str, Command]:
        """What each command of this part does."""
        return {"pin": self._pin}

    def _pin(self, command: Mapping[str, Any]) -> None:
        """Tell what the page does not know of the run as it is now: its picture, and its numbers on test."""
        workshop, fit = self.workshop, self.workshop.fit
        workshop.telling.frame()
        view = next((name for name in PICTURES if name in workshop.scene.views), "")
        picture = workshop.scene.pictured(view) if view else None
        test = jsonable(fit.evaluate(fit.data.test)) if fit.epoch else None
        workshop.send({"kind": "pin", "epoch": fit.epoch, "view": view, "picture": picture, "test": test})


def settings(recipe: Recipe, controls: Iterable[Control]) -> dict[str, dict[str, Any]]:
    """Return what a recipe says, by its keys, each with its label: also what it leaves to the usual values.

    Args:
        recipe: the recipe.
        controls: of the page, which know the usual values.
    """
    found = {control["key"]: {"label": control["label"], "value": control["value"]} for control in controls}
    raw = recipe.to_dict()
    for section in ("data", "net", "fit"):
        for key, value in raw.get(section, {}).items():
            found.setdefault(f"{section}.{key}", {"label": label(key), "value": value})
    return {key: jsonable(one) for key, one in found.items()}
