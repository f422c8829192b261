"""Reads IDX files, the format of MNIST: a magic number, the dimensions, then the bytes.

The format (LeCun, Cortes and Burges, http://yann.lecun.com/exdb/mnist): two zero bytes, a code of the type of element
(8 for unsigned bytes), the number of dimensions, each dimension as a big-endian 32-bit whole number, the elements in C
order.
"""

from __future__ import annotations

import gzip
import math
import struct
import zlib
from pathlib import Path
from typing import BinaryIO, cast

import numpy as np

from neurona.errors import InputError, reason_of
from neurona.language import _

UNSIGNED_BYTE = 8
GZIP_MAGIC = b"\x1f\x8b"
CHUNK = 1 << 20


def read_idx(path: Path, item: tuple[int, ...]) -> np.ndarray:
    """Read a file of unsigned bytes, gzipped or not.

    Args:
        path: the file; what it begins with, not its name, says whether it is gzipped.
        item: the shape of one element, such as `(28, 28)` for pictures or `()` for labels.

    Returns:
        `(n, *item)` uint8, writable.

    Raises:
        InputError: the file cannot be read, is damaged, or holds something else; it says what was expected and found.
    """
    try:
        with path.open("rb") as raw:
            gzipped = raw.read(2) == GZIP_MAGIC
            raw.seek(0)
            with gzip.open(raw) if gzipped else raw as file:
                return _parse(cast(BinaryIO, file), path, item)
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise _damaged(path, _("a whole gzip file"), str(error)) from error
    except OSError as error:
        problem = _("{path} cannot be read: {reason}.").format(path=path, reason=reason_of(error))
        raise InputError(problem, _remedy()) from error


def _parse(file: BinaryIO, path: Path, item: tuple[int, ...]) -> np.ndarray:
    magic = bytes([0, 0, UNSIGNED_BYTE, 1 + len(item)])
    found = file.read(4)
    if found != magic:
        wanted = _("an IDX file that begins with the bytes {magic}").format(magic=magic.hex(" "))
        raise _damaged(path, wanted, found.hex(" ") or _("an empty file"))
    header = file.read(4 * (1 + len(item)))
    if len(header) < 4 * (1 + len(item)):
        raise _damaged(path, _("{count} dimensions").format(count=1 + len(item)), _("the end of the file"))
    shape = struct.unpack(f">{1 + len(item)}I", header)
    if shape[1:] != item:
        raise _damaged(path, _size(item), _size(shape[1:]))
    return _read_bytes(file, path, shape)


def _read_bytes(file: BinaryIO, path: Path, shape: tuple[int, ...]) -> np.ndarray:
    # A bytearray grows in place and stays writable; memory for what a damaged header claims is never asked for.
    expected, content = math.prod(shape), bytearray()
    while len(content) <= expected and (chunk := file.read(CHUNK)):
        content += chunk
    if len(content) != expected:
        wanted = _("{count} bytes after the header").format(count=expected)
        found = _("{count} bytes").format(count=len(content)) if len(content) < expected else _("more than that")
        raise _damaged(path, wanted, found)
    return np.frombuffer(content, dtype=np.uint8).reshape(shape)


def _size(item: tuple[int, ...]) -> str:
    return _("items of {size} bytes").format(size=" x ".join(map(str, item)))


def _damaged(path: Path, expected: str, found: str) -> InputError:
    problem = _("{path} is damaged or is another file: expected {expected}, found {found}.")
    return InputError(problem.format(path=path, expected=expected, found=found), _remedy())


def _remedy() -> str:
    return _("Delete it and run again, or put the right file there.")
