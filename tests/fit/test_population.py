"""Fits side by side: each is what it is alone, all stop together, and what does not fit in memory is said before."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import pytest
import torch
from kinds import RECIPES, begin

from neurona.errors import InputError
from neurona.fit import Fit, device, memory
from neurona.fit.history import Epoch
from neurona.fit.population import Population
from neurona.recipe import Recipe

SMALL: dict[str, Any] = {
    "name": "small",
    "data": {"name": "spiral", "samples": 120},
    "net": {"kind": "mlp", "hidden": [8]},
    "fit": {"epochs": 6, "engine": "compiled"},
}
CONVOLUTIONS: dict[str, Any] = {
    "name": "cnn",
    "data": {"name": "digits", "samples": 120},
    "net": {"kind": "conv", "layers": ["conv 4 3", "relu", "pool 2"]},
    "fit": {"epochs": 3},
}


def begun(recipe: dict[str, Any], seed: int, **changes: Any) -> Fit:
    return Recipe.of(recipe).with_changes({**changes, "fit.seed": seed, "data.seed": seed}).start()


def alone(fit: Fit) -> list[dict[str, float]]:
    for _epoch in fit:
        pass
    return fit.history


@pytest.mark.parametrize(
    "changes",
    [{}, {"net.dropout": 0.3}, {"fit.lr": 0.5, "fit.batch": "full"}, {"data.samples": 900, "net.hidden": [60, 60]}],
)
def test_dense_nets_in_threads_are_what_they_are_alone(changes: dict[str, Any]) -> None:
    fits = [begun(SMALL, seed, **changes) for seed in range(5)]
    assert all(fit.shares for fit in fits)
    passed = [(fits.index(fit), epoch.index) for fit, epoch in Population(fits, lanes=3)]
    assert sorted(passed) == [(number, epoch) for number in range(5) for epoch in range(1, 7)]
    for seed, fit in enumerate(fits):
        assert fit.history == alone(begun(SMALL, seed, **changes))


def test_convolutional_nets_in_threads_are_what_they_are_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("neurona.fit.fit.SHARING", 0.0)
    fits = [begun(CONVOLUTIONS, seed) for seed in range(3)]
    assert all(fit.shares and fit.engine == "torch" for fit in fits)
    for _passed in Population(fits, lanes=2):
        pass
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        assert [fit.history for fit in fits] == [alone(begun(CONVOLUTIONS, seed)) for seed in range(3)]
    finally:
        torch.set_num_threads(before)


def without_chance(part: Any) -> Any:
    """Return a recipe, or a piece of it, without dropout and augmentation."""
    if isinstance(part, dict):
        return {key: without_chance(value) for key, value in part.items() if key not in ("augment", "views")}
    if isinstance(part, list):
        return [without_chance(item) for item in part if not str(item).startswith("dropout")]
    return part


@pytest.mark.parametrize("kind", RECIPES)
def test_who_may_share_draws_nothing_from_the_generators_of_the_process(kind: str) -> None:
    recipe = without_chance(RECIPES[kind])
    recipe["net"] = {**recipe["net"], **{key: 0.0 for key in recipe["net"] if "dropout" in key}}
    fits = [begin(recipe, epochs=2) for _twice in range(2)]
    assert fits[0].draws is (kind in ("variational", "adversarial"))
    for seed, fit in enumerate(fits):
        torch.manual_seed(seed)
        before = torch.get_rng_state()
        fit.random._write = lambda _states: None  # type: ignore[method-assign]  # of the fit, which it may not need
        alone(fit)
        assert fit.draws or torch.equal(before, torch.get_rng_state())
    assert (fits[0].history == fits[1].history) is not fits[0].draws


@pytest.mark.parametrize(
    ("recipe", "changes", "draws"),
    [
        (SMALL, {}, False),
        (SMALL, {"net.dropout": 0.5}, False),
        (SMALL, {"net.dropout": 0.5, "fit.engine": "torch"}, True),
        (CONVOLUTIONS, {}, False),
        (CONVOLUTIONS, {"net.layers": ["conv 4 3", "dropout 0.5"]}, True),
        (CONVOLUTIONS, {"data.augment": ["shift 1"]}, True),
        (CONVOLUTIONS, {"data.task": "variational", "net": {"kind": "vae", "latent": 2}}, True),
    ],
)
def test_who_draws(recipe: dict[str, Any], changes: dict[str, Any], draws: bool) -> None:
    changed = {**recipe, "net": changes.pop("net", recipe["net"])}
    assert begun(changed, 0, **changes).draws is draws


def test_a_net_of_the_users_own_may_draw() -> None:
    class Own(torch.nn.Linear):
        pass

    fit = begun(SMALL, 0)
    assert device.may_draw(Own(2, 3), fit.task)
    assert not device.may_draw(torch.nn.Linear(2, 3), fit.task)


def test_leaving_early_stops_all_of_them() -> None:
    threads = threading.active_count()
    fits = [begun(SMALL, seed, **{"fit.epochs": 10**6}) for seed in range(3)]
    for _fit, epoch in Population(fits, lanes=3):
        if epoch.index == 20:
            break
    assert threading.active_count() == threads
    then = [fit.epoch for fit in fits]
    time.sleep(0.05)
    assert [fit.epoch for fit in fits] == then


@dataclass(eq=False)
class Failing:
    """A member that fails in its third event."""

    memory: int = 1
    shares: bool = True

    def __iter__(self) -> Iterator[Epoch]:
        for index in (1, 2):
            yield Epoch(index, 0.0, 0.1, {"loss": 1.0})
        raise ValueError("it failed")


def test_who_lets_the_word_to_stop_pass_stops_after_its_event() -> None:
    @dataclass(eq=False)
    class Deaf(Failing):
        events: int = 0

        def __iter__(self) -> Iterator[Epoch]:
            while True:
                with suppress(SystemExit):  # as Python itself does in a destructor
                    time.sleep(0.02)
                self.events += 1
                yield Epoch(self.events, 0.0, 0.1, {"loss": 1.0})

    deaf = Deaf()
    for _passed in Population([deaf, Deaf()], lanes=2):
        break
    then = deaf.events
    time.sleep(0.1)
    assert deaf.events == then


def test_what_one_raises_stops_all_and_is_raised() -> None:
    threads = threading.active_count()
    endless = begun(SMALL, 0, **{"fit.epochs": 10**6})
    with pytest.raises(ValueError, match="it failed"):
        for _passed in Population([endless, Failing()], lanes=2):
            pass
    assert threading.active_count() == threads
    assert not endless.ended


def test_members_are_asked_for_when_there_is_room() -> None:
    advancing: list[int] = []

    @dataclass(eq=False)
    class Counted(Failing):
        number: int = 0

        def __iter__(self) -> Iterator[Epoch]:
            advancing.append(self.number)
            most.append(len(advancing))
            yield Epoch(1, 0.0, 0.1, {"loss": 1.0})
            time.sleep(0.01)
            advancing.remove(self.number)

    most: list[int] = []
    assert len(list(Population((Counted(number=n) for n in range(8)), lanes=2))) == 8
    assert max(most) == 2


def test_need_is_the_sum_of_what_is_held() -> None:
    torch_ = {"fit.engine": "torch", "fit.batch": 10}
    fit = begun(SMALL, 0, **torch_, **{"fit.optimizer": "adam"})
    weights = 4 * (2 * 8 + 8 + 8 * 3 + 3)
    data = memory.held(fit.net, fit.data) - weights
    rows = sum(len(split) for split in (fit.data.train, fit.data.valid, fit.data.test))
    assert data >= rows * (2 * 4 + 8)
    gradient, remembered, checkpoint = weights, 2 * weights, 2 * 3 * weights
    known = data + weights + gradient + remembered + checkpoint
    # For the way back of the three layers: what goes into the first, what comes out of the second, log-probabilities.
    kept = 4 * (2 + 8 + 3) + 8
    assert 10 * kept <= fit.memory - known <= 1.25 * 10 * (kept + 4 * 3 * 8)
    assert begun(SMALL, 0, **torch_, **{"fit.optimizer": "sgd"}).memory == fit.memory - 6 * weights
    assert begun(SMALL, 0, **torch_, **{"fit.optimizer": "momentum"}).memory == fit.memory - 3 * weights


def test_lanes_that_do_not_fit_are_refused_with_the_largest_that_fit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "free", lambda: int(3.5e9))
    with pytest.raises(InputError, match=r"4 fits side by side take about 4\.0 GB of memory, and 3\.5 GB") as caught:
        memory.lanes_that_fit(int(1e9), 4)
    assert "--lanes 3" in caught.value.hint
    assert memory.lanes_that_fit(int(1e9), 3) == 3
    assert memory.lanes_that_fit(int(3e9), None) == 1
    assert memory.lanes_that_fit(int(9e9), None) == 1


def test_a_net_that_does_not_fit_in_memory_is_refused_before_it_trains(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "free", lambda: 1000)
    with pytest.raises(InputError, match="takes about"):
        begun(SMALL, 0, **{"net.hidden": [2000, 2000]})


def test_large_members_wait_for_room_among_small_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "free", lambda: 10)
    monkeypatch.setattr("neurona.fit.population.free", lambda: 10)
    monkeypatch.setattr(torch, "get_num_threads", lambda: 4)
    running, together = [], list[int]()

    @dataclass
    class Sized:
        memory: int
        shares: bool = True

        def __iter__(self) -> Iterator[Epoch]:
            running.append(self.memory)
            for index in range(3):
                time.sleep(0.01)
                together.append(sum(running))
                yield Epoch(index, 0.0, 0.0, {}, {}, {})
            running.remove(self.memory)

    passed = [member.memory for member, _epoch in Population([Sized(size) for size in (1, 1, 7, 7, 1, 12)])]
    assert sorted(passed) == sorted([1, 1, 7, 7, 1, 12] * 3)
    assert max(total for total in together if total != 12) <= 10, "what is too large by itself begins alone"


def test_a_population_has_at_least_one_lane() -> None:
    with pytest.raises(InputError, match="lanes = 0"):
        Population([], lanes=0)
