"""A column of a table as a control: its range, a value of it, and what a person writes as the net reads it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from torch import Tensor, from_numpy

from neurona.data.columns import Category, Column, Columns, Date, Number, encode_column
from neurona.data.values import Notation, read_dates, read_numbers, read_text
from neurona.errors import InputError
from neurona.language import _

BEGIN, DAYS = np.datetime64("2000-01-01"), 365.25
PLACES, MOST_WHOLE = 61, 60
# Of the range of a column a value is told to a millionth, which is what float32 keeps of it; float64 keeps more of the
# value itself.
FINEST, DOUBLE = 1e-6, 1e-14
MIDNIGHT = np.timedelta64(5, "m")


@dataclass(frozen=True)
class Field:
    """A column, and how its values are written.

    A value has a place on an axis: a number its own, a date the days since 2000, a name its number among the names.

    Attributes:
        column: it.
        notation: how its table writes missing values and decimals.
        low, high: the least and the largest place in train.
        whole: whether all values of train are whole numbers.
    """

    column: Column
    notation: Notation
    low: float
    high: float
    whole: bool

    @staticmethod
    def of(column: Column, inputs: Columns, train: Tensor, notation: Notation) -> Field:
        """Return the field of a column, whose range is that of encoded rows, `(n, width)`."""
        if isinstance(column, Category):
            return Field(column, notation, 0.0, float(len(column.values) - 1), True)
        values = train[:, inputs.places[column.name].start].double().numpy() * column.scale + column.mean
        if isinstance(column, Date):
            return Field(column, notation, math.floor(values.min() * DAYS), math.ceil(values.max() * DAYS), True)
        field = Field(column, notation, float(values.min()), float(values.max()), whole=False)
        whole = bool(np.abs(values - values.round()).max() <= field.finest)
        return Field(column, notation, field.rounded(field.low), field.rounded(field.high), whole)

    @property
    def finest(self) -> float:
        """What of a number is an error of float32, which holds how far it is from the mean of its column."""
        mean = self.column.mean if isinstance(self.column, Number) else 0.0
        away = max(self.high - self.low, abs(self.low - mean), abs(self.high - mean)) or 1.0
        return max(FINEST * away, DOUBLE * max(abs(self.low), abs(self.high)))

    def rounded(self, value: float) -> float:
        """Return a number of the column without the error of float32."""
        if self.whole and abs(value - round(value)) <= self.finest:
            return float(round(value))
        return float(np.round(value, max(0, math.floor(-math.log10(self.finest)))))

    def described(self) -> dict[str, Any]:
        """Return what the page needs for a control: name, kind, the ends and the step of a slider, and the names."""
        about = {"name": self.column.name, "kind": self.column.kind, "low": self.low, "high": self.high}
        if isinstance(self.column, Category):
            return {**about, "values": list(self.column.values)}
        width = self.high - self.low
        return {**about, "step": 1 if self.whole else 10.0 ** math.floor(math.log10(width / 100)) if width else "any"}

    # ------------------------------------------------------------------ a value of a row

    def place(self, block: Tensor) -> float | None:
        """Return where an encoded value, `(k,)`, lies on the axis; None for a missing one."""
        if isinstance(self.column, Category):
            return float(block.argmax()) if block.any() else None
        value = float(block[0].double()) * self.column.scale + self.column.mean
        if isinstance(self.column, Date):
            return value * DAYS if block[1:].any() else None
        return self.rounded(value)

    def text(self, place: float | None) -> str:
        """Return a place on the axis as the table writes it; "" for a missing value."""
        if place is None:
            return ""
        if isinstance(self.column, Category):
            return self.column.values[int(place)]
        if isinstance(self.column, Date):
            return date_text(place)
        text = np.format_float_positional(place, trim="-") if abs(place) < 1e15 else repr(place)
        return text.replace(".", self.notation.decimal)

    # ------------------------------------------------------------------ what a person writes

    def read(self, text: str) -> Tensor:
        """Return what a person writes as the net reads it, `(k,)`: as `neurona predict` reads the cell of a table.

        Raises:
            InputError: it is no number, or no date.
        """
        cells = pa.chunked_array([pa.array([text], pa.string())])
        if isinstance(self.column, Category):
            names = np.asarray(read_text(cells, self.notation).to_numpy(), dtype=object)
            return self._encoded(pd.Series(names, dtype=object))[0]
        if isinstance(self.column, Date):
            dates = read_dates(cells, self.notation, self.column.month_first)
            if dates.unreadable.any():
                raise self._wrong(text, _("no date"), _("Dates are written 2024-12-31 or 31/12/2024."))
            return self._encoded(pd.Series(dates.values))[0]
        numbers = read_numbers(cells, self.notation)
        if numbers.unreadable.any():
            example = self.text(self.rounded((self.low + self.high) / 2))
            hint = _("Write a number such as {example}, or nothing for a missing value.")
            raise self._wrong(text, _("no finite number"), hint.format(example=example))
        return self._encoded(pd.Series(numbers.values))[0]

    def _wrong(self, text: str, noun: str, hint: str) -> InputError:
        problem = _("Column {name!r} holds {value!r}, which is {noun}.")
        return InputError(problem.format(name=self.column.name, value=text, noun=noun), hint)

    def missing(self) -> str:
        """Return what a missing value is taken for, as a sentence."""
        if isinstance(self.column, Number):
            fill = self.text(self.rounded(self.column.fill))
            return _("Missing: {value} is taken, the median of train.").format(value=fill)
        if isinstance(self.column, Date):
            years = _("Missing: the year of {date} is taken, the median of train, without month and weekday.")
            return years.format(date=date_text(round(self.column.fill * DAYS)))
        return _("Missing: it is none of the names.")

    # ------------------------------------------------------------------ the axis

    def places(self, at: float | None) -> np.ndarray:
        """Return places along the axis from end to end, `(n,)`, and beyond to the place `at`."""
        if isinstance(self.column, Category):
            return np.arange(len(self.column.values), dtype=np.float64)
        low, high = (self.low, self.high) if at is None else (min(self.low, at), max(self.high, at))
        if self.whole and high - low <= MOST_WHOLE and low == int(low):
            return np.arange(low, high + 1)
        return np.linspace(low, high, PLACES)

    def encoded(self, places: np.ndarray) -> Tensor:
        """Return places on the axis as the net reads them, `(n, k)`."""
        if isinstance(self.column, Category):
            names = np.array(self.column.values, dtype=object)
            return self._encoded(pd.Series(names[places.astype(int)], dtype=object))
        if isinstance(self.column, Date):
            return self._encoded(pd.Series(_instants(places)))
        return self._encoded(pd.Series(places))

    def _encoded(self, values: pd.Series[Any]) -> Tensor:
        found = np.zeros((len(values), len(self.column.names)), dtype=np.float32)
        encode_column(self.column, values, found)
        return from_numpy(found)


def _instants(days: np.ndarray) -> np.ndarray:
    minutes = np.round(days * 24 * 60).astype("timedelta64[m]")
    instants: np.ndarray = (BEGIN + minutes).astype("datetime64[us]")
    return instants


def written(column: Category | Date, block: Tensor) -> str:
    """Return the name or the date that an encoded value, `(k,)`, stands for; "" for a missing one."""
    if isinstance(column, Category):
        return column.values[int(block.argmax())] if block.any() else ""
    return date_text((float(block[0].double()) * column.scale + column.mean) * DAYS) if block[1:].any() else ""


def date_text(days: float) -> str:
    """Return a date, with its time where it is not midnight, about."""
    instant = BEGIN + np.timedelta64(round(days * 24 * 60), "m")
    day = (instant + MIDNIGHT).astype("datetime64[D]")
    return str(day) if abs(instant - day) <= MIDNIGHT else str(instant).replace("T", " ")
