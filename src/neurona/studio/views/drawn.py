"""New rows of a table, as a net draws them, and how each column is distributed among drawn rows and among real ones."""

from __future__ import annotations

from functools import cached_property
from typing import Any

import torch
from torch import Tensor

from neurona.data.inputs import Columns
from neurona.look.style import thinned
from neurona.studio.views.measured import Measured, measured
from neurona.studio.views.view import View
from neurona.studio.views.watched import AT_ONCE, Watched
from neurona.tasks.generative import Adversarial, Generative

# Rows that are drawn, and real ones that they are held against; those shown one by one.
DRAWN, REAL, SHOWN = 600, 2000, 3


class Drawn(View):
    """Rows of a table that a net makes, always of the same noise, beside real rows, and the columns of both."""

    name = "drawn"

    @staticmethod
    def suits(seen: Watched) -> bool:
        """Tell whether the net makes rows of a table, other than points of a plane."""
        return isinstance(seen.fit.task, Generative) and isinstance(seen.data.inputs, Columns) and not seen.is_flat

    @cached_property
    def columns(self) -> list[Measured]:
        """The columns, the first 60 of them; where the net sees features, these are the columns."""
        inputs = self.seen.data.inputs
        assert isinstance(inputs, Columns)
        return measured(inputs, self._real)

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
