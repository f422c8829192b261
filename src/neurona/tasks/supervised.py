"""Tasks that hold one answer for each sample against what is known of it: classes, labels and values."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
import torch
from torch import Tensor

from neurona.tasks.task import Numbers, Task


class Supervised(Task):
    """A task whose outputs are `(n, outputs)`, or `(members, n, outputs)` for nets side by side."""

    def members(self, outputs: Any) -> int:
        """Return how many nets side by side the outputs come from."""
        return outputs.shape[0] if outputs.dim() == 3 else 1


class Binary(Supervised):
    """Yes or no: one logit, sigmoid. With the perceptron loss the sigmoid is a step."""

    name = "binary"
    default_loss = "binary-cross-entropy"

    def sums(self, outputs: Tensor, y: Tensor, player: str = "net") -> Tensor:
        """Return how many answers are right."""
        if outputs.dim() == 3:
            return ((self.answer(outputs) >= 0.5) == (y > 0.5)).sum()
        return ((outputs >= 0) == (y > 0.5)).sum()

    def metrics(self, sums: Numbers, n: Numbers) -> dict[str, Numbers]:
        """Return the accuracy."""
        return {"accuracy": sums[..., 0] / n}

    def answer(self, outputs: Tensor) -> Tensor:
        """Return the probability of the second class, `(n, 1)`; 0 or 1 after the perceptron loss."""
        if self.loss_name == "perceptron":
            return _mean((outputs >= 0).to(outputs.dtype))
        return _mean(outputs.sigmoid())


class Multiclass(Supervised):
    """One of k classes: k logits, softmax."""

    name = "multiclass"
    default_loss = "cross-entropy"

    def _wanted(self, y: Tensor) -> torch.Size:
        return torch.Size((len(y), self.classes))

    def __init__(self, loss: str | None = None, classes: int = 2) -> None:
        super().__init__(loss)
        self.classes = classes

    def sums(self, outputs: Tensor, y: Tensor, player: str = "net") -> Tensor:
        """Return how many answers are right."""
        scores = self.answer(outputs) if outputs.dim() == 3 else outputs
        return (scores.argmax(-1) == y).sum()

    def metrics(self, sums: Numbers, n: Numbers) -> dict[str, Numbers]:
        """Return the accuracy."""
        return {"accuracy": sums[..., 0] / n}

    def answer(self, outputs: Tensor) -> Tensor:
        """Return the probability of each class, `(n, k)`."""
        return _mean(outputs.softmax(-1))


class Multilabel(Supervised):
    """Any of k labels at once: k logits, a sigmoid each.

    Accuracy is the share of single labels that are right. Precision at j is the share of true labels among the j
    that the net finds likeliest, the mean over samples.
    """

    name = "multilabel"
    default_loss = "binary-cross-entropy"
    at: ClassVar[tuple[int, ...]] = (1, 3)

    def sums(self, outputs: Tensor, y: Tensor, player: str = "net") -> Tensor:
        """Return `[right labels, samples all right, true labels among the top j / j for each j]`."""
        logits = self.answer(outputs).logit() if outputs.dim() == 3 else outputs
        right = (logits >= 0) == (y > 0.5)
        parts = [right.float().mean(-1).sum(), right.all(-1).sum()]
        ranked = y.gather(-1, logits.topk(min(max(self.at), y.shape[-1])).indices)
        parts += [ranked[..., :j].mean(-1).sum() for j in self.at if j <= y.shape[-1]]
        return torch.stack(parts)

    def metrics(self, sums: Numbers, n: Numbers) -> dict[str, Numbers]:
        """Return the accuracy of the labels, the share of samples with all labels right, and precision at j."""
        names = ["accuracy", "exact", *(f"precision_at_{j}" for j in self.at)]
        return {name: sums[..., i] / n for i, name in enumerate(names[: sums.shape[-1]])}

    def answer(self, outputs: Tensor) -> Tensor:
        """Return the probability of each label, `(n, k)`."""
        return _mean(outputs.sigmoid())


class Regression(Supervised):
    """One or several values: outputs are standardised targets, metrics are in the target's own units.

    `r2` is `1 - sum (y_hat - y)^2 / sum (y - mean y)^2`, the mean over the targets; NaN where all y are alike.
    """

    name = "regression"
    main = "rmse"
    default_loss = "mse"

    def __init__(self, loss: str | None = None, scale: tuple[float, ...] = (1.0,)) -> None:
        super().__init__(loss)
        self.scale = scale

    def sums(self, outputs: Tensor, y: Tensor, player: str = "net") -> Tensor:
        """Return the sums of |error|, error^2, y and y^2, each for every target."""
        error = _mean(outputs) - y
        return torch.stack((error.abs(), error.square(), y, y.square())).sum(1).flatten()

    def metrics(self, sums: Numbers, n: Numbers) -> dict[str, Numbers]:
        """Return rmse, mae and r2; with several targets they are means over them."""
        absolute, squared, total, squares = np.moveaxis(sums.reshape(*sums.shape[:-1], 4, -1), -2, 0)
        count, scale = n[..., None], np.array(self.scale)
        variation = squares - total**2 / count
        # Sums come in float32: a smaller share than this is what rounding leaves where all y are alike.
        variation[~(variation > 1e-6 * squares)] = np.nan
        return {
            "rmse": _over_targets(np.sqrt(squared / count) * scale),
            "mae": _over_targets(absolute / count * scale),
            "r2": _over_targets(1 - squared / variation),
        }

    def answer(self, outputs: Tensor) -> Tensor:
        """Return the (standardised) values, `(n, k)`."""
        return _mean(outputs)


def _mean(outputs: Tensor) -> Tensor:
    """Return the mean over the members of an ensemble, `(members, n, k)` -> `(n, k)`; `(n, k)` passes through."""
    return outputs.mean(0) if outputs.dim() == 3 else outputs


def _over_targets(values: Numbers) -> Numbers:
    """Return the mean over targets, `(..., k)` -> `(...)`."""
    mean: Numbers = np.add.reduce(values, -1) / values.shape[-1]
    return mean
