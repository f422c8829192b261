"""The `Dataset`: arrays with a task and names, split into train, valid and test."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor

from neurona.data.inputs import Inputs, Tokens
from neurona.data.pictures import Pictures
from neurona.errors import InputError
from neurona.language import _

if TYPE_CHECKING:
    from neurona.data.augment import Augmentation

# Tasks whose target is the sample itself: any table or pictures will do, and what else is known of a sample stays in y.
SELF_SUPERVISED = ("reconstruction", "variational", "adversarial")
SEQUENCES = ("labelling", "translation", "next-token")
TASKS = ("binary", "multiclass", "multilabel", "regression", *SELF_SUPERVISED, *SEQUENCES)
# What stands in the target of a sequence where it has ended.
PADDING = -100
# The parts of a dataset, in the order in which they are told.
SPLITS = ("train", "valid", "test")


@dataclass(frozen=True)
class Split:
    """One part of a dataset.

    Attributes:
        x: `(n, d)` float32 encoded columns, `(n, channels, height, width)` uint8 pictures, `(n, steps)` int64 tokens
            (0 is padding), or `(n, steps, d)` float32 (NaN is padding). More pictures than memory holds are `Pictures`,
            which have what is used of a tensor.
        y: `(n,)` int64 class numbers (multiclass), `(n, 1)` float32 zeros and ones (binary), `(n, k)` float32 zeros
            and ones (multilabel), `(n, k)` float32 standardised values (regression), or `(n, steps)` int64 class
            numbers, -100 where a sequence has ended (labelling, translation, next-token).
    """

    x: Tensor
    y: Tensor

    def __len__(self) -> int:
        return len(self.x)


@dataclass(frozen=True)
class Target:
    """What is predicted.

    Attributes:
        names: the target columns: one, or one for each label (multilabel) or value (regression).
        classes: the names of the classes, in the order of their numbers; empty for regression.
        mean, scale: regression targets are stored as `(value - mean) / scale`, both fitted on train alone.
    """

    names: tuple[str, ...]
    classes: tuple[str, ...] = ()
    mean: tuple[float, ...] = ()
    scale: tuple[float, ...] = ()

    def in_units(self, values: Tensor) -> Tensor:
        """Return standardised values `(..., k)` in the target's own units, float64: float32 keeps no large offset."""
        scale, mean = (torch.tensor(part, dtype=torch.float64) for part in (self.scale, self.mean))
        return values.double() * scale + mean

    def to_dict(self) -> dict[str, Any]:
        """Return a form that JSON can hold."""
        return {
            "names": list(self.names),
            "classes": list(self.classes),
            "mean": list(self.mean),
            "scale": list(self.scale),
        }

    @staticmethod
    def from_dict(saved: Mapping[str, Any]) -> Target:
        """Rebuild a target from what `to_dict` returned."""
        return Target(**{key: tuple(saved[key]) for key in ("names", "classes", "mean", "scale")})


@dataclass(frozen=True)
class Dataset:
    """Arrays with a task and names. Preprocessing (`inputs`) is fitted on `train` alone.

    Attributes:
        name: what `load` was asked for.
        task: one of `TASKS`.
        train, valid, test: the splits; `valid` or `test` may be empty (length 0).
        inputs: the preprocessing: what a person has becomes the `x` of a split, and that what the net sees.
        target: names, classes and scale of what is predicted.
        origin: the name (or path) and the options that rebuild this dataset with `load`.
        notes: what was inferred or done to the data, as sentences for people.
        augment: changes training pictures at random each time that they are seen; None to leave them alone.
    """

    name: str
    task: str
    train: Split
    valid: Split
    test: Split
    inputs: Inputs
    target: Target
    origin: Mapping[str, Any] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    augment: Augmentation | None = None

    @property
    def classes(self) -> tuple[str, ...]:
        """The names of the classes or labels, in the order of their numbers; empty for regression."""
        return self.target.classes

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of one sample as the net sees it: `(d,)`, `(channels, height, width)`, or that of a sequence."""
        return self.inputs.seen

    @property
    def features(self) -> int:
        """How many numbers one sample has."""
        return math.prod(self.shape)

    @property
    def feature_names(self) -> tuple[str, ...]:
        """A name for each of the `features` numbers, after encoding."""
        return self.inputs.names

    @property
    def outputs(self) -> int:
        """How many outputs a net for this task needs; see `outputs_of`."""
        return outputs_of(self.task, self.target, self.features)

    @property
    def tokens(self) -> int:
        """How many different tokens the samples are made of; 0 when they are numbers."""
        return tokens_of(self.inputs)

    @property
    def steps(self) -> int:
        """How long the target is when it is a sequence; 0 when it is none."""
        return self.train.y.shape[1] if self.task in SEQUENCES else 0

    def as_task(self, task: str) -> Dataset:
        """Return the same samples for another task: "binary" and "multiclass" change into each other.

        A binary task has one output and a sigmoid; the same two classes as multiclass have two and a softmax.

        Raises:
            InputError: when the samples do not suit `task`.
        """
        if task == self.task:
            return self
        if task in SELF_SUPERVISED and self.task not in SEQUENCES and not isinstance(self.inputs, Tokens):
            return replace(self, task=task)
        if (self.task, task) == ("binary", "multiclass"):
            return self._with_targets(task, lambda y: y.squeeze(1).long())
        if (self.task, task) == ("multiclass", "binary") and len(self.classes) == 2:
            return self._with_targets(task, lambda y: y.float().unsqueeze(1))
        problem = _("{name} is for data.task = {have} and cannot be trained with data.task = {want}.")
        raise InputError(
            problem.format(name=self.name, have=self.task, want=repr(task)),
            _("Leave data.task out, or use a dataset of that task; `neurona list` shows them."),
        )

    def fingerprint(self) -> str:
        """Return a hash of all samples and targets, to tell whether a run goes on with the data that it began with."""
        digest = hashlib.sha256()
        for split in (self.train, self.valid, self.test):
            for part in (split.x, split.y):
                digest.update(str(tuple(part.shape)).encode())
                digest.update(_content(part))
        return digest.hexdigest()

    def _with_targets(self, task: str, change: Any) -> Dataset:
        splits = {name: replace(getattr(self, name), y=change(getattr(self, name).y)) for name in SPLITS}
        return replace(self, task=task, **splits)

    def __repr__(self) -> str:
        sizes = f"{len(self.train)} + {len(self.valid)} + {len(self.test)}"
        return f"Dataset({self.name!r}, {self.task}, shape={self.shape}, outputs={self.outputs}, samples={sizes})"


def _content(part: Tensor | Pictures) -> bytes | memoryview:
    if isinstance(part, Pictures):
        return part.digest()
    return part.contiguous().numpy().view(np.uint8).data if part.numel() else b""


def require_dataset(data: object) -> None:
    """Raise an `InputError` unless `data` is a `Dataset`."""
    if isinstance(data, Dataset):
        return
    problem = _("The data are a {kind}, and a fit trains on a Dataset.").format(kind=type(data).__name__)
    hint = _("Load one: nr.load('wine'), nr.load('my.csv', target='y'), or nr.load((x, y)) for arrays of yours.")
    raise InputError(problem, hint)


def outputs_of(task: str, target: Target, features: int) -> int:
    """Return how many outputs a net for `task` needs.

    One for a binary task; as many as a sample has numbers for one that gives the sample back; else one for each class,
    label, value or token of the target.
    """
    if task == "binary":
        return 1
    if task in SELF_SUPERVISED:
        return features
    return len(target.classes) or len(target.names)


def tokens_of(inputs: Inputs) -> int:
    """Return how many different tokens samples are made of; 0 when they are numbers."""
    return len(inputs.vocabulary) if isinstance(inputs, Tokens) else 0
