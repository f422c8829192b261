"""NumPy by hand: the delta rule of a dense net written out, in float32."""

from __future__ import annotations

import numpy as np

from benchmarks.setting import Array, Cannot, Setting

BETAS, EPS = (0.9, 0.999), 1e-8


class ByHand:
    """Forward, back and step over arrays."""

    def __init__(self, setting: Setting) -> None:
        if setting.convolutional:
            raise Cannot("Nobody trains convolutions that are loops in NumPy.")
        self.setting, self.notes = setting, list[str]()
        self.activations = setting.activations()
        self.x, self.y = setting.x, setting.y

    def begin(self, epochs: int) -> None:
        """Take the first weights, and an optimizer that remembers nothing."""
        self.epochs, self.theta = epochs, self.setting.weights
        self.first = [np.zeros_like(w) for w in self.theta]
        self.second = [np.zeros_like(w) for w in self.theta]

    def train(self) -> None:
        """Go over the batches."""
        step, setting = 0, self.setting
        for order in setting.orders[: self.epochs]:
            for begun in range(0, len(self.x), setting.batch):
                rows = order[begun : begun + setting.batch]
                x, y = (self.x, self.y) if setting.full else (self.x[rows], self.y[rows])
                self._step(self._gradient(x, y), setting.rates[step], step + 1)
                step += 1

    def _gradient(self, x: Array, y: Array) -> list[Array]:
        """Return the gradient of the loss of a batch, `(n, d)`, for each weight and bias."""
        values = [x]
        for number, activation in enumerate(self.activations):
            z = values[-1] @ self.theta[2 * number].T + self.theta[2 * number + 1]
            values.append(1 / (1 + np.exp(-z)) if activation == "sigmoid" else np.maximum(z, 0) if activation else z)
        delta, found = self._delta(values[-1], y), list[Array]()
        for number in reversed(range(len(self.activations))):
            before = values[number]
            found += [delta.sum(axis=0), delta.T @ before]
            if number:
                back = delta @ self.theta[2 * number]
                delta = (
                    back * before * (1 - before) if self.activations[number - 1] == "sigmoid" else back * (before > 0)
                )
        return found[::-1]

    def _delta(self, outputs: Array, y: Array) -> Array:
        """Return the derivative of the loss by the outputs, `(n, k)`."""
        if self.setting.loss == "mse":
            return (outputs - y) * np.float32(2 / outputs.size)
        powers: Array = np.exp(outputs - outputs.max(axis=1, keepdims=True))
        p: Array = powers / powers.sum(axis=1, keepdims=True)
        p[np.arange(len(y)), y] -= 1
        p *= np.float32(1 if self.setting.summed else 1 / len(y))
        return p

    def _step(self, gradient: list[Array], rate: float, t: int) -> None:
        setting, rate = self.setting, float(rate)
        for w, g, m, v in zip(self.theta, gradient, self.first, self.second, strict=True):
            if setting.optimizer == "sgd":
                if setting.momentum:
                    m *= setting.momentum
                    m += g
                    g = m
                w -= rate * g
                continue
            m += (1 - BETAS[0]) * (g - m)
            v += (1 - BETAS[1]) * (g * g - v)
            w *= 1 - rate * setting.weight_decay
            root = np.sqrt(v)
            root /= (1 - BETAS[1] ** t) ** 0.5
            root += EPS
            w -= rate / (1 - BETAS[0] ** t) * m / root

    def weights(self) -> list[Array]:
        """Return what was learned."""
        return self.theta
