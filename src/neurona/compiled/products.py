"""Matrix products: by BLAS where they are large, as loops over samples where a call would cost more than they do."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from neurona.compiled.blas import AS_IS, TURNED, sgemm
from neurona.compiled.elementary import ONE, ZERO, F
from neurona.compiled.lanes import WIDTH, added, each, read, spread, write
from neurona.compiled.native import inlined, native, rounded
from neurona.compiled.views import soon, vector

Array = NDArray[np.float32]
Bytes = NDArray[np.uint8]
Order = NDArray[np.int64]

# Products of at most so many multiplications are computed here, without a call of BLAS; on the way back, of so many.
SMALL, SMALL_BACK = 8_000, 5_000
# So are sums over samples; so many of them over fewer than `LONG` take as long as a call.
SMALL_SUMS, SUMS, LONG = 16_000, 350, 64
TILE = 16
# Rows in another order are asked for so many places ahead, a line of the cache, of so many bytes, at a time.
AHEAD, LINE = 4, 64


@inlined
def added_up(w: Array, start: int, down: int, along: int, bias: Array, x: Array, values: Array) -> None:
    """Compute `values[i] = bias[i] + sum of w[start + down i + along k] x[k]`, four rows and sixteen samples at once.

    Args:
        w: a vector.
        start: where the first factor stands.
        down: how many places further that of the next row of the result stands.
        along: how many places further that of the next row of `x` stands.
        bias: `(o,)`, or `(0,)` for none.
        x: `(d, n)`.
        values: the result, `(o, n)`.
    """
    outputs, n = values.shape
    for i in range(0, outputs, 4):
        i1, i2, i3 = min(i + 1, outputs - 1), min(i + 2, outputs - 1), min(i + 3, outputs - 1)
        p, p1, p2, p3 = start + down * i, start + down * i1, start + down * i2, start + down * i3
        for j in range(0, n, WIDTH):
            left = n - j
            a = b = c = d = spread(ZERO)
            if len(bias) > 0:
                a, b, c, d = each(bias, i), each(bias, i1), each(bias, i2), each(bias, i3)
            for k in range(len(x)):
                row, at = read(x, k, j, left), along * k
                a, b = added(each(w, p + at), row, a), added(each(w, p1 + at), row, b)
                c, d = added(each(w, p2 + at), row, c), added(each(w, p3 + at), row, d)
            write(values, i, j, left, a)
            write(values, i1, j, left, b)
            write(values, i2, j, left, c)
            write(values, i3, j, left, d)


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
    if not rows and outputs * inputs * n <= SMALL:
        added_up(vector(weights, 0, weights.size), 0, inputs, 1, bias, x, values)
        return
    for i in range(outputs):
        row, start = values[i], bias[i] if len(bias) else ZERO
        for j in range(n):
            row[j] = start
    if rows:
        sgemm(TURNED, AS_IS, n, outputs, inputs, ONE, x, inputs, weights, inputs, ONE, values, n)
    else:
        sgemm(AS_IS, AS_IS, n, outputs, inputs, ONE, x, n, weights, inputs, ONE, values, n)


@native
def gradients(delta: Array, x: Array, rows: bool, factor: F, weights: Array, bias: Array, before: F) -> None:
    """Compute `delta x^T`, the gradient of the weights, and the sums of `delta` `(o, n)`, that of the bias.

    Both are added, `factor` times, to `before` times what was there, 0 or 1.
    """
    (outputs, inputs), n = weights.shape, delta.shape[1]
    if rows:
        sgemm(AS_IS, AS_IS, inputs, outputs, n, factor, x, inputs, delta, n, before, weights, inputs)
    elif outputs * inputs * n > SMALL_SUMS or (n < LONG and outputs * inputs > SUMS):
        sgemm(TURNED, AS_IS, inputs, outputs, n, factor, x, n, delta, n, before, weights, inputs)
    else:
        for i in range(outputs):
            row = delta[i]
            for k in range(inputs):
                total, column = ZERO, x[k]
                for j in range(n):
                    total += row[j] * column[j]
                weights[i, k] = factor * total + (weights[i, k] if before > ZERO else ZERO)
    for i in range(len(bias)):
        total, row = ZERO, delta[i]
        for j in range(n):
            total += row[j]
        bias[i] = factor * total + (bias[i] if before > ZERO else ZERO)


@native
def back(weights: Array, delta: Array, first: int, values: Array) -> None:
    """Compute `w^T delta`, `(c, n)`, of `delta` `(o, n)` and columns `w` of the weights `(o, d)`, from `first` on."""
    (outputs, inputs), (columns, n) = weights.shape, values.shape
    if columns * outputs * n <= SMALL_BACK:
        added_up(vector(weights, 0, weights.size), first, 1, inputs, vector(weights, 0, 0), delta, values)
        return
    begun = vector(weights, first, 1)
    sgemm(AS_IS, TURNED, n, columns, outputs, ONE, delta, n, begun, inputs, ZERO, values, n)


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
