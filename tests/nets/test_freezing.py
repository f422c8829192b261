"""Frozen parts of a net stay as they are, to the last bit, whatever the rest learns."""

from __future__ import annotations

import copy
from collections import OrderedDict

import pytest
import torch
from torch import nn

from neurona.errors import InputError
from neurona.nets.freezing import freeze, is_frozen, matching, train


def net() -> nn.Sequential:
    torch.manual_seed(0)
    trunk = nn.Sequential(nn.Conv2d(1, 4, 3), nn.BatchNorm2d(4), nn.Dropout(0.5), nn.Flatten())
    return nn.Sequential(OrderedDict(trunk=trunk, head=nn.Linear(4 * 36, 3)))


def names(module: nn.Module) -> set[str]:
    return {name for name, _parameter in module.named_parameters()}


class TestPatterns:
    def test_a_pattern_is_a_name_with_stars(self) -> None:
        assert matching(net(), ["trunk.*"]) == {"trunk.0.weight", "trunk.0.bias", "trunk.1.weight", "trunk.1.bias"}
        assert matching(net(), ["*.bias"]) == {"trunk.0.bias", "trunk.1.bias", "head.bias"}
        assert matching(net(), ["head.weight", "trunk.1.*"]) == {"head.weight", "trunk.1.weight", "trunk.1.bias"}
        assert matching(net(), []) == set()

    @pytest.mark.parametrize(
        ("pattern", "near"), [("trunk.0", "trunk.0.*"), ("hed.*", "head.*"), ("trunk.1.weigt", "trunk.1.weight")]
    )
    def test_one_that_fits_nothing_is_refused_with_the_nearest_name(self, pattern: str, near: str) -> None:
        with pytest.raises(InputError) as error:
            matching(net(), ["trunk.*", pattern])
        assert repr(pattern) in error.value.problem
        assert repr(near) in error.value.hint


class TestFreezing:
    def test_what_is_frozen_later_is_freed_again_when_it_is_frozen_no_more(self) -> None:
        module = net()
        freeze(module, matching(module, ["trunk.*"]), names(module))
        assert [name for name, p in module.named_parameters() if p.requires_grad] == ["head.weight", "head.bias"]
        freeze(module, set(), names(module))
        assert all(p.requires_grad for p in module.parameters())

    def test_what_was_never_to_learn_is_not_freed(self) -> None:
        module = net()
        module[1].requires_grad_(False)
        freeze(module, set(), {name for name in names(module) if name.startswith("trunk")})
        assert not any(p.requires_grad for p in module[1].parameters())

    def test_a_module_without_parameters_is_not_frozen(self) -> None:
        assert not is_frozen(nn.Dropout(0.5))
        assert is_frozen(nn.Linear(2, 2).requires_grad_(False))

    def test_modules_that_are_frozen_as_a_whole_are_in_evaluation_mode_and_the_rest_trains(self) -> None:
        module = net()
        freeze(module, matching(module, ["trunk.*"]), names(module))
        train(module)
        assert not any(part.training for part in module[0].modules())  # also the dropout inside
        assert module.training
        assert module[1].training

    def test_a_part_of_a_trunk_is_frozen_alone(self) -> None:
        module = net()
        freeze(module, matching(module, ["trunk.1.*"]), names(module))
        train(module)
        assert [part.training for part in module[0]] == [True, False, True, True]

    def test_statistics_of_frozen_batch_normalisation_stay_to_the_last_bit(self) -> None:
        module = net()
        freeze(module, matching(module, ["trunk.*"]), names(module))
        before = copy.deepcopy(module[0].state_dict())
        optimizer = torch.optim.SGD([p for p in module.parameters() if p.requires_grad], lr=1.0, weight_decay=0.1)
        for _step in range(3):
            train(module)
            loss = module(torch.randn(8, 1, 8, 8)).square().mean()
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        assert all(torch.equal(value, before[name]) for name, value in module[0].state_dict().items())
