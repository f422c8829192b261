"""Matrix products: by BLAS where they are large, as loops over samples where a call would cost more than they do."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from neurona.compiled.blas import AS_IS, TURNED, sgemm
from neurona.compiled.elementary import ONE, ZERO, F
from neurona.compiled.native import native

Array = NDArray[np.float32]
Bytes = NDArray[np.uint8]
Order = NDArray[np.int64]

# Products of fewer multiplications are loops; over short rows, which keep the vector units waiting, of fewer still.
SMALL, TINY, LONG = 16_000, 1_000, 64
# So many sums over short rows cost as much as a call.
SUMS = 350
TILE = 16


@native
def by_loops(outputs: int, inputs: int, n: int) -> bool:
    """Tell whether `weights x` is to be loops over samples."""
    return outputs * inputs * n <= (SMALL if n >= LONG else TINY)


@native
def affine(weights: Array, bias: Array, x: Array, rows: bool, values: Array) -> None:
    """Compute `values = weights x + bias`.

    Args:
        weights: `(o, d)`.
        bias: `(o,)`, or `(0,)` for none.
        x: `(d, n)`, or with `rows` `(n, d)`.
        rows: whether samples are rows of `x`, which only BLAS takes.
        values: the result, `(o, n)`.
    """
    (outputs, inputs), n = weights.shape, values.shape[1]
    for i in range(outputs):
        row, start = values[i], bias[i] if len(bias) else ZERO
        for j in range(n):
            row[j] = start
    if rows:
        sgemm(TURNED, AS_IS, n, outputs, inputs, ONE, x, inputs, weights, inputs, ONE, values, n)
    elif not by_loops(outputs, inputs, n):
        sgemm(AS_IS, AS_IS, n, outputs, inputs, ONE, x, n, weights, inputs, ONE, values, n)
    else:
        for i in range(outputs):
            row = values[i]
            for k in range(inputs):
                weight, column = weights[i, k], x[k]
                for j in range(n):
                    row[j] += weight * column[j]


@native
def gradients(delta: Array, x: Array, rows: bool, weights: Array, bias: Array, before: F) -> None:
    """Compute `delta x^T`, the gradient of the weights, and the sums of `delta` `(o, n)`, that of the bias.

    Both are added to `before` times what was there, 0 or 1.
    """
    (outputs, inputs), n = weights.shape, delta.shape[1]
    if rows:
        sgemm(AS_IS, AS_IS, inputs, outputs, n, ONE, x, inputs, delta, n, before, weights, inputs)
    elif outputs * inputs * n > SMALL or (n < LONG and outputs * inputs > SUMS):
        sgemm(TURNED, AS_IS, inputs, outputs, n, ONE, x, n, delta, n, before, weights, inputs)
    else:
        for i in range(outputs):
            row = delta[i]
            for k in range(inputs):
                total, column = ZERO, x[k]
                for j in range(n):
                    total += row[j] * column[j]
                weights[i, k] = total + (weights[i, k] if before > ZERO else ZERO)
    for i in range(len(bias)):
        total, row = ZERO, delta[i]
        for j in range(n):
            total += row[j]
        bias[i] = total + (bias[i] if before > ZERO else ZERO)


@native
def back(weights: Array, delta: Array, values: Array) -> None:
    """Compute `values = weights^T delta`: `(o, d)`, `(o, n)` -> `(d, n)`."""
    (outputs, inputs), n = weights.shape, delta.shape[1]
    if not by_loops(outputs, inputs, n):
        sgemm(AS_IS, TURNED, n, inputs, outputs, ONE, delta, n, weights, inputs, ZERO, values, n)
        return
    for k in range(inputs):
        row = values[k]
        for j in range(n):
            row[j] = ZERO
        for i in range(outputs):
            weight, down = weights[i, k], delta[i]
            for j in range(n):
                row[j] += weight * down[j]


@native
def transpose(rows: Array, columns: Array) -> None:
    """Copy `rows` `(n, d)` into `columns` `(d, n)`, tile by tile, so that both stay in the cache."""
    n, d = rows.shape
    for j in range(0, n, TILE):
        for k in range(0, d, TILE):
            for i in range(k, min(k + TILE, d)):
                for m in range(j, min(j + TILE, n)):
                    columns[i, m] = rows[m, i]


@native
def gather(rows: Array, order: Order, columns: Array) -> None:
    """Copy the rows `(m, d)` of these numbers `(n,)` into `columns` `(d, n)`."""
    for j in range(len(order)):
        row = rows[order[j]]
        for i in range(len(row)):
            columns[i, j] = row[i]


@native
def rows_of(x: Array, order: Order, rows: Array) -> None:
    """Copy the rows `(m, d)` of these numbers `(n,)` into `rows` `(n, d)`."""
    for j in range(len(order)):
        row, copy = x[order[j]], rows[j]
        for i in range(len(row)):
            copy[i] = row[i]


@native
def shaded(x: Bytes, shades: Array, begin: int, order: Order, rows: Array) -> None:
    """Copy what the net sees of bytes, `shades` `(256,)`, into `rows` `(n, d)`.

    They are the rows `(m, d)` of the numbers `order`, or where that is empty those from `begin` on.
    """
    for j in range(len(rows)):
        row, copy = x[order[j] if len(order) > 0 else begin + j], rows[j]
        for i in range(len(row)):
            copy[i] = shades[row[i]]
