"""`Tensor`: an array whose arithmetic the tape records, under PyTorch's names."""

from typing import Any, Self

import numpy as np
from numpy.typing import DTypeLike

from neurona.glass import functions, maps, tape
from neurona.glass.node import Array, Node, array_of
from neurona.glass.primitives import Primitive


def _comparing(compare: np.ufunc) -> Any:
    return lambda self, other: compare(self._array, array_of(other))


def _changing(change: np.ufunc) -> Any:
    def method(self: Any, other: Any) -> Any:
        change(self._array, array_of(other), out=self.changing(other))
        return self

    return method


def _swapped(primitive: Any) -> Any:
    return lambda self, other: primitive(other, self)


def _along(primitive: Primitive) -> Any:
    return lambda self, dim=None, keepdim=False: primitive(self, dim=dim, keepdim=keepdim)


class Tensor(Node):
    """A copy of numbers, an array or a tensor that remembers how it was computed.

    `dtype` is float64 for Python's floats unless given; with `requires_grad`, `backward` leaves a gradient in `grad`;
    integers are a `GlassError`. Comparisons, `argmax` and `numpy` give NumPy arrays: these have no gradient.
    """

    __slots__ = ("__weakref__",)
    __array_ufunc__ = None  # array + tensor is left to the tensor; np.exp(tensor), which nobody records, is refused
    __hash__ = object.__hash__

    def __init__(self, data: Any, *, dtype: DTypeLike | None = None, requires_grad: bool = False) -> None:
        super().__init__(np.array(array_of(data), dtype))
        self.requires_grad = requires_grad

    shape = property(lambda self: self._array.shape)
    ndim = property(lambda self: self._array.ndim)
    dtype = property(lambda self: self._array.dtype)

    def numpy(self) -> Array:
        """Return the numbers as an array that cannot be written into: no change escapes the tape."""
        view = self._array.view()
        view.setflags(write=False)
        return view

    def item(self) -> Any:
        """Return the only number, as Python's."""
        return self._array.item()

    def argmax(self, dim: int | None = None) -> Any:
        """Return where the largest number stands."""
        return self._array.argmax(dim)

    def __array__(self, dtype: DTypeLike | None = None, copy: bool | None = None) -> Array:
        return np.array(self._array, dtype)

    def __len__(self) -> int:
        return len(self._array)

    def __repr__(self) -> str:
        made = f", made by {self.operation.name}" if self.operation else ", requires_grad=True" * self.requires_grad
        return f"Tensor({np.array2string(self._array, separator=', ', prefix='Tensor(')}, {self.dtype}{made})"

    backward = tape.backward

    def detach(self) -> Self:
        """Return a leaf over the same numbers, which no gradient flows through."""
        return type(self).over(self._array, self._changed)

    def retain_grad(self) -> Self:
        """Let `backward` leave a gradient here although this is no leaf; return the tensor."""
        self.retains_grad = True
        return self

    def local_derivatives(self) -> list[Array | None]:
        """Return for each operand of an elementwise operation its derivative, in the shape of the result; else None."""
        call, derivative = (self.arrays, self._array, self.options), self.operation and self.operation.derivative
        locals_ = (derivative and np.asarray(derivative(k, *call), self.dtype) for k in range(len(self.arrays)))
        return [local if local is None else np.broadcast_to(local, self.shape) for local in locals_]

    __add__ = __radd__ = functions.add
    __mul__ = __rmul__ = functions.multiply
    __sub__, __rsub__ = functions.subtract, _swapped(functions.subtract)
    __truediv__, __rtruediv__ = functions.divide, _swapped(functions.divide)
    __pow__, __rpow__ = functions.power, _swapped(functions.power)
    __matmul__, __rmatmul__ = maps.matmul, _swapped(maps.matmul)
    __neg__, __abs__ = functions.negative, functions.absolute
    __iadd__, __isub__, __imul__, __itruediv__ = map(_changing, (np.add, np.subtract, np.multiply, np.true_divide))
    __eq__, __ne__ = map(_comparing, (np.equal, np.not_equal))
    __lt__, __le__, __gt__, __ge__ = map(_comparing, (np.less, np.less_equal, np.greater, np.greater_equal))

    exp, log, sqrt = functions.exp, functions.log, functions.sqrt
    abs, pow = functions.absolute, functions.power
    sigmoid, tanh, relu = functions.sigmoid, functions.tanh, functions.relu
    softmax, log_softmax, matmul = functions.softmax, functions.log_softmax, maps.matmul
    clamp = functions.clip  # (low=, high=)
    sum, mean, amax = map(_along, (maps.sum_over, maps.mean_over, maps.max_over))  # (dim=None, keepdim=False)

    def reshape(self, *shape: Any) -> Any:
        """Return the same numbers in order in another shape, of which one size may be -1."""
        return maps.reshape(self, shape=shape[0] if isinstance(shape[0], tuple) else shape)

    def permute(self, *dims: int) -> Any:
        """Return the tensor with its axes in the order `dims`."""
        return maps.transpose(self, axes=tuple(dim % self.ndim for dim in dims))

    T = property(lambda self: self.permute(*reversed(range(self.ndim))))

    def astype(self, dtype: DTypeLike) -> Any:
        """Return the tensor in another kind of numbers."""
        return maps.cast(self, dtype=np.dtype(dtype))

    def __getitem__(self, index: Any) -> Any:
        parts = index if isinstance(index, tuple) else (index,)
        copied = (Node, np.ndarray, list)
        return maps.get(self, index=tuple(np.array(array_of(p)) if isinstance(p, copied) else p for p in parts))

    def __setitem__(self, index: Any, value: Any) -> None:
        self.changing(value)[array_of(index)] = array_of(value)
