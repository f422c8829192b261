"""Sixteen numbers that are computed at once, where a compiler makes nothing fast of a loop over them."""

from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic, models, register_model

from neurona.compiled.native import LOOSE
from neurona.compiled.views import address

tools: Any = cgutils
WIDTH, FLAGS = 16, tuple(sorted(LOOSE))
FLOAT, INDEX = ir.FloatType(), ir.IntType(32)
VECTOR, PLACES, MASK = (ir.VectorType(part, WIDTH) for part in (FLOAT, INDEX, ir.IntType(1)))
FOUR = ir.VectorType(FLOAT, 4)


class Lanes(types.Type):
    """The type of sixteen numbers of float32."""


lanes = Lanes("lanes")


@register_model(Lanes)
class _Model(models.PrimitiveModel):
    def __init__(self, manager: Any, kind: Any) -> None:
        super().__init__(manager, kind, VECTOR)  # type: ignore[no-untyped-call]


def _all(builder: Any, value: Any, form: Any) -> Any:
    """Return a vector each of whose numbers is `value`."""
    first = builder.insert_element(ir.Constant(form, ir.Undefined), value, INDEX(0))
    return builder.shuffle_vector(first, ir.Constant(form, ir.Undefined), ir.Constant(PLACES, None))


def _place(context: Any, builder: Any, kind: Any, numbers: Any, row: Any, column: Any) -> Any:
    """Return where sixteen numbers of a row of a matrix lie, from this column on."""
    return builder.bitcast(address(context, builder, kind, numbers, row, column), VECTOR.as_pointer())


def _first(builder: Any, count: Any) -> Any:
    """Return which of sixteen are among the first `count`."""
    places = ir.Constant(PLACES, [INDEX(place) for place in range(WIDTH)])
    return builder.icmp_unsigned("<", places, _all(builder, builder.trunc(count, INDEX), PLACES))


def _spread(typing: Any, value: Any) -> Any:
    """Return a number sixteen times."""
    return lanes(types.float32), lambda context, builder, signature, values: _all(builder, values[0], VECTOR)


def _each(typing: Any, numbers: Any, place: Any) -> Any:
    """Return the number at a place of a vector sixteen times."""

    def generate(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        vector = context.make_array(numbers)(context, builder, values[0])
        return _all(builder, builder.load(builder.gep(vector.data, [values[1]])), VECTOR)

    return lanes(numbers, types.intp), generate


def _read(typing: Any, numbers: Any, row: Any, column: Any, count: Any) -> Any:
    """Return the next `count` numbers of a row of a matrix from a column on, at most sixteen, and zeros."""

    def generate(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        place = _place(context, builder, numbers, *values[:3])
        form = ir.FunctionType(VECTOR, [place.type, INDEX, MASK, VECTOR])
        load = tools.get_or_insert_function(builder.module, form, "llvm.masked.load.v16f32.p0")
        return builder.call(load, [place, INDEX(4), _first(builder, values[3]), ir.Constant(VECTOR, None)])

    return lanes(numbers, types.intp, types.intp, types.intp), generate


def _whole(typing: Any, numbers: Any, row: Any, column: Any) -> Any:
    """Return the next sixteen numbers of a row of a matrix from a column on."""

    def generate(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        return builder.load(_place(context, builder, numbers, *values), align=4)

    return lanes(numbers, types.intp, types.intp), generate


def _write(typing: Any, numbers: Any, row: Any, column: Any, count: Any, these: Any) -> Any:
    """Write the first `count` of sixteen numbers, or all, into a row of a matrix from a column on."""

    def generate(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        place = _place(context, builder, numbers, *values[:3])
        form = ir.FunctionType(ir.VoidType(), [VECTOR, place.type, INDEX, MASK])
        store = tools.get_or_insert_function(builder.module, form, "llvm.masked.store.v16f32.p0")
        builder.call(store, [values[4], place, INDEX(4), _first(builder, values[3])])
        return context.get_dummy_value()

    return types.void(numbers, types.intp, types.intp, types.intp, lanes), generate


def _added(typing: Any, first: Any, second: Any, to: Any) -> Any:
    """Return `first * second + to`, lane by lane."""

    def generate(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        return builder.fadd(builder.fmul(values[0], values[1], FLAGS), values[2], FLAGS)

    return lanes(lanes, lanes, lanes), generate


def _chosen(builder: Any, first: Any, second: Any, places: list[int]) -> Any:
    """Return the numbers at these places of two vectors, one behind the other."""
    return builder.shuffle_vector(first, second, ir.Constant(ir.VectorType(INDEX, len(places)), places))


def _folded(builder: Any, first: Any, second: Any, size: int) -> Any:
    """Add the halves of each `2 size` numbers of two vectors; return both results in one, by turns of `size`."""
    places = [place for place in range(WIDTH) if place % (2 * size) < size]
    groups = [places[start : start + size] for start in range(0, len(places), size)]
    low = [place + side * WIDTH for group in groups for side in (0, 1) for place in group]
    halves = [_chosen(builder, first, second, [place + more for place in low]) for more in (0, size)]
    return builder.fadd(*halves, FLAGS)


def _summed(typing: Any, numbers: Any, row: Any, column: Any, these: Any) -> Any:
    """Write four sums, each over sixteen numbers, into a row of a matrix from a column on."""

    def generate(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        a, b, c, d = (builder.extract_value(values[3], place) for place in range(4))
        rest = _folded(builder, _folded(builder, a, b, 1), _folded(builder, c, d, 1), 2)
        for size in (8, 4):
            halves = [_chosen(builder, rest, rest, [*range(start, start + size)]) for start in (0, size)]
            rest = builder.fadd(*halves, FLAGS)
        place = address(context, builder, numbers, *values[:3])
        builder.store(rest, builder.bitcast(place, FOUR.as_pointer()), align=4)
        return context.get_dummy_value()

    return types.void(numbers, types.intp, types.intp, these), generate


each: Any = intrinsic(_each)
spread: Any = intrinsic(_spread)
read: Any = intrinsic(_read)
whole: Any = intrinsic(_whole)
write: Any = intrinsic(_write)
added: Any = intrinsic(_added)
summed: Any = intrinsic(_summed)
