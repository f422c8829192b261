"""Autoencoders: the shapes that they give back, the widths that were asked for, and what they refuse."""

from __future__ import annotations

import math
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn

from neurona.data import load
from neurona.errors import InputError
from neurona.fit import Fit
from neurona.making import fitting
from neurona.nets import Fitting, build
from neurona.recipe import Recipe

sides = st.integers(2, 40)


def built(kind: str, shape: tuple[int, ...], **options: Any) -> nn.Module:
    features = math.prod(shape)
    torch.manual_seed(0)
    return build(kind, options, Fitting(features, shape, features))


def widths(net: nn.Module) -> list[tuple[int, int]]:
    return [(layer.in_features, layer.out_features) for layer in net.modules() if isinstance(layer, nn.Linear)]


class TestDense:
    def test_784_128_128_128_784_has_four_linear_layers_of_these_widths(self) -> None:
        net = built("autoencoder", (1, 28, 28), hidden=[128], latent=128)
        assert widths(net) == [(784, 128), (128, 128), (128, 128), (128, 784)]

    def test_the_way_back_goes_through_the_same_widths_in_reverse(self) -> None:
        net = built("autoencoder", (13,), hidden=[10, 7], latent=3)
        assert widths(net) == [(13, 10), (10, 7), (7, 3), (3, 7), (7, 10), (10, 13)]

    @pytest.mark.parametrize("shape", [(13,), (1, 8, 8), (3, 5, 7), (6, 2)])
    def test_samples_of_any_shape_come_back_in_it(self, shape: tuple[int, ...]) -> None:
        net, x = built("autoencoder", shape, latent=2), torch.rand(4, *shape)
        assert net.encode(x).shape == (4, 2)
        assert net(x).shape == x.shape
        assert torch.equal(net(x), net.decode(net.encode(x)))

    def test_the_code_has_its_own_activation(self) -> None:
        x = torch.randn(50, 4)
        assert built("autoencoder", (4,), latent=3).encode(x).min() < 0
        assert built("autoencoder", (4,), latent=3, latent_activation="relu").encode(x).min() == 0

    def test_without_hidden_layers_it_finds_the_plane_of_the_principal_components(self) -> None:
        """Baldi and Hornik 1989: the best linear autoencoder is the projection on the principal components."""
        data = load("iris", task="reconstruction", valid=0.0, test=0.0)
        net = built("autoencoder", (4,), hidden=[], latent=2)
        for _epoch in Fit(net, data, lr=0.03, epochs=150, every=150, batch="full"):
            pass
        _left, sizes, _right = torch.linalg.svd(data.train.x - data.train.x.mean(0))
        error = (net(data.train.x) - data.train.x).square().sum().item()
        assert error == pytest.approx(float((sizes[2:] ** 2).sum()), rel=0.01)

    def test_it_learns_what_digits_look_like(self) -> None:
        data = load("digits", task="reconstruction")
        fit = Fit(built("autoencoder", (1, 8, 8)), data, lr=5e-3, epochs=15)
        for _epoch in fit:
            pass
        mean = data.inputs.prepare(data.train.x).mean(0)
        blind = float((data.inputs.prepare(data.test.x) - mean).square().mean().sqrt())
        assert fit.evaluate(data.test)["rmse"] < blind / 2

    def test_it_refuses_a_task_that_asks_for_classes(self) -> None:
        with pytest.raises(InputError, match=r'gives samples of 64 numbers(.|\n)*data.task = "reconstruction"'):
            Recipe.of({"data": {"name": "digits"}, "net": {"kind": "autoencoder"}}).start()


class TestConvolutional:
    @given(st.sampled_from([1, 3]), sides, sides, st.lists(st.integers(1, 5), min_size=1, max_size=5))
    @settings(max_examples=40, deadline=None)
    def test_pictures_of_any_size_come_back_in_it_or_are_refused(
        self, channels: int, height: int, width: int, filters: list[int]
    ) -> None:
        shape = (channels, height, width)
        if min(height, width) < 2 ** len(filters):
            with pytest.raises(InputError, match="leaves nothing"):
                built("conv-autoencoder", shape, channels=filters)
            return
        net, x = built("conv-autoencoder", shape, channels=filters, latent=3), torch.rand(2, *shape)
        assert net.encode(x).shape == (2, 3)
        assert net(x).shape == x.shape

    def test_too_many_halvings_are_refused_with_how_many_there_can_be(self) -> None:
        with pytest.raises(InputError, match=r"pictures of 8 × 9 4 times(.|\n)*at most 3 numbers"):
            built("conv-autoencoder", (1, 8, 9), channels=[4, 4, 4, 4])

    def test_tables_are_refused(self) -> None:
        with pytest.raises(InputError, match=r'works on pictures(.|\n)*net.kind = "autoencoder"'):
            built("conv-autoencoder", (13,))

    def test_every_pixel_is_reached_by_as_many_weights(self) -> None:
        """So that no chequered pattern appears: with constant input and weights, the inside is constant."""
        layer = built("conv-autoencoder", (1, 16, 16), channels=[2]).decoder.conv1
        with torch.no_grad():
            layer.weight.fill_(1.0)
            made: Tensor = layer(torch.ones(1, 2, 8, 8))[0, 0, 1:-1, 1:-1]
        assert made.unique().numel() == 1

    def test_it_trains_on_pictures_of_odd_sizes(self) -> None:
        recipe = {
            "data": {"name": "digits", "task": "reconstruction"},
            "net": {"kind": "conv-autoencoder", "channels": [8], "latent": 8},
            "fit": {"epochs": 2, "lr": 0.01},
        }
        first, last = (epoch.train["rmse"] for epoch in Recipe.of(recipe).start())
        assert last < first


def test_a_net_is_built_for_what_a_dataset_is() -> None:
    data = load("digits", task="reconstruction")
    net = build("autoencoder", {"latent": 5}, fitting(data))
    assert net(data.inputs.prepare(data.train.x[:3])).shape == (3, 1, 8, 8)
