"""Floating-point operations of a layer: a multiplication and an addition for each weight and position.

Like PyTorch's own counter (`torch.utils.flop_counter`) these count products of matrices and convolutions alone; biases,
activations, normalisation and pooling are left out. Recurrent layers, which that counter does not see, are counted too.
"""

from __future__ import annotations

import math
from typing import Any

from torch import Tensor, nn
from torch.nn.modules.conv import _ConvNd, _ConvTransposeNd
from torch.nn.utils.rnn import PackedSequence


def flops(layer: nn.Module, inputs: tuple[Any, ...], output: Any) -> int:
    """Return the floating-point operations of one call of `layer`, for the whole batch.

    Args:
        layer: a module without modules inside; of a kind that is not known here it counts 0.
        inputs: what it was called with.
        output: what it returned.
    """
    result = first_tensor(output)
    if result is None:
        return 0
    if isinstance(layer, nn.Linear):
        return 2 * layer.in_features * result.numel()
    if isinstance(layer, _ConvTransposeNd):
        return 2 * layer.weight.numel() * _positions(inputs[0])
    if isinstance(layer, _ConvNd):
        return 2 * layer.weight.numel() * _positions(result)
    if isinstance(layer, nn.RNNBase | nn.RNNCellBase):
        return 2 * _weights(layer) * math.prod(result.shape[:-1])
    from neurona.nets.linear_recurrent import LinearRecurrent  # which names shapes, as those do what is counted here

    if isinstance(layer, LinearRecurrent):
        return 2 * 2 * int(inputs[0].numel())
    return 0


def first_tensor(output: Any) -> Tensor | None:
    """Return the first tensor of what a layer returned, of packed sequences their steps `(steps, d)`; None for none."""
    if isinstance(output, PackedSequence):
        return output.data
    if isinstance(output, tuple | list):
        return first_tensor(output[0]) if output else None
    return output if isinstance(output, Tensor) else None


def _weights(layer: nn.Module) -> int:
    """Return the size of all weight matrices: each works once at each step."""
    return sum(p.numel() for p in layer.parameters() if p.dim() > 1)


def _positions(x: Tensor) -> int:
    """Return at how many places of a batch of pictures, `(n, channels, ...)`, a kernel is applied."""
    return len(x) * math.prod(x.shape[2:])
