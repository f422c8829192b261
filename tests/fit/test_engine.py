"""The same recipe on each engine: the same numbers."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pytest
import torch
from kinds import RECIPES, begin
from torch import nn

from neurona.errors import InputError
from neurona.fit import OPTIMIZERS, Fit
from neurona.nets.activations import ACTIVATIONS
from neurona.recipe import Recipe
from neurona.run import Run
from neurona.tasks import LOSSES

TASKS = {
    "multiclass": {"name": "spiral", "samples": 90},
    "binary": {"name": "moons", "samples": 90},
    "regression": {"name": "diabetes"},
    "multilabel": {"name": "multilabel", "samples": 90},
}
STEPS = 200


def losses(engine: str, task: str = "multiclass", activation: str = "tanh", **fit: Any) -> list[float]:
    """Return the training loss before each of 200 steps, of a net that is always the same."""
    recipe = {
        "name": "small",
        "data": TASKS[task],
        "net": {"kind": "mlp", "hidden": [8, 6], "activation": activation},
        "fit": {"epochs": STEPS, "batch": "full", "seed": 5, "engine": engine, **fit},
    }
    return [epoch.train["loss"] for epoch in Recipe.of(recipe).start()]


def assert_the_same(**options: Any) -> None:
    theirs = losses("torch", **options)
    assert len(theirs) == STEPS and theirs[-1] != theirs[0]
    for engine in ("compiled", "glass"):
        assert losses(engine, **options) == pytest.approx(theirs, rel=1e-5)


@pytest.mark.parametrize("activation", [entry.name for entry in ACTIVATIONS])
def test_every_activation(activation: str) -> None:
    assert_the_same(activation=activation, optimizer="sgd")


@pytest.mark.parametrize("optimizer", [entry.name for entry in OPTIMIZERS])
def test_every_optimizer(optimizer: str) -> None:
    assert_the_same(optimizer=optimizer, weight_decay=1e-3)


@pytest.mark.parametrize(
    ("loss", "task"),
    [(entry.name, task) for entry in LOSSES for task in entry.facts["tasks"] if task in TASKS],
)
def test_every_loss(loss: str, task: str) -> None:
    assert_the_same(loss=loss, task=task, optimizer="sgd", lr=0.05)


def test_clipping_penalty_and_schedule() -> None:
    assert_the_same(clip=0.5, l2=1e-3, schedule="cosine", reduction="sum", optimizer="sgd", lr=0.001)


@pytest.mark.parametrize("kind", RECIPES)
def test_every_kind_of_net(kind: str) -> None:
    histories = []
    for engine in ("torch", "glass"):
        fit = begin(RECIPES[kind], epochs=2, engine=engine, memory_format="contiguous")
        histories.append([epoch.row() for epoch in fit])
    for theirs, ours in zip(*histories, strict=True):
        assert ours == pytest.approx(theirs, rel=2e-3, abs=2e-3, nan_ok=True)


def test_a_run_may_change_its_engine_and_repeats_itself_to_the_bit(tmp_path: Path) -> None:
    def half(engine: str) -> Fit:
        fit = begin(RECIPES["convolutions"], engine=engine)
        for epoch in fit:
            if epoch.index == 2:
                break
        return fit

    first, again = half("glass"), half("glass")
    assert first.history == again.history
    other = begin(RECIPES["convolutions"], engine="torch")
    other.restore(first.state())
    for _epoch in other:
        pass
    assert other.epoch == 4 and math.isfinite(other.history[-1]["train_loss"])
    run = Run.of(first, tmp_path / "run")
    assert run.environment["engine"] == "glass"


def test_infinite_numbers_end_the_fit_as_on_pytorch() -> None:
    options = {"optimizer": "sgd", "lr": 1e6, "divergence": "end", "task": "regression", "activation": "relu"}
    theirs = losses("torch", **options)
    assert len(theirs) < STEPS
    for engine in ("compiled", "glass"):
        assert losses(engine, **options) == pytest.approx(theirs, rel=1e-4)


class Unknown(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.layer = nn.Linear(2, 3)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.layer(x).cumsum(-1)


def test_a_net_that_glass_does_not_know_is_refused_before_it_trains() -> None:
    data = Recipe.of({"name": "small", "data": TASKS["multiclass"], "net": {"kind": "mlp"}}).load()
    with pytest.raises(InputError, match="cumsum"):
        Fit(Unknown(), data, engine="glass")


@pytest.mark.parametrize("option", [{"device": "cuda"}, {"precision": "bfloat16"}])
def test_what_glass_does_not_compute_is_said(option: dict[str, str]) -> None:
    with pytest.raises(InputError, match="The engine glass computes"):
        losses("glass", **option)
