"""The numbers that a net sees of a table, back in the units that they were measured in."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from torch import Tensor

from neurona.data.inputs import Columns, Date, Number

# So much of the scale of a number is an error of float32.
ROUNDING = 1e-6


@dataclass(frozen=True)
class Cells:
    """What the net sees of a row of a table, number by number: `value = seen * scale + mean`.

    Numbers of a column (or a feature) come back in its units; a name is 1 or 0 for each of its values.

    Attributes:
        inputs: the preprocessing.
    """

    inputs: Columns

    @property
    def names(self) -> tuple[str, ...]:
        """What each number is called, `(d,)`."""
        return self.inputs.names

    @cached_property
    def scales(self) -> tuple[np.ndarray, np.ndarray]:
        """Mean and scale of each number, `(d,)` both; 0 and 1 of those that are as they were encoded."""
        means, scales = np.zeros(len(self.names)), np.ones(len(self.names))
        for place, mean, scale in self._standardised():
            means[place], scales[place] = mean, scale
        return means, scales

    def _standardised(self) -> list[tuple[int, float, float]]:
        found, place = [], 0
        if self.inputs.features:
            for feature, formula in zip(self.inputs.features, self.inputs.formulas, strict=True):
                block = formula.text in self.inputs.blocks
                column = next((one for one in self.inputs.columns if one.name == formula.text), None)
                if not block:
                    found.append((place, feature.mean, feature.scale))
                elif isinstance(column, Date):
                    found.append((place, column.mean, column.scale))
                place += len(column.names) if block and column else 1
            return found
        for column in self.inputs.columns:
            if isinstance(column, Number | Date):  # of a date the years come first
                found.append((place, column.mean, column.scale))
            place += len(column.names)
        return found

    def measured(self, x: Tensor) -> np.ndarray:
        """Return rows as the net sees them, `(n, d)`, in units; what is but an error of rounding is 0."""
        means, scales = self.scales
        values: np.ndarray = x.double().cpu().numpy() * scales + means
        return np.where(np.abs(values) < ROUNDING * scales, 0.0, values)
