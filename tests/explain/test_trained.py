"""One sample of a trained run, against PyTorch."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from derivations import assert_lines_hold, differences
from recipes import MOONS, changed, train
from torch import nn

from neurona.data.dataset import Target
from neurona.errors import InputError
from neurona.explain.dense import ACTIVATIONS, run_through
from neurona.explain.formula import evaluate
from neurona.explain.losses import delta_line, loss_lines
from neurona.explain.trained import explain_run
from neurona.nets import ACTIVATIONS as GALLERY
from neurona.nets import mlp
from neurona.run import Run
from neurona.tasks import LOSSES, task_of


@pytest.fixture(scope="module")
def moons(tmp_path_factory: pytest.TempPathFactory) -> Run:
    return train(MOONS, tmp_path_factory.mktemp("run") / "moons")


@pytest.fixture(scope="module")
def digits(tmp_path_factory: pytest.TempPathFactory) -> Run:
    net = {"hidden": [20, 10], "activation": ["tanh", "gelu"], "batch_norm": True, "dropout": 0.2}
    recipe = changed(MOONS, name="digits", data={"name": "digits"}, net=net)
    return train(recipe, tmp_path_factory.mktemp("run") / "digits")


@pytest.mark.parametrize("sample", [0, 7])
def test_a_run_is_opened(moons: Run, sample: int) -> None:
    explanation = explain_run(moons, sample, "valid")
    assert_lines_hold(explanation)
    assert max(differences(explanation)) < 1e-12
    net, data = moons.net(), moons.data()
    x, y = data.valid.x[sample : sample + 1], data.valid.y[sample : sample + 1]
    loss = moons.task.loss(net(x), y)
    assert explanation.graph.root.value == pytest.approx(loss.item(), rel=1e-5)
    (slope,) = torch.autograd.grad(loss, [net.get_parameter("output.weight")])
    np.testing.assert_allclose(explanation.graph["W2"].gradient, slope.numpy(), rtol=1e-4, atol=1e-7)


def test_batch_normalisation_and_dropout_are_as_in_use(digits: Run) -> None:
    explanation = explain_run(digits, 3)
    assert_lines_hold(explanation)
    assert max(differences(explanation)) < 1e-12
    labels = [vertex.label for vertex in explanation.graph.vertices]
    assert {"n1", "gamma2", "y2", "J"} <= set(labels)
    answer = digits.answer(digits.data().test.x[3:4])
    assert f"with probability {100 * answer.max():.2f} %" in " ".join(step.text for step in explanation.steps)


CASES = [
    ("mse", "regression", 1),
    ("half-mse", "regression", 3),
    ("mae", "regression", 2),
    ("huber", "regression", 3),
    ("perceptron", "binary", 1),
    ("binary-cross-entropy", "binary", 1),
    ("binary-cross-entropy", "multilabel", 4),
    ("cross-entropy", "multiclass", 3),
]


@pytest.mark.parametrize(("loss", "task", "outputs"), CASES)
def test_every_loss_is_pytorchs(loss: str, task: str, outputs: int) -> None:
    torch.manual_seed(2)
    net = mlp(3, [4], outputs).double().eval()
    x = torch.randn(1, 3, dtype=torch.float64)
    values = torch.randn(1, outputs, dtype=torch.float64)
    y = {"multiclass": torch.tensor([1]), "regression": 2 * values}.get(task, values.gt(0).double())
    theirs = LOSSES[loss].make(net(x), y)
    theirs.backward()
    gone = run_through(net, x.numpy(), y.numpy(), loss)
    assert gone.graph.root.value == pytest.approx(theirs.item(), rel=1e-12)
    for name, parameter in net.named_parameters():
        assert parameter.grad is not None
        ours = gone.graph[gone.parameters[name]].gradient
        np.testing.assert_allclose(ours, parameter.grad.numpy(), rtol=1e-10, atol=1e-14)
    assert task_of(task, Target(("t",), ("a", "b", "c")), loss).loss_name == loss


@pytest.mark.parametrize("name", [entry.name for entry in GALLERY])
def test_every_activation_is_pytorchs(name: str) -> None:
    torch.manual_seed(1)
    net = mlp(3, [6], 1, activation=name).double().eval()
    x = torch.randn(1, 3, dtype=torch.float64)
    gone = run_through(net, x.numpy(), np.array([[0.5]]), "mse")
    hidden = gone.layers[0]
    theirs = nn.Sequential(*list(net.children())[:-1])(x).detach().numpy()
    np.testing.assert_allclose(gone.graph["y1"].value, theirs, rtol=1e-12, atol=1e-15)
    assert hidden.activation in {function.name for function in ACTIVATIONS.values()}


# ---------------------------------------------------------------------- what is refused


@pytest.mark.parametrize(
    ("arguments", "problem", "hint"),
    [
        ({"sample": 10_000}, "There is no sample 10000 in test", "from 0 to"),
        ({"sample": -1}, "There is no sample -1 in test", "from 0 to"),
        ({"split": "tests"}, "There is no split 'tests'.", "Did you mean 'test'?"),
    ],
)
def test_a_sample_that_is_not_there(moons: Run, arguments: dict[str, Any], problem: str, hint: str) -> None:
    with pytest.raises(InputError) as caught:
        explain_run(moons, **arguments)
    assert problem in caught.value.problem and hint in caught.value.hint


def test_a_confident_net_keeps_enough_digits() -> None:
    outputs, label = np.array([20.0, -3.0]), np.array(0)
    cost, slope = np.log1p(np.exp(-23.0)), -1 / (1 + np.exp(23.0))
    lines = loss_lines("cross-entropy", outputs, label, cost, "a")
    for line in (lines[-1], delta_line("cross-entropy", outputs, label, 0, slope, "delta_1", "a")):
        assert evaluate(line.numbers) == pytest.approx(line.result, rel=1e-4)
