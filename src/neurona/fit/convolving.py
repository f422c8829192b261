"""Nets with convolutions: how their pictures lie in memory, and the same numbers for less work."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise

import torch
from torch import Tensor, nn

from neurona.fit.chain import is_plain


def memory_format(name: str, net: nn.Module, engine: str = "torch") -> torch.memory_format:
    """Return how pictures lie in memory: as `name` says, and for "auto" channels-last where `net` has convolutions.

    PyTorch's convolutions of channels-last pictures are faster on every device that we know of.
    """
    if name == "auto":
        convolves = any(isinstance(m, nn.modules.conv._ConvNd) for m in net.modules())
        name = "channels-last" if convolves and engine != "glass" else "contiguous"
    return torch.channels_last if name == "channels-last" else torch.contiguous_format


@contextmanager
def eased(net: nn.Module, form: torch.memory_format) -> Iterator[None]:
    """Within the block a net whose pictures lie channels-last computes the same numbers, and gradients, for less work.

    Each ReLU before a max pooling comes after it, on a quarter of the numbers where windows are 2 x 2: the largest of
    a window stays the largest. And gradients come back from each `nn.Flatten` laid out as the pictures are; they would
    lie as the flat rows do, and the pooling before it would copy them there and back.
    """
    if form != torch.channels_last:
        yield
        return
    modules = [*net.modules()]
    hooks = [m.register_forward_pre_hook(_laid_out_back) for m in modules if isinstance(m, nn.Flatten)]
    pairs = [pair for module in modules if type(module) is nn.Sequential for pair in _pooled_first(module)]
    try:
        yield
    finally:
        for part, other, parts in reversed(pairs):
            parts[part], parts[other] = parts[other], parts[part]
        for hook in hooks:
            hook.remove()


def _pooled_first(chain: nn.Sequential) -> Iterator[tuple[str, str, dict[str, nn.Module]]]:
    """Let each max pooling in a chain change places with a ReLU before it; yield the two names, and where they are."""
    parts = chain._modules
    for name, following in pairwise([*parts]):
        relu, pooling = parts[name], parts[following]
        if type(relu) is not nn.ReLU or type(pooling) is not nn.MaxPool2d or pooling.return_indices:
            continue
        if is_plain(relu) and is_plain(pooling):
            parts[name], parts[following] = parts[following], parts[name]
            yield name, following, parts


def _laid_out_back(_module: nn.Module, given: tuple[Tensor, ...]) -> None:
    x = given[0]
    if x.requires_grad and x.dim() == 4:
        x.register_hook(lambda gradient: gradient.contiguous(memory_format=torch.channels_last))
