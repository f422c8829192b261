"""How what each unit of a dense net answers is spread over samples, as small histograms on the drawing of the net."""

from __future__ import annotations

from functools import cached_property
from typing import Any

import numpy as np
import torch
from torch import Tensor

from neurona.look.palette import PALETTE
from neurona.look.style import thinned
from neurona.studio.arrays import bytes_, floats
from neurona.studio.drawing import MOST_UNITS
from neurona.studio.views.pixels import Weights
from neurona.studio.views.unit_curves import UnitCurves
from neurona.studio.views.units import Units
from neurona.studio.views.view import OnDrawing
from neurona.studio.views.watched import Watched

# No more than a byte counts; as many bars as a small square has room for.
SAMPLES, BARS = 200, 16


class Spread(OnDrawing):
    """A histogram for each unit that is drawn and has no map and no picture, over evenly spread training samples.

    Its bars are stacked: by class where there are as few classes as colours; of an output for one of more classes, or
    for a label, by whether a sample is of it; else they are whole.
    """

    name = "spread"

    @staticmethod
    def suits(seen: Watched) -> bool:
        """Tell whether the net is drawn unit by unit, and its units have neither maps nor curves."""
        return (
            bool(seen.drawing.layers) and len(seen.data.train) > 0 and not (Units.suits(seen) or UnitCurves.suits(seen))
        )

    def described(self) -> dict[str, Any]:
        """Return of how many samples histograms are, and those of the inputs that are drawn."""
        inputs = self._x.flatten(1)[:, self.seen.drawing.sources].cpu().numpy()
        return {"samples": len(self._x), "inputs": self._histograms(inputs, output=False)}

    def frame(self) -> dict[str, Any]:
        """Return the histograms of each layer without pictures, by its name.

        They are `bars`, counts `(units, parts, bars)` of a first to a last value, `ends`, `(units, 2)`, and `by`, what
        the parts are: each "class", "own" (samples of another class or label, and of its own), or "all". Where a unit
        answers no finite number all counts are 0 and its ends NaN; the bar of a constant stands in the middle.
        """
        layers = self.seen.drawing.layers
        pictured = layers[0].name if Weights.suits(self.seen) else None
        return {
            name: self._histograms(values, output=name == layers[-1].name)
            for name, values in self.seen.drawing.activations(self.seen.net, self._x)
            if name != pictured
        }

    @cached_property
    def _chosen(self) -> Tensor:
        return torch.from_numpy(thinned(len(self.seen.data.train), SAMPLES))

    @cached_property
    def _x(self) -> Tensor:
        """The samples as the net sees them."""
        data = self.seen.data
        return data.inputs.prepare(data.train.x[self._chosen]).to(self.seen.fit.device)

    @cached_property
    def _of(self) -> np.ndarray | None:
        """Whether each sample is of each class or has each label, `(n, k)`; None where there are none."""
        data, y = self.seen.data, self.seen.data.train.y[self._chosen]
        if data.task == "multilabel":
            labels: np.ndarray = y.numpy() > 0.5
            return labels
        if not data.classes or y.numel() != len(y):
            return None
        numbers = y.reshape(-1).long().numpy()
        of_class: np.ndarray = numbers[:, None] == np.arange(len(data.classes))
        return of_class

    def _histograms(self, values: np.ndarray, *, output: bool) -> dict[str, Any]:
        """Return the histograms of columns `(n, units)`."""
        of, units = self._of, values.shape[1]
        by, parts = "all", np.ones((len(values), units, 1), bool)
        if of is not None and self.seen.data.task != "multilabel" and of.shape[1] <= len(PALETTE):
            by, parts = "class", np.repeat(of[:, None], units, axis=1)
        elif of is not None and output and of.shape[1] == self.seen.data.outputs:
            own = of[:, :MOST_UNITS]
            by, parts = "own", np.stack([~own, own], axis=2)
        bars, ends = histograms(values, parts)
        return {"bars": bytes_(bars), "ends": floats(ends), "by": by}


def histograms(values: np.ndarray, parts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return how columns are spread, each from its least to its largest finite value.

    Args:
        values: `(n, units)`.
        parts: whether each of them is of each part, `(n, units, parts)`.

    Returns:
        Counts `(units, parts, BARS)`, and the ends `(units, 2)`, NaN where no value is finite.
    """
    finite = np.isfinite(values)
    wide = values.astype(np.float64)
    low = np.where(finite, wide, np.inf).min(0)
    high = np.where(finite, wide, -np.inf).max(0)
    with np.errstate(all="ignore"):  # what is not finite is left out below
        place = np.where(high > low, (wide - low) / (high - low) * BARS, BARS // 2)
    bar = np.nan_to_num(place, posinf=0.0, neginf=0.0).astype(np.int64).clip(0, BARS - 1)
    _n, units, count = parts.shape
    sample, unit, part = np.nonzero(parts & finite[:, :, None])
    flat = (unit * count + part) * BARS + bar[sample, unit]
    counts = np.bincount(flat, minlength=units * count * BARS).reshape(units, count, BARS)
    ends = np.stack([low, high], axis=1)
    return counts, np.where(np.isfinite(ends), ends, np.nan)
