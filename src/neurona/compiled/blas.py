"""BLAS from native code: `sgemm` of whichever library is at hand."""

from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

from neurona.compiled.code import BLAS

BYTES = ir.IntType(8).as_pointer()
# Letters that tell BLAS to take a matrix as it is, or turned over.
AS_IS, TURNED = ord("N"), ord("T")

tools: Any = cgutils


def _sgemm(
    typing: Any, ta: Any, tb: Any, m: Any, n: Any, k: Any, alpha: Any, a: Any, lda: Any, b: Any, ldb: Any, beta: Any,
    c: Any, ldc: Any,
) -> Any:  # fmt: skip
    """Compute `C = alpha op(A) op(B) + beta C` in float32, matrices lying column by column, as BLAS defines it."""
    arguments = (ta, tb, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc)
    typed = [types.int64 if isinstance(kind, types.Integer) else kind for kind in arguments]

    def generate(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        """Pass everything by reference, whole numbers as 32 bits, as Fortran has it."""
        passed = []
        for kind, value in zip(signature.args, values, strict=True):
            if isinstance(kind, types.Array):
                place = context.make_array(kind)(context, builder, value).data
            elif isinstance(kind, types.Integer):
                place = tools.alloca_once_value(builder, builder.trunc(value, ir.IntType(32)))
            else:
                place = tools.alloca_once_value(builder, value)
            passed.append(builder.bitcast(place, BYTES))
        form = ir.FunctionType(ir.VoidType(), [BYTES] * len(passed))
        builder.call(tools.get_or_insert_function(builder.module, form, BLAS), passed)
        return context.get_dummy_value()

    return types.void(*typed), generate


sgemm: Any = intrinsic(_sgemm)
