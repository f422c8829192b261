"""Arrays as text: small ones as they are, large ones as a summary."""

from __future__ import annotations

import sys
from typing import Any

import numpy as np

from neurona.explain.formula import number
from neurona.explain.graph import Array
from neurona.language import _

INLINE = 8


def text(array: Array, full: bool = False, most: int = INLINE) -> str:
    """Return a number or an array in words.

    Args:
        array: of any shape.
        full: write each number of a large array too.
        most: numbers of an array that is not large.
    """
    if array.size == 1:
        return str(array.item()) if array.dtype.kind in "iu" else number(array.item())
    if full or array.size <= most:
        return _written(array)
    words = _("{shape}: mean {mean}, min {low}, max {high}")
    numbers = {
        name: number(value, 4) for name, value in (("mean", array.mean()), ("low", array.min()), ("high", array.max()))
    }
    return words.format(shape=shape(array), **numbers)


def shape(array: Array) -> str:
    """Return the shape of an array: "3 × 4"."""
    return " × ".join(map(str, array.shape))


def _written(array: Array) -> str:
    column = array.ndim == 2 and array.shape[1] == 1
    transposed = array[:, 0] if column else array
    formatter: Any = {"float_kind": number}  # NumPy's stubs take any other kind too
    written = np.array2string(
        transposed, separator=", ", threshold=sys.maxsize, max_line_width=100, formatter=formatter
    )
    return f"{written}^T" if column else written
