"""Inception blocks: convolutions of several sizes side by side, and large ones taken apart."""

from __future__ import annotations

from collections import OrderedDict

import torch
from torch import Tensor, nn

EPSILON = 1e-3  # of batch normalisation, as in torchvision's GoogLeNet


class Branches(nn.Module):
    """Several modules on one input, their outputs side by side as channels."""

    def __init__(self, branches: list[nn.Module]) -> None:
        super().__init__()
        self.branches = nn.ModuleList(branches)

    def forward(self, x: Tensor) -> Tensor:
        """Return the outputs of all branches, concatenated along the channels."""
        return torch.cat([branch(x) for branch in self.branches], dim=1)


def inception(
    channels: int, one: int, reduce3: int, three: int, reduce5: int, five: int, pool: int, *, largest: int = 5
) -> Branches:
    """Return the block of Inception v1 (GoogLeNet): 1x1, 3x3 and 5x5 convolutions and a max pooling side by side.

    Source: Szegedy et al., "Going Deeper with Convolutions", CVPR 2015, figure 2(b); the numbers are the columns of its
    table 1. Each convolution has a batch normalisation, which came with v2.

    Args:
        channels: of the input, `(n, channels, h, w)`; the output is `(n, one + three + five + pool, h, w)`.
        one: filters of the 1x1 branch.
        reduce3: filters of the 1x1 before the 3x3 convolution.
        three: filters of the 3x3 convolution.
        reduce5: filters of the 1x1 before the 5x5 convolution.
        five: filters of the 5x5 convolution.
        pool: filters of the 1x1 behind the pooling.
        largest: size of the largest kernel; torchvision's GoogLeNet has 3 there, not the 5 of the paper.
    """
    pooling = nn.MaxPool2d(3, stride=1, padding=1)
    return Branches(
        [
            unit(channels, one, 1),
            nn.Sequential(OrderedDict(reduce=unit(channels, reduce3, 1), conv=unit(reduce3, three, 3))),
            nn.Sequential(OrderedDict(reduce=unit(channels, reduce5, 1), conv=unit(reduce5, five, largest))),
            nn.Sequential(OrderedDict(pool=pooling, project=unit(channels, pool, 1))),
        ]
    )


def factorised(channels: int, filters: int, length: int) -> nn.Sequential:
    """Return a 1xn convolution followed by an nx1: the field of an nxn one for 2n weights instead of n^2.

    Source: Szegedy et al., "Rethinking the Inception Architecture for Computer Vision", CVPR 2016, section 3.2 and
    figure 6 (Inception v2 and v3).

    Args:
        channels: of the input, `(n, channels, h, w)`.
        filters: of the output, `(n, filters, h, w)`.
        length: n, which is odd.
    """
    across, down = unit(channels, filters, (1, length)), unit(filters, filters, (length, 1))
    return nn.Sequential(OrderedDict(across=across, down=down))


def unit(channels: int, filters: int, kernel: int | tuple[int, int]) -> nn.Sequential:
    """Return a convolution that keeps height and width (odd kernels), batch normalisation and a ReLU."""
    height, width = (kernel, kernel) if isinstance(kernel, int) else kernel
    layers: OrderedDict[str, nn.Module] = OrderedDict(
        conv=nn.Conv2d(channels, filters, (height, width), padding=(height // 2, width // 2), bias=False),
        bn=nn.BatchNorm2d(filters, eps=EPSILON),
        relu=nn.ReLU(),
    )
    return nn.Sequential(layers)
