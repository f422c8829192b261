"""Parquet tables: typed columns, read whole or in parts."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from neurona.data.stream import Tell, unheard
from neurona.errors import InputError
from neurona.language import _

if TYPE_CHECKING:
    import pyarrow as pa

ROWS = 1 << 16
MANY = 1 << 25
"""Cells that are read at a time."""


@dataclass(frozen=True)
class ParquetFile:
    """A Parquet table whose names are known; it is not read yet."""

    path: Path
    names: tuple[str, ...]
    rows: int
    decimal: str = "."

    @property
    def layout(self) -> str:
        """How it is written, in words."""
        return _("a Parquet table")

    def portions(self, names: Sequence[str]) -> list[list[str]]:
        """Cut the columns `names` into the parts that should be read one after the other."""
        size = max(1, MANY // self.rows)
        return [list(names[begun : begun + size]) for begun in range(0, len(names), size)]

    def read(
        self, missing: Sequence[str], text: Collection[str] = (), columns: Sequence[str] = (), tell: Tell = unheard
    ) -> pa.Table:
        """Read these columns, or all, with the types that they declare; `missing` and `text` are for text tables."""
        import pyarrow as pa
        import pyarrow.parquet as pq

        try:
            wanted = list(columns or self.names)
            table = pq.ParquetFile(self.path).read(columns=wanted).select(wanted)
        except (pa.ArrowException, OSError) as error:
            raise self._unreadable(error) from None
        tell(1.0)
        return table

    def batches(self, columns: Sequence[str]) -> Iterator[pa.Table]:
        """Yield the named columns in parts of at most `ROWS` rows."""
        import pyarrow as pa
        import pyarrow.parquet as pq

        try:
            for batch in pq.ParquetFile(self.path).iter_batches(ROWS, columns=list(columns)):
                yield pa.Table.from_batches([batch]).select(list(columns))
        except (pa.ArrowException, OSError) as error:
            raise self._unreadable(error) from None

    def place(self, row: int) -> str:
        """Say which row is meant by the row numbered `row` from 0."""
        return _("row {row}").format(row=row + 1)

    def written(self, row: int, name: str) -> str:
        """Return the cell of a row (from 0) and a column as text."""
        import pyarrow.parquet as pq

        return str(pq.ParquetFile(self.path).read(columns=[name]).column(0)[row])

    def _unreadable(self, error: Exception) -> InputError:
        return _unreadable(self.path, error)


def open_parquet(path: Path) -> ParquetFile:
    """Look into a Parquet table.

    Raises:
        InputError: it is no Parquet, or has no rows.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        with pq.ParquetFile(path) as file:
            names, rows = tuple(file.schema_arrow.names), file.metadata.num_rows
    except (pa.ArrowException, OSError) as error:
        raise _unreadable(path, error) from None
    if rows == 0:
        problem = _("{path} has a header and no rows.").format(path=path)
        raise InputError(problem, _("Give a table with at least one row."))
    return ParquetFile(path, names, rows)


def _unreadable(path: Path, error: Exception) -> InputError:
    reason = str(error).splitlines()[0] if str(error) else type(error).__name__
    problem = _("{path} cannot be read as Parquet: {reason}").format(path=path, reason=reason)
    return InputError(problem, _("If it is a text table, give it a name that ends in .csv; else write it again."))
