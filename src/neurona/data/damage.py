"""What may be wrong with the text of a table before its cells are looked at, and on which line."""

from __future__ import annotations

import codecs
import csv
import gzip
from pathlib import Path
from typing import IO

from neurona.errors import InputError
from neurona.language import _

CHUNK, LONGEST = 1 << 23, 1 << 26
"""Bytes that are looked at together, and those that a line may have."""


def opened(path: Path) -> IO[bytes]:
    """Open a file for reading; one whose name ends in .gz as what is compressed in it."""
    return gzip.open(path, "rb") if path.suffix.lower() == ".gz" else path.open("rb")  # type: ignore[return-value]


def codec_of(encoding: str) -> str:
    """Return the codec for an encoding, which leaves out the mark at the beginning of UTF-8."""
    return "utf-8-sig" if codecs.lookup(encoding).name == "utf-8" else encoding


def unreadable(path: Path, error: Exception, line: int = 1) -> InputError:
    """Return what is said of a failure to read the file from `line` on."""
    if "field larger" in str(error):
        problem = _("{path}, from line {line} on: a value has more than {most} characters.")
        hint = _("A quotation mark may never be closed, or the columns be separated by something else.")
        return InputError(problem.format(path=path, line=line, most=csv.field_size_limit()), hint)
    reason = str(error).splitlines()[0] if str(error) else type(error).__name__
    problem = _("{path} cannot be read: {reason}").format(path=path, reason=reason)
    return InputError(problem, _("The file may be cut off, or a quotation mark in it never closed."))


def long_line(path: Path) -> InputError | None:
    """Find the first line that is too long to be a row; it could fill the memory."""
    length, number = 0, 1
    with opened(path) as file:
        while chunk := file.read(CHUNK):
            first, *more = (chunk if b"\n" in chunk else chunk.replace(b"\r", b"\n")).split(b"\n")
            if length + len(first) > LONGEST:
                problem = _("{path}, line {line} has more than {most} MB.").format(
                    path=path, line=number, most=LONGEST >> 20
                )
                return InputError(problem, _("Each row must stand on a line of its own."))
            length = len(more[-1]) if more else length + len(first)
            number += len(more)
    return None


def damaged_text(path: Path, encoding: str) -> InputError | None:
    """Find the first byte that is not in `encoding`; None when there is none, or in UTF-16 and the like."""
    if codecs.lookup(encoding).name.startswith(("utf-16", "utf-32")):
        return None
    with opened(path) as file:
        for number, line in enumerate(file, 1):
            try:
                line.decode(encoding)
            except UnicodeDecodeError as error:
                problem = _("{path}, line {line}: the byte 0x{byte:02x} is not {encoding}.").format(
                    path=path, line=number, byte=line[error.start], encoding=encoding
                )
                return InputError(problem, _encoding_hint(encoding))
    return None


def undecodable(path: Path, encoding: str) -> InputError:
    """Return what is said of a file in another encoding, where no single byte is to blame."""
    problem = _("{path} is not in {encoding}.").format(path=path, encoding=encoding)
    return InputError(problem, _encoding_hint(encoding))


def _encoding_hint(encoding: str) -> str:
    other = "latin-1" if codecs.lookup(encoding).name == "utf-8" else "utf-8"
    return _("Say how the file is encoded, such as --set data.encoding={encoding}.").format(encoding=other)


def kind_hint(raw: bytes) -> str:
    """Return what to do with a file that begins with `raw` and is no text."""
    if raw.startswith(b"PAR1"):
        return _("It is a Parquet file: give it a name that ends in .parquet.")
    if raw.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        return _("It looks like a spreadsheet or an archive: save the table as CSV first.")
    return _("Give a table in CSV, TSV or Parquet.")
