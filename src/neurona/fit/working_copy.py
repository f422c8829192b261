"""The weights of a net as one vector, and beside it what PyTorch's optimizer remembers of them."""

from __future__ import annotations

from collections.abc import Sequence
from operator import is_
from typing import Any

import torch
from torch import Tensor, nn
from torch.optim import Optimizer

# What each optimizer is called by `neurona.compiled.call`, and the tensors that it remembers for a parameter.
MEMORY: dict[type[Optimizer], tuple[str, tuple[str, ...]]] = {
    torch.optim.SGD: ("sgd", ("momentum_buffer",)),
    torch.optim.Adagrad: ("adagrad", ("sum",)),
    torch.optim.Adadelta: ("adadelta", ("square_avg", "acc_delta")),
    torch.optim.RMSprop: ("rmsprop", ("square_avg", "momentum_buffer")),
    torch.optim.Adam: ("adam", ("exp_avg", "exp_avg_sq")),
    torch.optim.AdamW: ("adamw", ("exp_avg", "exp_avg_sq")),
}


class Flat:
    """Tensors one behind the other in one vector `(p,)`: each of them becomes a view of its part."""

    def __init__(self, tensors: Sequence[Tensor], vector: Tensor | None = None) -> None:
        self.tensors = list(tensors)
        sizes = [tensor.numel() for tensor in tensors]
        self.vector = torch.zeros(sum(sizes)) if vector is None else vector
        self._parts = [part.view(t.shape) for part, t in zip(self.vector.split(sizes), tensors, strict=True)]
        self._places = [part.data_ptr() for part in self._parts]
        self.numbers = self.vector.numpy()
        self.hold()

    def hold(self) -> None:
        """Take in, with their numbers, the tensors that lie elsewhere, as they do at first."""
        for tensor, part, place in zip(self.tensors, self._parts, self._places, strict=True):
            if tensor.data_ptr() != place:
                part.copy_(tensor.data)
                tensor.data = part


class Memory:
    """What an optimizer remembers, as vectors that its own tensors are views of.

    Args:
        optimizer: of the parameters.
        parameters: in the order in which they lie in a vector.

    Attributes:
        numbers: a vector `(p,)` for each of two names of `MEMORY`, one behind the other, zeros where there is none.
    """

    def __init__(self, optimizer: Optimizer, parameters: Sequence[nn.Parameter]) -> None:
        self.optimizer, self._parameters = optimizer, parameters
        self._names = self._remembered()
        rows = torch.zeros(2, sum(p.numel() for p in parameters))
        self.numbers = rows.view(-1).numpy()
        self._flat = [Flat(self._tensors(name), row) for name, row in zip(self._names, rows, strict=False)]
        self._counts = Flat(self._tensors("step")) if type(optimizer) is not torch.optim.SGD else None
        self._states = [*optimizer.state.values()]
        self._held = [(state, name, tensor) for state in self._states for name, tensor in state.items()]

    def _remembered(self) -> list[str]:
        """Return the names of what the optimizer remembers as it is set now."""
        momentum = self.optimizer.param_groups[0].get("momentum")
        return [name for name in MEMORY[type(self.optimizer)][1] if name != "momentum_buffer" or momentum]

    @property
    def ours(self) -> bool:
        """Whether the optimizer still remembers by these vectors.

        A state that it was given replaces its tensors, and with momentum that is switched on it remembers more.
        """
        states = self.optimizer.state.values()
        same = len(states) == len(self._states) and all(map(is_, states, self._states))
        held = same and all(state.get(name) is tensor for state, name, tensor in self._held)
        return held and self._names == self._remembered()

    @property
    def steps(self) -> int:
        """How many steps the optimizer has made, where it counts them."""
        return int(self._counts.numbers[0]) if self._counts else 0

    def advance(self, steps: int) -> None:
        """Count steps."""
        if self._counts:
            self._counts.numbers += steps

    def _tensors(self, name: str) -> list[Tensor]:
        """Return what the optimizer remembers under `name`; what it has yet to make is zeros."""
        states: list[dict[str, Any]] = [self.optimizer.state[p] for p in self._parameters]
        for p, state in zip(self._parameters, states, strict=True):
            if state.get(name) is None:
                state[name] = torch.tensor(0.0) if name == "step" else torch.zeros_like(p)
        return [state[name] for state in states]
