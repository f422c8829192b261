"""Receptive fields, against the pixels that a gradient reaches."""

from __future__ import annotations

import random

import pytest
import torch
from torch import Tensor, nn

from neurona.nets import Field, GraphNet, factorised, inception, receptive_field, residual, summary
from neurona.nets.graph import Concat
from neurona.nets.known import resnet18


def reached(net: nn.Module, shape: tuple[int, int, int], row: int, column: int) -> tuple[range, range]:
    """Return the rows and columns of the pixels that one output of `net` depends on.

    With positive weights, pictures and means instead of maxima no two paths cancel, and none is left out.
    """
    net = net.double().eval()
    for parameter in net.parameters():
        nn.init.uniform_(parameter, 0.5, 1.0)
    x = torch.ones(1, *shape, dtype=torch.float64, requires_grad=True)
    net(x)[0, :, row, column].sum().backward()
    assert x.grad is not None
    touched = x.grad[0].sum(0).abs() > 0
    rows, columns = touched.any(1).nonzero().flatten(), touched.any(0).nonzero().flatten()
    return _span(rows), _span(columns)


def _span(touched: Tensor) -> range:
    return range(int(touched[0]), int(touched[-1]) + 1) if len(touched) else range(0)


def predicted(field: Field, unit: int, size: int) -> range:
    """Return the pixels of the field of a unit that lie within a side of `size`."""
    start = field.start + unit * field.jump
    return range(max(start, 0), min(start + field.size, size))


def check(net: nn.Module, shape: tuple[int, int, int]) -> None:
    fields = receptive_field(net, shape)
    assert fields is not None
    height, width = net.double()(torch.ones(2, *shape, dtype=torch.float64)).shape[2:]
    middle = (height // 2, width // 2)
    for row, column in ((0, 0), middle, (height - 1, width - 1)):
        found = reached(net, shape, row, column)
        wanted = predicted(fields[0], row, shape[1]), predicted(fields[1], column, shape[2])
        # At the border a unit reads padding of layers between, behind which there is nothing.
        assert (
            found == wanted
            if (row, column) == middle
            else all(set(a) <= set(b) for a, b in zip(found, wanted, strict=True))
        )


def chain(seed: int) -> nn.Sequential:
    """Return a random chain of convolutions and mean poolings without gaps between the pixels that they read."""
    draw = random.Random(seed)
    layers: list[nn.Module] = []
    for _layer in range(draw.randint(1, 4)):
        if draw.random() < 0.3:
            kernel = draw.randint(2, 3)
            layers.append(nn.AvgPool2d(kernel, draw.randint(1, 2), draw.randint(0, 1)))
        else:
            kernel = (draw.randint(1, 5), draw.randint(1, 5))
            padding = (draw.randint(0, 2), draw.randint(0, 2))
            stride = (draw.randint(1, min(2, kernel[0])), draw.randint(1, min(2, kernel[1])))
            layers += [nn.Conv2d(1, 1, kernel, stride, padding), nn.Identity()]
    return nn.Sequential(*layers)


@pytest.mark.parametrize("seed", range(20))
def test_a_gradient_reaches_the_pixels_of_the_field_and_no_others(seed: int) -> None:
    check(chain(seed), (1, 160, 150))


def test_a_dilated_kernel_sees_as_far_as_it_reaches() -> None:
    check(nn.Sequential(nn.Conv2d(1, 1, 3, padding=2, dilation=2), nn.Conv2d(1, 1, 3, dilation=4)), (1, 20, 20))


def test_two_3x3_see_as_far_as_one_5x5() -> None:
    two, one = nn.Sequential(nn.Conv2d(1, 1, 3), nn.ReLU(), nn.Conv2d(1, 1, 3)), nn.Conv2d(1, 1, 5)
    assert receptive_field(two, (1, 9, 9)) == receptive_field(one, (1, 9, 9)) == (Field(5), Field(5))


@pytest.mark.parametrize(
    "net",
    [
        residual(2, 3, stride=2),
        factorised(2, 3, 7),
        GraphNet(
            {"a": nn.Conv2d(2, 2, 5, padding=2), "b": nn.AvgPool2d(3, 1), "c": nn.Conv2d(2, 1, 3), "d": Concat()},
            {"a": ("input",), "b": ("a",), "c": ("input",), "d": ("b", "c")},
        ),
    ],
    ids=["residual", "factorised", "graph"],
)
def test_where_branches_meet_a_unit_sees_what_any_of_them_sees(net: nn.Module) -> None:
    check(net, (2, 16, 16))


def test_an_inception_block_sees_its_largest_kernel() -> None:
    assert receptive_field(inception(3, 1, 1, 1, 1, 1, 1), (3, 9, 9)) == (Field(5, 1, -2), Field(5, 1, -2))


def test_resnet_18_sees_435_pixels_before_its_mean() -> None:
    """By hand: 1 + 6 + 2 * 2 = 11 in the stem, then twice the jump before it for each of four 3x3 in a stage, the first
    of which still has the jump of the stage before: 11 + 4 * 8 + 8 + 3 * 16 + 16 + 3 * 32 + 32 + 3 * 64.
    """
    fields = receptive_field(resnet18((3, 224, 224), 10), (3, 224, 224))
    assert fields is not None
    assert [(field.size, field.jump) for field in fields] == [(435, 32)] * 2


def test_behind_flatten_and_global_means_no_field_is_claimed() -> None:
    net = nn.Sequential(nn.Conv2d(1, 1, 3), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(1, 1))
    assert [row.field is None for row in summary(net, (1, 8, 8))] == [False, True, True, True]
    assert receptive_field(nn.Flatten(), (1, 8, 8)) is None


class Functional(nn.Module):
    """A net that convolves by a bare function."""

    def __init__(self) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(1, 1, 3, 3))
        self.relu = nn.ReLU()

    def forward(self, x: Tensor) -> Tensor:
        return self.relu(nn.functional.conv2d(x, self.weight, padding=1))


def test_behind_what_is_not_understood_no_field_is_claimed() -> None:
    assert receptive_field(Functional(), (1, 8, 8)) is None
