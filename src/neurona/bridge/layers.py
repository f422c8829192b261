"""Layers and losses of PyTorch on glass, with PyTorch's arguments."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from neurona import glass
from neurona.bridge.unknown import require
from neurona.glass import functions, maps, windows
from neurona.glass.node import array_of

Function = Callable[..., Any]
FUNCTIONS: dict[Function, Function] = {}


def layer(*theirs: Function) -> Callable[[Function], Function]:
    """Register a function of glass in place of PyTorch's."""

    def register(function: Function) -> Function:
        FUNCTIONS.update(dict.fromkeys(theirs, function))
        return function

    return register


# ---------------------------------------------------------------------- activations


def _of_one(function: Function) -> Function:
    """Return an activation that is told `inplace`, which glass has no use for."""
    return lambda x, inplace=False: function(x)


for _theirs, _ours in (
    ((functional.relu, torch.relu, Tensor.relu, Tensor.relu_, torch.relu_), functions.relu),
    ((functional.selu, torch.selu), functions.selu),
    ((functional.silu,), functions.silu),
    ((functional.mish,), functions.mish),
):
    layer(*_theirs)(_of_one(_ours))


@layer(functional.leaky_relu)
def _leaky_relu(x: Any, negative_slope: float = 0.01, inplace: bool = False) -> Any:
    return functions.leaky_relu(x, negative_slope=negative_slope)


@layer(functional.elu)
def _elu(x: Any, alpha: float = 1.0, inplace: bool = False) -> Any:
    return functions.elu(x, alpha=alpha)


@layer(functional.hardtanh)
def _hardtanh(x: Any, min_val: float = -1.0, max_val: float = 1.0, inplace: bool = False) -> Any:
    return functions.hardtanh(x) if (min_val, max_val) == (-1, 1) else functions.clip(x, low=min_val, high=max_val)


@layer(functional.gelu)
def _gelu(x: Any, approximate: str = "none") -> Any:
    require(approximate == "none", f"gelu with approximate={approximate!r}")
    return functions.gelu(x)


@layer(functional.softplus)
def _softplus(x: Any, beta: float = 1, threshold: float = 20) -> Any:
    require(threshold == 20, "softplus with another threshold")
    return functions.softplus(x * beta) / beta


@layer(functional.softmax, torch.softmax, Tensor.softmax)
def _softmax(x: Any, dim: int, _stacklevel: int = 3, dtype: Any = None) -> Any:
    require(dim is not None and dtype is None, "softmax without a dimension, or into another dtype")
    return functions.softmax(x, dim=dim)


@layer(functional.log_softmax, torch.log_softmax, Tensor.log_softmax)
def _log_softmax(x: Any, dim: int, _stacklevel: int = 3, dtype: Any = None) -> Any:
    require(dim is not None and dtype is None, "softmax without a dimension, or into another dtype")
    return functions.log_softmax(x, dim=dim)


@layer(functional.dropout)
def _dropout(x: Any, p: float = 0.5, training: bool = True, inplace: bool = False) -> Any:
    """Drop what PyTorch would: the mask is drawn from its generator."""
    if not training or p == 0:
        return x
    kept = torch.empty(x.shape, dtype=getattr(torch, str(x.dtype))).bernoulli_(1 - p)
    return x * (kept.numpy() / max(1 - p, 1e-12)).astype(x.dtype)


@layer(functional.dropout2d)
def _dropout2d(x: Any, p: float = 0.5, training: bool = True, inplace: bool = False) -> Any:
    if not training or p == 0:
        return x
    kept = torch.empty((*x.shape[:2], 1, 1), dtype=getattr(torch, str(x.dtype))).bernoulli_(1 - p)
    return x * (kept.numpy() / max(1 - p, 1e-12)).astype(x.dtype)


# ---------------------------------------------------------------------- layers


layer(functional.linear)(maps.linear)


@layer(functional.embedding)
def _embedding(
    tokens: Any, weight: Any, padding_idx: int | None = None, max_norm: float | None = None, norm_type: float = 2.0,
    scale_grad_by_freq: bool = False, sparse: bool = False,
) -> Any:  # fmt: skip
    """Return rows of `weight`; that of padding has no gradient."""
    tokens = np.asarray(tokens)
    require(
        max_norm is None and not scale_grad_by_freq and not sparse, "embedding with max_norm, frequencies or sparse"
    )
    known = not tokens.size or 0 <= tokens.min() <= tokens.max() < weight.shape[0]
    require(known, f"embedding of tokens outside 0 to {weight.shape[0] - 1}")
    rows = weight[tokens]
    if padding_idx is None:
        return rows
    padding = (tokens == padding_idx % weight.shape[0])[..., None]
    return functions.where(padding, array_of(rows), rows) if padding.any() else rows


@layer(functional.batch_norm)
def _batch_norm(
    x: Any, running_mean: Any, running_var: Any, weight: Any = None, bias: Any = None, training: bool = False,
    momentum: float = 0.1, eps: float = 1e-5,
) -> Any:  # fmt: skip
    """Normalise each channel; the running statistics, PyTorch's own memory, are moved in training."""
    along = (-1,) + (1,) * (x.ndim - 2)
    if training:
        y, mean, variance = glass.standardise(x, (0, *range(2, x.ndim)), eps)
        if running_mean is not None:
            size = math.prod(x.shape) // x.shape[1]
            running_mean += momentum * (array_of(mean).ravel() - running_mean)
            running_var += momentum * (array_of(variance).ravel() * (size / (size - 1)) - running_var)
    else:
        y = (x - running_mean.reshape(along)) * ((running_var.reshape(along) + eps) ** -0.5).astype(x.dtype)
    y = y if weight is None else y * maps.reshape(weight, shape=along)
    return y if bias is None else y + maps.reshape(bias, shape=along)


@layer(functional.layer_norm)
def _layer_norm(x: Any, shape: Sequence[int], weight: Any = None, bias: Any = None, eps: float = 1e-5) -> Any:
    y = glass.standardise(x, tuple(range(-len(shape), 0)), eps)[0]
    y = y if weight is None else y * weight
    return y if bias is None else y + bias


# ---------------------------------------------------------------------- windows


@layer(torch.conv2d)
def _conv2d(
    x: Any, weight: Any, bias: Any = None, stride: Any = 1, padding: Any = 0, dilation: Any = 1, groups: int = 1
) -> Any:
    if padding == "valid":
        padding = 0
    if padding == "same":
        reach = [d * (k - 1) for k, d in zip(weight.shape[2:], windows.pair(dilation), strict=True)]
        before, after = [r // 2 for r in reach], [r - r // 2 for r in reach]
        shape = (*x.shape[:2], *(n + r for n, r in zip(x.shape[2:], reach, strict=True)))
        inside = tuple(slice(b, n - a) for b, n, a in zip(before, shape[2:], after, strict=True))
        x, padding = maps.put(x, index=(slice(None), slice(None), *inside), shape=shape), 0
    return windows.conv2d(x, weight, bias, stride, padding, dilation, groups)


@layer(torch.conv_transpose2d)
def _conv_transpose2d(
    x: Any, weight: Any, bias: Any = None, stride: Any = 1, padding: Any = 0, output_padding: Any = 0, groups: int = 1,
    dilation: Any = 1,
) -> Any:  # fmt: skip
    """Return the adjoint of a convolution: each number of `x` lays down the filter, `(n, in, h, w)`."""
    require(groups == 1, "conv_transpose2d with groups")
    kernel, stride, dilation = weight.shape[2:], windows.pair(stride), windows.pair(dilation)
    (n, channels, rows, columns), outputs = x.shape, weight.shape[1]
    filters = maps.reshape(weight, shape=(channels, -1)).T
    laid = maps.matmul(filters, maps.reshape(x, shape=(n, channels, rows * columns)))
    laid = maps.reshape(laid, shape=(n, outputs, *kernel, rows, columns))
    covered = [
        s * (size - 1) + d * (k - 1) + 1 for s, size, d, k in zip(stride, x.shape[2:], dilation, kernel, strict=True)
    ]
    edges, extra = windows.pair(padding), windows.pair(output_padding)
    whole = [size + max(0, e - p) for size, e, p in zip(covered, extra, edges, strict=True)]
    y = windows.fold(laid, shape=(n, outputs, *whole), kernel=tuple(kernel), stride=stride, dilation=dilation)
    inside = (slice(p, size - p + e) for p, size, e in zip(edges, covered, extra, strict=True))
    y = y[(slice(None), slice(None), *inside)]
    return y if bias is None else y + maps.reshape(bias, shape=(-1, 1, 1))


def _max_pool2d(
    x: Any, kernel_size: Any, stride: Any = None, padding: Any = 0, dilation: Any = 1, ceil_mode: bool = False,
    return_indices: bool = False,
) -> Any:  # fmt: skip
    require(not return_indices, "max_pool2d with return_indices")
    require(not ceil_mode or windows.pair(dilation) == (1, 1), "max_pool2d with ceil_mode and dilation")
    stride = stride or kernel_size
    x = _whole(x, kernel_size, stride, padding) if ceil_mode else x
    return windows.max_pool2d(x, kernel_size, stride, padding, dilation)


def _whole(x: Any, kernel_size: Any, stride: Any, padding: Any) -> Any:
    """Repeat the last row and column of `x` until the last window of `ceil_mode` is whole.

    Such a window begins within `x` and reaches over its end, so that the last ones are in it: its maximum stays.
    """
    places = []
    for n, k, s, p in zip(x.shape[2:], *map(windows.pair, (kernel_size, stride, padding)), strict=True):
        last = -(-(n + 2 * p - k) // s)
        last -= last * s >= n + p  # it would begin in the padding behind
        places.append(np.minimum(np.arange(max(n, last * s + k - 2 * p)), n - 1))
    rows, columns = places
    return x[:, :, rows[:, None], columns]


layer(functional.max_pool2d, torch.max_pool2d)(_max_pool2d)


@layer(functional.avg_pool2d)
def _avg_pool2d(
    x: Any, kernel_size: Any, stride: Any = None, padding: Any = 0, ceil_mode: bool = False,
    count_include_pad: bool = True, divisor_override: int | None = None,
) -> Any:  # fmt: skip
    require(not ceil_mode and divisor_override is None, "avg_pool2d with ceil_mode or divisor_override")
    y = windows.avg_pool2d(x, kernel_size, stride or None, padding)
    if count_include_pad or not any(windows.pair(padding)):
        return y
    ones = np.ones((1, 1, *x.shape[2:]), x.dtype)
    return y / windows.avg_pool2d(ones, kernel_size, stride or None, padding)


@layer(functional.adaptive_avg_pool2d)
def _adaptive_avg_pool2d(x: Any, output_size: Any) -> Any:
    wanted = [n if w is None else w for w, n in zip(windows.pair(output_size), x.shape[2:], strict=True)]
    sizes = [n // w for w, n in zip(wanted, x.shape[2:], strict=True)]
    if all(n == w * s for w, n, s in zip(wanted, x.shape[2:], sizes, strict=True)):
        return windows.avg_pool2d(x, tuple(sizes))
    down, across = (_means(n, w, x.dtype) for w, n in zip(wanted, x.shape[2:], strict=True))
    return down @ x @ across.T


def _means(count: int, wanted: int, dtype: Any) -> np.ndarray:
    """Return the `(wanted, count)` matrix that takes means of so many numbers, over windows that may overlap."""
    means = np.zeros((wanted, count), dtype)
    for i in range(wanted):
        first, end = i * count // wanted, -(-(i + 1) * count // wanted)
        means[i, first:end] = 1 / (end - first)
    return means


@layer(functional.interpolate)
def _interpolate(x: Any, size: Any = None, scale_factor: Any = None, mode: str = "nearest", **_options: Any) -> Any:
    require(mode == "nearest", f"interpolate with mode={mode!r}")
    scale = windows.pair(scale_factor) if size is None else (1, 1)
    wanted = (
        windows.pair(size) if size is not None else tuple(int(n * s) for n, s in zip(x.shape[2:], scale, strict=True))
    )
    rows, columns = (np.arange(w) * n // w for w, n in zip(wanted, x.shape[2:], strict=True))
    return x[:, :, rows[:, None], columns]


# ---------------------------------------------------------------------- recurrent layers


def _recurrent(kind: type[glass.recurrent.Recurrent]) -> Function:
    def read(
        x: Any, state: Any, weights: Sequence[Any], bias: bool, layers: int, dropout: float, training: bool,
        bidirectional: bool, batch_first: bool,
    ) -> Any:  # fmt: skip
        module = kind(1, 1, layers, bias=bias, batch_first=batch_first, bidirectional=bidirectional)
        names = module.state_dict()  # in the order of PyTorch's weights
        module.input_size, module.hidden_size = x.shape[-1], weights[1].shape[1]
        vars(module).update(zip(names, weights, strict=True))
        vars(module)["dropout"] = lambda hidden: _dropout(hidden, dropout, training)
        outputs, after = module(x, state)
        return (outputs, *after) if kind.cells else (outputs, after)

    return read


layer(torch.lstm)(_recurrent(glass.LSTM))
layer(torch.gru)(_recurrent(glass.GRU))
layer(torch.rnn_tanh)(_recurrent(glass.RNN))


# ---------------------------------------------------------------------- losses


def _reduced(loss: Function, name: str) -> Function:
    """Return a loss with PyTorch's `reduction`; old names of it, and weights, are refused."""

    def reduced(
        x: Any, target: Any, size_average: Any = None, reduce: Any = None, reduction: str = "mean", weight: Any = None
    ) -> Any:
        require(size_average is None and reduce is None and weight is None, f"{name} with weight or reduce")
        return functions.REDUCTIONS[reduction](loss(x, target))

    return reduced


@layer(functional.cross_entropy)
def _cross_entropy(
    x: Any, target: Any, weight: Any = None, size_average: Any = None, ignore_index: int = -100, reduce: Any = None,
    reduction: str = "mean", label_smoothing: float = 0.0,
) -> Any:  # fmt: skip
    require(weight is None and not label_smoothing, "cross_entropy with weight or label_smoothing")
    require(size_average is None and reduce is None, "cross_entropy with size_average or reduce")
    require(np.asarray(array_of(target)).dtype.kind in "iu", "cross_entropy with shares of classes as targets")
    if x.ndim > 2:
        x = maps.transpose(x, axes=(0, *range(2, x.ndim), 1))
        x, target = maps.reshape(x, shape=(-1, x.shape[-1])), target.reshape(-1)
    known = np.asarray(target) != ignore_index
    if not known.all():
        require(reduction != "none", "cross_entropy of each sample with ignore_index")
        rows = np.flatnonzero(known)
        x, target = x[rows], target[rows]
    return glass.cross_entropy(x, target, reduction)


@layer(functional.nll_loss)
def _nll_loss(
    x: Any, target: Any, weight: Any = None, size_average: Any = None, ignore_index: int = -100, reduce: Any = None,
    reduction: str = "mean",
) -> Any:  # fmt: skip
    require(weight is None and size_average is None and reduce is None, "nll_loss with weight or reduce")
    require(not (np.asarray(target) == ignore_index).any(), "nll_loss with classes to ignore")
    return glass.nll_loss(x, target, reduction)


@layer(functional.binary_cross_entropy_with_logits)
def _binary_cross_entropy_with_logits(
    x: Any, target: Any, weight: Any = None, size_average: Any = None, reduce: Any = None, reduction: str = "mean",
    pos_weight: Any = None,
) -> Any:  # fmt: skip
    require(weight is None and pos_weight is None, "binary_cross_entropy_with_logits with weights")
    require(size_average is None and reduce is None, "binary_cross_entropy_with_logits with reduce")
    return glass.binary_cross_entropy_with_logits(x, target, reduction)


@layer(functional.binary_cross_entropy)
def _binary_cross_entropy(
    x: Any, target: Any, weight: Any = None, size_average: Any = None, reduce: Any = None, reduction: str = "mean"
) -> Any:
    require(weight is None and size_average is None and reduce is None, "binary_cross_entropy with weight or reduce")
    return glass.binary_cross_entropy(x, target, reduction)


@layer(functional.huber_loss)
def _huber_loss(x: Any, target: Any, reduction: str = "mean", delta: float = 1.0, weight: Any = None) -> Any:
    require(weight is None, "huber_loss with weight")
    error = x - target
    size = functions.absolute(error)
    loss = functions.where(array_of(size) < delta, error * error / 2, (size - delta / 2) * delta)
    return functions.REDUCTIONS[reduction](loss)


@layer(functional.smooth_l1_loss)
def _smooth_l1_loss(
    x: Any, target: Any, size_average: Any = None, reduce: Any = None, reduction: str = "mean", beta: float = 1.0
) -> Any:
    require(size_average is None and reduce is None and beta > 0, "smooth_l1_loss with reduce, or without beta")
    return _huber_loss(x, target, reduction, beta) / beta


layer(functional.mse_loss)(_reduced(lambda x, y: (x - y) ** 2, "mse_loss"))
layer(functional.l1_loss)(_reduced(lambda x, y: functions.absolute(x - y), "l1_loss"))
