"""Reads a large text table in one go through the file, so that its text is never in memory beside its values."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import pyarrow as pa

    from neurona.data.delimited import DelimitedFile

# Is told the share of a table that has been read, from 0 to 1.
Tell = Callable[[float], None]
BLOCK = 1 << 19
# A block has so many rows at least, for each costs some work for each column; and so many bytes at most.
ROWS, LARGEST_BLOCK = 64, 1 << 26
REFUSED = re.compile(r"CSV column #(\d+)")
# So many columns may turn out to hold other things than they begin with; each is a new start.
SURPRISES = 4
# Memory for so much more rows than were expected is asked for; what is not written to is never used.
SLACK = 1.1


def unheard(_share: float) -> None:
    """Listen to nothing."""


@dataclass(frozen=True)
class Expected:
    """About how large a table is, as its beginning shows.

    Attributes:
        rows: how many there are.
        width: how many bytes a row has.
    """

    rows: int
    width: int


class Gathered:
    """The columns of a table that comes in parts: numbers in one array each, the rest as Arrow has it.

    Args:
        schema: of the parts; numbers are float64.
        rows: about how many there will be.
    """

    def __init__(self, schema: pa.Schema, rows: int) -> None:
        import pyarrow as pa

        self.schema, self.rows = schema, 0
        self._numbers = {
            number: np.empty(int(rows * SLACK)) for number, kind in enumerate(schema.types) if kind == pa.float64()
        }
        self._rest: dict[int, list[Any]] = {place: [] for place in range(len(schema)) if place not in self._numbers}

    def add(self, part: pa.RecordBatch) -> None:
        """Take the next rows."""
        begun, ended = self.rows, self.rows + len(part)
        for place, values in self._numbers.items():
            if ended > len(values):
                longer = np.empty(int(ended * SLACK))
                longer[:begun] = values[:begun]
                values = self._numbers[place] = longer
            values[begun:ended] = part.column(place).to_numpy(zero_copy_only=False)
        for place, arrays in self._rest.items():
            arrays.append(part.column(place))
        self.rows = ended

    def table(self) -> pa.Table:
        """Return all rows; NaN is a missing value."""
        import pyarrow as pa

        columns = [
            pa.chunked_array([pa.array(self._numbers[place][: self.rows], from_pandas=True)])
            if place in self._numbers
            else pa.chunked_array(self._rest[place], kind)
            for place, kind in enumerate(self.schema.types)
        ]
        return pa.table(columns, schema=self.schema)


def lasting(kind: pa.DataType) -> pa.DataType:
    """Return the type that a column which begins as `kind` is read as throughout."""
    import pyarrow as pa

    if pa.types.is_integer(kind) or pa.types.is_floating(kind):
        return pa.float64()  # whole numbers may be followed by others
    if pa.types.is_boolean(kind) or pa.types.is_date(kind) or pa.types.is_timestamp(kind):
        return kind
    return pa.dictionary(pa.int32(), pa.string())


def read_as_it_begins(file: DelimitedFile, begins: bytes, options: tuple[Any, Any, Any], tell: Tell) -> pa.Table | None:
    """Read a table whose columns go on as they begin; None where one does not in a way that only all of it can tell.

    Args:
        file: the table.
        begins: more of its beginning than a block.
        options: how Arrow is to read, to parse and to convert it.
        tell: is told how much of it has been read.
    """
    import pyarrow as pa
    import pyarrow.csv as arrow

    reading, parsing, convert = options
    try:
        # Of the file itself Arrow would read dozens of blocks ahead.
        with arrow.open_csv(pa.BufferReader(begins), reading, parsing, convert) as stream:
            kinds = {column.name: lasting(column.type) for column in stream.schema}
    except pa.ArrowInvalid:
        return None
    pa.default_memory_pool().release_unused()
    size = min(max(BLOCK, ROWS * file.expected.width), LARGEST_BLOCK)
    blocks = arrow.ReadOptions(block_size=size, encoding=file.encoding, skip_rows=file.before)
    for _attempt in range(SURPRISES):
        try:
            return _read(file, (blocks, parsing, _with_types(convert, kinds)), tell)
        except pa.ArrowInvalid as error:
            refused = REFUSED.search(str(error))
            name = file.header[int(refused[1])] if refused else ""
            if kinds.get(name) != pa.float64():
                return None
            kinds[name] = pa.dictionary(pa.int32(), pa.string())
    return None


def _read(file: DelimitedFile, options: tuple[Any, Any, Any], tell: Tell) -> pa.Table:
    import pyarrow.csv as arrow

    with arrow.open_csv(str(file.path), *options) as stream:
        gathered = Gathered(stream.schema, file.expected.rows)
        for part in stream:
            gathered.add(part)
            tell(min(1.0, gathered.rows / file.expected.rows))
    return gathered.table()


def _with_types(convert: Any, kinds: Mapping[str, pa.DataType]) -> Any:
    import pyarrow.csv as arrow

    return arrow.ConvertOptions(
        column_types=kinds,
        include_columns=convert.include_columns,
        null_values=convert.null_values,
        strings_can_be_null=convert.strings_can_be_null,
        decimal_point=convert.decimal_point,
    )
