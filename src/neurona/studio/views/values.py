"""What a regression answers: predicted against true values, and by how much they miss."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor

from neurona.data.inputs import Columns, Number
from neurona.errors import InputError
from neurona.language import _
from neurona.look.style import thinned
from neurona.studio.arrays import doubles
from neurona.studio.views.cells import Cells
from neurona.studio.views.field import written
from neurona.studio.views.picker import Picker
from neurona.studio.views.view import View
from neurona.studio.views.watched import AT_ONCE, Watched

MOST = {"train": 300, "valid": 700, "test": 700}
FEWEST_BINS, MOST_BINS, MOST_CELLS = 7, 31, 40


class Values(View):
    """Predicted against true values of train and of the samples that a net is judged by, and one of these as a row."""

    name = "values"

    @staticmethod
    def suits(seen: Watched) -> bool:
        """Tell whether values are predicted."""
        return seen.fit.task.name == "regression"

    def described(self) -> dict[str, Any]:
        """Return what is predicted."""
        return {"targets": list(self.seen.targets)}

    def frame(self) -> dict[str, Any]:
        """Return points `(n, 2)`, true and predicted in units, of train and the judged split, and what they come to.

        `rmse`, `mae` and `r2` are those of the points of the judged split that are shown, `bars` how many of their
        residuals (predicted minus true) lie in each of the equal parts between `low` and `high`.
        """
        target, judged, picker = self._target, self.seen.judged, Picker(self.seen, self.chosen)
        rows = {name: thinned(len(getattr(self.seen.data, name)), MOST[name]) for name in ("train", judged)}
        found = {name: self._points(name, rows[name])[:, target] for name in rows}
        misses = found[judged][:, 1] - found[judged][:, 0]
        return {
            **picker.described(),
            "target": target,
            "points": {name: doubles(points) for name, points in found.items()},
            "rows": rows[judged].tolist(),
            **_scores(found[judged][:, 0], misses),
            **_histogram(misses),
            **self._row(picker.number, target),
        }

    def look(self, wish: Mapping[str, Any]) -> None:
        """Take another sample (see `Picker.look`), or another `target` by its number.

        Raises:
            InputError: there is no such sample or target.
        """
        if "target" in wish:
            count = len(self.seen.data.target.names)
            if type(wish["target"]) is not int or not 0 <= wish["target"] < count:
                problem = _("There is no number {number} here.").format(number=wish["target"])
                raise InputError(problem, _("They go from 0 to {last}.").format(last=count - 1))
            self.chosen["target"] = wish["target"]
        Picker(self.seen, self.chosen).look(wish)

    @property
    def _target(self) -> int:
        number = int(self.chosen.get("target", 0))
        return number if number < len(self.seen.data.target.names) else 0

    def _points(self, split: str, rows: np.ndarray) -> np.ndarray:
        """Return true and predicted values of some samples, `(n, targets, 2)`."""
        samples = getattr(self.seen.data, split)
        chosen = torch.from_numpy(rows)
        return np.stack([self._in_units(samples.y[chosen]), self._predicted(samples.x[chosen])], axis=-1)

    def _predicted(self, x: Any) -> np.ndarray:
        parts = [self.seen.outputs(self.seen.data.inputs.prepare(part)) for part in x.split(AT_ONCE)]
        return self._in_units(torch.cat([self.seen.fit.task.answer(part).cpu() for part in parts]))

    def _in_units(self, y: Tensor) -> np.ndarray:
        values: np.ndarray = self.seen.data.target.in_units(y).numpy()
        return values

    def _row(self, number: int, target: int) -> dict[str, Any]:
        """Return truth and answer for one sample, and of a table its cells."""
        truth, answer = (float(value) for value in self._points(self.seen.judged, np.array([number]))[0, target])
        inputs, found = self.seen.data.inputs, {"true": truth, "predicted": answer}
        if not isinstance(inputs, Columns):
            return found
        row, cells = self.seen.judged_by.x[number], Cells(inputs)
        measured = cells.measured(inputs.prepare(row[None]))[0].tolist()
        names, values = (cells.names, measured) if inputs.features else _in_words(inputs, row, measured)
        pairs = list(zip(self.seen.called(names), values, strict=True))
        return {**found, "cells": pairs[:MOST_CELLS], "of_cells": len(pairs)}


def _in_words(inputs: Columns, row: Tensor, measured: Sequence[float]) -> tuple[list[str], list[Any]]:
    """Return the columns of an encoded row, `(d,)`, and what stands in them: numbers in units, else words."""
    blocks = [(column, inputs.places[column.name]) for column in inputs.columns]
    values = [
        measured[place.start] if isinstance(column, Number) else written(column, row[place]) for column, place in blocks
    ]
    return [column.name for column, _place in blocks], values


def _scores(truth: np.ndarray, misses: np.ndarray) -> dict[str, Any]:
    variation = float(np.square(truth - truth.mean()).sum())
    return {
        "rmse": float(np.sqrt(np.square(misses).mean())),
        "mae": float(np.abs(misses).mean()),
        "r2": 1 - float(np.square(misses).sum()) / variation if variation > 0 else None,
    }


def _histogram(misses: np.ndarray) -> dict[str, Any]:
    finite = misses[np.isfinite(misses)]
    reach = float(np.abs(finite).max()) if len(finite) else 1.0
    bins = int(np.clip(2 * (len(finite) ** 0.5 // 2) + 1, FEWEST_BINS, MOST_BINS))  # an odd number: one is around 0
    bars, _edges = np.histogram(finite, bins, (-reach or -1.0, reach or 1.0))
    return {"bars": bars.tolist(), "low": -reach or -1.0, "high": reach or 1.0}
