"""A fit that is trained batch by batch is, to the last digit, the one that is trained epoch by epoch."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from recipes import MOONS, changed

from neurona.fit.fit import Fit
from neurona.fit.history import Epoch
from neurona.recipe import Recipe

FITS: dict[str, dict[str, Any]] = {
    "compiled": changed(MOONS, net={"hidden": [8, 8]}, fit={"engine": "compiled", "batch": 64, "schedule": "cosine"}),
    "dropout": changed(MOONS, net={"hidden": [8, 8], "dropout": 0.3}, fit={"engine": "compiled", "batch": 50}),
    "several epochs": changed(MOONS, net={"dropout": 0.2}, fit={"engine": "compiled", "every": 2, "epochs": 5}),
    "full batch": changed(MOONS, net={"dropout": 0.2}, fit={"engine": "compiled", "batch": "full", "every": 3}),
    "torch": changed(MOONS, net={"hidden": [8], "dropout": 0.3, "batch_norm": True}, fit={"batch": 64}),
    "glass": changed(MOONS, fit={"engine": "glass", "batch": 128, "epochs": 2}),
    "early stop": changed(MOONS, fit={"epochs": 30, "lr": 1.0, "patience": 2}),
    "two players": {
        "name": "gan",
        "data": {"name": "digits", "task": "adversarial"},
        "net": {"kind": "gan", "hidden": [16]},
        "fit": {"epochs": 2, "batch": 256},
    },
    "pictures": {
        "name": "digits",
        "data": {"name": "digits", "augment": ["rotate 10"]},
        "net": {"kind": "conv", "layers": ["conv 4 3", "relu", "pool 2"]},
        "fit": {"epochs": 2, "batch": 300},
    },
    "stages": changed(
        MOONS,
        fit={"stages": [{"epochs": 1, "frozen": ["hidden1.*"]}, {"epochs": 2, "lr": 0.01}], "batch": 100},
    ),
}


def started(name: str) -> Fit:
    return Recipe.of(FITS[name]).start()


def numbers(fit: Fit) -> list[dict[str, float]]:
    return [{key: value for key, value in row.items() if key != "seconds"} for row in fit.history]


def stepped(fit: Fit) -> list[Epoch]:
    """Train to the end by steps, and check how they are counted."""
    epochs = []
    while not fit.ended:
        done, count = fit.steps
        epoch = fit.step()
        if epoch is None:
            assert fit.steps == (done + 1, count) and done + 1 < count
        else:
            epochs.append(epoch)
            assert done + 1 == count and fit.steps[0] == 0
    return epochs


def assert_same(fit: Fit, other: Fit) -> None:
    assert numbers(fit) == numbers(other)
    for name, value in other.net.state_dict().items():
        assert torch.equal(fit.net.state_dict()[name], value), name
    ours, theirs = fit.state()["random"], other.state()["random"]
    assert all(torch.equal(ours[name], value) for name, value in theirs.items())


@pytest.mark.parametrize("name", FITS)
def test_steps_and_epochs_train_the_same(name: str) -> None:
    whole, fit = started(name), started(name)
    epochs = list(whole)
    assert [epoch.index for epoch in stepped(fit)] == [epoch.index for epoch in epochs]
    assert_same(fit, whole)
    assert fit.step() is None and fit.steps == (0, 0)


@pytest.mark.parametrize("name", ["compiled", "dropout", "torch", "glass"])
def test_iterating_goes_on_from_a_step(name: str) -> None:
    whole, fit = started(name), started(name)
    for _epoch in whole:
        pass
    fit.step()
    fit.evaluate(fit.data.test)
    assert fit.epoch == 0 and fit.steps[0] == 1
    assert next(iter(fit)).index == fit.epoch == 1
    fit.step()
    for _epoch in fit:
        pass
    assert_same(fit, whole)


def test_one_step_is_pytorchs() -> None:
    fit = Recipe.of(changed(MOONS, fit={"engine": "compiled", "optimizer": "sgd", "batch": 64, "lr": 0.1})).start()
    net = torch.nn.Sequential(torch.nn.Linear(2, 8), torch.nn.ReLU(), torch.nn.Linear(8, 1))
    net.load_state_dict(dict(zip(net.state_dict(), fit.net.state_dict().values(), strict=True)))
    order = torch.randperm(len(fit.data.train), generator=torch.Generator().manual_seed(0))[:64]
    x, y = fit.data.train.x[order], fit.data.train.y[order]
    loss = torch.nn.functional.binary_cross_entropy_with_logits(net(x), y.float().reshape(-1, 1))
    loss.backward()
    with torch.no_grad():
        for parameter in net.parameters():
            assert parameter.grad is not None
            parameter -= 0.1 * parameter.grad
    assert fit.step() is None
    for ours, theirs in zip(fit.net.parameters(), net.parameters(), strict=True):
        torch.testing.assert_close(ours, theirs, rtol=1e-5, atol=1e-6)


def test_a_state_within_an_epoch_begins_it_anew() -> None:
    fit, later = started("compiled"), started("compiled")
    fit.step()
    later.restore(fit.state())
    assert later.epoch == 0 and later.steps[0] == 0
    for name, value in fit.net.state_dict().items():
        assert torch.equal(later.net.state_dict()[name], value)
    assert [epoch.index for epoch in later] == [1, 2, 3]
