"""Known architectures: those of torchvision, for any number of channels and classes."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import nn

from neurona.errors import InputError
from neurona.nets import NETS, Fitting, build, summary

PUBLISHED = {
    "resnet18": 11_689_512,
    "resnet34": 21_797_672,
    "resnet50": 25_557_032,
    "vgg16": 138_357_544,
    "vgg19": 143_667_240,
    "googlenet": 6_624_904,
}


def fitting(shape: tuple[int, ...], outputs: int = 1000) -> Fitting:
    return Fitting(features=int(torch.Size(shape).numel()), shape=shape, outputs=outputs)


def sketch(kind: str, shape: tuple[int, ...], outputs: int = 10, **options: Any) -> nn.Module:
    """Return a net without weights, which only has shapes."""
    with torch.device("meta"):
        return build(kind, options, fitting(shape, outputs))


@pytest.mark.parametrize("kind", PUBLISHED)
def test_parameters_are_the_published_ones_and_torchvision_s(kind: str) -> None:
    from torchvision import models

    net = sketch(kind, (3, 224, 224), 1000)
    assert sum(p.numel() for p in net.parameters()) == PUBLISHED[kind]
    assert sum(row.parameters for row in summary(net, (3, 224, 224))) == PUBLISHED[kind]
    with torch.device("meta"):
        other = models.get_model(
            kind, weights=None, **({"aux_logits": False, "init_weights": True} if kind == "googlenet" else {})
        )
    assert models.get_model_weights(kind).DEFAULT.meta["num_params"] == PUBLISHED[kind]
    assert {name: p.shape for name, p in net.state_dict().items()} == {
        name: p.shape for name, p in other.state_dict().items()
    }


@pytest.mark.parametrize(
    ("kind", "options"),
    [
        ("resnet18", {"stem": "small"}),
        ("resnet34", {}),
        ("resnet50", {"stem": "small"}),
        ("vgg16", {"batch_norm": True, "head": "small", "dropout": 0.1}),
        ("vgg19", {}),
        ("googlenet", {"stem": "small", "dropout": 0.0}),
        ("googlenet", {}),
    ],
)
@pytest.mark.parametrize("channels", [1, 3, 4])
def test_pictures_of_any_channels_are_taken(kind: str, options: dict[str, Any], channels: int) -> None:
    net = sketch(kind, (channels, 32, 32), 7, **options)
    assert net(torch.empty(2, channels, 32, 32, device="meta")).shape == (2, 7)


def test_a_small_stem_leaves_a_picture_of_32_pixels_four_times_as_large() -> None:
    def last(stem: str) -> tuple[int, ...]:
        rows = summary(sketch("resnet18", (3, 32, 32), stem=stem), (3, 32, 32))
        return next(row.output for row in rows if row.name == "layer4.1.conv2")

    assert (last("imagenet"), last("small")) == ((512, 1, 1), (512, 4, 4))


def test_they_train_on_grey_pictures() -> None:
    torch.manual_seed(0)
    net = build("resnet18", {"stem": "small"}, fitting((1, 8, 8), 3))
    loss = nn.functional.cross_entropy(net(torch.rand(4, 1, 8, 8)), torch.tensor([0, 1, 2, 0]))
    loss.backward()
    assert all(p.grad is not None and p.grad.isfinite().all() for p in net.parameters())


@pytest.mark.parametrize("kind", PUBLISHED)
def test_what_is_no_picture_is_refused(kind: str) -> None:
    with pytest.raises(InputError, match=rf"{kind} takes pictures, and a sample of the data is 13\."):
        sketch(kind, (13,))


@pytest.mark.parametrize(
    ("kind", "options", "least"),
    [("vgg16", {}, 32), ("vgg19", {"head": "small"}, 32), ("googlenet", {}, 15), ("googlenet", {"stem": "small"}, 4)],
)
def test_pictures_too_small_are_refused_and_the_least_size_fits(kind: str, options: dict[str, Any], least: int) -> None:
    with pytest.raises(InputError, match=f"needs {least} × {least} pixels, and these are {least - 1} × 40"):
        sketch(kind, (1, least - 1, 40), **options)
    assert sketch(kind, (1, least, least), **options)(torch.empty(2, 1, least, least, device="meta")).shape == (2, 10)


def test_resnets_take_pictures_of_one_pixel() -> None:
    assert sketch("resnet50", (1, 1, 1)).eval()(torch.empty(2, 1, 1, 1, device="meta")).shape == (2, 10)


def test_all_are_found_by_name() -> None:
    assert set(PUBLISHED) <= {entry.name for entry in NETS}
