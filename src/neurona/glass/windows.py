"""What looks through a window that slides over pictures `(n, channels, height, width)`: convolution and pooling.

`unfold` lays the windows out, after which a convolution is a product of matrices and mean pooling a mean; its adjoint,
`fold`, adds the windows up where they lay. Their derivatives, and those of the derivatives, follow.
"""

import math
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from neurona.glass.errors import ShapeError
from neurona.glass.maps import get, matmul, mean_over, put, reshape
from neurona.glass.node import Array, array_of
from neurona.glass.primitives import Primitive, multilinear

Pair = tuple[int, int]
Size = int | Pair


def _windows(x: Array, kernel: Pair, stride: Pair, dilation: Pair) -> Array:
    """View `x (n, c, h, w)` as windows `(n, c, kernel height, kernel width, rows, columns)`."""
    span = tuple(d * (k - 1) + 1 for d, k in zip(dilation, kernel, strict=True))
    view = sliding_window_view(x, span, axis=(2, 3))
    return view[:, :, :: stride[0], :: stride[1], :: dilation[0], :: dilation[1]].transpose(0, 1, 4, 5, 2, 3)


def _fold(g: Array, shape: tuple[int, ...], kernel: Pair, stride: Pair, dilation: Pair) -> Array:
    x = np.zeros(shape, g.dtype)
    for place in np.ndindex(kernel):
        starts = [i * d for i, d in zip(place, dilation, strict=True)]
        down, across = (slice(a, a + s * n, s) for a, s, n in zip(starts, stride, g.shape[-2:], strict=True))
        x[:, :, down, across] += g[:, :, *place]
    return x


unfold = multilinear(
    "unfold",
    lambda x, **geometry: np.ascontiguousarray(_windows(x, **geometry)),
    lambda g, x, **geometry: fold(g, shape=x.shape, **geometry),
)
fold: Primitive = multilinear("fold", _fold, lambda g, x, shape, **geometry: unfold(g, **geometry))


def pair(value: Any) -> Pair:
    """Return height and width, which may be given as one number."""
    return (int(value), int(value)) if isinstance(value, int | np.integer) else tuple(value)


def _padded(name: str, x: Any, kernel: Pair, padding: Pair, dilation: Pair = (1, 1)) -> Any:
    """Return the pictures with zeros around them; refuse those that the kernel does not fit into."""
    if len(x.shape) != 4:
        raise ShapeError(f"{name} takes pictures (n, channels, height, width), and this has shape {x.shape}.")
    inside, sizes = [slice(None), slice(None)], list(x.shape)
    for axis, k, p, d in zip((2, 3), kernel, padding, dilation, strict=True):
        inside.append(slice(p, p + sizes[axis]))
        sizes[axis] += 2 * p
        if d * (k - 1) + 1 > sizes[axis]:
            what = f"a kernel that covers {d * (k - 1) + 1} along axis {axis} does not fit into {x.shape}"
            raise ShapeError(f"{name}: {what}, which has {sizes[axis]} there with its padding.")
    return x if padding == (0, 0) else put(x, index=tuple(inside), shape=tuple(sizes))


def conv2d(
    x: Any, weight: Any, bias: Any = None, stride: Size = 1, padding: Size = 0, dilation: Size = 1, groups: int = 1
) -> Any:
    """Return the cross-correlation of `x (n, in, h, w)` with `weight (out, in / groups, kernel, kernel)`.

    It is `(n, out, rows, columns)` with `rows = (h + 2 padding - dilation (kernel - 1) - 1) // stride + 1`.
    """
    outputs, inputs, kernel = weight.shape[0], weight.shape[1], pair(weight.shape[2:])
    padded = _padded("conv2d", x, kernel, pair(padding), pair(dilation))
    if x.shape[1] != inputs * groups or outputs % groups:
        what = f"x {x.shape} does not have the {inputs * groups} channels that weight {weight.shape} takes"
        raise ShapeError(f"conv2d: {what} in {groups} group(s), or {outputs} filters are no multiple of {groups}.")
    windows = unfold(padded, kernel=kernel, stride=pair(stride), dilation=pair(dilation))
    n, rows, columns = len(x), windows.shape[4], windows.shape[5]
    grouped = (groups,) if groups > 1 else ()
    filters = reshape(weight, shape=(*grouped, outputs // groups, -1))
    y = matmul(filters, reshape(windows, shape=(n, *grouped, filters.shape[-1], rows * columns)))
    y = reshape(y, shape=(n, outputs, rows, columns))
    return y if bias is None else y + reshape(bias, shape=(-1, 1, 1))


def avg_pool2d(x: Any, kernel_size: Size, stride: Size | None = None, padding: Size = 0) -> Any:
    """Return the mean of each window; `stride` is its size unless given; padding counts as zeros."""
    kernel = pair(kernel_size)
    padded = _padded("avg_pool2d", x, kernel, pair(padding))
    windows = unfold(padded, kernel=kernel, stride=pair(stride or kernel), dilation=(1, 1))
    return mean_over(windows, dim=(2, 3))


def max_pool2d(x: Any, kernel_size: Size, stride: Size | None = None, padding: Size = 0, dilation: Size = 1) -> Any:
    """Return the largest number of each window, the first of several; a `ShapeError` if one holds padding alone."""
    kernel, padding, dilation = pair(kernel_size), pair(padding), pair(dilation)
    arrays = array_of(x), np.arange(1, math.prod(x.shape) + 1).reshape(x.shape)  # from 1
    padded = (_padded("max_pool2d", array, kernel, padding, dilation) for array in arrays)
    values, places = (_windows(array, kernel, pair(stride or kernel), dilation) for array in padded)
    best, place = values[:, :, 0, 0], places[:, :, 0, 0]
    for i, j in list(np.ndindex(kernel))[1:]:
        value, there = values[:, :, i, j], places[:, :, i, j]
        better = (value > best) | np.isnan(value)  # NaN is not hidden
        if any(padding):
            better = better & (there > 0) | (place == 0)  # anything rather than padding, which is in place 0
        best, place = np.where(better, value, best), np.where(better, there, place)
    if not place.all():
        raise ShapeError(f"max_pool2d: a window of {kernel} with padding {padding} holds padding alone: pad less.")
    return get(reshape(x, shape=(-1,)), index=(place - 1,))
