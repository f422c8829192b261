"""The type of each column of a table: found from its values or told by the person, and why a column is of no use."""

from __future__ import annotations

import json
import re
import shlex
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from neurona.data.reader import TableFile
from neurona.data.values import (
    DASHED,
    DATE,
    GROUPED,
    HEXADECIMAL,
    NOT_WHOLE,
    PRICED,
    SHORT_DATE,
    ZEROS_BEFORE,
    Notation,
    cells_matching,
    has_zeros_before,
    is_date,
    is_plain,
    is_text,
    read_dates,
    read_numbers,
    read_text,
    share_matching,
    texts_of,
)
from neurona.errors import InputError
from neurona.language import _

if TYPE_CHECKING:
    import pyarrow as pa

MOSTLY = 0.8
"""From this share of numbers (or dates) on, the other texts of a column are mistakes and not names."""
FEW = 10
"""So many different values may be names, whatever they look like, such as the rates 4 %, 10 % and 21 %."""
MOST_NAMES = 1000
MOST_ONE_HOT = 200_000_000
"""Cells of a one-hot encoding: 0.8 GB of float32."""
WORDS_OF_PROSE = 3
"""From so many words in a cell, the mean over the different ones, a column holds running text."""
ID_NAME = re.compile(r"(?i:id|index|row|unnamed: 0|__index_level_\d+__|.*[ _.-]id)|.*[a-z]I[dD]")
SHOWN = 3


@dataclass(frozen=True)
class TypedColumn:
    """A column with its type.

    Attributes:
        name: as in the header.
        kind: "number", "category", "date", "text" or "ignore".
        values: `(n,)` float64 with NaN, a pandas Categorical, datetime64 with NaT, or text and None; None when ignored.
        missing: `(n,)` bool; empty when ignored.
        reason: why it is ignored.
        remark: what a person should know of how it was read.
        month_first: whether its dates are month/day/year.
        prose: whether it is ignored although it holds running text.
        gaps: how many values are missing, when it was encoded and `values` and `missing` were let go.
    """

    name: str
    kind: str
    values: Any = None
    missing: np.ndarray = field(default_factory=lambda: np.zeros(0, dtype=bool))
    reason: str = ""
    remark: str = ""
    month_first: bool = False
    prose: bool = False
    gaps: int = 0


def told_to_ignore(name: str) -> TypedColumn:
    """Return a column that the person wants left out."""
    return TypedColumn(name, "ignore", reason=_("as told"))


def type_feature(
    file: TableFile, name: str, column: pa.ChunkedArray, notation: Notation, wanted: str | None
) -> TypedColumn:
    """Read a column that a net may learn from; one of no use is of kind "ignore", with the reason.

    Raises:
        InputError: as `type_column`.
    """
    typed = type_column(file, name, column, notation, wanted)
    if wanted is not None or typed.kind == "ignore":
        return typed
    if typed.kind == "category" and len(typed.values.categories) > FEW:
        _require_no_signs(file, name, column, notation)
    reason = _why_useless(typed)
    if not reason:
        return typed
    return TypedColumn(name, "ignore", reason=reason, remark=typed.remark, prose=_is_prose(typed))


def type_text(file: TableFile, name: str, column: pa.ChunkedArray, notation: Notation) -> TypedColumn:
    """Read a column of texts, of which a net learns word by word; None where a text is missing.

    Raises:
        InputError: its cells are no text.
    """
    if not is_plain(column):
        problem = _("Column {name!r} of {path} holds no text: its cells are {type}.")
        said = problem.format(name=name, path=file.path, type=column.type)
        raise InputError(said, _("Name another column with data.text."))
    values = texts_of(read_text(column, notation))
    return TypedColumn(name, "text", values, np.array([text is None for text in values], dtype=bool))


def type_column(
    file: TableFile, name: str, column: pa.ChunkedArray, notation: Notation, wanted: str | None
) -> TypedColumn:
    """Read a column as the type `wanted`, or as the one that its values show.

    Args:
        file: the table, to say where a value stands.
        name: of the column.
        column: its cells, `(n,)`.
        notation: how the table writes missing values and decimals.
        wanted: "number", "category", "date", "ignore", or None to find out.

    Raises:
        InputError: some values are not of the type that the column has; it says which, where, and what to write.
    """
    if wanted == "ignore":
        return told_to_ignore(name)
    if not is_plain(column):
        return TypedColumn(name, "ignore", reason=_("its cells are {type}").format(type=column.type))
    kind = wanted or _infer(file, name, column, notation)
    typed = _READERS[kind](file, name, column, notation)
    if typed.missing.all():
        return TypedColumn(name, "ignore", reason=_("no values"))
    return typed


def refuse_values(
    file: TableFile, name: str, column: pa.ChunkedArray, wrong: np.ndarray, problem: str, hint: str, **words: str
) -> InputError:
    """Return the error about some cells of a column.

    Args:
        file: the table that they stand in.
        name: of the column.
        column: all its cells, `(n,)`.
        wrong: `(n,)` bool, True for the cells that are wrong.
        problem: a sentence with {name}, {path}, {count}, {total} and {examples}.
        hint: a sentence with {missing}, {category} and {ignore}, which are options of the command line.
        words: for further places in the hint.
    """
    import pyarrow as pa

    rows = np.flatnonzero(wrong)[:1000]
    texts = [text.strip() for text in column.take(pa.array(rows)).cast(pa.string()).to_pylist()]
    if not is_text(column):  # 1e400 was read as infinity
        texts[:SHOWN] = [file.written(int(row), name) for row in rows[:SHOWN]]
    examples = ", ".join(
        _("{value!r} ({place})").format(value=text, place=file.place(int(row)))
        for row, text in list(zip(rows, texts, strict=True))[:SHOWN]
    )
    facts = {"count": int(wrong.sum()), "total": len(column) - column.null_count}
    said = problem.format(name=name, path=file.path, examples=examples + (", …" if len(rows) > SHOWN else ""), **facts)
    said = said.replace("….", "…")  # which ends a sentence
    marks = json.dumps(list(dict.fromkeys(texts))[:SHOWN], ensure_ascii=False)
    options = {kind: set_option(f"data.types.{as_key(name)}={kind}") for kind in ("category", "ignore")}
    return InputError(said, hint.format(missing=set_option(f"data.missing={marks}"), **options, **words))


def as_key(name: str) -> str:
    """Return a column's name as a part of a dotted key, in quotes where it holds a dot or an equals sign."""
    return f'"{name}"' if "." in name or "=" in name else name


def set_option(assignment: str) -> str:
    """Return `--set assignment` as it is written on a command line."""
    return f"--set {shlex.quote(assignment)}"


def _infer(file: TableFile, name: str, column: pa.ChunkedArray, notation: Notation) -> str:
    import pyarrow as pa

    if is_date(column):
        return "date"
    if pa.types.is_time(column.type):
        return "category"
    if not is_text(column):
        return "number"
    text = read_text(column, notation)
    present = len(text) - text.null_count
    numbers = read_numbers(text, notation)
    unreadable = numbers.unreadable
    require_no_dashes(file, name, text, unreadable)
    if present == 0 or unreadable.sum() <= (1 - MOSTLY) * present:
        if unreadable.any() and share_matching(text, HEXADECIMAL):
            return "category"
        whole = not (np.floor(numbers.values) < numbers.values).any()
        return "codes" if whole and has_zeros_before(text) and not share_matching(text, NOT_WHOLE) else "number"
    if share_matching(text, DATE) >= MOSTLY:
        return "date"
    if share_matching(text, SHORT_DATE) >= MOSTLY:
        raise _refuse_short_dates(file, name, text, unreadable)
    if share_matching(text, GROUPED) >= MOSTLY:
        raise _refuse_notation(file, name, text, unreadable, notation)
    return "category"


def _read_number(file: TableFile, name: str, column: pa.ChunkedArray, notation: Notation) -> TypedColumn:
    numbers = read_numbers(column, notation)
    if numbers.unreadable.any():
        problem = _(
            "Column {name!r} of {path} holds numbers, but {count} of {total} values are not finite numbers: {examples}."
        )
        hint = _("If that means a missing value, write {missing}; if the column holds names, {category}.")
        raise refuse_values(file, name, column, numbers.unreadable, problem, hint)
    remark = _("{name!r}: true is 1 and false is 0.").format(name=name) if numbers.booleans else ""
    return TypedColumn(name, "number", numbers.values, np.isnan(numbers.values), remark=remark)


def _read_date(file: TableFile, name: str, column: pa.ChunkedArray, notation: Notation) -> TypedColumn:
    dates, month_first = read_dates(column, notation), False
    if dates.unreadable.any():
        american = read_dates(column, notation, month_first=True)
        if not american.unreadable.any():
            dates, month_first = american, True
    if dates.unreadable.any():
        problem = _("Column {name!r} of {path} holds dates, but {count} of {total} values are not dates: {examples}.")
        hint = _(
            "Dates are written 2024-12-31 or 31/12/2024. If that means a missing value, write {missing}; if the column "
            "holds names, {category}."
        )
        raise refuse_values(file, name, column, dates.unreadable, problem, hint)
    remark = ""
    if month_first:
        remark = _("{name!r}: dates read as month/day/year.").format(name=name)
    elif dates.ambiguous:
        remark = _("{name!r}: dates read as day/month/year; write them as 2024-12-31 if they are not.").format(
            name=name
        )
    return TypedColumn(name, "date", dates.values, np.isnat(dates.values), remark=remark, month_first=month_first)


def _read_category(file: TableFile, name: str, column: pa.ChunkedArray, notation: Notation) -> TypedColumn:
    import pandas as pd
    import pyarrow as pa
    import pyarrow.compute as pc

    text = read_text(column, notation)
    encoded = text.dictionary_encode().combine_chunks()
    codes = encoded.indices.fill_null(-1).to_numpy()
    values = pd.Categorical.from_codes(codes, encoded.dictionary.to_pylist())
    names = pa.array(read_numbers(pa.chunked_array([encoded.dictionary]), notation).unreadable)
    share = 1 - (pc.mean(names.take(encoded.indices)).as_py() or 0.0)
    remark = ""
    if 0.5 <= share < 1:
        remark = _("{name!r}: read as text, although {percent} % of its values are numbers.").format(
            name=name, percent=round(100 * share)
        )
    return TypedColumn(name, "category", values, codes < 0, remark=remark)


def _read_codes(file: TableFile, name: str, column: pa.ChunkedArray, notation: Notation) -> TypedColumn:
    typed = _read_category(file, name, column, notation)
    code = next(cell for cell in typed.values.categories if re.match(ZEROS_BEFORE, cell))
    remark = _(
        "{name!r}: read as text, since a number would lose the zeros of {value}; if they are numbers, write {option}."
    )
    option = set_option(f"data.types.{as_key(name)}=number")
    return replace(typed, remark=remark.format(name=name, value=code, option=option))


_READERS = {"number": _read_number, "date": _read_date, "category": _read_category, "codes": _read_codes}


def _refuse_notation(
    file: TableFile, name: str, text: pa.ChunkedArray, unreadable: np.ndarray, notation: Notation
) -> InputError:
    other = "." if notation.decimal == "," else ","
    problem = _(
        "Column {name!r} of {path}: {count} of {total} values look like numbers in another notation: {examples}."
    )
    hint = _(
        "If {other!r} is the decimal sign, write {option}; else write the numbers without thousands separators, or "
        "{category} if they are names."
    )
    option = set_option(f"data.decimal={other}")
    return refuse_values(file, name, text, unreadable, problem, hint, other=other, option=option)


def _require_no_signs(file: TableFile, name: str, column: pa.ChunkedArray, notation: Notation) -> None:
    """Refuse amounts such as $1,234.50, which would be names that are all different, and so of no use."""
    if share_matching(read_text(column, notation), PRICED) < MOSTLY:
        return
    unreadable = read_numbers(column, notation).unreadable
    problem = _(
        "Column {name!r} of {path}: {count} of {total} values have a currency or a percent sign, and are no plain "
        "numbers: {examples}."
    )
    hint = _("Write the numbers alone, such as {example}, or leave the column as it is with {category} or {ignore}.")
    example = f"1234{notation.decimal}5"
    raise refuse_values(file, name, column, unreadable, problem, hint, example=example)


def require_no_dashes(file: TableFile, name: str, text: pa.ChunkedArray, unreadable: np.ndarray) -> None:
    """Raise an `InputError` where a column of numbers has others with a typographic minus, among its unreadable cells.

    Args:
        file: the table that it stands in.
        name: of the column.
        text: its cells as `read_text` gives them, `(n,)`.
        unreadable: `(n,)` bool, True for the cells that are no numbers.
    """
    if not unreadable.any():
        return
    present, dashed = len(text) - text.null_count, cells_matching(text, DASHED)
    if not dashed.any() or dashed.sum() + present - unreadable.sum() < MOSTLY * present:
        return
    problem = _(
        "Column {name!r} of {path}: {count} of {total} values have a typographic minus or a dash before them, and are "
        "no plain numbers: {examples}."
    )
    hint = _("Write the plain sign, as in -1.5, or leave the column as it is with {category} or {ignore}.")
    raise refuse_values(file, name, text, dashed, problem, hint)


def _refuse_short_dates(file: TableFile, name: str, text: pa.ChunkedArray, unreadable: np.ndarray) -> InputError:
    problem = _("Column {name!r} of {path}: {count} of {total} values look like dates without a century: {examples}.")
    hint = _("Write the year with four digits, or leave the column as it is with {category} or {ignore}.")
    return refuse_values(file, name, text, unreadable, problem, hint)


def _why_useless(typed: TypedColumn) -> str:
    if typed.kind == "category":
        return _why_useless_names(typed)
    present = typed.values[~typed.missing] if typed.missing.any() else typed.values
    if present.min() == present.max():
        return _("the same value in every row")
    if typed.kind == "number" and ID_NAME.fullmatch(typed.name) and (present == np.floor(present)).all():
        return _("a different value in every row") if len(np.unique(present)) == len(typed.values) else ""
    return ""


def _is_prose(typed: TypedColumn) -> bool:
    if typed.kind != "category":
        return False
    cells = typed.values.categories[:1000]
    return sum(len(cell.split()) for cell in cells) >= WORDS_OF_PROSE * len(cells)


def _why_useless_names(typed: TypedColumn) -> str:
    rows, distinct = len(typed.values), len(typed.values.categories)
    present = rows - int(typed.missing.sum())
    if distinct == 1 and present == rows:
        return _("the same value in every row")
    if distinct == rows and distinct > FEW:
        return _("a different value in every row")
    too_many = distinct > MOST_NAMES or distinct * rows > MOST_ONE_HOT or (distinct > FEW and distinct > present / 2)
    return _("text with {count} different values").format(count=distinct) if too_many else ""
