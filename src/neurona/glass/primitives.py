"""Primitives: a function of arrays with its derivative beside it, in one of three kinds.

Each kind makes of it the two products of the chain rule: of a gradient with the transposed Jacobian (`vjp`, reverse
mode), of the Jacobian with a tangent (`jvp`, forward mode). Derivatives are made of primitives and arithmetic: those of
arrays are computed at NumPy's speed, those of tensors are recorded, which makes derivatives of any order.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from types import MethodType
from typing import Any, NamedTuple, Self

import numpy as np

from neurona.glass.errors import NaNError, ShapeError
from neurona.glass.node import Array, Node, array_of, first_nan, recording, watching

Function = Callable[..., Any]


class Call(NamedTuple):
    """One application of a primitive: in arrays, or in nodes where its derivative is to be recorded."""

    operands: Sequence[Any]
    output: Any
    options: dict[str, Any]

    @classmethod
    def of(cls, node: Node, recorded: bool = False) -> Self:
        """Return the call that made `node`."""
        parents = node.parents or ()
        return (
            cls(parents, node, node.options) if recorded else cls([*map(array_of, parents)], node._array, node.options)
        )


@dataclass(frozen=True, eq=False)
class Primitive:
    """A function that the tape records.

    Attributes:
        name: what the graph calls it.
        function: of arrays, and of options as keywords; returns a new array or a view of an operand.
        vjp: of (k, gradient of the output, call): the gradient of operand k.
        jvp: of (k, tangent of operand k, call): what it adds to the tangent of the output.
        reads: of (k, call): the values that `vjp` looks at, which must not have changed since.
        derivative: of (k, call): the derivative for operand k, if the primitive is elementwise.
    """

    name: str
    function: Function
    vjp: Function
    jvp: Function
    reads: Function = lambda k, call: [*call.operands, call.output]
    derivative: Function | None = None

    def __call__(self, *operands: Any, **options: Any) -> Any:
        """Return a tensor if one is among the operands, else an array; a `ShapeError` if their shapes do not fit."""
        nodes = [operand for operand in operands if isinstance(operand, Node)]
        try:
            value = self.function(*map(array_of, operands) if nodes else operands, **options)
        except ValueError as error:
            raise _misfit(self.name, operands, error) from error
        if not nodes:
            return value
        value = np.asarray(value)
        result = nodes[0].over(value, _clock(value, nodes))
        if True in [node._tracked for node in nodes] and recording.get():
            # Constants are copied, so that no later change of them is missed.
            result.parents = [np.array(x) if isinstance(x, (np.ndarray, list)) else x for x in operands]
            result._tracked, result.operation, result.options = True, self, options
        if watching.get() and (what := first_nan([*nodes, result])):
            raise NaNError(f"NaN was met first at {what}, in {self.name}.")
        return result

    def __get__(self, instance: Any, owner: type | None = None) -> Any:
        return self if instance is None else MethodType(self, instance)


def elementwise(name: str, function: Function, *derivatives: int | Function) -> Primitive:
    """Return a function of numbers, applied to each element of operands that broadcast against each other.

    Each derivative is a number or a function of (*operands, output, **options); both products multiply by it.
    """

    def local(k: int, call: Call) -> Any:
        derivative = derivatives[k]
        return derivative(*call.operands, call.output, **call.options) if callable(derivative) else derivative

    return Primitive(
        name,
        function,
        vjp=lambda k, g, call: unbroadcast(g if derivatives[k] == 1 else g * local(k, call), call.operands[k].shape),
        jvp=lambda k, t, call: broadcast_to(t * local(k, call), shape=call.output.shape),
        reads=lambda k, call: [*call.operands, call.output] if callable(derivatives[k]) else [],
        derivative=local,
    )


def multilinear(name: str, function: Function, *adjoints: Function) -> Primitive:
    """Return a function that is linear in each operand while the others stand still: sums, moves, products.

    Each adjoint, the transposed map, is a function of (gradient, *operands, **options); it may read the others.
    """
    made = Primitive(
        name,
        function,
        vjp=lambda k, g, call: adjoints[k](g, *call.operands, **call.options),
        jvp=lambda k, t, call: made(*call.operands[:k], t, *call.operands[k + 1 :], **call.options),
        reads=lambda k, call: [*call.operands[:k], *call.operands[k + 1 :]],
    )
    return made


def general(name: str, function: Function, vjps: Sequence[Function], jvps: Sequence[Function]) -> Primitive:
    """Return a function whose products are written out, of (gradient or tangent, *operands, output, **options)."""
    return Primitive(
        name,
        function,
        vjp=lambda k, g, call: vjps[k](g, *call.operands, call.output, **call.options),
        jvp=lambda k, t, call: jvps[k](t, *call.operands, call.output, **call.options),
    )


def primitive(*derivatives: int | Function) -> Callable[[Function], Primitive]:
    """Make an elementwise primitive of a function of arrays: `@primitive(lambda x, y: y)` above `def exp(x)`."""
    return lambda function: elementwise(function.__name__, function, *derivatives)


def unbroadcast(gradient: Any, shape: tuple[int, ...]) -> Any:
    """Sum a gradient over the axes that broadcasting added or stretched."""
    return gradient if gradient.shape == shape else sum_to(gradient, shape=shape)


def _sum_to(x: Array, shape: tuple[int, ...]) -> Array:
    extra = x.ndim - len(shape)
    stretched = (axis for axis in range(extra, x.ndim) if shape[axis - extra] == 1 != x.shape[axis])
    return np.add.reduce(x, (*range(extra), *stretched), keepdims=True).reshape(shape)


sum_to = multilinear("sum_to", _sum_to, lambda g, x, shape: broadcast_to(g, shape=x.shape))
broadcast_to: Primitive = multilinear("broadcast_to", np.broadcast_to, lambda g, x, shape: sum_to(g, shape=x.shape))


def _clock(value: Array, nodes: Sequence[Node]) -> list[int] | None:
    """Return the record of changes of the node that `value` is a view of; None for memory of its own."""
    memory = value if value.base is None else value.base
    for node in nodes:
        if memory is node._array or memory is node._array.base:
            return node._changed
    return None


def _misfit(name: str, operands: Sequence[Any], error: ValueError) -> ShapeError:
    """Return what to tell about operands that a function refused."""
    if isinstance(error, ShapeError):
        return error
    shapes = [np.shape(array_of(operand)) for operand in operands]
    both = " and ".join(map(str, shapes))
    for axis in range(-1, -max(map(len, shapes)) - 1, -1):
        sizes = {shape[axis] for shape in shapes if len(shape) >= -axis} - {1}
        if "broadcast" in str(error) and len(sizes) > 1:
            where = f"along axis {axis} one has {min(sizes)}, another {max(sizes)}, and neither is 1"
            return ShapeError(f"{name}: shapes {both} do not broadcast: {where}.")
    return ShapeError(f"{name} does not take operands of shape {both}: {error}")
