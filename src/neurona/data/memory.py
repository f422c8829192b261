"""Data that a program holds: a DataFrame, or samples and targets in arrays, read as a table in a file is."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import torch
from torch import Tensor

from neurona.data.dataset import SELF_SUPERVISED, Dataset
from neurona.data.labels import read_labels
from neurona.data.reader import require_names
from neurona.data.sources import Samples
from neurona.data.splits import PictureOptions, SplitOptions, assemble
from neurona.data.stream import Tell, unheard
from neurona.data.tables import of_table, read_options
from neurona.data.values import Notation
from neurona.errors import InputError
from neurona.language import _

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

# What a table in memory is called in messages, and the dataset of it.
NAME, PAIR = "DataFrame", "(x, y)"


@dataclass(frozen=True)
class Frame:
    """A table in memory: a `TableFile` that is in no file."""

    path: Path
    table: pa.Table
    decimal: ClassVar[str] = "."

    @staticmethod
    def of(frame: pd.DataFrame, name: str) -> Frame:
        """Return a DataFrame as a table, without its index.

        Raises:
            InputError: it has no rows, a column holds things of different kinds, or the names of its columns are unfit.
        """
        import pyarrow as pa

        if not frame.size:
            raise InputError(_("{path} is empty.").format(path=name), _("Give a table with at least one row."))
        named = frame.set_axis([str(column) for column in frame.columns], axis=1)
        columns = [_arrow(name, label, column) for label, column in named.items()]
        file = Frame(Path(name), pa.Table.from_arrays(columns, names=list(named.columns)))
        require_names(file)
        return file

    @property
    def names(self) -> tuple[str, ...]:
        """The names of its columns."""
        return tuple(self.table.column_names)

    @property
    def layout(self) -> str:
        """How it is written, in words."""
        return _("a table in memory")

    def portions(self, names: Sequence[str]) -> list[list[str]]:
        """Return all the columns as one part: they are in memory already."""
        return [list(names)]

    def read(
        self, missing: Sequence[str], text: Collection[str] = (), columns: Sequence[str] = (), tell: Tell = unheard
    ) -> pa.Table:
        """Return these columns, or all."""
        tell(1.0)
        return self.table.select(list(columns or self.names))

    def batches(self, columns: Sequence[str]) -> Iterator[pa.Table]:
        """Yield these columns as one part."""
        yield self.table.select(list(columns))

    def place(self, row: int) -> str:
        """Say which row is meant by the row numbered `row` from 0."""
        return _("row {row}").format(row=row + 1)

    def written(self, row: int, name: str) -> str:
        """Return the cell of a row (from 0) and a column as text."""
        return str(self.table[name][row])


def _arrow(path: str, name: Any, column: pd.Series[Any]) -> pa.ChunkedArray:
    import pyarrow as pa

    try:
        return pa.chunked_array([pa.array(column, from_pandas=True)])
    except (pa.ArrowException, TypeError, ValueError, OverflowError) as error:
        problem = _("Column {name!r} of {path} cannot be read: {reason}.")
        reason = str(error).splitlines()[0].rstrip(".")
        hint = _("Give it numbers, texts or dates alone, such as with astype(float) or astype(str).")
        raise InputError(problem.format(name=name, path=path, reason=reason), hint) from None


def load_frame(table: Any, *, task: str | None = None, **options: Any) -> Dataset:
    """Return the dataset of a DataFrame, or of what can become one; options and outcome are those of `load_table`.

    Raises:
        InputError: an option or a value is wrong.
    """
    frame = table.to_pandas() if hasattr(table, "to_pandas") else table
    chosen, given = read_options(options), {"task": task, **options} if task else options
    origin = {"in_memory": _kind(frame), **given, "seed": chosen.seed}
    return of_table(Frame.of(frame, NAME), NAME, task, chosen, origin)


def load_pair(x: Any, y: Any, *, task: str | None = None, target: str = "", **options: Any) -> Dataset:
    """Return the dataset of samples and targets in arrays of NumPy, tensors, lists, or of pandas.

    Args:
        x: `(n, columns)`, of an array of numbers all of them numbers, called x1, x2, ...; or pictures, bytes (uint8)
            `(n, height, width)` or `(n, channels, height, width)` with 1 or 3 channels.
        y: `(n,)` classes or values, as a column of a table would hold them; or `(n, k)` values or labels, zeros and
            ones, beside numbers without gaps or pictures.
        task: as for a table, or "multilabel"; None to find out from `y`.
        target: what `y` is called; "" for its own name, or "y".
        options: as for a table; for pictures those of `PictureOptions`, with several targets those of `SplitOptions`.

    Raises:
        InputError: samples and targets do not belong together, or an option or a value is wrong.
    """
    import pandas as pd

    samples, answers = _array(x), _array(y)
    lengths = {name: len(array) if array.ndim else 1 for name, array in (("x", samples), ("y", answers))}
    if lengths["x"] != lengths["y"]:
        problem = _("x has length {x}, and y has length {y}.")
        raise InputError(problem.format(**lengths), _("Give a target for each sample, in the same order."))
    if answers.ndim not in (1, 2) or samples.ndim < 1:
        problem = _("y is {have}, and a target has a value, or several, for each sample: (n,) or (n, k).")
        raise InputError(problem.format(have=_kind(y)), _("Give samples with their targets: nr.load((x, y))."))
    origin = {
        "in_memory": f"{_kind(x)}, {_kind(y)}",
        **({"task": task} if task else {}),
        **({"target": target} if target else {}),
        **options,
    }
    if answers.ndim == 2 and answers.shape[1] > 1:
        return _several(samples, answers, task, target or "y", options, origin)
    own = y.name if isinstance(y, pd.Series) else y.columns[0] if isinstance(y, pd.DataFrame) else None
    column = pd.Series(np.asarray(answers).reshape(-1), name=target or str("y" if own is None else own))
    column = column.infer_objects()
    if samples.ndim > 2:
        return _pictures(samples, column, task, PictureOptions.read(options), origin)
    numbers = {}
    if not isinstance(samples, pd.DataFrame):
        names = _numbered("x", samples)
        numbers = dict.fromkeys(names, "number") if samples.dtype.kind in "biuf" else {}
        samples = pd.DataFrame(samples.reshape(len(samples), len(names)), columns=names).infer_objects()
    types = {**numbers, **(options.pop("types", None) or {})}
    chosen = read_options({**options, "target": column.name, **({"types": types} if types else {})})
    table = pd.concat([samples.reset_index(drop=True), column], axis=1)
    return of_table(Frame.of(table, PAIR), PAIR, task, chosen, {**origin, "seed": chosen.seed})


def _pictures(
    x: np.ndarray, y: pd.Series[Any], task: str | None, options: PictureOptions, origin: dict[str, Any]
) -> Dataset:
    pictures, file = _as_pictures(x), Frame.of(y.to_frame(), PAIR)
    supervised = None if task in SELF_SUPERVISED else task
    labels = read_labels(file, str(y.name), file.table.column(0), Notation(), supervised, None)
    pictures = pictures[labels.rows] if len(labels.rows) < len(pictures) else pictures
    found = Samples(
        pictures, labels.y, labels.task, targets=(str(y.name),), classes=labels.classes, standardise=True,
        notes=labels.notes,
    )  # fmt: skip
    dataset = assemble(found, PAIR, {**origin, "seed": options.seed}, options)
    return dataset.as_task(task) if task else dataset


def _several(x: Any, y: Any, task: str | None, name: str, options: dict[str, Any], origin: dict[str, Any]) -> Dataset:
    """Return the dataset of several values, or of several labels, for each sample."""
    targets, values = _numbered(name, y), _finite("y", y)
    are_labels = bool(np.isin(values, (0, 1)).all())
    if task is None and are_labels and (values.sum(1) == 1).all():
        problem = _("y has a single one in each of its {n} rows: one-hot rows of classes, or labels.")
        hint = _('Of classes write y.argmax(1); of labels, of which others may have several, task="multilabel".')
        raise InputError(problem.format(n=len(values)), hint)
    task = task or ("multilabel" if are_labels else "regression")
    if task != "regression" and (task != "multilabel" or not are_labels):
        problem = _("y is {have}, which data.task = {task} cannot learn from.").format(have=_kind(y), task=task)
        raise InputError(problem, _("Several values are a regression; several zeros and ones may be multilabel."))
    chosen = PictureOptions.read(options) if x.ndim > 2 else SplitOptions.read(options)
    found = Samples(
        _as_pictures(x) if x.ndim > 2 else _finite("x", x).reshape(len(x), -1),
        values, task, features=() if x.ndim > 2 else _numbered("x", x), targets=targets,
        classes=targets if task == "multilabel" else (), standardise=True,
    )  # fmt: skip
    return assemble(found, PAIR, {**origin, "seed": chosen.seed}, chosen)


def _numbered(name: str, array: Any) -> tuple[str, ...]:
    """Return the names of the columns of a DataFrame; of an array, `(n, k)` or `(n,)`, NAME1, NAME2, ...."""
    if hasattr(array, "columns"):
        return tuple(map(str, array.columns))
    return tuple(f"{name}{place}" for place in range(1, 1 + (array.shape[1] if array.ndim == 2 else 1)))


def _finite(name: str, array: Any) -> np.ndarray:
    """Return numbers as float64; raise an `InputError` where some are none."""
    try:
        numbers = np.asarray(array, dtype=np.float64)
    except (ValueError, TypeError):
        numbers = np.array(np.nan)
    if np.isfinite(numbers).all():
        return numbers
    problem = _("{name} holds things that are no finite numbers.").format(name=name)
    raise InputError(problem, _("With several targets leave such samples out, or fill the gaps."))


def _as_pictures(x: np.ndarray) -> np.ndarray:
    """Return pictures with the axis of their channels; raise an `InputError` where they are none."""
    pictures = x[:, None] if x.ndim == 3 else x
    if x.dtype == np.uint8 and pictures.ndim == 4 and pictures.shape[1] in (1, 3):
        return pictures
    problem = _("x is {have}: neither rows (n, columns), nor pictures of bytes, (n, height, width) uint8 or such.")
    hint = _("Of numbers from 0 to 1 write {bytes}; channels, 1 or 3, come first: {first}.")
    written = {"bytes": '(255 * x).round().astype("uint8")', "first": "x.transpose(0, 3, 1, 2)"}
    raise InputError(problem.format(have=_kind(x)), hint.format(**written))


def _array(given: Any) -> Any:
    """Return what a program holds as an array of NumPy, but a DataFrame as it is."""
    import pandas as pd

    if isinstance(given, pd.DataFrame):
        return given
    try:
        if isinstance(given, Tensor):
            given = given.detach().cpu()
            given = given.float() if given.dtype == torch.bfloat16 else given  # which NumPy does not have
        array = np.asarray(given)
        return pd.DataFrame(array) if array.dtype.names else array  # records, whose fields have names
    except (ValueError, TypeError, RuntimeError) as error:
        problem = _("A {kind} cannot be read as an array: {reason}.")
        reason = str(error).splitlines()[0].rstrip(".")
        raise InputError(
            problem.format(kind=type(given).__name__, reason=reason), _("Give rows of one length: (n, columns).")
        ) from None


def _kind(given: Any) -> str:
    """Return what a program gave in a few words: "ndarray (200, 3) float64"."""
    shape = tuple(given.shape) if hasattr(given, "shape") else (len(given),) if hasattr(given, "__len__") else ""
    return " ".join(map(str, filter(None, (type(given).__name__, shape, getattr(given, "dtype", "")))))
