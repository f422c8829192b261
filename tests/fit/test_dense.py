"""The compiled engine: histories as PyTorch's, the same numbers again, and what it does not take."""

from __future__ import annotations

import copy
import math
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

import neurona as nr
from neurona.compiled import call, dropout
from neurona.errors import InputError, TrainingError
from neurona.fit import OPTIMIZERS, Fit
from neurona.fit.checkpoint import load_state, save_state
from neurona.recipe import Recipe
from neurona.run import Run

TABLES = {
    "multiclass": {"name": "spiral", "samples": 90},
    "binary": {"name": "moons", "samples": 90},
    "regression": {"name": "diabetes"},
    "multilabel": {"name": "multilabel", "samples": 90},
    "reconstruction": {"name": "wine", "task": "reconstruction"},
}


def begin(engine: str, data: dict[str, Any] | None = None, net: dict[str, Any] | None = None, **fit: Any) -> Fit:
    recipe = {
        "name": "small",
        "data": data or TABLES["multiclass"],
        "net": net or {"kind": "mlp", "hidden": [8, 6], "activation": "tanh"},
        "fit": {"epochs": 12, "batch": 16, "seed": 5, "engine": engine, **fit},
    }
    return Recipe.of(recipe).start()


def trained(fit: Fit, until: int | None = None) -> Fit:
    for epoch in fit:
        if epoch.index == until:
            break
    return fit


def assert_the_same_history(ours: Fit, theirs: Fit, rel: float = 1e-4) -> None:
    assert len(ours.history) == len(theirs.history)
    for row, other in zip(ours.history, theirs.history, strict=True):
        assert row == pytest.approx(other, rel=rel, abs=1e-6, nan_ok=True)


@pytest.mark.parametrize("task", TABLES)
def test_metrics_and_deviations_are_those_of_pytorch(task: str) -> None:
    net = {"kind": "autoencoder", "hidden": [9], "latent": 3} if task == "reconstruction" else None
    ours, theirs = (trained(begin(engine, TABLES[task], net, every=3)) for engine in ("compiled", "torch"))
    assert ours.engine == "compiled" and len(ours.history) == 4
    assert_the_same_history(ours, theirs)


def test_an_autoencoder_of_logits() -> None:
    data = {"name": "digits", "samples": 200, "task": "reconstruction", "standardise": False}
    net = {"kind": "autoencoder", "hidden": [20], "latent": 4, "latent_activation": "tanh"}
    pair = [trained(begin(e, data, net, epochs=4, loss="binary-cross-entropy")) for e in ("compiled", "torch")]
    assert_the_same_history(*pair)


def test_large_layers_and_large_batches_go_through_blas_and_blocks() -> None:
    data, net = {"name": "digits"}, {"kind": "mlp", "hidden": [120, 50], "activation": "relu"}
    for batch in (64, 1200):
        options: dict[str, Any] = {"optimizer": "momentum", "lr": 0.01, "epochs": 3, "batch": batch}
        assert_the_same_history(*(trained(begin(engine, data, net, **options)) for engine in ("compiled", "torch")))


@pytest.mark.parametrize("schedule", ["step", "cosine", "one-cycle", "plateau"])
def test_schedules(schedule: str) -> None:
    options: dict[str, Any] = {"schedule": schedule, "warmup": 1.5, "step_size": 2, "gamma": 0.5, "epochs": 20}
    ours, theirs = (trained(begin(engine, **options)) for engine in ("compiled", "torch"))
    assert [row["lr"] for row in ours.history] == [row["lr"] for row in theirs.history]
    assert_the_same_history(ours, theirs)


def test_stages_with_optimizers_of_their_own() -> None:
    stages = [{"epochs": 3, "optimizer": "adam"}, {"epochs": 3, "optimizer": "sgd", "lr": 0.05, "weight_decay": 0.01}]
    options: dict[str, Any] = {"stages": stages, "epochs": 6}
    assert_the_same_history(*(trained(begin(engine, **options)) for engine in ("compiled", "torch")))


def test_augmented_samples_are_drawn_as_for_pytorch() -> None:
    data = {"name": "digits", "samples": 200, "augment": ["shift 1"]}
    for batch in (32, "full"):
        pair = [trained(begin(engine, data, epochs=3, batch=batch)) for engine in ("compiled", "torch")]
        assert_the_same_history(*pair)


@pytest.mark.parametrize("optimizer", [entry.name for entry in OPTIMIZERS])
def test_a_fit_may_change_its_engine_at_any_time(optimizer: str) -> None:
    whole = trained(begin("torch", optimizer=optimizer))
    for first, second in (("torch", "compiled"), ("compiled", "torch")):
        half = trained(begin(first, optimizer=optimizer), until=5)
        other = begin(second, optimizer=optimizer)
        other.restore(half.state())
        assert_the_same_history(trained(other), whole)


DROPOUT = {"kind": "mlp", "hidden": [30, 20], "dropout": 0.3}


def test_the_same_seed_gives_the_same_numbers_and_so_does_a_fit_that_is_resumed(tmp_path: Path) -> None:
    options: dict[str, Any] = {"net": DROPOUT, "optimizer": "nesterov", "schedule": "cosine"}
    whole, again = trained(begin("compiled", **options)), trained(begin("compiled", **options))
    assert whole.history == again.history
    save_state(tmp_path / "state.pt", trained(begin("compiled", **options), until=5).state())
    resumed = begin("compiled", **options)
    resumed.restore(load_state(tmp_path / "state.pt"))
    assert trained(resumed).history == whole.history
    for ours, theirs in zip(resumed.net.parameters(), whole.net.parameters(), strict=True):
        assert torch.equal(ours, theirs)
    assert trained(begin("compiled", **options, seed=6)).history != whole.history


def test_a_state_is_a_copy() -> None:
    fit = trained(begin("compiled", optimizer="adam"), until=2)
    state = fit.state()
    before = {name: value.clone() for name, value in state["net"].items()}
    trained(fit)
    assert all(torch.equal(value, before[name]) for name, value in state["net"].items())
    assert any(not torch.equal(value, before[name]) for name, value in fit.net.state_dict().items())


def test_weights_changed_between_two_epochs_are_those_that_train_on() -> None:
    fit = begin("compiled", optimizer="sgd")
    for epoch in fit:
        if epoch.index == 3:
            fit.net.load_state_dict({name: torch.zeros_like(v) for name, v in fit.net.state_dict().items()})
        if epoch.index == 4:
            break
    hidden = fit.net.get_submodule("hidden1")
    assert isinstance(hidden, nn.Linear) and torch.equal(hidden.weight, torch.zeros_like(hidden.weight))


def test_a_state_given_to_the_optimizer_between_two_epochs_is_the_one_that_goes_on() -> None:
    pair = []
    for engine in ("compiled", "torch"):
        fit = begin(engine, optimizer="adam")
        for epoch in fit:
            optimizer = fit.players[0].optimizer
            if epoch.index == 3:
                kept = copy.deepcopy(optimizer.state_dict())
            if epoch.index == 6:
                optimizer.load_state_dict(kept)
        pair.append(fit)
    assert_the_same_history(*pair)


def test_dropout_keeps_the_share_and_the_mean() -> None:
    values, slopes = np.ones(200_000, np.float32), np.ones(200_000, np.float32)
    dropout.drop(np.float32(0.3), 12345678901234, 0, values, slopes)
    kept = values != 0
    assert abs(kept.mean() - 0.7) < 4 * math.sqrt(0.21 / len(values))
    assert np.allclose(values[kept], 1 / 0.7) and np.array_equal(values, slopes)
    others = np.ones(200_000, np.float32)
    dropout.drop(np.float32(0.3), 12345678901235, 0, others, slopes)
    for shifted in (others != 0, np.roll(kept, 1), np.roll(kept, 16)):
        assert abs(np.corrcoef(kept, shifted)[0, 1]) < 4 / math.sqrt(len(values))


def test_dropout_is_for_training_alone() -> None:
    fit = trained(begin("compiled", net=DROPOUT, epochs=3))
    theirs = begin("torch", net=DROPOUT)
    theirs.net.load_state_dict(fit.net.state_dict())
    for split in (fit.data.train, fit.data.valid, fit.data.test):
        assert fit.evaluate(split) == pytest.approx(theirs.evaluate(split), rel=1e-5)


def test_dropout_learns_as_well_as_that_of_pytorch() -> None:
    data = {"name": "digits", "samples": 600}
    net = {"kind": "mlp", "hidden": [64], "dropout": 0.5}
    ours, theirs = (
        np.mean([trained(begin(engine, data, net, epochs=8, seed=s)).history[-1]["train_loss"] for s in range(6)])
        for engine in ("compiled", "torch")
    )
    assert ours == pytest.approx(theirs, rel=0.05)


def test_infinite_numbers_end_the_fit() -> None:
    options: dict[str, Any] = {"data": TABLES["regression"], "optimizer": "sgd", "lr": 1e6, "reduction": "sum"}
    net = {"kind": "mlp", "hidden": [8], "activation": "relu"}
    with pytest.raises(TrainingError, match="diverged"):
        trained(begin("compiled", net=net, **options))
    ours, theirs = (trained(begin(e, net=net, divergence="end", **options)) for e in ("compiled", "torch"))
    assert ours.diverged and ours.epoch == theirs.epoch


def test_early_stopping_keeps_the_best_weights() -> None:
    options: dict[str, Any] = {"patience": 3, "epochs": 200, "optimizer": "momentum", "lr": 0.2}
    ours, theirs = (trained(begin(engine, **options)) for engine in ("compiled", "torch"))
    assert (ours.best_epoch, ours.epoch) == (theirs.best_epoch, theirs.epoch) and ours.stopped_early


def test_the_engine_is_kept_in_the_run(tmp_path: Path) -> None:
    run = Run.of(trained(begin("compiled", epochs=2)), tmp_path / "run")
    assert run.environment["engine"] == "compiled"


# ---------------------------------------------------------------------- who is chosen


def test_auto_compiles_where_there_is_much_to_do_and_it_can() -> None:
    assert begin("auto", epochs=1000).engine == "compiled"
    assert begin("auto", epochs=2).engine == "torch"
    assert begin("auto", epochs=1000, net={"kind": "mlp", "batch_norm": True, "hidden": [4]}).engine == "torch"
    assert begin("auto", epochs=1000, precision="bfloat16").engine == "torch"
    assert begin("torch", epochs=1000).engine == "torch"


def with_hook() -> nn.Module:
    net = nn.Sequential(nn.Linear(2, 3))
    net[0].register_forward_hook(lambda module, given, outputs: 2 * outputs)
    return net


def with_shared_weights() -> nn.Module:
    layer = nn.Linear(2, 2)
    return nn.Sequential(layer, nn.Tanh(), layer, nn.Linear(2, 3))


class Own(nn.Linear):
    """A layer of the user's own, which may do anything."""


@pytest.mark.parametrize(
    ("net", "words"),
    [
        (nn.Sequential(nn.Linear(2, 4), nn.BatchNorm1d(4), nn.Linear(4, 3)), "'1' is a BatchNorm1d"),
        (nn.Sequential(nn.Linear(2, 4), nn.ReLU(), nn.Tanh(), nn.Linear(4, 3)), "'2' is a Tanh"),
        (nn.Sequential(nn.Linear(2, 4), nn.LeakyReLU(0.3), nn.Linear(4, 3)), "'1' is a LeakyReLU"),
        (nn.Sequential(nn.Dropout(0.5), nn.Linear(2, 3)), "'0' is a Dropout"),
        (nn.Sequential(nn.Linear(2, 4), nn.Dropout(0.5), nn.ReLU(), nn.Linear(4, 3)), "'2' is a ReLU"),
        (nn.Sequential(Own(2, 3)), "'0' is a Own"),
        (with_hook(), "'0' has hooks"),
        (with_shared_weights(), "0.weight belongs to several layers"),
    ],
)
def test_a_net_outside_the_family_is_refused_and_named(net: nn.Module, words: str) -> None:
    data = Recipe.of({"name": "small", "data": TABLES["multiclass"], "net": {"kind": "mlp"}}).load()
    with pytest.raises(InputError, match=words):
        Fit(net, data, engine="compiled")
    assert Fit(net, data, epochs=1000).engine == "torch"


@pytest.mark.parametrize(
    ("recipe", "words"),
    [
        ({"data": {"name": "digits", "samples": 60}, "net": {"kind": "conv", "layers": ["conv 2 3"]}}, "is a Conv2d"),
        ({"fit": {"frozen": ["hidden1.*"]}}, "fit.frozen"),
        ({"fit": {"device": "cuda"}}, "computes on a CPU"),
        ({"fit": {"precision": "bfloat16"}}, "computes in float32"),
        ({"data": {"name": "reverse", "samples": 60}, "net": {"kind": "encoder-decoder"}}, "its task is translation"),
    ],
)
def test_what_is_outside_the_family_is_said(recipe: dict[str, Any], words: str) -> None:
    fit = {"engine": "compiled", "batch": 16, **recipe.get("fit", {})}
    whole = {"name": "small", "data": TABLES["multiclass"], "net": {"kind": "mlp", "hidden": [4]}, **recipe, "fit": fit}
    with pytest.raises(InputError, match=words):
        Recipe.of(whole).start()


def test_weights_in_double_precision_are_refused() -> None:
    data = nr.load("spiral", samples=90)
    x = data.train.x.double()
    from dataclasses import replace

    from neurona.data.dataset import Split

    data = replace(data, train=Split(x, data.train.y), valid=Split(data.valid.x.double(), data.valid.y))
    with pytest.raises(InputError, match="is float64"):
        Fit(nn.Sequential(nn.Linear(2, 3)).double(), data, engine="compiled")


@pytest.mark.parametrize(
    "net",
    [
        nn.Sequential(nn.Linear(2, 5, bias=False), nn.SiLU(), nn.Linear(5, 3, bias=False), nn.Softplus()),
        nn.Linear(2, 3),
        nn.Sequential(
            nn.Flatten(), nn.Sequential(nn.Linear(2, 4), nn.Identity(), nn.ReLU(inplace=True)), nn.Linear(4, 3)
        ),
    ],
)
def test_plain_modules_of_pytorch_train(net: nn.Module) -> None:
    data = nr.load("spiral", samples=90)
    state = {name: value.clone() for name, value in net.state_dict().items()}
    pair = []
    for engine in ("compiled", "torch"):
        net.load_state_dict(state)
        pair.append(trained(Fit(net, data, engine=engine, epochs=5, batch=16, lr=0.01)))
    assert_the_same_history(*pair)


TRAININGS = """
import sys, io, torch
from neurona.recipe import Recipe
for recipe, engine in (("wine", "compiled"), ("wine", "torch"), ("moons", "torch"), ("digits-cnn2-bn", "torch")):
    fit = Recipe.read(recipe, ["fit.epochs=1", f"fit.engine={engine}"]).start()
    epochs = list(fit)
    torch.save(fit.state(), io.BytesIO())
    found = [name for name in ("torch._dynamo", "sklearn", "scipy.linalg", "numba") if name in sys.modules]
    print(recipe, engine, fit.engine, found)
"""


def test_a_training_imports_no_compiler_and_no_scikit_learn() -> None:
    call.run.load()  # as it is once it was compiled
    answer = subprocess.run([sys.executable, "-c", TRAININGS], capture_output=True, text=True, check=True)
    assert answer.stdout.splitlines() == [
        "wine compiled compiled []",
        "wine torch torch []",
        "moons torch torch []",
        "digits-cnn2-bn torch torch []",
    ]
