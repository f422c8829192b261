"""Features of a frozen trunk are computed once and kept; the head learns the same from them as from the samples."""

from __future__ import annotations

import copy
import dataclasses
import tempfile
from collections import OrderedDict
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from neurona.data import Dataset, load
from neurona.errors import InputError, NeuronaWarning
from neurona.fit import Fit, features
from neurona.making import fitting
from neurona.nets import build

LAYERS = ["conv 6 3 pad 1", "bn", "relu", "pool 2", "conv 8 3", "bn", "relu"]
FROZEN = ["trunk.*"]


@pytest.fixture(scope="module")
def digits() -> Dataset:
    return load("digits", samples=400, seed=1)


@pytest.fixture(scope="module")
def turned() -> Dataset:
    return load("digits", samples=200, seed=1, augment=["rotate 20", "shift 1"])


def net(data: Dataset) -> nn.Module:
    torch.manual_seed(3)
    trunk = {"kind": "conv", "layers": LAYERS}
    made = build("transfer", {"trunk": trunk, "head": [16], "dropout": 0.3}, fitting(data))
    for module in made.modules():
        if isinstance(module, nn.BatchNorm2d):
            nn.init.normal_(module.running_mean, 0, 0.1)
    return made


def begin(data: Dataset, **options: Any) -> Fit:
    return Fit(net(data), data, **{"frozen": FROZEN, "epochs": 6, "batch": 32, "lr": 0.01, "seed": 2, **options})


def finish(fit: Fit) -> Fit:
    for _epoch in fit:
        pass
    return fit


def counted(fit: Fit) -> list[int]:
    """Return a list that grows by the number of samples each time that the trunk runs."""
    seen: list[int] = []
    fit.net.get_submodule("trunk").register_forward_hook(lambda _m, _x, y: seen.append(len(y)))
    return seen


class TestSameNumbers:
    @pytest.mark.parametrize("options", [{}, {"batch": "full"}, {"patience": 2}, {"every": 3}, {"optimizer": "adamw"}])
    def test_the_history_is_that_of_running_the_trunk_each_time(self, options: Any, digits: Dataset) -> None:
        kept, run = begin(digits, **options), begin(digits, views=0, **options)
        next(iter(kept))
        assert kept.features is not None
        finish(kept)
        assert finish(run).features is None
        assert len(kept.history) == len(run.history)
        for ours, theirs in zip(kept.history, run.history, strict=True):
            assert ours == pytest.approx(theirs, abs=1e-6, rel=1e-6)

    def test_so_are_the_metrics_of_every_split(self, digits: Dataset) -> None:
        kept, run = finish(begin(digits)), finish(begin(digits, views=0))
        for split in ("train", "valid", "test"):
            ours, theirs = (fit.evaluate(getattr(digits, split)) for fit in (kept, run))
            assert ours == pytest.approx(theirs, abs=1e-6)

    def test_the_frozen_trunk_is_unchanged_to_the_last_bit(self, digits: Dataset) -> None:
        for views in (0, 1):
            fit = begin(digits, views=views, weight_decay=0.1)
            before = copy.deepcopy(fit.net.get_submodule("trunk").state_dict())
            finish(fit)
            assert all(torch.equal(v, before[k]) for k, v in fit.net.get_submodule("trunk").state_dict().items())

    @pytest.mark.parametrize("stop", [1, 4])
    def test_a_fit_that_goes_on_computes_the_same_features_again(self, stop: int, turned: Dataset) -> None:
        whole, half = finish(begin(turned, views=3)), begin(turned, views=3)
        for epoch in half:
            if epoch.index == stop:
                break
        resumed = begin(turned, views=3)
        resumed.restore(half.state())
        assert finish(resumed).history == whole.history


class TestCost:
    def test_the_trunk_runs_once_over_train_and_valid(self, digits: Dataset) -> None:
        fit = begin(digits)
        seen = counted(fit)
        finish(fit)
        assert sum(seen) == len(digits.train) + len(digits.valid) + 1  # one sample tells how many features there are

    def test_with_views_it_runs_once_for_each(self, turned: Dataset) -> None:
        fit = begin(turned, views=4)
        seen = counted(fit)
        finish(fit)
        assert sum(seen) == 4 * len(turned.train) + len(turned.valid) + 1

    def test_the_best_weights_are_judged_by_the_trunk_that_they_had(self, digits: Dataset) -> None:
        stages = [{"epochs": 2, "lr": 0.01}, {"epochs": 8, "frozen": FROZEN, "lr": 3.0, "optimizer": "sgd"}]
        fit = finish(begin(digits, frozen=[], epochs=10, stages=stages, patience=3))
        assert fit.best_epoch < 10
        judged = Fit(fit.net, digits, epochs=1)
        assert fit.evaluate(digits.valid) == pytest.approx(judged.evaluate(digits.valid), abs=1e-6)

    def test_a_stage_that_frees_the_trunk_lets_the_features_go(self, digits: Dataset) -> None:
        fit = begin(
            digits,
            frozen=[],
            epochs=4,
            stages=[{"epochs": 2, "frozen": FROZEN}, {"epochs": 1}, {"epochs": 1, "frozen": FROZEN}],
        )
        kept = [fit.features is not None for _epoch in fit]
        assert kept == [True, True, False, True]

    def test_nothing_runs_before_it_is_iterated(self, digits: Dataset) -> None:
        fit = begin(digits)
        seen = counted(fit)
        fit.state()
        assert seen == []


class TestViews:
    def test_each_view_is_another_one_of_the_same_pictures(self, turned: Dataset) -> None:
        fit = begin(turned, views=3)
        next(iter(fit))
        assert fit.features is not None
        kept = fit.features.data.train.x
        assert kept.shape == (len(turned.train), 3, 32)
        assert not torch.equal(kept[:, 0], kept[:, 1])
        assert torch.equal(fit.features.data.train.y, turned.train.y)

    def test_a_batch_takes_any_view_of_each_sample(self) -> None:
        views = torch.arange(12.0).reshape(4, 3, 1)
        torch.manual_seed(0)
        taken = torch.stack([features.any_view(views) for _time in range(50)])
        assert all(set(taken[:, row, 0].tolist()) == set(views[row, :, 0].tolist()) for row in range(4))

    def test_train_is_judged_by_the_pictures_as_they_are(self, turned: Dataset) -> None:
        plain = dataclasses.replace(turned, augment=None)
        fit = finish(begin(turned, views=2))
        judged = Fit(fit.net, plain, epochs=1)
        assert fit.evaluate(turned.train) == pytest.approx(judged.evaluate(plain.train), abs=1e-6)
        assert fit.evaluate(turned.valid) == pytest.approx(judged.evaluate(plain.valid), abs=1e-6)

    def test_one_view_of_changed_pictures_warns(self, turned: Dataset) -> None:
        with pytest.warns(NeuronaWarning, match=r"changes it only once\. Write fit\.views = 4"):
            finish(begin(turned, epochs=1))

    def test_views_of_pictures_that_nothing_changes_are_refused(self, digits: Dataset) -> None:
        with pytest.raises(InputError, match=r"fit\.views = 3 needs augmentation"):
            begin(digits, views=3)


class TestWhatIsKept:
    def test_no_file_with_a_name_is_left_anywhere(self, digits: Dataset, tmp_path: Path, monkeypatch: Any) -> None:
        monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
        fit = begin(digits)
        for _epoch in fit:
            assert [*tmp_path.iterdir()] == []

    @pytest.mark.parametrize("room", ["most", "disk"])
    def test_where_there_is_no_room_the_trunk_runs_each_time(
        self, room: str, digits: Dataset, monkeypatch: Any
    ) -> None:
        if room == "most":
            monkeypatch.setattr(features, "MOST_BYTES", 1000)
        else:
            monkeypatch.setattr(features.shutil, "disk_usage", lambda _path: SimpleNamespace(free=2000))
        with pytest.warns(NeuronaWarning, match="it runs each time") as warned:
            fit = finish(begin(digits, epochs=2))
        assert len(warned) == 1
        assert fit.features is None
        assert fit.history == finish(begin(digits, epochs=2, views=0)).history

    def test_only_a_net_of_trunk_and_head_keeps_features(self, digits: Dataset) -> None:
        class Own(nn.Module):
            def __init__(self) -> None:
                super().__init__()
                self.trunk, self.head = nn.Flatten(), nn.Linear(64, 10)
                self.more = nn.Linear(64, 10)

            def forward(self, x: Tensor) -> Tensor:
                return self.head(self.trunk(x)) + self.more(self.trunk(x))

        fit = Fit(Own(), digits, epochs=1, frozen=["head.*"])
        assert finish(fit).features is None

    def test_a_part_of_the_trunk_is_not_enough(self, digits: Dataset) -> None:
        fit = begin(digits, epochs=1, frozen=["trunk.conv1.*"])
        assert finish(fit).features is None


def test_a_net_in_python_keeps_features_too(digits: Dataset) -> None:
    trunk = nn.Sequential(nn.Flatten(), nn.Linear(64, 8), nn.ReLU())
    both = nn.Sequential(OrderedDict(trunk=trunk, head=nn.Linear(8, 10)))
    assert finish(Fit(both, digits, epochs=1, frozen=FROZEN)).features is not None
