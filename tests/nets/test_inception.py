"""Inception and factorised blocks, against torchvision's with the same weights and against the papers."""

from __future__ import annotations

import pytest
import torch
from torch import nn
from torchvision.models.googlenet import Inception
from torchvision.models.inception import InceptionC

from neurona.nets import factorised, inception


def weights(block: nn.Module) -> int:
    return sum(p.numel() for p in block.parameters() if p.dim() == 4)


@pytest.mark.parametrize("training", [True, False])
def test_it_computes_what_torchvision_s_block_does(training: bool) -> None:
    torch.manual_seed(0)
    sizes = (12, 4, 6, 8, 3, 5, 7)
    block, other = inception(*sizes, largest=3).train(training), Inception(*sizes).train(training)
    for value in other.state_dict().values():
        if value.is_floating_point():
            value.uniform_(0.1, 1.0)
    block.load_state_dict(dict(zip(block.state_dict(), other.state_dict().values(), strict=True)))
    x = torch.randn(3, 12, 9, 7)
    torch.testing.assert_close(block(x), other(x))


def test_the_block_3a_has_the_163_328_weights_of_the_paper() -> None:
    """Table 1 of Szegedy et al. 2015 says 159K; that is 163,328 without biases, in units of 1024."""
    block = inception(192, 64, 96, 128, 16, 32, 32)
    assert weights(block) == 163_328
    assert round(weights(block) / 1024, 1) == 159.5
    assert block(torch.zeros(2, 192, 28, 28)).shape == (2, 256, 28, 28)


def test_a_factorised_block_computes_what_torchvision_s_inception_v3_does_within_its_7x7_branch() -> None:
    torch.manual_seed(0)
    branch = InceptionC(8, 4).eval()
    block = factorised(4, 4, 7).eval()
    other = nn.Sequential(branch.branch7x7_2, nn.Sequential()).eval()
    block.across.load_state_dict(dict(zip(block.across.state_dict(), other.state_dict().values(), strict=True)))
    x = torch.randn(2, 4, 17, 17)
    torch.testing.assert_close(block.across(x), other(x))
    assert branch.branch7x7_3.conv.kernel_size == block.down.conv.kernel_size == (7, 1)
    assert branch.branch7x7_3.conv.padding == block.down.conv.padding == (3, 0)


@pytest.mark.parametrize("length", [3, 5, 7])
def test_1xn_and_nx1_need_2n_weights_for_n_squared_and_keep_the_size(length: int) -> None:
    block = factorised(6, 6, length)
    assert weights(block) == 2 * length * 36
    assert block(torch.zeros(2, 6, 10, 11)).shape == (2, 6, 10, 11)
