"""What leaves each layer of a net on the way of samples through it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from torch import Tensor, nn


@contextmanager
def noted(net: nn.Module) -> Iterator[dict[str, Tensor]]:
    """Within the block, what leaves each layer that has no parts is noted by the layer's name, in the order of calls.

    Of a layer that is called twice the last time counts, of a recurrent one its states; what only changes the shape is
    left out.
    """
    found: dict[str, Tensor] = {}

    def note(name: str) -> Any:
        def hook(_layer: nn.Module, _inputs: Any, output: Any) -> None:
            output = output[0] if isinstance(output, tuple) else output
            if isinstance(output, Tensor) and output.is_floating_point():
                found[name] = output.detach().clone()  # an activation may write over it

        return hook

    shaping = (nn.Flatten, nn.Unflatten, nn.Identity, nn.Dropout)
    leaves = [(name, m) for name, m in net.named_modules() if name and not any(m.children())]
    hooks = [m.register_forward_hook(note(name)) for name, m in leaves if not isinstance(m, shaping)]
    try:
        yield found
    finally:
        for hook in hooks:
            hook.remove()
