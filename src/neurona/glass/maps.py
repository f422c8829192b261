"""Sums, moves, choices and products: what is linear in each operand, with its adjoint beside it."""

from collections.abc import Sequence
from math import prod
from typing import Any

import numpy as np

from neurona.glass.errors import ShapeError
from neurona.glass.node import Array, array_of
from neurona.glass.primitives import Primitive, broadcast_to, general, multilinear, unbroadcast

Dim = int | tuple[int, ...] | None


def _spread(g: Any, x: Any, dim: Dim = None, keepdim: bool = False) -> Any:
    """Give each element of `x` the number that belongs to the sum it went into."""
    if dim is not None and not keepdim:
        summed = {axis % len(x.shape) for axis in ([dim] if isinstance(dim, int) else dim)}
        g = reshape(g, shape=tuple(1 if axis in summed else size for axis, size in enumerate(x.shape)))
    return broadcast_to(g, shape=x.shape)


def _sum(x: Array, dim: Dim = None, keepdim: bool = False) -> Any:
    return np.add.reduce(x, axis=dim, keepdims=keepdim)  # type: ignore[call-overload]


def _mean(x: Array, dim: Dim = None, keepdim: bool = False) -> Any:
    total = _sum(x, dim, keepdim)
    return total * (total.size / x.size if x.size else np.nan)


def _at_maximum(x: Any, y: Any, dim: Dim = None, keepdim: bool = False) -> Array:
    """Return 1 where `x` is its maximum, a share where several are, 0 elsewhere."""
    hit = array_of(x) == _spread(array_of(y), x, dim, keepdim)
    return hit / hit.sum(dim, keepdims=True)  # type: ignore[no-any-return]


sum_over = multilinear("sum", _sum, _spread)
mean_over = multilinear(
    "mean", _mean, lambda g, x, **along: _spread(g * (prod(g.shape) / (prod(x.shape) or 1)), x, **along)
)
max_over = general(
    "max",
    lambda x, dim=None, keepdim=False: np.max(x, dim, keepdims=keepdim),
    vjps=(lambda g, x, y, **along: _spread(g, x, **along) * _at_maximum(x, y, **along),),
    jvps=(lambda t, x, y, **along: sum_over(t * _at_maximum(x, y, **along), **along),),
)


def _put(x: Array, index: Any, shape: tuple[int, ...]) -> Array:
    """Return zeros with `x` added at `index`."""
    y = np.zeros(shape, x.dtype)
    if any(isinstance(part, np.ndarray) for part in index):  # an element may have been chosen more than once
        places = np.arange(y.size).reshape(shape)[index]
        np.add.at(y.reshape(-1), places.ravel(), x.ravel())
    else:
        y[index] = x
    return y


def _stretch(k: int, operands: Sequence[Any], dim: int) -> Any:
    """Return where operand `k` of a concatenation lies in the result."""
    axis = dim % len(operands[k].shape)
    start = sum(x.shape[axis] for x in operands[:k])
    return (slice(None),) * axis + (slice(start, start + int(operands[k].shape[axis])),)


reshape: Primitive = multilinear(
    "reshape", lambda x, shape: x.reshape(shape), lambda g, x, shape: reshape(g, shape=x.shape)
)
transpose: Primitive = multilinear("transpose", np.transpose, lambda g, x, axes: transpose(g, axes=np.argsort(axes)))
cast: Primitive = multilinear("cast", lambda x, dtype: x.astype(dtype), lambda g, x, dtype: cast(g, dtype=x.dtype))
get: Primitive = multilinear("index", lambda x, index: x[index], lambda g, x, index: put(g, index=index, shape=x.shape))
put: Primitive = multilinear("put", _put, lambda g, x, index, shape: get(g, index=index))
_concatenate = Primitive(
    "concatenate",
    lambda *arrays, dim: np.concatenate(arrays, dim),
    vjp=lambda k, g, operands, output, options: get(g, index=_stretch(k, operands, **options)),
    jvp=lambda k, t, operands, output, options: put(t, index=_stretch(k, operands, **options), shape=output.shape),
    reads=lambda k, operands, output: [],
)


def concatenate(tensors: Sequence[Any], dim: int = 0) -> Any:
    """Join tensors along an axis; their other sizes are equal."""
    return _concatenate(*tensors, dim=dim)


def stack(tensors: Sequence[Any], dim: int = 0) -> Any:
    """Join tensors of one shape along a new axis, before axis `dim` of theirs; a `ShapeError` if they differ."""
    at = dim % (len(tensors[0].shape) + 1)
    return concatenate([reshape(x, shape=(*x.shape[:at], 1, *x.shape[at:])) for x in tensors], dim)


def _swap(x: Any) -> Any:
    n = len(x.shape)
    return transpose(x, axes=(*range(n - 2), n - 1, n - 2))


def _rows(x: Any) -> Any:
    return x if len(x.shape) == 2 else reshape(x, shape=(-1, x.shape[-1]))


def _product(a: Array, b: Array) -> Any:
    if a.shape[-1] != b.shape[-2]:
        what = f"the first has {a.shape[-1]} columns and the second {b.shape[-2]} rows"
        raise ShapeError(f"matmul: shapes {a.shape} and {b.shape} do not fit: {what}.")
    return a @ b


_matmul = multilinear(
    "matmul",
    _product,
    lambda g, a, b: unbroadcast(g @ _swap(b), a.shape),
    lambda g, a, b: unbroadcast(_swap(a) @ g, b.shape),
)
_affine = general(
    "linear",
    lambda x, weight, bias: _product(x, weight.T) + bias,
    vjps=(
        lambda g, x, weight, bias, y: g @ weight,
        lambda g, x, weight, bias, y: _rows(g).T @ _rows(x),
        lambda g, x, weight, bias, y: np.ones(prod(g.shape[:-1]), g.dtype) @ _rows(g),  # faster than a sum
    ),
    jvps=(
        lambda t, x, weight, bias, y: t @ weight.T,
        lambda t, x, weight, bias, y: x @ t.T,
        lambda t, x, weight, bias, y: broadcast_to(t, shape=y.shape),
    ),
)


def matmul(a: Any, b: Any) -> Any:
    """Return the product of `(..., n, k)` and `(..., k, m)`, or of vectors, as `numpy.matmul`; else a `ShapeError`."""
    if not (len(a.shape) and len(b.shape)):
        raise ShapeError(f"matmul: shapes {a.shape} and {b.shape} do not fit: a single number is multiplied by *.")
    if len(b.shape) == 1:
        return get(matmul(a, reshape(b, shape=(-1, 1))), index=(..., 0))
    if len(a.shape) == 1:
        return get(_matmul(reshape(a, shape=(1, -1)), b), index=(..., 0, slice(None)))
    return _matmul(a, b)


def linear(x: Any, weight: Any, bias: Any = None) -> Any:
    """Return `x weight^T + bias` for `x (..., inputs)`, `weight (outputs, inputs)`, `bias (outputs,)`."""
    return _affine(x, weight, bias) if bias is not None else matmul(x, _swap(weight))
