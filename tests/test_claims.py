"""Claims: the right number is measured, and held against the bound that was claimed."""

from __future__ import annotations

import json
import math
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from recipes import MOONS, changed, compare, train
from safetensors.torch import load_file, save_file
from scipy.optimize import minimize
from sklearn.linear_model import LinearRegression

from neurona.claim import Claim
from neurona.claims import judge, judge_all
from neurona.errors import InputError
from neurona.measure import MEASURES, measure
from neurona.run import Run
from neurona.solution import distance
from neurona.tasks import higher_is_better
from neurona.written import names

METRICS: dict[str, Any] = {
    "epochs": 40,
    "seconds": 2.5,
    "train": {"loss": 0.1, "accuracy": 0.95},
    "valid": {},
    "test": {"loss": 0.3, "accuracy": 0.90, "r2": None},
}


def written(path: Path, **test: float) -> Run:
    """Write just the files of a run that claims read, with other numbers of test if given."""
    path.mkdir(parents=True)
    (path / "metrics.json").write_text(json.dumps({**METRICS, "test": {**METRICS["test"], **test}}))
    (path / "history.csv").write_text("epoch,lr,train_loss\n1,0.1,0.7\n20,0.1,0.4\n40,0.1,0.2\n")
    described = {
        "inputs": {},
        "target": {},
        "task": "binary",
        "fingerprint": "",
        "notes": [],
        "largest_class": 0.5,
        "fitting": {},
    }
    (path / "data.json").write_text(json.dumps({**described, "samples": {"train": 200, "valid": 0, "test": 50}}))
    return Run(path)


@pytest.fixture
def run(tmp_path: Path) -> Run:
    return written(tmp_path / "r")


# ---------------------------------------------------------------------- measuring


@pytest.mark.parametrize(
    ("metric", "value"),
    [
        ("seconds", 2.5),
        ("epochs", 40),
        ("test.accuracy", 0.9),
        ("train.loss", 0.1),
        ("gap.accuracy", 0.05),
        ("gap.loss", -0.2),
        ("history.train_loss@20", 0.4),
        ("history.train_loss@40", 0.2),
        ("errors", 10),
    ],
)
def test_a_number_is_found_where_its_name_says(run: Run, metric: str, value: float) -> None:
    assert measure(run, metric) == pytest.approx(value)


def test_a_number_that_was_not_finite_is_nan(run: Run) -> None:
    assert math.isnan(measure(run, "test.r2"))


@pytest.mark.parametrize("metric", ["test.acuracy", "valid.loss", "history.train_loss@21", "speed", "tests.loss"])
def test_a_number_that_is_not_there_is_refused(run: Run, metric: str) -> None:
    with pytest.raises(InputError) as error:
        measure(run, metric)
    assert repr(metric) in error.value.problem


def test_the_nearest_number_is_named(run: Run) -> None:
    with pytest.raises(InputError, match=r"Did you mean 'test\.accuracy'\?"):
        measure(run, "test.acuracy")


def test_errors_are_the_wrong_answers_on_train(tmp_path: Path) -> None:
    trained = train(MOONS, tmp_path / "r")
    data = trained.data()
    with torch.no_grad():
        wrong = int(((trained.net()(data.train.x) >= 0) != (data.train.y > 0.5)).sum())
    assert wrong > 0
    assert measure(trained, "errors") == wrong


# ---------------------------------------------------------------------- judging


def holds(claim: dict[str, Any], *runs: Run) -> bool:
    return judge(Claim(metric="test.accuracy", **claim), {"": list(runs)}).holds


def test_at_least_and_at_most_are_bounds_that_include_themselves(run: Run) -> None:
    assert holds({"at_least": 0.9}, run)
    assert holds({"at_most": 0.9}, run)
    assert holds({"at_least": 0.8, "at_most": 0.95}, run)
    assert not holds({"at_least": 0.901}, run)
    assert not holds({"at_most": 0.899}, run)
    assert not holds({"at_least": 0.1, "at_most": 0.8}, run)


def test_bounds_are_about_the_mean_over_seeds(tmp_path: Path) -> None:
    runs = [written(tmp_path / str(i), accuracy=value) for i, value in enumerate((0.8, 0.9, 1.0))]
    assert holds({"at_least": 0.89}, *runs)
    assert not holds({"at_least": 0.91}, *runs)
    assert judge(Claim(metric="test.accuracy", at_least=0.5), {"": runs}).measured == "0.9 ± 0.25"


def test_a_number_that_is_nan_holds_nothing(run: Run) -> None:
    for bound in ({"at_least": -1e9}, {"at_most": 1e9}):
        assert not judge(Claim(metric="test.r2", **bound), {"": [run]}).holds


def test_a_bound_may_be_about_one_variant(tmp_path: Path) -> None:
    runs = {label: [written(tmp_path / label, accuracy=value)] for label, value in (("relu", 0.9), ("step", 0.5))}
    assert judge(Claim(metric="test.accuracy", variant="relu", at_least=0.8), runs).holds
    assert not judge(Claim(metric="test.accuracy", variant="step", at_least=0.8), runs).holds


def test_the_best_has_the_highest_accuracy_or_the_lowest_loss(tmp_path: Path) -> None:
    runs = {
        "a": [written(tmp_path / "a", accuracy=0.9, loss=0.5)],
        "b": [written(tmp_path / "b", accuracy=0.8, loss=0.2)],
    }
    for metric, best, other in (("test.accuracy", "a", "b"), ("test.loss", "b", "a"), ("gap.accuracy", "a", "b")):
        assert judge(Claim(metric=metric, best=best), runs).holds
        assert not judge(Claim(metric=metric, best=other), runs).holds
    measured = judge(Claim(metric="test.accuracy", best="a"), runs).measured
    assert measured == "a 0.9000, b 0.8000", "a single seed has no interval, not one of 0"


def test_a_variant_that_became_nan_is_not_the_best(tmp_path: Path) -> None:
    lost: Any = {"accuracy": None}
    runs = {label: [written(tmp_path / label, **lost)] for label in ("first", "last")}
    assert not judge(Claim(metric="test.accuracy", best="first"), runs).holds, "and where all are, none is"
    runs = {"first": runs["first"], "good": [written(tmp_path / "good")], "last": runs["last"]}
    for label in runs:
        assert judge(Claim(metric="test.accuracy", best=label), runs).holds is (label == "good")


def test_a_verdict_calls_variants_as_the_tables_do(tmp_path: Path) -> None:
    raw = {
        "data": {"name": "moons", "samples": 60},
        "net": {"kind": "mlp", "hidden": [2]},
        "fit": {"epochs": 1},
        "vary": {"net.batch_norm": [False, True]},
        "claim": [
            {"metric": "test.accuracy", "best": "True"},
            {"metric": "test.loss", "variant": "True", "at_most": 9},
        ],
    }
    best, bound = judge_all(compare(raw, tmp_path / "c"))
    assert best.wanted == "best: batch_norm true"
    assert re.fullmatch(r"batch_norm false 0\.\d+, batch_norm true 0\.\d+", best.measured)
    assert bound.variant == "batch_norm true"


@pytest.mark.parametrize(
    ("losses", "falls"), [((3, 2, 1), True), ((3, 1, 2), False), ((3, 2, 2), False), ((1, 2, 3), False)]
)
def test_falls_means_that_each_variant_is_lower_than_the_one_before(
    tmp_path: Path, losses: tuple[float, ...], falls: bool
) -> None:
    runs = {str(i): [written(tmp_path / str(i), loss=loss)] for i, loss in enumerate(losses)}
    assert judge(Claim(metric="test.loss", falls=True), runs).holds is falls


def test_which_way_is_better() -> None:
    assert all(higher_is_better(m) for m in ("test.accuracy", "test.r2", "test.exact", "train.precision_at_1"))
    assert not any(higher_is_better(m) for m in ("test.loss", "test.rmse", "gap.accuracy", "errors", "seconds"))


def test_all_claims_of_a_recipe_are_judged(tmp_path: Path) -> None:
    claims = [{"metric": "test.accuracy", "at_least": 0.5}, {"metric": "train.loss", "at_most": 0.0}]
    assert [v.holds for v in judge_all(train({**MOONS, "claim": claims}, tmp_path / "r"))] == [True, False]
    compared = compare(
        {**MOONS, "claim": {"metric": "train.loss", "best": "20"}, "vary": {"fit.epochs": [1, 20]}}, tmp_path / "c"
    )
    (verdict,) = judge_all(compared)
    assert verdict.holds
    assert verdict.wanted == "best: epochs 20"


# ---------------------------------------------------------------------- against independent solutions


def with_weights(run: Run, weights: np.ndarray, bias: float) -> Run:
    """Return the run with these weights of its linear net."""
    file = run.path / "model.safetensors"
    state = load_file(file)
    state["output.weight"] = torch.tensor(weights, dtype=torch.float32).reshape(1, -1)
    state["output.bias"] = torch.tensor([bias], dtype=torch.float32)
    save_file(state, file)
    return Run.open(run.path)


def test_the_distance_of_a_linear_regression_is_from_least_squares(tmp_path: Path) -> None:
    recipe = {
        "data": {"name": "houses"},
        "net": {"kind": "linear"},
        "fit": {"optimizer": "sgd", "lr": 0.1, "epochs": 2},
    }
    run = train(recipe, tmp_path / "r")
    split = run.data().train
    solved = LinearRegression().fit(split.x.numpy().astype(float), split.y.numpy().ravel().astype(float))
    trained = run.net().output
    steps = np.append(trained.weight.detach().numpy() - solved.coef_, trained.bias.item() - solved.intercept_)
    assert distance(run) == measure(run, "weights") == pytest.approx(np.abs(steps).max(), rel=1e-4)
    assert distance(with_weights(run, solved.coef_, solved.intercept_)) < 1e-6
    assert distance(with_weights(run, solved.coef_, solved.intercept_ + 0.5)) == pytest.approx(0.5, abs=1e-6)
    assert distance(with_weights(run, np.add(solved.coef_, [0.0, 0.25]), solved.intercept_)) == pytest.approx(
        0.25, abs=1e-6
    )


def test_the_distance_of_a_logistic_regression_is_from_the_likeliest_weights(tmp_path: Path) -> None:
    recipe = changed(MOONS, data={"noise": 0.3, "samples": 300}, fit={"optimizer": "sgd", "lr": 1.0})
    run = train({**recipe, "net": {"kind": "linear"}}, tmp_path / "r")
    split = run.data().train
    x, y = np.column_stack([split.x.numpy(), np.ones(len(split))]).astype(float), split.y.numpy().ravel().astype(float)

    def unlikeliness(w: np.ndarray) -> float:
        return float(np.logaddexp(0, x @ w).mean() - (y * (x @ w)).mean())

    solved = minimize(unlikeliness, np.zeros(3), method="BFGS", options={"gtol": 1e-9}).x
    assert distance(with_weights(run, solved[:2], solved[2])) < 1e-4
    assert distance(with_weights(run, solved[:2] - [0.3, 0], solved[2])) == pytest.approx(0.3, abs=1e-4)


def test_only_linear_models_have_a_solution_to_be_distant_from(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="holds no linear or logistic regression"):
        measure(train(MOONS, tmp_path / "r"), "weights")


def test_widening_is_the_deviation_outside_over_that_inside(tmp_path: Path) -> None:
    recipe = {
        "data": {"name": "curve"},
        "net": {"kind": "ensemble", "hidden": [5], "copies": 2},
        "fit": {"epochs": 3},
    }
    run = train(recipe, tmp_path / "r")
    x = run.data().train.x.numpy().ravel()
    low, high, half = x.min(), x.max(), (x.max() - x.min()) / 2
    grid = np.linspace(low - half, high + half, 4001)
    with torch.no_grad():
        members = run.net()(torch.tensor(grid, dtype=torch.float32)[:, None]).squeeze(-1).numpy()
    deviation = members.std(axis=0, ddof=1)
    inside = (grid >= low) & (grid <= high)
    assert measure(run, "widening") == pytest.approx(deviation[~inside].mean() / deviation[inside].mean(), rel=0.01)


def test_only_an_ensemble_widens(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="holds no ensemble"):
        measure(train(MOONS, tmp_path / "r"), "widening")


def test_the_guide_names_every_recipe_and_every_measure() -> None:
    guide = (Path(__file__).parents[1] / "docs" / "recipes.md").read_text(encoding="utf-8")
    named = set(re.findall(r"[a-z0-9_]+(?:-[a-z0-9]+)*", guide))
    assert {*names(), *(entry.name for entry in MEASURES)} <= named
