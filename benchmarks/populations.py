"""Populations: many nets of one architecture, each from a seed of its own."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from benchmarks.contenders.neurona_ import Neurona
from benchmarks.setting import Setting
from neurona.fit.fit import Fit
from neurona.fit.history import Epoch
from neurona.fit.population import Population
from neurona.part import Beside
from neurona.recipe import Recipe


def together(fits: Sequence[Fit], epochs: int) -> None:
    """Train all fits for so many epochs, side by side as `neurona compare` does."""
    for _member in Population([_Timed(fit, epochs) for fit in fits]):
        pass


@dataclass(frozen=True, eq=False)
class _Timed(Beside):
    """A fit that stops after the epochs that are timed."""

    epochs: int

    def __iter__(self) -> Iterator[Epoch]:
        for epoch in self.fit:
            yield epoch
            if epoch.index >= self.epochs:
                break


class Seeds(Neurona):
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


class Ten(Seeds):
    """Ten seeds."""

    count = 10


class Hundred(Seeds):
    """A hundred seeds."""

    count = 100
