"""The decision surface: what a net answers at each point of a plane."""

from __future__ import annotations

from typing import Any

from neurona.studio.arrays import bytes_, shares
from neurona.studio.views.view import View
from neurona.studio.views.watched import Watched

SIDE = 60
MOST_CLASSES = 30


class Surface(View):
    """What the net answers at each point of a plane: the likeliest class and how sure it is, or a value."""

    name = "surface"

    @staticmethod
    def suits(seen: Watched) -> bool:
        """Tell whether samples are points of a plane, of some classes or with a single value."""
        return seen.is_flat and (1 < seen.classes <= MOST_CLASSES or seen.is_curve)

    def frame(self) -> dict[str, Any]:
        """Return classes and shares, or values as shares of their range, `(side * side,)`, row by row from below."""
        assert self.seen.plane is not None
        answers = self.seen.answers(self.seen.plane.grid(SIDE))
        if not self.seen.classes:
            low, high = self.seen.plane.range
            return {"side": SIDE, "values": shares((answers[:, 0] - low) / (high - low or 1.0))}
        count = answers.shape[1]
        sure = (answers.max(1) - 1 / count) / (1 - 1 / count)
        return {"side": SIDE, "classes": bytes_(answers.argmax(1)), "sure": shares(sure)}
