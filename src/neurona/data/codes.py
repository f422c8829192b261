"""Codes among the cells of a text table: whole numbers with zeros before them (08001), or in hexadecimal (0x1f)."""

from __future__ import annotations

from typing import IO

import numpy as np

from neurona.data.damage import LONGEST

BLOCK = 1 << 18
NEWLINE, QUOTE, ZERO = 10, 34, 48


def columns_of_codes(file: IO[bytes], width: int, delimiter: str) -> set[int] | None:
    """Return the places of the columns that hold a code, or more of them; None where the bytes alone do not tell.

    Args:
        file: the rows, in an encoding that writes signs as ASCII does.
        width: how many columns there are.
        delimiter: what separates them.
    """
    found: set[int] = set()
    while block := file.read(BLOCK):
        signs = np.frombuffer(b"\n" + block + file.readline(LONGEST) + b"\n", np.uint8)
        begin = _begins(signs, ord(delimiter))
        if len(begin):
            columns = _columns(signs, begin, width, ord(delimiter))
            if columns is None:
                return None
            found |= columns
    return found


def _begins(signs: np.ndarray, delimiter: int) -> np.ndarray:
    """Return where codes begin, `(k,)`, in signs that begin and end with a line."""
    zero = signs == ZERO
    zero[1:] &= _ends_a_cell(signs[:-1], delimiter)
    zero[:-1] &= _is_digit(signs[1:]) | ((signs[1:] | 32) == ord("x"))
    begin = np.flatnonzero(zero)
    # Not of dates and times, such as 09/05/2024 and 09:05.
    end = begin + 1
    while (more := _is_digit(signs[end])).any():
        end += more
    after = signs[end]
    return np.asarray(begin[_ends_a_cell(after, delimiter) | ((after | 32) == ord("x"))])


def _columns(signs: np.ndarray, begin: np.ndarray, width: int, delimiter: int) -> set[int] | None:
    """Return the columns in which cells begin; None where one stands in a line that is no row by itself."""
    ends = signs == delimiter
    quotes = signs == QUOTE
    if quotes.any():
        ends &= np.cumsum(quotes, dtype=np.uint8) % 2 == 0
    stops = np.flatnonzero(ends | (signs == NEWLINE))
    lines = np.flatnonzero(signs[stops] == NEWLINE)
    cell = np.searchsorted(stops, begin)
    line = np.searchsorted(lines, cell)
    before = lines[line - 1]
    if (lines[line] - before != width).any():
        return None
    return set(np.unique(cell - before - 1).tolist())


def _is_digit(signs: np.ndarray) -> np.ndarray:
    return np.less(signs - np.uint8(ZERO), 10)


def _ends_a_cell(signs: np.ndarray, delimiter: int) -> np.ndarray:
    """Whether each sign may stand beside a cell: the delimiter, a quotation mark, or blank."""
    beside = signs <= QUOTE
    return beside if delimiter <= QUOTE else beside | (signs == delimiter)
