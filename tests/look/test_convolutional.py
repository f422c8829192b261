"""Kernels and feature maps show the numbers of the net itself."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional

from neurona.errors import InputError
from neurona.look import convolution_kernels, feature_maps
from neurona.look.convolutional import convolutional_looks
from neurona.look.evidence import Evidence
from neurona.look.kernels import convolutions, tiled
from neurona.look.maps import stages_of
from neurona.run import Run

LAYERS = ["conv 3 3 pad 1", "bn", "relu", "pool 2", "conv 20 3 pad 1", "relu", "mean-pool 2", "conv 5 1", "global-pool"]


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    from recipes import train

    recipe = {
        "name": "conv",
        "data": {"name": "digits", "valid": 0, "test": 0.9},
        "net": {"kind": "conv", "layers": LAYERS},
        "fit": {"epochs": 1},
    }
    return train(recipe, tmp_path_factory.mktemp("runs") / "conv")


def sheet_of(axes) -> np.ndarray:
    return np.ma.filled(axes.images[0].get_array(), np.nan)


def test_pictures_lie_in_rows_with_gaps_between_them() -> None:
    sheet = tiled(np.arange(1, 4)[:, None, None] * np.ones((3, 2, 2)), columns=2)
    assert sheet.shape == (5, 5)
    assert (sheet[0, 0], sheet[1, 4], sheet[4, 0]) == (1, 2, 3)
    assert np.isnan(sheet[2]).all() and np.isnan(sheet[:, 2]).all() and np.isnan(sheet[4, 4])


def test_each_kernel_is_drawn_on_a_scale_of_its_own(run: Run) -> None:
    first, second = convolution_kernels(run).axes
    assert first.get_title(loc="left") == "conv1: 3 kernels of 3 × 3"
    weight = run.net().conv1.weight.detach().numpy()[:, 0]
    sheet = sheet_of(first)
    for i, kernel in enumerate(weight):
        np.testing.assert_allclose(sheet[:3, 4 * i : 4 * i + 3], kernel / np.abs(kernel).max(), rtol=1e-5)
    assert second.get_title(loc="left") == "conv2: 20 kernels of 3 × 3"


def test_kernels_that_see_colours_are_in_colour_and_later_ones_are_means(run: Run) -> None:
    net = nn.Sequential(nn.Conv2d(3, 70, 3), nn.Conv2d(70, 3, 3), nn.Conv2d(3, 2, 3))
    weights = [layer.weight.detach().numpy() for layer in net]
    first, _second, third = convolution_kernels(_with_net(run, net)).axes
    assert first.get_title(loc="right") == "the first 64"
    expected = 0.5 + weights[0][63] / (2 * np.abs(weights[0][63]).max())
    np.testing.assert_allclose(sheet_of(first)[12:15, 60:63], np.moveaxis(expected, 0, -1), rtol=1e-5)
    assert third.get_title(loc="right") == "mean over 3 input channels"
    mean = weights[2][1].mean(0)
    np.testing.assert_allclose(sheet_of(third)[:3, 4:7], mean / np.abs(mean).max(), rtol=1e-5)


def _with_net(run: Run, net: nn.Module) -> Evidence:
    seen = Evidence(run)
    seen.__dict__["net"] = net  # a cached property
    return seen


def test_of_many_convolutions_the_first_the_last_and_two_between_are_drawn(run: Run) -> None:
    net = nn.Sequential(*(nn.Conv2d(1, 1, 3) for _ in range(9)), nn.Conv2d(1, 1, 1))
    assert list(convolutions(net)) == [str(i) for i in range(9)]
    titles = [axes.get_title(loc="left") for axes in convolution_kernels(_with_net(run, net)).axes]
    assert [title.partition(":")[0] for title in titles] == ["0", "3", "5", "8"]


def test_feature_maps_are_what_leaves_each_convolution_and_pooling(run: Run) -> None:
    net, x = run.net(), run.inputs.prepare(run.data().test.x[:1])
    stages = stages_of(net, x)
    assert list(stages) == ["conv1", "pool1", "conv2", "mean_pool1", "conv3"]
    first = functional.conv2d(x, net.conv1.weight, net.conv1.bias, padding=1)
    torch.testing.assert_close(stages["conv1"], first[0])
    pooled = functional.max_pool2d(net.bn1(first).relu(), 2)
    torch.testing.assert_close(stages["pool1"], pooled[0].detach())
    assert not any(module._forward_hooks for module in net.modules())


def test_a_map_is_not_changed_by_an_activation_that_writes_over_it() -> None:
    net = nn.Sequential(nn.Conv2d(1, 2, 3), nn.ReLU(inplace=True))
    x = torch.randn(1, 1, 6, 6)
    torch.testing.assert_close(stages_of(net, x)["0"], net[0](x)[0].detach())


def test_feature_maps_share_a_scale_within_a_stage_and_begin_with_the_picture(run: Run) -> None:
    axes = feature_maps(run, sample=3).axes
    x, y = run.data().test.x[3], run.data().test.y[3]
    assert axes[0].get_title(loc="left") == f"picture 3 of test: {int(y)}"
    np.testing.assert_array_equal(sheet_of(axes[0]), x[0])
    maps = stages_of(run.net(), run.inputs.prepare(run.data().test.x[3:4]))["conv2"].numpy()
    assert axes[3].get_title(loc="left") == "conv2: 20 × 4 × 4"
    shown = axes[3].images[0]
    assert shown.norm.vmax == -shown.norm.vmin == pytest.approx(np.abs(maps).max())
    np.testing.assert_allclose(sheet_of(axes[3])[5:9, 15:19], maps[19], rtol=1e-5)


def test_a_picture_that_is_not_there_is_refused(run: Run) -> None:
    with pytest.raises(InputError, match=r"no picture 5000 in test\.\nIt has 1618"):
        feature_maps(run, sample=5000)


def test_nets_with_convolutions_have_these_figures_and_others_have_none(run: Run, result: Callable[[str], Run]) -> None:
    looks = list(convolutional_looks(Evidence.of(run)))
    assert [look.name for look in looks] == ["kernels", "feature-maps"]
    assert all(look.draw().axes for look in looks)
    assert not list(convolutional_looks(Evidence.of(result("digits"))))
    assert not list(convolutional_looks(Evidence.of(result("wine"))))
