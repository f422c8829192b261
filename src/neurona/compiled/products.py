"""Matrix products: by BLAS where they are large, as loops over samples where a call would cost more than they do."""

from __future__ import annotations

import ctypes
from pathlib import Path
from typing import Any

import llvmlite.binding
import numpy as np
from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import get_cython_function_address, intrinsic
from numpy.typing import NDArray

from neurona.compiled.elementary import ONE, ZERO
from neurona.compiled.native import native

Array = NDArray[np.float32]

# Products of fewer multiplications are loops.
SMALL = 16_000
TILE = 16
SYMBOL = "neurona_sgemm"


def use_blas(library: Path | None = None) -> str:
    """Let products call `sgemm` of a shared library, or of SciPy's BLAS where that has none; return whose it is.

    Args:
        library: for instance PyTorch's, whose MKL keeps to the number of threads that PyTorch is told.
    """
    try:
        address = ctypes.cast(ctypes.CDLL(str(library)).sgemm_, ctypes.c_void_p).value
        owner = library.name if library else ""
    except (OSError, AttributeError):
        address, owner = get_cython_function_address("scipy.linalg.cython_blas", "sgemm"), "scipy"
    llvmlite.binding.add_symbol(SYMBOL, address)
    return owner


@intrinsic
def sgemm(context: Any, ta: Any, tb: Any, m: Any, n: Any, k: Any, a: Any, lda: Any, b: Any, ldb: Any, beta: Any, c: Any, ldc: Any) -> Any:  # fmt: skip # noqa: E501
    """Call BLAS: `C = op(A) op(B) + beta C`, columns first; `ta` and `tb` are the letters N or T as numbers."""
    arguments = (ta, tb, m, n, k, a, lda, b, ldb, beta, c, ldc)
    whole, pointer = ir.IntType(32), ir.IntType(8).as_pointer()

    def generate(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        def held(value: Any) -> Any:
            place = cgutils.alloca_once_value(builder, value)
            return builder.bitcast(place, pointer)

        def number(value: Any) -> Any:
            return held(builder.trunc(value, whole))

        def data(array: int) -> Any:
            made = context.make_array(signature.args[array])(context, builder, values[array])
            return builder.bitcast(made.data, pointer)

        one = held(ir.Constant(ir.FloatType(), 1.0))
        passed = [number(v) for v in values[:5]]
        passed += [one, data(5), number(values[6]), data(7), number(values[8]), held(values[9]), data(10), number(values[11])]
        kind = ir.FunctionType(ir.VoidType(), [pointer] * 13)
        builder.call(cgutils.get_or_insert_function(builder.module, kind, SYMBOL), passed)
        return context.get_dummy_value()

    integers = {0, 1, 2, 3, 4, 6, 8, 11}
    typed = [types.int64 if i in integers else argument for i, argument in enumerate(arguments)]
    return types.void(*typed), generate


N, T = ord("N"), ord("T")


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
        sgemm(T, N, n, outputs, inputs, x, inputs, weights, inputs, ONE, values, n)
    elif outputs * inputs * n > SMALL:
        sgemm(N, N, n, outputs, inputs, x, n, weights, inputs, ONE, values, n)
    else:
        for i in range(outputs):
            row = values[i]
            for k in range(inputs):
                weight, column = weights[i, k], x[k]
                for j in range(n):
                    row[j] += weight * column[j]


@native
def add_gradients(delta: Array, x: Array, rows: bool, weights: Array, bias: Array) -> None:
    """Add `delta x^T` to the gradient of the weights, and the sums of `delta` `(o, n)` to that of the bias."""
    (outputs, inputs), n = weights.shape, delta.shape[1]
    if rows:
        sgemm(N, N, inputs, outputs, n, x, inputs, delta, n, ONE, weights, inputs)
    elif outputs * inputs * n > SMALL:
        sgemm(T, N, inputs, outputs, n, x, n, delta, n, ONE, weights, inputs)
    else:
        for i in range(outputs):
            row = delta[i]
            for k in range(inputs):
                total, column = ZERO, x[k]
                for j in range(n):
                    total += row[j] * column[j]
                weights[i, k] += total
    for i in range(len(bias)):
        total, row = ZERO, delta[i]
        for j in range(n):
            total += row[j]
        bias[i] += total


@native
def back(weights: Array, delta: Array, values: Array) -> None:
    """Compute `values = weights^T delta`: `(o, d)`, `(o, n)` -> `(d, n)`."""
    (outputs, inputs), n = weights.shape, delta.shape[1]
    if outputs * inputs * n > SMALL:
        sgemm(N, T, n, inputs, outputs, delta, n, weights, inputs, ZERO, values, n)
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
