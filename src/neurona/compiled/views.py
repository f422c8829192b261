"""Matrices in a vector: views without a copy, a count of references, or a call; and what will be read soon."""

from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

from neurona.compiled.native import array_at

tools: Any = cgutils
BYTES = ir.IntType(8).as_pointer()
WORD = ir.IntType(32)


def _part(dimensions: int) -> Any:
    """Return what makes the part of a vector from `start` on, of the shape given, that must not outlive the vector."""

    def typed(numbers: Any, start: Any, shape: tuple[Any, ...]) -> Any:
        made = types.Array(numbers.dtype, dimensions, "C")

        def generate(context: Any, builder: Any, signature: Any, values: Any) -> Any:
            vector, start, *shape = values
            data = context.make_array(signature.args[0])(context, builder, vector).data
            return array_at(context, builder, made, builder.gep(data, [start]), shape)

        return made(numbers, types.intp, *[types.intp] * dimensions), generate

    return typed


def address(context: Any, builder: Any, kind: Any, numbers: Any, row: Any, column: Any) -> Any:
    """Return where a number of a matrix of this type lies, while the code for it is made."""
    matrix = context.make_array(kind)(context, builder, numbers)
    columns = builder.extract_value(matrix.shape, 1)
    return builder.gep(matrix.data, [builder.add(builder.mul(row, columns), column)])


def _vector(typing: Any, numbers: Any, start: Any, size: Any) -> Any:
    """Return `size` numbers of the vector `numbers` from `start` on."""
    return _part(1)(numbers, start, (size,))


def _matrix(typing: Any, numbers: Any, start: Any, rows: Any, columns: Any) -> Any:
    """Return the numbers of the vector `numbers` from `start` on as a matrix."""
    return _part(2)(numbers, start, (rows, columns))


def _soon(typing: Any, numbers: Any, row: Any, column: Any) -> Any:
    """Ask for the part of a row of the matrix `numbers` that a line of the cache holds from this column on."""

    def generate(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        place = address(context, builder, signature.args[0], *values)
        form = ir.FunctionType(ir.VoidType(), [BYTES, WORD, WORD, WORD])
        ask = tools.get_or_insert_function(builder.module, form, "llvm.prefetch.p0")
        builder.call(ask, [builder.bitcast(place, BYTES), WORD(0), WORD(2), WORD(1)])  # to read, into the second level
        return context.get_dummy_value()

    return types.void(numbers, types.intp, types.intp), generate


# NumPy's slices and reshape cost more than what a step does with a small layer.
vector: Any = intrinsic(_vector)
matrix: Any = intrinsic(_matrix)
soon: Any = intrinsic(_soon)
