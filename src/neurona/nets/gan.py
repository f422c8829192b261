"""Generative adversarial nets: a generator makes samples from noise, a discriminator tells them from real ones."""

from __future__ import annotations

import math
from collections import OrderedDict

from torch import Tensor, nn

from neurona.nets.autoencoder import Filters, Latent, followed, halved, require_task, strided, transposed
from neurona.nets.dense import Share, Units, mlp
from neurona.nets.kinds import NETS

SLOPE = 0.2


class GAN(nn.Module):
    """Two players (Goodfellow and others 2014).

    Args:
        generator: noise `(n, noise)` -> samples `(n, ...)`; pictures have numbers from 0 to 1.
        discriminator: samples `(n, ...)` -> logits of being real `(n, 1)`.
        noise: numbers that a sample is made from, drawn from N(0, 1).
    """

    def __init__(self, generator: nn.Module, discriminator: nn.Module, noise: int) -> None:
        super().__init__()
        self.generator, self.discriminator, self.noise = generator, discriminator, noise

    def forward(self, x: Tensor) -> Tensor:
        """Return the logits of samples being real, `(n, 1)`."""
        logits: Tensor = self.discriminator(x)
        return logits

    def extra_repr(self) -> str:
        """Return the numbers that the net is built from."""
        return f"noise={self.noise}"


@NETS.register("gan", "Generative adversarial net of dense layers: new samples from noise")
def gan(
    features: int,
    shape: tuple[int, ...],
    outputs: int,
    *,
    hidden: list[Units] = [128, 256],  # noqa: B006 (read, never changed)
    noise: Latent = 64,
    batch_norm: bool = True,
    dropout: Share = 0.5,
) -> GAN:
    """Return a dense GAN for pictures or for the columns of a table.

    Args:
        features: numbers in one sample.
        shape: of one sample, such as `(13,)` or `(1, 28, 28)`.
        outputs: as many as features.
        hidden: units of the generator's layers; the discriminator has them in reverse order.
        noise: numbers that a sample is made from.
        batch_norm: normalise the generator's hidden layers.
        dropout: share of the discriminator's hidden activations set to 0 while training.

    Raises:
        InputError: the task is not to make samples.
    """
    require_task("gan", "adversarial", features, outputs)
    layers = mlp(noise, hidden, features, activation="relu", batch_norm=batch_norm)
    shares = nn.Sigmoid() if len(shape) == 3 else nn.Identity()
    generator = followed(layers, shares=shares, unflatten=nn.Unflatten(1, shape))
    return GAN(generator, mlp(features, hidden[::-1], 1, activation="leaky-relu", dropout=dropout), noise)


@NETS.register("conv-gan", "Generative adversarial net of convolutions, for pictures of any size")
def conv_gan(
    features: int,
    shape: tuple[int, ...],
    outputs: int,
    *,
    channels: Filters = [16, 32],  # noqa: B006 (read, never changed)
    noise: Latent = 64,
    batch_norm: bool = True,
    dropout: Share = 0.3,
) -> GAN:
    """Return a GAN of strided and transposed convolutions, after DCGAN (Radford, Metz and Chintala 2015).

    Args:
        features: numbers in one picture.
        shape: of one picture, `(channels, height, width)`.
        outputs: as many as features.
        channels: of the discriminator's convolutions, each of which halves height and width; the generator has them in
            reverse order.
        noise: numbers that a picture is made from.
        batch_norm: normalise all layers but the discriminator's first and last and the generator's last.
        dropout: share of the discriminator's hidden activations set to 0 while training.

    Raises:
        InputError: samples are no pictures, or too small to be halved so often; the task is not to make samples.
    """
    require_task("conv-gan", "adversarial", features, outputs)
    sizes = halved("conv-gan", shape, len(channels))
    widths = [shape[0], *channels]
    smallest = (widths[-1], *sizes[-1])
    generator: OrderedDict[str, nn.Module] = OrderedDict()
    generator["hidden"] = nn.Linear(noise, math.prod(smallest), bias=not batch_norm)
    generator["unflatten"] = nn.Unflatten(1, smallest)
    for number, i in enumerate(reversed(range(len(channels))), start=1):
        if batch_norm:
            generator[f"norm{number}"] = nn.BatchNorm2d(widths[i + 1])
        generator[f"relu{number}"] = nn.ReLU()
        generator[f"conv{number}"] = transposed(widths[i + 1], widths[i], sizes[i], bias=not (batch_norm and i))
    generator["sigmoid"] = nn.Sigmoid()
    return GAN(nn.Sequential(generator), _conv_discriminator(widths, sizes[-1], batch_norm, dropout), noise)


def _conv_discriminator(widths: list[int], size: tuple[int, int], batch_norm: bool, dropout: float) -> nn.Sequential:
    layers: OrderedDict[str, nn.Module] = OrderedDict()
    for i in range(1, len(widths)):
        norm = batch_norm and i > 1
        layers[f"conv{i}"] = strided(widths[i - 1], widths[i], bias=not norm)
        if norm:
            layers[f"norm{i}"] = nn.BatchNorm2d(widths[i])
        layers[f"leaky_relu{i}"] = nn.LeakyReLU(SLOPE)
        if dropout:
            layers[f"dropout{i}"] = nn.Dropout(dropout)
    layers["flatten"], layers["output"] = nn.Flatten(), nn.Linear(widths[-1] * math.prod(size), 1)
    return nn.Sequential(layers)
