"""The weights of a net as one vector, and beside it what PyTorch's optimizer remembers of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.optim import Optimizer

# What each optimizer is called by `neurona.compiled.optimizers`, and the tensors that it remembers for a parameter.
MEMORY: dict[type[Optimizer], tuple[str, tuple[str, ...]]] = {
    torch.optim.SGD: ("sgd", ("momentum_buffer",)),
    torch.optim.Adagrad: ("adagrad", ("sum",)),
    torch.optim.Adadelta: ("adadelta", ("square_avg", "acc_delta")),
    torch.optim.RMSprop: ("rmsprop", ("square_avg", "momentum_buffer")),
    torch.optim.Adam: ("adam", ("exp_avg", "exp_avg_sq")),
    torch.optim.AdamW: ("adamw", ("exp_avg", "exp_avg_sq")),
}


class Flat:
    """Tensors as one vector `(p,)`, copied from them and back."""

    def __init__(self, tensors: Sequence[Tensor], vector: Tensor | None = None) -> None:
        self.tensors = list(tensors)
        sizes = [tensor.numel() for tensor in tensors]
        self.vector = torch.zeros(sum(sizes)) if vector is None else vector
        self._parts = [part.view(t.shape) for part, t in zip(self.vector.split(sizes), tensors, strict=True)]

    @torch.no_grad()
    def take(self) -> None:
        """Copy the tensors into the vector."""
        torch._foreach_copy_(self._parts, self.tensors)

    @torch.no_grad()
    def give_back(self) -> None:
        """Copy the vector into the tensors."""
        torch._foreach_copy_(self.tensors, self._parts)


class Memory:
    """What an optimizer remembers, as vectors.

    Args:
        optimizer: of the parameters.
        parameters: in the order in which they lie in a vector.

    Attributes:
        rows: one for each name of `MEMORY`, zeros where the optimizer does not use it, `(2, p)`.
        steps: how many steps the optimizer has made.
    """

    def __init__(self, optimizer: Optimizer, parameters: Sequence[nn.Parameter]) -> None:
        self.optimizer, self._parameters = optimizer, parameters
        momentum = optimizer.param_groups[0].get("momentum")
        self._names = [name for name in MEMORY[type(optimizer)][1] if name != "momentum_buffer" or momentum]
        self._counts = type(optimizer) is not torch.optim.SGD
        self.rows = torch.zeros(2, sum(p.numel() for p in parameters))
        self._flat: list[Flat] = []
        self.steps = 0
        self._begin([optimizer.state[p] for p in parameters])

    def take(self) -> None:
        """Copy from the optimizer, which begins to remember if it has not made a step."""
        states: list[dict[str, Any]] = [self.optimizer.state[p] for p in self._parameters]
        now = [state.get(name) for name in self._names for state in states]
        known = [tensor for flat in self._flat for tensor in flat.tensors]
        if any(tensor is not other for tensor, other in zip(now, known, strict=True)):
            self._begin(states)  # the optimizer was given a state, and holds other tensors than before
        for flat in self._flat:
            flat.take()
        self.steps = int(states[0]["step"]) if self._counts else 0

    def _begin(self, states: list[dict[str, Any]]) -> None:
        """Know the tensors that the optimizer holds now; those that it has yet to make are zeros."""
        for p, state in zip(self._parameters, states, strict=True):
            for name in self._names:
                if state.get(name) is None:
                    state[name] = torch.zeros_like(p)
            if self._counts:
                state.setdefault("step", torch.tensor(0.0))
        held = [[state[name] for state in states] for name in self._names]
        self._flat = [Flat(tensors, row) for tensors, row in zip(held, self.rows, strict=False)]

    def give_back(self) -> None:
        """Copy to the optimizer."""
        for flat in self._flat:
            flat.give_back()
        if self._counts:
            for p in self._parameters:
                self.optimizer.state[p]["step"].fill_(self.steps)
