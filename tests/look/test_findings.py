"""What a run's numbers say in words is true of them."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from neurona.look.findings import findings


def run(task: str, largest: float = 0.5, **metrics: dict[str, Any]) -> Any:
    """Return what `findings` looks at of a run that stopped early."""
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


def test_a_regression_that_answers_the_mean_is_told():
    (said,) = findings(run("regression", train={"r2": 0.01}, test={"r2": -0.02}))
    assert "no better than always answering the mean" in said
    assert findings(run("regression", train={"r2": None}, test={"r2": None})) == []


def test_a_regression_that_explains_train_alone_is_told():
    (said,) = findings(run("regression", train={"r2": 0.99}, test={"r2": -1.5}))
    assert "explains 99.0 % of the variance on train and 0 % on test" in said
    assert findings(run("regression", train={"r2": 0.9}, test={"r2": 0.8})) == []
    assert findings(run("regression", train={"r2": 0.9})) == []
