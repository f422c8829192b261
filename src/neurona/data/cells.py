"""The cells of a table, read some columns at a time where all of them are many."""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING

from neurona.data.reader import TableFile
from neurona.data.values import Notation
from neurona.progress import tell

if TYPE_CHECKING:
    import pyarrow as pa


class Cells:
    """Hands out columns, once each and in order, and lets go of what was handed out.

    As read, numbers take twice the memory that they take as a net sees them. Of a large table the columns are
    therefore read in portions, each when the one before it was encoded.

    Args:
        file: the table.
        names: the columns that will be asked for, in this order.
        notation: what stands for a missing value.
        text: the columns to leave as they are written.
    """

    def __init__(self, file: TableFile, names: Sequence[str], notation: Notation, text: Collection[str]) -> None:
        self.file, self.notation, self.text = file, notation, text
        self._portions = file.portions(names)
        self._held: dict[str, pa.ChunkedArray] = {}
        self._steps, self._done = sum(map(len, self._portions)) + len(names), 0
        self.rows = 0
        self._read()

    def pop(self, name: str) -> pa.ChunkedArray:
        """Return a column, `(n,)`.

        Raises:
            InputError: the table cannot be read.
        """
        while name not in self._held:
            self._read()
        self._done += 1
        self._tell(0)
        return self._held.pop(name)

    def _read(self) -> None:
        if self._done:
            give_back()
        portion = self._portions.pop(0)
        size = len(portion)
        table = self.file.read(self.notation.missing, self.text, portion, lambda share: self._tell(share * size))
        self.rows = len(table)
        self._held |= dict(zip(table.column_names, table.columns, strict=True))
        self._done += size

    def _tell(self, more: float) -> None:
        """Say how far it has come: each column is read, and then encoded by who asked for it."""
        tell(self.file.path.name, (self._done + more) / self._steps)


def give_back() -> None:
    """Give memory that was freed back to the system, which Arrow and the C library would keep for later."""
    import pyarrow as pa

    pa.default_memory_pool().release_unused()
    if sys.platform.startswith("linux") and (trim := getattr(ctypes.CDLL(None), "malloc_trim", None)):
        trim(0)
