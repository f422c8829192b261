"""Populations: many nets of one architecture, each from a seed of its own.

`together` is the one place that says how Neurona trains them.
"""

from __future__ import annotations

import copy
from collections.abc import Sequence

from benchmarks.contenders.neurona_ import Neurona
from benchmarks.setting import Setting
from neurona.fit import Fit
from neurona.recipe import Recipe


def together(fits: Sequence[Fit], epochs: int) -> None:
    """Train all fits for so many epochs: one after the other."""
    for fit in fits:
        for epoch in fit:
            if epoch.index >= epochs:
                break


class Population(Neurona):
    """The recipe with `count` seeds; the first net is the one that the others train."""

    count = 1

    def __init__(self, setting: Setting) -> None:
        super().__init__(setting)
        recipe = Recipe.read(setting.recipe, list(setting.changes))
        seeds = [recipe.fit.seed + number for number in range(self.count)]
        self.seeded = [(seed, recipe.with_changes({"fit.seed": seed}).build(self.data)) for seed in seeds]

    def begin(self, epochs: int) -> None:
        """Take the first weights of each net."""
        self.epochs, self.nets = epochs, [(seed, copy.deepcopy(net)) for seed, net in self.seeded]
        self.net = self.nets[0][1]

    def train(self) -> None:
        """Train all nets."""
        together([Fit(net, self.data, **{**self.options, "seed": seed}) for seed, net in self.nets], self.epochs)


class Ten(Population):
    """Ten seeds."""

    count = 10


class Hundred(Population):
    """A hundred seeds."""

    count = 100
