"""Preprocessing of a table: how a person's columns become the numbers that a net sees. Fitted on train alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import torch
from torch import Tensor

from neurona.errors import InputError, nearest
from neurona.language import _, one_or_many

if TYPE_CHECKING:
    import pandas as pd

# An error tells so many names of columns.
MOST_NAMES = 8


@dataclass(frozen=True)
class Number:
    """A numeric column: missing values become `fill` (the median of train), then `(value - mean) / scale`."""

    name: str
    fill: float = 0.0
    mean: float = 0.0
    scale: float = 1.0
    kind: ClassVar[str] = "number"

    @property
    def names(self) -> tuple[str, ...]:
        """The encoded column keeps its name."""
        return (self.name,)


@dataclass(frozen=True)
class Category:
    """A column of names: one-hot over the `values` seen in train. A value unseen there, or missing, is all zeros."""

    name: str
    values: tuple[str, ...]
    kind: ClassVar[str] = "category"

    @property
    def names(self) -> tuple[str, ...]:
        """One encoded column for each value: `colour=red`."""
        return tuple(f"{self.name}={value}" for value in self.values)


@dataclass(frozen=True)
class Date:
    """A date: years since 2000 (standardised), and the month and the weekday as points on a circle.

    `month_first` says how the table wrote 3/4/2024: False for the third of April, True for the fourth of March.
    """

    name: str
    fill: float
    mean: float
    scale: float
    month_first: bool = False
    kind: ClassVar[str] = "date"

    @property
    def names(self) -> tuple[str, ...]:
        """The five encoded columns."""
        return tuple(
            f"{self.name}.{part}" for part in ("years", "month_sin", "month_cos", "weekday_sin", "weekday_cos")
        )


Column = Number | Category | Date
KINDS: dict[str, type[Number] | type[Category] | type[Date]] = {"number": Number, "category": Category, "date": Date}


@dataclass(frozen=True)
class Columns:
    """The preprocessing of a table: each column encoded on its own, side by side in the order given."""

    columns: tuple[Column, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """A name for each encoded feature."""
        return tuple(name for column in self.columns for name in column.names)

    @property
    def seen(self) -> tuple[int, ...]:
        """The shape of one sample as the net sees it: `(d,)`."""
        return (len(self.names),)

    def prepare(self, x: Tensor) -> Tensor:
        """Return a batch as the net sees it: encoded columns pass through."""
        return x

    def encode(self, frame: pd.DataFrame) -> Tensor:
        """Encode a table.

        Args:
            frame: one column for each of `columns`, by name: float64 for numbers, text (or None) for categories,
                datetime64 for dates. Further columns are ignored.

        Returns:
            `(n, d)` float32.

        Raises:
            InputError: a column is missing.
        """
        self.require(list(frame.columns))
        encoded = np.zeros((len(frame), len(self.names)), dtype=np.float32)
        start = 0
        for column in self.columns:
            stop = start + len(column.names)
            encode_column(column, frame[column.name], encoded[:, start:stop])
            start = stop
        return torch.from_numpy(encoded)

    def require(self, present: Sequence[str]) -> None:
        """Raise an `InputError` that names the missing columns, and for the first the nearest one present."""
        known, wanted = set(present), {column.name for column in self.columns}
        absent = [column.name for column in self.columns if column.name not in known]
        if absent:
            spare = [str(name) for name in present if name not in wanted]
            problem = one_or_many(
                len(absent),
                _("The table lacks {count} column that the net was trained on: {names}."),
                _("The table lacks {count} columns that the net was trained on: {names}."),
            )
            names = ", ".join([*map(repr, absent[:MOST_NAMES]), *(["…"] if len(absent) > MOST_NAMES else [])])
            raise InputError(
                problem.format(count=len(absent), names=names),
                nearest(absent[0], spare) or _("Name the columns as in the training table."),
            )

    def to_dict(self) -> dict[str, Any]:
        """Return a form that JSON can hold."""
        return {"kind": "columns", "columns": [{"kind": column.kind, **asdict(column)} for column in self.columns]}

    @staticmethod
    def from_dict(saved: Mapping[str, Any]) -> Columns:
        """Rebuild the preprocessing from what `to_dict` returned."""
        columns: list[Column] = []
        for entry in saved["columns"]:
            values: dict[str, Any] = {
                key: tuple(v) if isinstance(v, list) else v for key, v in entry.items() if key != "kind"
            }
            columns.append(KINDS[entry["kind"]](**values))
        return Columns(tuple(columns))


def encode_column(column: Column, values: pd.Series[Any], encoded: np.ndarray) -> None:
    """Write a column into `encoded`, `(n, d)` zeros, so that a large one-hot block is in memory once."""
    if isinstance(column, Category):
        codes = values.astype("category").cat.set_categories(list(column.values)).cat.codes.to_numpy()
        known = np.flatnonzero(codes >= 0)
        encoded[known, codes[known]] = 1.0
    elif isinstance(column, Number):
        encoded[:, 0] = encode_numbers(column, values.to_numpy(dtype=np.float64))
    else:
        encoded[:] = _encode_date(column, values)


def encode_numbers(column: Number, values: np.ndarray) -> np.ndarray:
    """Return `values` `(n,)` float64, NaN where missing, as the net sees them."""
    absent = np.isnan(values)
    filled = np.where(absent, column.fill, values) if absent.any() else values
    return (filled - column.mean) / column.scale


def _encode_date(column: Date, values: pd.Series[Any]) -> np.ndarray:
    years = years_since_2000(values)
    years = np.where(np.isnan(years), column.fill, years)
    month = values.dt.month.to_numpy(dtype=np.float64) * (2 * np.pi / 12)
    weekday = values.dt.day_of_week.to_numpy(dtype=np.float64) * (2 * np.pi / 7)
    circles = np.stack([np.sin(month), np.cos(month), np.sin(weekday), np.cos(weekday)], axis=1)
    return np.column_stack([(years - column.mean) / column.scale, np.nan_to_num(circles)])


def years_since_2000(values: pd.Series[Any]) -> np.ndarray:
    """Return dates as years (of 365.25 days) since the first of January 2000; NaN where the date is missing."""
    days = (values - np.datetime64("2000-01-01")) / np.timedelta64(1, "D")
    return days.to_numpy(dtype=np.float64) / 365.25
