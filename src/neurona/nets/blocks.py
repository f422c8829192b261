"""The building blocks of known architectures side by side: how far they see, and what that costs."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import torch
from torch import nn

from neurona.language import _
from neurona.nets.inception import factorised, inception
from neurona.nets.known import googlenet, resnet18, resnet34, resnet50, vgg16, vgg19
from neurona.nets.receptive import Fields, receptive_field
from neurona.nets.residual import bottleneck, residual
from neurona.nets.separable import separable
from neurona.nets.shapes import output_shape, summary

IMAGENET = (3, 224, 224)
CLASSES = 1000


@dataclass(frozen=True)
class Block:
    """A block or a net, and what it costs.

    Attributes:
        name: what people call it.
        shape: of the picture that it works on, `(channels, height, width)`.
        output: the shape of its output.
        field: the receptive fields of its last units that are local, along height and width.
        parameters: how many numbers it holds.
        flops: floating-point operations for one picture.
        weights_per_pair: weights of its convolutions for each pair of an input and an output channel; None for a net.
    """

    name: str
    shape: tuple[int, int, int]
    output: tuple[int, ...]
    field: Fields
    parameters: int
    flops: int
    weights_per_pair: float | None


def blocks_table() -> list[Block]:
    """Return the blocks, first those that replace one large convolution, then the nets that are made of them.

    Nothing is computed and no weights are held: all are built on the device "meta".
    """
    with torch.device("meta"):
        return [_block(name, shape, make()) for name, shape, make in _catalogue()]


def _catalogue() -> Iterator[tuple[str, tuple[int, int, int], Callable[[], nn.Module]]]:
    """Yield name, shape of the input, and maker; the blocks where ResNet-18 has its first ones, but Inception 3a."""
    picture, wide, third = (64, 56, 56), (256, 56, 56), (192, 28, 28)
    yield _("one 5 × 5 convolution"), picture, lambda: _plain(5)
    yield _("two 3 × 3 convolutions"), picture, lambda: nn.Sequential(_plain(3), _plain(3))
    yield _("one 7 × 7 convolution"), picture, lambda: _plain(7)
    yield _("factorised: 1 × 7 and 7 × 1"), picture, lambda: factorised(64, 64, 7)
    yield _("one 3 × 3 convolution"), picture, lambda: _plain(3)
    yield _("depthwise separable 3 × 3"), picture, lambda: separable(64, 64, 3)
    yield _("residual block"), picture, lambda: residual(64, 64)
    yield _("bottleneck"), wide, lambda: bottleneck(256, 64)
    yield _("Inception v1 block (3a)"), third, lambda: inception(192, 64, 96, 128, 16, 32, 32)
    yield "VGG16", IMAGENET, lambda: vgg16(IMAGENET, CLASSES)
    yield "VGG19", IMAGENET, lambda: vgg19(IMAGENET, CLASSES)
    yield "ResNet-18", IMAGENET, lambda: resnet18(IMAGENET, CLASSES)
    yield "ResNet-34", IMAGENET, lambda: resnet34(IMAGENET, CLASSES)
    yield "ResNet-50", IMAGENET, lambda: resnet50(IMAGENET, CLASSES)
    yield "Inception v1 (GoogLeNet)", IMAGENET, lambda: googlenet(IMAGENET, CLASSES)


def _plain(kernel: int) -> nn.Conv2d:
    return nn.Conv2d(64, 64, kernel, padding=kernel // 2, bias=False)


def _block(name: str, shape: tuple[int, int, int], module: nn.Module) -> Block:
    rows = summary(module, shape)
    output = output_shape(module.eval(), shape)
    field = receptive_field(module, shape)
    assert field is not None
    weights = sum(math.prod(p.shape) for p in module.parameters() if p.dim() == 4)
    return Block(
        name,
        shape,
        output,
        field,
        sum(row.parameters for row in rows),
        sum(row.flops for row in rows),
        weights / (shape[0] * output[0]) if len(output) == 3 else None,
    )
