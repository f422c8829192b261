"""Neurona: `Fit`, as `neurona train` uses it, with metrics, validation and history."""

from __future__ import annotations

import copy
from typing import Any

import neurona as nr
from benchmarks.setting import Array, Setting


class Neurona:
    """The recipe itself: the samples that it loads, the net that it builds, the engine that it chooses.

    Making the `Fit` is timed with it: it checks the options and tries the net out.
    """

    def __init__(self, setting: Setting) -> None:
        recipe = nr.Recipe.read(setting.recipe, list(setting.changes))
        self.data = recipe.load()
        self.first = recipe.build(self.data)
        given = recipe.fit.model_dump(exclude_unset=True)
        self.options: dict[str, Any] = {**given, "device": "cpu"}
        self.notes = [f"engine {nr.Fit(copy.deepcopy(self.first), self.data, **self.options).engine}"]

    def begin(self, epochs: int) -> None:
        """Take the first weights."""
        self.net, self.epochs = copy.deepcopy(self.first), epochs

    def train(self) -> None:
        """Train, and stop after the epochs that are timed."""
        for epoch in nr.Fit(self.net, self.data, **self.options):
            if epoch.index >= self.epochs:
                break

    def weights(self) -> list[Array]:
        """Return what was learned."""
        return [p.detach().numpy() for p in self.net.parameters()]
