"""What a table's target column asks for: the task, the classes, and a label or value for each row."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from neurona.data.reader import TableFile
from neurona.data.rows import index_type, taken
from neurona.data.schema import TypedColumn, refuse_values, require_no_dashes, type_column
from neurona.data.values import BOOLEAN, Notation, is_text, read_numbers, read_text, share_matching
from neurona.errors import InputError
from neurona.language import _

if TYPE_CHECKING:
    import pyarrow as pa

MOST_CLASSES_OF_NUMBERS = 20
ROWS_A_CLASS = 5
"""Whole numbers are taken for classes when there are this many rows for each of them."""
QUANTITY = re.compile(r"[^\w\s]{0,2}\s?[+-]?\d[\d.,]*([eE][+-]?\d+)?\s?\S{0,3}$")
"""A number that may have a currency before it or a unit behind it."""
SHOWN = 10
FAR_OF = 1_000_000
"""Values that lie far from the rest are looked for among so many."""
FIRST = 10_000
"""So many values show whether there are too many different ones for classes."""


@dataclass(frozen=True)
class Labels:
    """What is predicted of each row that has a target.

    Attributes:
        task: "binary", "multiclass" or "regression".
        y: `(n,)` class numbers, in the smallest type that holds them, or `(n, 1)` float64 values.
        classes: the names of the classes; empty for regression.
        rows: `(n,)` the rows of the table that have a target.
        notes: what was found, as sentences for people.
    """

    task: str
    y: np.ndarray
    classes: tuple[str, ...]
    rows: np.ndarray
    notes: tuple[str, ...]

    @cached_property
    def lonely(self) -> np.ndarray:
        """`(n,)` bool, True for a row whose class no other row has."""
        if self.task != "regression":
            numbers, counts = np.unique(self.y, return_counts=True)
            if (counts == 1).any():
                return np.isin(self.y, numbers[counts == 1])
        return np.zeros(len(self.y), dtype=bool)


def unlabelled(rows: int) -> Labels:
    """Return what is known of as many rows where no column is one to be predicted."""
    return Labels("multiclass", np.zeros(rows, np.uint8), (), np.arange(rows), ())


def absent_note(classes: Sequence[str], train: np.ndarray) -> list[str]:
    """Say which classes train lacks, as it may where all are too small to be cut in three.

    Args:
        classes: their names; none for values.
        train: `(n,)` the class numbers of its rows.
    """
    absent = np.setdiff1d(np.arange(len(classes)), train) if classes else ()
    names = _listed([classes[number] for number in absent])
    note = _("Classes without a row in train, which a net cannot learn: {names}. Give more rows of each.")
    return [note.format(names=names)] if names else []


def read_labels(
    file: TableFile, name: str, column: pa.ChunkedArray, notation: Notation, task: str | None, wanted: str | None
) -> Labels:
    """Read the target column.

    Args:
        file: the table, to say where a value stands.
        name: of the column.
        column: its cells.
        notation: how the table writes missing values and decimals.
        task: "binary", "multiclass", "regression", or None to find out.
        wanted: the type "number" or "category", or None to find out.

    Raises:
        InputError: the column does not suit the task, or there is nothing to learn from it.
    """
    if task == "multilabel":
        problem = _("A table has one target column, and a multilabel task needs one for each label.")
        raise InputError(problem, _("Write data.task = binary, multiclass or regression, or leave it out."))
    typed = _type_target(file, name, column, notation, task, wanted)
    rows, distinct = _require_variety(file, typed, notation, task)
    chosen = task or _infer_task(typed, distinct, len(rows))
    if chosen == "regression":
        y = _present(typed, rows)
        notes = (_regression_note(typed, distinct, task), *_far_note(name, y))
        return Labels("regression", y[:, None], (), rows, notes)
    classes = tuple(_class_name(value) for value in distinct.tolist())
    _require_classes(file, typed, classes, len(rows), task)
    final = "binary" if len(classes) == 2 and task != "multiclass" else "multiclass"
    labels = Labels(final, _numbered(typed, distinct, rows), classes, rows, (_classes_note(typed, classes, task),))
    remarks = [typed.remark] if typed.remark else []
    return replace(labels, notes=(*labels.notes, *remarks, *_lonely_note(labels)))


def _type_target(
    file: TableFile, name: str, column: pa.ChunkedArray, notation: Notation, task: str | None, wanted: str | None
) -> TypedColumn:
    if task == "regression":
        _require_numbers(file, name, column, notation)
        wanted = "number"
    elif wanted is None and _says_true_and_false(column, notation):
        wanted = "category"
    typed = type_column(file, name, column, notation, wanted)
    if typed.kind == "ignore":
        problem = _("Target {name!r} of {path} cannot be predicted: {reason}.")
        raise InputError(problem.format(name=name, path=file.path, reason=typed.reason), _("Choose another column."))
    if typed.kind == "date":
        problem = _("Target {name!r} of {path} holds dates, and only numbers and classes can be predicted.")
        raise InputError(problem.format(name=name, path=file.path), _("Turn it into a number, such as days."))
    return typed


def _says_true_and_false(column: pa.ChunkedArray, notation: Notation) -> bool:
    import pyarrow as pa

    if is_text(column):
        return share_matching(read_text(column, notation), BOOLEAN) == 1
    return bool(pa.types.is_boolean(column.type))


def _require_numbers(file: TableFile, name: str, column: pa.ChunkedArray, notation: Notation) -> None:
    unreadable = read_numbers(column, notation).unreadable
    if unreadable.any():
        require_no_dashes(file, name, read_text(column, notation), unreadable)
        problem = _(
            "Target {name!r} of {path} must hold numbers for regression, and {count} of {total} values are not finite "
            "numbers: {examples}."
        )
        hint = _("If that means a missing value, write {missing}; to predict classes, leave data.task out.")
        if unreadable.mean() > 0.5:
            hint = f"{_plain_numbers(file)} " + _("To predict classes, leave data.task out.")
        raise refuse_values(file, name, column, unreadable, problem, hint)


def _require_variety(
    file: TableFile, typed: TypedColumn, notation: Notation, task: str | None
) -> tuple[np.ndarray, np.ndarray]:
    """Return the rows with a target, and the different values in order, or of those of a quantity some: see `_some`."""
    rows = np.arange(len(typed.missing), dtype=index_type(len(typed.missing)))
    rows = rows[~typed.missing] if typed.missing.any() else rows
    if typed.kind == "number":
        values = _present(typed, rows)
        distinct = _some(values) if task in (None, "regression") else np.unique(values)
    else:
        distinct = np.sort(np.asarray(typed.values.categories, dtype=object))
    if len(distinct) == 1:
        raise _refuse_single(file, typed, notation, _class_name(distinct[0]))
    return rows, distinct


def _refuse_single(file: TableFile, typed: TypedColumn, notation: Notation, value: str) -> InputError:
    facts = {"name": typed.name, "path": file.path, "value": value}
    marks = _marks(file, typed.name, notation) if typed.missing.any() else Counter()
    if not marks:
        problem = _("Target {name!r} of {path} is {value} in every row, so there is nothing to learn.")
        hint = _("Choose another column (--target), or give rows with other values.")
        return InputError(problem.format(**facts), hint)
    problem = _(
        "Target {name!r} of {path} is {value} in every row that has one, so there is nothing to learn: {count} of "
        "{total} rows say {marks}, which counts as missing."
    )
    hint = _("If {marks} is a class, call it something else in the table; else choose another column (--target).")
    listed = _listed(list(marks))
    said = problem.format(**facts, count=marks.total(), total=len(typed.missing), marks=listed)
    return InputError(said, hint.format(marks=listed))


def _marks(file: TableFile, name: str, notation: Notation) -> Counter[str]:
    """Count what the cells say that count as missing; a cell that is empty says nothing."""
    import pyarrow as pa

    found: Counter[str] = Counter()
    for batch in file.batches([name]):
        cells = batch[name].cast(pa.string()).drop_null().to_pylist()
        found.update(mark for cell in cells if (mark := cell.strip()) and mark in notation.missing)
    return found


def _present(typed: TypedColumn, rows: np.ndarray) -> np.ndarray:
    """Return the values of the rows with a target, without a copy where these are all."""
    return typed.values if len(rows) == len(typed.values) else taken(typed.values, rows)


def _some(values: np.ndarray) -> np.ndarray:
    """Return the different values in order; of more than classes can have some, the least and the largest among them.

    A sort of all the values of a large table would take three times their memory.
    """
    for stop in (FIRST, len(values)):
        distinct = np.unique([*np.unique(values[:stop]), values.min(), values.max()])
        if len(distinct) > MOST_CLASSES_OF_NUMBERS:
            break
    return distinct


def _numbered(typed: TypedColumn, distinct: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """Return the number of its value among the `distinct` ones for each of the rows, `(n,)`."""
    kind = np.min_scalar_type(len(distinct))
    if typed.kind == "number":
        return np.searchsorted(distinct, _present(typed, rows)).astype(kind)
    place = np.argsort(np.argsort(np.asarray(typed.values.categories, dtype=object))).astype(kind)
    return taken(place, taken(typed.values.codes, rows))


def _infer_task(typed: TypedColumn, distinct: np.ndarray, rows: int) -> str:
    if typed.kind == "category":
        return "multiclass"
    whole = bool((distinct == np.floor(distinct)).all())
    few = len(distinct) <= MOST_CLASSES_OF_NUMBERS and len(distinct) * ROWS_A_CLASS <= rows
    return "multiclass" if whole and (few or len(distinct) == 2) else "regression"


def _class_name(value: str | float) -> str:
    if isinstance(value, str):
        return value
    return str(int(value)) if value == int(value) else repr(float(value))


def _require_classes(
    file: TableFile, typed: TypedColumn, classes: tuple[str, ...], rows: int, task: str | None
) -> None:
    name = typed.name
    if task == "binary" and len(classes) > 2:
        problem = _("Target {name!r} of {path} has {count} classes, and a binary task has two: {classes}.")
        said = problem.format(name=name, path=file.path, count=len(classes), classes=_listed(classes))
        raise InputError(said, _("Write --set data.task=multiclass, or leave data.task out."))
    if len(classes) > MOST_CLASSES_OF_NUMBERS and len(classes) > rows / 2:
        problem = _("Target {name!r} of {path} has {count} different values in {rows} rows, too many for classes.")
        said = problem.format(name=name, path=file.path, count=len(classes), rows=rows)
        if typed.kind == "category" and all(map(QUANTITY.match, classes)):
            raise InputError(said, _plain_numbers(file))
        raise InputError(said, _("Choose another column; for a quantity write --set data.task=regression."))


def _plain_numbers(file: TableFile) -> str:
    said = _("A quantity is written as a plain number below 1e38, such as {example}, without currency or unit.")
    return said.format(example=f"1234{file.decimal}5")


def _regression_note(typed: TypedColumn, distinct: np.ndarray, task: str | None) -> str:
    note = _("Target {name!r}: numbers from {low:g} to {high:g}, a regression.").format(
        name=typed.name, low=float(distinct[0]), high=float(distinct[-1])
    )
    if task is not None or len(distinct) > MOST_CLASSES_OF_NUMBERS:
        return note
    return note + " " + _("To predict classes instead, write --set data.task=multiclass.")


def _far_note(name: str, y: np.ndarray) -> list[str]:
    """Say when a hundredth of the values, or fewer, make half of the variance: squared errors then see little else."""
    y = y[:: len(y) // FAR_OF + 1]
    shares = y / (np.abs(y).max() or 1.0)  # of 1e300 the square would be infinite
    squares = np.square(shares - shares.mean())
    most = len(y) // 100
    farthest = np.argpartition(squares, -most)[-most:] if most else np.zeros(0, int)
    farthest = farthest[np.argsort(-squares[farthest])]
    half = int(np.searchsorted(np.cumsum(squares[farthest]), squares.sum() / 2)) + 1
    if half > most:
        return []
    note = _(
        "Half of the variance of {name!r} comes from {count} of {rows} values, such as {value:g}: check them, or let "
        "them weigh less with --set fit.loss=huber."
    )
    return [note.format(name=name, count=half, rows=len(y), value=float(y[farthest[0]]))]


def _classes_note(typed: TypedColumn, classes: tuple[str, ...], task: str | None) -> str:
    note = _("Target {name!r}: {count} classes: {classes}.").format(
        name=typed.name, count=len(classes), classes=_listed(classes)
    )
    if task is not None or typed.kind == "category":
        return note
    because = _("They are few whole numbers; to predict a quantity instead, write --set data.task=regression.")
    return note + " " + because


def _lonely_note(labels: Labels) -> list[str]:
    if not labels.lonely.any():
        return []
    names = [labels.classes[code] for code in labels.y[labels.lonely]]
    return [_("Classes of a single row, which goes to train: {names}.").format(names=_listed(names))]


def _listed(names: tuple[str, ...] | list[str]) -> str:
    return ", ".join([*names[:SHOWN], "…"] if len(names) > SHOWN else names)
