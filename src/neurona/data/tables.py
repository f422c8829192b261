"""The dataset from a person's own table: columns typed, preprocessing fitted on train, everything done said."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import numpy as np
from pydantic import BeforeValidator, Field, ValidationError
from torch import Tensor

from neurona.data.cells import Cells, give_back
from neurona.data.dataset import SELF_SUPERVISED, Dataset, Split
from neurona.data.encoding import Encoder
from neurona.data.features import ColumnOptions, Standardise, note, with_features
from neurona.data.formulas import KEY, Formula
from neurona.data.header import are_numbers
from neurona.data.inputs import Columns, Tokens
from neurona.data.labels import Labels, absent_note, read_labels, unlabelled
from neurona.data.reader import TableFile, is_table, open_table, read_for
from neurona.data.repeats import repeats_note
from neurona.data.rows import taken
from neurona.data.schema import TypedColumn, as_key, set_option, told_to_ignore, type_feature, type_text
from neurona.data.splits import encode_y, fit_target, split_rows
from neurona.data.tokens import SPECIAL, fit_vocabulary, symbols
from neurona.data.values import MISSING, Notation
from neurona.errors import InputError, nearest
from neurona.language import _, joined, one_or_many
from neurona.validation import KeyedError, explain

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["TableOptions", "is_table", "load_table", "read_for"]

SHOWN = 12
# Of texts: how often a word must stand in train, the share of them that is read whole, and the most words read of one.
OFTEN = 2
WHOLE = 95
MOST_WORDS = 400


def _as_text(value: Any) -> Any:
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else value


Text = Annotated[str, BeforeValidator(_as_text)]


class TableOptions(ColumnOptions):
    """The options of a table, besides those of every dataset.

    Attributes:
        target: the column to predict.
        text: a column of texts to predict it from, instead of the other columns.
        vocabulary: at most so many different words of the texts, the most frequent ones.
        types: the type of a column, where the one found is not the one meant.
        missing: texts that stand for a missing value, besides the usual ones.
        delimiter: what separates columns, one character or "tab"; None to find out.
        decimal: the decimal sign; None to find out.
        encoding: of the text.
    """

    target: Text | None = None
    text: Text | None = None
    vocabulary: Annotated[int, Field(ge=2)] = 20_000
    types: dict[str, Literal["number", "category", "date", "ignore"]] | None = None
    missing: list[Text] | None = None
    delimiter: str | None = None
    decimal: Literal[".", ","] | None = None
    encoding: str = "utf-8"


def load_table(path: Path, *, task: str | None = None, **options: Any) -> Dataset:
    """Load a person's table.

    Args:
        path: of a CSV, TSV or Parquet file with a header; text may be compressed (`.csv.gz`).
        task: "binary", "multiclass" or "regression"; None to find out from the target. With a task whose target is the
            sample itself ("reconstruction", "variational" or "adversarial") the target stays known beside it.
        options: `target`, the column to predict, which is required but for such a task, whose net then sees every
            column; `text`, a column of texts to predict it from, of
            whose words at most `vocabulary` are known; `types`, such as `{"zip": "category"}` (number, category, date
            or ignore); `missing`, further texts for a missing value; `delimiter`, `decimal` and `encoding`; and
            `valid`, `test`, `seed` and `standardise` as for every dataset. Columns are standardised unless
            `standardise` is False.

    Returns:
        The dataset. Numbers that are missing are the median of train, missing categories are all zeros, and rows
        without a target are left out. Texts are sequences of words, of which those seen at least twice in train are
        known; one without a word is one unknown word. `notes` says what was found and done.

    Raises:
        InputError: the file, an option or a value is wrong.
    """
    chosen = read_options(options)
    file = open_table(path, delimiter=chosen.delimiter, decimal=chosen.decimal, encoding=chosen.encoding)
    name = Path(path.name.removesuffix(".gz")).stem
    given = {"task": task, **options} if task else options
    return of_table(file, name, task, chosen, {"path": str(path.absolute()), **given, "seed": chosen.seed})


def of_table(file: TableFile, name: str, task: str | None, chosen: TableOptions, origin: Mapping[str, Any]) -> Dataset:
    """Return the dataset of a table that was looked into; see `load_table`.

    Raises:
        InputError: an option or a value is wrong.
    """
    target = None if chosen.target is None and task in SELF_SUPERVISED else _require_target(file, chosen.target)
    _require_known(file, chosen.types or {})
    notation = Notation((*MISSING, *(chosen.missing or ())), file.decimal)
    _require_text(file, target, chosen.text)
    kept = _kept(file, target, chosen)
    cells = _cells(file, target, notation, chosen, kept)
    if target is None:
        labels = unlabelled(cells.rows)
    else:
        asked = None if task in SELF_SUPERVISED else task
        labels = read_labels(file, target, cells.pop(target), notation, asked, (chosen.types or {}).get(target))
    give_back()
    chosen_rows = _split(file, labels, chosen)
    names = () if target is None else (target,)
    scale = fit_target(labels.task, names, labels.classes, labels.y[chosen_rows[0]])
    answers = [taken(labels.y, part) for part in chosen_rows]
    parts = [taken(labels.rows, part) for part in chosen_rows]
    task_found, left_out = labels.task, cells.rows - len(labels.rows)
    of_target = (*labels.notes, *absent_note(labels.classes, answers[0]))
    del labels, chosen_rows  # which would take as much memory as the answers beside all that comes now
    inputs: Columns | Tokens
    if chosen.text is not None:
        columns, inputs, encoded = _texts(file, cells, target, notation, parts, chosen)
    else:
        columns, inputs, encoded = _features(file, cells, kept, notation, parts, chosen)
    targets = [encode_y(y, task_found, scale) for y in answers]
    train, valid, test = map(Split, encoded, targets)
    read = _text_note(inputs, columns[0], np.concatenate(parts)) if isinstance(inputs, Tokens) else ""
    read = note(inputs) if chosen.features is not None and isinstance(inputs, Columns) else read
    repeats = repeats_note(inputs, train, valid, test)
    notes = (*_notes(file, columns, left_out), *([read] if read else []), *repeats, *of_target)
    dataset = Dataset(name, task_found, train, valid, test, inputs, scale, origin, notes)
    return dataset.as_task(task) if task in SELF_SUPERVISED and task else dataset


def read_options(options: dict[str, Any]) -> TableOptions:
    try:
        return TableOptions(**options)
    except ValidationError as error:
        raise explain(error, "data", list(TableOptions.model_fields)) from None


def _require_target(file: TableFile, target: str | None) -> str:
    if target is None:
        problem = _("{path} is a table, and the column to predict is not named.").format(path=file.path)
        hint = _("Name it: --target NAME, or target='NAME' in Python. The columns are: {names}.")
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


def _require_text(file: TableFile, target: str | None, text: str | None) -> None:
    if text is None:
        return
    others = [name for name in file.names if name != target]
    if text == target:
        problem = _("data.text = {name!r} is the target itself.").format(name=text)
        raise InputError(problem, nearest("", others))
    if text not in others:
        problem = _("data.text: {path} has no column {name!r}.").format(path=file.path, name=text)
        raise InputError(problem, nearest(text, others))


def _kept(file: TableFile, target: str | None, options: TableOptions) -> dict[str, bool]:
    """Return each column besides the target, and whether it is looked at: of those with features, what they read.

    Of two columns both are, so that what a net answers can be drawn over their plane whatever it sees of them.
    """
    others = [name for name in file.names if name != target]
    if options.features is None:
        return dict.fromkeys(others, True)
    if options.text is not None:
        problem = _("{key} and data.text exclude each other: of a text the net sees the words.").format(key=KEY)
        raise KeyedError(KEY, problem, _("Leave one of them out."))
    read: set[str] = set()
    for text in options.features:
        formula = Formula.read(text, file.names)
        if target in formula.reads:
            problem = _("{key}: {formula!r} holds {name!r}, which is to be predicted.")
            raise KeyedError(KEY, problem.format(key=KEY, formula=text, name=target), nearest("", others))
        read.update(formula.reads)
    return {name: name in read or len(others) == 2 for name in others}


def _cells(
    file: TableFile, target: str | None, notation: Notation, options: TableOptions, kept: dict[str, bool]
) -> Cells:
    """Begin to read the columns that are used, the target first."""
    types: dict[str, Any] = options.types or {}
    first = [] if target is None else [target]
    as_written = {*first, *(name for name, kind in types.items() if kind in ("category", "date"))}
    as_written |= {options.text} if options.text else set()
    learned = [name for name, looked_at in kept.items() if looked_at and types.get(name) != "ignore"]
    wanted = [*first, *([options.text] if options.text else learned)]
    return Cells(file, wanted or list(file.names[:1]), notation, as_written)


def _features(
    file: TableFile,
    cells: Cells,
    kept: dict[str, bool],
    notation: Notation,
    parts: list[np.ndarray],
    options: TableOptions,
) -> tuple[list[TypedColumn], Columns, list[Tensor]]:
    """Read each column that is `kept` with its type, and encode it for each part.

    A column is let go once it is encoded, so that a large table is never in memory twice.
    """
    import pyarrow as pa

    types: dict[str, Any] = options.types or {}
    standardise, raw = options.standardise is not False, options.features is not None
    encoder, columns = Encoder(parts, standardise, sum(kept.values()), raw=raw), []
    for name, looked_at in kept.items():
        if not looked_at:
            columns.append(TypedColumn(name, "ignore", reason=_("no feature reads it")))
            continue
        if types.get(name) == "ignore":
            columns.append(told_to_ignore(name))
            continue
        # No name may hold the cells while the next ones are read.
        columns.append(encoder.add(type_feature(file, name, cells.pop(name), notation, types.get(name))))
        pa.default_memory_pool().release_unused()
    _require_read(file, options.features or (), columns)
    _require_features(file, columns)
    inputs, encoded = encoder.finish()
    if options.features is not None:

        def place(part: int, row: int) -> str:
            return file.place(int(parts[part][row]))

        inputs = with_features(inputs, options.features, encoded, Standardise(standardise, standardise), place)
    return columns, inputs, encoded


def _texts(
    file: TableFile,
    cells: Cells,
    target: str | None,
    notation: Notation,
    parts: list[np.ndarray],
    options: TableOptions,
) -> tuple[list[TypedColumn], Tokens, list[Tensor]]:
    """Read the column of texts, and encode it for each part; no other column is learned from."""
    assert options.text is not None
    read = type_text(file, options.text, cells.pop(options.text), notation)
    reason = _("only the text is read")
    rest = [TypedColumn(name, "ignore", reason=reason) for name in file.names if name not in (target, options.text)]
    inputs = _fit_texts(file, read, parts[0], options)
    return [read, *rest], inputs, [inputs.encode(_frame(read, rows)) for rows in parts]


def _require_features(file: TableFile, columns: list[TypedColumn]) -> None:
    if any(column.kind != "ignore" for column in columns):
        return
    problem = _("{path} has no column to learn from besides the target.").format(path=file.path)
    if not columns:
        raise InputError(problem, _("If it has more, name what separates them, such as --set 'data.delimiter=;'."))
    reasons = "; ".join(f"{column.name} ({column.reason})" for column in columns[:SHOWN])
    prose = next((column.name for column in columns if column.prose), None)
    if prose is not None:
        hint = _("Left out: {reasons}. To learn from the texts in {name!r}, write {option}.")
        option = set_option(f"data.text={prose}")
        raise InputError(problem, hint.format(reasons=reasons, name=prose, option=option))
    hint = _("Left out: {reasons}. To keep one, give it a type, such as {option}.")
    raise InputError(problem, hint.format(reasons=reasons, option=_as_category(columns[0].name)))


def _as_category(name: str) -> str:
    """Return the option that keeps a column as names."""
    return set_option(f"data.types.{as_key(name)}=category")


def _require_read(file: TableFile, features: Iterable[str], columns: list[TypedColumn]) -> None:
    """Raise an `InputError` where a feature reads a column that was left out."""
    left = {column.name: column.reason for column in columns if column.kind == "ignore"}
    for text in features:
        name = next((name for name in Formula.read(text, file.names).reads if name in left), None)
        if name is not None:
            problem = _("{key}: {formula!r} reads {name!r}, which is left out: {reason}.")
            said = problem.format(key=KEY, formula=text, name=name, reason=left[name])
            hint = _("Take it out of the features, or give the column a type, such as {option}.")
            raise KeyedError(KEY, said, hint.format(option=_as_category(name)))


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
    problem = one_or_many(
        n,
        _("{path} has {count} row with a target, too few to split into train, valid and test."),
        _("{path} has {count} rows with a target, too few to split into train, valid and test."),
    )
    hint = _(
        "It needs about {least}; or train on all of them with --set data.valid=0 --set data.test=0, without a measure "
        "of how well it does on others."
    )
    raise InputError(problem.format(path=file.path, count=n), hint.format(least=max(least, n + 1)))


def _fit_texts(file: TableFile, column: TypedColumn, train: np.ndarray, options: TableOptions) -> Tokens:
    """Learn the words of a column of texts from the rows of `train` alone."""
    texts = [symbols(text or "", "word") for text in column.values[train]]
    vocabulary = fit_vocabulary(Counter(word for words in texts for word in words), OFTEN, options.vocabulary)
    if len(vocabulary) == len(SPECIAL):
        problem = _("Column {name!r} of {path} has no word that stands there more than once.")
        raise InputError(
            problem.format(name=column.name, path=file.path), _("Give more rows, or another column of texts.")
        )
    usual = int(np.percentile([len(words) for words in texts], WHOLE, method="higher"))
    return Tokens(vocabulary, min(max(usual, 1), MOST_WORDS), "word", column.name)


def _frame(column: TypedColumn, rows: np.ndarray) -> pd.DataFrame:
    import pandas as pd

    return pd.DataFrame({column.name: column.values[rows]}, copy=False)


def _notes(file: TableFile, columns: list[TypedColumn], left_out: int) -> list[str]:
    notes = [_("{name}: {layout}.").format(name=file.path.name, layout=file.layout), _columns_note(columns)]
    if is_table(file.path) and are_numbers(file.names):  # and no DataFrame, which has no first line
        notes.append(_("The first line was read as the names of the columns, which are numbers."))
    missing = [f"{column.name} ({column.gaps})" for column in columns if column.gaps]
    if missing:
        note = _("Missing values: {names}. Numbers and dates become the median of train, categories all zeros.")
        notes.append(note.format(names=_listed(missing)))
    notes += [column.remark for column in columns if column.remark]
    prose = _("{name!r} holds texts and was left out; to learn from them instead, write {option}.")
    options = {column.name: set_option(f"data.text={column.name}") for column in columns if column.prose}
    notes += [prose.format(name=name, option=option) for name, option in options.items()]
    if left_out:
        note = one_or_many(
            left_out,
            _("{count} row without a target was left out."),
            _("{count} rows without a target were left out."),
        )
        notes.append(note.format(count=left_out))
    return notes


def _text_note(inputs: Tokens, column: TypedColumn, rows: np.ndarray) -> str:
    lengths = np.array([len(inputs.split(text or "")) for text in column.values[rows]])
    note = _(
        "{name!r}: {known} different words are known, in lower case and without punctuation; texts are read up to "
        "{length} words, which cuts {cut} of them, and {empty} without a word count as one unknown word."
    )
    known, cut, empty = len(inputs.vocabulary) - len(SPECIAL), (lengths > inputs.length).sum(), (lengths == 0).sum()
    return note.format(name=column.name, known=known, length=inputs.length, cut=cut, empty=empty)


def _columns_note(columns: list[TypedColumn]) -> str:
    kinds = {
        "number": (_("{count} number: {names}"), _("{count} numbers: {names}")),
        "category": (_("{count} category: {names}"), _("{count} categories: {names}")),
        "date": (_("{count} date: {names}"), _("{count} dates: {names}")),
        "text": (_("{count} text: {names}"), _("{count} texts: {names}")),
        "ignore": (_("{count} ignored: {names}"),) * 2,
    }
    groups = []
    for kind, words in kinds.items():
        found = [column for column in columns if column.kind == kind]
        names = [column.name + " (" + column.reason + ")" if column.reason else column.name for column in found]
        if names:
            groups.append(one_or_many(len(names), *words).format(count=len(names), names=_listed(names)))
    return joined("; ", groups) + "."


def _listed(names: Iterable[str]) -> str:
    shown = list(names)
    return joined(", ", [*shown[:SHOWN], "…"] if len(shown) > SHOWN else shown)
