"""One training step on one sample, against PyTorch's own step."""

from __future__ import annotations

import copy
import re

import numpy as np
import pytest
import torch
from derivations import assert_lines_hold, differences

from neurona.errors import InputError
from neurona.explain.learning import explain_step
from neurona.explain.page import reached
from neurona.fit.loop import Fit
from neurona.recipe import Recipe

RULES = [
    {"optimizer": "sgd", "lr": 0.1},
    {"optimizer": "sgd", "lr": 0.1, "weight_decay": 0.1, "clip": 0.01},
    {"optimizer": "momentum", "lr": 0.05, "weight_decay": 0.01},
    {"optimizer": "nesterov", "lr": 0.05},
    {"optimizer": "adagrad"},
    {"optimizer": "adadelta"},
    {"optimizer": "rmsprop", "momentum": 0.5},
    {"optimizer": "rmsprop", "l2": 0.1},
    {"optimizer": "adam", "schedule": "cosine", "weight_decay": 0.01},
    {"optimizer": "adamw", "weight_decay": 0.1},
]


def trained(epochs: int, net: dict[str, object] | None = None, **fit: object) -> Fit:
    """Return a fit on `moons` of which so many epochs are done."""
    net = {"kind": "mlp", "hidden": [4, 3], "activation": "tanh", **(net or {})}
    started = Recipe.model_validate({"name": "moons", "data": {"name": "moons"}, "net": net, "fit": fit}).start()
    for epoch in started if epochs else ():
        if epoch.index >= epochs:
            break
    return started


def stepped(fit: Fit, sample: int) -> dict[str, np.ndarray]:
    """Return the weights after a step of PyTorch on one sample, with the optimizer of the fit."""
    twin = copy.deepcopy(fit)
    net, optimizer = twin.net.eval(), twin.players[0].optimizer
    optimizer.zero_grad()
    loss = twin.task.loss(net(twin.data.train.x[sample : sample + 1]), twin.data.train.y[sample : sample + 1])
    for parameter in net.parameters():
        if twin.options.l2 and parameter.dim() > 1:
            loss = loss + twin.options.l2 / 2 * parameter.square().sum()
    loss.backward()
    if twin.options.clip is not None:
        torch.nn.utils.clip_grad_norm_(net.parameters(), twin.options.clip)
    optimizer.step()
    return {name: value.detach().numpy() for name, value in net.named_parameters()}


@pytest.mark.parametrize("options", RULES, ids=lambda options: "-".join(map(str, options.values())))
@pytest.mark.parametrize("epochs", [0, 3])
def test_the_step_is_that_of_pytorch(options: dict[str, object], epochs: int) -> None:
    fit = trained(epochs, **options)
    before = copy.deepcopy(fit.state())
    explanation = explain_step(fit, 5, "moons", "mlp")
    assert_lines_hold(explanation)
    assert max(differences(explanation)) < 1e-12
    wanted, found = stepped(fit, 5), 0
    (update,) = (step for step in explanation.steps if step.phase == "step")
    for line in update.formulas:
        if named := re.fullmatch(r"new (W|b)(\d)_([\d,]+)", line.left):
            kind, layer, place = named.groups()
            layers = ("hidden1", "hidden2", "output")
            name = f"{layers[int(layer) - 1]}.{'weight' if kind == 'W' else 'bias'}"
            index = tuple(int(part) - 1 for part in place.split(","))
            assert line.result == pytest.approx(float(wanted[name][index]), rel=2e-5, abs=1e-6)
            found += 1
    assert found == 6
    for name, value in fit.state()["net"].items():
        assert torch.equal(value, before["net"][name]), "nothing of the fit changes"


def test_the_five_steps_come_in_their_order() -> None:
    explanation = explain_step(trained(1), 0, "moons", "mlp")
    phases = list(dict.fromkeys(step.phase for step in explanation.steps if step.phase))
    assert phases == ["forward", "loss", "clear", "backward", "step"]
    last = len([frame for step in explanation.steps for frame in step.formulas or [None]])
    assert all(frames["value"] <= frames["gradient"] < last for frames in reached(explanation).values())


@pytest.mark.parametrize("name", ["digits-cnn1", "digits-vae", "digits-gan", "parity", "tag", "curve-ensemble"])
def test_nets_of_other_kinds_are_opened_module_by_module(name: str) -> None:
    recipe = Recipe.read(name)
    explanation = explain_step(recipe.start(), 1, name, recipe.net["kind"])
    assert max(differences(explanation)) < 1e-9
    assert any(step.phase == "step" and step.formulas for step in explanation.steps)


def test_a_sample_that_is_not_there_is_refused() -> None:
    with pytest.raises(InputError, match="no sample 100000"):
        explain_step(trained(0), 100_000, "moons", "mlp")
