"""The variational autoencoder: a code is not a point but a normal distribution, so that new samples can be drawn."""

from __future__ import annotations

from collections import OrderedDict

import torch
from torch import Tensor, nn

from neurona.nets.autoencoder import Latent, dense_decoder, require_task
from neurona.nets.dense import Units, mlp
from neurona.nets.kinds import NETS


class VariationalAutoencoder(nn.Module):
    """An encoder whose codes are distributions `N(mu, sigma^2)`, and a decoder that reads a code drawn from them.

    Args:
        encoder: `(n, ...)` -> `(n, width)`.
        mu, log_variance: `(n, width)` -> `(n, latent)`.
        decoder: `(n, latent)` -> `(n, ...)`, values or logits.
    """

    def __init__(self, encoder: nn.Module, mu: nn.Linear, log_variance: nn.Linear, decoder: nn.Module) -> None:
        super().__init__()
        self.encoder, self.mu, self.log_variance, self.decoder = encoder, mu, log_variance, decoder
        self.latent = mu.out_features

    def encode(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Return mean and log-variance of the codes of samples, each `(n, latent)`."""
        hidden = self.encoder(x)
        return self.mu(hidden), self.log_variance(hidden)

    def decode(self, code: Tensor) -> Tensor:
        """Return the samples that codes `(n, latent)` stand for, as values or logits."""
        sample: Tensor = self.decoder(code)
        return sample

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Return samples read back from a drawn code `mu + sigma eps`, with mean and log-variance of the codes.

        The noise `eps` from N(0, 1) is drawn apart from `mu` and `sigma`, so that gradients reach both
        (the reparametrisation of Kingma and Welling 2013, section 2.4).
        """
        mu, log_variance = self.encode(x)
        code = mu + (log_variance / 2).exp() * torch.randn_like(mu)
        return self.decode(code), mu, log_variance


@NETS.register("vae", "Variational autoencoder of dense layers: samples in a few numbers, and new samples from noise")
def vae(
    features: int,
    shape: tuple[int, ...],
    outputs: int,
    *,
    hidden: list[Units] = [400],  # noqa: B006 (read, never changed)
    latent: Latent = 20,
    activation: str = "relu",
) -> VariationalAutoencoder:
    """Return a variational autoencoder (Kingma and Welling 2013); the defaults are 784-400-(20, 20)-400-784 on MNIST.

    Args:
        features: numbers in one sample.
        shape: of one sample, such as `(13,)` or `(1, 28, 28)`.
        outputs: as many as features.
        hidden: units of the layers from the sample to the code; from the code back they stand in reverse order.
        latent: numbers in a code.
        activation: of the hidden layers.

    Returns:
        A module `(n, ...)` -> reconstruction `(n, ...)`, mean `(n, latent)` and log-variance `(n, latent)`.

    Raises:
        InputError: the activation is unknown, or the task is not to give samples back.
    """
    require_task("vae", "variational", features, outputs)
    width = hidden[-1] if hidden else features
    *trunk, _output = mlp(features, hidden, 1, activation=activation).named_children()
    decoder = dense_decoder(latent, hidden, shape, activation)
    encoder, mu, log_variance = nn.Sequential(OrderedDict(trunk)), nn.Linear(width, latent), nn.Linear(width, latent)
    return VariationalAutoencoder(encoder, mu, log_variance, decoder)
