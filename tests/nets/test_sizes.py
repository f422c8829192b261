"""Output sizes and refusals of convolutions and poolings, against PyTorch's own."""

from __future__ import annotations

import math
import random
import re
from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import nn
from torch.nn import functional

from neurona.errors import InputError
from neurona.nets import convolved, pooled
from neurona.nets.sizes import require_alike, require_groups, same_padding

CASES = 1000


def outcome(call: Callable[[], Any]) -> Any:
    """Return what a call returns, or None where it refuses."""
    try:
        return call()
    except (InputError, RuntimeError):
        return None


class TestConvolved:
    def test_it_agrees_with_pytorch_on_legal_and_illegal_combinations(self) -> None:
        draw, legal, refused = random.Random(0), 0, 0
        while legal < CASES or refused < CASES:
            channels, filters, groups = draw.randint(1, 6), draw.randint(1, 6), draw.randint(0, 4)
            height, width = draw.randint(1, 20), draw.randint(1, 20)
            kernel, stride, dilation = draw.randint(1, 8), draw.randint(0, 4), draw.randint(0, 4)
            padding = draw.randint(-1, 5)

            def ours(shape=(channels, filters, groups, height, width), rest=(kernel, stride, padding, dilation)) -> Any:
                require_groups(*shape[:3])
                return tuple(convolved(side, *rest) for side in shape[3:])

            def theirs(
                shape=(channels, filters, groups, height, width), rest=(kernel, stride, padding, dilation)
            ) -> Any:
                channels, filters, groups, height, width = shape
                kernel, stride, padding, dilation = rest
                weight = torch.empty(filters, channels // max(groups, 1), kernel, kernel)
                x = torch.empty(1, channels, height, width)
                return tuple(functional.conv2d(x, weight, None, stride, padding, dilation, groups).shape[2:])

            wanted = outcome(theirs)
            assert outcome(ours) == wanted, (
                channels,
                filters,
                groups,
                height,
                width,
                kernel,
                stride,
                padding,
                dilation,
            )
            legal, refused = legal + (wanted is not None), refused + (wanted is None)

    def test_a_mean_filter_of_10_on_415_x_620_leaves_406_x_611(self) -> None:
        assert (convolved(415, 10), convolved(620, 10)) == (406, 611)

    def test_the_error_says_what_would_fit(self) -> None:
        with pytest.raises(InputError, match=r"covers 9 pixels(.|\n)*has only 7(.|\n)*at most 7 fits(.|\n)*at least 2"):
            convolved(5, 9, padding=1)
        assert convolved(5, 7, padding=1) == 1
        assert convolved(5, 9, padding=2) == 1

    def test_with_dilation_what_is_suggested_fits_too(self) -> None:
        with pytest.raises(InputError, match="at most 2 fits, or a padding of at least 2"):
            convolved(6, 4, dilation=3)
        assert convolved(6, 2, dilation=3) == 3
        assert convolved(6, 4, padding=2, dilation=3) == 1


class TestPooled:
    @pytest.mark.parametrize("ceil_mode", [False, True])
    def test_it_agrees_with_pytorch_on_legal_and_illegal_combinations(self, ceil_mode: bool) -> None:
        draw, legal, refused = random.Random(1), 0, 0
        while legal < CASES or refused < CASES:
            size, kernel, stride = draw.randint(1, 20), draw.randint(1, 8), draw.randint(1, 5)
            dilation, padding = draw.randint(1, 3), draw.randint(0, 5)
            x = torch.empty(1, 1, size, size)
            arguments = (kernel, stride, padding, dilation)
            wanted = outcome(lambda x=x, a=arguments: functional.max_pool2d(x, *a, ceil_mode=ceil_mode).shape[2])
            ours = outcome(lambda size=size, a=arguments: pooled(size, *a, ceil_mode=ceil_mode))
            assert ours == wanted, (size, *arguments)
            legal, refused = legal + (wanted is not None), refused + (wanted is None)

    def test_mean_pooling_follows_the_same_rule(self) -> None:
        draw = random.Random(2)
        for _case in range(CASES):
            size, kernel, stride, padding = (draw.randint(low, high) for low, high in ((1, 20), (1, 8), (1, 5), (0, 5)))
            x = torch.empty(1, 1, size, size)
            wanted = outcome(lambda x=x, a=(kernel, stride, padding): functional.avg_pool2d(x, *a).shape[2])
            assert outcome(lambda a=(size, kernel, stride, padding): pooled(*a)) == wanted

    def test_what_is_suggested_fits(self) -> None:
        with pytest.raises(InputError, match=r"at most 4 fits, or a padding of at least 1\."):
            pooled(4, 5)
        assert pooled(4, 4) == pooled(4, 5, padding=1) == 1
        with pytest.raises(InputError, match=r"at most 2 fits\.$"):
            pooled(4, 3, dilation=3)
        assert pooled(4, 2, dilation=3) == 1

    def test_3_by_3_with_stride_2_on_5_by_5_leaves_2_by_2(self) -> None:
        assert pooled(5, 3, 2) == 2

    def test_windows_lie_side_by_side_unless_a_stride_is_given(self) -> None:
        assert pooled(28, 2) == pooled(28, 2, 2) == 14


class TestPadding:
    @pytest.mark.parametrize(("kernel", "dilation"), [(1, 1), (3, 1), (5, 1), (3, 2), (2, 2), (4, 2)])
    def test_same_padding_keeps_the_size(self, kernel: int, dilation: int) -> None:
        assert convolved(11, kernel, padding=same_padding(kernel, dilation), dilation=dilation) == 11

    def test_an_even_kernel_has_none(self) -> None:
        with pytest.raises(InputError, match=r"even number of pixels(.|\n)*kernel of 5"):
            same_padding(4)

    @pytest.mark.parametrize(("sides", "kernel", "stride"), [((8, 8), 4, 2), ((7, 7), 4, 2), ((9, 6), 2, 3)])
    def test_with_a_stride_an_even_kernel_is_told_a_padding_that_pytorch_takes(
        self, sides: tuple[int, int], kernel: int, stride: int
    ) -> None:
        with pytest.raises(InputError, match=f"With stride {stride} no padding keeps the size") as raised:
            require_alike(sides, kernel, stride)
        told = re.search(r"Write pad (\d+) instead, which leaves (\d+) × (\d+) pixels", raised.value.hint)
        assert told is not None
        padding, *left = map(int, told.groups())
        made = nn.Conv2d(1, 1, kernel, stride, padding)(torch.zeros(1, 1, *sides))
        assert list(made.shape[2:]) == left == [math.ceil(side / stride) for side in sides]

    def test_with_a_stride_an_odd_kernel_needs_no_number(self) -> None:
        require_alike((8, 8), 5, 2)


def test_groups_that_would_fit_are_named() -> None:
    with pytest.raises(InputError, match=r"12 input channels cannot be split into 5(.|\n)*1, 2, 3, 6\."):
        require_groups(12, 18, 5)
