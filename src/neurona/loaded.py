"""The data of recipes, loaded once for those that ask for the same one after the other."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING

from neurona.recipe import Recipe

if TYPE_CHECKING:
    from neurona.data import Dataset


class Loaded:
    """Hands out the data of recipes, and keeps those of the last one: two large tables may not fit in memory."""

    def __init__(self) -> None:
        self._name = ""
        self._data: Dataset | None = None

    def of(self, recipe: Recipe) -> Dataset:
        """Return the data of a recipe.

        Raises:
            InputError: they cannot be loaded.
        """
        name = name_of(recipe)
        if self._data is None or name != self._name:
            self._data = None  # before the next ones are loaded
            self._name, self._data = name, recipe.load()
        return self._data

    def let_go(self) -> None:
        """Keep nothing."""
        self._data = None


def name_of(recipe: Recipe) -> str:
    """Return a text that recipes with the same data have in common: their `[data]`, in one order."""
    return json.dumps(recipe.data, sort_keys=True, default=str)


def by_data(recipes: Sequence[Recipe]) -> list[int]:
    """Return the places of all recipes, in an order in which those with the same data follow each other."""
    names = [name_of(recipe) for recipe in recipes]
    return sorted(range(len(names)), key=lambda place: names.index(names[place]))
