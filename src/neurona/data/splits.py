"""Cuts samples into train, valid and test, and fits the preprocessing on train alone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Annotated, Any, Literal, Self

import numpy as np
import torch
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from neurona.data.augment import Augmentation
from neurona.data.dataset import SEQUENCES, Dataset, Split, Target
from neurona.data.inputs import Columns, Inputs, Number, Pixels
from neurona.data.rows import Rows, blocks, count, groups, rearrange, taken
from neurona.data.sources import Samples
from neurona.errors import InputError
from neurona.language import _
from neurona.validation import KeyedError, explain

Fraction = Annotated[float, Field(ge=0.0, lt=1.0)]
LARGEST_SIDE = 4096
ROWS, PICTURES = 65_536, 1_000

# Mean and standard deviation of red, green and blue over ImageNet's training pictures, from 0 to 1, as the pretrained
# nets of torchvision expect pictures to be normalised.
IMAGENET = ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225))


def _size(given: Any) -> tuple[int, ...]:
    """Return `(height, width)` of a side or of `[height, width]`."""
    sides = tuple(given) if isinstance(given, list | tuple) else (given, given)
    if len(sides) != 2 or not all(type(side) is int and 1 <= side <= LARGEST_SIDE for side in sides):
        wanted = _("It must be a side from 1 to {most}, such as 224, or [height, width].")
        raise ValueError(wanted.format(most=LARGEST_SIDE))
    return sides


def _words(given: Any) -> Any:
    if not isinstance(given, list) or not all(isinstance(word, str) for word in given):
        raise ValueError(_('It must be a list of texts, such as ["rotate 10", "flip"].'))
    return given


Size = Annotated[tuple[int, int], BeforeValidator(_size)]


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
    def read(cls, options: Mapping[str, Any]) -> Self:
        """Validate `options`; raise an `InputError` that names the wrong key below `data`."""
        try:
            return cls(**options)
        except ValidationError as error:
            raise explain(error, "data", list(cls.model_fields)) from None


class PictureOptions(SplitOptions):
    """The options that every dataset of pictures takes. `standardise` is for each channel.

    Attributes:
        resize: the side, or `[height, width]`, that pictures are resized to for the net, a batch at a time.
        normalise: "imagenet" for what pretrained nets expect; None for bytes from 0 to 1.
        colour: "grey" or "rgb", to turn pictures into the other kind; None to leave them as they are.
        augment: random changes to training pictures, each an entry such as "rotate 10"; see `data.augment`.
    """

    resize: Size | None = None
    normalise: Literal["imagenet"] | None = None
    colour: Literal["grey", "rgb"] | None = None
    augment: Annotated[list[str], BeforeValidator(_words)] | None = None


def split_rows(
    n: int, y: np.ndarray | None, valid: float, test: float, seed: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return row numbers of train, valid and test, shuffled with `seed`.

    Of a class of several rows train has at least one: where rounding would leave it none, the larger of valid and test
    has one less, and valid where they are alike.

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
    parts: tuple[list[np.ndarray], ...] = ([], [], [])
    for rows in groups(n, y):
        generator.shuffle(rows)
        n_test, n_valid = round(len(rows) * test), round(len(rows) * valid)
        if y is not None and n_test + n_valid == len(rows) > 1:  # a class that train lacks cannot be learned
            n_test, n_valid = (n_test - 1, n_valid) if n_test > n_valid else (n_test, n_valid - 1)
        for part, chosen in zip(parts, np.split(rows, [len(rows) - n_test - n_valid, len(rows) - n_test]), strict=True):
            part.append(chosen)
    joined = [np.concatenate(part) for part in parts]
    for part_rows in joined:
        generator.shuffle(part_rows)
    return joined[0], joined[1], joined[2]


def assemble(
    samples: Samples, name: str, origin: dict[str, Any], options: SplitOptions, *, raw: bool = False
) -> Dataset:
    """Split `samples`, fit the preprocessing on train, and return the `Dataset`; `raw` leaves columns as they are.

    An official test set is kept whole; then `options.test` is not used and `valid` is cut from the rest. Samples that
    are `fresh` become the dataset where they lie, and are of no use afterwards.
    """
    common = options.model_dump(include=set(SplitOptions.model_fields))
    pictures = options if isinstance(options, PictureOptions) else PictureOptions(**common)
    if samples.x.dtype == np.uint8:
        samples = _coloured(samples, pictures.colour)
    labels = samples.y if samples.task in ("binary", "multiclass") else None
    test_share = 0.0 if samples.test is not None else options.test
    rows = split_rows(len(samples.x), labels, options.valid, test_share, options.seed)
    if len(rows[0]) == 0:
        raise InputError(_("{name} has no training samples left.").format(name=name), _("Ask for more samples."))
    chosen: Sequence[Rows] = _brought_together(samples, rows) or rows
    inputs, augment = _fit(samples, chosen[0], pictures, raw=raw)
    target = fit_target(
        samples.task, samples.targets, samples.classes, samples.y[rows[0]], standardise=samples.standardise
    )
    train, valid, test = (
        Split(encode_x(samples.x, part, inputs, samples.fresh), encode_y(samples.y[order], samples.task, target))
        for part, order in zip(chosen, rows, strict=True)
    )
    if samples.test is not None:
        x, y = samples.test
        test = Split(encode_x(x, slice(0, len(x)), inputs), encode_y(y, samples.task, target))
    return Dataset(name, samples.task, train, valid, test, inputs, target, origin, samples.notes, augment)


def _brought_together(samples: Samples, rows: Sequence[np.ndarray]) -> list[slice] | None:
    """Bring the rows of each part together where `samples.x` may be changed, and return where they are; else None."""
    if not (samples.fresh and samples.x.flags.c_contiguous and samples.x.flags.writeable):
        return None
    rearrange(samples.x, np.concatenate(rows))
    stops = np.cumsum([len(part) for part in rows]).tolist()
    return [slice(start, stop) for start, stop in zip([0, *stops], stops, strict=False)]


def _fit(samples: Samples, train: Rows, options: PictureOptions, *, raw: bool) -> tuple[Inputs, Augmentation | None]:
    """Fit the preprocessing of pictures (bytes) or of columns to the rows `train`; `raw` leaves columns as they are."""
    if samples.inputs is not None:
        return samples.inputs, None
    if samples.x.dtype == np.uint8:
        _n, channels, height, width = samples.x.shape
        parts = (taken(samples.x, rows) for rows in blocks(train, PICTURES))
        return fit_pixels((channels, height, width), parts, options)
    wanted = samples.standardise if options.standardise is None else options.standardise
    return fit_columns(samples, train, wanted and not raw), None


def fit_columns(samples: Samples, train: Rows, standardise: bool) -> Columns:
    """Fit one `Number` for each column on the rows `train`, one after the other: a copy of all may not fit."""
    numbers = []
    for name, column in zip(samples.features, samples.x.T, strict=True):
        values = taken(column if isinstance(train, slice) else column.copy(), train).astype(np.float64)
        mean, scale = (values.mean(), spread(values)) if standardise else (0.0, 1.0)
        numbers.append(Number(name, float(np.median(values, overwrite_input=True)), float(mean), float(scale)))
    return Columns(tuple(numbers))


def fit_pixels(
    shape: tuple[int, int, int], train: Iterable[np.ndarray], options: PictureOptions
) -> tuple[Pixels, Augmentation | None]:
    """Fit the preprocessing of pictures, and read how training pictures are to be changed.

    Args:
        shape: `(channels, height, width)` of a picture.
        train: the training pictures in parts, `(k, channels, height, width)` bytes; looked at only to standardise.
        options: what the person wants.

    Raises:
        InputError: the options contradict each other, or do not suit the pictures.
    """
    augment = Augmentation.read(options.augment, shape) if options.augment else None
    mean, deviation = _scaling(shape[0], train, options)
    scale, shift = 1 / (255 * deviation), 0 - mean / deviation
    crop, size = (augment.crop, augment.size) if augment is not None else (None, None)
    size = options.resize or size
    size = None if size == (crop or shape[1:]) else size
    return Pixels(shape, tuple(scale.tolist()), tuple(shift.tolist()), size, crop), augment


def _scaling(channels: int, train: Iterable[np.ndarray], options: PictureOptions) -> tuple[np.ndarray, np.ndarray]:
    """Return what is taken from pictures whose bytes go from 0 to 1, and what they are then divided by."""
    if options.normalise is None:
        return _moments(train) if options.standardise else (np.zeros(1), np.ones(1))
    if options.standardise:
        problem = _("data.normalise and data.standardise are two ways to scale pictures.")
        raise KeyedError("data.normalise", problem, _("Leave one of them out."))
    if channels != 3:
        problem = _('data.normalise = "imagenet" is for pictures in colour, and these are grey.')
        raise KeyedError("data.normalise", problem, _('Write data.colour = "rgb" too.'))
    mean, deviation = IMAGENET
    return np.array(mean), np.array(deviation)


def _moments(train: Iterable[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """Return mean and standard deviation of each channel, bytes as numbers from 0 to 1; the deviation is never 0."""
    # Exact, and without the copy in float64 (eight times the pictures) that ndarray.std would make.
    counts = np.sum([[np.bincount(c.ravel(), minlength=256) for c in np.moveaxis(x, 1, 0)] for x in train], axis=0)
    values = np.arange(256) / 255
    mean = counts @ values / counts.sum(1)
    variance = (counts * (values - mean[:, None]) ** 2).sum(1) / counts.sum(1)
    return mean, np.where(variance > 0, np.sqrt(variance), 1.0)


def _coloured(samples: Samples, colour: str | None) -> Samples:
    """Return the samples with pictures in grey or in colour."""
    channels = {"grey": 1, "rgb": 3, None: samples.x.shape[1]}[colour]
    if channels == samples.x.shape[1]:
        return samples
    change = _repeated if channels == 3 else _grey
    test = None if samples.test is None else (change(samples.test[0]), samples.test[1])
    return replace(samples, x=change(samples.x), test=test)


def _repeated(x: np.ndarray) -> np.ndarray:
    return np.repeat(x, 3, axis=1)


def _grey(x: np.ndarray) -> np.ndarray:
    """Return the brightness of pictures, rounded, as Pillow has it (ITU-R 601)."""
    weights = np.array([19595, 38470, 7471], dtype=np.uint32)
    parts = np.array_split(x, 1 + len(x) // 1_000)
    return np.concatenate([(np.einsum("nchw,c->nhw", part, weights) + 32768 >> 16).astype(np.uint8) for part in parts])[
        :, None
    ]


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


def encode_x(x: np.ndarray, rows: Rows, inputs: Inputs, fresh: bool = False) -> torch.Tensor:
    """Return `(n, ...)` samples as a tensor: columns standardised to float32, pictures and sequences as they are.

    Args:
        x: the samples, `(m, ...)`.
        rows: which of them.
        inputs: their preprocessing.
        fresh: whether `x` may be changed, so that the tensor of a slice need not be a copy.
    """
    if not isinstance(inputs, Columns):
        return torch.from_numpy(np.ascontiguousarray(x[rows]))
    numbers = [column for column in inputs.columns if isinstance(column, Number)]
    mean, scale = np.array([c.mean for c in numbers]), np.array([c.scale for c in numbers])
    in_place = fresh and isinstance(rows, slice) and x.dtype == np.float32
    encoded = x[rows] if in_place else np.empty((count(rows), x.shape[1]), np.float32)
    begun = 0
    for block in blocks(rows, ROWS):  # computed in float64, of which a copy of all may not fit
        values = taken(x, block)
        encoded[begun : begun + len(values)] = (values - mean) / scale
        begun += len(values)
    return torch.from_numpy(encoded)


def encode_y(y: np.ndarray, task: str, target: Target) -> torch.Tensor:
    """Return targets in the form that `Split.y` has for `task`."""
    if task == "multiclass" or task in SEQUENCES:
        return torch.from_numpy(y.astype(np.int64))
    if task == "binary":
        return torch.from_numpy(y.astype(np.float32).reshape(-1, 1))
    if task == "multilabel":
        return torch.from_numpy(y.astype(np.float32))
    return torch.from_numpy(((y - np.array(target.mean)) / np.array(target.scale)).astype(np.float32))
