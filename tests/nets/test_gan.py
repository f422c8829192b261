"""Generative adversarial nets: what both players take and give, for pictures of any size and for tables."""

from __future__ import annotations

import math
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from neurona.data import load
from neurona.errors import InputError
from neurona.fit import Fit
from neurona.nets import Fitting, build

KINDS = ("gan", "conv-gan")


def built(kind: str, shape: tuple[int, ...], **options: Any) -> nn.Module:
    features = math.prod(shape)
    torch.manual_seed(0)
    return build(kind, options, Fitting(features, shape, features))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("shape", [(1, 8, 8), (1, 28, 28), (3, 32, 32), (1, 9, 13)])
def test_the_generator_makes_pictures_and_the_discriminator_gives_each_a_logit(
    kind: str, shape: tuple[int, ...]
) -> None:
    net = built(kind, shape, noise=10)
    made = net.generator(torch.randn(5, net.noise))
    assert made.shape == (5, *shape)
    assert made.min() >= 0 and made.max() <= 1
    assert net(made).shape == (5, 1)


@given(st.integers(2, 40), st.integers(2, 40), st.integers(1, 3))
@settings(max_examples=20, deadline=None)
def test_a_convolutional_one_makes_pictures_of_any_size_or_refuses_it(height: int, width: int, layers: int) -> None:
    shape, channels = (1, height, width), [3] * layers
    if min(height, width) < 2**layers:
        with pytest.raises(InputError, match="leaves nothing"):
            built("conv-gan", shape, channels=channels)
        return
    net = built("conv-gan", shape, channels=channels).eval()
    assert net.generator(torch.randn(2, net.noise)).shape == (2, *shape)


def test_rows_of_a_table_may_have_any_numbers() -> None:
    net = built("gan", (2,))
    with torch.no_grad():
        net.generator.output.bias.copy_(torch.tensor([-7.0, 7.0]))
    made = net.generator(torch.randn(100, net.noise))
    assert made[:, 0].max() < 0 and made[:, 1].min() > 1


def test_tables_are_refused_by_a_convolutional_one() -> None:
    with pytest.raises(InputError, match=r'net.kind = "gan"'):
        built("conv-gan", (2,))


@pytest.mark.parametrize("kind", KINDS)
def test_batch_normalisation_is_left_out_on_request(kind: str) -> None:
    def norms(**options: Any) -> int:
        return sum(isinstance(m, nn.modules.batchnorm._BatchNorm) for m in built(kind, (1, 8, 8), **options).modules())

    assert norms() > 0
    assert norms(batch_norm=False) == 0


def test_the_first_and_the_last_layer_of_a_discriminator_are_not_normalised() -> None:
    """As Radford, Metz and Chintala 2015 advise."""
    layers = [type(layer) for layer in built("conv-gan", (1, 8, 8), channels=[4, 8], dropout=0.0).discriminator]
    assert layers == [
        nn.Conv2d, nn.LeakyReLU, nn.Conv2d, nn.BatchNorm2d, nn.LeakyReLU, nn.Flatten, nn.Linear,
    ]  # fmt: skip


def test_a_refused_task_names_the_one_that_suits() -> None:
    with pytest.raises(InputError, match=r'data.task = "adversarial"'):
        build("gan", {}, Fitting(64, (1, 8, 8), 10))


def test_a_generator_learns_the_mean_and_the_spread_of_a_table() -> None:
    data = load("iris", task="adversarial", valid=0.0, test=0.0)
    net = built("gan", (4,), hidden=[32], noise=8, dropout=0.0)
    for _epoch in Fit(net, data, lr=2e-3, betas=[0.5, 0.999], epochs=80, batch=32):
        pass
    torch.manual_seed(1)
    with torch.inference_mode():
        made = net.eval().generator(torch.randn(1000, net.noise))
    assert (made.mean(0) - data.train.x.mean(0)).abs().max() < 0.5
    assert made.std(0).min() > 0.5 and made.std(0).max() < 1.6
