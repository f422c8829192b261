"""Preprocessing of a table: how a person's columns become the numbers that a net sees. Fitted on train alone."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import torch
from torch import Tensor

from neurona.data.formulas import KEY, Formula, constant
from neurona.errors import InputError, near
from neurona.language import _, one_or_many
from neurona.validation import KeyedError

if TYPE_CHECKING:
    import pandas as pd

# An error tells so many names of columns; rows are looked through so many at once.
MOST_NAMES, ROWS = 8, 65_536


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
class Feature:
    """What the net sees: a formula over columns of numbers, which becomes `(value - mean) / scale`.

    The name of a category or a date alone stands for all that it is encoded as; then mean and scale are not used.
    """

    formula: str
    mean: float = 0.0
    scale: float = 1.0

    def scaled(self, values: Tensor) -> Tensor:
        """Return values of the formula, `(n,)`, as the net sees them."""
        return (values - constant(self.mean, values)) / constant(self.scale, values)


@dataclass(frozen=True)
class Columns:
    """The preprocessing of a table: each column encoded on its own, side by side in the order given.

    Attributes:
        columns: how each is encoded.
        features: what the net sees of them, where that is not the encoded columns themselves. Then numbers are encoded
            as they are (`mean` 0 unless they are far from it, `scale` 1), so that a formula loses nothing of them, and
            features are standardised.
    """

    columns: tuple[Column, ...]
    features: tuple[Feature, ...] = ()

    @cached_property
    def names(self) -> tuple[str, ...]:
        """A name for each number that the net sees."""
        if not self.features:
            return tuple(name for column in self.columns for name in column.names)
        named = {column.name: column.names for column in self.columns}
        return tuple(
            name for formula in self.formulas for name in (named[formula.text] if formula.column else (formula.text,))
        )

    @property
    def seen(self) -> tuple[int, ...]:
        """The shape of one sample as the net sees it: `(d,)`."""
        return (len(self.names),)

    @property
    def width(self) -> int:
        """How many numbers an encoded row has, before features are computed of it."""
        return sum(len(column.names) for column in self.columns)

    @cached_property
    def formulas(self) -> tuple[Formula, ...]:
        """The features as formulas."""
        known = {column.name for column in self.columns}
        return tuple(Formula.read(feature.formula, known) for feature in self.features)

    @cached_property
    def read(self) -> tuple[Column, ...]:
        """The columns that the net's features are made of: those that a table must have."""
        if not self.features:
            return self.columns
        names = {name for formula in self.formulas for name in formula.reads}
        return tuple(column for column in self.columns if column.name in names)

    @cached_property
    def blocks(self) -> frozenset[str]:
        """The columns that are no numbers."""
        return frozenset(column.name for column in self.columns if not isinstance(column, Number))

    @cached_property
    def places(self) -> dict[str, slice]:
        """Where each column stands in an encoded row."""
        places, start = {}, 0
        for column in self.columns:
            places[column.name] = slice(start, start + len(column.names))
            start += len(column.names)
        return places

    def prepare(self, x: Tensor) -> Tensor:
        """Return a batch as the net sees it: encoded columns `(n, width)` pass through, or become features `(n, d)`."""
        if not self.features:
            return x
        measured, blocks = self.measured(x), self.blocks
        parts = [
            x[:, self.places[formula.text]]
            if formula.text in blocks
            else feature.scaled(formula.values(measured)).to(x.dtype)[:, None]
            for feature, formula in zip(self.features, self.formulas, strict=True)
        ]
        return torch.cat(parts, dim=1)

    def measured(self, x: Tensor) -> dict[str, Tensor]:
        """Return the numeric columns of encoded rows in the units in which they were measured, float64 `(n,)` each."""
        wide = x if x.device.type == "mps" else x.double()  # Apple's GPUs have no float64
        return {
            column.name: wide[:, self.places[column.name].start] * constant(column.scale, wide)
            + constant(column.mean, wide)
            for column in self.read
            if isinstance(column, Number)
        }

    def encode(self, frame: pd.DataFrame) -> Tensor:
        """Encode a table.

        Args:
            frame: one column for each of `read`, by name: float64 for numbers, text (or None) for categories,
                datetime64 for dates. Further columns are ignored.

        Returns:
            `(n, width)` float32. Columns that no feature is made of, and that the table lacks, are zeros.

        Raises:
            InputError: a column is missing, or a feature is no finite number for some row.
        """
        self.require(list(frame.columns))
        encoded = np.zeros((len(frame), self.width), dtype=np.float32)
        for column in self.columns:
            if column.name in frame:
                encode_column(column, frame[column.name], encoded[:, self.places[column.name]])
        x = torch.from_numpy(encoded)
        self.require_finite(x, lambda row: _("row {row} (the first is 0)").format(row=frame.index[row]))
        return x

    def require_finite(self, x: Tensor, place: Callable[[int], str]) -> None:
        """Raise an `InputError` for the first feature and row of encoded rows, `(n, width)`, with no finite number.

        `place` says where a row stands.
        """
        if not self.features or not len(x):
            return
        for start in range(0, len(x), ROWS):
            part = x[start : start + ROWS]
            wrong = ~self.prepare(part).isfinite()
            if wrong.any():
                row, number = (int(at) for at in wrong.nonzero()[0])
                raise self._no_number(part[row : row + 1], self.names[number], place(start + row))

    def _no_number(self, row: Tensor, text: str, place: str) -> InputError:
        formula = next(formula for formula in self.formulas if formula.text == text)
        measured = self.measured(row)
        values = ", ".join(f"{name} = {float(measured[name][0]):.6g}" for name in formula.reads)
        problem = _("{key}: {formula!r} is no finite number in {place}, where {values}.")
        hint = _(
            "A logarithm is of numbers above 0, a root of none below, and nothing is divided by 0; else leave it out."
        )
        return KeyedError(KEY, problem.format(key=KEY, formula=text, place=place, values=values), hint)

    def require(self, present: Sequence[str]) -> None:
        """Raise an `InputError` that names the missing columns, and for the first the nearest one present."""
        known, wanted = set(present), {column.name for column in self.read}
        absent = [column.name for column in self.read if column.name not in known]
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
                near(absent[0], spare) or _("Name the columns as in the training table."),
            )

    def to_dict(self) -> dict[str, Any]:
        """Return a form that JSON can hold."""
        columns = [{"kind": column.kind, **asdict(column)} for column in self.columns]
        features = {"features": [asdict(feature) for feature in self.features]} if self.features else {}
        return {"kind": "columns", "columns": columns, **features}

    @staticmethod
    def from_dict(saved: Mapping[str, Any]) -> Columns:
        """Rebuild the preprocessing from what `to_dict` returned."""
        columns: list[Column] = []
        for entry in saved["columns"]:
            values: dict[str, Any] = {
                key: tuple(v) if isinstance(v, list) else v for key, v in entry.items() if key != "kind"
            }
            columns.append(KINDS[entry["kind"]](**values))
        return Columns(tuple(columns), tuple(Feature(**entry) for entry in saved.get("features", ())))


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
