"""Samples of one or two numbers, which can be drawn as points."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from neurona.data.column_names import column_names
from neurona.data.dataset import SELF_SUPERVISED, SPLITS, Dataset
from neurona.data.inputs import Columns, Number
from neurona.look.style import thinned
from neurona.studio import points
from neurona.studio.arrays import doubles

MARGIN = 0.08
MOST_POINTS = {"train": 1200, "valid": 600, "test": 600}


@dataclass(frozen=True)
class Plane:
    """The line or the plane that samples of one or two numbers lie in.

    Attributes:
        data: the samples.
        classes: how many classes they are of; 0 for values.
        numbers: the columns that are its axes.
    """

    data: Dataset
    classes: int
    numbers: tuple[Number, ...]

    @staticmethod
    def of(data: Dataset, classes: int) -> Plane | None:
        """Return where samples lie; None where they are no points."""
        columns = data.inputs.columns if isinstance(data.inputs, Columns) else ()
        numbers = tuple(column for column in columns if isinstance(column, Number))
        fits = len(numbers) == len(columns) and len(columns) in (1, 2)
        if isinstance(data.inputs, Columns) and data.inputs.features and data.task in SELF_SUPERVISED:
            return None  # what a net gives back are features, from which no way leads to the columns
        return Plane(data, classes, numbers) if fits else None

    @property
    def names(self) -> list[str]:
        """What people call the axes."""
        return list(column_names((column.name for column in self.numbers), self.data))

    def described(self, judged: str) -> dict[str, Any]:
        """Return points, axes and their ends."""
        splits = {name: self._shown(name) for name in ("train", judged)}
        low, high = self.bounds
        wanted = np.concatenate([answer for _x, answer in splits.values()])
        return {
            "axes": self.names,
            "columns": [column.name for column in self.numbers],
            "low": low.tolist(),
            "high": high.tolist(),
            "range": [float(wanted.min()), float(wanted.max())],
            "splits": {name: {"x": doubles(x), "y": doubles(y)} for name, (x, y) in splits.items()},
        }

    def _shown(self, name: str) -> tuple[np.ndarray, np.ndarray]:
        """Return samples of a split in their units, `(n, d)`, and their class numbers or values, `(n,)`."""
        split = getattr(self.data, name)
        chosen = torch.from_numpy(thinned(len(split), MOST_POINTS[name]))
        y = split.y[chosen].double().reshape(len(chosen), -1)[:, 0].numpy()
        return self.in_units(split.x[chosen]), y if self.classes else self._value(y)

    @cached_property
    def _scales(self) -> tuple[np.ndarray, np.ndarray]:
        return np.array([n.scale for n in self.numbers]), np.array([n.mean for n in self.numbers])

    def in_units(self, x: Tensor) -> np.ndarray:
        """Return encoded samples in the units of their columns, `(n, d)`."""
        scale, mean = self._scales
        measured: np.ndarray = x.double().numpy() * scale + mean
        return measured

    def encoded(self, values: np.ndarray) -> Tensor:
        """Return points in units, `(n, d)`, as the net sees them."""
        scale, mean = self._scales
        return self.data.inputs.prepare(torch.from_numpy(((values - mean) / scale).astype(np.float32)))

    def _value(self, y: np.ndarray) -> np.ndarray:
        measured: np.ndarray = y * self.data.target.scale[0] + self.data.target.mean[0]
        return measured

    @cached_property
    def bounds(self) -> tuple[np.ndarray, np.ndarray]:
        """The least and the largest values that are drawn, `(d,)` both: those of the data with a margin."""
        if Path(self.data.origin.get("path", "")).name == points.FILE:
            return np.full(2, -1.0), np.full(2, 1.0)  # an axis that moved while one draws would be in the way
        samples = np.concatenate([self.in_units(getattr(self.data, s).x) for s in SPLITS])
        low, high = samples.min(0), samples.max(0)
        room = np.where(high > low, MARGIN * (high - low), 1.0)
        return low - room, high + room

    @cached_property
    def range(self) -> tuple[float, float]:
        """The least and the largest value of train, in its units."""
        values = self._value(self.data.train.y.double().numpy())
        return float(values.min()), float(values.max())

    def grid(self, side: int) -> Tensor:
        """Return `side` by `side` encoded points, row by row from below."""
        low, high = self.bounds
        x, y = (np.linspace(low[i], high[i], side) for i in (0, 1))
        return self.encoded(np.stack(np.meshgrid(x, y), axis=-1).reshape(-1, 2))
