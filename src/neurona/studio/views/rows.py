"""Rows of a table beside what an autoencoder gives back of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch

from neurona.data.inputs import Columns
from neurona.look.style import thinned
from neurona.studio.arrays import signed
from neurona.studio.views.cells import Cells
from neurona.studio.views.picker import Picker
from neurona.studio.views.view import View
from neurona.studio.views.watched import AT_ONCE, Watched

MOST_SAMPLES, MOST_FEATURES, DRAWN = 2000, 60, 60
REACH = 3.0  # deviations: what lies farther out has the darkest colour


class Rows(View):
    """One row feature by feature, before and after, and many rows as maps: what goes in, comes back, and is missed."""

    name = "rows"

    @staticmethod
    def suits(seen: Watched) -> bool:
        """Tell whether the net gives rows of a table back."""
        return seen.fit.task.name in ("reconstruction", "variational") and isinstance(seen.data.inputs, Columns)

    def frame(self) -> dict[str, Any]:
        """Return the features of one row, and maps `(rows, features)` of at most 60 that are drawn.

        For each feature: its name, its value and what is given back, in units; the error in the numbers that the net
        sees, and the root mean squared one over the judged samples (evenly spread ones where there are many).
        """
        picker, split = Picker(self.seen, self.chosen), self.seen.judged_by
        rows = thinned(len(split), MOST_SAMPLES)
        x, back = self._given_back(rows)
        drawn = thinned(len(rows), DRAWN)
        place = self._among(rows[drawn], picker.number)
        one, after = self._given_back(np.array([picker.number]))
        over = np.sqrt(np.square(back - x).mean(0))
        return {
            **picker.described(),
            "features": self._features(one[0], after[0], over),
            "of": x.shape[1],
            "rows": rows[drawn].tolist(),
            "place": place,
            "reach": REACH,
            "samples": len(rows),
            "maps": {
                name: signed(values[drawn, :MOST_FEATURES], axis=(0, 1), largest=REACH)
                for name, values in (("before", x), ("after", back), ("error", back - x))
            },
        }

    def look(self, wish: Mapping[str, Any]) -> None:
        """Take another row; see `Picker.look`."""
        Picker(self.seen, self.chosen).look(wish)

    def _given_back(self, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return rows as the net sees them and as it gives them back, `(n, d)` both."""
        inputs, before, after = self.seen.data.inputs, [], []
        for part in self.seen.judged_by.x[torch.from_numpy(rows)].split(AT_ONCE):
            before.append(inputs.prepare(part))
            after.append(self.seen.fit.task.answer(self.seen.outputs(before[-1])).cpu().reshape(before[-1].shape))
        x, back = (torch.cat(parts).double().numpy() for parts in (before, after))
        return x, np.nan_to_num(back)

    def _features(self, x: np.ndarray, back: np.ndarray, over: np.ndarray) -> list[dict[str, Any]]:
        inputs = self.seen.data.inputs
        assert isinstance(inputs, Columns)
        cells = Cells(inputs)
        values, given = (cells.measured(torch.from_numpy(row)) for row in (x, back))
        return [
            {
                "name": name,
                "value": float(values[i]),
                "back": float(given[i]),
                "error": float(back[i] - x[i]),
                "rmse": float(over[i]),
            }
            for i, name in enumerate(self.seen.called(cells.names[:MOST_FEATURES]))
        ]

    def _among(self, rows: np.ndarray, number: int) -> int | None:
        """Return which of the rows that are drawn is the chosen one, if it is there."""
        found = np.flatnonzero(rows == number)
        return int(found[0]) if len(found) else None
