"""Autoencoders: one net writes a sample down in a few numbers, another one reads it back from them."""

from __future__ import annotations

import math
from collections import OrderedDict
from typing import Annotated

from pydantic import Field
from torch import Tensor, nn

from neurona.language import _
from neurona.nets.activations import activation as activation_module
from neurona.nets.dense import Units, mlp
from neurona.nets.kinds import NETS
from neurona.nets.shapes import shape_text
from neurona.validation import KeyedError

Filters = Annotated[list[Annotated[int, Field(gt=0, le=10_000)]], Field(min_length=1)]
Latent = Annotated[int, Field(gt=0, le=100_000)]


class Autoencoder(nn.Module):
    """An encoder and a decoder, one behind the other: `(n, ...)` -> a code `(n, latent)` -> `(n, ...)`."""

    def __init__(self, encoder: nn.Module, decoder: nn.Module) -> None:
        super().__init__()
        self.encoder, self.decoder = encoder, decoder

    def encode(self, x: Tensor) -> Tensor:
        """Return the codes of samples, `(n, latent)`."""
        code: Tensor = self.encoder(x)
        return code

    def decode(self, code: Tensor) -> Tensor:
        """Return the samples that codes `(n, latent)` stand for, as values or logits."""
        sample: Tensor = self.decoder(code)
        return sample

    def forward(self, x: Tensor) -> Tensor:
        """Return the samples as they are read back, in the shape of `x`."""
        return self.decode(self.encode(x))


@NETS.register("autoencoder", "Autoencoder of dense layers: what a sample is, in a few numbers")
def autoencoder(
    features: int,
    shape: tuple[int, ...],
    outputs: int,
    *,
    hidden: list[Units] = [128],  # noqa: B006 (read, never changed)
    latent: Latent = 32,
    activation: str = "relu",
    latent_activation: str = "identity",
) -> Autoencoder:
    """Return a dense autoencoder, `(n, ...)` -> `(n, ...)` of the same shape (Rumelhart, Hinton, Williams 1986).

    Args:
        features: numbers in one sample.
        shape: of one sample, such as `(13,)` or `(1, 28, 28)`.
        outputs: as many as features.
        hidden: units of the layers from the sample to the code; from the code back they stand in reverse order.
        latent: numbers in a code.
        activation: of the hidden layers.
        latent_activation: of the code.

    Raises:
        InputError: an activation is unknown, or the task is not to give samples back.
    """
    require_task("autoencoder", "reconstruction", features, outputs)
    encoder = followed(mlp(features, hidden, latent, activation=activation), code=activation_module(latent_activation))
    return Autoencoder(encoder, dense_decoder(latent, hidden, shape, activation))


@NETS.register("conv-autoencoder", "Autoencoder of strided and transposed convolutions, for pictures of any size")
def conv_autoencoder(
    features: int,
    shape: tuple[int, ...],
    outputs: int,
    *,
    channels: Filters = [16, 32],  # noqa: B006 (read, never changed)
    latent: Latent = 32,
    activation: str = "relu",
) -> Autoencoder:
    """Return a convolutional autoencoder, `(n, channels, height, width)` -> the same shape.

    Each convolution halves height and width (an odd side loses half a pixel); the transposed ones bring back exactly
    the sizes that there were. One linear layer on either side makes the smallest pictures a code, and back.

    Args:
        features: numbers in one picture.
        shape: of one picture, `(channels, height, width)`.
        outputs: as many as features.
        channels: of the convolutions on the way to the code.
        latent: numbers in a code.
        activation: of the hidden layers.

    Raises:
        InputError: samples are no pictures, or too small to be halved so often; an activation is unknown; the task is
            not to give samples back.
    """
    require_task("conv-autoencoder", "reconstruction", features, outputs)
    sizes = halved("conv-autoencoder", shape, len(channels))
    widths = [shape[0], *channels]
    smallest = (widths[-1], *sizes[-1])
    encoder: OrderedDict[str, nn.Module] = OrderedDict()
    decoder: OrderedDict[str, nn.Module] = OrderedDict()
    for i in range(len(channels)):
        encoder[f"conv{i + 1}"] = strided(widths[i], widths[i + 1])
        encoder[f"act{i + 1}"] = activation_module(activation)
    encoder["flatten"], encoder["code"] = nn.Flatten(), nn.Linear(math.prod(smallest), latent)
    decoder["hidden"], decoder["act"] = nn.Linear(latent, math.prod(smallest)), activation_module(activation)
    decoder["unflatten"] = nn.Unflatten(1, smallest)
    for number, i in enumerate(reversed(range(len(channels))), start=1):
        decoder[f"conv{number}"] = transposed(widths[i + 1], widths[i], sizes[i])
        if i:
            decoder[f"act{number}"] = activation_module(activation)
    return Autoencoder(nn.Sequential(encoder), nn.Sequential(decoder))


def dense_decoder(latent: int, hidden: list[int], shape: tuple[int, ...], activation: str) -> nn.Sequential:
    """Return the way back from codes, `(n, latent)` -> `(n, *shape)`, through `hidden` in reverse order."""
    layers = mlp(latent, hidden[::-1], math.prod(shape), activation=activation)
    return followed(layers, unflatten=nn.Unflatten(1, shape))


def followed(net: nn.Module, **layers: nn.Module) -> nn.Sequential:
    """Return the layers of a chain with further `layers` behind them."""
    return nn.Sequential(OrderedDict([*net.named_children(), *layers.items()]))


def strided(before: int, after: int, *, bias: bool = True) -> nn.Conv2d:
    """Return a convolution that halves pictures, `(n, before, h, w)` -> `(n, after, h // 2, w // 2)`."""
    return nn.Conv2d(before, after, 4, stride=2, padding=1, bias=bias)


def transposed(before: int, after: int, size: tuple[int, int], *, bias: bool = True) -> nn.ConvTranspose2d:
    """Return a transposed convolution that doubles pictures to `size`, the way back from what `strided` leaves.

    Kernel 4 and stride 2 divide, so that every pixel is reached by as many weights and no chequered pattern appears
    (Odena, Dumoulin and Olah 2016).
    """
    odd = (size[0] % 2, size[1] % 2)
    return nn.ConvTranspose2d(before, after, 4, stride=2, padding=1, output_padding=odd, bias=bias)


def halved(kind: str, shape: tuple[int, ...], times: int) -> list[tuple[int, int]]:
    """Return `(height, width)` of pictures of `shape`, and after each of `times` convolutions that halve them.

    Raises:
        InputError: samples are no pictures, or nothing is left of them.
    """
    if len(shape) != 3:
        problem = _('net.kind = "{kind}" works on pictures, and a sample has the shape {shape}.')
        hint = _('Write net.kind = "{dense}".').format(dense=kind.removeprefix("conv-"))
        raise KeyedError("net.kind", problem.format(kind=kind, shape=shape_text(shape)), hint)
    sizes = [(shape[1] >> i, shape[2] >> i) for i in range(times + 1)]
    if min(sizes[-1]) < 1:
        most = min(shape[1:]).bit_length() - 1
        problem = _("net.channels halves pictures of {shape} {times} times, which leaves nothing of them.")
        hint = _("Give at most {count} numbers.").format(count=most) if most else _("Give larger pictures.")
        raise KeyedError("net.channels", problem.format(shape=shape_text(shape[1:]), times=times), hint)
    return sizes


def require_task(kind: str, task: str, features: int, outputs: int) -> None:
    """Check that the data ask for whole samples, as many outputs as features.

    Raises:
        InputError: they ask for something else, such as classes.
    """
    if outputs != features:
        problem = _('net.kind = "{kind}" gives samples of {features} numbers, and the task needs {outputs} outputs.')
        hint = _('Write data.task = "{task}".').format(task=task)
        raise KeyedError("net.kind", problem.format(kind=kind, features=features, outputs=outputs), hint)
