"""The encoder of a table: columns become what a net sees one by one, so that a large table is in memory once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import torch
from torch import Tensor

from neurona.data.columns import Category, Column, Columns, Date, Number, encode_column, years_since_2000
from neurona.data.schema import TypedColumn


class Encoder:
    """Fits the preprocessing of each column on train, and encodes it for all parts.

    Args:
        parts: the rows of train, valid and test, `(n,)` each.
        standardise: whether numbers and dates are.
        raw: whether numbers stay as they are all the same, for features that are computed from them.
    """

    def __init__(self, parts: Sequence[np.ndarray], standardise: bool, *, raw: bool = False) -> None:
        self.parts, self.standardise, self.raw = parts, standardise, raw
        self._columns: list[Column] = []
        self._cells: list[list[Any]] = []

    def add(self, typed: TypedColumn) -> TypedColumn:
        """Take a column, and return what there is to say of it, without its values."""
        raw = self.raw and typed.kind == "number"
        column = fit_column(typed, self.parts[0], self.standardise and not raw)
        self._columns.append(column)
        self._cells.append([self._kept(column, typed.values[rows]) for rows in self.parts])
        return replace(typed, values=None, missing=typed.missing if typed.missing.any() else typed.missing[:0])

    def _kept(self, column: Column, values: Any) -> Any:
        """Return cells in the form that takes the least memory until all columns are there."""
        if isinstance(column, Category):
            return values
        encoded = np.zeros((len(values), len(column.names)), dtype=np.float32)
        encode_column(column, _series(values), encoded)
        return encoded

    def finish(self) -> tuple[Columns, list[Tensor]]:
        """Return the preprocessing, and each part encoded, `(n, d)` float32."""
        inputs = Columns(tuple(self._columns))
        return inputs, [self._joined(number, len(inputs.names)) for number in range(len(self.parts))]

    def _joined(self, number: int, width: int) -> Tensor:
        encoded = np.zeros((len(self.parts[number]), width), dtype=np.float32)
        start = 0
        for column, cells in zip(self._columns, self._cells, strict=True):
            stop = start + len(column.names)
            kept, cells[number] = cells[number], None
            if isinstance(column, Category):
                encode_column(column, _series(kept), encoded[:, start:stop])
            else:
                encoded[:, start:stop] = kept
            start = stop
        return torch.from_numpy(encoded)


def fit_column(column: TypedColumn, train: np.ndarray, standardise: bool) -> Column:
    """Fit the preprocessing of one column on the rows of `train` alone."""
    values = column.values[train]
    if column.kind == "category":
        return Category(column.name, tuple(sorted(values.categories[np.unique(values.codes[values.codes >= 0])])))
    numbers = years_since_2000(_series(values)) if column.kind == "date" else values
    present = numbers[~np.isnan(numbers)]
    fill = float(np.median(present)) if len(present) else 0.0
    filled = np.where(np.isnan(numbers), fill, numbers)
    mean, scale = (float(filled.mean()), float(filled.std()) or 1.0) if standardise else (0.0, 1.0)
    if column.kind == "date":
        return Date(column.name, fill, mean, scale, column.month_first)
    return Number(column.name, fill, mean, scale)


def _series(values: Any) -> Any:
    import pandas as pd

    return pd.Series(values, copy=False)
