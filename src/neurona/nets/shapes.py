"""What a net looks like from outside: shapes and parameters, layer by layer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn


@dataclass(frozen=True)
class Layer:
    """One row of a summary.

    Attributes:
        name: the path of the layer in the net, such as "hidden1".
        kind: its class and arguments, such as "Linear(2, 100)".
        output: the shape of its output for one sample.
        parameters, trained: how many numbers it holds, and how many of them are trained.
    """

    name: str
    kind: str
    output: tuple[int, ...]
    parameters: int
    trained: int


def summary(net: nn.Module, shape: tuple[int, ...]) -> list[Layer]:
    """Return a row for each layer that has no layers inside, in the order in which they run.

    Args:
        net: any module.
        shape: of one sample, such as `(13,)` or `(1, 28, 28)`.
    """
    rows: list[Layer] = []
    names = {module: name for name, module in net.named_modules()}

    def note(module: nn.Module, _inputs: Any, output: Any) -> None:
        size = tuple(output.shape[1:]) if isinstance(output, Tensor) else ()
        counts = [(p.numel(), p.requires_grad) for p in module.parameters()]
        trained = sum(count for count, wanted in counts if wanted)
        kind = f"{type(module).__name__}({_arguments(module)})"
        rows.append(Layer(names[module], kind, size, sum(count for count, _wanted in counts), trained))

    hooks = [m.register_forward_hook(note) for m in net.modules() if not list(m.children())]
    training, parameter = net.training, next(net.parameters(), torch.empty(0))
    try:
        net.eval()
        with torch.no_grad():
            net(torch.zeros(2, *shape, device=parameter.device, dtype=parameter.dtype))
    finally:
        net.train(training)
        for hook in hooks:
            hook.remove()
    return rows


def _arguments(module: nn.Module) -> str:
    if isinstance(module, nn.Linear):
        return f"{module.in_features}, {module.out_features}"
    if isinstance(module, nn.BatchNorm1d):
        return str(module.num_features)
    return f"{module.p}" if isinstance(module, nn.Dropout) else ""
