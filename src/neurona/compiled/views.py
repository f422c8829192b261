"""Matrices in a vector: views without a copy, a count of references, or a call."""

from __future__ import annotations

from typing import Any

from numba import types
from numba.extending import intrinsic
from numba.np import arrayobj

arrays: Any = arrayobj


def _part(dimensions: int) -> Any:
    """Return what makes the part of a vector from `start` on, of the shape given, that must not outlive the vector."""

    def typed(numbers: Any, start: Any, shape: tuple[Any, ...]) -> Any:
        made = types.Array(numbers.dtype, dimensions, "C")

        def generate(context: Any, builder: Any, signature: Any, values: Any) -> Any:
            vector, start, *shape = values
            data = context.make_array(signature.args[0])(context, builder, vector).data
            strides = [context.get_constant(types.intp, numbers.dtype.bitwidth // 8)]
            for size in reversed(shape[1:]):
                strides.insert(0, builder.mul(size, strides[0]))
            result = context.make_array(made)(context, builder)
            arrays.populate_array(
                result,
                data=builder.gep(data, [start]),
                shape=shape,
                strides=strides,
                itemsize=strides[-1],
                meminfo=None,
            )
            return result._getvalue()

        return made(numbers, types.intp, *[types.intp] * dimensions), generate

    return typed


def _vector(typing: Any, numbers: Any, start: Any, size: Any) -> Any:
    """Return `size` numbers of the vector `numbers` from `start` on."""
    return _part(1)(numbers, start, (size,))


def _matrix(typing: Any, numbers: Any, start: Any, rows: Any, columns: Any) -> Any:
    """Return the numbers of the vector `numbers` from `start` on as a matrix."""
    return _part(2)(numbers, start, (rows, columns))


# NumPy's slices and reshape cost more than what a step does with a small layer.
vector: Any = intrinsic(_vector)
matrix: Any = intrinsic(_matrix)
