"""Layers in words: what they become, and what is said about those that are not understood or do not fit."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from neurona.errors import InputError
from neurona.nets import ACTIVATIONS, LAYERS, output_shape
from neurona.nets.layers import fresh_name, layer, usage

GREY = (1, 28, 28)
DEEP = (12, 9, 9)

WORDS = {
    "conv 16 5": nn.Conv2d(12, 16, 5),
    "conv 16 3 stride 2 pad 4 dilation 2 groups 4": nn.Conv2d(12, 16, 3, 2, 4, 2, 4),
    "conv 16 3 groups 4 pad 1": nn.Conv2d(12, 16, 3, padding=1, groups=4),
    "conv 16 5 pad same": nn.Conv2d(12, 16, 5, padding=2),
    "conv 16 3 pad same dilation 3": nn.Conv2d(12, 16, 3, padding=3, dilation=3),
    "pool 2": nn.MaxPool2d(2),
    "pool 3 stride 2 pad 1": nn.MaxPool2d(3, 2, 1),
    "mean-pool 3": nn.AvgPool2d(3),
    "mean-pool 3 stride 1": nn.AvgPool2d(3, 1),
    "global-pool": nn.AdaptiveAvgPool2d(1),
    "bn": nn.BatchNorm2d(12),
    "dropout 0.5": nn.Dropout(0.5),
    "dropout 0": nn.Dropout(0.0),
    "flatten": nn.Flatten(),
}


@pytest.mark.parametrize("text", WORDS)
def test_words_become_pytorch_s_layers(text: str) -> None:
    assert repr(layer(text, DEEP)) == repr(WORDS[text])


@pytest.mark.parametrize(("text", "wanted"), [("linear 50", "Linear(in_features=20"), ("bn", "BatchNorm1d(20")])
def test_behind_flatten_layers_take_numbers_in_a_row(text: str, wanted: str) -> None:
    assert repr(layer(text, (20,))).startswith(wanted)


@pytest.mark.parametrize("name", [entry.name for entry in ACTIVATIONS])
def test_every_activation_of_the_gallery_is_a_word(name: str) -> None:
    assert type(layer(name, GREY)) is type(ACTIVATIONS[name].make())


@pytest.mark.parametrize(
    ("text", "shape"),
    [
        ("residual 16 stride 2", (16, 5, 5)),
        ("residual 12", (12, 9, 9)),
        ("bottleneck 5", (20, 9, 9)),
        ("bottleneck 5 stride 3", (20, 3, 3)),
        ("inception 1 2 3 4 5 6", (15, 9, 9)),
        ("factorised 7 5", (7, 9, 9)),
        ("separable 7 3", (7, 9, 9)),
    ],
)
def test_blocks_are_words_too(text: str, shape: tuple[int, ...]) -> None:
    assert output_shape(layer(text, DEEP), DEEP) == shape
    assert layer(text, DEEP)(torch.zeros(2, *DEEP)).shape[1:] == shape


@pytest.mark.parametrize(
    ("text", "shape", "problem", "hint"),
    [
        (
            "conv 32 9",
            (16, 5, 5),
            "covers 9 pixels, and its input, with the padding, has only 5",
            "at most 5 fits, or a ",
        ),
        ("conv 32 9", (16, 20, 5), "covers 9 pixels, and its input, with the padding, has only 5", "at least 2"),
        ("pool 8 stride 2", (16, 7, 7), "covers 8 pixels", "at most 7 fits"),
        ("pool 3 pad 2", GREY, "padding of 2 is more than half", "at most 1"),
        ("conv 4 3 groups 2", (3, 8, 8), "3 input channels cannot be split into 2", "Groups that fit: 1"),
        ("conv 4 2 pad same", GREY, "even number of pixels", "kernel of 3"),
        ("conv 4 4 pad same stride 2", GREY, "With stride 2 no padding keeps the size", "Write pad 1 instead"),
        ("conv 4 4 pad same stride 2", (3, 7, 7), "an even number", "Write pad 2 instead, which leaves 4 × 4 pixels"),
        ("conv 4 2 pad same stride 2 dilation 3", (3, 9, 6), "an even number", "instead, which leaves"),
        ("separable 4 2", GREY, "even number of pixels", "kernel of 3"),
        ("factorised 4 6", GREY, "even number of pixels", "kernel of 7"),
        ("conv 4 3", (784,), "takes pictures .* and its input is 784", "before"),
        ("residual 4", (784,), "takes pictures", "before"),
        ("bn", (5, 10), "takes pictures", "before"),
        ("linear 10", (16, 4, 4), "numbers in one row, and its input is 16 × 4 × 4", '"flatten"'),
    ],
)
def test_a_layer_that_does_not_fit_says_what_would(text: str, shape: tuple[int, ...], problem: str, hint: str) -> None:
    with pytest.raises(InputError, match=problem) as raised:
        layer(text, shape)
    assert hint in raised.value.hint


@pytest.mark.parametrize(
    ("text", "problem", "hint"),
    [
        ("", "no layer called ''", "conv"),
        ("convolution 16 5", "no layer called 'convolution'", "conv"),
        ("relo", "no layer called 'relo'", "'relu'"),
        ("conv 16", "lacks: kernel", "conv CHANNELS KERNEL [stride N] [pad N] [dilation N] [groups N]"),
        ("linear", "lacks: units", "linear UNITS"),
        ("inception 1 2 3", "lacks: reduce5, five, pool", "inception ONE"),
        ("conv 16 5 padding 2", "no option 'padding'", "'pad'"),
        ("conv 16 5 2", "no option '2'", "stride"),
        ("bn 16", "no option '16'", "Write: bn"),
        ("conv 16 5 pad", "'pad' needs one value", "conv CHANNELS"),
        ("conv 16 5 pad 1 pad 2", "'pad' needs one value", "conv CHANNELS"),
        ("conv 0 5", "channels = 0", "greater than 0"),
        ("conv 16.5 5", "channels = 16.5", "whole number"),
        ("conv x 5", "channels = 'x'", "whole number"),
        ("conv 16 5 stride 0", "stride = 0", "greater than 0"),
        ("conv 16 5 pad -1", "pad = -1", "at least 0"),
        ("conv 16 5 pad some", "pad = 'some'", "'same'"),
        ("conv 16 99999", "kernel = 99999", "at most 10000"),
        ("dropout 1", "share = 1", "less than 1"),
        ("dropout half", "share = 'half'", "a number"),
        ("relu 3", "takes no sizes", "Write: relu"),
    ],
)
def test_a_text_that_is_not_understood_says_how_it_is_written(text: str, problem: str, hint: str) -> None:
    with pytest.raises(InputError) as raised:
        layer(text, GREY)
    assert problem in raised.value.problem
    assert hint in raised.value.hint


def test_every_word_says_how_it_is_written() -> None:
    assert all(usage(entry.name).split()[0] == entry.name for entry in LAYERS)
    assert usage("mean-pool") == "mean-pool KERNEL [stride N] [pad N]"


def test_names_are_words_with_numbers_and_flatten_has_none() -> None:
    taken: list[str] = []
    for text in ("conv 1 1", "leaky-relu", "conv 2 2", "global-pool", "flatten"):
        taken.append(fresh_name(text, taken))
    assert taken == ["conv1", "leaky_relu1", "conv2", "global_pool1", "flatten"]
    assert fresh_name("flatten", taken) == "flatten1"
