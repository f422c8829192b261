"""A fit as the views see it: its data, and what its net answers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import cached_property
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from neurona.data.class_names import class_names
from neurona.data.column_names import column_names, target_names
from neurona.data.dataset import Dataset, Split
from neurona.fit.fit import Fit
from neurona.look.evidence import each_class
from neurona.studio.drawing import Drawing
from neurona.studio.views.plane import Plane

AT_ONCE = 8192


class Watched:
    """A fit as the views see it.

    Args:
        fit: what is trained. It is only read, between two of its steps.

    Attributes:
        hurried: whether a frame is to be quick rather than whole, for others follow soon.
    """

    def __init__(self, fit: Fit) -> None:
        self.fit, self.hurried = fit, False
        self.drawing = Drawing(fit.net, fit.data)
        self.plane = Plane.of(fit.data, self.classes)

    @property
    def data(self) -> Dataset:
        """What it is trained on."""
        return self.fit.data

    @property
    def net(self) -> nn.Module:
        """What is trained."""
        return self.fit.net

    @property
    def classes(self) -> int:
        """How many classes each sample is one of; 0 for other tasks."""
        return len(self.data.classes) if self.fit.task.name in ("binary", "multiclass") else 0

    @property
    def names(self) -> tuple[str, ...]:
        """What people call the classes or labels, in the order of their numbers and the language in use."""
        return class_names(self.data)

    @property
    def targets(self) -> tuple[str, ...]:
        """What people call what is predicted, in the language in use."""
        return target_names(self.data)

    def called(self, columns: Iterable[str]) -> tuple[str, ...]:
        """Return what people call columns, or numbers that the net sees, in the language in use."""
        return column_names(columns, self.data)

    @property
    def is_curve(self) -> bool:
        """Whether the net answers with a single value."""
        return self.fit.task.name == "regression" and self.data.outputs == 1

    @property
    def is_flat(self) -> bool:
        """Whether samples are points of a plane."""
        return self.plane is not None and len(self.plane.numbers) == 2

    @cached_property
    def judged(self) -> str:
        """The split that a net is judged by: test, else valid, else train."""
        return next(name for name in ("test", "valid", "train") if len(getattr(self.data, name)) or name == "train")

    @property
    def judged_by(self) -> Split:
        """The samples of that split."""
        split: Split = getattr(self.data, self.judged)
        return split

    @cached_property
    def class_numbers(self) -> np.ndarray | None:
        """The class of each sample that the net is judged by, `(n,)`; None where they are not of one class each."""
        y = self.judged_by.y
        if not self.data.classes or y.numel() != len(y):
            return None
        numbers: np.ndarray = y.reshape(-1).long().numpy()
        return numbers

    def outputs(self, x: Tensor) -> Any:
        """Return what the net gives for samples as it sees them; of two players, what the discriminator says."""
        if self.fit.task.name == "adversarial":
            return self.net(x.to(self.fit.device))  # the task itself would draw noise
        return self.fit.task.forward(self.net, x.to(self.fit.device))

    def answers(self, x: Tensor) -> np.ndarray:
        """Return probabilities of all classes `(n, k)`, or values in the target's units `(n, 1)`."""
        parts = [self.fit.task.answer(self.outputs(part)).cpu() for part in x.split(AT_ONCE)]
        answers = torch.cat(parts).double().numpy()
        return each_class(answers) if self.classes else in_units(self.data, answers)


def in_units(data: Dataset, y: np.ndarray) -> np.ndarray:
    """Return standardised targets in their own units."""
    measured: np.ndarray = y * data.target.scale[0] + data.target.mean[0]
    return measured


@contextmanager
def evaluating(net: nn.Module) -> Iterator[None]:
    """Within the block a net is in evaluation mode; then each of its parts is in the mode that it was in."""
    modes = [(module, module.training) for module in net.modules()]
    net.eval()
    try:
        yield
    finally:
        for module, training in modes:
            module.training = training
