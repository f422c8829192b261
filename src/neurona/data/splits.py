"""Cuts samples into train, valid and test, and fits the preprocessing on train alone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

import numpy as np
import torch
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from neurona.data.dataset import SEQUENCES, Dataset, Split, Target
from neurona.data.inputs import Columns, Inputs, Number, Pixels
from neurona.data.sources import Samples
from neurona.errors import InputError
from neurona.language import _
from neurona.validation import explain

Fraction = Annotated[float, Field(ge=0.0, lt=1.0)]


class SplitOptions(BaseModel):
    """The options that every dataset takes.

    Attributes:
        valid, test: the share of the samples kept for each; an official test set is kept whole.
        seed: of the split, and of the simulation where there is one.
        standardise: each column to mean 0 and deviation 1 on train; None for what suits the dataset.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    valid: Fraction = 0.15
    test: Fraction = 0.15
    seed: Annotated[int, Field(ge=0)] = 0
    standardise: bool | None = None

    @classmethod
    def read(cls, options: Mapping[str, Any]) -> SplitOptions:
        """Validate `options`; raise an `InputError` that names the wrong key below `data`."""
        try:
            return cls(**options)
        except ValidationError as error:
            raise explain(error, "data", list(cls.model_fields)) from None


def split_rows(
    n: int, y: np.ndarray | None, valid: float, test: float, seed: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return row numbers of train, valid and test, shuffled with `seed`.

    Args:
        n: how many rows there are.
        y: `(n,)` class numbers to keep the share of each class alike in all parts, or None.
        valid: the share of rows for it, 0 to leave the part empty.
        test: the same.
        seed: of the shuffle.

    Raises:
        InputError: nothing would be left to train on.
    """
    if valid + test >= 1:
        problem = _("data.valid = {valid} and data.test = {test} leave nothing to train on.")
        raise InputError(problem.format(valid=valid, test=test), _("Their sum must be below 1, such as 0.15 + 0.15."))
    generator = np.random.default_rng(seed)
    groups = [np.arange(n)] if y is None else [np.flatnonzero(y == label) for label in np.unique(y)]
    parts: tuple[list[np.ndarray], ...] = ([], [], [])
    for group in groups:
        rows = generator.permutation(group)
        n_test, n_valid = round(len(rows) * test), round(len(rows) * valid)
        for part, chosen in zip(parts, np.split(rows, [len(rows) - n_test - n_valid, len(rows) - n_test]), strict=True):
            part.append(chosen)
    train, valid_rows, test_rows = (generator.permutation(np.concatenate(part)) for part in parts)
    return train, valid_rows, test_rows


def assemble(samples: Samples, name: str, origin: dict[str, Any], options: SplitOptions) -> Dataset:
    """Split `samples`, fit the preprocessing on train, and return the `Dataset`.

    An official test set is kept whole; then `options.test` is not used and `valid` is cut from the rest.
    """
    labels = samples.y if samples.task in ("binary", "multiclass") else None
    test_share = 0.0 if samples.test is not None else options.test
    rows = split_rows(len(samples.x), labels, options.valid, test_share, options.seed)
    if len(rows[0]) == 0:
        raise InputError(_("{name} has no training samples left.").format(name=name), _("Ask for more samples."))
    x_parts = [samples.x[part] for part in rows]
    y_parts = [samples.y[part] for part in rows]
    if samples.test is not None:
        x_parts[2], y_parts[2] = samples.test
    wish = samples.standardise if options.standardise is None else options.standardise
    inputs = samples.inputs or fit_inputs(samples, x_parts[0], wish)
    target = fit_target(samples.task, samples.targets, samples.classes, y_parts[0], standardise=samples.standardise)
    train, valid, test = [
        Split(encode_x(x, inputs), encode_y(y, samples.task, target)) for x, y in zip(x_parts, y_parts, strict=True)
    ]
    return Dataset(name, samples.task, train, valid, test, inputs, target, origin, samples.notes)


def fit_inputs(samples: Samples, train: np.ndarray, standardise: bool) -> Columns | Pixels:
    """Fit the preprocessing of pictures (bytes) or of a table to `train`, `(n, ...)`."""
    if samples.x.dtype == np.uint8:
        return fit_pixels(train, standardise)
    return fit_columns(samples, train, standardise)


def fit_columns(samples: Samples, train: np.ndarray, standardise: bool) -> Columns:
    """Fit one `Number` for each column of `train`, `(n, d)`."""
    mean = train.mean(0) if standardise else np.zeros(train.shape[1])
    scale = spread(train) if standardise else np.ones(train.shape[1])
    fill = np.median(train, axis=0)
    rows = zip(samples.features, fill.tolist(), mean.tolist(), scale.tolist(), strict=True)
    return Columns(tuple(Number(*row) for row in rows))


def fit_pixels(train: np.ndarray, standardise: bool) -> Pixels:
    """Fit the scaling of pictures, `(n, channels, height, width)` bytes: to 0..1, or to mean 0 and deviation 1."""
    _n, channels, height, width = train.shape
    if not standardise:
        return Pixels((channels, height, width))
    mean, deviation = _byte_moments(train)
    return Pixels((channels, height, width), (1 / deviation,), (-mean / deviation,))


def _byte_moments(pictures: np.ndarray) -> tuple[float, float]:
    # Exact, and without the copy in float64 (eight times the pictures) that ndarray.std would make.
    blocks = np.array_split(pictures, 1 + len(pictures) // 1_000)
    counts = np.sum([np.bincount(block.ravel(), minlength=256) for block in blocks], axis=0)
    values = np.arange(256)
    mean = float(counts @ values / counts.sum())
    deviation = float(np.sqrt(counts @ (values - mean) ** 2 / counts.sum()))
    return mean, deviation or 1.0


def fit_target(
    task: str, names: tuple[str, ...], classes: tuple[str, ...], train: np.ndarray, standardise: bool = True
) -> Target:
    """Fit the scale of a regression target, `(n, k)`; other tasks only keep their names."""
    if task != "regression":
        return Target(names, classes)
    if not standardise:
        return Target(names, (), (0.0,) * train.shape[1], (1.0,) * train.shape[1])
    return Target(names, (), tuple(train.mean(0).tolist()), tuple(spread(train).tolist()))


def spread(train: np.ndarray) -> np.ndarray:
    """Return the standard deviation of each column, 1 where a column is constant."""
    deviation = train.std(0)
    return np.where(deviation > 0, deviation, 1.0)


def encode_x(x: np.ndarray, inputs: Inputs) -> torch.Tensor:
    """Return `(n, ...)` samples as a tensor: columns standardised to float32, pictures and sequences as they are."""
    if not isinstance(inputs, Columns):
        return torch.from_numpy(np.ascontiguousarray(x))
    numbers = [column for column in inputs.columns if isinstance(column, Number)]
    mean, scale = np.array([c.mean for c in numbers]), np.array([c.scale for c in numbers])
    return torch.from_numpy(((x - mean) / scale).astype(np.float32))


def encode_y(y: np.ndarray, task: str, target: Target) -> torch.Tensor:
    """Return targets in the form that `Split.y` has for `task`."""
    if task == "multiclass" or task in SEQUENCES:
        return torch.from_numpy(y.astype(np.int64))
    if task == "binary":
        return torch.from_numpy(y.astype(np.float32).reshape(-1, 1))
    if task == "multilabel":
        return torch.from_numpy(y.astype(np.float32))
    return torch.from_numpy(((y - np.array(target.mean)) / np.array(target.scale)).astype(np.float32))
