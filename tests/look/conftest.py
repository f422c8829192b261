"""Small runs of each kind, trained once for all tests of figures and reports."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from neurona import language
from neurona.compare import Comparison
from neurona.recipe import Recipe
from neurona.run import Run

RECIPES: dict[str, dict[str, Any]] = {
    "spiral": {
        "title": "A hidden layer bends the boundary",
        "data": {"name": "spiral", "samples": 300},
        "net": {"kind": "mlp", "hidden": [32]},
        "fit": {"lr": 0.02, "epochs": 20, "batch": 32},
        "claim": [{"metric": "test.accuracy", "at_least": 0.5, "source": "S0"}],
    },
    "moons": {
        "data": {"name": "moons"},
        "net": {"kind": "mlp", "hidden": [5], "activation": "sigmoid"},
        "fit": {"lr": 0.05, "epochs": 40, "every": 2, "schedule": "cosine"},
    },
    "one-epoch": {
        "data": {"name": "moons", "valid": 0, "test": 0},
        "net": {"kind": "mlp", "hidden": [1]},
        "fit": {"epochs": 1},
    },
    "perceptron": {
        "data": {"name": "moons"},
        "net": {"kind": "perceptron"},
        "fit": {"loss": "perceptron", "optimizer": "sgd", "lr": 1.0, "epochs": 3},
    },
    "wine": {"data": {"name": "wine"}, "net": {"kind": "linear"}, "fit": {"lr": 0.05, "epochs": 10}},
    "curve": {
        "data": {"name": "curve"},
        "net": {"kind": "mlp", "hidden": [10], "activation": "tanh"},
        "fit": {"epochs": 5},
    },
    "ensemble": {
        "data": {"name": "curve"},
        "net": {"kind": "ensemble", "hidden": [8], "copies": 2},
        "fit": {"epochs": 5},
    },
    "boxcar": {
        "data": {"name": "curve", "gap": False},
        "net": {"kind": "boxcar", "boxes": 6, "low": -3, "high": 3},
        "fit": {"epochs": 5, "lr": 0.05},
    },
    "houses": {"data": {"name": "houses"}, "net": {"kind": "linear"}, "fit": {"epochs": 5}},
    "multilabel": {"data": {"name": "multilabel"}, "net": {"kind": "mlp", "hidden": [8]}, "fit": {"epochs": 3}},
    "digits": {"data": {"name": "digits"}, "net": {"kind": "mlp", "hidden": [16]}, "fit": {"epochs": 3}},
    "by-activation": {
        "data": {"name": "moons"},
        "net": {"kind": "mlp", "hidden": [4]},
        "fit": {"epochs": 6},
        "vary": {"net.activation": ["relu", "tanh"]},
        "seeds": 3,
        "claim": [{"metric": "test.accuracy", "best": "tanh"}],
    },
    "one-epoch-each": {
        "data": {"name": "wine"},
        "net": {"kind": "mlp", "hidden": [4]},
        "fit": {"epochs": 1},
        "vary": {"net.activation": ["relu", "tanh"]},
    },
    "by-boxes": {
        "data": {"name": "curve", "gap": False},
        "net": {"kind": "boxcar", "low": -3, "high": 3},
        "fit": {"epochs": 3, "lr": 0.05},
        "vary": {"net.boxes": [2, 5, 40], "net.activation": ["sigmoid", "step"]},
        "seeds": 2,
    },
    "sixteen": {
        "data": {"name": "wine", "test": 0},
        "net": {"kind": "mlp", "hidden": [4]},
        "fit": {"epochs": 2, "optimizer": "sgd"},
        "vary": {"fit.lr": [round(0.01 * 1.3**i, 4) for i in range(16)]},
        "seeds": 2,
    },
    "by-seed": {
        "data": {"name": "wine"},
        "net": {"kind": "mlp", "hidden": [5]},
        "fit": {"epochs": 3},
        "seeds": 2,
    },
}

Result = Run | Comparison


def train(recipe: dict[str, Any], path: Path) -> Result:
    """Train a recipe into `path`, without a report."""
    read = Recipe.of(recipe)
    if read.vary or read.seeds > 1:
        comparison = Comparison.begin(read, path)
        for _passed in comparison.follow():
            pass
        return comparison
    fit = read.start()
    run = Run.begin(fit, path, read)
    for _epoch in run.follow(fit):
        pass
    return run.finish(fit)


@pytest.fixture(scope="session")
def result(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Any]:
    """Return a finished run or comparison by the name of its recipe above."""
    folder = tmp_path_factory.mktemp("runs")

    @cache
    def trained(name: str) -> Result:
        return train({"name": name, **RECIPES[name]}, folder / name)

    return trained


@pytest.fixture
def train_recipe() -> Callable[[dict[str, Any], Path], Result]:
    """Return the function that trains a recipe."""
    return train


@pytest.fixture(autouse=True)
def english(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let every test read English, whatever the locale is."""
    monkeypatch.setattr(language, "_chosen", ["en"])
