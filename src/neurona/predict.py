"""Predictions as a table: what the net says, and how sure it is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

import numpy as np
from torch import Tensor, nn

from neurona.data.inputs import Columns, Date, Inputs, Number
from neurona.errors import InputError
from neurona.language import _

if TYPE_CHECKING:
    import pandas as pd

    from neurona.run import Run


def table(run: Run, x: Tensor, net: nn.Module | None = None) -> pd.DataFrame:
    """Return a row of predictions for each encoded sample of `x`, `(n, ...)`.

    Returns:
        For classes, `prediction` and `probability_CLASS` for each class; for labels, LABEL (0 or 1) and
        `probability_LABEL`; for values, `prediction`, or `prediction_NAME` when there are several.
    """
    import pandas as pd

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


READING = ("missing", "delimiter", "decimal", "encoding")


def predict_file(run: Run, path: Path, reading: Mapping[str, Any] | None = None) -> Iterator[pd.DataFrame]:
    """Yield predictions for a table file, in parts, in the order of its rows.

    Args:
        run: a run that was trained on a table with the same columns.
        path: of the file.
        reading: how the file is written, where that differs from the training table: any of `READING`.

    Raises:
        InputError: the file cannot be read, or lacks a column that the net was trained on.
    """
    from neurona.data.tables import read_for

    as_trained = {key: value for key, value in run.recipe.data.items() if key in READING}
    net = run.net()
    for frame in read_for(path, run.inputs, **{**as_trained, **(reading or {})}):
        yield table(run, run.inputs.encode(frame), net)


def typed(inputs: Inputs, frame: pd.DataFrame) -> pd.DataFrame:
    """Return the columns of `frame` that `inputs` encodes, as float64, text (or None) and datetime64.

    Raises:
        InputError: a column is missing, or a value cannot be read as its type.
    """
    import pandas as pd

    named = frame.rename(columns=lambda name: str(name).strip())
    if not isinstance(inputs, Columns):
        return named
    inputs.require(list(named.columns))
    read: dict[str, pd.Series[Any]] = {}
    for column in inputs.columns:
        values = named[column.name]
        try:
            if isinstance(column, Number):
                read[column.name] = pd.to_numeric(values).astype("float64")
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
    texts = pa.chunked_array([pa.array(values.map(_as_text).tolist(), pa.string())])
    dates = read_dates(texts, Notation(), column.month_first)
    if dates.unreadable.any():
        raise ValueError(repr(texts[int(dates.unreadable.argmax())].as_py()))
    return pd.Series(dates.values, values.index)


def _as_text(value: Any) -> str | None:
    """Return a category as a table file writes it: 28001 and not 28001.0; None where it is missing."""
    if value is None or value != value:
        return None
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def write_csv(run: Run, path: Path, text: TextIO, reading: Mapping[str, Any] | None = None) -> None:
    """Write predictions for the table at `path` as CSV to an open text file; `reading` as in `predict_file`.

    Raises:
        InputError: the file cannot be read, or lacks a column that the net was trained on.
    """
    for number, part in enumerate(predict_file(run, path, reading)):
        part.to_csv(text, index=False, header=number == 0, lineterminator="\n")
