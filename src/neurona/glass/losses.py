"""Softmax and losses, under PyTorch's names; `reduction` is "mean", "sum", or "none" for one number each."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from neurona.glass.errors import ShapeError
from neurona.glass.functions import exp, log, maximum, softplus
from neurona.glass.maps import mean_over, reshape, sum_over
from neurona.glass.node import Array, array_of
from neurona.glass.primitives import elementwise, general, linear_map

REDUCTIONS: dict[str, Callable[[Any], Any]] = {"mean": mean_over, "sum": sum_over, "none": lambda losses: losses}


def _log_softmax(x: Array, dim: int) -> Any:
    x = x - np.maximum.reduce(x, dim, keepdims=True)  # the largest power is 1: nothing overflows
    return x - np.log(np.add.reduce(np.exp(x), dim, keepdims=True))


def _total(x: Any, dim: int) -> Any:
    return sum_over(x, dim=dim, keepdim=True)


def _pick(x: Array, target: Array, scale: float | None) -> Any:
    picked = x[np.arange(len(target)), target]
    return -picked if scale is None else np.add.reduce(picked) * -scale


def _pick_adjoint(g: Any, x: Any, target: Array, scale: float | None) -> Any:
    weights = np.zeros(x.shape, x.dtype)
    weights[np.arange(len(target)), target] = -1 if scale is None else -scale
    return (reshape(g, shape=(-1, 1)) if scale is None else g) * weights


def _log(p: Array) -> Any:
    return np.log(np.maximum(p, math.exp(-100)))  # stops at -100, as PyTorch's


_log_softmax_primitive = general(
    "log_softmax",
    _log_softmax,
    vjps=(lambda g, x, y, dim: g - exp(y) * _total(g, dim),),
    jvps=(lambda t, x, y, dim: t - _total(exp(y) * t, dim),),
)
_nll = linear_map("nll_loss", _pick, _pick_adjoint)
_binary_cross_entropy = elementwise(
    "binary_cross_entropy",
    lambda p, y: -y * _log(p) - (1 - y) * _log(1 - p),
    lambda p, y, loss: (p - y) / maximum(p * (1 - p), 1e-12),
    lambda p, y, loss: log(1 - p) - log(p),
)


def log_softmax(x: Any, dim: int = -1) -> Any:
    """Return the logarithm of `softmax`."""
    return _log_softmax_primitive(x, dim=dim)


def softmax(x: Any, dim: int = -1) -> Any:
    """Return `exp(x)` divided by its sum along `dim`."""
    return exp(log_softmax(x, dim))


def nll_loss(log_probabilities: Any, target: Any, reduction: str = "mean") -> Any:
    """Return minus the logarithm, one of `(n, classes)`, that belongs to the class `target (n,)` of each sample.

    A `ShapeError` if the shapes do not fit or a class has no column.
    """
    target, (n, classes) = np.array(array_of(target)), log_probabilities.shape
    if target.shape != (n,) or (n and not 0 <= np.minimum.reduce(target) <= np.maximum.reduce(target) < classes):
        what = f"of shape {target.shape}" + f", from {target.min()} to {target.max()}" * bool(target.size)
        raise ShapeError(f"{n} samples of {classes} classes need {n} targets from 0 to {classes - 1}, not {what}.")
    return _nll(log_probabilities, target=target, scale={"mean": 1 / max(n, 1), "sum": 1, "none": None}[reduction])


def cross_entropy(logits: Any, target: Any, reduction: str = "mean") -> Any:
    """Return minus the logarithm of the softmax of `logits (n, classes)` at the class `target (n,)`; see `nll_loss`."""
    return nll_loss(log_softmax(logits, 1), target, reduction)


def _paired(loss: Callable[[Any, Any], Any]) -> Callable[..., Any]:
    def reduced(x: Any, target: Any, reduction: str = "mean") -> Any:
        if x.shape != target.shape:
            raise ShapeError(f"Outputs of shape {x.shape} and targets of shape {target.shape} must have the same.")
        return REDUCTIONS[reduction](loss(x, target))

    return reduced


mse_loss = _paired(lambda x, y: (x - y) ** 2)
binary_cross_entropy = _paired(_binary_cross_entropy)  # of probabilities: -y log p - (1 - y) log (1 - p)
binary_cross_entropy_with_logits = _paired(lambda x, y: softplus(x) - x * y)  # the same of sigmoid(x), and stable
