"""The table of blocks: the numbers that the papers argue with."""

from __future__ import annotations

import pytest

from neurona.nets import Block, blocks_table


@pytest.fixture(scope="module")
def rows() -> dict[str, Block]:
    return {block.name: block for block in blocks_table()}


def test_two_3x3_see_as_far_as_one_5x5_with_18_weights_for_25(rows: dict[str, Block]) -> None:
    one, two = rows["one 5 × 5 convolution"], rows["two 3 × 3 convolutions"]
    assert one.field == two.field
    assert one.field[0].size == 5
    assert (one.weights_per_pair, two.weights_per_pair) == (25, 18)
    assert two.flops / one.flops == 18 / 25


def test_a_factorised_7x7_sees_as_far_with_14_weights_for_49(rows: dict[str, Block]) -> None:
    one, two = rows["one 7 × 7 convolution"], rows["factorised: 1 × 7 and 7 × 1"]
    assert one.field == two.field
    assert (one.weights_per_pair, two.weights_per_pair) == (49, 14)


def test_a_separable_convolution_costs_a_share_of_1_over_channels_and_1_over_kernel(rows: dict[str, Block]) -> None:
    one, two = rows["one 3 × 3 convolution"], rows["depthwise separable 3 × 3"]
    assert one.field == two.field
    assert two.flops / one.flops == pytest.approx(1 / 64 + 1 / 9)


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("VGG16", "vgg16"),
        ("VGG19", "vgg19"),
        ("ResNet-18", "resnet18"),
        ("ResNet-34", "resnet34"),
        ("ResNet-50", "resnet50"),
        ("Inception v1 (GoogLeNet)", "googlenet"),
    ],
)
def test_the_nets_have_the_parameters_and_operations_that_torchvision_publishes(
    rows: dict[str, Block], name: str, kind: str
) -> None:
    """Its "_ops" are multiplications with their additions, in units of 10^9 and cut to three decimals."""
    from torchvision import models

    (published,) = {
        (w.meta["num_params"], w.meta["_ops"]) for w in models.get_model_weights(kind) if "FEATURES" not in w.name
    }
    assert rows[name].parameters == published[0]
    assert rows[name].flops / 2e9 == pytest.approx(published[1], abs=0.001)


def test_fields_of_the_nets(rows: dict[str, Block]) -> None:
    """VGG16: 212 (Araujo, Norris and Sim, "Computing Receptive Fields of Convolutional Neural Networks", 2019)."""
    sizes = {name: rows[name].field[0].size for name in ("VGG16", "residual block", "bottleneck")}
    assert sizes == {"VGG16": 212, "residual block": 5, "bottleneck": 3}
