"""Matrix products: by BLAS where they are large, as loops over samples where a call would cost more than they do."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from neurona.compiled.blas import AS_IS, TURNED, sgemm
from neurona.compiled.elementary import ONE, ZERO, F
from neurona.compiled.native import native, rounded
from neurona.compiled.views import soon, vector

Array = NDArray[np.float32]
Bytes = NDArray[np.uint8]
Order = NDArray[np.int64]

# Products of fewer multiplications are loops; over short rows, which keep the vector units waiting, of fewer still.
SMALL, TINY, LONG = 16_000, 1_000, 64
# So many sums over short rows cost as much as a call.
SUMS = 350
TILE = 16
# Rows in another order are asked for so many places ahead, a line of the cache, of so many bytes, at a time.
AHEAD, LINE = 4, 64


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
def back(weights: Array, delta: Array, first: int, values: Array) -> None:
    """Compute `w^T delta`, `(c, n)`, of `delta` `(o, n)` and columns `w` of the weights `(o, d)`, from `first` on."""
    (outputs, inputs), (columns, n) = weights.shape, values.shape
    if not by_loops(outputs, columns, n):
        begun = vector(weights, first, 1)
        sgemm(AS_IS, TURNED, n, columns, outputs, ONE, delta, n, begun, inputs, ZERO, values, n)
        return
    for k in range(columns):
        row = values[k]
        for j in range(n):
            row[j] = ZERO
        for i in range(outputs):
            weight, down = weights[i, first + k], delta[i]
            for j in range(n):
                row[j] += weight * down[j]


@native
def transpose(rows: Array, first: int, columns: Array) -> None:
    """Copy what stands from the `first` number on in `rows` `(n, k)` into `columns` `(d, n)`, tile by tile."""
    d, n = columns.shape
    for j in range(0, n, TILE):
        for k in range(0, d, TILE):
            for i in range(k, min(k + TILE, d)):
                for m in range(j, min(j + TILE, n)):
                    columns[i, m] = rows[m, first + i]


@native
def gather(rows: Array, order: Order, first: int, columns: Array) -> None:
    """Copy what stands from the `first` number on in the rows `(m, k)` of these places into `columns` `(d, n)`."""
    for j in range(len(order)):
        row = rows[order[j]]
        for i in range(len(columns)):
            columns[i, j] = row[first + i]


@native
def ahead(x: Array | Bytes, order: Order, j: int, width: int) -> None:
    """Ask for the row some places behind the j-th, numbers of so many bytes: no processor expects it where it lies."""
    if j + AHEAD < len(order):
        for i in range(0, x.shape[1], LINE // width):
            soon(x, order[j + AHEAD], i)


@native
def rows_of(x: Array, order: Order, rows: Array) -> None:
    """Copy the rows `(m, d)` of these numbers `(n,)` into `rows` `(n, d)`."""
    for j in range(len(order)):
        ahead(x, order, j, 4)
        row, copy = x[order[j]], rows[j]
        for i in range(len(row)):
            copy[i] = row[i]


@rounded
def shaded(x: Bytes, line: Array, begin: int, order: Order, rows: Array) -> None:
    """Copy what the net sees of bytes, `line[0] byte + line[1]`, into `rows` `(n, d)`.

    They are the rows `(m, d)` of the numbers `order`, or where that is empty those from `begin` on.
    """
    scale, shift = line
    for j in range(len(rows)):
        ahead(x, order, j, 1)
        row, copy = x[order[j] if len(order) > 0 else begin + j], rows[j]
        for i in range(len(row)):
            copy[i] = F(row[i]) * scale + shift
