"""Matrix products: by BLAS where they are large, as loops over samples where a call would cost more than they do.

Few units over many inputs, such as pixels, are a third case: there BLAS leaves much of the processor idle.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from neurona.compiled.blas import AS_IS, TURNED, sgemm
from neurona.compiled.elementary import ONE, ZERO, F
from neurona.compiled.lanes import WIDTH, added, each, read, spread, summed, whole, write
from neurona.compiled.native import has, inlined, native, rounded
from neurona.compiled.views import soon, vector

Array = NDArray[np.float32]
Bytes = NDArray[np.uint8]
Order = NDArray[np.int64]

# Products of at most so many multiplications are computed here, without a call of BLAS; on the way back, of so many.
SMALL, SMALL_BACK = 8_000, 5_000
# So are sums over samples; so many of them over fewer than `LONG` take as long as a call.
SMALL_SUMS, SUMS, LONG = 16_000, 350, 64
TILE = 16
# Samples that lie row by row are multiplied with `FEW` to `MANY` rows of weights, of at least `LENGTH` numbers, faster
# here than by BLAS, while a cache of the second level holds the samples (`NEAR` numbers), on processors of that kind.
FEW, MANY, LENGTH, NEAR, POSSIBLE = 8, 100, 256, 400_000, has("avx512f")
# Rows in another order are asked for so many places ahead, those of few lines of the cache further ahead; of so many
# bytes each.
AHEAD, FAR, FEW_LINES, LINE = 4, 16, 4, 64


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


@inlined
def four_more(row: Any, samples: Any, sums: Any) -> Any:
    """Return four sums, to each of which the product of a row with one of four samples is added, lane by lane."""
    return (
        added(row, samples[0], sums[0]), added(row, samples[1], sums[1]),
        added(row, samples[2], sums[2]), added(row, samples[3], sums[3]),
    )  # fmt: skip


@native
def inner(weights: Array, bias: Array, x: Array, values: Array) -> None:
    """Compute `values[i, j] = bias[i] + sum of weights[i, k] x[j, k]`, five rows by four samples at once.

    Their twenty sums and what is added to them fill the registers of a processor with 32 wide ones.

    Args:
        weights: `(o, d)`, `d` a multiple of sixteen.
        bias: `(o,)`, or `(0,)` for none.
        x: `(n, d)`, of at least four samples.
        values: the result, `(o, n)`.
    """
    (outputs, inputs), n, last = weights.shape, len(x), len(weights) - 1
    zero = spread(ZERO)
    for i in range(0, outputs, 5):
        i1, i2, i3, i4 = min(i + 1, last), min(i + 2, last), min(i + 3, last), min(i + 4, last)
        for start in range(0, n, 4):
            j = min(start, n - 4)
            a = b = c = d = e = (zero, zero, zero, zero)
            for k in range(0, inputs, WIDTH):
                samples = (whole(x, j, k), whole(x, j + 1, k), whole(x, j + 2, k), whole(x, j + 3, k))
                a, b = four_more(whole(weights, i, k), samples, a), four_more(whole(weights, i1, k), samples, b)
                c, d = four_more(whole(weights, i2, k), samples, c), four_more(whole(weights, i3, k), samples, d)
                e = four_more(whole(weights, i4, k), samples, e)
            summed(values, i, j, a)
            summed(values, i1, j, b)
            summed(values, i2, j, c)
            summed(values, i3, j, d)
            summed(values, i4, j, e)
    for i in range(len(bias)):
        row, start = values[i], bias[i]
        for j in range(n):
            row[j] += start


@native
def is_inner(outputs: int, inputs: int, n: int) -> bool:
    """Tell whether `inner` can compute a product of so many rows with so many samples, and is faster than BLAS."""
    whole_lanes = inputs % WIDTH == 0 and n >= 4
    return POSSIBLE and whole_lanes and FEW <= outputs <= MANY and inputs >= LENGTH and inputs * n <= NEAR


@native
def affine(weights: Array, bias: Array, x: Array, rows: bool, values: Array) -> None:
    """Compute `values = weights x + bias`.

    Args:
        weights: `(o, d)`.
        bias: `(o,)`, or `(0,)` for none.
        x: `(d, n)`, or with `rows` `(n, d)`.
        rows: whether samples are rows of `x`, which large products take.
        values: the result, `(o, n)`.
    """
    (outputs, inputs), n = weights.shape, values.shape[1]
    if not rows and outputs * inputs * n <= SMALL:
        added_up(vector(weights, 0, weights.size), 0, inputs, 1, bias, x, values)
        return
    if rows and is_inner(outputs, inputs, n):
        inner(weights, bias, x, values)
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
def ahead(x: Array | Bytes, order: Order, j: int, width: int) -> None:
    """Ask for a row some places behind the j-th, numbers of so many bytes: no processor expects it where it lies."""
    places = AHEAD if x.shape[1] * width > FEW_LINES * LINE else FAR
    if j + places < len(order):
        for i in range(0, x.shape[1], LINE // width):
            soon(x, order[j + places], i)


@native
def gather(rows: Array, order: Order, first: int, columns: Array) -> None:
    """Copy what stands from the `first` number on in the rows `(m, k)` of these places into `columns` `(d, n)`."""
    for j in range(len(order)):
        ahead(rows, order, j, 4)
        row = rows[order[j]]
        for i in range(len(columns)):
            columns[i, j] = row[first + i]


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
