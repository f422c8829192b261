"""One training step on one sample, against PyTorch's own step."""

from __future__ import annotations

import copy
import re

import numpy as np
import pytest
import torch
from derivations import assert_lines_hold, differences

from neurona.errors import InputError
from neurona.explain.learning import explain_next, explain_step
from neurona.explain.made import made_next
from neurona.explain.page import frames_of, reached
from neurona.fit.fit import Fit
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
        if line.left.startswith("new "):
            name, index = of_weight(line.left.removeprefix("new "))
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


def test_a_line_on_the_way_to_a_node_is_about_that_node() -> None:
    steps = explain_step(Recipe.read("lstm").start(), 0, "lstm", "sequence-classifier").steps
    first = [frame for frame in frames_of(steps) if frame.step == 1]
    assert not steps[1].formulas[0].node and len(first) > 1, "the gates come before the state"
    assert {frame.node for frame in first} == {"recurrent.forwards.0"}


def test_a_step_without_lines_is_about_its_module() -> None:
    steps = explain_step(Recipe.read("digits-cnn1").start(), 0, "digits-cnn1", "cnn").steps
    about = {step.phase: frame.node for frame in frames_of(steps) if "Flatten" in (step := steps[frame.step]).text}
    assert about == {"forward": "flatten", "backward": "flatten"}


# ---------------------------------------------------------------------- the batch that comes next


def made_by_the_fit(fit: Fit) -> dict[str, torch.Tensor]:
    """Let the fit make its next step, and return the weights of its net."""
    fit.step()
    return {name: value.detach().clone().double() for name, value in fit.net.named_parameters()}


def of_weight(called: str) -> tuple[str, tuple[int, ...]]:
    """Return the parameter and the place that "W1_3,2" or "conv1.weight[3,2]" mean, of a net as `trained` has it."""
    if dense := re.fullmatch(r"(W|b)(\d)_([\d,]+)", called):
        kind, layer, place = dense.groups()
        layers = ("hidden1", "hidden2", "output")
        key = f"{layers[int(layer) - 1]}.{'weight' if kind == 'W' else 'bias'}"
    else:
        key, _bracket, place = called.removesuffix("]").rpartition("[")
    return key, tuple(int(part) - 1 for part in place.split(","))


def assert_is_the_next_step(fit: Fit, name: str, kind: str, rel: float = 1e-4) -> None:
    """Open the next step, let the fit make it, and compare the weights that change and the lines that are shown."""
    before = copy.deepcopy(fit.state())
    explanation = explain_next(fit, None, name, kind)
    assert_lines_hold(explanation)
    assert max(differences(explanation)) < 1e-9
    made = made_next(fit, *fit.batches.take(fit.coming()))
    again = explain_next(fit, None, name, kind)
    assert [f.text for s in again.steps for f in s.formulas] == [f.text for s in explanation.steps for f in s.formulas]
    for part in ("net", "random"):
        for key, value in fit.state()[part].items():
            assert torch.equal(value, before[part][key]), "nothing of the fit changes"
    after = made_by_the_fit(fit)
    assert len(made.after) > 1
    for key, value in made.after.items():
        change = np.abs(value - made.before[key]).max()
        assert np.abs(after[key].numpy() - value).max() <= rel * change + 3e-7, key
    (update,) = (step for step in explanation.steps if step.phase == "step")
    shown = {line.left.removeprefix("new "): line.result for line in update.formulas if line.left.startswith("new ")}
    assert len(shown) == min(8, len(made.gradients))
    for called, value in shown.items():
        key, place = of_weight(called)
        assert value == pytest.approx(float(after[key][place]), rel=1e-4, abs=1e-6)


@pytest.mark.parametrize("options", RULES, ids=lambda options: "-".join(map(str, options.values())))
@pytest.mark.parametrize("engine", ["torch", "compiled"])
def test_the_step_on_the_next_batch_is_the_one_that_the_fit_then_makes(options: dict[str, object], engine: str) -> None:
    fit = trained(2, engine=engine, batch=16, **options)
    for _batch in range(3):  # the second of them within an epoch
        assert_is_the_next_step(fit, "moons", "mlp")


def test_what_the_optimizer_is_given_is_derived_from_the_mean() -> None:
    fit = trained(1, optimizer="sgd", lr=0.1, reduction="sum", l2=0.1, clip=0.05, batch=5)
    assert_is_the_next_step(fit, "moons", "mlp")
    lines = [line.text for step in explain_next(fit, None, "moons", "mlp").steps for line in step.formulas]
    (mean,) = (line for line in lines if line.startswith("dB/db3_1 = "))
    assert mean.count("dJ/db3_1") == 5, "few addends are written out"
    assert any(line.startswith("g(W1_") and "clip" in line and "l2" in line for line in lines)


@pytest.mark.parametrize("name", ["digits-cnn1", "digits-vae", "digits-gan", "parity", "tag", "curve-ensemble"])
def test_the_next_batch_of_nets_of_other_kinds(name: str) -> None:
    recipe = Recipe.read(name)
    fit = recipe.start()
    for _batch in range(2):
        assert_is_the_next_step(fit, name, recipe.net["kind"])


def test_what_is_drawn_in_the_next_step_is_drawn_in_its_walk() -> None:
    layers = ["conv 4 3", "bn", "relu", "dropout 0.3", "pool 2"]
    given = {"data": {"name": "digits"}, "net": {"kind": "conv", "layers": layers}, "fit": {"batch": 64}}
    fit = Recipe.model_validate({"name": "drawn", **given}).start()
    fit.step()
    assert_is_the_next_step(fit, "drawn", "conv")
    said = " ".join(step.text for step in explain_next(fit, None, "drawn", "conv").steps)
    assert "Samples have none of their own" in said


def test_a_sample_of_the_batch_is_chosen_and_its_gradient_stands_beside_the_mean() -> None:
    fit = trained(1, batch=8, engine="torch")
    rows = fit.coming().tolist()
    explanation = explain_next(fit, rows[3], "moons", "mlp")
    assert explanation.inputs == {"rows": rows, "sample": rows[3]}
    assert explain_next(fit, -1, "moons", "mlp").inputs["sample"] == rows[0]
    x, y = fit.data.train.x[rows], fit.data.train.y[rows]
    weights = list(fit.net.parameters())
    mine = torch.autograd.grad(fit.task.loss(fit.net(x[3:4]), y[3:4]), weights)
    mean = torch.autograd.grad(fit.task.loss(fit.net(x), y), weights)
    (table,) = (s.table for s in explanation.steps if s.table and s.table.columns[-1].startswith("cosine"))
    for row, one, all_ in zip(table.rows, mine, mean, strict=True):
        cosine = torch.nn.functional.cosine_similarity(one.flatten(), all_.flatten(), dim=0)
        assert [float(cell) for cell in row[1:]] == pytest.approx(
            [float(n) for n in (one.norm(), all_.norm(), cosine)], rel=1e-3, abs=2e-3
        )


def test_a_sample_of_another_split_is_walked_as_if() -> None:
    fit = trained(1)
    explanation = explain_step(fit, 2, "moons", "mlp", split="test")
    assert "as it would be" in explanation.title and "no step is ever made" in explanation.steps[0].text
    assert max(differences(explanation)) < 1e-12


def test_a_sample_that_is_not_there_is_refused() -> None:
    with pytest.raises(InputError, match="no sample 100000"):
        explain_step(trained(0), 100_000, "moons", "mlp")
