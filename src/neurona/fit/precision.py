"""Mixed precision: which operations of a step run in half the bits, and how small gradients survive that."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext

import torch
from torch import Tensor

from neurona.errors import InputError
from neurona.language import _

TYPES = {"bfloat16": torch.bfloat16, "float16": torch.float16}


class Precision:
    """How forward pass and loss are computed: in float32, or with matrix products and convolutions in 16 bits.

    Weights and their updates stay float32. With float16 the loss is scaled so that small gradients do not vanish
    (Micikevicius and others 2017); bfloat16 has the range of float32 and needs no scaling.

    Raises:
        InputError: the device cannot compute in `name`.
    """

    def __init__(self, name: str, device: torch.device) -> None:
        self.type, self.device = TYPES.get(name), device
        if self.type is not None and not _supported(name, device):
            problem = _("This {device} does not compute in {precision}.").format(device=device.type, precision=name)
            raise InputError(problem, _('Leave fit.precision out, or write fit.precision = "float32".'))
        self.scaler = torch.amp.GradScaler(device.type, enabled=name == "float16")

    def __call__(self) -> AbstractContextManager[object]:
        """Return the context of forward pass and loss."""
        return nullcontext() if self.type is None else torch.autocast(self.device.type, self.type)

    def backward(self, loss: Tensor) -> None:
        """Compute the gradients of `loss`."""
        self.scaler.scale(loss).backward()

    def unscale(self, optimizer: torch.optim.Optimizer) -> None:
        """Bring gradients back to their own size, before they are clipped."""
        self.scaler.unscale_(optimizer)

    def step(self, optimizer: torch.optim.Optimizer) -> None:
        """Let the optimizer change the weights; a step whose scaled gradients overflowed is left out."""
        self.scaler.step(optimizer)
        self.scaler.update()


def _supported(name: str, device: torch.device) -> bool:
    if device.type == "cuda":
        return name == "float16" or torch.cuda.is_bf16_supported()
    if device.type == "cpu":
        return name == "bfloat16" and bool(torch.ops.mkldnn._is_mkldnn_bf16_supported())
    return name == "float16"
