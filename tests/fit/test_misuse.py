"""What a fit is given to train on or to judge is of one kind, and who is judged at the end is the net that counts."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

import neurona as nr
from neurona.data.dataset import Split

ENGINES = ("torch", "compiled", "glass")


@pytest.mark.parametrize("engine", ENGINES)
def test_a_split_of_another_kind_is_refused_by_every_engine(engine: str) -> None:
    data = nr.load("wine")
    fit, train = nr.Fit(nr.nets.mlp(13, [8], 3), data, engine=engine, epochs=3), data.train
    wrong = train.y.clone()
    wrong[3] = 7
    for split, said in (
        (nr.load("moons").train, r"split.x is \(2\) float32 for each sample, and data.train.x is \(13\) float32"),
        (Split(train.x.double(), train.y), "float64"),
        (Split(train.x, train.y[:-1]), f"{len(train)} samples and {len(train) - 1} targets"),
        (Split(train.x, wrong), "class 7, and classes are numbered from 0 to 2"),
    ):
        with pytest.raises(nr.InputError, match=said):
            fit.evaluate(split)


@pytest.mark.parametrize("engine", ENGINES)
def test_what_leaves_the_iteration_at_its_last_event_saves_the_best_weights(engine: str, tmp_path: Path) -> None:
    data = nr.load("moons", samples=100)
    torch.manual_seed(0)
    fit = nr.Fit(nr.nets.mlp(2, [8], 1), data, engine=engine, lr=3.0, batch=8, patience=3, epochs=300)
    for _epoch in fit:
        if fit.ended:
            break
    assert fit.stopped_early and fit.best_epoch < fit.epoch
    saved = fit.save(tmp_path / "run").metrics
    assert saved["valid"]["loss"] == pytest.approx(fit.history[fit.best_epoch - 1]["valid_loss"], rel=1e-5)


def test_gradients_of_weights_that_are_hooked_are_pytorchs() -> None:
    data = nr.load("moons", samples=100)
    hooked, replaced = nr.nets.mlp(2, [8], 1), nr.nets.mlp(2, [8], 1)
    first = next(hooked.parameters())
    first.register_hook(torch.zeros_like)
    before = first.detach().clone()
    fit = nr.Fit(hooked, data, epochs=1000)
    assert fit.engine == "torch"
    for epoch in fit:
        if epoch.index >= 3:
            break
    assert torch.equal(first, before)
    forward = replaced[0].forward
    replaced[0].forward = lambda x: 2 * forward(x)
    assert nr.Fit(replaced, data, epochs=1000).engine == "torch"
    with pytest.raises(nr.InputError, match="a forward of its own"):
        nr.Fit(replaced, data, epochs=1000, engine="compiled")


def test_native_code_says_what_it_does_not_follow() -> None:
    data = nr.load("moons", samples=100)
    net = nr.nets.mlp(2, [8], 1)
    fit = nr.Fit(net, data, engine="compiled", epochs=50)
    with pytest.raises(nr.InputError, match="frozen or replaced"):
        for epoch in fit:
            if epoch.index == 3:
                next(net.parameters()).requires_grad_(False)
    assert fit.epoch == 3
    fit = nr.Fit(nr.nets.mlp(2, [8], 1), data, engine="compiled", epochs=50)
    fit.players[0].optimizer.register_step_post_hook(lambda *_about: None)
    with pytest.raises(nr.InputError, match="The optimizer has hooks"):
        next(iter(fit))


def test_dropout_that_is_switched_off_in_the_loop_is_off_on_every_engine() -> None:
    data = nr.load("moons", samples=100)
    histories = []
    for engine in ("torch", "compiled"):
        torch.manual_seed(0)
        net = nr.nets.mlp(2, [8], 1, dropout=0.5)
        fit = nr.Fit(net, data, engine=engine, epochs=20)
        for module in net.modules():
            if isinstance(module, torch.nn.Dropout):
                module.p = 0.0
        histories.append([epoch.train["loss"] for epoch in fit])
    assert histories[1] == pytest.approx(histories[0], rel=1e-5)
