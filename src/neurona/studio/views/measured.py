"""A column of rows as a net sees them, read as the table has it: values, texts, and how they are spread."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import torch
from torch import Tensor

from neurona.data.inputs import Category, Columns, Date, Number
from neurona.studio.views.cells import Cells
from neurona.studio.views.field import DAYS, date_text

# Columns; parts of a range; names of a column that have a bar each.
MOST_COLUMNS, BINS, MOST_NAMES = 60, 24, 12
# So much of the range of the real values is added at both ends.
ROOM = 0.15


class Measured:
    """A column of rows as a net sees them, in the units of the table.

    Args:
        column: it.
        place: where it stands in a row.
        real: real rows, `(n, d)`, which give its range and its names.
    """

    def __init__(self, column: Number | Category | Date, place: slice, real: Tensor) -> None:
        self.column, self.place = column, place
        self.gaps = isinstance(column, Category) and not bool(real[:, place].any(1).all())
        values = self.values(real)
        if isinstance(column, Category):
            counts = np.bincount(values[values >= 0], minlength=len(column.values))
            self.shown = np.sort(np.argsort(-counts, kind="stable")[:MOST_NAMES])
            return
        low, high = float(values.min()), float(values.max())
        room = ROOM * (high - low) or 1.0
        self.low, self.high = low - room, high + room

    def values(self, rows: Tensor) -> np.ndarray:
        """Return numbers, `(n,)`; of dates days since 2000, of names their number.

        A drawn name is the one with the largest number of its code. Where real rows lack some, a code that adds up to
        less than one half is a missing name, -1: of real ones it adds up to 1, of missing ones to 0.
        """
        block = rows[:, self.place].double()
        if not isinstance(self.column, Category):
            values: np.ndarray = block[:, 0].numpy() * self.column.scale + self.column.mean
            return values * DAYS if isinstance(self.column, Date) else values
        return torch.where((block.sum(1) < 0.5) & self.gaps, -1, block.argmax(1)).numpy()

    def texts(self, rows: Tensor) -> list[str]:
        """Return values as people read them."""
        values = self.values(rows)
        if isinstance(self.column, Category):
            return [self.column.values[value] if value >= 0 else "-" for value in values]
        if isinstance(self.column, Date):
            return [date_text(round(value)) for value in values.clip(-7e5, 2.9e6)]
        return [f"{value:.{self.decimals}f}" for value in np.round(values, self.decimals) + 0.0]

    @property
    def decimals(self) -> int:
        """How many decimals a number is told with: it is exact to about a thousandth of the range."""
        return max(0, 2 - math.floor(math.log10(self.high - self.low)))

    def described(self) -> dict[str, Any]:
        """Return its name and kind, the names of its bars, the ends of its range and its decimals."""
        about = {"name": self.column.name, "kind": self.column.kind}
        if isinstance(self.column, Category):
            return {**about, "values": [self.column.values[number] for number in self.shown]}
        ends = [self.low, self.high]
        words = [date_text(round(end)) if isinstance(self.column, Date) else f"{end:.3g}" for end in ends]
        return {**about, "ends": words, "decimals": self.decimals}

    def spread(self, rows: Tensor) -> dict[str, Any]:
        """Return how rows are distributed: `bars`, shares of the rows, and for numbers mean and standard deviation.

        The bars are equal parts of the range, what lies beyond it in the outermost, or the most frequent names.
        """
        values = self.values(rows)
        if isinstance(self.column, Category):
            return {"bars": [float((values == number).mean()) for number in self.shown]}
        bars, _edges = np.histogram(values.clip(self.low, self.high), BINS, (self.low, self.high))
        found: dict[str, Any] = {"bars": (bars / len(values)).tolist()}
        if isinstance(self.column, Number):
            found |= {"mean": float(values.mean()), "std": float(values.std())}
        return found


def measured(inputs: Columns, real: Tensor) -> list[Measured]:
    """Return the columns of a table, the first 60 of them; where the net sees features, these are the columns.

    Args:
        inputs: the preprocessing.
        real: real rows as the net sees them, `(n, d)`.
    """
    if inputs.features:
        means, scales = Cells(inputs).scales
        numbers = [Number(name, 0.0, means[i], scales[i]) for i, name in enumerate(inputs.names)]
        return [Measured(one, slice(i, i + 1), real) for i, one in enumerate(numbers[:MOST_COLUMNS])]
    return [Measured(one, inputs.places[one.name], real) for one in inputs.columns[:MOST_COLUMNS]]
