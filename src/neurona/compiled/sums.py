"""The sums that metrics are made of (see `neurona.tasks`), over outputs that lie as units by samples."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from neurona.compiled.elementary import HALF, ONE, ZERO, F, sigmoid
from neurona.compiled.native import native

Array = NDArray[np.float32]
Sums = NDArray[np.float64]

# From this place on a sum is over each output by itself.
APART = 4


@native
def right_classes(logits: Array, y: Array, top: Array, best: Array, sums: Sums) -> None:
    """Add how many samples have their largest output at the class `y`, `(1, n)`."""
    classes, n = logits.shape
    for j in range(n):
        top[j], best[j] = logits[0, j], ZERO
    for i in range(1, classes):
        row, number = logits[i], F(i)
        for j in range(n):
            higher = row[j] > top[j]
            top[j] = row[j] if higher else top[j]
            best[j] = number if higher else best[j]
    right = ZERO
    for j in range(n):
        right += ONE if best[j] == y[0, j] else ZERO
    sums[0] += right


@native
def right_answers(logits: Array, y: Array, sums: Sums) -> None:
    """Add how many outputs are on the side of 0 that `y` is of 1/2."""
    right = ZERO
    for j in range(logits.shape[1]):
        right += ONE if (logits[0, j] >= ZERO) == (y[0, j] > HALF) else ZERO
    sums[0] += right


@native
def right_labels(logits: Array, y: Array, sums: Sums) -> None:
    """Add the share of right labels, whether all are, and the shares of true ones among the top one and three."""
    labels, n = logits.shape
    for j in range(n):
        right = 0
        first = second = third = 0
        for i in range(labels):
            right += (logits[i, j] >= ZERO) == (y[i, j] > HALF)
            if i == 0 or logits[i, j] > logits[first, j]:
                first, second, third = i, first, second
            elif i == 1 or logits[i, j] > logits[second, j]:
                second, third = i, second
            elif i == 2 or logits[i, j] > logits[third, j]:
                third = i
        sums[0] += right / labels
        sums[1] += right == labels
        sums[2] += y[first, j]
        if labels >= 3:
            sums[3] += (y[first, j] + y[second, j] + y[third, j]) / 3.0


@native
def errors(values: Array, y: Array, sums: Sums) -> None:
    """Add |error|, error^2, y and y^2 of each target."""
    targets, n = values.shape
    for i in range(targets):
        absolute = squared = total = squares = ZERO
        for j in range(n):
            error = values[i, j] - y[i, j]
            absolute += abs(error)
            squared += error * error
            total += y[i, j]
            squares += y[i, j] * y[i, j]
        sums[i] += absolute
        sums[targets + i] += squared
        sums[2 * targets + i] += total
        sums[3 * targets + i] += squares


@native
def squares(outputs: Array, y: Array, each: int, logits: bool, sums: Sums) -> None:
    """Add error^2, the mean over the `each` numbers of a sample, of which these may be some."""
    total = 0.0
    for i in range(outputs.shape[0]):
        part = ZERO
        for j in range(outputs.shape[1]):
            error = (sigmoid(outputs[i, j]) if logits else outputs[i, j]) - y[i, j]
            part += error * error
        total += float(part)
    sums[0] += total / each


@native
def add(number: int, outputs: Array, y: Array, each: int, top: Array, best: Array, sums: Sums) -> None:
    """Add the sums of the task with this place in `call.TASKS`, of outputs `(k, n)`; see `squares` for `each`."""
    if number == 0:
        right_classes(outputs, y, top, best, sums)
    elif number == 1:
        right_answers(outputs, y, sums)
    elif number == 2:
        right_labels(outputs, y, sums)
    elif number == 3:
        errors(outputs, y, sums)
    else:
        squares(outputs, y, each, number == 5, sums)
