"""A node of the graph: an array that remembers the operation and the operands that it came from."""

import itertools
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from functools import partial
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from neurona.glass.errors import GlassError, GraphError

Array = NDArray[Any]

numbers = itertools.count(1)
last_change = [0]  # the number of the last in-place change of any node
recording: ContextVar[bool] = ContextVar("recording", default=True)
watching: ContextVar[bool] = ContextVar("watching", default=False)


class Node:
    """A value, and where it came from.

    Attributes:
        grad: the gradient with respect to this value, a node of its shape, once `backward` has left it here.
        number: counts up: operands come before results, an in-place change after what it changes.
        operation: the primitive that made the value; None for a leaf.
        parents: its operands in order, nodes or constants; None once the graph has been freed.
        arrays: the arrays of the operands, as the operation read them.
        options: what else it was told: axes, strides, indices.
        retains_grad: whether `backward` leaves a gradient here although this is no leaf.
    """

    __slots__ = (
        "_array", "_changed", "_tracked", "arrays", "grad", "number", "operation", "options", "parents", "retains_grad"
    )  # fmt: skip

    def __init__(self, array: Array, changed: list[int] | None = None) -> None:
        self._array = array
        self._changed = [0] if changed is None else changed  # number of the last change; views of one memory share it
        self._tracked = self.retains_grad = False
        self.grad: Self | None = None
        self.number = next(numbers)
        self.operation: Any = None  # a Primitive
        self.parents: Sequence[Any] | None = ()
        self.arrays: Sequence[Any] = ()
        self.options: dict[str, Any] = {}

    @classmethod
    def over(cls, array: Array, changed: list[int] | None = None) -> Self:
        """Return a leaf over `array` itself, not a copy."""
        node = cls.__new__(cls)
        Node.__init__(node, array, changed)
        return node

    is_leaf = property(lambda self: self.operation is None)

    @property
    def requires_grad(self) -> bool:
        """Whether gradients flow to this value; can be set on a leaf of floating-point numbers."""
        return self._tracked

    @requires_grad.setter
    def requires_grad(self, wanted: bool) -> None:
        if self.operation is not None:
            raise GraphError(f"The result of {self.operation.name} is no leaf: write detach() to cut it off the graph.")
        if wanted and self._array.dtype.kind != "f":
            raise GlassError(f"Gradients need float32 or float64 and this is {self._array.dtype}: write 1.0 for 1.")
        self._tracked = wanted

    def changing(self, *operands: Any) -> Array:
        """Return the array to write into in place; a `GraphError` if the change would have to be recorded."""
        if recording.get() and any(isinstance(node, Node) and node._tracked for node in (self, *operands)):
            hint = "Write `with no_grad():` around it, or make a new tensor: y = y + 1."
            raise GraphError(f"An in-place change of a tensor of shape {self._array.shape} is not recorded. {hint}")
        return self.rewritten()

    def rewritten(self) -> Array:
        """Return the array to write into in place, whatever is recorded; `backward` sees that it has changed."""
        if not self._array.flags.writeable:  # gradients share memory until one of them is changed
            self._array, self._changed = self._array.copy(), [0]
        self._changed[0] = last_change[0] = next(numbers)
        return self._array


def array_of(value: Any) -> Any:
    """Return the array of a node, and anything else as it is."""
    return value._array if isinstance(value, Node) else value


def describe(node: Node) -> str:
    """Return what tells a node from the others in a sentence."""
    return f"node {node.number} ({node.operation.name if node.operation else 'leaf'}, shape {node._array.shape})"


def has_nan(value: Any) -> bool:
    """Tell whether a node, an array or a number holds NaN."""
    return bool(np.isnan(array_of(value)).any())


def first_nan(nodes: Iterable[Node]) -> str:
    """Describe the first of `nodes` in order that holds NaN, and whether a constant brought it; or return ""."""
    for node in nodes:
        if has_nan(node):
            constant = any(has_nan(x) for x in node.parents or () if not isinstance(x, Node))
            return describe(node) + ", by a constant that holds NaN" * constant
    return ""


@contextmanager
def _setting(variable: ContextVar[bool], value: bool) -> Iterator[None]:
    token = variable.set(value)
    try:
        yield
    finally:
        variable.reset(token)


# `with no_grad():` nothing is recorded; `with detect_anomaly():` the first NaN, forward or backward, is an error.
no_grad = partial(_setting, recording, False)
detect_anomaly = partial(_setting, watching, True)
