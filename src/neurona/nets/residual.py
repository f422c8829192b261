"""Residual blocks: layers that learn a correction to their input (He et al. 2016)."""

from __future__ import annotations

from collections import OrderedDict

import torch
from torch import Tensor, nn

EXPANSION = 4


class Residual(nn.Module):
    """A body with a way around it: `relu(body(x) + shortcut(x))`.

    Source: He, Zhang, Ren and Sun, "Deep Residual Learning for Image Recognition", CVPR 2016, equations 1 and 2.

    Args:
        body: what is learned.
        shortcut: the identity, or a projection where the body changes the shape.
    """

    def __init__(self, body: nn.Module, shortcut: nn.Module) -> None:
        super().__init__()
        self.body = body
        self.shortcut = shortcut

    def forward(self, x: Tensor) -> Tensor:
        """Return the corrected input; body and shortcut give one shape."""
        return torch.relu(self.body(x) + self.shortcut(x))


def residual(channels: int, filters: int, stride: int = 1) -> Residual:
    """Return the basic block of ResNet-18 and 34: two 3x3 convolutions (He et al. 2016, figure 5 left).

    Args:
        channels: of the input, `(n, channels, h, w)`.
        filters: of the output, `(n, filters, ceil(h / stride), ceil(w / stride))`.
        stride: of the first convolution.
    """
    body: OrderedDict[str, nn.Module] = OrderedDict(
        conv1=nn.Conv2d(channels, filters, 3, stride, padding=1, bias=False),
        bn1=nn.BatchNorm2d(filters),
        relu1=nn.ReLU(),
        conv2=nn.Conv2d(filters, filters, 3, padding=1, bias=False),
        bn2=nn.BatchNorm2d(filters),
    )
    return Residual(nn.Sequential(body), _shortcut(channels, filters, stride))


def bottleneck(channels: int, width: int, stride: int = 1) -> Residual:
    """Return the bottleneck of ResNet-50: 1x1 down to `width`, 3x3, and 1x1 up to four times `width`.

    He et al. 2016, figure 5 right; the stride is on the 3x3 convolution, as in torchvision ("ResNet v1.5").

    Args:
        channels: of the input, `(n, channels, h, w)`.
        width: channels inside; the output is `(n, 4 width, ceil(h / stride), ceil(w / stride))`.
        stride: of the 3x3 convolution.
    """
    filters = EXPANSION * width
    body: OrderedDict[str, nn.Module] = OrderedDict(
        conv1=nn.Conv2d(channels, width, 1, bias=False),
        bn1=nn.BatchNorm2d(width),
        relu1=nn.ReLU(),
        conv2=nn.Conv2d(width, width, 3, stride, padding=1, bias=False),
        bn2=nn.BatchNorm2d(width),
        relu2=nn.ReLU(),
        conv3=nn.Conv2d(width, filters, 1, bias=False),
        bn3=nn.BatchNorm2d(filters),
    )
    return Residual(nn.Sequential(body), _shortcut(channels, filters, stride))


def _shortcut(channels: int, filters: int, stride: int) -> nn.Module:
    """Return the identity where the shape stays, else a 1x1 projection (option B of He et al. 2016)."""
    if channels == filters and stride == 1:
        return nn.Identity()
    projection: OrderedDict[str, nn.Module] = OrderedDict(
        conv=nn.Conv2d(channels, filters, 1, stride, bias=False), bn=nn.BatchNorm2d(filters)
    )
    return nn.Sequential(projection)
