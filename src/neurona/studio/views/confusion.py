"""Which classes are taken for which."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import numpy as np
import torch

from neurona.look.confusion import counts
from neurona.look.style import thinned
from neurona.studio.views.surface import MOST_CLASSES
from neurona.studio.views.view import View
from neurona.studio.views.watched import Watched

MOST_ANSWERS = 2000
# Seconds of the processor for a frame of a net that trains: a part of the answers is asked for anew in each.
QUICK, FIRST = 0.03, 64


class Confusion(View):
    """The confusion matrix of the samples that a net is judged by; evenly spread ones where there are many.

    While a large net trains, each frame brings a part of its answers up to date, one part after the other.
    """

    name = "confusion"
    beside = True

    def __init__(self, seen: Watched) -> None:
        super().__init__(seen)
        self._predicted = np.zeros(0, np.int64)
        self._next, self._each, self._whole = 0, 0.0, False

    @staticmethod
    def suits(seen: Watched) -> bool:
        """Tell whether there are classes to confuse, and not too many to be drawn."""
        return 1 < seen.classes <= MOST_CLASSES

    def frame(self) -> dict[str, Any]:
        """Return the counts, `(classes, classes)`: rows are true classes, columns those predicted."""
        split, chosen = self.seen.judged_by, self._chosen
        truth = split.y[chosen].reshape(-1).long().numpy()
        if self._whole and not self.seen.hurried:
            self._whole = False
        else:
            self._ask(split.x, chosen)
        matrix = counts(truth, self._predicted, self.seen.classes)
        return {"split": self.seen.judged, "counts": matrix.tolist(), "samples": len(truth), "of": len(split)}

    def freshen(self) -> Iterator[None]:
        """Ask for the answers a part at a time; the frame that follows at once has no more to ask."""
        x, chosen = self.seen.judged_by.x, self._chosen
        if len(self._predicted) == len(chosen):
            for begun in range(0, len(chosen), count := max(FIRST, int(QUICK / max(self._each, 1e-9)))):
                self._answer(x, chosen, begun, count)
                yield
            self._whole = True

    @property
    def _chosen(self) -> torch.Tensor:
        return torch.from_numpy(thinned(len(self.seen.judged_by), MOST_ANSWERS))

    def _ask(self, x: Any, chosen: torch.Tensor) -> None:
        """Bring the answers for the samples `chosen` up to date: all of them, or as many as are quickly given."""
        begun, count = 0, len(chosen)
        if self.seen.hurried and len(self._predicted) == count and self._each * count > QUICK:
            count = max(FIRST, int(QUICK / self._each))
            begun = self._next if self._next < len(chosen) else 0
        self._answer(x, chosen, begun, count)

    def _answer(self, x: Any, chosen: torch.Tensor, begun: int, count: int) -> None:
        """Bring `count` of the answers up to date."""
        spent, part = time.process_time(), chosen[begun : begun + count]
        predicted = self.seen.answers(self.seen.data.inputs.prepare(x[part])).argmax(1)
        self._each, self._next = (time.process_time() - spent) / len(part), begun + len(part)
        self._predicted = predicted if len(part) == len(chosen) else self._predicted
        self._predicted[begun : begun + len(part)] = predicted
