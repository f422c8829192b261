"""Text tables (CSV, TSV): what separates their columns, how they are read, and on which line a row stands."""

from __future__ import annotations

import codecs
import csv
import io
import itertools
import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from neurona.data.codes import columns_of_codes
from neurona.data.damage import LONGEST, codec_of, damaged_text, kind_hint, long_line, opened, undecodable, unreadable
from neurona.data.header import require_header, require_no_comment, separator_line
from neurona.data.stream import Expected, Tell, read_as_it_begins, unheard
from neurona.data.values import CODE, share_matching
from neurona.errors import InputError
from neurona.language import _, one_or_many

if TYPE_CHECKING:
    import pyarrow as pa

DELIMITERS = (",", ";", "\t", "|")
HEAD = 1 << 22
BLOCK = 1 << 23
SAMPLE = 100
LARGE = 1 << 26
"""Bytes from which on a table's text and values should not be in memory together."""
MANY = 1 << 25
"""Cells from which on the values, 8 bytes each, should not be in memory together."""
PORTIONS = (0.53, 0.85)
"""Up to which share of the columns the first and the second way through the file read."""
JSON = re.compile(r"\s*(\[\s*)?\{\s*\"[^\"]*\"\s*:")
COMMA_DECIMAL = re.compile(r"[+-]?[\d.]*\d,\d+")
POINT_DECIMAL = re.compile(r"[+-]?[\d,]*\d\.\d+")


@dataclass(frozen=True)
class DelimitedFile:
    """A text table that was looked into, but not read yet.

    Attributes:
        path: of the file; it may be compressed with gzip (`.gz`).
        delimiter, decimal, encoding: how it is written.
        header: the names of the columns as they stand in the file.
        expected: about how large it is.
        before: how many lines stand before the header.
    """

    path: Path
    delimiter: str
    decimal: str
    encoding: str
    header: tuple[str, ...]
    expected: Expected
    before: int = 0

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the columns, without the blanks around them."""
        return tuple(name.strip() for name in self.header)

    @property
    def layout(self) -> str:
        """How it is written, in words."""
        return _("columns separated by {delimiter!r}, decimals after {decimal!r}, in {encoding}").format(
            delimiter=self.delimiter, decimal=self.decimal, encoding=self.encoding
        )

    def portions(self, names: Sequence[str]) -> list[list[str]]:
        """Cut the columns `names` into the parts that should be read one after the other.

        Each is a way through the file, so there are three at most: the later ones find memory taken by what was read
        before, and are smaller.
        """
        names = [*names, *(name for name in self.names[-1:] if name not in names)]
        if self.expected.rows * len(names) <= MANY:
            return [names]
        first, second = (round(share * len(names)) for share in PORTIONS)
        return [part for part in (names[:first], names[first:second], names[second:]) if part]

    def read(
        self, missing: Sequence[str], text: Collection[str] = (), columns: Sequence[str] = (), tell: Tell = unheard
    ) -> pa.Table:
        """Read the whole table; a column whose values all are numbers or ISO dates comes typed, others as text.

        Numbers are text too where some are written as codes, such as 08001, of which a number would lose the zero.

        Args:
            missing: the texts that stand for a missing value.
            text: the columns to leave as they are written.
            columns: those to read; none for all.
            tell: is told how much of a large table has been read.

        Raises:
            InputError: a line has too many or too few columns, or the encoding is another.
        """
        import pyarrow as pa
        import pyarrow.csv as arrow

        wanted = set(columns or self.names)
        chosen = [raw for raw, name in zip(self.header, self.names, strict=True) if name in wanted]
        kinds = dict.fromkeys(self._with_codes, pa.dictionary(pa.int32(), pa.string()))
        kinds |= dict.fromkeys(text, pa.string())
        convert = arrow.ConvertOptions(
            column_types={raw: kinds[raw.strip()] for raw in chosen if raw.strip() in kinds},
            include_columns=chosen if len(chosen) < len(self.header) else None,
            null_values=list(missing),
            strings_can_be_null=True,
            decimal_point=self.decimal,
        )
        options = (self._reading(), self._parsing(), convert)
        try:
            large = self.path.stat().st_size >= LARGE
            table = read_as_it_begins(self, self._begins(), options, tell) if large else None
            if table is None:
                table = arrow.read_csv(str(self.path), *options)
        except (pa.ArrowInvalid, KeyError, UnicodeDecodeError, OSError, EOFError) as error:
            raise self._explain(error) from None
        # The text that was parsed would stay in Arrow's pool, some 0.5 GB for a million rows.
        pa.default_memory_pool().release_unused()
        table = table.rename_columns([raw.strip() for raw in chosen])
        found = dict(zip(table.column_names, table.schema.types, strict=True))
        if any(pa.types.is_binary(kind) for kind in found.values()):
            raise self._explain(UnicodeError())
        if self.names[-1] in found:
            self._require_closed_quotes(table)
        times = {name for name, kind in found.items() if pa.types.is_time(kind)}
        # 9:05 read as a time would come back as 09:05:00, another name than the one in the file.
        return self.read(missing, {*text, *times}, columns, tell) if times else table

    def batches(self, columns: Sequence[str]) -> Iterator[pa.Table]:
        """Yield the named columns as text, in parts of the file.

        Raises:
            InputError: a line has too many or too few columns, or the encoding is another.
        """
        import pyarrow as pa
        import pyarrow.csv as arrow

        raw = dict(zip(self.names, self.header, strict=True))
        wanted = {raw[name]: pa.string() for name in columns}
        convert = arrow.ConvertOptions(column_types=wanted, include_columns=list(wanted))
        try:
            for batch in arrow.open_csv(str(self.path), self._reading(), self._parsing(), convert):
                yield pa.Table.from_batches([batch]).rename_columns(list(columns))
        except (pa.ArrowInvalid, UnicodeDecodeError, OSError, EOFError) as error:
            raise self._explain(error) from None

    @cached_property
    def _with_codes(self) -> frozenset[str]:
        """The columns in which codes stand, and some others perhaps."""
        found = None
        try:
            if "0".encode(self.encoding) == b"0":
                with opened(self.path) as file:
                    above = [file.readline(LONGEST) for _line in range(self.before + 1)]
                    if above[-1].endswith(b"\n"):
                        found = columns_of_codes(file, len(self.header), self.delimiter)
        except (OSError, EOFError) as error:
            raise self._explain(error) from None
        if found is not None:
            return frozenset(self.names[place] for place in found)
        with_codes: set[str] = set()
        for batch in self.batches(self.names):
            with_codes |= {name for name in batch.column_names if share_matching(batch[name], CODE)}
        return frozenset(with_codes)

    def place(self, row: int) -> str:
        """Say on which line of the file the data row numbered `row` (from 0) begins."""
        return _("line {line}").format(line=self._record(row)[0])

    def written(self, row: int, name: str) -> str:
        """Return the cell of a row (from 0) and a column as it stands in the file."""
        return self._record(row)[1][self.names.index(name)].strip()

    def _record(self, row: int) -> tuple[int, list[str]]:
        return next(itertools.islice(self._records(), row + 1, None))

    def _begins(self) -> bytes:
        with opened(self.path) as file:
            return file.read(2 * BLOCK)

    def _reading(self) -> Any:
        import pyarrow.csv as arrow

        return arrow.ReadOptions(block_size=BLOCK, encoding=self.encoding, skip_rows=self.before)

    def _parsing(self) -> Any:
        import pyarrow.csv as arrow

        return arrow.ParseOptions(delimiter=self.delimiter, newlines_in_values=True)

    def _require_closed_quotes(self, table: pa.Table) -> None:
        """Refuse a last cell that swallowed the rest of the file, which pyarrow and csv both let pass."""
        if "\n" not in str(table.columns[-1][-1] if len(table) else ""):
            return
        begun = 1
        try:
            for line, _fields in self._records(strict=True):
                begun = line
        except csv.Error as error:
            if "unexpected end of data" in str(error):
                problem = _("{path}: a quotation mark after line {line} is never closed.")
                raise InputError(problem.format(path=self.path, line=begun), _("Close it, or leave it out.")) from None

    def _records(self, strict: bool = False) -> Iterator[tuple[int, list[str]]]:
        with opened(self.path) as raw:
            text = io.TextIOWrapper(raw, encoding=codec_of(self.encoding), errors="replace", newline="")
            for _line in range(self.before):
                text.readline()
            reader = csv.reader(text, delimiter=self.delimiter, strict=strict)
            line = self.before + 1
            for fields in reader:
                if fields:
                    yield line, fields
                line = self.before + reader.line_num + 1

    def _explain(self, error: Exception) -> InputError:
        """Find what pyarrow refused, going through the file again line by line."""
        if isinstance(error, (OSError, EOFError)):
            return unreadable(self.path, error)
        damage = long_line(self.path) or damaged_text(self.path, self.encoding)
        if damage is not None:
            return damage
        line = 1
        try:
            for line, fields in self._records():
                if len(fields) != len(self.header):
                    return self._ragged(line, fields)
        except (csv.Error, OSError, EOFError) as second:
            error = second
        return unreadable(self.path, error, line)

    def _ragged(self, line: int, fields: list[str]) -> InputError:
        problem = one_or_many(
            len(fields),
            _("{path}, line {line}: {count} column, where the header has {wanted}."),
            _("{path}, line {line}: {count} columns, where the header has {wanted}."),
        ).format(path=self.path, line=line, count=len(fields), wanted=len(self.header))
        if any("\n" in field for field in fields):
            return InputError(problem, _("A quotation mark that opens on this line may never be closed."))
        hint = _("Correct the line; a value that holds {delimiter!r} itself must stand in double quotes.")
        return InputError(problem, hint.format(delimiter=self.delimiter))


def open_delimited(path: Path, delimiter: str | None, decimal: str | None, encoding: str) -> DelimitedFile:
    """Look into a text table: find its delimiter and decimal sign where they are not given, and its header.

    Raises:
        InputError: the file is empty, no text, in another encoding, or has no rows.
    """
    head, share = _head(path, encoding)
    told, head = separator_line(head)
    if not head.strip():
        raise InputError(_("{path} is empty.").format(path=path), _("A table has a header and then a row a line."))
    if JSON.match(head):
        raise InputError(_("{path} holds JSON.").format(path=path), _("Save the table as CSV or Parquet first."))
    whole = len(head) < HEAD // 4
    named = named_delimiter(delimiter or told or "") if delimiter or told else None

    def mark(text: str) -> str:
        return named or _delimiter(text, whole, tab_first=".tsv" in path.suffixes)

    def columns(line: str, text: str) -> int:
        return len(_sample(line, mark(text), whole)[0])

    try:
        require_no_comment(path, head, 1 + (told is not None), columns)
        chosen = mark(head)
        records = _sample(head, chosen, whole)
    except csv.Error as error:
        raise unreadable(path, error) from None
    if len(records) < 2:
        problem = _("{path} has a header and no rows.").format(path=path)
        raise InputError(problem, _("A table has a header and then a row a line."))
    point = decimal or _decimal(records[1:], chosen)
    if point == chosen:
        problem = _("data.decimal and data.delimiter are both {mark!r}.").format(mark=point)
        raise InputError(problem, _("Columns and decimals need different signs, such as ';' and ','."))
    require_header(path, records, point, 1 + (told is not None))
    lines = max(1, head.count("\n") or head.count("\r"))
    expected = Expected(max(1, int(lines / share)), len(head) // lines)
    return DelimitedFile(path, chosen, point, encoding, tuple(records[0]), expected, int(told is not None))


def named_delimiter(delimiter: str) -> str:
    """Return the sign that `data.delimiter` names, itself or as "tab"; raise an `InputError` where it is none."""
    mark = {"tab": "\t", "\\t": "\t"}.get(delimiter, delimiter)
    if len(mark) != 1 or not mark.isascii() or mark in '\r\n"':
        problem = _("data.delimiter = {given!r} is not valid.").format(given=delimiter)
        raise InputError(problem, _('It must be one character, such as ",", or "tab".'))
    return mark


def _head(path: Path, encoding: str) -> tuple[str, float]:
    """Return the beginning of the file as text, and what share of the file it is."""
    try:
        codec = codecs.lookup(encoding).name
    except LookupError:
        problem = _("data.encoding = {encoding!r} is not an encoding.").format(encoding=encoding)
        raise InputError(problem, _("Common ones are utf-8, latin-1, cp1252 and utf-16.")) from None
    with opened(path) as file:
        raw = file.read(HEAD)
        # Of a compressed file the place in what is compressed counts; a file that is at its end was read whole.
        share = 1.0 if len(raw) < HEAD else getattr(file, "fileobj", file).tell() / path.stat().st_size
    if raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) and codec == "utf-8":
        raise InputError(_("{path} is in UTF-16.").format(path=path), _("Write --set data.encoding=utf-16."))
    if (b"\0" in raw and not codec.startswith(("utf-16", "utf-32"))) or raw.startswith((b"PAR1", b"PK\x03\x04")):
        raise InputError(_("{path} is no text file.").format(path=path), kind_hint(raw))
    try:
        return codecs.getincrementaldecoder(codec_of(encoding))().decode(raw), share
    except UnicodeDecodeError:
        raise damaged_text(path, encoding) or undecodable(path, encoding) from None


def _delimiter(head: str, whole: bool, tab_first: bool) -> str:
    """Choose the delimiter that cuts the header, and the most lines alike; a comma when none cuts it."""
    order = sorted(DELIMITERS, key=lambda mark: mark != "\t") if tab_first else DELIMITERS
    best, best_score = ",", (0, 1)
    for mark in order:
        try:
            records = _sample(head, mark, whole)
        except csv.Error:  # a long line that this does not cut is one value, and too long for one
            continue
        width = len(records[0])
        score = (sum(len(fields) == width for fields in records), width)
        if width > 1 and (best_score[1] == 1 or score > best_score):
            best, best_score = mark, score
    return best


def _sample(head: str, delimiter: str, whole: bool) -> list[list[str]]:
    """Return the first records of the text; the last one is cut off where the text is."""
    reader = csv.reader(io.StringIO(head, newline=""), delimiter=delimiter)
    records = list(itertools.islice((fields for fields in reader if fields), SAMPLE))
    cut = not whole and len(records) < SAMPLE and len(records) > 2
    return records[:-1] if cut else records


def _decimal(rows: list[list[str]], delimiter: str) -> str:
    if delimiter == ",":
        return "."
    cells = [cell.strip() for fields in rows for cell in fields]
    commas = sum(COMMA_DECIMAL.fullmatch(cell) is not None for cell in cells)
    points = sum(POINT_DECIMAL.fullmatch(cell) is not None for cell in cells)
    return "," if commas > points else "."
