"""The features that a net sees, compared with NumPy on the raw columns, from training to the files taken away."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import pandas as pd
import pytest
import torch

from neurona.data import load
from neurona.data.inputs import Columns, inputs_from_dict
from neurona.errors import InputError
from neurona.export import to_onnx, to_pytorch
from neurona.recipe import Recipe
from neurona.training import train

FEATURES = ["log(income)", "`debt share`^2", "zone", "income/(1 + `debt share`)", "age"]


@pytest.fixture
def people(tmp_path: Path) -> Path:
    """Write 200 people of whom some have no income told, and who pays back."""
    generator = np.random.default_rng(0)
    table = pd.DataFrame(
        {
            "income": generator.lognormal(7, 0.5, 200),
            "debt share": generator.uniform(0, 0.6, 200),
            "zone": generator.choice(["north", "south"], 200),
            "age": generator.integers(18, 80, 200),
            "shoes": generator.integers(36, 47, 200),
        }
    )
    table["paid"] = np.where(np.log(table["income"]) - 6 * table["debt share"] > 5.3, "yes", "no")
    table.loc[::17, "income"] = np.nan
    table.to_csv(tmp_path / "people.csv", index=False)
    return tmp_path / "people.csv"


def by_numpy(rows: pd.DataFrame, train: pd.DataFrame) -> np.ndarray:
    """Return FEATURES of rows, fitted on train."""

    def columns(table: pd.DataFrame) -> list[np.ndarray]:
        income = table["income"].fillna(train["income"].median()).to_numpy()
        debts = table["debt share"].to_numpy()
        return [np.log(income), debts**2, income / (1 + debts), table["age"].to_numpy(float)]

    ours, theirs = columns(rows), columns(train)
    scaled = [(one - other.mean()) / other.std() for one, other in zip(ours, theirs, strict=True)]
    zones = [rows["zone"].to_numpy() == zone for zone in ("north", "south")]
    return np.column_stack([scaled[0], scaled[1], *zones, scaled[2], scaled[3]])


def rows_of(data: Any, table: pd.DataFrame) -> list[pd.DataFrame]:
    """Return the rows of a table that each split holds, found by the column of debts, which is different in each."""
    inputs = data.inputs
    place, column = inputs.places["debt share"].start, next(c for c in inputs.columns if c.name == "debt share")
    found = []
    for split in (data.train, data.valid, data.test):
        debts = split.x[:, place].double().numpy() * column.scale + column.mean
        found.append(table.iloc[[int(np.abs(table["debt share"] - debt).argmin()) for debt in debts]])
    return found


def test_a_table_becomes_what_numpy_makes_of_it(people: Path) -> None:
    data = load(people, target="paid", features=FEATURES)
    parts = rows_of(data, pd.read_csv(people))
    for split, rows in zip((data.train, data.valid, data.test), parts, strict=True):
        assert np.allclose(data.inputs.prepare(split.x), by_numpy(rows, parts[0]), atol=1e-5)
    assert data.feature_names == ("log(income)", "`debt share`^2", "zone=north", "zone=south", *FEATURES[3:])
    assert data.features == 6
    assert any("The net sees 6 features" in note for note in data.notes)
    assert any("shoes (no feature reads it)" in note for note in data.notes)


def test_predictions_and_files_taken_away_see_the_same(people: Path, tmp_path: Path) -> None:
    run = train(people, target="paid", data={"features": FEATURES}, epochs=3, out=tmp_path / "run", report=False)
    table = pd.read_csv(people)
    seen = torch.tensor(by_numpy(table, rows_of(run.data(), table)[0]), dtype=torch.float32)
    with torch.inference_mode():
        wanted = run.net()(seen).sigmoid().numpy()[:, 0]
    without = table.drop(columns=["shoes", "paid"])
    assert np.allclose(run.predict(without)["probability_yes"], wanted, atol=1e-5)
    to_pytorch(run, tmp_path / "net.py")
    without.to_csv(tmp_path / "new.csv", index=False)
    told = subprocess.run(
        [sys.executable, "-I", "net.py", "new.csv"], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    answers = [float(row["probability_yes"]) for row in csv.DictReader(told.stdout.splitlines())]
    assert np.allclose(answers, wanted, atol=1e-5)
    to_onnx(run, tmp_path / "net.onnx")
    session = onnxruntime.InferenceSession(str(tmp_path / "net.onnx"), providers=["CPUExecutionProvider"])
    encoded = run.inputs.encode(table).numpy()
    assert np.allclose(session.run(None, {"features": encoded})[0][:, 0], wanted, atol=1e-5)


def test_a_dataset_of_the_plane_keeps_its_points(tmp_path: Path) -> None:
    plain, data = load("spiral"), load("spiral", features=["x1^2", "sin(6*x2)"])
    assert torch.equal(data.train.x, plain.train.x)
    assert data.inputs.columns == plain.inputs.columns
    x = plain.train.x.double().numpy()
    wanted = np.column_stack([x[:, 0] ** 2, np.sin(6 * x[:, 1])])
    assert np.allclose(data.inputs.prepare(data.train.x), (wanted - wanted.mean(0)) / wanted.std(0), atol=1e-5)
    as_they_are = load("spiral", features=["x1^2", "x2"], standardise=False)
    wanted = np.column_stack([x[:, 0] ** 2, x[:, 1]])
    assert np.allclose(as_they_are.inputs.prepare(data.train.x), wanted, atol=1e-6)


@pytest.mark.parametrize("engine", ["torch", "compiled", "glass"])
def test_every_engine_trains_on_features(engine: str) -> None:
    """The same net on the columns themselves, written out as features, learns the same."""
    given = {"net": {"kind": "mlp", "hidden": [4]}, "fit": {"epochs": 2, "engine": engine, "batch": 32}}
    histories = []
    for features in ({}, {"features": ["x1", "x2"]}, {"features": ["x1 + 0", "x2*1"], "standardise": False}):
        fit = Recipe.of({"data": {"name": "moons", **features}, **given}).start()
        for _epoch in fit:
            pass
        histories.append([row["train_loss"] for row in fit.history])
    assert histories[0] == histories[1] == pytest.approx(histories[2], rel=1e-6)


def test_the_preprocessing_is_saved_as_json() -> None:
    inputs = load("moons", features=["x1", "x1*x2"]).inputs
    again = inputs_from_dict(json.loads(json.dumps(inputs.to_dict())))
    assert again == inputs
    assert "features" not in load("moons").inputs.to_dict()


def test_of_a_table_of_two_columns_both_are_kept(tmp_path: Path) -> None:
    points = pd.DataFrame({"x": np.arange(40.0), "y": np.arange(40) % 7, "class": ["a", "b"] * 20})
    points.to_csv(tmp_path / "points.csv", index=False)
    data = load(tmp_path / "points.csv", target="class", features=["x"])
    assert isinstance(data.inputs, Columns)
    assert [column.name for column in data.inputs.columns] == ["x", "y"] and data.feature_names == ("x",)
    assert data.inputs.encode(pd.DataFrame({"x": [1.0]})).shape == (1, 2)
    with pytest.raises(InputError, match="lacks 1 column that the net was trained on: 'x'") as far:
        data.inputs.encode(pd.DataFrame({"y": [1.0], "length": [2.0]}))
    assert far.value.hint == "Name the columns as in the training table."  # and no list of what it does not need


@pytest.mark.parametrize(
    ("features", "words"),
    [
        (["paid"], "'paid', which is to be predicted"),
        (["zone*2"], "computes with 'zone', which is no column of numbers"),
        (["incme"], "Did you mean 'income'?"),
        (["age", " age "], "'age' stands there twice"),
        ("age", "must be a list"),
        ([3], "must be a list"),
        ([], "must be a list"),
        (["log(`debt share` - 0.3)"], "is no finite number in line "),
        (["age/(shoes - 40)"], "shoes = 40"),
        (["exp(income)"], "is no finite number"),
        (["name"], "reads 'name', which is left out: a different value in every row"),
    ],
)
def test_a_feature_that_cannot_be_is_refused(people: Path, features: Any, words: str) -> None:
    table = pd.read_csv(people)
    table.assign(name=[f"person {i}" for i in range(200)]).to_csv(people, index=False)
    with pytest.raises(InputError, match=r"data\.features") as caught:
        load(people, target="paid", features=features)
    assert words in str(caught.value)


def test_a_prediction_without_a_finite_feature_is_refused(people: Path, tmp_path: Path) -> None:
    run = train(people, target="paid", data={"features": ["log(age)"]}, epochs=1, out=tmp_path / "run", report=False)
    with pytest.raises(InputError, match=r"'log\(age\)' is no finite number in row 1 .*where age = -3"):
        run.predict(pd.DataFrame({"age": [30, -3]}))


@pytest.mark.parametrize("name", ["digits", "characters", "reverse", "cifar10"])
def test_other_data_than_columns_have_no_formulas(name: str) -> None:
    with pytest.raises(InputError, match=f"data.features is for columns of numbers, and {name} holds none"):
        load(name, features=["x1"])


def test_features_and_text_exclude_each_other(people: Path) -> None:
    with pytest.raises(InputError, match=r"data\.features and data\.text exclude each other"):
        load(people, target="paid", text="zone", features=["age"])


def test_columns_are_standardised_beside_formulas_as_without_them() -> None:
    plain, data = load("houses"), load("houses", features=["distance_km", "area_m2", "sqrt(area_m2)"])
    assert torch.allclose(data.inputs.prepare(data.test.x)[:, :2], plain.test.x[:, [1, 0]], atol=1e-5)


def test_a_formula_loses_nothing_of_small_numbers(tmp_path: Path) -> None:
    """A logarithm needs the small values of a column whose large ones are a million million times larger."""
    values = 10.0 ** np.random.default_rng(0).uniform(-6, 6, 60)
    values[0] = 1e12
    pd.DataFrame({"x": values, "zero": np.arange(60), "y": np.log(values)}).to_csv(tmp_path / "t.csv", index=False)
    data = load(tmp_path / "t.csv", target="y", features=["log(x)", "sqrt(zero)"], standardise=False, test=0, valid=0)
    seen = data.inputs.prepare(data.train.x)[:, 0].numpy()
    assert np.allclose(np.sort(seen), np.sort(np.log(values)), atol=1e-5)
