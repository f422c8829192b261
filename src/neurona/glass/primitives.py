"""Primitives: a function of arrays with its derivative beside it, in one of three kinds.

Each kind makes of it the two products of the chain rule: of a gradient with the transposed Jacobian (`vjp`, reverse
mode), of the Jacobian with a tangent (`jvp`, forward mode). Derivatives are made of primitives and arithmetic: those of
arrays are computed at NumPy's speed, those of tensors are recorded, which makes derivatives of any order.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from types import MethodType
from typing import Any

import numpy as np

from neurona.glass.errors import NaNError, ShapeError
from neurona.glass.node import Array, Node, array_of, first_nan, recording, watching

Function = Callable[..., Any]


@dataclass(frozen=True, eq=False)
class Primitive:
    """A function that the tape records.

    Its products are told of one call: operands and output, as arrays, or as nodes if they are to be recorded; options.

    Attributes:
        name: what the graph calls it.
        function: of arrays, and of options as keywords; returns a new array or a view of an operand.
        vjp: of (k, gradient of the output, operands, output, options): the gradient of operand k.
        jvp: of (k, tangent of operand k, operands, output, options): what it adds to the tangent of the output.
        reads: of (k, operands, output): the values that `vjp` looks at, which must not have changed since.
        derivative: of (k, operands, output, options): for operand k, if the primitive is elementwise.
    """

    name: str
    function: Function
    vjp: Function
    jvp: Function
    reads: Function = lambda k, operands, output: [*operands, output]
    derivative: Function | None = None

    def __call__(self, *operands: Any, **options: Any) -> Any:
        """Return a tensor if one is among the operands, else an array; a `ShapeError` if their shapes do not fit."""
        nodes, parents, arrays, tracked = [], [*operands], [*operands], False
        for k, operand in enumerate(operands):
            if isinstance(operand, Node):
                nodes.append(operand)
                arrays[k] = operand._array
                tracked = tracked or operand._tracked
        try:
            value = self.function(*arrays, **options)
        except ValueError as error:
            raise _misfit(self.name, operands, error) from error
        if not nodes:
            return value
        value = np.asarray(value)
        memory, changed = value if value.base is None else value.base, None
        for node in nodes:
            if memory is node._array or memory is node._array.base:
                changed = node._changed  # a view: its changes are those of the operand
        result = nodes[0].over(value, changed)
        if tracked and recording.get():
            if len(nodes) < len(operands):
                for k, operand in enumerate(operands):
                    if isinstance(operand, (np.ndarray, list)):  # copied, so that no later change of it is missed
                        parents[k] = arrays[k] = np.array(operand)
            result._tracked, result.operation, result.options = True, self, options
            result.parents, result.arrays = parents, arrays
        if watching.get() and (what := first_nan([*nodes, result])):
            raise NaNError(f"NaN was met first at {what}, in {self.name}.")
        return result

    def __get__(self, instance: Any, owner: type | None = None) -> Any:
        return self if instance is None else MethodType(self, instance)


def elementwise(name: str, function: Function, *derivatives: int | Function) -> Primitive:
    """Return a function of numbers, applied to each element of operands that broadcast against each other.

    Each derivative is a number or a function of (*operands, output, **options); both products multiply by it.
    """

    def local(k: int, operands: Sequence[Any], output: Any, options: dict[str, Any]) -> Any:
        derivative = derivatives[k]
        return derivative(*operands, output, **options) if callable(derivative) else derivative

    def vjp(k: int, g: Any, operands: Sequence[Any], output: Any, options: dict[str, Any]) -> Any:
        return unbroadcast(g if derivatives[k] == 1 else g * local(k, operands, output, options), operands[k].shape)

    return Primitive(
        name,
        function,
        vjp,
        jvp=lambda k, t, operands, y, options: broadcast_to(t * local(k, operands, y, options), shape=y.shape),
        reads=lambda k, operands, output: [*operands, output] if callable(derivatives[k]) else [],
        derivative=local,
    )


def multilinear(name: str, function: Function, *adjoints: Function) -> Primitive:
    """Return a function that is linear in each operand while the others stand still: sums, moves, products.

    Each adjoint, the transposed map, is a function of (gradient, *operands, **options); it may read the others.
    """
    made = Primitive(
        name,
        function,
        vjp=lambda k, g, operands, output, options: adjoints[k](g, *operands, **options),
        jvp=lambda k, t, operands, output, options: made(*operands[:k], t, *operands[k + 1 :], **options),
        reads=lambda k, operands, output: [*operands[:k], *operands[k + 1 :]],
    )
    return made


def general(name: str, function: Function, vjps: Sequence[Function], jvps: Sequence[Function]) -> Primitive:
    """Return a function whose products are written out, of (gradient or tangent, *operands, output, **options)."""
    return Primitive(
        name,
        function,
        vjp=lambda k, g, operands, output, options: vjps[k](g, *operands, output, **options),
        jvp=lambda k, t, operands, output, options: jvps[k](t, *operands, output, **options),
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
