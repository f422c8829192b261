"""Losses on logits or values. Each is the mean over samples (and over the members of an ensemble)."""

from __future__ import annotations

from collections.abc import Callable

from torch import Tensor
from torch.nn import functional

from neurona.registry import Registry

Loss = Callable[[Tensor, Tensor], Tensor]
LOSSES: Registry[Loss] = Registry("loss")


@LOSSES.register(
    "cross-entropy", "-log softmax(logits)[class]", tasks=("multiclass", "labelling", "translation", "next-token")
)
def cross_entropy(logits: Tensor, y: Tensor) -> Tensor:
    """Return the mean of `-log p(y)`: `logits` `(n, k)` or `(members, n, k)`, `y` `(n,)` class numbers."""
    if logits.dim() == 2:
        return functional.cross_entropy(logits, y)
    return functional.cross_entropy(logits.flatten(0, -2), y.expand(logits.shape[:-1]).flatten())


@LOSSES.register(
    "binary-cross-entropy",
    "-y log p - (1 - y) log(1 - p), p = sigmoid(logit)",
    tasks=("binary", "multilabel", "reconstruction", "variational", "adversarial"),
)
def binary_cross_entropy(logits: Tensor, y: Tensor) -> Tensor:
    """Return the mean binary cross-entropy: `logits` `(..., n, k)`, `y` `(n, k)` zeros and ones.

    It is computed as `max(a, 0) - a y + log(1 + exp(-|a|))`, which no logit overflows.
    """
    return functional.binary_cross_entropy_with_logits(logits, _like(y, logits))


@LOSSES.register("perceptron", "(step(a) - y) a: 0 for a right answer, |a| for a wrong one", tasks=("binary",))
def perceptron(a: Tensor, y: Tensor) -> Tensor:
    """Return the mean perceptron criterion (Bishop 2006, 4.54) of `a` `(n, 1)` for `y` `(n, 1)` zeros and ones.

    Its gradient for one sample is `(step(a) - y) x`, so a step of gradient descent is Rosenblatt's rule.
    """
    wrong = (a.detach() >= 0).to(a.dtype) - y
    return (wrong * a).mean()


@LOSSES.register("mse", "mean of (y_hat - y)^2", tasks=("regression", "reconstruction", "variational"))
def mse(values: Tensor, y: Tensor) -> Tensor:
    """Return the mean squared error of `values` `(..., n, k)` for `y` `(n, k)`."""
    return functional.mse_loss(values, _like(y, values))


@LOSSES.register(
    "half-mse", "mean of (y_hat - y)^2 / 2, whose derivative is y_hat - y", tasks=("regression", "reconstruction")
)
def half_mse(values: Tensor, y: Tensor) -> Tensor:
    """Return half the mean squared error of `values` `(..., n, k)` for `y` `(n, k)`."""
    return mse(values, y) / 2


@LOSSES.register("mae", "mean of |y_hat - y|", tasks=("regression",))
def mae(values: Tensor, y: Tensor) -> Tensor:
    """Return the mean absolute error of `values` `(..., n, k)` for `y` `(n, k)`."""
    return functional.l1_loss(values, _like(y, values))


@LOSSES.register("huber", "squared up to 1, absolute beyond", tasks=("regression",))
def huber(values: Tensor, y: Tensor) -> Tensor:
    """Return the mean Huber loss with threshold 1 of `values` `(..., n, k)` for `y` `(n, k)` (Huber 1964)."""
    return functional.huber_loss(values, _like(y, values))


def _like(y: Tensor, outputs: Tensor) -> Tensor:
    return y if y.shape == outputs.shape else y.expand_as(outputs)
