"""Recurrent nets in the layout of `torch.nn`: stacked, in one direction or both."""
# ruff: noqa: D102

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from neurona.glass.errors import ShapeError
from neurona.glass.functions import sigmoid, tanh
from neurona.glass.maps import concatenate, linear, stack, transpose
from neurona.glass.modules import Dropout, Dtype, Module, Random, uniform
from neurona.glass.tensor import Tensor

State = tuple[Any, ...]
NAMES = ("weight_ih", "weight_hh", "bias_ih", "bias_hh")


def _steps(x: Any) -> list[Any]:
    """Return `x[0], x[1], ...`, by halves: the gradients of T steps are put together in T log T and not in T^2."""
    return [x[0]] if len(x) == 1 else [*_steps(x[: len(x) // 2]), *_steps(x[len(x) // 2 :])]


class Recurrent(Module):
    """Layers of one kind of cell; the base of `RNN`, `LSTM` and `GRU`.

    Reads `(steps, n, input_size)`, or `(n, steps, input_size)` if `batch_first`; `dropout` is between layers.
    """

    gates, cells = 1, False
    cell: Callable[..., State]  # the next state, from W_ih x + b_ih, W_hh h + b_hh and the state before

    def __init__(
        self, input_size: int, hidden_size: int, num_layers: int = 1, *, bias: bool = True, batch_first: bool = False,
        dropout: float = 0.0, bidirectional: bool = False, generator: Random = None, dtype: Dtype = None,
    ) -> None:  # fmt: skip
        self.input_size, self.hidden_size, self.num_layers = input_size, hidden_size, num_layers
        self.directions = ("", "_reverse") if bidirectional else ("",)
        self.batch_first, self.dropout = batch_first, Dropout(dropout, generator=generator)
        rows = self.gates * hidden_size
        for layer in range(num_layers):
            width = hidden_size * len(self.directions) if layer else input_size
            shapes = (rows, width), (rows, hidden_size), (rows,), (rows,)
            for direction in self.directions:
                for name, shape in list(zip(NAMES, shapes, strict=True))[: 4 if bias else 2]:
                    setattr(self, f"{name}_l{layer}{direction}", uniform(shape, hidden_size, generator, dtype))

    def forward(self, x: Any, state: Any = None) -> tuple[Tensor, Any]:
        """Return the hidden states of the last layer at each step, and the states of all layers after their last step.

        These, as `state` before the first step, are `(layers * directions, n, hidden_size)`, of an LSTM a pair of it.
        """
        if len(x.shape) != 3 or x.shape[2] != self.input_size or 0 in x.shape:
            order = "(n, steps" if self.batch_first else "(steps, n"
            raise ShapeError(f"Sequences are {order}, {self.input_size}) here, not {x.shape}.")
        steps = _steps(transpose(x, axes=(1, 0, 2)) if self.batch_first else x)
        if state is None:
            zeros = np.zeros((self.num_layers * len(self.directions), len(steps[0]), self.hidden_size), x.dtype)
            state = (zeros, zeros) if self.cells else zeros
        before = zip(*(state if self.cells else (state,)), strict=True)
        after: list[State] = []
        for layer in range(self.num_layers):
            read = [self._read(steps, next(before), f"l{layer}{direction}") for direction in self.directions]
            after += [last for _, last in read]
            steps = [concatenate(hidden, -1) for hidden in zip(*(hidden for hidden, _ in read), strict=True)]
            if layer < self.num_layers - 1:
                steps = [self.dropout(hidden) for hidden in steps]
        states = tuple(stack(kind) for kind in zip(*after, strict=True))
        return stack(steps, 1 if self.batch_first else 0), states if self.cells else states[0]

    def _read(self, steps: Sequence[Any], state: State, place: str) -> tuple[list[Any], State]:
        """Return the hidden state at each step, and the last state, of one layer in one direction."""
        w, u, b, c = (getattr(self, f"{name}_{place}", None) for name in NAMES)
        outputs = []
        for x in reversed(steps) if "reverse" in place else steps:
            state = self.cell(linear(x, w, b), linear(state[0], u, c), state)
            outputs.append(state[0])
        return outputs[::-1] if "reverse" in place else outputs, state

    def _gates(self, sums: Tensor) -> list[Tensor]:
        return [sums[:, k * self.hidden_size : (k + 1) * self.hidden_size] for k in range(self.gates)]


class RNN(Recurrent):
    """`h = tanh(W_ih x + b_ih + W_hh h + b_hh)`; the state is `h`."""

    def cell(self, x: Tensor, h: Tensor, state: State) -> State:
        return (tanh(x + h),)


class LSTM(Recurrent):
    """Hochreiter and Schmidhuber 1997, with a forget gate; rows of weights are i, f, g, o, the state `(h, c)`."""

    gates, cells = 4, True

    def cell(self, x: Tensor, h: Tensor, state: State) -> State:
        i, f, g, o = self._gates(x + h)
        c = sigmoid(f) * state[1] + sigmoid(i) * tanh(g)
        return sigmoid(o) * tanh(c), c


class GRU(Recurrent):
    """Cho et al. 2014, with the reset gate after the product as in cuDNN; the rows of the weights are r, z, n."""

    gates = 3

    def cell(self, x: Tensor, h: Tensor, state: State) -> State:
        (xr, xz, xn), (hr, hz, hn) = self._gates(x), self._gates(h)
        z, n = sigmoid(xz + hz), tanh(xn + sigmoid(xr + hr) * hn)
        return (n + z * (state[0] - n),)
