"""JAX: all epochs as one function that it compiles, a scan over epochs and batches.

Of a net with convolutions each step is compiled, and the loop is Python's: within a compiled loop XLA's convolutions on
a CPU take ten times as long.
"""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from benchmarks.setting import Array, Setting, channels_last

BETAS, EPS = (0.9, 0.999), 1e-8
tree = jax.tree_util.tree_map


class Compiled:
    """The loop as one function; what it compiles to is kept for the epochs that it was made for."""

    def __init__(self, setting: Setting) -> None:
        self.setting, self.notes = setting, list[str]()
        x = setting.x.transpose(0, 2, 3, 1) if setting.convolutional else setting.x
        self.x, self.y = jnp.asarray(x), jnp.asarray(setting.y)
        self.steps, self.whole = setting.steps, len(x) // setting.batch * setting.batch
        self.loop = jax.jit(lambda state, orders, rates: lax.scan(self._epoch, state, (orders, rates))[0])
        self.step = jax.jit(lambda state, rows, rate: self._step(state, self.x[rows], self.y[rows], rate))
        if setting.convolutional:
            self.notes.append("a compiled step, and a loop in Python")

    def begin(self, epochs: int) -> None:
        """Take the first weights."""
        theta = [jnp.asarray(w) for w in channels_last(self.setting, self.setting.weights)]
        zeros = tree(jnp.zeros_like, theta)
        memory = zeros if self.setting.optimizer == "sgd" else (zeros, zeros)
        self.state = (theta, memory, jnp.float32(0))
        self.orders = jnp.asarray(self.setting.orders[:epochs].astype(np.int32))
        self.rates = jnp.asarray(self.setting.rates[: epochs * self.steps].reshape(epochs, -1).astype(np.float32))

    def train(self) -> None:
        """Call the function, and wait for its result."""
        if not self.setting.convolutional:
            self.state = jax.block_until_ready(self.loop(self.state, self.orders, self.rates))
            return
        for order, rates in zip(np.asarray(self.orders), np.asarray(self.rates), strict=True):
            for number, rate in enumerate(rates):
                rows = order[number * self.setting.batch : (number + 1) * self.setting.batch]
                self.state = self.step(self.state, rows, rate)
        jax.block_until_ready(self.state)

    def _epoch(self, state: Any, given: Any) -> Any:
        order, rates = given
        if self.setting.full:
            return self._step(state, self.x, self.y, rates[0]), None
        batch, whole = self.setting.batch, self.whole
        inner = (order[:whole].reshape(-1, batch), rates[: whole // batch])
        state, _none = lax.scan(lambda s, g: (self._step(s, self.x[g[0]], self.y[g[0]], g[1]), None), state, inner)
        if whole < len(self.x):
            state = self._step(state, self.x[order[whole:]], self.y[order[whole:]], rates[-1])
        return state, None

    def _step(self, state: Any, x: Any, y: Any, rate: Any) -> Any:
        theta, memory, t = state
        slopes, setting = jax.grad(self._objective)(theta, x, y), self.setting
        if setting.optimizer == "sgd":
            if setting.momentum:
                memory = slopes = tree(lambda m, g: setting.momentum * m + g, memory, slopes)
            return tree(lambda w, g: w - rate * g, theta, slopes), memory, t + 1
        mean = tree(lambda m, g: BETAS[0] * m + (1 - BETAS[0]) * g, memory[0], slopes)
        square = tree(lambda v, g: BETAS[1] * v + (1 - BETAS[1]) * g * g, memory[1], slopes)
        first, second = 1 - BETAS[0] ** (t + 1), 1 - BETAS[1] ** (t + 1)
        decay = 1 - rate * setting.weight_decay

        def moved(w: Any, m: Any, v: Any) -> Any:
            return decay * w - rate * (m / first) / (jnp.sqrt(v / second) + EPS)

        return tree(moved, theta, mean, square), (mean, square), t + 1

    def _objective(self, theta: Any, x: Any, y: Any) -> Any:
        outputs = self._forward(theta, x)
        if self.setting.loss == "mse":
            return jnp.mean((outputs - y) ** 2)
        losses = -jnp.take_along_axis(jax.nn.log_softmax(outputs), y[:, None], 1)
        return losses.sum() if self.setting.summed else losses.mean()

    def _forward(self, theta: Any, x: Any) -> Any:
        left = iter(theta)
        for kind, *sizes in self.setting.layers:
            if kind == "linear":
                x = x @ next(left) + next(left)
            elif kind == "conv":
                pad = [(sizes[3], sizes[3])] * 2
                kernels, bias = next(left), next(left)
                x = lax.conv_general_dilated(x, kernels, (1, 1), pad, dimension_numbers=("NHWC", "HWIO", "NHWC")) + bias
            elif kind == "pool":
                n, height, width, channels = x.shape  # `lax.reduce_window` goes back half as fast
                x = x.reshape(n, height // sizes[0], sizes[0], width // sizes[0], sizes[0], channels).max((2, 4))
            else:
                x = x.reshape(len(x), -1) if kind == "flatten" else getattr(jax.nn, kind)(x)
        return x

    def weights(self) -> list[Array]:
        """Return what was learned."""
        return channels_last(self.setting, [np.asarray(w) for w in self.state[0]], back=True)
