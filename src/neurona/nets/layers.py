"""Layers in words, such as "conv 16 5 pad 2": what a recipe writes becomes a module, once it fits its input.

A text is the name of a layer or of an activation, then its sizes in order, then options, each a name and a value.
"""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable, Container, Iterator
from contextlib import contextmanager
from itertools import count
from typing import Annotated, Any, Literal

from pydantic import Field
from torch import nn

from neurona.errors import InputError, nearest
from neurona.language import _
from neurona.nets.activations import ACTIVATIONS
from neurona.nets.inception import Branches, factorised, inception
from neurona.nets.residual import Residual, bottleneck, residual
from neurona.nets.separable import separable
from neurona.nets.shapes import shape_text
from neurona.nets.sizes import convolved, pooled, require_alike, require_groups, same_padding
from neurona.registered import usage as written
from neurona.registry import Registry
from neurona.validation import KeyedError

LAYERS: Registry[Callable[..., nn.Module]] = Registry("layer", given=("shape",))

Shape = tuple[int, ...]
Count = Annotated[int, Field(gt=0, le=1_000_000)]
Side = Annotated[int, Field(gt=0, le=10_000)]
Padding = Annotated[int, Field(ge=0, le=10_000)]
Share = Annotated[float, Field(ge=0.0, lt=1.0)]


# ---------------------------------------------------------------------- the words


@LAYERS.register("conv", "Convolution; its padding is 0 unless given, and `pad same` keeps the size at stride 1")
def _conv(
    shape: Shape,
    channels: Count,
    kernel: Side,
    *,
    stride: Side = 1,
    pad: Padding | Literal["same"] = 0,
    dilation: Side = 1,
    groups: Count = 1,
) -> nn.Module:
    before, *sides = _picture(shape)
    require_groups(before, channels, groups)
    if pad == "same" and stride > 1:
        require_alike(sides, kernel, stride, dilation)
    padding = same_padding(kernel, dilation) if pad == "same" else pad
    for side in sides:
        convolved(side, kernel, stride, padding, dilation)
    return nn.Conv2d(before, channels, kernel, stride, padding, dilation, groups)


@LAYERS.register("pool", "Max pooling; the stride is the size of the window unless given")
def _max_pool(shape: Shape, kernel: Side, *, stride: Side | None = None, pad: Padding = 0) -> nn.Module:
    return nn.MaxPool2d(*_window(shape, kernel, stride, pad))


@LAYERS.register("mean-pool", "Mean pooling; the stride is the size of the window unless given")
def _mean_pool(shape: Shape, kernel: Side, *, stride: Side | None = None, pad: Padding = 0) -> nn.Module:
    return nn.AvgPool2d(*_window(shape, kernel, stride, pad))


@LAYERS.register("global-pool", "The mean of each channel over the whole picture")
def _global_pool(shape: Shape) -> nn.Module:
    _picture(shape)
    return nn.AdaptiveAvgPool2d(1)


@LAYERS.register("bn", "Batch normalisation")
def _batch_norm(shape: Shape) -> nn.Module:
    return nn.BatchNorm1d(shape[0]) if len(shape) == 1 else nn.BatchNorm2d(_picture(shape)[0])


@LAYERS.register("dropout", "Dropout: a share of the numbers becomes 0 while training")
def _dropout(shape: Shape, share: Share) -> nn.Module:
    return nn.Dropout(share)


@LAYERS.register("flatten", "All numbers of a sample in one row")
def _flatten(shape: Shape) -> nn.Module:
    return nn.Flatten()


@LAYERS.register("linear", "Linear layer")
def _linear(shape: Shape, units: Count) -> nn.Module:
    if len(shape) != 1:
        problem = _("A linear layer takes numbers in one row, and its input is {shape}.")
        hint = _('Write "flatten" (or "global-pool" and "flatten") before it.')
        raise InputError(problem.format(shape=shape_text(shape)), hint)
    return nn.Linear(shape[0], units)


@LAYERS.register("residual", "Residual block of two 3x3 convolutions (He et al. 2016)")
def _residual(shape: Shape, channels: Count, *, stride: Side = 1) -> Residual:
    return residual(_picture(shape)[0], channels, stride)


@LAYERS.register("bottleneck", "Residual block 1x1, 3x3, 1x1, with four times the channels at its end (He et al. 2016)")
def _bottleneck(shape: Shape, channels: Count, *, stride: Side = 1) -> Residual:
    return bottleneck(_picture(shape)[0], channels, stride)


@LAYERS.register("inception", "Inception v1 block: 1x1, 3x3 and 5x5 convolutions and a pooling (Szegedy et al. 2015)")
def _inception(
    shape: Shape, one: Count, reduce3: Count, three: Count, reduce5: Count, five: Count, pool: Count
) -> Branches:
    return inception(_picture(shape)[0], one, reduce3, three, reduce5, five, pool)


@LAYERS.register("factorised", "A 1xn and an nx1 convolution for an nxn one (Szegedy et al. 2016)")
def _factorised(shape: Shape, channels: Count, kernel: Side) -> nn.Module:
    same_padding(kernel)
    return factorised(_picture(shape)[0], channels, kernel)


@LAYERS.register("separable", "Depthwise separable convolution (Chollet 2017)")
def _separable(shape: Shape, channels: Count, kernel: Side) -> nn.Module:
    same_padding(kernel)
    return separable(_picture(shape)[0], channels, kernel)


def _picture(shape: Shape) -> Shape:
    if len(shape) != 3:
        problem = _("It takes pictures (channels × height × width), and its input is {shape}.")
        hint = _('Put it before "flatten", and use it on pictures.')
        raise InputError(problem.format(shape=shape_text(shape)), hint)
    return shape


def _window(shape: Shape, kernel: int, stride: int | None, padding: int) -> tuple[int, int, int]:
    for side in _picture(shape)[1:]:
        pooled(side, kernel, stride, padding)
    return kernel, stride or kernel, padding


# ---------------------------------------------------------------------- reading them


def layer(text: str, shape: Shape) -> nn.Module:
    """Return the layer that `text` describes, made for inputs of `shape`.

    Args:
        text: such as "conv 16 5 pad 2", "pool 2", "relu" or "linear 50".
        shape: of one sample of its input, `(channels, height, width)` or `(d,)`.

    Raises:
        InputError: the text is not understood, or the layer does not fit its input; no place is named.
    """
    word, *rest = text.split() or [""]
    if word in ACTIVATIONS:
        if rest:
            problem = _("An activation takes no sizes, and {given!r} follows it.").format(given=" ".join(rest))
            raise InputError(problem, _("Write: {usage}").format(usage=word))
        return ACTIVATIONS[word].make()
    if word not in LAYERS:
        known = [entry.name for registry in (LAYERS, ACTIVATIONS) for entry in registry]
        raise InputError(_("There is no layer called {name!r}.").format(name=word), nearest(word, known))
    entry = LAYERS[word]
    return entry.make(shape, **entry.check(_arguments(entry.make, rest, usage(word)), ""))


def usage(word: str) -> str:
    """Return how a layer is written: "conv CHANNELS KERNEL [stride N] [pad N] [dilation N] [groups N]"."""
    return written(word, inspect.signature(LAYERS[word].make))


def fresh_name(text: str, taken: Container[str]) -> str:
    """Return a name for the layer that `text` describes: "conv1" for the first convolution; "flatten" alone is bare."""
    word = text.split()[0].replace("-", "_")
    names = (f"{word}{number}" for number in count(1))
    return word if word == "flatten" and word not in taken else next(name for name in names if name not in taken)


def head(shape: Shape, outputs: int) -> dict[str, nn.Module]:
    """Return the layers that every description ends with: "output", and "flatten" before it where it is needed."""
    flatten: dict[str, nn.Module] = {} if len(shape) == 1 else {"flatten": nn.Flatten()}
    return {**flatten, "output": nn.Linear(math.prod(shape), outputs)}


def require_layers_fit(shape: Shape, tokens: int) -> None:
    """Check that the data are what layers in words work on: pictures, or columns of numbers.

    Raises:
        InputError: they are sequences.
    """
    if tokens or len(shape) not in (1, 3):
        problem = _("Layers in words work on pictures and on columns of numbers, and the data are sequences.")
        raise InputError(problem, _("Use a net for sequences; `neurona list nets` shows them."))


@contextmanager
def within(key: str, place: str) -> Iterator[None]:
    """Within the block, an `InputError` is raised as one about `key` of the recipe, with `place` before it."""
    try:
        yield
    except InputError as error:
        raise KeyedError(key, place + ": " + error.problem, error.hint) from None


def _arguments(make: Callable[..., nn.Module], words: list[str], written: str) -> dict[str, Any]:
    """Return the words behind the name of a layer as arguments of `make`."""
    sizes, options = _parameters(make)
    hint = _("Write: {usage}").format(usage=written)
    missing = ", ".join(sizes[len(words) :])
    if missing:
        raise InputError(_("It lacks: {sizes}.").format(sizes=missing), hint)
    found = dict(zip(sizes, map(_value, words), strict=False))
    rest = iter(words[len(sizes) :])
    for word in rest:
        value = next(rest, None)
        if word not in options:
            raise InputError(_("It has no option {word!r}.").format(word=word), nearest(word, options) or hint)
        if value is None or word in found:
            raise InputError(_("Its option {word!r} needs one value.").format(word=word), hint)
        found[word] = _value(value)
    return found


def _parameters(make: Callable[..., nn.Module]) -> tuple[list[str], list[str]]:
    """Return the names of the sizes and of the options of a layer."""
    parameters = [p for p in inspect.signature(make).parameters.values() if p.name != "shape"]
    options = [p.name for p in parameters if p.kind is p.KEYWORD_ONLY]
    return [p.name for p in parameters if p.name not in options], options


def _value(word: str) -> int | float | str:
    for kind in (int, float):
        try:
            return kind(word)
        except ValueError:
            continue
    return word
