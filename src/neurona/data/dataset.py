"""The `Dataset`: arrays with a task and names, split into train, valid and test."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import torch
from torch import Tensor

from neurona.data.inputs import Columns, Pixels
from neurona.errors import InputError
from neurona.language import _

TASKS = ("binary", "multiclass", "multilabel", "regression")


@dataclass(frozen=True)
class Split:
    """One part of a dataset.

    Attributes:
        x: `(n, d)` float32 encoded columns, or `(n, channels, height, width)` uint8 pictures.
        y: `(n,)` int64 class numbers (multiclass), `(n, 1)` float32 zeros and ones (binary), `(n, k)` float32 zeros
            and ones (multilabel), or `(n, k)` float32 standardised values (regression).
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
        task: "binary", "multiclass", "multilabel" or "regression".
        train, valid, test: the splits; `valid` or `test` may be empty (length 0).
        inputs: turns a table of a person's columns into the `x` of a split.
        target: names, classes and scale of what is predicted.
        origin: the name (or path) and the options that rebuild this dataset with `load`.
        notes: what was inferred or done to the data, as sentences for people.
    """

    name: str
    task: str
    train: Split
    valid: Split
    test: Split
    inputs: Columns | Pixels
    target: Target
    origin: Mapping[str, Any] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    @property
    def classes(self) -> tuple[str, ...]:
        """The names of the classes or labels, in the order of their numbers; empty for regression."""
        return self.target.classes

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of one sample: `(d,)`, or `(channels, height, width)`."""
        return tuple(self.train.x.shape[1:])

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
        """How many outputs a net for this task needs: one for a binary task, else one for each class or value."""
        if self.task == "binary":
            return 1
        return len(self.classes) if self.classes else len(self.target.names)

    def as_task(self, task: str) -> Dataset:
        """Return the same samples for another task: "binary" and "multiclass" change into each other.

        A binary task has one output and a sigmoid; the same two classes as multiclass have two and a softmax.

        Raises:
            InputError: when the samples do not suit `task`.
        """
        if task == self.task:
            return self
        if (self.task, task) == ("binary", "multiclass"):
            return self._with_targets(task, lambda y: y.squeeze(1).long())
        if (self.task, task) == ("multiclass", "binary") and len(self.classes) == 2:
            return self._with_targets(task, lambda y: y.float().unsqueeze(1))
        problem = _("{name} holds a {have} task and cannot be trained as {want}.")
        raise InputError(
            problem.format(name=self.name, have=self.task, want=repr(task)),
            _("Leave data.task out, or use a dataset of that task; `neurona list` shows them."),
        )

    def fingerprint(self) -> str:
        """Return a hash of all samples and targets, to tell whether a run goes on with the data that it began with."""
        digest = hashlib.sha256()
        for split in (self.train, self.valid, self.test):
            for tensor in (split.x, split.y):
                digest.update(str(tuple(tensor.shape)).encode())
                digest.update(tensor.contiguous().numpy().view(np.uint8).data if tensor.numel() else b"")
        return digest.hexdigest()

    def _with_targets(self, task: str, change: Any) -> Dataset:
        splits = {
            name: replace(getattr(self, name), y=change(getattr(self, name).y)) for name in ("train", "valid", "test")
        }
        return replace(self, task=task, **splits)

    def __repr__(self) -> str:
        sizes = f"{len(self.train)} + {len(self.valid)} + {len(self.test)}"
        return f"Dataset({self.name!r}, {self.task}, shape={self.shape}, outputs={self.outputs}, samples={sizes})"


def prepare(x: Tensor, inputs: Columns | Pixels) -> Tensor:
    """Return a batch as the net sees it: float32, pictures scaled.

    Args:
        x: `(n, ...)`; float32 passes through, uint8 pictures are scaled and shifted.
        inputs: the preprocessing that knows scale and shift.
    """
    if x.dtype == torch.uint8 and isinstance(inputs, Pixels):
        return x.to(torch.float32).mul_(inputs.scale).add_(inputs.shift)
    return x
