"""What stands before the rows of a text table: Excel's line about its columns, and their names, if they are names."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from neurona.data.values import MISSING
from neurona.errors import InputError
from neurona.language import _

COMMENTS = re.compile(r"(#[^\r\n]*(\r\n|\r|\n))+")
EXCEL = re.compile(r'"?sep=(.)"?(\r\n|\r|\n)', re.IGNORECASE)
ENOUGH = 0.8
"""From this share of numbers in the range of their columns on, a first line is a row like the others."""
SHOWN, LONGEST = 5, 60


def separator_line(text: str) -> tuple[str | None, str]:
    """Return the delimiter that a first line such as `sep=;`, which Excel writes and reads, names, and what follows.

    None, and all of the text, where there is no such line.
    """
    found = EXCEL.match(text)
    return (found[1], text[found.end() :]) if found else (None, text)


def require_no_comment(path: Path, text: str, line: int, cut: Callable[[str, str], int]) -> None:
    """Refuse a table that begins with a comment, which has fewer columns than what stands below it.

    Args:
        path: of the table.
        text: its beginning.
        line: where that stands.
        cut: says how many columns a line has, cut as a text that it stands in.

    Raises:
        InputError: there is one.
    """
    comments = COMMENTS.match(text)
    if comments is None:
        return
    first, below = comments[0].splitlines()[0], text[comments.end() :]
    if below.strip() and cut(first, below) < cut(below, below):
        problem = _("{path}, line {line} is a comment, and no names of columns: {text}.")
        said = problem.format(path=path, line=line, text=first[:LONGEST] + "…" * (len(first) > LONGEST))
        raise InputError(said, _("Remove what stands above the names of the columns."))


def require_header(path: Path, records: Sequence[Sequence[str]], decimal: str, line: int) -> None:
    """Refuse a table whose first line holds values, and no names.

    Names may be numbers too: years, positions, wavelengths. A line is taken for a row when each column of numbers has a
    number there, most of these lie where the numbers of their columns do, each column of a few texts has one of them,
    and the numbers do not count up or down.

    Args:
        path: of the table.
        records: its first line, and rows after it.
        decimal: the sign before decimals.
        line: where the first line stands.

    Raises:
        InputError: there are no names.
    """
    first, *rows = records
    rows = [row for row in rows if len(row) == len(first)]
    if not rows or _counts(first, decimal) or not _is_like(first, rows, decimal):
        return
    shown = ", ".join(cell.strip() for cell in first[:SHOWN]) + (", …" if len(first) > SHOWN else "")
    problem = _("{path}, line {line} holds values like those below it, and no names of columns: {values}.")
    hint = _(
        "Put a line with a name for each column above it, such as {names}. If these are names, begin each with a "
        "letter."
    )
    names = ",".join(f"x{number}" for number in range(1, min(len(first), SHOWN) + 1)) + (",…" * (len(first) > SHOWN))
    raise InputError(problem.format(path=path, line=line, values=shown), hint.format(names=names))


def are_numbers(names: Sequence[str]) -> bool:
    """Whether every column is called by a number."""
    return all(_number(name, ".") is not None for name in names)


def _is_like(first: Sequence[str], rows: Sequence[Sequence[str]], decimal: str) -> bool:
    """Whether a first line may be one of the rows."""
    within = []
    for name, *cells in zip(first, *rows, strict=True):
        present = [cell.strip() for cell in cells if cell.strip() not in MISSING]
        numbers = [number for cell in present if (number := _number(cell, decimal)) is not None]
        value = _number(name, decimal)
        if present and len(numbers) == len(present):
            if value is None and name.strip() not in MISSING:
                return False
            if value is not None:
                within.append(_near(value, numbers))
        elif value is None and 2 * len(set(present)) <= len(present) and name.strip() not in present:
            return False
    return bool(within) and float(np.mean(within)) >= ENOUGH


def _near(value: float, numbers: list[float]) -> bool:
    """Whether a value lies among numbers, or less than half their range beside them."""
    low, high = min(numbers), max(numbers)
    return low - (high - low) / 2 <= value <= high + (high - low) / 2


def _counts(names: Sequence[str], decimal: str) -> bool:
    """Whether the numbers among names are whole and go up or down by the same step, as years and positions do."""
    numbers = [number for name in names if (number := _number(name, decimal)) is not None]
    steps = np.diff(numbers)
    whole = all(number.is_integer() for number in numbers)
    return len(numbers) > 1 and whole and bool(steps[0]) and bool((steps == steps[0]).all())


def _number(text: str, decimal: str) -> float | None:
    try:
        number = float(text.strip().replace(decimal, ".") if decimal == "," else text)
    except ValueError:
        return None
    return number if np.isfinite(number) else None
