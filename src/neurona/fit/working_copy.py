"""The weights of a net as one vector, and beside it what PyTorch's optimizer remembers of them."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import nn
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


class WorkingCopy:
    """A copy to work on, taken once for many steps.

    Args:
        parameters: in the order in which they lie in the vector.
        optimizer: of these parameters.

    Attributes:
        theta: the weights, `(p,)`.
        memory: what the optimizer remembers, in the order of `MEMORY`, `(2, p)`; zeros where it remembers nothing.
        steps: how many steps the optimizer has made.
    """

    def __init__(self, parameters: Sequence[nn.Parameter], optimizer: Optimizer) -> None:
        self._sizes = [p.numel() for p in parameters]
        self._states = [optimizer.state[p] for p in parameters]
        names = [name for name in MEMORY[type(optimizer)][1] if _remembers(optimizer, name)]
        for p, state in zip(parameters, self._states, strict=True):
            for name in names:
                if state.get(name) is None:
                    state[name] = torch.zeros_like(p)
            if "step" not in state and not isinstance(optimizer, torch.optim.SGD):
                state["step"] = torch.tensor(0.0)
        self.theta = torch.cat([p.detach().flatten() for p in parameters])
        self.memory = torch.zeros(2, len(self.theta))
        self._held = [(self.theta, [p.detach() for p in parameters])]
        for place, name in enumerate(names):
            tensors = [state[name] for state in self._states]
            torch.cat([tensor.flatten() for tensor in tensors], out=self.memory[place])
            self._held.append((self.memory[place], tensors))
        self._before = self.steps = int(self._states[0].get("step", 0))

    def write_back(self) -> None:
        """Give PyTorch the weights, what the optimizer remembers, and how many steps it has made."""
        for flat, tensors in self._held:
            parts = flat.split(self._sizes)
            torch._foreach_copy_(tensors, [part.view_as(t) for part, t in zip(parts, tensors, strict=True)])
        for state in self._states:
            if "step" in state:
                state["step"] += self.steps - self._before


def _remembers(optimizer: Optimizer, name: str) -> bool:
    return name != "momentum_buffer" or bool(optimizer.param_groups[0]["momentum"])
