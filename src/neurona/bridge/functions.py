"""What PyTorch's functions are called on glass: moves and arithmetic here, layers in `neurona.bridge.layers`.

Each takes what its namesake takes, with tensors of glass, arrays for what has no gradient, and returns one of glass.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from neurona import glass
from neurona.bridge import layers
from neurona.bridge.unknown import require
from neurona.glass import functions, maps

Function = Callable[..., Any]
FUNCTIONS: dict[Function, Function] = {}


def _homes(name: str) -> list[Function]:
    """Return PyTorch's functions of that name: of tensors, of the package, of `torch.nn.functional`."""
    return [getattr(home, name) for home in (Tensor, torch, functional) if hasattr(home, name)]


def known_as(*names: str) -> Callable[[Function], Function]:
    """Register a function of glass under PyTorch's names."""

    def register(function: Function) -> Function:
        FUNCTIONS.update({theirs: function for name in names for theirs in _homes(name)})
        return function

    return register


# ---------------------------------------------------------------------- arithmetic


def _with_alpha(combine: Function) -> Function:
    def combined(x: Any, other: Any, *, alpha: float = 1) -> Any:
        return combine(x, other if alpha == 1 else other * alpha)

    return combined


for _names, _function in (
    (("add", "__add__", "__radd__"), _with_alpha(functions.add)),
    (("sub", "subtract", "__sub__"), _with_alpha(functions.subtract)),
    (("__rsub__",), lambda x, other: functions.subtract(other, x)),
    (("mul", "multiply", "__mul__", "__rmul__"), functions.multiply),
    (("div", "divide", "true_divide", "__truediv__", "__div__"), functions.divide),
    (("__rtruediv__", "__rdiv__"), lambda x, other: functions.divide(other, x)),
    (("pow", "__pow__"), functions.power),
    (("neg", "negative", "__neg__"), functions.negative),
    (("abs", "absolute", "__abs__"), functions.absolute),
    (("square",), lambda x: x * x),
    (("rsqrt",), lambda x: x**-0.5),
    (("reciprocal",), lambda x: 1 / x),
    (("maximum",), functions.maximum),
    (("minimum",), functions.minimum),
    (("matmul", "mm", "bmm", "mv", "__matmul__"), maps.matmul),
    (("exp",), functions.exp),
    (("log",), functions.log),
    (("sqrt",), functions.sqrt),
    (("sin",), functions.sin),
    (("cos",), functions.cos),
    (("sign", "sgn"), functions.sign),
    (("sigmoid",), functions.sigmoid),
    (("tanh",), functions.tanh),
    (("logsigmoid",), lambda x: -functions.softplus(-x)),
):
    known_as(*_names)(_function)


@known_as("clamp", "clip")
def _clamp(x: Any, min: float | None = None, max: float | None = None) -> Any:  # noqa: A002
    return functions.clip(x, low=-np.inf if min is None else min, high=np.inf if max is None else max)


@known_as("where")
def _where(condition: Any, x: Any, other: Any) -> Any:
    return functions.where(condition, x, other)


FUNCTIONS[Tensor.where] = lambda x, condition, other: functions.where(condition, x, other)


@known_as("masked_fill")
def _masked_fill(x: Any, mask: Any, value: float) -> Any:
    return functions.where(mask, value, x)


# ---------------------------------------------------------------------- sums


def _reduction(reduce: Function) -> Function:
    def reduced(x: Any, dim: Any = None, keepdim: bool = False, *, dtype: Any = None) -> Any:
        along = tuple(dim) or None if isinstance(dim, (list, tuple)) else dim
        return reduce(x, dim=along, keepdim=keepdim)

    return reduced


known_as("sum")(_reduction(maps.sum_over))
known_as("mean")(_reduction(maps.mean_over))
known_as("amax")(_reduction(maps.max_over))


@known_as("amin")
def _amin(x: Any, dim: Any = (), keepdim: bool = False) -> Any:
    return -_reduction(maps.max_over)(-x, dim, keepdim)


@known_as("max")
def _max(x: Any, *other: Any) -> Any:
    require(not other or not isinstance(other[0], int), "max along a dimension (amax is known)")
    return functions.maximum(x, *other) if other else maps.max_over(x)


@known_as("norm")
def _norm(x: Any, p: Any = 2, dim: Any = None, keepdim: bool = False, dtype: Any = None) -> Any:
    require(p in (2, "fro"), f"norm with p={p!r}")
    return functions.sqrt(_reduction(maps.sum_over)(x * x, dim, keepdim))


# ---------------------------------------------------------------------- moves


def _sizes(sizes: tuple[Any, ...]) -> tuple[int, ...]:
    """Return sizes that are given one by one, or in one list."""
    return tuple(sizes[0]) if len(sizes) == 1 and not isinstance(sizes[0], int) else sizes


@known_as("reshape", "view")
def _reshape(x: Any, *shape: Any) -> Any:
    return maps.reshape(x, shape=_sizes(shape))


@known_as("view_as", "reshape_as")
def _reshape_as(x: Any, other: Any) -> Any:
    return maps.reshape(x, shape=other.shape)


@known_as("flatten")
def _flatten(x: Any, start_dim: int = 0, end_dim: int = -1) -> Any:
    start, end = start_dim % x.ndim, end_dim % x.ndim
    return maps.reshape(x, shape=(*x.shape[:start], -1, *x.shape[end + 1 :]))


@known_as("unflatten")
def _unflatten(x: Any, dim: int, sizes: Sequence[int]) -> Any:
    dim %= x.ndim
    return maps.reshape(x, shape=(*x.shape[:dim], *sizes, *x.shape[dim + 1 :]))


@known_as("squeeze")
def _squeeze(x: Any, dim: Any = None) -> Any:
    wanted = range(x.ndim) if dim is None else [d % x.ndim for d in ([dim] if isinstance(dim, int) else dim)]
    return maps.reshape(x, shape=tuple(n for axis, n in enumerate(x.shape) if n != 1 or axis not in wanted))


@known_as("unsqueeze")
def _unsqueeze(x: Any, dim: int) -> Any:
    dim %= x.ndim + 1
    return maps.reshape(x, shape=(*x.shape[:dim], 1, *x.shape[dim:]))


@known_as("permute")
def _permute(x: Any, *dims: Any) -> Any:
    return x.permute(*_sizes(dims))


@known_as("transpose", "swapaxes")
def _transpose(x: Any, dim0: int, dim1: int) -> Any:
    axes = list(range(x.ndim))
    axes[dim0], axes[dim1] = axes[dim1], axes[dim0]
    return maps.transpose(x, axes=tuple(axes))


@known_as("movedim", "moveaxis")
def _movedim(x: Any, source: int, destination: int) -> Any:
    axes = [axis for axis in range(x.ndim) if axis != source % x.ndim]
    axes.insert(destination % x.ndim, source % x.ndim)
    return maps.transpose(x, axes=tuple(axes))


known_as("t")(lambda x: x.T)
for _property in ("T", "mT"):
    FUNCTIONS[getattr(Tensor, _property).__get__] = lambda x: _transpose(x, -1, -2)


@known_as("expand")
def _expand(x: Any, *sizes: Any) -> Any:
    wanted = _sizes(sizes)
    extra = len(wanted) - x.ndim
    shape = tuple(x.shape[axis - extra] if size == -1 else size for axis, size in enumerate(wanted))
    return glass.primitives.broadcast_to(x, shape=shape)


@known_as("expand_as")
def _expand_as(x: Any, other: Any) -> Any:
    return glass.primitives.broadcast_to(x, shape=other.shape)


known_as("broadcast_to")(_expand)


@known_as("repeat_interleave")
def _repeat_interleave(x: Any, repeats: int, dim: int) -> Any:
    return x[(slice(None),) * (dim % x.ndim) + (np.arange(x.shape[dim]).repeat(repeats),)]


known_as("cat", "concat", "concatenate")(maps.concatenate)
known_as("stack")(maps.stack)


@known_as("__getitem__")
def _get(x: Any, index: Any) -> Any:
    return x[index]


@known_as("select")
def _select(x: Any, dim: int, index: int) -> Any:
    return x[(slice(None),) * (dim % x.ndim) + (index,)]


@known_as("narrow")
def _narrow(x: Any, dim: int, start: int, length: int) -> Any:
    return x[(slice(None),) * (dim % x.ndim) + (slice(start, start + length),)]


@known_as("index_select")
def _index_select(x: Any, dim: int, index: Any) -> Any:
    return x[(slice(None),) * (dim % x.ndim) + (index,)]


@known_as("gather")
def _gather(x: Any, dim: int, index: Any) -> Any:
    places = list(np.ogrid[tuple(map(slice, index.shape))])
    places[dim] = index
    return x[tuple(places)]


@known_as("split")
def _split(x: Any, size: int | Sequence[int], dim: int = 0) -> Any:
    total = x.shape[dim]
    sizes = [min(size, total - start) for start in range(0, total, size)] if isinstance(size, int) else size
    return tuple(_narrow(x, dim, sum(sizes[:k]), part) for k, part in enumerate(sizes))


@known_as("chunk")
def _chunk(x: Any, chunks: int, dim: int = 0) -> Any:
    return _split(x, -(-x.shape[dim] // chunks), dim)


@known_as("unbind")
def _unbind(x: Any, dim: int = 0) -> Any:
    return tuple(_select(x, dim, k) for k in range(x.shape[dim]))


@known_as("flip")
def _flip(x: Any, *dims: Any) -> Any:
    flipped = {dim % x.ndim for dim in _sizes(dims)}
    return x[tuple(slice(None, None, -1 if axis in flipped else None) for axis in range(x.ndim))]


@known_as("pad")
def _pad(x: Any, pad: Sequence[int], mode: str = "constant", value: float | None = None) -> Any:
    require(mode == "constant" and not value, "pad with other numbers than 0")
    shape, inside = list(x.shape), [slice(None)] * x.ndim
    for k in range(len(pad) // 2):
        axis, (before, after) = x.ndim - 1 - k, pad[2 * k : 2 * k + 2]
        inside[axis] = slice(before, before + shape[axis])
        shape[axis] += before + after
    return maps.put(x, index=tuple(inside), shape=tuple(shape))


# ---------------------------------------------------------------------- kinds of numbers


def _numbers(dtype: torch.dtype) -> Any:
    return torch.empty(0, dtype=dtype).numpy().dtype


@known_as("to", "type")
def _to(x: Any, *args: Any, **kwargs: Any) -> Any:
    dtypes = [value for value in (*args, *kwargs.values()) if isinstance(value, torch.dtype)]
    return x.astype(_numbers(dtypes[0])) if dtypes else x


known_as("type_as")(lambda x, other: x.astype(other.dtype))
known_as("float")(lambda x, **_options: x.astype(np.float32))
known_as("double")(lambda x, **_options: x.astype(np.float64))
known_as("contiguous", "clone", "cpu")(lambda x, **_options: x)

FUNCTIONS |= layers.FUNCTIONS

# What changes its first operand: the tape knows only new values, and the operand becomes the new one.
CHANGING: Mapping[Function, Function] = {
    getattr(Tensor, f"{name}_"): FUNCTIONS[getattr(Tensor, name)]
    for name in ("add", "sub", "mul", "div", "pow", "neg", "exp", "sigmoid", "tanh", "relu", "clamp", "masked_fill")
}

# What has no gradient although it may return numbers: PyTorch computes it from the values.
CONSTANT: frozenset[Any] = frozenset(
    [
        function
        for name in (
            "detach", "randn_like", "rand_like", "zeros_like", "ones_like", "full_like", "empty_like", "new_zeros",
            "new_ones", "new_full", "new_empty", "new_tensor", "bernoulli", "round", "floor", "ceil", "item", "tolist",
        )
        for function in _homes(name)
    ]
    + [getattr(Tensor, name).__get__ for name in ("grad", "data")]
)  # fmt: skip
# What would not be told of gradients that glass computes.
REFUSED: frozenset[Any] = frozenset([Tensor.register_hook, Tensor.retain_grad])
