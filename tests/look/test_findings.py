"""What a run's numbers say in words is true of them."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from neurona.look.findings import findings


def run(task: str, largest: float = 0.5, *, features: int = 9, net: Any = None, **metrics: dict[str, Any]) -> Any:
    """Return what `findings` looks at of a run on 700 samples that stopped early."""
    return SimpleNamespace(
        metrics={"stopped_early": True, "epochs": 20, "test": {}, **metrics},
        task=SimpleNamespace(
            name=task,
            main="rmse" if task == "regression" else "accuracy",
            loss_name="mse" if task == "regression" else "",
        ),
        target=SimpleNamespace(classes=("no", "yes")),
        largest_class=largest,
        samples={"train": 700, "valid": 150, "test": 150},
        rows=[],
        inputs=SimpleNamespace(seen=(features,)),
        recipe=SimpleNamespace(net=net or {"kind": "mlp", "hidden": [64, 32]}),
    )


def classifier(accuracy: float, largest: float) -> list[str]:
    """Return what is said of a classifier with this accuracy on train."""
    return findings(run("binary", largest, train={"accuracy": accuracy, "loss": 0.3}))


@pytest.mark.parametrize(("accuracy", "largest"), [(0.54, 0.5), (0.995, 0.984), (0.9995, 0.998), (0.94, 0.9)])
def test_a_net_that_finds_a_good_part_of_what_is_rare_is_better_than_the_most_frequent_class(accuracy, largest):
    assert classifier(accuracy, largest) == []


@pytest.mark.parametrize(("accuracy", "largest"), [(0.51, 0.5), (0.985, 0.984), (0.9, 0.9)])
def test_a_net_that_answers_the_most_frequent_class_is_told(accuracy, largest):
    (said,) = classifier(accuracy, largest)
    assert f"no better than always answering the most frequent class ({100 * largest:.1f} %)" in said
    assert ("confusion matrix" in said) == (largest >= 0.9)


@pytest.mark.parametrize(("right", "told"), [(138, True), (140, False)])
def test_no_more_right_on_test_than_the_most_frequent_class_is_told(right, told):
    of_rare = run("binary", 0.92, train={"accuracy": 0.96, "loss": 0.1}, test={"accuracy": right / 150})
    said = any("no more than always answering the most frequent class" in one for one in findings(of_rare))
    assert said == told


@pytest.mark.parametrize(("right", "told"), [(25, False), (21, True)])
def test_two_mistakes_among_27_are_chance_and_six_are_not(right, told):
    """Two standard errors of 25 right answers of 27 are 0.10, of 21 they are 0.16."""
    of_wine = run("multiclass", 0.4, train={"accuracy": 1.0, "loss": 0.1}, test={"accuracy": right / 27})
    of_wine.samples["test"] = 27
    assert any("the net overfits" in said for said in findings(of_wine)) == told


def test_a_test_of_a_few_samples_is_told():
    of_few = run("binary", train={"accuracy": 1.0, "loss": 0.1}, test={"accuracy": 1.0})
    assert findings(of_few) == []
    of_few.samples["test"] = 9
    assert findings(of_few) == ["Samples in test: 9. What is measured on so few says little about others."]


def test_a_single_class_is_not_called_the_most_frequent_one():
    (said,) = classifier(1.0, 1.0)
    assert said.startswith("Train has samples of a single class alone")


def test_a_regression_that_answers_the_mean_is_told():
    (said,) = findings(run("regression", train={"r2": 0.01}, test={"r2": -0.02}))
    assert "no better than always answering the mean" in said
    assert findings(run("regression", train={"r2": None}, test={"r2": None})) == []


def test_a_regression_that_explains_train_alone_is_told():
    (said,) = findings(run("regression", train={"r2": 0.99}, test={"r2": -1.5}))
    assert "explains 99.0 % of the variance on train and 0 % on test" in said
    assert findings(run("regression", train={"r2": 0.9}, test={"r2": 0.8})) == []
    assert findings(run("regression", train={"r2": 0.9})) == []


@pytest.mark.parametrize(
    ("task", "train", "test"),
    [("binary", {"accuracy": 1.0, "loss": 0.1}, {"accuracy": 0.6}), ("regression", {"r2": 1.0}, {"r2": 0.1})],
)
def test_a_net_that_overfits_more_numbers_than_samples_is_told_of_one_without_hidden_layers(task, train, test):
    (said,) = findings(run(task, features=2000, train=train, test=test))
    assert "A sample has 2000 numbers, and there are 700 samples to train on" in said
    assert "net.hidden = []" in said
    for other in ({"features": 700}, {"features": 2000, "net": {"kind": "linear"}}):
        (said,) = findings(run(task, train=train, test=test, **other))
        assert "net.hidden" not in said
