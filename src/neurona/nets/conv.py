"""Convolutional nets from a short description: a chain of layers in words."""

from __future__ import annotations

from collections import OrderedDict

from torch import nn

from neurona.language import _
from neurona.nets.kinds import NETS
from neurona.nets.layers import fresh_name, head, layer, require_layers_fit, within
from neurona.nets.shapes import output_shape, shape_text


@NETS.register("conv", "A chain of layers in words: convolutions, pooling, blocks and linear layers")
def convnet(shape: tuple[int, ...], outputs: int, layers: list[str], *, tokens: int = 0) -> nn.Sequential:
    """Return a chain of layers, `(n, channels, height, width)` -> `(n, outputs)`.

    The last linear layer, "output", is added by itself, and "flatten" before it where it is needed. Layers are called
    by their words and numbered: "conv1", "bn1", "relu1", "pool1", "conv2", ...

    Args:
        shape: of one sample, `(channels, height, width)` or `(d,)`.
        outputs: units of the last layer, which has no activation.
        layers: in order, each a text: `conv CHANNELS KERNEL [stride S] [pad P|same] [dilation D] [groups G]` (without
            `pad` nothing is padded), `pool K [stride S] [pad P]` (max), `mean-pool K ...`, `global-pool`, `bn`,
            `dropout SHARE`, an activation of the gallery, `flatten`, `linear UNITS`, and the blocks
            `residual CHANNELS [stride S]`, `bottleneck CHANNELS [stride S]`,
            `inception ONE REDUCE3 THREE REDUCE5 FIVE POOL`, `factorised CHANNELS N` and `separable CHANNELS KERNEL`.
        tokens: how many different tokens the input has; must be 0.

    Raises:
        InputError: a layer is not understood or does not fit its input, which the error names.
    """
    require_layers_fit(shape, tokens)
    net: OrderedDict[str, nn.Module] = OrderedDict()
    for number, text in enumerate(layers, start=1):
        place = _('Layer {number}, "{text}", on an input of {shape}')
        with within("net.layers", place.format(number=number, text=text, shape=shape_text(shape))):
            module = layer(text, shape)
        net[fresh_name(text, net)] = module
        shape = output_shape(module, shape)
    net.update(head(shape, outputs))
    return nn.Sequential(net)
