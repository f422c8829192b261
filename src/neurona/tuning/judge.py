"""What trains a trial and judges it: recipes in, epochs out, and what the metric says about them."""

from __future__ import annotations

import json
import math
import statistics
import warnings
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from neurona.errors import NeuronaWarning
from neurona.recipe import Recipe

if TYPE_CHECKING:
    from neurona.data import Dataset
    from neurona.fit.fit import Fit
    from neurona.fit.history import Epoch

# How often the metric is looked at while a fit trains; a step of Optuna is one of these parts.
TENTHS = 10

Training = Callable[[Sequence[Recipe]], Generator[tuple[int, "Fit", "Epoch"]]]
"""What trains recipes and yields each epoch, with the number of its recipe, in any order."""


class OneByOne:
    """Trains recipes one after the other, on data that are loaded once.

    Attributes:
        keeps: whether data are kept for the recipes that come later; not where each trial has data of its own.
    """

    def __init__(self, *, keeps: bool = True) -> None:
        self.keeps = keeps
        self._data: dict[str, Dataset] = {}
        self._said: set[str] = set()

    def __call__(self, recipes: Sequence[Recipe]) -> Generator[tuple[int, Fit, Epoch]]:
        """Train each recipe to its end and yield its number, the fit, and each epoch as it passes.

        Raises:
            InputError: a recipe is wrong.
            TrainingError: the loss became NaN, and the recipe does not let the fit end then.
        """
        for number, recipe in enumerate(recipes):
            fit = self._start(recipe)
            for epoch in fit:
                yield number, fit, epoch

    def _start(self, recipe: Recipe) -> Fit:
        """Return the fit of a recipe; what is worth saying about it is said once in a search, not for each trial."""
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always", NeuronaWarning)
            fit = recipe.start(self.data(recipe))
        for warning in caught:
            if str(warning.message) not in self._said:
                self._said.add(str(warning.message))
                warnings.warn_explicit(warning.message, warning.category, warning.filename, warning.lineno)
        return fit

    def data(self, recipe: Recipe) -> Dataset:
        """Return the data of a recipe."""
        if not self.keeps:
            return recipe.load()
        name = json.dumps(recipe.data, sort_keys=True, default=str)
        if name not in self._data:
            self._data[name] = recipe.load()
        return self._data[name]


@dataclass
class Judgement:
    """What the metric says about a trial while its fits, one for each seed, are trained.

    Attributes:
        metric: such as "valid.loss".
        fits: those that have begun, by number.
        latest: the latest value of the metric, by number.
    """

    metric: str
    fits: dict[int, Fit] = field(default_factory=dict)
    latest: dict[int, float] = field(default_factory=dict)
    _tenths: dict[int, int] = field(default_factory=dict)

    def see(self, number: int, fit: Fit, epoch: Epoch) -> int | None:
        """Take in an epoch; return the step, from 1, that it completes, or None where it completes none."""
        value = epoch.value(self.metric)
        self.fits[number] = fit
        self.latest[number] = math.nan if value is None else value
        before, tenth = self._tenths.get(number, 0), TENTHS * epoch.index // fit.options.epochs
        self._tenths[number] = tenth
        return sum(self._tenths.values()) if tenth > before else None

    @property
    def value(self) -> float:
        """The mean over the fits that have begun, each as it was last seen."""
        return statistics.fmean(self.latest.values()) if self.latest else math.nan

    @property
    def diverged(self) -> bool:
        """Whether numbers became infinite in one of the fits."""
        return any(fit.diverged for fit in self.fits.values()) or not math.isfinite(self.value)

    def over(self, count: int) -> bool:
        """Tell whether all of `count` fits have ended, so that there is nothing left to train."""
        return len(self.fits) == count and all(fit.ended for fit in self.fits.values())

    @property
    def final(self) -> float:
        """The mean over the fits, each with the weights that it ended with: its best ones under early stopping."""
        return statistics.fmean(_ended_with(fit, self.metric) for fit in self.fits.values())

    @property
    def epochs(self) -> int:
        """How many epochs the fits have trained."""
        return sum(fit.epoch for fit in self.fits.values())

    @property
    def seconds(self) -> float:
        """How long the fits have trained."""
        return sum(fit.seconds for fit in self.fits.values())


def _ended_with(fit: Fit, metric: str) -> float:
    column = metric.replace(".", "_", 1)
    return next((row[column] for row in reversed(fit.history) if row["epoch"] == fit.best_epoch), math.nan)
