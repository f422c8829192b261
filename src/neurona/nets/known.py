"""Architectures that have a name, through torchvision, with weights that are not trained.

Each takes pictures of any number of channels and ends in as many outputs as the task needs.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal, cast

from pydantic import Field
from torch import nn

from neurona.errors import InputError
from neurona.language import _
from neurona.nets.kinds import NETS
from neurona.nets.shapes import shape_text

Size = Literal["imagenet", "small"]
Share = Annotated[float, Field(ge=0.0, lt=1.0)]
RGB = 3


@NETS.register("resnet18", "ResNet-18: eight residual blocks of two convolutions (He et al. 2016)")
def resnet18(shape: tuple[int, ...], outputs: int, *, stem: Size = "imagenet") -> nn.Module:
    """Return ResNet-18, `(n, channels, h, w) -> (n, outputs)`.

    Source: He, Zhang, Ren and Sun, "Deep Residual Learning for Image Recognition", CVPR 2016, table 1.

    Args:
        shape: of a picture, `(channels, height, width)`.
        outputs: units of the last layer.
        stem: how it begins: "imagenet" with a 7x7 convolution of stride 2 and a max pooling of stride 2, for pictures
            of about 224 pixels; "small" with a 3x3 convolution alone, for about 32 pixels (section 4.2 there).

    Raises:
        InputError: the data are no pictures.
    """
    return _resnet("resnet18", shape, outputs, stem)


@NETS.register("resnet34", "ResNet-34: sixteen residual blocks of two convolutions (He et al. 2016)")
def resnet34(shape: tuple[int, ...], outputs: int, *, stem: Size = "imagenet") -> nn.Module:
    """Return ResNet-34; arguments, source and errors are those of `resnet18`."""
    return _resnet("resnet34", shape, outputs, stem)


@NETS.register("resnet50", "ResNet-50: sixteen bottlenecks of three convolutions (He et al. 2016)")
def resnet50(shape: tuple[int, ...], outputs: int, *, stem: Size = "imagenet") -> nn.Module:
    """Return ResNet-50; arguments, source and errors are those of `resnet18`."""
    return _resnet("resnet50", shape, outputs, stem)


@NETS.register("vgg16", "VGG16: thirteen 3x3 convolutions and three linear layers (Simonyan and Zisserman 2015)")
def vgg16(
    shape: tuple[int, ...],
    outputs: int,
    *,
    batch_norm: bool = False,
    dropout: Share = 0.5,
    head: Size = "imagenet",
) -> nn.Module:
    """Return VGG16 (configuration D), `(n, channels, h, w) -> (n, outputs)`.

    Source: Simonyan and Zisserman, "Very Deep Convolutional Networks for Large-Scale Image Recognition", ICLR 2015,
    table 1.

    Args:
        shape: of a picture, `(channels, height, width)`.
        outputs: units of the last layer.
        batch_norm: normalise behind each convolution.
        dropout: share of hidden activations set to 0 while training, with the head "imagenet".
        head: how it ends: "imagenet" with linear layers of 4096, 4096 and `outputs` units, or "small" with one of
            `outputs` units on the mean of each channel.

    Raises:
        InputError: the data are no pictures, or pictures of less than 32 pixels.
    """
    return _vgg("vgg16", shape, outputs, batch_norm=batch_norm, dropout=dropout, head=head)


@NETS.register("vgg19", "VGG19: sixteen 3x3 convolutions and three linear layers (Simonyan and Zisserman 2015)")
def vgg19(
    shape: tuple[int, ...],
    outputs: int,
    *,
    batch_norm: bool = False,
    dropout: Share = 0.5,
    head: Size = "imagenet",
) -> nn.Module:
    """Return VGG19 (configuration E); arguments, source and errors are those of `vgg16`."""
    return _vgg("vgg19", shape, outputs, batch_norm=batch_norm, dropout=dropout, head=head)


@NETS.register("googlenet", "GoogLeNet: nine blocks of Inception v1 (Szegedy et al. 2015)")
def googlenet(shape: tuple[int, ...], outputs: int, *, stem: Size = "imagenet", dropout: Share = 0.2) -> nn.Module:
    """Return GoogLeNet without its auxiliary classifiers, `(n, channels, h, w) -> (n, outputs)`.

    Source: Szegedy et al., "Going Deeper with Convolutions", CVPR 2015, table 1; torchvision adds batch normalisation.

    Args:
        shape: of a picture, `(channels, height, width)`.
        outputs: units of the last layer.
        stem: how it begins, as for `resnet18`.
        dropout: share of the last activations set to 0 while training.

    Raises:
        InputError: the data are no pictures, or pictures too small.
    """
    from torchvision.models.googlenet import BasicConv2d, GoogLeNet

    channels = _channels("googlenet", shape, least=15 if stem == "imagenet" else 4)
    net: Any = GoogLeNet(outputs, aux_logits=False, init_weights=True, dropout=dropout)
    if stem == "small":
        net.conv1 = BasicConv2d(channels, 64, kernel_size=3, padding=1)
        net.maxpool1 = nn.Identity()
    elif channels != RGB:
        net.conv1 = BasicConv2d(channels, 64, kernel_size=7, stride=2, padding=3)
    return cast(nn.Module, net)


def _resnet(name: str, shape: tuple[int, ...], outputs: int, stem: Size) -> nn.Module:
    from torchvision import models

    channels = _channels(name, shape)
    net: Any = getattr(models, name)(weights=None, num_classes=outputs)
    if stem == "small":
        net.conv1 = _first(nn.Conv2d(channels, 64, 3, padding=1, bias=False))
        net.maxpool = nn.Identity()
    elif channels != RGB:
        net.conv1 = _first(nn.Conv2d(channels, 64, 7, stride=2, padding=3, bias=False))
    return cast(nn.Module, net)


def _vgg(name: str, shape: tuple[int, ...], outputs: int, *, batch_norm: bool, dropout: float, head: Size) -> nn.Module:
    from torchvision import models

    channels = _channels(name, shape, least=32)
    make = getattr(models, f"{name}_bn" if batch_norm else name)
    net: Any = make(weights=None, num_classes=outputs, dropout=dropout)
    if channels != RGB:
        net.features[0] = _first(nn.Conv2d(channels, 64, 3, padding=1))
    if head == "small":
        net.avgpool = nn.AdaptiveAvgPool2d(1)
        net.classifier = nn.Sequential(nn.Linear(512, outputs))
    return cast(nn.Module, net)


def _first(convolution: nn.Conv2d) -> nn.Conv2d:
    """Return a first convolution with weights drawn as torchvision draws those of its ResNets and VGGs."""
    nn.init.kaiming_normal_(convolution.weight, mode="fan_out", nonlinearity="relu")
    if convolution.bias is not None:
        nn.init.zeros_(convolution.bias)
    return convolution


def _channels(name: str, shape: tuple[int, ...], least: int = 1) -> int:
    """Return the channels of a picture that the net of that name takes."""
    if len(shape) != 3:
        problem = _("{name} takes pictures, and a sample of the data is {shape}.")
        raise InputError(problem.format(name=name, shape=shape_text(shape)), _('Use pictures, or net.kind = "mlp".'))
    if min(shape[1:]) < least:
        problem = _("{name} halves pictures again and again: it needs {least} × {least} pixels, and these are {shape}.")
        hint = _("Give it larger pictures, or use a net that is less deep.")
        raise InputError(problem.format(name=name, least=least, shape=shape_text(shape[1:])), hint)
    return shape[0]
