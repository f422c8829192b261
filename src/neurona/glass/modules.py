"""Layers with the names, options and `state_dict` of `torch.nn`, so that weights move both ways.

Layers draw from `generator`; left out, numbers differ in each run. Weights are float64 unless `dtype` is given.
"""
# ruff: noqa: D102

import math
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Self

import numpy as np
from numpy.typing import DTypeLike

from neurona.glass import functions, windows
from neurona.glass.errors import ShapeError, require
from neurona.glass.maps import linear, mean_over, reshape
from neurona.glass.node import array_of
from neurona.glass.tensor import Tensor
from neurona.glass.windows import Size, pair

Random = np.random.Generator | None
Dtype = DTypeLike | None


class Module:
    """A function with parameters: its attributes that are tensors, and those inside its attributes that are modules.

    A tensor that requires gradients is a parameter, another a buffer. Dropout and batch normalisation heed `training`.
    """

    training = True
    forward: Callable[..., Any]

    def __call__(self, *inputs: Any) -> Any:
        return self.forward(*inputs)

    def state_dict(self, prefix: str = "") -> dict[str, Tensor]:
        """Return parameters and buffers by name; they are those of the module, not copies."""
        state: dict[str, Tensor] = {}
        for name, value in vars(self).items():
            if isinstance(value, Tensor):
                state[prefix + name] = value
            elif isinstance(value, Module):
                state |= value.state_dict(f"{prefix}{name}.")
        return state

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Copy arrays or tensors by name into parameters and buffers; a `ShapeError`, and no change, if one differs."""
        own = self.state_dict()
        if strange := own.keys() ^ state.keys():
            raise ShapeError(f"In one of state and module, but not in the other: {', '.join(sorted(strange))}.")
        arrays = {name: np.asarray(array_of(state[name])) for name in own}
        for name, tensor in own.items():
            if arrays[name].shape != tensor.shape:
                raise ShapeError(f"{name} has shape {tensor.shape} in the module, {arrays[name].shape} in the state.")
        for name, tensor in own.items():
            tensor.rewritten()[...] = arrays[name]

    def parameters(self) -> list[Tensor]:
        """Return the tensors that are learned, each once."""
        return list({id(tensor): tensor for tensor in self.state_dict().values() if tensor.requires_grad}.values())

    def train(self, mode: bool = True) -> Self:
        """Set `training` here and inside; return the module."""
        self.training = mode
        for value in vars(self).values():
            if isinstance(value, Module):
                value.train(mode)
        return self

    def eval(self) -> Self:
        """Leave training; return the module."""
        return self.train(False)


class Sequential(Module):
    """Modules one after the other, called 0, 1, 2, ..."""

    def __init__(self, *modules: Module) -> None:
        vars(self).update({str(number): module for number, module in enumerate(modules)})

    def forward(self, x: Any) -> Any:
        for module in vars(self).values():
            x = module(x) if isinstance(module, Module) else x
        return x


def uniform(shape: tuple[int, ...], fan_in: int, generator: Random, dtype: Dtype) -> Tensor:
    """Return a parameter from `U(-1 / sqrt(fan_in), 1 / sqrt(fan_in))`, where PyTorch's layers begin."""
    numbers = (generator or np.random.default_rng()).uniform(-1, 1, shape) / math.sqrt(fan_in)
    return Tensor(numbers, dtype=dtype, requires_grad=True)


class Linear(Module):
    """`x weight^T + bias`, `(..., in_features)` -> `(..., out_features)`."""

    def __init__(
        self, in_features: int, out_features: int, bias: bool = True, *, generator: Random = None, dtype: Dtype = None
    ) -> None:
        self.weight = uniform((out_features, in_features), in_features, generator, dtype)
        self.bias = uniform((out_features,), in_features, generator, dtype) if bias else None

    def forward(self, x: Any) -> Any:
        return linear(x, self.weight, self.bias)


class Conv2d(Module):
    """`windows.conv2d` with learned filters, `(n, in_channels, h, w)` -> `(n, out_channels, rows, columns)`."""

    def __init__(
        self, in_channels: int, out_channels: int, kernel_size: Size, stride: Size = 1, padding: Size = 0,
        dilation: Size = 1, groups: int = 1, bias: bool = True, *, generator: Random = None, dtype: Dtype = None,
    ) -> None:  # fmt: skip
        shape = (out_channels, in_channels // groups, *pair(kernel_size))
        self.weight = uniform(shape, math.prod(shape[1:]), generator, dtype)
        self.bias = uniform((out_channels,), math.prod(shape[1:]), generator, dtype) if bias else None
        self.geometry = (stride, padding, dilation, groups)

    def forward(self, x: Any) -> Any:
        return windows.conv2d(x, self.weight, self.bias, *self.geometry)


class Embedding(Module):
    """A learned vector for each of `num_embeddings` tokens from 0, integers `(...)` -> `(..., embedding_dim)`."""

    def __init__(
        self, num_embeddings: int, embedding_dim: int, *, generator: Random = None, dtype: Dtype = None
    ) -> None:
        numbers = (generator or np.random.default_rng()).normal(size=(num_embeddings, embedding_dim))
        self.weight = Tensor(numbers, dtype=dtype, requires_grad=True)

    def forward(self, tokens: Any) -> Any:
        tokens, count = np.asarray(array_of(tokens)), len(self.weight)
        if tokens.size and not 0 <= tokens.min() <= tokens.max() < count:
            raise ShapeError(f"Tokens go from 0 to {count - 1}, and these from {tokens.min()} to {tokens.max()}.")
        return self.weight[tokens]


class Dropout(Module):
    """In training each number is 0 with probability `p`, and the others grow by `1 / (1 - p)` (Srivastava 2014)."""

    def __init__(self, p: float = 0.5, *, generator: Random = None) -> None:
        require(0 <= p <= 1, "p", p, "a probability, from 0 to 1")
        self.p, self.generator = p, generator or np.random.default_rng()

    def forward(self, x: Any) -> Any:
        if not self.training or self.p == 0:
            return x
        kept = self.generator.random(x.shape) >= self.p
        return x * (kept / max(1 - self.p, 1e-12)).astype(x.dtype)


def standardise(x: Any, dim: tuple[int, ...], eps: float = 1e-5) -> tuple[Any, Any, Any]:
    """Return `(x - mean) / sqrt(variance + eps)`, mean and variance along `dim`; the variance divides by the count."""
    mean = mean_over(x, dim=dim, keepdim=True)
    centred = x - mean
    variance = mean_over(centred * centred, dim=dim, keepdim=True)
    return centred * (variance + eps) ** -0.5, mean, variance


class BatchNorm(Module):
    """Each channel of `(n, channels, ...)` over the batch (Ioffe and Szegedy 2015), after training over all batches."""

    def __init__(self, num_features: int, eps: float = 1e-5, momentum: float = 0.1, *, dtype: Dtype = None) -> None:
        self.weight = Tensor(np.ones(num_features), dtype=dtype, requires_grad=True)
        self.bias = Tensor(np.zeros(num_features), dtype=dtype, requires_grad=True)
        self.running_mean, self.running_var = (Tensor(of(num_features), dtype=dtype) for of in (np.zeros, np.ones))
        self.num_batches_tracked = Tensor(0)
        self.eps, self.momentum = eps, momentum

    def forward(self, x: Any) -> Any:
        channels, size = len(self.weight), math.prod(x.shape) // x.shape[1]
        if x.shape[1] != channels or (self.training and size < 2):
            raise ShapeError(f"BatchNorm takes {channels} channels, in training of two numbers or more, not {x.shape}.")
        along = (-1,) + (1,) * (len(x.shape) - 2)
        if self.training:
            y, mean, variance = standardise(x, (0, *range(2, len(x.shape))), self.eps)
            for running, now in ((self.running_mean, mean), (self.running_var, variance * (size / (size - 1)))):
                running += self.momentum * (array_of(now).ravel() - running.numpy())
            self.num_batches_tracked += 1
        else:
            y = (x - self.running_mean.reshape(along)) * (self.running_var.reshape(along) + self.eps) ** -0.5
        return y * self.weight.reshape(along) + self.bias.reshape(along)


BatchNorm1d = BatchNorm2d = BatchNorm


class LayerNorm(Module):
    """Each sample on its own, over its last axes, `normalized_shape` (Ba, Kiros and Hinton 2016)."""

    def __init__(self, normalized_shape: int | tuple[int, ...], eps: float = 1e-5, *, dtype: Dtype = None) -> None:
        self.weight = Tensor(np.ones(normalized_shape), dtype=dtype, requires_grad=True)
        self.bias = Tensor(np.zeros(normalized_shape), dtype=dtype, requires_grad=True)
        self.eps = eps

    def forward(self, x: Any) -> Any:
        return standardise(x, tuple(range(-self.weight.ndim, 0)), self.eps)[0] * self.weight + self.bias


class Function(Module):
    """A function of one tensor as a module; `arguments` and `options` go to it at each call."""

    def __init__(self, function: Callable[..., Any], *arguments: Any, **options: Any) -> None:
        self.function, self.arguments, self.options = function, arguments, options

    def forward(self, x: Any) -> Any:
        return self.function(x, *self.arguments, **self.options)


made: Any = partial(partial, Function)  # Tanh(), LeakyReLU(negative_slope=0.2), Softmax(dim=1), MaxPool2d(2), ...
Identity, Step, Softmax = map(made, (functions.identity, functions.step, functions.softmax))
Sigmoid, BipolarSigmoid, Tanh = map(made, (functions.sigmoid, functions.bipolar_sigmoid, functions.tanh))
ReLU, LeakyReLU, ELU, SELU = map(made, (functions.relu, functions.leaky_relu, functions.elu, functions.selu))
GELU, SiLU, Mish, Softplus = map(made, (functions.gelu, functions.silu, functions.mish, functions.softplus))
Hardtanh, MaxPool2d, AvgPool2d = map(made, (functions.hardtanh, windows.max_pool2d, windows.avg_pool2d))
Flatten = made(lambda x: reshape(x, shape=(len(x), -1)))
