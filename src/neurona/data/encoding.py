"""The encoder of a table: columns become what a net sees one by one, so that a large table is in memory once."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from itertools import groupby
from typing import Any

import numpy as np
import torch
from torch import Tensor

from neurona.data.columns import (
    Category,
    Column,
    Columns,
    Date,
    Number,
    encode_column,
    encode_numbers,
    years_since_2000,
)
from neurona.data.rows import blocks, count, taken
from neurona.data.schema import TypedColumn

# A column is far from 0 where its mean is so many times its deviation: float32 would keep less than four digits of how
# its values differ.
FAR = 1_000
# Numbers of a block, 64 MB, which the C library gives back to the system when they are let go; rows that are turned at
# a time, so that they are in the cache; numbers whose squares are in memory together.
CELLS, TURNED, SQUARED = 1 << 24, 4_096, 1 << 20


class Encoder:
    """Fits the preprocessing of each column on train, and encodes it for all parts.

    Until all columns are there, those of numbers are kept encoded, side by side in blocks of rows. A block is let go as
    it comes into its place, so that the whole is never in memory twice.

    Args:
        parts: the rows of train, valid and test, `(n,)` each.
        standardise: whether numbers and dates are.
        most: how many columns there will be, at most.
        raw: whether numbers stay as they are all the same, for features that are computed from them; but for a shift
            where they are far from 0, so that float32 keeps them.
    """

    def __init__(self, parts: Sequence[np.ndarray], standardise: bool, most: int, *, raw: bool = False) -> None:
        self.parts, self.standardise, self.raw = parts, standardise, raw
        self._columns: list[Column] = []
        rows = max(1, CELLS // max(1, most))
        # Memory that is not written to yet is not taken.
        self._numbers = [[np.empty((most, count(block)), np.float32) for block in blocks(part, rows)] for part in parts]
        self._others: list[list[Any]] = []

    def add(self, typed: TypedColumn) -> TypedColumn:
        """Take a column, if it is not to be ignored, and return what there is to say of it, without its values."""
        if typed.kind == "ignore":
            return typed
        # From here on nobody holds its values as they were read, but this method.
        values, gaps = typed.values, int(typed.missing.sum())
        typed = replace(typed, values=None, missing=np.zeros(0, bool), gaps=gaps)
        raw = self.raw and typed.kind == "number"
        column = fit_column(typed, some(values, self.parts[0]), self.standardise, raw=raw)
        if isinstance(column, Number):
            self._keep(column, values)
        else:
            self._others.append([some(values, rows) for rows in self.parts])
        self._columns.append(column)
        return typed

    def _keep(self, column: Number, values: np.ndarray) -> None:
        place = len(self._columns) - len(self._others)
        for rows, kept in zip(self.parts, self._numbers, strict=True):
            begun = 0
            for block in kept:
                ended = begun + block.shape[1]
                block[place] = encode_numbers(column, values.take(rows[begun:ended]))
                begun = ended

    def finish(self) -> tuple[Columns, list[Tensor]]:
        """Return the preprocessing, and each part encoded, `(n, d)` float32."""
        inputs = Columns(tuple(self._columns))
        return inputs, [self._joined(number, len(inputs.names)) for number in range(len(self.parts))]

    def _joined(self, number: int, width: int) -> Tensor:
        encoded = np.zeros((len(self.parts[number]), width), dtype=np.float32)
        kept, begun = self._numbers[number], 0
        while kept:
            block = kept.pop(0)
            rows = slice(begun, begun + block.shape[1])
            self._write(encoded[rows], block, [of_parts[number][rows] for of_parts in self._others])
            begun = rows.stop
        return torch.from_numpy(encoded)

    def _write(self, encoded: np.ndarray, numbers: np.ndarray, others: list[Any]) -> None:
        """Write some rows of all columns into `encoded`, `(n, d)` zeros."""
        start = place = 0
        for plain, run in groupby(self._columns, lambda column: isinstance(column, Number)):
            columns = list(run)
            if plain:
                stop = start + len(columns)
                for rows in blocks(slice(0, len(encoded)), TURNED):
                    encoded[rows, start:stop] = numbers[place : place + len(columns), rows].T
                start, place = stop, place + len(columns)
                continue
            for column in columns:
                stop = start + len(column.names)
                encode_column(column, _series(others.pop(0)), encoded[:, start:stop])
                start = stop


def fit_column(column: TypedColumn, train: Any, standardise: bool, *, raw: bool = False) -> Column:
    """Fit the preprocessing of one column on `train` alone, its values there, which are not in order any more then.

    Numbers that are `raw` are only shifted by their median, and that where they are far from 0.
    """
    if column.kind == "category":
        return Category(column.name, tuple(sorted(train.categories[np.unique(train.codes[train.codes >= 0])])))
    numbers = years_since_2000(_series(train)) if column.kind == "date" else train
    absent = np.isnan(numbers)
    if absent.any():
        fill = 0.0 if absent.all() else float(np.median(numbers[~absent], overwrite_input=True))
        numbers = np.where(absent, fill, numbers)
    mean, scale = moments(numbers) if standardise or raw else (0.0, 1.0)
    if not absent.any():
        fill = float(np.median(numbers, overwrite_input=True))
    if raw:
        mean, scale = (fill if abs(mean) > FAR * scale else 0.0), 1.0
    if column.kind == "date":
        return Date(column.name, fill, mean, scale, column.month_first)
    return Number(column.name, fill, mean, scale)


def moments(numbers: np.ndarray) -> tuple[float, float]:
    """Return mean and standard deviation of `(n,)` numbers, 1 where they are all the same."""
    mean = numbers.mean()
    # As ndarray.std, which would make a copy of them all.
    squares = sum(float(np.square(numbers[part] - mean).sum()) for part in blocks(slice(0, len(numbers)), SQUARED))
    return float(mean), math.sqrt(squares / len(numbers)) or 1.0


def some(values: Any, rows: np.ndarray) -> Any:
    """Return some rows of a column, whose values are an array or pandas' own."""
    return taken(values, rows) if isinstance(values, np.ndarray) else values.take(rows)


def _series(values: Any) -> Any:
    import pandas as pd

    return pd.Series(values, copy=False)
