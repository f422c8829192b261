"""`load`: a dataset by name, or a table, a text or a folder of pictures of the user's own by path."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import replace
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

from neurona.data import (  # noqa: F401  (they fill the registry)
    characters,
    cifar,
    embedded,
    images,
    numerals,
    sentences,
    sequences,
    synthetic,
    tables,
)
from neurona.data.dataset import TASKS, Dataset
from neurona.data.features import ColumnOptions, Standardise, note, place_of_sample, with_features
from neurona.data.inputs import Columns
from neurona.data.sources import DATASETS, Passage, Samples
from neurona.data.splits import PictureOptions, SplitOptions, assemble
from neurona.data.tables import load_table
from neurona.data.text import cut
from neurona.errors import InputError, nearest
from neurona.files import TABLES, TEXTS, of_suffixes, require_suffix
from neurona.language import _
from neurona.registry import Entry
from neurona.validation import KeyedError, plain, require_path

if TYPE_CHECKING:
    import pandas as pd


def load(name: str | Path | pd.DataFrame | tuple[Any, Any], *, task: str | None = None, **options: Any) -> Dataset:
    """Load a dataset.

    Args:
        name: a name that `neurona list` shows, such as "spiral"; or the path of a CSV, TSV or Parquet table, of a text
            (.txt), or of a folder with a sub-folder of pictures for each class; or what is in memory: a DataFrame, or
            samples and targets in arrays, `(x, y)` (see `load_pair`).
        task: one of `TASKS`, when the dataset can pose more than one.
        options: for every dataset `valid` and `test` (shares of the samples), `seed`, and `standardise`; for columns
            also `features` (see `ColumnOptions`); for pictures also `resize`, `normalise`, `colour` and `augment` (see
            `PictureOptions`); the rest are those of the dataset, such as `noise` for "spiral", or those of
            `load_table` (also for a DataFrame), `load_text` or `load_folder`.

    Returns:
        The dataset, split and preprocessed.

    Raises:
        InputError: the name, an option or the file is wrong.
    """
    _require_source(name)
    if task is not None and task not in TASKS:
        raise InputError(_("There is no task called {name!r}.").format(name=task), nearest(str(task), TASKS))
    options = plain(options)
    if not isinstance(name, str | PathLike):
        from neurona.data import memory

        if isinstance(name, tuple):
            return memory.load_pair(*name, task=task, **options)
        return memory.load_frame(name, task=task, **options)
    path = Path(str(name))
    if str(name) and path.is_dir() and str(name) not in DATASETS:
        from neurona.data.folders import load_folder

        return load_folder(path, task=task, **options)
    if path.suffix in TEXTS:
        from neurona.data.text import load_text

        return load_text(path, task=task, **options)
    if path.suffix:
        return load_table(path, task=task, **options)
    if str(name) not in DATASETS:
        require_suffix(path, (*TABLES, *TEXTS))
        if "/" in str(name).replace(os.sep, "/"):
            raise InputError(_("There is no folder {path}.").format(path=name), of_suffixes())
    entry = DATASETS[str(name)]
    kind: type[SplitOptions] = PictureOptions if len(entry.facts["shape"]) == 3 else ColumnOptions
    _refuse_misplaced(entry, kind, options)
    common = {key: options.pop(key) for key in list(options) if key in kind.model_fields and key != "seed"}
    split = kind.read({**common, "seed": options.get("seed", 0)})
    if "seed" not in entry.options.model_fields:
        options.pop("seed", None)
    chosen = entry.check(options, "data", common=tuple(kind.model_fields))
    origin = {"name": entry.name, **options, **common, "seed": split.seed, **({"task": task} if task else {})}
    made = entry.make(**chosen)
    if isinstance(made, Passage):
        dataset = cut(made, entry.name, origin, split)
    else:
        dataset = assemble(made, entry.name, origin, split, raw=common.get("features") is not None)
    if isinstance(split, ColumnOptions) and split.features is not None:
        columns = isinstance(made, Samples) and made.standardise and split.standardise is not False
        standardise = Standardise(columns or bool(split.standardise), split.standardise is not False)
        dataset = _with_features(dataset, split.features, standardise)
    return dataset.as_task(task) if task else dataset


def _require_source(what: Any) -> None:
    """Raise an `InputError` unless `what` is a name, a path, a DataFrame, or a pair of samples and targets."""
    if hasattr(what, "to_pandas") or (hasattr(what, "iloc") and hasattr(what, "columns")):
        return
    if isinstance(what, tuple) and len(what) == 2:
        return
    if hasattr(what, "shape") or isinstance(what, tuple | list):
        problem = _("nr.load was given a {kind}, of which it does not know what is to be predicted.")
        hint = _("Give samples with their targets, nr.load((x, y)), or a pandas.DataFrame, nr.load(frame, target='y').")
        raise InputError(problem.format(kind=type(what).__name__), hint)
    if hasattr(type(what), "load"):
        problem = _("{verb} takes a name or the path of a file, and was given a {kind}.")
        problem = problem.format(verb="nr.load", kind=type(what).__name__)
        raise InputError(problem, _("Its data are loaded so: recipe.load()."))
    require_path(what, "nr.load")


def _with_features(dataset: Dataset, features: list[str], standardise: Standardise) -> Dataset:
    """Return a dataset of columns of which the net sees `features`; raise an `InputError` where they are none."""
    if not isinstance(dataset.inputs, Columns):
        raise _misplaced("features", dataset.name)
    parts = [part.x for part in (dataset.train, dataset.valid, dataset.test)]
    inputs = with_features(dataset.inputs, features, parts, standardise, place_of_sample)
    return replace(dataset, inputs=inputs, notes=(*dataset.notes, note(inputs)))


def _refuse_misplaced(entry: Entry[Any], kind: type[SplitOptions], options: Mapping[str, Any]) -> None:
    known = {*kind.model_fields, *entry.options.model_fields}
    for key in options:
        if key in (*PictureOptions.model_fields, *ColumnOptions.model_fields) and key not in known:
            raise _misplaced(key, entry.name)


def _misplaced(key: str, name: str) -> KeyedError:
    pictures = _("data.{key} is for pictures, and {name} holds none.")
    columns = _("data.{key} is for columns of numbers, and {name} holds none.")
    problem = (pictures if key in PictureOptions.model_fields else columns).format(key=key, name=name)
    return KeyedError(f"data.{key}", problem, _("Leave it out."))
