"""Learning-rate schedules against `torch.optim.lr_scheduler`, step by step."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn
from torch.optim import lr_scheduler
from training import cut, dense

from neurona.data import load
from neurona.fit import Fit, FitOptions
from neurona.fit.schedule import Schedule, factor

LR = 0.2
SAMPLES, BATCH = 70, 16
STEPS = 5  # batches of an epoch: 16, 16, 16, 16 and 6


def ours(epochs: int, **options: Any) -> list[float]:
    """Return the learning rate that each step of a fit was made with."""
    data = cut(load("moons"), SAMPLES)
    fit = Fit(dense(data), data, optimizer="sgd", lr=LR, epochs=epochs, batch=BATCH, **options)
    rates: list[float] = []
    optimizer = fit.players[0].optimizer
    optimizer.register_step_pre_hook(lambda chosen, *_given: rates.append(chosen.param_groups[0]["lr"]))
    for _epoch in fit:
        pass
    assert len(rates) == epochs * STEPS
    return rates


def sgd() -> torch.optim.Optimizer:
    return torch.optim.SGD([nn.Parameter(torch.zeros(1))], lr=LR)


def theirs(optimizer: torch.optim.Optimizer, scheduler: Any, steps: int, every: int = 1) -> list[float]:
    """Return the rate of each of `steps` steps, with the scheduler stepped after each `every` of them."""
    rates = []
    for step in range(1, steps + 1):
        rates.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        if step % every == 0 and step < steps:
            scheduler.step()
    return rates


def test_constant_stays() -> None:
    assert ours(3) == [LR] * 15


@pytest.mark.parametrize(("step_size", "gamma"), [(1, 0.5), (3, 0.1), (10, 0.1)])
def test_step_is_steplr(step_size: int, gamma: float) -> None:
    optimizer = sgd()
    wanted = theirs(optimizer, lr_scheduler.StepLR(optimizer, step_size, gamma), 8 * STEPS, every=STEPS)
    assert ours(8, schedule="step", step_size=step_size, gamma=gamma) == pytest.approx(wanted)


@pytest.mark.parametrize("epochs", [1, 2, 7])
def test_cosine_is_cosine_annealing_over_all_steps(epochs: int) -> None:
    optimizer, total = sgd(), epochs * STEPS
    wanted = theirs(optimizer, lr_scheduler.CosineAnnealingLR(optimizer, T_max=total), total)
    assert ours(epochs, schedule="cosine") == pytest.approx(wanted, rel=1e-9)


@pytest.mark.parametrize("schedule", ["cosine", "one-cycle"])
def test_what_has_come_to_its_end_stays_there(schedule: str) -> None:
    """As after an event that was interrupted, and is made once more."""
    options = FitOptions.read({"epochs": 3, "schedule": schedule})
    assert factor(options, 3 * STEPS + 5, STEPS) == pytest.approx(factor(options, 3 * STEPS, STEPS))
    assert factor(options, 3 * STEPS, STEPS) < 1e-4


@pytest.mark.parametrize("epochs", [1, 2, 7])
def test_one_cycle_is_onecyclelr(epochs: int) -> None:
    optimizer, total = sgd(), epochs * STEPS
    cycle = lr_scheduler.OneCycleLR(optimizer, LR, total_steps=total, cycle_momentum=False)
    assert ours(epochs, schedule="one-cycle") == pytest.approx(theirs(optimizer, cycle, total), rel=1e-9)


def test_one_cycle_ends_at_its_lowest_rate_and_the_history_says_so() -> None:
    data = load("moons")
    fit = Fit(dense(data), data, lr=LR, epochs=3, schedule="one-cycle")
    assert [epoch.lr for epoch in fit][-1] == pytest.approx(LR / 25 / 1e4)


@pytest.mark.parametrize("warmup", [1, 2.4])
def test_warm_up_is_a_line(warmup: float) -> None:
    optimizer, warm = sgd(), round(warmup * STEPS)
    line = lr_scheduler.LinearLR(optimizer, start_factor=1 / warm, total_iters=warm - 1)
    assert ours(4, warmup=warmup) == pytest.approx(theirs(optimizer, line, 4 * STEPS))


def test_warm_up_multiplies_any_other_schedule() -> None:
    warm = 2 * STEPS
    line = np.minimum(1, np.arange(1, 6 * STEPS + 1) / warm)
    np.testing.assert_allclose(ours(6, schedule="cosine", warmup=2), line * ours(6, schedule="cosine"))


class TestPlateau:
    @given(values=st.lists(st.floats(1e-3, 1), min_size=1, max_size=80), gamma=st.sampled_from([0.1, 0.5]))
    @settings(max_examples=60, deadline=None)
    def test_a_value_that_should_fall_is_watched_as_by_reducelronplateau(
        self, values: list[float], gamma: float
    ) -> None:
        plain = sgd()
        wanted = lr_scheduler.ReduceLROnPlateau(plain, factor=gamma, patience=5)
        found = Schedule(sgd(), FitOptions(schedule="plateau", gamma=gamma), LR, 1)
        for value in values:
            wanted.step(value)
            found.watch(value)
            assert found.rate == pytest.approx(plain.param_groups[0]["lr"], abs=1e-8)

    @given(values=st.lists(st.sampled_from([0.1, 0.5, 0.50002, 0.5002, 0.9, 1.0]), min_size=1, max_size=80))
    @settings(max_examples=60, deadline=None)
    def test_a_value_that_should_rise_is_watched_too(self, values: list[float]) -> None:
        plain = sgd()
        wanted = lr_scheduler.ReduceLROnPlateau(plain, mode="max", factor=0.5, patience=5)
        found = Schedule(sgd(), FitOptions(schedule="plateau", gamma=0.5), LR, 1)
        for value in values:
            wanted.step(value)
            found.watch(-value)  # the fit turns an accuracy round, so that lower is better
            assert found.rate == pytest.approx(plain.param_groups[0]["lr"], abs=1e-8)

    @pytest.mark.parametrize("monitor", ["valid.loss", "valid.accuracy"])
    def test_in_a_fit_it_follows_the_monitor_epoch_by_epoch(self, monitor: str) -> None:
        data = load("moons", noise=0.3)
        fit = Fit(dense(data), data, optimizer="sgd", lr=3.0, epochs=40, batch=32, schedule="plateau", monitor=monitor)
        plain = torch.optim.SGD([nn.Parameter(torch.zeros(1))], lr=3.0)
        mode = "max" if monitor.endswith("accuracy") else "min"
        wanted = lr_scheduler.ReduceLROnPlateau(plain, mode=mode, factor=0.1, patience=5)
        for epoch in fit:
            assert epoch.lr == pytest.approx(plain.param_groups[0]["lr"])
            value = epoch.value(monitor)
            assert value is not None
            wanted.step(value)
        assert fit.history[-1]["lr"] < 3.0  # or nothing was shown


def test_every_player_steps_at_the_rate_of_the_step_to_come() -> None:
    optimizer = sgd()
    schedule = Schedule(optimizer, FitOptions(schedule="cosine", epochs=2), LR, 4)
    for step in range(8):
        assert optimizer.param_groups[0]["lr"] == pytest.approx(LR * (1 + math.cos(math.pi * step / 8)) / 2)
        schedule.advance()


@given(step=st.integers(0, 39))
@settings(max_examples=20, deadline=None)
def test_any_moment_can_be_resumed(step: int) -> None:
    options = FitOptions(schedule="one-cycle", epochs=4, warmup=1)
    whole = Schedule(sgd(), options, LR, 10)
    for _step in range(step):
        whole.advance()
    optimizer = sgd()
    resumed = Schedule(optimizer, options, LR, 10)
    resumed.restore(whole.state())
    assert optimizer.param_groups[0]["lr"] == resumed.rate == whole.rate
