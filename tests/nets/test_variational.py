"""The variational autoencoder: how codes are drawn, and that gradients reach mean and variance through the draw."""

from __future__ import annotations

import torch
from torch import nn

from neurona.data import load
from neurona.fit import Fit
from neurona.nets import Fitting, build


def built(features: int = 784, shape: tuple[int, ...] = (1, 28, 28), **options: object) -> nn.Module:
    torch.manual_seed(0)
    return build("vae", options, Fitting(features, shape, features))


def test_784_400_20_20_400_784_has_652_824_parameters() -> None:
    assert sum(p.numel() for p in built().parameters()) == 652_824


def test_it_gives_reconstruction_mean_and_log_variance() -> None:
    net, x = built(latent=5), torch.rand(3, 1, 28, 28)
    reconstruction, mu, log_variance = net(x)
    assert reconstruction.shape == x.shape
    assert mu.shape == log_variance.shape == (3, 5)
    assert net.latent == 5
    for ours, theirs in zip(net.encode(x), (mu, log_variance), strict=True):
        assert torch.equal(ours, theirs)


def test_codes_are_drawn_with_the_mean_and_the_variance_that_the_encoder_gives() -> None:
    net = built(4, (4,), hidden=[], latent=2)
    net.decoder = nn.Identity()
    x = torch.randn(1, 4).expand(20_000, 4)
    codes, mu, log_variance = net(x)
    torch.testing.assert_close(codes.mean(0), mu[0], atol=0.05, rtol=0)
    torch.testing.assert_close(codes.var(0), log_variance[0].exp(), rtol=0.05, atol=0)


def test_gradients_reach_mean_and_variance_through_a_drawn_code() -> None:
    net = built(4, (4,), latent=2)
    net(torch.randn(8, 4))[0].square().sum().backward()
    assert net.mu.weight.grad.abs().sum() > 0
    assert net.log_variance.weight.grad.abs().sum() > 0


def test_without_hidden_layers_codes_come_straight_from_the_sample() -> None:
    assert [type(layer) for layer in built(4, (4,), hidden=[]).encoder] == [nn.Flatten]


def test_training_raises_the_elbo_and_uses_the_code() -> None:
    data = load("digits", task="variational")
    fit = Fit(built(64, (1, 8, 8), hidden=[64], latent=4), data, lr=5e-3, epochs=15)
    epochs = list(fit)
    assert epochs[-1].valid["elbo"] > epochs[0].valid["elbo"] + 2
    assert epochs[-1].valid["kl"] > 1
    assert epochs[-1].valid["elbo"] == -(epochs[-1].valid["reconstruction"] + epochs[-1].valid["kl"])
