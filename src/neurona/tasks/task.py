"""What is learned: each task owns its loss, its metrics and the activation that turns outputs into answers.

A metric is a function of sums over samples. Sums of batches add up, so a metric is right however the samples were
batched, and later across processes.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import ClassVar

import torch
from torch import Tensor, nn

from neurona.errors import InputError, nearest
from neurona.language import _
from neurona.tasks.losses import LOSSES


def higher_is_better(metric: str) -> bool:
    """Tell whether a larger value of `metric` is the better one: of accuracy, precision and r2, but not of a gap."""
    return not metric.startswith("gap") and any(word in metric for word in ("accuracy", "precision", "r2", "exact"))


class Task(ABC):
    """A supervised task: one player, the net, whose outputs are held against `y`.

    Attributes:
        name: "binary", "multiclass", "multilabel" or "regression".
        main: the metric that people look at first, such as "accuracy".
        players: the parts that take turns at each batch; a supervised task has one.
        loss_name: the loss in use.
    """

    name: ClassVar[str]
    main: ClassVar[str] = "accuracy"
    default_loss: ClassVar[str]
    players: ClassVar[tuple[str, ...]] = ("net",)

    def __init__(self, loss: str | None = None) -> None:
        self.loss_name = loss or self.default_loss
        entry = LOSSES[self.loss_name]
        if self.name not in entry.facts["tasks"]:
            fitting = [entry.name for entry in LOSSES if self.name in entry.facts["tasks"]]
            problem = _("fit.loss = {loss!r} does not suit a {task} task.").format(loss=loss, task=self.name)
            raise InputError(problem, nearest("", fitting))
        self._loss = entry.make

    def parameters(self, net: nn.Module, _player: str) -> list[nn.Parameter]:
        """Return the parameters that a player's optimizer changes."""
        return [p for p in net.parameters() if p.requires_grad]

    def forward(self, net: nn.Module, x: Tensor, _player: str = "net") -> Tensor:
        """Return the outputs of `net` for `x`, `(n, ...)` -> `(n, outputs)` or `(members, n, outputs)`."""
        outputs: Tensor = net(x)
        return outputs

    def loss(self, outputs: Tensor, y: Tensor) -> Tensor:
        """Return the mean loss over the batch, a scalar."""
        return self._loss(outputs, y)

    def check(self, outputs: Tensor, y: Tensor) -> None:
        """Raise an `InputError` unless `outputs`, of one batch, has the shape that the targets `y` need."""
        wanted = self._wanted(y)
        if outputs.shape[-len(wanted) :] != wanted:
            problem = _("The net gives outputs of shape {have} for {n} samples; a {task} task needs {want}.")
            raise InputError(
                problem.format(have=tuple(outputs.shape), n=len(y), task=self.name, want=tuple(wanted)),
                _("Give its last layer `data.outputs` units."),
            )

    def _wanted(self, y: Tensor) -> torch.Size:
        return y.shape

    @abstractmethod
    def sums(self, outputs: Tensor, y: Tensor) -> Tensor:
        """Return what `metrics` needs, as sums over the batch: `(s,)`, or a scalar for a single sum."""

    @abstractmethod
    def metrics(self, sums: Tensor, n: Tensor) -> dict[str, Tensor]:
        """Return each metric but the loss.

        Args:
            sums: `(..., s)`, added over any batches.
            n: `(...)`, how many samples they were added over.
        """

    @abstractmethod
    def answer(self, outputs: Tensor) -> Tensor:
        """Return what the outputs mean: probabilities or values `(n, k)`; an ensemble answers with its mean."""


class Binary(Task):
    """Yes or no: one logit, sigmoid. With the perceptron loss the sigmoid is a step."""

    name = "binary"
    default_loss = "binary-cross-entropy"

    def sums(self, outputs: Tensor, y: Tensor) -> Tensor:
        """Return how many answers are right."""
        if outputs.dim() == 3:
            return ((self.answer(outputs) >= 0.5) == (y > 0.5)).sum()
        return ((outputs >= 0) == (y > 0.5)).sum()

    def metrics(self, sums: Tensor, n: Tensor) -> dict[str, Tensor]:
        """Return the accuracy."""
        return {"accuracy": sums[..., 0] / n}

    def answer(self, outputs: Tensor) -> Tensor:
        """Return the probability of the second class, `(n, 1)`; 0 or 1 after the perceptron loss."""
        if self.loss_name == "perceptron":
            return _mean((outputs >= 0).to(outputs.dtype))
        return _mean(outputs.sigmoid())


class Multiclass(Task):
    """One of k classes: k logits, softmax."""

    name = "multiclass"
    default_loss = "cross-entropy"

    def _wanted(self, y: Tensor) -> torch.Size:
        return torch.Size((len(y), self.classes))

    def __init__(self, loss: str | None = None, classes: int = 2) -> None:
        super().__init__(loss)
        self.classes = classes

    def sums(self, outputs: Tensor, y: Tensor) -> Tensor:
        """Return how many answers are right."""
        scores = self.answer(outputs) if outputs.dim() == 3 else outputs
        return (scores.argmax(-1) == y).sum()

    def metrics(self, sums: Tensor, n: Tensor) -> dict[str, Tensor]:
        """Return the accuracy."""
        return {"accuracy": sums[..., 0] / n}

    def answer(self, outputs: Tensor) -> Tensor:
        """Return the probability of each class, `(n, k)`."""
        return _mean(outputs.softmax(-1))


class Multilabel(Task):
    """Any of k labels at once: k logits, a sigmoid each.

    Accuracy is the share of single labels that are right. Precision at j is the share of true labels among the j
    that the net finds likeliest, the mean over samples.
    """

    name = "multilabel"
    default_loss = "binary-cross-entropy"
    at: ClassVar[tuple[int, ...]] = (1, 3)

    def sums(self, outputs: Tensor, y: Tensor) -> Tensor:
        """Return `[right labels, samples all right, true labels among the top j / j for each j]`."""
        logits = self.answer(outputs).logit() if outputs.dim() == 3 else outputs
        right = (logits >= 0) == (y > 0.5)
        parts = [right.float().mean(-1).sum(), right.all(-1).sum()]
        ranked = y.gather(-1, logits.topk(min(max(self.at), y.shape[-1])).indices)
        parts += [ranked[..., :j].mean(-1).sum() for j in self.at if j <= y.shape[-1]]
        return torch.stack(parts)

    def metrics(self, sums: Tensor, n: Tensor) -> dict[str, Tensor]:
        """Return the accuracy of the labels, the share of samples with all labels right, and precision at j."""
        names = ["accuracy", "exact", *(f"precision_at_{j}" for j in self.at)]
        return {name: sums[..., i] / n for i, name in enumerate(names[: sums.shape[-1]])}

    def answer(self, outputs: Tensor) -> Tensor:
        """Return the probability of each label, `(n, k)`."""
        return _mean(outputs.sigmoid())


class Regression(Task):
    """One or several values: outputs are standardised targets, metrics are in the target's own units.

    `r2` is `1 - sum (y_hat - y)^2 / sum (y - mean y)^2`, the mean over the targets; NaN where all y are alike.
    """

    name = "regression"
    main = "rmse"
    default_loss = "mse"

    def __init__(self, loss: str | None = None, scale: tuple[float, ...] = (1.0,)) -> None:
        super().__init__(loss)
        self.scale = scale

    def sums(self, outputs: Tensor, y: Tensor) -> Tensor:
        """Return the sums of |error|, error^2, y and y^2, each for every target."""
        error = _mean(outputs) - y
        return torch.stack((error.abs(), error.square(), y, y.square())).sum(1).flatten()

    def metrics(self, sums: Tensor, n: Tensor) -> dict[str, Tensor]:
        """Return rmse, mae and r2; with several targets they are means over them."""
        absolute, squared, total, squares = sums.unflatten(-1, (4, -1)).unbind(-2)
        count = n.unsqueeze(-1)
        scale = torch.tensor(self.scale, dtype=sums.dtype, device=sums.device)
        variation = squares - total.square() / count
        # Sums come in float32: a smaller share than this is what rounding leaves where all y are alike.
        varied = variation > 1e-6 * squares
        return {
            "rmse": ((squared / count).sqrt() * scale).mean(-1),
            "mae": (absolute / count * scale).mean(-1),
            "r2": (1 - squared / variation.where(varied, torch.nan)).mean(-1),
        }

    def answer(self, outputs: Tensor) -> Tensor:
        """Return the (standardised) values, `(n, k)`."""
        return _mean(outputs)


def _mean(outputs: Tensor) -> Tensor:
    """Return the mean over the members of an ensemble, `(members, n, k)` -> `(n, k)`; `(n, k)` passes through."""
    return outputs.mean(0) if outputs.dim() == 3 else outputs


TASKS: Mapping[str, type[Task]] = {task.name: task for task in (Binary, Multiclass, Multilabel, Regression)}
