"""Matrices in a vector: views without a copy, a count of references, or a call."""

from __future__ import annotations

from typing import Any

from numba import types
from numba.extending import intrinsic
from numba.np import arrayobj

arrays: Any = arrayobj


def _matrix(typing: Any, numbers: Any, start: Any, rows: Any, columns: Any) -> Any:
    """Return the part of the vector `numbers` from `start` on as a matrix; the vector must outlive it."""
    made = types.Array(numbers.dtype, 2, "C")

    def generate(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        vector, start, rows, columns = values
        data = context.make_array(signature.args[0])(context, builder, vector).data
        size = context.get_constant(types.intp, numbers.dtype.bitwidth // 8)
        result = context.make_array(made)(context, builder)
        arrays.populate_array(
            result,
            data=builder.gep(data, [start]),
            shape=(rows, columns),
            strides=(builder.mul(columns, size), size),
            itemsize=size,
            meminfo=None,
        )
        return result._getvalue()

    return made(numbers, types.intp, types.intp, types.intp), generate


# NumPy's reshape costs more than what a step does with a small layer.
matrix: Any = intrinsic(_matrix)
