"""Optimizers, with the update rules and the options of `torch.optim`."""
# ruff: noqa: D102

import math
from collections.abc import Iterable
from dataclasses import KW_ONLY, dataclass
from typing import Any

import numpy as np

from neurona.glass.errors import GraphError, require
from neurona.glass.node import Array, array_of
from neurona.glass.tensor import Tensor


@dataclass
class Optimizer:
    """Changes leaves by their gradients, those that have one; `weight_decay` times a leaf is added to its gradient."""

    parameters: Iterable[Tensor]
    lr: float = 1e-3
    _: KW_ONLY
    weight_decay: float = 0.0

    def __post_init__(self) -> None:
        self.parameters = list(self.parameters)
        if not self.parameters or not all(p.is_leaf and p.requires_grad for p in self.parameters):
            raise GraphError("An optimizer takes leaves that require gradients, such as net.parameters().")
        for option in ("lr", "weight_decay", "momentum", "eps", "rho", "betas"):
            value, below = getattr(self, option, 0), 1 if option in ("rho", "betas") else math.inf
            require(all(0 <= part < below for part in np.ravel(value)), option, value, f"at least 0, less than {below}")
        self.state: list[dict[str, Any]] = [{} for _ in self.parameters]

    def zero_grad(self) -> None:
        """Forget the gradients."""
        for parameter in self.parameters:
            parameter.grad = None

    def step(self) -> None:
        """Change each parameter by its gradient."""
        for parameter, state in zip(self.parameters, self.state, strict=True):
            if parameter.grad is not None:
                w, g = parameter.rewritten(), array_of(parameter.grad)
                w -= self.lr * self.direction(g + self.weight_decay * w if self.weight_decay else g, state)

    def direction(self, g: Array, state: dict[str, Any]) -> Any:
        """Return what is taken `lr` times from a parameter of gradient `g`; its `state` is empty at first."""
        return g


@dataclass
class SGD(Optimizer):
    """`v = momentum v + g; w -= lr v` (Polyak 1964), or `w -= lr (g + momentum v)` by Nesterov's rule."""

    momentum: float = 0.0
    nesterov: bool = False

    def direction(self, g: Array, state: dict[str, Any]) -> Any:
        if not self.momentum:
            return g
        v = state["v"] = self.momentum * state["v"] + g if state else g.copy()
        return g + self.momentum * v if self.nesterov else v


@dataclass
class Adadelta(Optimizer):
    """Zeiler 2012, algorithm 1: changes of the size of the changes before them."""

    lr: float = 1.0
    rho: float = 0.9
    eps: float = 1e-6

    def direction(self, g: Array, state: dict[str, Any]) -> Any:
        squares = state["squares"] = self.rho * state.get("squares", 0.0) + (1 - self.rho) * g * g
        change = np.sqrt(state.get("changes", 0.0) + self.eps) / np.sqrt(squares + self.eps) * g
        state["changes"] = self.rho * state.get("changes", 0.0) + (1 - self.rho) * change * change
        return change


@dataclass
class Adam(Optimizer):
    """Kingma and Ba 2014, algorithm 1: running mean over root of running mean square, without their bias towards 0."""

    betas: tuple[float, float] = (0.9, 0.999)
    eps: float = 1e-8

    def direction(self, g: Array, state: dict[str, Any]) -> Any:
        (b1, b2), t = self.betas, state.get("t", 0) + 1
        m, v = b1 * state.get("m", 0.0) + (1 - b1) * g, b2 * state.get("v", 0.0) + (1 - b2) * g * g
        state.update(t=t, m=m, v=v)
        return m / (1 - b1**t) / (np.sqrt(v) / math.sqrt(1 - b2**t) + self.eps)
