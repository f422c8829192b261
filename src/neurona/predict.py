"""What a trained net answers, and the same as a table: what it says, and how sure it is."""

from __future__ import annotations

import os
import warnings
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

import numpy as np
import torch
from torch import Tensor, nn

from neurona.data.columns import MOST_NAMES, Category, Columns
from neurona.data.dataset import SELF_SUPERVISED, SEQUENCES, Split
from neurona.data.inputs import Date, Inputs, Number, Pixels, Steps, Tokens, columns_of, form_of, is_encoded
from neurona.data.pictures import SUFFIXES, read, read_all
from neurona.errors import InputError, NeuronaWarning, nearest
from neurona.files import TEXTS
from neurona.fit.batches import part_size
from neurona.language import _, one_or_many

if TYPE_CHECKING:
    import pandas as pd

    from neurona.run import Run


def require_answers(run: Run) -> None:
    """Refuse a run whose net gives its samples back or makes new ones.

    Raises:
        InputError: it predicts nothing.
    """
    if run.task.name in SELF_SUPERVISED:
        problem = _("{path} was trained for no classes or values that could be predicted: its data.task is {task}.")
        raise InputError(problem.format(path=run.path, task=run.task.name), _("Its report shows what it can do."))


def answer(run: Run, x: Tensor, net: nn.Module | None = None) -> Tensor:
    """Return what the net of a run answers to encoded samples, part by part; see `Run.answer`."""
    if not is_encoded(run.inputs, x):
        problem = _("run.answer takes samples as a Dataset holds them, and was given {given}.")
        hint = _("Write run.answer(data.test.x); what was measured goes to run.predict(rows).")
        raise InputError(problem.format(given=form_of(x)), hint)
    net = net or run.net()
    answers, begun = torch.empty(0, 1), 0
    for part in x.split(part_size(run.inputs)):
        with torch.inference_mode():
            of_part = run.task.answer(run.task.forward(net, run.inputs.prepare(part)))
        if of_part.dtype in (torch.bfloat16, torch.float16):  # of which NumPy has one, and few libraries the other
            of_part = of_part.float()
        if not begun:  # one place for all: small tensors between large ones would keep the heap from shrinking
            answers = of_part.new_empty(len(x), *of_part.shape[1:])
        answers[begun : begun + len(of_part)] = of_part
        begun += len(of_part)
    return run.target.in_units(answers) if run.task.name == "regression" else answers


def table(run: Run, x: Tensor, net: nn.Module | None = None) -> pd.DataFrame:
    """Return a row of predictions for each encoded sample of `x`, `(n, ...)`.

    Returns:
        For classes, `prediction` and `probability_CLASS` for each class; for labels, LABEL (0 or 1) and
        `probability_LABEL`; for values, `prediction`, or `prediction_NAME` when there are several; for sequences
        `prediction`, a text.

    Raises:
        InputError: the run's task has no answers that fit in a table.
    """
    import pandas as pd

    require_answers(run)
    if run.task.name in SEQUENCES:
        return _of_sequences(run, x, net)
    answer = run.answer(x, net).numpy().astype(np.float64)
    classes, task = run.target.classes, run.task.name
    if task == "regression":
        single = len(run.target.names) == 1
        names = ["prediction"] if single else [f"prediction_{name}" for name in run.target.names]
        return pd.DataFrame(answer.reshape(-1, len(names)), columns=names)
    if task == "binary":
        answer = np.column_stack([1 - answer, answer])
    probabilities = {f"probability_{name}": answer[:, i] for i, name in enumerate(classes)}
    if task == "multilabel":
        labels = {name: (answer[:, i] >= 0.5).astype(int) for i, name in enumerate(classes)}
        return pd.DataFrame({**labels, **probabilities})
    return pd.DataFrame({"prediction": np.array(classes, dtype=object)[answer.argmax(1)], **probabilities})


def _of_sequences(run: Run, x: Tensor, net: nn.Module | None) -> pd.DataFrame:
    """Return what is answered to each sequence: labels, or another sequence, as texts.

    Raises:
        InputError: the run goes on with texts instead.
    """
    import pandas as pd

    from neurona.texts import answers_as_text, require_judge

    require_judge(run)
    read = x if run.task.name == "labelling" else None
    return pd.DataFrame({"prediction": answers_as_text(run, run.answer(x, net), read)})


# How files are to be read: tables, and pictures.
OF_TABLES, OF_PICTURES = ("missing", "delimiter", "decimal", "encoding"), ("invert",)
READING = (*OF_TABLES, *OF_PICTURES)
PART = 512
SHOWN = 20


def predict_file(run: Run, path: Path, reading: Mapping[str, Any] | None = None) -> Iterator[pd.DataFrame]:
    """Yield predictions for a table file, in parts, in the order of its rows; or for pictures.

    Args:
        run: a run that was trained on a table with the same columns, or on pictures.
        path: of a table; for a run on pictures also of a picture, or of a folder with pictures; see
            `predict_pictures`.
        reading: how the file is written, where that differs from the training table, or how pictures are to be
            changed: any of `READING`.

    Yields:
        The columns of `table`. A warning names what a column of categories holds and did not hold in training.

    Raises:
        InputError: the file cannot be read, or lacks a column that the net was trained on; or the run goes on with
            texts instead.
    """
    from neurona.data.tables import is_table, read_for
    from neurona.texts import require_judge

    require_judge(run)
    given = dict(reading or {})
    if isinstance(run.inputs, Pixels) and (path.is_dir() or not is_table(path)):
        _require_known(given, OF_PICTURES, path)
        if not isinstance(given.get("invert", False), bool):
            problem = _("{key} = {given} is not valid.").format(key="data.invert", given=repr(given["invert"]))
            raise InputError(problem, _("It must be true or false."))
        yield from predict_pictures(run, path, **given)
        return
    if isinstance(run.inputs, Pixels) and "path" in run.recipe.data:
        problem = _("{path} is no picture, and {run} was trained on a folder of pictures.")
        raise InputError(problem.format(path=path, run=run.path), _("Give a picture, or a folder with pictures."))
    if path.suffix.lower() in SUFFIXES:
        problem = _("{path} is a picture, and {run} was not trained on pictures.").format(path=path, run=run.path)
        raise InputError(problem, _("Give a table with the columns of the training table."))
    if isinstance(run.inputs, Tokens) and path.suffix.lower() in TEXTS:
        problem = _("{path} is a running text, and {run} judges texts one by one.").format(path=path, run=run.path)
        hint = _("Give one with --text '…', or a table with the column {name!r}.")
        raise InputError(problem, hint.format(name=run.inputs.column))
    _require_known(given, OF_TABLES, path)
    as_trained = {key: value for key, value in run.recipe.data.items() if key in OF_TABLES}
    net, unseen = run.net(), dict[str, Counter[str]]()
    for frame in read_for(path, run.inputs, **{**as_trained, **given}):
        _count_unseen(run.inputs, frame, unseen)
        yield table(run, run.inputs.encode(frame), net)
    for name, counts in unseen.items():
        _tell_unseen(name, counts)


def _count_unseen(inputs: Inputs, frame: pd.DataFrame, unseen: dict[str, Counter[str]]) -> None:
    """Count the names in columns of categories that were not there in training, which the net sees as missing."""
    for column in inputs.columns if isinstance(inputs, Columns) else ():
        if isinstance(column, Category):
            cells = frame[column.name].dropna()
            unknown = cells[~cells.isin(column.values)]
            if len(unknown):
                unseen.setdefault(column.name, Counter()).update(unknown.astype(str))


def _tell_unseen(name: str, counts: Counter[str]) -> None:
    """Warn of names in a column that were not there in training."""
    message = one_or_many(
        counts.total(),
        _("{count} row has in {name!r} a value that was not there in training, and counts as missing: {values}."),
        _("{count} rows have in {name!r} values that were not there in training, and count as missing: {values}."),
    )
    values = _listed([repr(value) for value, _count in counts.most_common()])
    warnings.warn(message.format(count=counts.total(), name=name, values=values), NeuronaWarning, stacklevel=3)


def predict_pictures(run: Run, path: Path, *, invert: bool = False) -> Iterator[pd.DataFrame]:
    """Yield predictions for a picture, or for all pictures in a folder and those below it, in parts.

    A picture becomes as large, and as grey or coloured, as those that the net was trained on. Light and dark are left
    as they are: MNIST has bright ink on black, and a warning says so where a picture has a bright background.

    Args:
        run: a run that was trained on pictures.
        path: of a picture or a folder; hidden files, and those whose names do not end like a picture's, are left out.
        invert: turn light and dark round.

    Yields:
        `file`, and the columns of `table`. Pictures that cannot be read are left out, and a warning names them.

    Raises:
        InputError: there is no picture, or none that can be read.
    """
    assert isinstance(run.inputs, Pixels)
    net, bright, broken = run.net(), list[str](), list[str]()
    files = _pictures_in(path) if path.is_dir() else [path]
    if not path.is_dir():
        read(path, run.inputs)  # its error is the plainest
    for start in range(0, len(files), PART):
        part = files[start : start + PART]
        outcome = read_all(part, run.inputs.shape)
        good = [i for i in range(len(part)) if i not in outcome.broken]
        names = [str(file.relative_to(path)) if path.is_dir() else str(file) for file in part]
        broken += [f"{names[i]} ({reason})" for i, reason in outcome.broken.items()]
        x = 255 - outcome.x[good] if invert else outcome.x[good]
        bright += [names[i] for i, one in zip(good, x, strict=True) if _has_bright_border(one)]
        if good:
            answers = table(run, x, net)
            answers.insert(0, "file", [names[i] for i in good])
            yield answers
    _tell_broken(broken, len(files), path)
    if bright and _has_bright_ink(run):
        _tell_bright(bright)


def _tell_broken(broken: Sequence[str], count: int, path: Path) -> None:
    """Warn of pictures that cannot be read; all of the `count` there are is an error."""
    if broken and len(broken) == count:
        problem = one_or_many(
            count,
            _("The one picture in {path} cannot be read: {names}."),
            _("None of the {count} pictures in {path} can be read: {names}."),
        )
        raise InputError(problem.format(count=count, path=path, names=_listed(broken)))
    if broken:
        message = one_or_many(
            len(broken),
            _("{count} picture cannot be read and is left out: {names}."),
            _("{count} pictures cannot be read and are left out: {names}."),
        )
        warnings.warn(message.format(count=len(broken), names=_listed(broken)), NeuronaWarning, stacklevel=3)


def _tell_bright(bright: Sequence[str]) -> None:
    """Warn of pictures with a bright background, for a net that was trained on bright ink."""
    message = one_or_many(
        len(bright),
        _("{name} has a bright background, and the net was trained on bright ink on black."),
        _("{count} pictures have a bright background, such as {name}, and the net was trained on bright ink on black."),
    )
    message += " " + _("Write --set data.invert=true to turn light and dark round.")
    warnings.warn(message.format(count=len(bright), name=bright[0]), NeuronaWarning, stacklevel=3)


def _pictures_in(path: Path) -> list[Path]:
    """Return the pictures in a folder and in those below it, in the order of their names.

    Raises:
        InputError: there are none.
    """
    found = []
    for folder, below, names in os.walk(path):
        below[:] = sorted(name for name in below if not name.startswith("."))
        shown = sorted(name for name in names if not name.startswith("."))
        found += [Path(folder, name) for name in shown if name.lower().endswith(SUFFIXES)]
    if not found:
        problem = _("{path} holds no pictures.").format(path=path)
        raise InputError(problem, _("Pictures end in {kinds}.").format(kinds=", ".join(SUFFIXES)))
    return found


def _has_bright_border(picture: Tensor) -> bool:
    """Tell whether the outermost pixels of a picture, `(channels, height, width)` bytes, are rather white."""
    edges = (picture[:, 0], picture[:, -1], picture[:, :, 0], picture[:, :, -1])
    return sum(float(edge.float().mean()) for edge in edges) / len(edges) > 127


def _has_bright_ink(run: Run) -> bool:
    from neurona.data import DATASETS

    name = run.recipe.data.get("name")
    return name in DATASETS and DATASETS[str(name)].facts.get("ink") == "bright"


def _require_known(given: Mapping[str, Any], known: Sequence[str], path: Path) -> None:
    for key in given:
        if key not in known:
            problem = _("data.{key} is no way to read {path}.").format(key=key, path=path)
            raise InputError(problem, nearest(key, known))


def _listed(names: Sequence[str]) -> str:
    return ", ".join([*names[:SHOWN], "…"] if len(names) > SHOWN else names)


def as_table(inputs: Inputs, samples: Any) -> pd.DataFrame:
    """Return what a program holds as a table: what has names of columns with these, rows of values with those of train.

    Args:
        inputs: what the columns are read by.
        samples: a table; columns by name, a dictionary for each row, or one row alone; or rows with a value for each
            column of the training table, in its order, of which pictures and sequences may have further axes; texts.

    Raises:
        InputError: it is none of these.
    """
    import pandas as pd

    if isinstance(samples, Tensor | Split):
        problem = _("A tensor may hold what was measured, or what the net sees of it.")
        hint = _(
            "What was measured goes in as an array, x.numpy(); run.answer(data.test.x) takes what a Dataset holds."
        )
        raise InputError(problem, hint)
    names = [column.name for column in columns_of(inputs).read]
    shape = inputs.shape if isinstance(inputs, Pixels) else inputs.seen if isinstance(inputs, Steps) else (len(names),)
    row = samples.to_dict() if isinstance(samples, pd.Series) else samples
    if isinstance(row, Mapping) and {*names} <= {*row} and all(np.ndim(value) == 0 for value in row.values()):
        samples = [row]  # and not a column for each key
    if isinstance(samples, np.ndarray) and samples.shape[1:] in (shape, tuple(n for n in shape if n > 1)):
        samples = samples.reshape(len(samples), len(names))
    try:
        table = pd.DataFrame(samples.to_pandas() if hasattr(samples, "to_pandas") else samples)
    except (ValueError, TypeError):
        table = pd.DataFrame()
    given: Any = table.columns
    unnamed = isinstance(given, pd.RangeIndex) and not {*names} <= {*map(str, given)}
    if unnamed and table.shape[1] != len(names):
        problem = one_or_many(
            len(names),
            _("These are no rows with a value for the {count} column of the training table: {names}."),
            _("These are no rows with a value for each of the {count} columns of the training table: {names}."),
        )
        hint = _(
            "Give a table with these columns, such as pandas.read_csv(path), or rows of their values in this order."
        )
        shown = ", ".join([*map(repr, names[:MOST_NAMES]), *(["…"] if len(names) > MOST_NAMES else [])])
        raise InputError(problem.format(count=len(names), names=shown), hint)
    return table.set_axis(names, axis=1) if unnamed else table


def typed(inputs: Inputs, frame: pd.DataFrame) -> pd.DataFrame:
    """Return the columns of `frame` that `inputs` encodes, as float64, text (or None) and datetime64; not texts.

    Raises:
        InputError: a column is missing, or a value cannot be read as its type.
    """
    import pandas as pd

    named = frame.rename(columns=lambda name: str(name).strip())
    if isinstance(inputs, Tokens):
        return named
    columns = columns_of(inputs)
    columns.require(list(named.columns))
    read: dict[str, pd.Series[Any]] = {}
    for column in columns.read:
        values = named[column.name]
        try:
            if isinstance(column, Number):
                read[column.name] = numbers = pd.to_numeric(values).astype("float64")
                if np.isinf(numbers).any():
                    raise ValueError(_("{value} is no finite number.").format(value=numbers[np.isinf(numbers)].iloc[0]))
            elif isinstance(column, Date):
                read[column.name] = _as_dates(values, column)
            else:
                read[column.name] = values.map(_as_text).astype(object)
        except (ValueError, TypeError) as error:
            problem = _("Column {name!r} cannot be read as a {kind}: {error}")
            raise InputError(problem.format(name=column.name, kind=column.kind, error=error)) from error
    return pd.DataFrame(read)


def _as_dates(values: pd.Series[Any], column: Date) -> pd.Series[Any]:
    """Return dates without a time zone, text among them read as a table file's is; raise ValueError for others."""
    import pandas as pd
    import pyarrow as pa

    from neurona.data.values import Notation, read_dates

    if pd.api.types.is_datetime64_any_dtype(values):
        return pd.to_datetime(values, utc=True).dt.tz_localize(None)
    texts = pa.chunked_array([pa.array([_as_text(value) for value in values], pa.string())])
    dates = read_dates(texts, Notation(), column.month_first)
    if dates.unreadable.any():
        raise ValueError(repr(texts[int(dates.unreadable.argmax())].as_py()))
    return pd.Series(dates.values, values.index)


def _as_text(value: Any) -> str | None:
    """Return a category as a table file writes it: 28001 and not 28001.0; None where it is missing."""
    import pandas as pd

    if pd.isna(value):
        return None
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def write_csv(run: Run, path: Path, text: TextIO, reading: Mapping[str, Any] | None = None) -> None:
    """Write predictions for a table or pictures at `path` as CSV to an open text file, as `predict_file` says.

    Raises:
        InputError: the file cannot be read, or lacks a column that the net was trained on.
    """
    for number, part in enumerate(predict_file(run, path, reading)):
        part.to_csv(text, index=False, header=number == 0, lineterminator="\n")
