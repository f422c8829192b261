"""The depthwise separable block: where to look, and what to combine, one after the other (Chollet 2017)."""

from __future__ import annotations

from collections import OrderedDict

from torch import nn


def separable(channels: int, filters: int, kernel: int) -> nn.Sequential:
    """Return a separable convolution with batch normalisation and a ReLU.

    A depthwise convolution filters each channel by itself, and a 1x1 ("pointwise") convolution combines the channels,
    with no activation between: `k^2 c + c f` weights instead of `k^2 c f`.

    Source: Chollet, "Xception: Deep Learning with Depthwise Separable Convolutions", CVPR 2017, section 2.

    Args:
        channels: of the input, `(n, channels, h, w)`.
        filters: of the output, `(n, filters, h, w)`.
        kernel: size of the depthwise kernel, which is odd.
    """
    layers: OrderedDict[str, nn.Module] = OrderedDict(
        depthwise=nn.Conv2d(channels, channels, kernel, padding=kernel // 2, groups=channels, bias=False),
        pointwise=nn.Conv2d(channels, filters, 1, bias=False),
        bn=nn.BatchNorm2d(filters),
        relu=nn.ReLU(),
    )
    return nn.Sequential(layers)
