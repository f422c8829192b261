"""The depthwise separable block, against the same sums written out."""

from __future__ import annotations

import torch
from torch.nn import functional

from neurona.nets import separable


def test_each_channel_is_filtered_by_itself_and_then_the_channels_are_combined() -> None:
    torch.manual_seed(0)
    block = separable(3, 5, 3).eval()
    x = torch.randn(2, 3, 8, 8)
    filtered = [functional.conv2d(x[:, [c]], block.depthwise.weight[[c]], padding=1) for c in range(3)]
    combined = torch.einsum("fc,nchw->nfhw", block.pointwise.weight[:, :, 0, 0], torch.cat(filtered, 1))
    torch.testing.assert_close(block(x), functional.relu(combined / (1 + 1e-5) ** 0.5))


def test_it_is_a_convolution_whose_kernels_are_products() -> None:
    """A separable convolution is a full one with kernel[f, c] = pointwise[f, c] * depthwise[c]."""
    torch.manual_seed(0)
    block = separable(4, 6, 5)
    kernel = block.pointwise.weight * block.depthwise.weight[:, 0]
    x = torch.randn(1, 4, 9, 9)
    wanted = functional.conv2d(x, kernel, padding=2)
    torch.testing.assert_close(block.pointwise(block.depthwise(x)), wanted, atol=1e-5, rtol=1e-4)
    assert block.depthwise.weight.numel() + block.pointwise.weight.numel() == 4 * 25 + 4 * 6
