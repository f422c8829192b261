"""Losses, each with its derivative beside it, over outputs that lie as units by samples."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from neurona.compiled.elementary import HALF, ONE, TWO, ZERO, F, exp, log1p
from neurona.compiled.native import exact, native

Array = NDArray[np.float32]
Pair = tuple[F, F]


@exact
def binary_cross_entropy(a: F, y: F) -> Pair:
    """Return `max(a, 0) - a y + log(1 + e^-|a|)` and `sigmoid(a) - y`."""
    size = -a if a < ZERO else a
    z = exp(-size)
    p = (ONE if a >= ZERO else z) / (ONE + z)
    return (ZERO if a < ZERO else a) - a * y + log1p(z), p - y


@exact
def perceptron(a: F, y: F) -> Pair:
    """Return `(step(a) - y) a` and `step(a) - y`."""
    wrong = (ONE if a >= ZERO else a * ZERO) - y
    return wrong * a, wrong


@exact
def mse(a: F, y: F) -> Pair:
    """Return `(a - y)^2` and `2 (a - y)`."""
    error = a - y
    return error * error, TWO * error


@exact
def half_mse(a: F, y: F) -> Pair:
    """Return `(a - y)^2 / 2` and `a - y`."""
    error = a - y
    return HALF * error * error, error


@exact
def mae(a: F, y: F) -> Pair:
    """Return `|a - y|` and the sign of `a - y`."""
    error = a - y
    return (-error if error < ZERO else error), (ONE if error > ZERO else (-ONE if error < ZERO else error))


@exact
def huber(a: F, y: F) -> Pair:
    """Return `(a - y)^2 / 2`, beyond 1 `|a - y| - 1/2`, and `a - y`, at most 1 in size (Huber 1964)."""
    error = a - y
    size = -error if error < ZERO else error
    slope = ONE if error > ONE else (-ONE if error < -ONE else error)
    return (size - HALF if size > ONE else HALF * error * error), slope


def _over(function: Callable[[F, F], Pair]) -> Callable[[Array, Array, F], float]:
    """Return the sum of `function` over outputs, which become its derivatives times `share`."""

    @native
    def loop(outputs: Array, y: Array, share: F) -> float:
        total = 0.0
        for i in range(outputs.shape[0]):
            row, wanted, part = outputs[i], y[i], ZERO
            for j in range(outputs.shape[1]):
                loss, slope = function(row[j], wanted[j])
                part += loss
                row[j] = slope * share
            total += float(part)
        return total

    return loop


_binary_cross_entropy, _perceptron = _over(binary_cross_entropy), _over(perceptron)
_mse, _half_mse, _mae, _huber = _over(mse), _over(half_mse), _over(mae), _over(huber)


@native
def cross_entropy(logits: Array, y: Array, share: F, top: Array, total: Array) -> float:
    """Return the sum of `-log softmax(logits)[y]`; logits become `(softmax - one hot y) * share`.

    Args:
        logits: `(k, n)`.
        y: class numbers, `(1, n)`.
        share: what a sample counts.
        top: room for `n` numbers.
        total: room for `n` numbers.
    """
    classes, n = logits.shape
    label = y[0]
    for j in range(n):
        top[j], total[j] = logits[0, j], ZERO
    for i in range(1, classes):
        row = logits[i]
        for j in range(n):
            top[j] = row[j] if row[j] > top[j] else top[j]
    chosen = 0.0
    for i in range(classes):
        row, part, number = logits[i], ZERO, F(i)
        for j in range(n):
            z = row[j] - top[j]
            part += z if label[j] == number else ZERO
            row[j] = exp(z)
            total[j] += row[j]
        chosen += float(part)
    part = ZERO
    for j in range(n):
        part += log1p(total[j] - ONE)
        total[j] = share / total[j]
    for i in range(classes):
        row, number = logits[i], F(i)
        for j in range(n):
            row[j] = row[j] * total[j] - (share if label[j] == number else ZERO)
    return float(part) - chosen


@native
def lost(number: int, outputs: Array, y: Array, share: F, top: Array, total: Array) -> float:
    """Return the sum of the loss with this place in `LOSSES`; outputs `(k, n)` become its derivatives times `share`."""
    if number == 0:
        return cross_entropy(outputs, y, share, top, total)
    if number == 1:
        return _binary_cross_entropy(outputs, y, share)
    if number == 2:
        return _perceptron(outputs, y, share)
    if number == 3:
        return _mse(outputs, y, share)
    if number == 4:
        return _half_mse(outputs, y, share)
    if number == 5:
        return _mae(outputs, y, share)
    return _huber(outputs, y, share)
