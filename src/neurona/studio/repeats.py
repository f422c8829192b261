"""The same recipe with several seeds, trained beside the run in view: what `neurona compare --seeds N` trains."""

from __future__ import annotations

import time
import warnings
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from neurona.compare import seeded
from neurona.errors import NeuronaError
from neurona.fit.fit import Fit
from neurona.fit.history import Epoch
from neurona.recipe import Recipe
from neurona.studio import limits
from neurona.studio.native import unhindered
from neurona.studio.rows import band, metric_names

if TYPE_CHECKING:
    from neurona.studio.workshop import Command, Workshop

COUNTS = (1, 3, 5, 10)
# Seconds that a turn takes, that an event may take to be trained in one go, and between two messages.
SLICE, WHOLE, MESSAGES = 0.03, 0.03, 0.15


class Repeats:
    """Fits of one recipe with seeds that follow one another, advanced a little at each turn.

    Args:
        workshop: whose recipe it is.

    Attributes:
        count: how many seeds; 1 for none but that of the run in view.
    """

    def __init__(self, workshop: Workshop) -> None:
        self.workshop, self.count = workshop, 1
        self._recipe: Recipe | None = None
        self._fits: list[Fit] = []
        self._events: list[Iterator[Epoch]] = []
        self._told, self._due = 0, 0.0
        self._working = False

    @property
    def commands(self) -> Mapping[str, Command]:
        """What each command of this part does."""
        return {"seeds": self._seeds}

    def _seeds(self, command: Mapping[str, Any]) -> None:
        count = command.get("count")
        self.count = count if count in COUNTS else 1
        self._begin()

    def follow(self) -> None:
        """Begin anew where the recipe is another one."""
        recipe = self.workshop.recipe
        if self.count > 1 and recipe is not None and self._recipe is not None and not _alike(recipe, self._recipe):
            self._begin()

    def again(self) -> None:
        """Begin anew, on other data of the same recipe."""
        if self.count > 1:
            self._begin()

    def tell_again(self) -> None:
        """Tell the band from its beginning, if there is one."""
        if self.count > 1:
            self._told = 0
            self._tell()

    def _begin(self) -> None:
        self._recipe, self._fits, self._events, self._told = self.workshop.recipe, [], [], 0
        self._working = self.count > 1
        self._tell()

    # ------------------------------------------------------------------ training

    @property
    def busy(self) -> bool:
        """Whether some of it is still to be trained."""
        return self._working

    def work(self) -> None:
        """Train for a moment: always the one that is farthest behind, so that all of them advance together."""
        if not self._working:
            return
        end = time.monotonic() + SLICE
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # the run in view has said it
                while self._working and time.monotonic() < end:
                    self._advance()
        except (NeuronaError, MemoryError, RuntimeError, OSError) as error:
            told = error if isinstance(error, NeuronaError) else limits.beyond(error)
            if told is None:
                raise
            self.count, self._working, self._fits = 1, False, []
            self.workshop.telling.problem(told, {"do": "seeds"})
        if not self._working or time.monotonic() >= self._due:
            self._tell()
            self._due = time.monotonic() + MESSAGES

    def _advance(self) -> None:
        if len(self._fits) < self.count:
            self._add()
            return
        behind = min(range(self.count), key=lambda place: (self._fits[place].ended, _share(self._fits[place])))
        fit, events = self._fits[behind], self._events[behind]
        quick = bool(fit.history) and fit.seconds <= WHOLE * len(fit.history) and not fit.steps[0]
        if quick:
            next(events, None)
            if fit.ended:
                next(events, None)  # it goes back to its best weights
        else:
            fit.step()
        self._working = not all(fit.ended for fit in self._fits)

    def _add(self) -> None:
        """Build the net of the next seed, on the data of that seed."""
        assert self._recipe is not None
        seed = self._recipe.fit.seed + len(self._fits)
        divergence = {} if "divergence" in self._recipe.fit.model_fields_set else {"fit.divergence": "end"}
        fit = unhindered(self._recipe.with_changes({**divergence, **seeded(seed)})).start()
        limits.check(fit.memory * (self.count + 1))
        self._fits.append(fit)
        self._events.append(iter(fit))

    # ------------------------------------------------------------------ what the page is told

    def _tell(self) -> None:
        """Tell the rows of the band that are new, how far it is, and at its end the numbers on test."""
        rows = list(zip(*(fit.history for fit in self._fits), strict=False)) if len(self._fits) == self.count else []
        new, first = rows[self._told :], self._told
        self._told = len(rows)
        done = sum(_share(fit) for fit in self._fits) / self.count
        message = {
            "kind": "band",
            "seeds": self.count,
            "first": first,
            "rows": [band(row) for row in new],
            "metrics": metric_names(rows[0] if rows else ()),
            "share": 1.0 if not self._working else done,
            "test": None if self._working or self.count == 1 else band([_on_test(fit) for fit in self._fits]),
        }
        self.workshop.send(message)


def _on_test(fit: Fit) -> dict[str, float]:
    return fit.evaluate(fit.data.test)


def _share(fit: Fit) -> float:
    """Return how much of a fit is trained, from 0 to 1."""
    return 1.0 if fit.ended else fit.epoch / fit.options.epochs


def _alike(recipe: Recipe, other: Recipe) -> bool:
    return all(getattr(recipe, part) == getattr(other, part) for part in ("data", "net", "fit"))
