"""Residual block and bottleneck, against torchvision's with the same weights."""

from __future__ import annotations

import pytest
import torch
from torch import nn
from torchvision.models import resnet

from neurona.nets import Residual, bottleneck, residual


def theirs(kind: type[nn.Module], channels: int, width: int, stride: int) -> nn.Module:
    filters = width * kind.expansion
    projection = None
    if channels != filters or stride != 1:
        projection = nn.Sequential(resnet.conv1x1(channels, filters, stride), nn.BatchNorm2d(filters))
    return kind(channels, width, stride, projection)


@pytest.mark.parametrize(("channels", "width", "stride"), [(8, 8, 1), (8, 8, 2), (6, 8, 1), (32, 8, 1), (32, 8, 2)])
@pytest.mark.parametrize(("ours", "kind"), [(residual, resnet.BasicBlock), (bottleneck, resnet.Bottleneck)])
@pytest.mark.parametrize("training", [True, False])
def test_it_computes_what_torchvision_s_block_does(ours, kind, channels, width, stride, training) -> None:
    torch.manual_seed(0)
    block, other = ours(channels, width, stride).train(training), theirs(kind, channels, width, stride).train(training)
    for value in other.state_dict().values():
        if value.is_floating_point():
            value.uniform_(0.1, 1.0)
    block.load_state_dict(dict(zip(block.state_dict(), other.state_dict().values(), strict=True)))
    x = torch.randn(3, channels, 9, 7)
    wanted = other(x)
    torch.testing.assert_close(block(x), wanted)
    for ours_after, theirs_after in zip(block.state_dict().values(), other.state_dict().values(), strict=True):
        torch.testing.assert_close(ours_after, theirs_after)


def test_where_the_body_gives_zero_the_block_is_the_identity() -> None:
    block = residual(4, 4).eval()
    nn.init.zeros_(block.body.bn2.weight)
    x = torch.rand(2, 4, 5, 5)
    assert torch.equal(block(x), x)


def test_the_shortcut_is_the_identity_unless_the_shape_changes() -> None:
    assert isinstance(residual(4, 4).shortcut, nn.Identity)
    assert isinstance(bottleneck(16, 4).shortcut, nn.Identity)
    assert all(isinstance(block.shortcut, nn.Sequential) for block in (residual(4, 8), residual(4, 4, 2)))
    assert all(isinstance(block, Residual) for block in (residual(1, 1), bottleneck(1, 1)))
