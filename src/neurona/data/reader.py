"""Opens a person's table, whatever its format, and reads it for a net that was trained before."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import numpy as np

from neurona.data.delimited import open_delimited
from neurona.data.inputs import Category, Column, Date, Inputs, Pixels, columns_of
from neurona.data.parquet import open_parquet
from neurona.data.stream import Tell, unheard
from neurona.data.values import (
    MISSING,
    Dates,
    Notation,
    Numbers,
    is_plain,
    read_dates,
    read_numbers,
    read_text,
    texts_of,
)
from neurona.errors import InputError, nearest, reason_of
from neurona.files import TABLES
from neurona.language import _

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

SUFFIXES = (*TABLES, ".txt")
ROWS = 65_536


class TableFile(Protocol):
    """A table on disk."""

    @property
    def path(self) -> Path:
        """Where it is."""

    @property
    def names(self) -> tuple[str, ...]:
        """The names of its columns."""

    @property
    def decimal(self) -> str:
        """The sign before the decimals, "." or ","."""

    @property
    def layout(self) -> str:
        """How it is written, in words."""

    def portions(self, names: Sequence[str]) -> list[list[str]]:
        """Cut the columns `names` into the parts that should be read one after the other."""

    def read(
        self, missing: Sequence[str], text: Collection[str] = (), columns: Sequence[str] = (), tell: Tell = unheard
    ) -> pa.Table:
        """Return all rows of these columns, or of all; the columns in `text` as they are written."""

    def batches(self, columns: Sequence[str]) -> Iterator[pa.Table]:
        """Yield the named columns part by part."""

    def place(self, row: int) -> str:
        """Say where the row numbered `row` from 0 stands: "line 7"."""

    def written(self, row: int, name: str) -> str:
        """Return the cell of the row numbered `row` from 0 and a column as it stands there."""


def is_table(name: str | Path) -> bool:
    """Whether `name` is the name of a table (CSV, TSV, text or Parquet) and not that of a dataset such as "spiral"."""
    return str(name).lower().endswith(SUFFIXES)


def open_table(
    path: Path, *, delimiter: str | None = None, decimal: str | None = None, encoding: str = "utf-8"
) -> TableFile:
    """Look into a table: its format, its columns, how it is written.

    Args:
        path: of a CSV, TSV or Parquet file.
        delimiter: what separates columns; None to find out. Parquet needs none of these three.
        decimal: "." or ","; None to find out.
        encoding: of the text.

    Raises:
        InputError: the file is missing, unreadable, empty or not what its name says, or its columns' names are unfit.
    """
    try:
        _require_file(path)
        if path.suffix.lower() == ".parquet":
            file: TableFile = open_parquet(path)
        else:
            file = open_delimited(path, delimiter, decimal, encoding)
    except (OSError, EOFError) as error:
        problem = _("{path} cannot be read: {reason}").format(path=path, reason=reason_of(error))
        raise InputError(problem, _("Look at the permissions of the file, and whether it is whole.")) from None
    require_names(file)
    return file


def read_for(
    path: Path,
    inputs: Inputs,
    *,
    missing: Sequence[str] | None = None,
    delimiter: str | None = None,
    decimal: str | None = None,
    encoding: str = "utf-8",
) -> Iterator[pd.DataFrame]:
    """Read a table for a trained net, part by part.

    Args:
        path: of a CSV, TSV or Parquet file; columns that the net does not need are not looked at.
        inputs: the preprocessing of the net.
        missing: texts that stand for a missing value, besides the usual ones.
        delimiter: what separates columns; None to find out.
        decimal: "." or ","; None to find out.
        encoding: of the text.

    Yields:
        At most `ROWS` rows with exactly the columns that `inputs` reads: float64 for numbers, text or None for
        categories, datetime64 for dates. The index counts the rows of the file from 0.

    Raises:
        InputError: a column is missing, or a value cannot be read; it says in which column and line.
    """
    file = open_table(path, delimiter=delimiter, decimal=decimal, encoding=encoding)
    notation = Notation((*MISSING, *(str(mark) for mark in missing or ())), file.decimal)
    columns = columns_of(inputs)
    columns.require(file.names)
    start = 0
    for batch in file.batches([column.name for column in columns.read]):
        for offset in range(0, len(batch), ROWS):
            part = batch.slice(offset, ROWS)
            frame = _frame(file, part, columns.read, notation, start)
            if isinstance(inputs, Pixels):
                _require_bytes(file, frame)
            yield frame
            start += len(part)


def _frame(file: TableFile, part: pa.Table, columns: Sequence[Column], notation: Notation, start: int) -> pd.DataFrame:
    import pandas as pd

    index = pd.RangeIndex(start, start + len(part))
    cells = {column.name: _cells(file, part[column.name], column, notation, start) for column in columns}
    return pd.DataFrame({name: pd.Series(values, index, values.dtype) for name, values in cells.items()}, index=index)


def _cells(file: TableFile, cells: pa.ChunkedArray, column: Column, notation: Notation, start: int) -> np.ndarray:
    if isinstance(column, Category) and is_plain(cells):
        return texts_of(read_text(cells, notation))
    read: Numbers | Dates
    if isinstance(column, Date):
        read = read_dates(cells, notation, column.month_first)
    else:
        read = read_numbers(cells, notation)
    if read.unreadable.any():
        row = int(read.unreadable.argmax())
        noun = _("no date") if isinstance(column, Date) else _("no finite number")
        problem = _("{path}, {place}: column {name!r} holds {value!r}, which is {noun}.").format(
            path=file.path, place=file.place(start + row), name=column.name, value=str(cells[row]), noun=noun
        )
        hint = _("If that means a missing value, write --set 'data.missing=[\"{value}\"]'; else correct the table.")
        raise InputError(problem, hint.format(value=str(cells[row])))
    return read.values


def _require_bytes(file: TableFile, frame: pd.DataFrame) -> None:
    values = frame.to_numpy()
    wrong = ~((values >= 0) & (values <= 255) & (values == np.floor(values)))
    if wrong.any():
        row, pixel = np.argwhere(wrong)[0]
        problem = _("{path}, {place}: column {name!r} holds {value}, which is no pixel.").format(
            path=file.path, place=file.place(int(frame.index[row])), name=frame.columns[pixel], value=values[row, pixel]
        )
        raise InputError(problem, _("Pixels are whole numbers from 0 to 255."))


def _require_file(path: Path) -> None:
    if path.is_dir():
        problem = _("{path} is a folder.").format(path=path)
        raise InputError(problem, _("Give a table in CSV, TSV or Parquet."))
    if path.exists():
        return
    problem = _("There is no file {path}.").format(path=path)
    if not path.parent.is_dir():
        raise InputError(problem, _("There is no folder {folder} either.").format(folder=path.parent))
    raise InputError(problem, nearest(path.name, [other.name for other in path.parent.iterdir() if is_table(other)]))


def require_names(file: TableFile) -> None:
    """Raise an `InputError` unless each column has a name of its own."""
    empty = [number for number, name in enumerate(file.names, 1) if not name]
    if empty:
        problem = _("{path}: column {number} has no name in the header.").format(path=file.path, number=empty[0])
        raise InputError(problem, _("Name it, or delete it; pandas leaves it out with `to_csv(..., index=False)`."))
    twice = sorted(name for name, times in Counter(file.names).items() if times > 1)
    if twice:
        problem = _("{path}: more than one column is called {names}.").format(
            path=file.path, names=", ".join(map(repr, twice))
        )
        raise InputError(problem, _("Give each column a name of its own."))
