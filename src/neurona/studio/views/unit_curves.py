"""What each unit of a dense net answers along the one column that it sees, as small curves on the drawing."""

from __future__ import annotations

from functools import cached_property
from typing import Any

import numpy as np
from torch import Tensor

from neurona.studio.arrays import floats, shares
from neurona.studio.drawing import MOST_INPUTS
from neurona.studio.views.plane import Plane
from neurona.studio.views.view import OnDrawing
from neurona.studio.views.watched import Watched

POINTS = 128


class UnitCurves(OnDrawing):
    """A small curve for each unit that is drawn."""

    name = "unit_curves"

    @staticmethod
    def suits(seen: Watched) -> bool:
        """Tell whether the net is drawn unit by unit, over a single column of numbers."""
        return bool(seen.drawing.layers) and seen.plane is not None and len(seen.plane.numbers) == 1

    @property
    def _plane(self) -> Plane:
        assert self.seen.plane is not None
        return self.seen.plane

    @cached_property
    def _x(self) -> Tensor:
        """Places along the column as the net sees them, `(POINTS, features)`."""
        low, high = self._plane.bounds
        return self._plane.encoded(np.linspace(low, high, POINTS))

    def described(self) -> dict[str, Any]:
        """Return the column, its ends, and the curves of the inputs that are drawn."""
        low, high = self._plane.bounds
        return {
            "axis": self._plane.names[0],
            "low": float(low[0]),
            "high": float(high[0]),
            "inputs": _curves(self._x[:, :MOST_INPUTS].numpy()),
        }

    def frame(self) -> dict[str, Any]:
        """Return curves by the name of the layer: `values`, shares of their range `(units, POINTS)`, and its `ends`.

        A constant is half. A unit that answers no finite number somewhere has no ends (NaN), and no curve.
        """
        points = self._x.to(self.seen.fit.device)
        return {name: _curves(values) for name, values in self.seen.drawing.activations(self.seen.net, points)}


def _curves(values: np.ndarray) -> dict[str, Any]:
    wide = values.astype(np.float64)
    low, high = wide.min(0), wide.max(0)
    with np.errstate(all="ignore"):  # what is not finite has no curve
        found = np.where(high > low, (wide - low) / (high - low), 0.5)
    ends = np.stack([low, high], axis=1)
    return {"values": shares(found.T), "ends": floats(np.where(np.isfinite(ends).all(1)[:, None], ends, np.nan))}
