"""The dataset from a person's own table: columns typed, preprocessing fitted on train, everything done said."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import numpy as np
from pydantic import BeforeValidator, ValidationError

from neurona.data.dataset import Dataset, Split
from neurona.data.inputs import Category, Column, Columns, Date, Number, years_since_2000
from neurona.data.labels import Labels, read_labels
from neurona.data.reader import TableFile, is_table, open_table, read_for
from neurona.data.schema import TypedColumn, as_key, type_feature
from neurona.data.splits import SplitOptions, encode_y, fit_target, split_rows
from neurona.data.values import MISSING, Notation
from neurona.errors import InputError, nearest
from neurona.language import _
from neurona.validation import explain

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["TableOptions", "is_table", "load_table", "read_for"]

SHOWN = 12


def _as_text(value: Any) -> Any:
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else value


Text = Annotated[str, BeforeValidator(_as_text)]


class TableOptions(SplitOptions):
    """The options of a table, besides those of every dataset.

    Attributes:
        target: the column to predict.
        types: the type of a column, where the one found is not the one meant.
        missing: texts that stand for a missing value, besides the usual ones.
        delimiter: what separates columns, one character or "tab"; None to find out.
        decimal: the decimal sign; None to find out.
        encoding: of the text.
    """

    target: Text | None = None
    types: dict[str, Literal["number", "category", "date", "ignore"]] | None = None
    missing: list[Text] | None = None
    delimiter: str | None = None
    decimal: Literal[".", ","] | None = None
    encoding: str = "utf-8"


def load_table(path: Path, *, task: str | None = None, **options: Any) -> Dataset:
    """Load a person's table.

    Args:
        path: of a CSV, TSV or Parquet file with a header; text may be compressed (`.csv.gz`).
        task: "binary", "multiclass" or "regression"; None to find out from the target.
        options: `target`, the column to predict, which is required; `types`, such as `{"zip": "category"}` (number,
            category, date or ignore); `missing`, further texts for a missing value; `delimiter`, `decimal` and
            `encoding`; and `valid`, `test`, `seed` and `standardise` as for every dataset. Columns are standardised
            unless `standardise` is False.

    Returns:
        The dataset. Numbers that are missing are the median of train, missing categories are all zeros, and rows
        without a target are left out. `notes` says what was found and done.

    Raises:
        InputError: the file, an option or a value is wrong.
    """
    chosen = _read_options(options)
    file = open_table(path, delimiter=chosen.delimiter, decimal=chosen.decimal, encoding=chosen.encoding)
    target = _require_target(file, chosen.target)
    _require_known(file, chosen.types or {})
    notation = Notation((*MISSING, *(chosen.missing or ())), file.decimal)
    labels, columns = _read_columns(file, target, notation, task, chosen.types or {})
    used = _require_features(file, columns)
    parts = _split(file, labels, chosen)
    inputs = Columns(tuple(_fit(column, labels.rows[parts[0]], chosen.standardise is not False) for column in used))
    scale = fit_target(labels.task, (target,), labels.classes, labels.y[parts[0]])
    train, valid, test = (
        Split(inputs.encode(_frame(used, labels.rows[part])), encode_y(labels.y[part], labels.task, scale))
        for part in parts
    )
    given = {"task": task, **options} if task else options
    origin = {"path": str(path.absolute()), **given, "seed": chosen.seed}
    notes = (*_notes(file, columns, len(labels.rows)), *labels.notes)
    return Dataset(
        Path(path.name.removesuffix(".gz")).stem, labels.task, train, valid, test, inputs, scale, origin, notes
    )


def _read_options(options: dict[str, Any]) -> TableOptions:
    try:
        return TableOptions(**options)
    except ValidationError as error:
        raise explain(error, "data", list(TableOptions.model_fields)) from None


def _require_target(file: TableFile, target: str | None) -> str:
    if target is None:
        problem = _("{path} is a table, and the column to predict is not named.").format(path=file.path)
        hint = _("Name it with --target. The columns are: {names}.")
        raise InputError(problem, hint.format(names=_listed(file.names)))
    if target not in file.names:
        problem = _("{path} has no column {name!r} to predict.").format(path=file.path, name=target)
        raise InputError(problem, nearest(target, file.names))
    return target


def _require_known(file: TableFile, types: dict[str, Any]) -> None:
    for name in types:
        if name not in file.names:
            problem = _("data.types.{name}: {path} has no such column.").format(path=file.path, name=name)
            raise InputError(problem, nearest(name, file.names))


def _read_columns(
    file: TableFile, target: str, notation: Notation, task: str | None, types: dict[str, Any]
) -> tuple[Labels, list[TypedColumn]]:
    """Read the target, and each other column with its type."""
    as_written = {target, *(name for name, kind in types.items() if kind in ("category", "date"))}
    table = file.read(notation.missing, as_written)
    cells = dict(zip(table.column_names, table.columns, strict=True))
    # Each column is let go once it is read, so that a large table is never in memory twice.
    del table
    labels = read_labels(file, target, cells.pop(target), notation, task, types.get(target))
    others = [name for name in file.names if name != target]
    return labels, [type_feature(file, name, cells.pop(name), notation, types.get(name)) for name in others]


def _require_features(file: TableFile, columns: list[TypedColumn]) -> list[TypedColumn]:
    used = [column for column in columns if column.kind != "ignore"]
    if used:
        return used
    problem = _("{path} has no column to learn from besides the target.").format(path=file.path)
    if not columns:
        raise InputError(problem, _("If it has more, name what separates them, such as --set 'data.delimiter=;'."))
    reasons = "; ".join(f"{column.name} ({column.reason})" for column in columns[:SHOWN])
    hint = _("Left out: {reasons}. To keep one, give it a type, such as --set data.types.{name}=category.")
    raise InputError(problem, hint.format(reasons=reasons, name=as_key(columns[0].name)))


def _split(file: TableFile, labels: Labels, options: TableOptions) -> list[np.ndarray]:
    """Return row numbers of train, valid and test among the rows with a target, each class spread over all three."""
    n = len(labels.y)
    shares = (1.0, options.valid, options.test)
    strata = labels.y if labels.task != "regression" else None
    # Where every class is too small to be cut in three, the rows as a whole may not be.
    for groups in (strata, None):
        parts = list(split_rows(n, groups, options.valid, options.test, options.seed))
        lonely = [part[labels.lonely[part]] for part in parts[1:]]
        parts = [np.concatenate([parts[0], *lonely]), *(part[~labels.lonely[part]] for part in parts[1:])]
        if all(len(part) or not share for part, share in zip(parts, shares, strict=True)):
            return parts
    least = max(int(0.5 / share) + 1 for share in (*shares[1:], 0.5) if share)
    problem = _("{path} has {count} row(s) with a target, too few to split into train, valid and test.")
    hint = _(
        "It needs about {least}; or train on all of them with --set data.valid=0 --set data.test=0, without a measure "
        "of how well it does on others."
    )
    raise InputError(problem.format(path=file.path, count=n), hint.format(least=max(least, n + 1)))


def _fit(column: TypedColumn, train: np.ndarray, standardise: bool) -> Column:
    """Fit the preprocessing of one column on the rows of `train` alone."""
    values = column.values[train]
    if column.kind == "category":
        return Category(column.name, tuple(sorted(values.categories[np.unique(values.codes[values.codes >= 0])])))
    numbers = _years(values) if column.kind == "date" else values
    present = numbers[~np.isnan(numbers)]
    fill = float(np.median(present)) if len(present) else 0.0
    filled = np.where(np.isnan(numbers), fill, numbers)
    mean, scale = (float(filled.mean()), float(filled.std()) or 1.0) if standardise else (0.0, 1.0)
    if column.kind == "date":
        return Date(column.name, fill, mean, scale, column.month_first)
    return Number(column.name, fill, mean, scale)


def _years(dates: np.ndarray) -> np.ndarray:
    import pandas as pd

    return years_since_2000(pd.Series(dates))


def _frame(columns: list[TypedColumn], rows: np.ndarray) -> pd.DataFrame:
    import pandas as pd

    return pd.DataFrame({column.name: column.values[rows] for column in columns}, copy=False)


def _notes(file: TableFile, columns: list[TypedColumn], with_target: int) -> list[str]:
    notes = [_("{name}: {layout}.").format(name=file.path.name, layout=file.layout), _columns_note(columns)]
    missing = [f"{column.name} ({int(column.missing.sum())})" for column in columns if column.missing.any()]
    if missing:
        note = _("Missing values: {names}. Numbers and dates become the median of train, categories all zeros.")
        notes.append(note.format(names=_listed(missing)))
    notes += [column.remark for column in columns if column.remark]
    rows = next((len(column.values) for column in columns if column.values is not None), with_target)
    if rows > with_target:
        notes.append(_("{count} row(s) without a target were left out.").format(count=rows - with_target))
    return notes


def _columns_note(columns: list[TypedColumn]) -> str:
    kinds = {
        "number": _("{count} number(s): {names}"),
        "category": _("{count} category(ies): {names}"),
        "date": _("{count} date(s): {names}"),
        "ignore": _("{count} ignored: {names}"),
    }
    groups = []
    for kind, words in kinds.items():
        found = [column for column in columns if column.kind == kind]
        names = [f"{column.name} ({column.reason})" if column.reason else column.name for column in found]
        if names:
            groups.append(words.format(count=len(names), names=_listed(names)))
    return "; ".join(groups) + "."


def _listed(names: Iterable[str]) -> str:
    shown = list(names)
    return ", ".join([*shown[:SHOWN], "…"] if len(shown) > SHOWN else shown)
