"""Events that are computed before they are asked for are those that each of them would have been by itself."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch

from neurona.errors import TrainingError
from neurona.fit import Fit
from neurona.fit.dense import Dense
from neurona.recipe import Recipe

MLP = {"kind": "mlp", "hidden": [8, 6], "activation": "tanh"}
FITS: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "batches": ({"name": "spiral", "samples": 90}, {"optimizer": "adam", "schedule": "cosine"}),
    "full batch": ({"name": "moons", "samples": 90}, {"optimizer": "sgd", "batch": "full"}),
    "several epochs": ({"name": "spiral", "samples": 90}, {"optimizer": "momentum", "every": 3, "epochs": 20}),
    "one batch": ({"name": "moons", "samples": 90}, {"optimizer": "rmsprop", "batch": 62}),
    "clipped": ({"name": "diabetes"}, {"optimizer": "adamw", "clip": 0.1, "l2": 0.01}),
    "labels": ({"name": "multilabel", "samples": 90}, {"optimizer": "nesterov"}),
    "no validation": ({"name": "wine", "valid": 0.0}, {"optimizer": "adagrad", "schedule": "one-cycle"}),
    "patience": ({"name": "moons", "samples": 90}, {"optimizer": "sgd", "lr": 1.0, "patience": 2, "epochs": 40}),
    "stages": (
        {"name": "spiral", "samples": 90},
        {"epochs": 9, "stages": [{"epochs": 4, "optimizer": "adam"}, {"epochs": 5, "optimizer": "sgd", "lr": 0.05}]},
    ),
}


# Computed ahead, each event by itself, and by PyTorch.
PLAYED = [(False, "compiled"), (True, "compiled"), (True, "torch")]


def begun(name: str, *, alone: bool, engine: str = "compiled") -> Fit:
    data, options = FITS[name]
    fit = {"epochs": 12, "batch": 16, "seed": 5, "engine": engine, **options}
    made = Recipe.of({"name": "small", "data": data, "net": MLP, "fit": fit}).start()
    if alone:
        made.between = lambda share: None  # whoever looks into an event must see it happen
    return made


def assert_the_same(ours: Fit, theirs: Fit) -> None:
    """To the last bit, in all that a fit goes on from but the time that it took."""
    assert ours.history == theirs.history
    assert alike(ours.state() | {"seconds": 0}, theirs.state() | {"seconds": 0})


def alike(one: Any, other: Any) -> bool:
    if isinstance(one, torch.Tensor):
        return torch.equal(one, other)
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(alike(one[key], other[key]) for key in one)
    if isinstance(one, list):
        return len(one) == len(other) and all(map(alike, one, other))
    return bool(one == other)


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many events each call of native code was."""
    made, run = list[int](), Dense.run

    def counted(self: Dense, *args: Any) -> Any:
        given = run(self, *args)
        made.append(len(given[0]))
        return given

    monkeypatch.setattr(Dense, "run", counted)
    return made


@pytest.mark.parametrize("name", FITS)
def test_after_every_event_all_is_as_if_it_had_been_trained_then(name: str, calls: list[int]) -> None:
    ours, theirs = begun(name, alone=False), begun(name, alone=True)
    for one, other in zip(ours, theirs, strict=True):
        assert (one.index, one.lr, one.train, one.valid) == (other.index, other.lr, other.train, other.valid)
        assert_the_same(ours, theirs)
    assert_the_same(ours, theirs)
    assert max(calls) >= 4


def zeroed(fit: Fit) -> None:
    with torch.no_grad():
        next(iter(fit.net.parameters())).zero_()


def forgetful(fit: Fit) -> None:
    for state in fit.players[0].optimizer.state.values():
        state["exp_avg"].zero_()


def faster(fit: Fit) -> None:
    fit.players[0].optimizer.param_groups[0]["betas"] = (0.5, 0.9)


def shuffled(fit: Fit) -> None:
    fit.random.order.manual_seed(99)


def stepping(fit: Fit) -> None:
    fit.step()


def restored(fit: Fit) -> None:
    fit.restore(fit.state())


def replaced(fit: Fit) -> None:
    for parameter in fit.net.parameters():
        parameter.data = parameter.data * 0.5


@pytest.mark.parametrize("change", [zeroed, forgetful, faster, shuffled, stepping, restored, replaced])
def test_what_changes_between_two_events_holds_from_the_next_one_on(change: Callable[[Fit], None]) -> None:
    fits = []
    for alone in (False, True):
        fit = begun("batches", alone=alone)
        for epoch in fit:
            if epoch.index in (3, 4, 8):
                change(fit)
        fits.append(fit)
    assert_the_same(*fits)
    untouched = begun("batches", alone=False)
    assert len([*untouched]) == 12
    assert (untouched.history == fits[0].history) is (change in (stepping, restored))


def test_a_learning_rate_that_is_set_by_hand_holds_from_the_next_event_on_as_with_pytorch() -> None:
    fits = [begun("full batch", alone=alone, engine=engine) for alone, engine in PLAYED]
    untouched = [epoch.train["loss"] for epoch in begun("full batch", alone=False)]
    for fit in fits:
        for epoch in fit:
            if epoch.index == 4:
                fit.players[0].optimizer.param_groups[0]["lr"] = 1.0
    ours, theirs, pytorchs = ([row["train_loss"] for row in fit.history] for fit in fits)
    assert ours == theirs == pytest.approx(pytorchs, rel=1e-4)
    assert ours[:5] == untouched[:5]
    assert ours[-1] < 0.9 * untouched[-1]
    assert [row["lr"] for row in fits[0].history][4:] == [1.0] * 8


def test_a_fit_that_is_left_and_taken_up_again_goes_on_where_it_was() -> None:
    ours, theirs = begun("batches", alone=False), begun("batches", alone=True)
    assert len([*theirs]) == 12
    for until in (2, 5, 6):
        for epoch in ours:
            if epoch.index == until:
                break
    assert len([*ours]) == 6
    assert_the_same(ours, theirs)


def test_weights_that_become_infinite_are_told_with_the_event_in_which_they_do() -> None:
    fits = [begun("patience", alone=alone) for alone in (False, True)]
    for fit in fits:
        for epoch in fit:
            if epoch.index == 3:
                with torch.no_grad():
                    next(iter(fit.net.parameters())).fill_(torch.nan)
                break
        with pytest.raises(TrainingError, match="in epoch 4"):
            next(iter(fit))


def test_the_time_of_a_call_is_shared_by_its_events(calls: list[int]) -> None:
    fit = begun("batches", alone=False)
    seconds = [epoch.seconds for epoch in fit]
    assert min(seconds) > 0 and sum(seconds) == pytest.approx(fit.seconds)
    assert max(calls) == 12


def test_where_a_loop_changes_something_each_time_one_event_is_computed_and_more_once_it_leaves_off(
    calls: list[int],
) -> None:
    fit = begun("full batch", alone=False)
    for epoch in fit:
        if epoch.index <= 4:
            fit.players[0].optimizer.param_groups[0]["lr"] *= 0.9
    assert [count for count in calls if count] == [12, 1, 1, 1, 1, 2, 4, 1]
