"""What is learned: a task owns its loss, its metrics and the activation that turns outputs into answers.

A metric is a function of sums over samples. Sums of batches add up, so a metric is right however the samples were
batched, and later across processes.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any, ClassVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from neurona.errors import InputError, nearest
from neurona.language import _
from neurona.tasks.losses import LOSSES

Numbers = NDArray[np.float64]


def higher_is_better(metric: str) -> bool:
    """Tell whether a larger value of `metric` is the better one: of accuracy, precision and r2, but not of a gap."""
    better = ("accuracy", "precision", "r2", "exact", "elbo")
    return not metric.startswith("gap") and any(word in metric for word in better)


class Task(ABC):
    """What is learned. Its players take turns at each batch; most tasks have one, the net.

    Attributes:
        name: one of `neurona.data.dataset.TASKS`.
        main: the metric that people look at first, such as "accuracy".
        players: the parts that take turns at each batch.
        draws: whether outputs depend on random numbers in evaluation too.
        loss_name: the loss in use.
    """

    name: ClassVar[str]
    main: ClassVar[str] = "accuracy"
    default_loss: ClassVar[str]
    players: ClassVar[tuple[str, ...]] = ("net",)
    draws: ClassVar[bool] = False

    def __init__(self, loss: str | None = None) -> None:
        self.loss_name = loss or self.default_loss
        entry = LOSSES[self.loss_name]
        if self.name not in entry.facts["tasks"]:
            fitting = [entry.name for entry in LOSSES if self.name in entry.facts["tasks"]]
            problem = _("fit.loss = {loss!r} does not suit data.task = {task}.").format(loss=loss, task=self.name)
            raise InputError(problem, nearest("", fitting))
        self._loss = entry.make

    def parameters(self, net: nn.Module, player: str) -> list[nn.Parameter]:
        """Return the parameters that a player's optimizer changes."""
        return [p for p in net.parameters() if p.requires_grad]

    def target(self, x: Tensor, y: Tensor) -> Tensor:
        """Return what outputs are held against, given samples as the net sees them and the `y` of their split."""
        return y

    def forward(self, net: nn.Module, x: Tensor, y: Tensor | None = None, player: str = "net") -> Any:
        """Return the outputs of `net` for `x`, `(n, ...)`.

        Args:
            net: the net.
            x: samples as the net sees them.
            y: the target, which a net that is taught step by step sees while it trains.
            player: whose turn it is.
        """
        return net(x)

    def loss(self, outputs: Any, y: Tensor, player: str = "net") -> Tensor:
        """Return the mean loss over the batch, a scalar: over its samples, or whatever `count` counts."""
        return self._loss(outputs, y)

    def count(self, y: Tensor) -> int | Tensor:
        """Return how many things the loss of a batch is the mean of: samples, or the steps of all sequences."""
        return len(y)

    def members(self, outputs: Any) -> int:
        """Return how many nets side by side the outputs come from."""
        return 1

    def check(self, outputs: Any, y: Tensor) -> None:
        """Raise an `InputError` unless `outputs`, of one batch, has the form that the targets `y` need."""
        if not isinstance(outputs, Tensor):
            problem = _("The net returns a {kind}; it must return one tensor.").format(kind=type(outputs).__name__)
            raise InputError(problem, _("Let its forward return the logits or values alone."))
        if not outputs.is_floating_point():
            kind = str(outputs.dtype).removeprefix("torch.")
            problem = _("The net gives outputs of the type {kind}, and no logits or values.").format(kind=kind)
            raise InputError(
                problem, _("Let its forward return real numbers: of complex ones .real or .abs(), and no argmax.")
            )
        wanted = self._wanted(y)
        if outputs.shape[-len(wanted) :] != wanted:
            problem = _("The net gives outputs of shape {have} for {n} samples; data.task = {task} needs {want}.")
            problem = problem.format(have=tuple(outputs.shape), n=len(y), task=self.name, want=tuple(wanted))
            hint = _("Give its last layer `data.outputs` units.")
            if outputs.numel() == wanted.numel():
                shape = ", ".join(map(str, (-1, *wanted[1:])))
                hint = _("Let its forward end with .reshape({shape}), or leave out what takes an axis away.")
                hint = hint.format(shape=shape)
            raise InputError(problem, hint)

    def _wanted(self, y: Tensor) -> torch.Size:
        return y.shape

    @abstractmethod
    def sums(self, outputs: Any, y: Tensor, player: str = "net") -> Tensor:
        """Return what `metrics` needs, as sums over the batch: `(s,)`, or a scalar for a single sum."""

    @abstractmethod
    def metrics(self, sums: Numbers, n: Numbers) -> dict[str, Numbers]:
        """Return each metric but the loss.

        Args:
            sums: `(..., s)`, added over any batches; those of several players stand side by side.
            n: `(...)`, how many samples (or steps, see `count`) they were added over.
        """

    @abstractmethod
    def answer(self, outputs: Any) -> Tensor:
        """Return what the outputs mean: probabilities or values `(n, ...)`; an ensemble answers with its mean."""
