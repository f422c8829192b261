"""New rows of a table, as a net draws them, and how each column is distributed among drawn rows and among real ones."""

from __future__ import annotations

import math
from functools import cached_property
from typing import Any

import numpy as np
import torch
from torch import Tensor

from neurona.data.inputs import Category, Columns, Date, Number
from neurona.look.style import thinned
from neurona.studio.views.cells import Cells
from neurona.studio.views.field import DAYS, date_text
from neurona.studio.views.view import View
from neurona.studio.views.watched import AT_ONCE, Watched
from neurona.tasks.generative import Adversarial, Generative

# Rows that are drawn, and real ones that they are held against; those shown one by one; columns; parts of a range.
DRAWN, REAL, SHOWN, MOST_COLUMNS, BINS, MOST_NAMES = 600, 2000, 3, 60, 24, 12
# So much of the range of the real values is added at both ends.
ROOM = 0.15


class Drawn(View):
    """Rows of a table that a net makes, always of the same noise, beside real rows, and the columns of both."""

    name = "drawn"

    @staticmethod
    def suits(seen: Watched) -> bool:
        """Tell whether the net makes rows of a table, other than points of a plane."""
        flat = seen.plane is not None and len(seen.plane.numbers) == 2
        return isinstance(seen.fit.task, Generative) and isinstance(seen.data.inputs, Columns) and not flat

    @cached_property
    def columns(self) -> list[Measured]:
        """The columns, the first 60 of them; where the net sees features, these are the columns."""
        inputs = self.seen.data.inputs
        assert isinstance(inputs, Columns)
        if inputs.features:
            means, scales = Cells(inputs).scales
            numbers = [Number(name, 0.0, means[i], scales[i]) for i, name in enumerate(inputs.names)]
            return [Measured(one, slice(i, i + 1), self._real) for i, one in enumerate(numbers[:MOST_COLUMNS])]
        return [Measured(one, inputs.places[one.name], self._real) for one in inputs.columns[:MOST_COLUMNS]]

    @cached_property
    def _real(self) -> Tensor:
        """Real rows as the net sees them: those of train, evenly spread ones where there are many."""
        train = self.seen.data.train.x
        return self.seen.data.inputs.prepare(train[torch.from_numpy(thinned(len(train), REAL))])

    @cached_property
    def noise(self) -> Tensor:
        """What rows are made of, `(n, k)`: the first numbers of seed 0, as in the report of a run."""
        task = self.seen.fit.task
        assert isinstance(task, Generative)
        noise = torch.randn(DRAWN, task.noise(self.seen.net), generator=torch.Generator().manual_seed(0))
        return noise.to(self.seen.fit.device)

    def described(self) -> dict[str, Any]:
        """Return the columns with what real rows have in them, some of these rows, and how many there are of both."""
        inputs = self.seen.data.inputs
        assert isinstance(inputs, Columns)
        return {
            "columns": [
                {**column.described(), "name": self.seen.called((column.column.name,))[0], **column.spread(self._real)}
                for column in self.columns
            ],
            "rows": [column.texts(self._real[:SHOWN]) for column in self.columns],
            "of": len(inputs.names if inputs.features else inputs.columns),
            "real": len(self._real),
            "drawn": DRAWN,
            "means": not isinstance(self.seen.fit.task, Adversarial),
        }

    def frame(self) -> dict[str, Any]:
        """Return for each column what the drawn rows have in it, and the texts of the first of them.

        `real` is the probability of being real that the discriminator gives to each of these; null without one.
        """
        task = self.seen.fit.task
        assert isinstance(task, Generative)
        made = torch.cat([task.made(self.seen.net, part) for part in self.noise.split(AT_ONCE)])
        real = None
        if isinstance(task, Adversarial):
            logits = self.seen.net.discriminator(made[:SHOWN])  # type: ignore[operator]
            real = [float(share) for share in torch.nan_to_num(logits.sigmoid()).flatten().cpu()]
        rows = torch.nan_to_num(made.cpu().reshape(len(made), -1))
        return {
            "columns": [column.spread(rows) for column in self.columns],
            "rows": [column.texts(rows[:SHOWN]) for column in self.columns],
            "real": real,
        }


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
