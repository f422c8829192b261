"""Stages of a fit: what each freezes, optimizers and schedules of their own, and going on in any of them."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import pytest
import torch
from recipes import train as train_recipe
from torch import nn
from training import assert_same_weights, dense, train

from neurona.data import Dataset, load
from neurona.errors import InputError
from neurona.fit import Fit
from neurona.fit.options import FitOptions
from neurona.run import Run

FIRST: dict[str, Any] = {"epochs": 2, "lr": 0.05, "frozen": ["hidden1.*"], "schedule": "cosine"}
SECOND: dict[str, Any] = {"epochs": 3, "lr": 0.01, "optimizer": "sgd"}


@pytest.fixture(scope="module")
def moons() -> Dataset:
    return load("moons", noise=0.3)


def staged(data: Dataset, *stages: dict[str, Any], **options: Any) -> Fit:
    net = dense(data, batch_norm=True, dropout=0.2)
    return Fit(net, data, stages=stages or (FIRST, SECOND), **{"batch": 16, "seed": 4, **options})


def finish(fit: Fit) -> Fit:
    for _epoch in fit:
        pass
    return fit


class TestOptions:
    def test_without_stages_a_fit_is_one(self) -> None:
        options = FitOptions.read({"epochs": 7})
        assert options.by_stage() == [options]

    def test_a_stage_is_as_the_fit_says_but_for_what_it_says_itself(self) -> None:
        first, second = FitOptions.read({"lr": 0.5, "clip": 1.0, "frozen": ["a"], "stages": [FIRST, SECOND]}).by_stage()
        assert (first.lr, first.clip, first.frozen, first.schedule, first.epochs) == (
            0.05,
            1.0,
            ("hidden1.*",),
            "cosine",
            2,
        )
        assert (second.lr, second.clip, second.frozen, second.schedule) == (0.01, 1.0, ("a",), "constant")

    def test_an_empty_list_freezes_nothing(self) -> None:
        assert FitOptions.read({"frozen": ["a"], "stages": [{"epochs": 1, "frozen": []}]}).by_stage()[0].frozen == ()

    @pytest.mark.parametrize(
        ("epochs", "lengths"), [(None, [2, 3]), (5, [2, 3]), (9, [2, 7]), (4, [2, 2]), (2, [2]), (1, [1])]
    )
    def test_epochs_are_their_sum_unless_there_are_to_be_fewer_or_more(self, epochs: Any, lengths: list[int]) -> None:
        given = {"stages": [FIRST, SECOND], **({} if epochs is None else {"epochs": epochs})}
        options = FitOptions.read(given)
        assert options.epochs == sum(lengths)
        assert [part.epochs for part in options.by_stage()] == lengths
        assert options.model_dump(exclude_unset=True).keys() == given.keys()

    @pytest.mark.parametrize(
        ("stages", "words"),
        [
            ([{"lr": 0.1}], r"fit\.stages\.0\.epochs is missing"),
            ([FIRST, {"epochs": 0}], r"fit\.stages\.1\.epochs = 0 is not valid"),
            ([{"epochs": 1, "lr": -1.0}], r"fit\.stages\.0\.lr = -1\.0 is not valid"),
            ([{"epochs": 1, "frozn": []}], r"fit\.stages\.0\.frozn is not a known key\.\nDid you mean 'frozen'"),
            (3, r"fit\.stages = 3 is not valid"),
        ],
    )
    def test_a_wrong_stage_is_named(self, stages: Any, words: str) -> None:
        with pytest.raises(InputError, match=words):
            FitOptions.read({"stages": stages})

    def test_what_is_wrong_in_a_later_stage_is_found_before_anything_is_trained(self, moons: Dataset) -> None:
        with pytest.raises(InputError, match=r"no parameter of the net is called 'hiden\.\*'\.\nDid you mean"):
            staged(moons, FIRST, {"epochs": 1, "frozen": ["hiden.*"]})
        with pytest.raises(InputError, match="no optimizer called 'adamm'"):
            staged(moons, FIRST, {"epochs": 1, "optimizer": "adamm"})
        with pytest.raises(InputError, match="leaves nothing to learn"):
            staged(moons, FIRST, {"epochs": 1, "frozen": ["*"]})


class TestTraining:
    def test_stages_are_fits_one_after_the_other(self, moons: Dataset) -> None:
        """Two fits by hand, the first with its layer frozen: the same weights in the end."""
        plain = {"batch": "full", "seed": 4}
        both, net = dense(moons), dense(moons)
        train(both, moons, stages=[FIRST, SECOND], **plain)
        net.get_submodule("hidden1").requires_grad_(False)
        train(net, moons, **plain, epochs=2, lr=0.05, schedule="cosine")
        net.get_submodule("hidden1").requires_grad_(True)
        train(net, moons, **plain, epochs=3, lr=0.01, optimizer="sgd")
        assert_same_weights(both, net, 0)

    def test_what_is_frozen_stays_to_the_last_bit_while_it_is(self, moons: Dataset) -> None:
        fit = staged(moons, {**FIRST, "frozen": ["hidden1.*", "norm1.*"]}, SECOND, weight_decay=0.1, l2=0.1)
        part = nn.ModuleList([fit.net.get_submodule("hidden1"), fit.net.get_submodule("norm1")])
        before = copy.deepcopy(part.state_dict())
        for epoch in fit:
            same = [torch.equal(value, before[name]) for name, value in part.state_dict().items()]
            assert all(same) if epoch.index <= 2 else not any(same)

    def test_the_net_is_given_back_free_to_learn(self, moons: Dataset) -> None:
        net = dense(moons)
        net.get_submodule("output").bias.requires_grad_(False)
        for _epoch in Fit(net, moons, stages=[FIRST, SECOND], batch=16):
            learns = {name: p.requires_grad for name, p in net.named_parameters()}
            assert learns == {name: name != "output.bias" for name in learns}

    def test_each_has_a_schedule_of_its_own(self, moons: Dataset) -> None:
        second = {"epochs": 4, "lr": 0.2, "schedule": "step"}
        rates = [row["lr"] for row in finish(staged(moons, FIRST, second, step_size=2)).history]
        assert rates == pytest.approx([0.05 / 2, 0.0, 0.2, 0.02, 0.02, 0.002])

    def test_an_event_ends_with_its_stage(self, moons: Dataset) -> None:
        fit = finish(staged(moons, {"epochs": 3}, {"epochs": 5}, every=2))
        assert [row["epoch"] for row in fit.history] == [2, 3, 5, 7, 8]

    def test_the_same_seed_gives_the_same_numbers(self, moons: Dataset) -> None:
        assert finish(staged(moons)).history == finish(staged(moons)).history


class TestGoingOn:
    @pytest.mark.parametrize("stop", [1, 2, 3, 4])
    def test_from_any_epoch_it_goes_on_as_if_uninterrupted(self, stop: int, moons: Dataset) -> None:
        whole, half = finish(staged(moons)), staged(moons)
        for epoch in half:
            if epoch.index == stop:
                break
        resumed = staged(moons)
        resumed.restore(half.state())
        assert finish(resumed).history == whole.history
        assert_same_weights(resumed.net, whole.net, 0)

    def test_a_fit_can_be_set_back_to_an_earlier_stage(self, moons: Dataset) -> None:
        fit = staged(moons)
        next(iter(fit))
        state = fit.state()
        once = finish(fit).history
        fit.restore(state)
        assert finish(fit).history == once

    def test_a_run_goes_on_from_its_files_and_for_longer(self, tmp_path: Path) -> None:
        recipe = {"data": {"name": "moons"}, "net": {"kind": "mlp", "hidden": [8]}}
        stages = [{**FIRST, "schedule": "constant"}, SECOND]
        whole = train_recipe({**recipe, "fit": {"stages": stages, "epochs": 7}}, tmp_path / "whole")
        run = train_recipe({**recipe, "fit": {"stages": stages}}, tmp_path / "r")
        assert run.metrics["epochs"] == 5
        fit = Run.open(tmp_path / "r").resume(7)
        assert finish(fit).history == whole.rows
