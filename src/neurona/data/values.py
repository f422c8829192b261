"""What the cells of a column say: numbers, dates and names, and which cells say something else."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from neurona.data.rows import taken

if TYPE_CHECKING:
    import pyarrow as pa

MISSING = ("", "NA", "N/A", "n/a", "NaN", "nan", "NAN", "null", "NULL", "Null", "?", "-")
LARGEST = 1e38
"""Beyond it float32, which nets compute in, is infinite."""

NUMBER = {
    ".": r"^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$",
    ",": r"^[+-]?(\d+,?\d*|,\d+)([eE][+-]?\d+)?$",
}
NOT_FINITE = r"^[+-]?(?i:inf|infinity|nan)$"
BOOLEAN = r"^(?i:true|false)$"
CODE = r"^\s*0(\d+|[xX][\dA-Fa-f]+)\s*$"
"""Whole numbers with zeros before them, such as 08001, and hexadecimal ones, such as 0x1f."""

ZEROS_BEFORE = r"^0\d+$"
HEXADECIMAL = r"^0[xX][\dA-Fa-f]+$"
NOT_WHOLE = r"^[+-]?(\d+[.,]\d*|[.,]\d+|\d+[eE][+-]?\d)"
GROUPED = r"^[+-]?\d{1,3}([.,]\d{3})*([.,]\d+)?$"
"""Numbers in any notation, such as 1,234.5 and 1.234,5, that the notation in use may not read."""

PRICED = r"^[+-]?\s?([$€£¥₹]\s?[+-]?\d[\d.,]*|\d[\d.,]*\s?[%$€£¥₹])$"
"""Numbers with a currency or a percent sign, such as $1,234.50 and 12 %."""

DASHED = r"^[\x{2212}\x{2013}]\s?[\d.,]*\d([eE][+-]?\d+)?$"
"""Numbers with a typographic minus or an en dash before them, as word processors write them."""

DATE = r"^(\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|\d{1,2}[-/.]\d{1,2}[-/.]\d{4})([ T].*)?$"
SHORT_DATE = r"^\d{1,2}[-/.]\d{1,2}[-/.]\d{2}( .*)?$"
DAY_MONTH_YEAR = r"^(\d{1,2})[-/.](\d{1,2})[-/.](\d{4})"
YEAR_MONTH_DAY = r"^(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})"


@dataclass(frozen=True)
class Notation:
    """How a table writes its values: the texts that stand for a missing one, and the decimal sign ("." or ",")."""

    missing: tuple[str, ...] = MISSING
    decimal: str = "."

    @cached_property
    def missing_numbers(self) -> list[float]:
        """The marks of a missing value that are numbers themselves, such as -999."""
        return [number for mark in self.missing if (number := _float(mark)) == number and number is not None]


@dataclass(frozen=True)
class Numbers:
    """A column read as numbers.

    Attributes:
        values: `(n,)` float64, NaN where a value is missing or unreadable.
        unreadable: `(n,)` bool, True where a text is no number, or a number is infinite or beyond float32.
        booleans: whether the column said true and false, read as 1 and 0.
    """

    values: np.ndarray
    unreadable: np.ndarray
    booleans: bool = False


@dataclass(frozen=True)
class Dates:
    """A column read as dates.

    Attributes:
        values: `(n,)` datetime64 in UTC, NaT where a value is missing or unreadable.
        unreadable: `(n,)` bool, True where a text is no date.
        ambiguous: whether month/day/year would have read every value too.
    """

    values: np.ndarray
    unreadable: np.ndarray
    ambiguous: bool = False


def is_text(column: pa.ChunkedArray) -> bool:
    """Whether the cells are text, plain or dictionary-encoded."""
    import pyarrow as pa

    kind = column.type.value_type if pa.types.is_dictionary(column.type) else column.type
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind))


def is_dictionary(column: pa.ChunkedArray) -> bool:
    """Whether the cells are text of which each different one is there once, with the number of its own in each cell."""
    import pyarrow as pa

    return bool(pa.types.is_dictionary(column.type)) and is_text(column)


def is_plain(column: pa.ChunkedArray) -> bool:
    """Whether each cell is one value that can be read: no list, no structure, no bytes."""
    import pyarrow as pa

    kind, types = column.type, pa.types
    plain = types.is_integer, types.is_floating, types.is_decimal, types.is_boolean, types.is_null
    return is_text(column) or is_date(column) or types.is_time(kind) or any(test(kind) for test in plain)


def is_date(column: pa.ChunkedArray) -> bool:
    """Whether the file itself declares the cells as dates."""
    import pyarrow as pa

    return bool(pa.types.is_date(column.type) or pa.types.is_timestamp(column.type))


def read_text(column: pa.ChunkedArray, notation: Notation) -> pa.ChunkedArray:
    """Return the cells as trimmed text, null where missing; a dictionary of different texts where they are one."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if is_dictionary(column):
        return _read_different(column, notation)
    text = pc.utf8_trim_whitespace(column.cast(pa.string()))
    missing = pc.is_in(text, value_set=pa.array(notation.missing, pa.string()))
    return pc.if_else(missing, pa.scalar(None, pa.string()), text)


def _read_different(column: pa.ChunkedArray, notation: Notation) -> pa.ChunkedArray:
    """Read each different text of a dictionary once, of which a large table has far fewer than cells."""
    import pyarrow as pa
    import pyarrow.compute as pc

    cells = column.combine_chunks()
    used = pc.unique(cells.indices).drop_null()
    texts = read_text(pa.chunked_array([cells.dictionary.take(used).cast(pa.string())]), notation)
    texts = texts.dictionary_encode().combine_chunks()
    number_of = np.zeros(len(cells.dictionary), np.int32)  # among the texts, of each word of the column
    number_of[used.to_numpy()] = texts.indices.fill_null(-1).to_numpy()
    numbers = pa.array(number_of).take(cells.indices)
    if texts.indices.null_count:
        numbers = pc.if_else(pc.less(numbers, 0), pa.scalar(None, pa.int32()), numbers)
    return pa.chunked_array([pa.DictionaryArray.from_arrays(numbers, texts.dictionary)])


def texts_of(text: pa.ChunkedArray) -> np.ndarray:
    """Return what `read_text` gave as `(n,)` objects, text and None."""
    import pyarrow as pa

    return np.asarray(text.cast(pa.string()).to_numpy(), dtype=object)


def read_numbers(column: pa.ChunkedArray, notation: Notation) -> Numbers:
    """Read the cells as numbers; text that is none is marked, and true and false are 1 and 0."""
    import pyarrow as pa

    if is_text(column):
        return _numbers_from_text(read_text(column, notation), notation)
    if is_date(column) or pa.types.is_time(column.type) or not is_plain(column):
        return Numbers(np.full(len(column), np.nan), _valid(column))
    # Nanoseconds and 64-bit integers may not fit a float64 exactly; the nearest one is what a net can use.
    numbers = column.cast(pa.float64(), safe=False)
    return _finite(_float64(numbers), notation, booleans=bool(pa.types.is_boolean(column.type)))


def read_dates(column: pa.ChunkedArray, notation: Notation, month_first: bool = False) -> Dates:
    """Read the cells as dates: ISO 8601, or day, month and year apart by "/", "-" or ".".

    Args:
        column: the cells.
        notation: what stands for a missing value.
        month_first: read 3/4/2024 as the fourth of March.
    """
    import pyarrow as pa

    if is_date(column):
        return Dates(_instants(column.cast(pa.timestamp("us"), safe=False).to_pandas()), np.zeros(len(column), bool))
    # A table repeats its dates, so that reading each different one once is far less work.
    text = read_text(column, notation).dictionary_encode().combine_chunks()
    values = _parse_dates(text.dictionary, month_first)
    other = _parse_dates(text.dictionary, not month_first)
    codes = text.indices.fill_null(len(values)).to_numpy()
    cells = np.append(values, np.datetime64("NaT"))[codes]
    ambiguous = bool(len(values) and not np.isnat(other).any() and (other != values).any())
    return Dates(cells, np.isnat(cells) & _valid(text.indices), ambiguous)


def share_matching(text: pa.ChunkedArray, pattern: str) -> float:
    """Return the share of the cells that are not missing which `pattern` matches; 0 when all are missing."""
    import pyarrow.compute as pc

    return pc.mean(_matches(text, pattern)).as_py() or 0.0


def cells_matching(text: pa.ChunkedArray, pattern: str) -> np.ndarray:
    """Return `(n,)` bool, True for the cells which `pattern` matches."""
    return _flags(_matches(text, pattern), missing=False)


def _matches(text: pa.ChunkedArray, pattern: str) -> pa.Array | pa.ChunkedArray:
    import pyarrow.compute as pc

    if not is_dictionary(text):
        return pc.match_substring_regex(text, pattern)
    cells = text.combine_chunks()
    return pc.match_substring_regex(cells.dictionary, pattern).take(cells.indices)


def has_zeros_before(text: pa.ChunkedArray) -> bool:
    """Whether some cells are whole numbers with zeros before them, such as 08001."""
    import pyarrow.compute as pc

    texts = text.combine_chunks().dictionary if is_dictionary(text) else text
    # Few begin with a zero that something follows, and only of those the pattern, which takes its time, is asked.
    begins = pc.and_(pc.starts_with(texts, "0"), pc.greater(pc.binary_length(texts), 1))
    return bool(pc.any(pc.match_substring_regex(texts.filter(begins), ZEROS_BEFORE)).as_py())


def _numbers_from_text(text: pa.ChunkedArray, notation: Notation) -> Numbers:
    import pyarrow as pa
    import pyarrow.compute as pc

    if is_dictionary(text):
        cells = text.combine_chunks()
        texts = _numbers_from_text(pa.chunked_array([cells.dictionary]), notation)
        numbers = cells.indices.fill_null(len(cells.dictionary)).to_numpy()  # of which the last is a missing value
        values, unreadable = np.append(texts.values, np.nan), np.append(texts.unreadable, False)
        return Numbers(taken(values, numbers), taken(unreadable, numbers), texts.booleans)
    if notation.decimal == ".":
        try:
            return _finite(_float64(text.cast(pa.float64())), notation)
        except pa.ArrowInvalid:
            pass
    if share_matching(text, BOOLEAN) == 1.0:
        return Numbers(
            _float64(pc.equal(pc.utf8_lower(text), "true").cast(pa.float64())), np.zeros(len(text), bool), True
        )
    readable = pc.or_(
        pc.match_substring_regex(text, NUMBER[notation.decimal]), pc.match_substring_regex(text, NOT_FINITE)
    )
    numerals = pc.if_else(readable, pc.utf8_ltrim(text, "+"), pa.scalar(None, pa.string()))
    if notation.decimal == ",":
        numerals = pc.replace_substring(numerals, ",", ".")
    numbers = _finite(_float64(numerals.cast(pa.float64())), notation)
    unreadable = ~_flags(readable, missing=True)
    return Numbers(numbers.values, numbers.unreadable | unreadable)


def _finite(values: np.ndarray, notation: Notation, booleans: bool = False) -> Numbers:
    for mark in notation.missing_numbers:
        values = np.where(values == mark, np.nan, values)
    # Of a large column the comparison would take more memory than all that follows; mostly nothing is beyond.
    if max(np.fmax.reduce(values, initial=0.0), -np.fmin.reduce(values, initial=0.0)) <= LARGEST:
        return Numbers(values, np.zeros(len(values), bool), booleans)
    unreadable = np.abs(values) > LARGEST
    return Numbers(np.where(unreadable, np.nan, values), unreadable, booleans)


def _parse_dates(text: pa.Array, month_first: bool) -> np.ndarray:
    import pandas as pd
    import pyarrow.compute as pc

    # RE2 reads \3 as the third group; every part is padded to the two digits that ISO 8601 asks for.
    iso = pc.replace_substring_regex(text, DAY_MONTH_YEAR, r"\3-\1-\2" if month_first else r"\3-\2-\1")
    iso = pc.replace_substring_regex(iso, YEAR_MONTH_DAY, r"\1-0\2-0\3")
    iso = pc.replace_substring_regex(iso, r"^(\d{4}-)0?(\d\d)-0?(\d\d)", r"\1\2-\3")
    parsed = pd.to_datetime(iso.to_pandas().astype(object), format="ISO8601", errors="coerce", utc=True)
    return _instants(parsed)


def _instants(dates: Any) -> np.ndarray:
    naive = dates if dates.dt.tz is None else dates.dt.tz_convert("UTC").dt.tz_localize(None)
    return np.asarray(naive.to_numpy(dtype="datetime64[us]"))


def _float64(numbers: pa.Array | pa.ChunkedArray) -> np.ndarray:
    return np.asarray(_numpy(numbers), np.float64)


def _flags(booleans: pa.Array | pa.ChunkedArray, missing: bool) -> np.ndarray:
    return np.asarray(_numpy(booleans.fill_null(missing)), bool)


def _valid(column: pa.Array | pa.ChunkedArray) -> np.ndarray:
    return _flags(column.is_valid(), missing=False)


def _numpy(column: pa.Array | pa.ChunkedArray) -> np.ndarray:
    import pyarrow as pa

    return np.asarray(column.to_numpy(zero_copy_only=False) if isinstance(column, pa.Array) else column.to_numpy())


def _float(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None
