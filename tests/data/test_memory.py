"""What a program holds is read as a table in a file is: split, typed, preprocessed and refused alike."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
import torch
from torch import nn

import neurona as nr

GENERATOR = np.random.default_rng(0)
X = GENERATOR.normal(size=(120, 3))
Y = X @ [1.0, -2.0, 0.5]
KIND = np.where(Y > 0, "high", "low")
PICTURES = GENERATOR.integers(0, 256, (120, 8, 6)).astype(np.uint8)
TABLE = pd.DataFrame(
    {
        "size": X[:, 0],
        "colour": np.where(X[:, 1] > 0, "red", None),
        "built": pd.date_range("2020-01-01", periods=120),
        "rooms": pd.array([1, 2, 3, None] * 30, dtype="Int64"),
        "kind": pd.Categorical(KIND),
    }
)


@pytest.mark.parametrize("y", [Y, KIND, Y > 0, (Y > 0).astype(int), np.where(Y > 2, np.nan, Y)])
def test_arrays_are_the_dataset_that_their_table_is(y: np.ndarray, tmp_path: Path) -> None:
    pd.DataFrame(X, columns=["x1", "x2", "x3"]).assign(y=y).to_parquet(tmp_path / "t.parquet")
    options: dict[str, Any] = {"seed": 3, "valid": 0.2}
    table, arrays = nr.load(tmp_path / "t.parquet", target="y", **options), nr.load((X, y), **options)
    assert (arrays.task, arrays.target, arrays.inputs) == (table.task, table.target, table.inputs)
    assert arrays.fingerprint() == table.fingerprint()
    assert arrays.notes[1:] == table.notes[1:]


def test_a_frame_is_the_dataset_that_its_table_is(tmp_path: Path) -> None:
    TABLE.to_parquet(tmp_path / "t.parquet")
    table = nr.load(tmp_path / "t.parquet", target="kind")
    for held in (TABLE[::-1][::-1], pa.Table.from_pandas(TABLE)):
        frame = nr.load(held, target="kind")
        assert frame.fingerprint() == table.fingerprint() and frame.inputs == table.inputs
    assert [column.kind for column in frame.inputs.columns] == ["number", "category", "date", "number"]


@pytest.mark.parametrize(
    "become",
    [
        torch.tensor,
        lambda a: torch.tensor(a, requires_grad=True),
        np.ndarray.tolist,
        pd.DataFrame,
        lambda a: a.astype(object),
    ],
)
def test_what_holds_the_same_numbers_is_the_same_dataset(become: Callable[[np.ndarray], Any]) -> None:
    assert nr.load((become(X), Y)).fingerprint() == nr.load((X, Y)).fingerprint()
    assert nr.load((X, become(Y[:, None]))).fingerprint() == nr.load((X, Y)).fingerprint()


def test_every_column_of_an_array_of_numbers_is_seen_by_the_net() -> None:
    x = np.column_stack([np.arange(120), np.ones(120), X[:, 0].round()])  # a row number, a constant, a few values
    data = nr.load((x, Y))
    assert data.feature_names == ("x1", "x2", "x3")
    assert nr.load((x, Y), types={"x2": "ignore"}).feature_names == ("x1", "x3")
    assert nr.load((X[:, 0], Y)).shape == (1,)


def test_names_and_order_come_from_pandas() -> None:
    x = pd.DataFrame(X, columns=["a", "b", "c"], index=range(1000, 1120))
    data = nr.load((x, pd.Series(Y, name="price")))
    assert (data.feature_names, data.target.names) == (("a", "b", "c"), ("price",))
    assert data.fingerprint() == nr.load((X, Y)).fingerprint()
    assert nr.load((X, Y), target="cost").target.names == ("cost",)
    numbered = nr.load(pd.DataFrame(X), target=2)
    assert numbered.feature_names == ("0", "1") and not any("first line" in note for note in numbered.notes)


def test_pictures_are_bytes_in_a_channel_or_three() -> None:
    data = nr.load((PICTURES, KIND), test=0.25, augment=["flip"])
    assert (data.task, data.shape, data.classes, len(data.test)) == ("binary", (1, 8, 6), ("high", "low"), 30)
    assert data.augment is not None and data.train.x.dtype == torch.uint8
    assert nr.load((np.stack([PICTURES] * 3, 1), Y)).shape == (3, 8, 6)
    assert nr.load((PICTURES, KIND), task="variational").task == "variational"
    missing = nr.load((PICTURES, np.where(Y > 1, np.nan, Y)), valid=0, test=0)
    rows = {picture.tobytes(): value for picture, value in zip(PICTURES, Y, strict=True)}
    values = missing.target.in_units(missing.train.y)[:, 0].numpy()
    truth = [rows[picture.numpy().tobytes()] for picture in missing.train.x]
    assert len(truth) == (Y <= 1).sum() and np.allclose(values, truth, atol=1e-5)


def test_several_values_and_several_labels_are_targets(tmp_path: Path) -> None:
    values = pd.DataFrame({"sum": X.sum(1), "first": 5 + 3 * X[:, 0]})
    data = nr.load((X, values), seed=2)
    assert (data.task, data.outputs, data.target.names) == ("regression", 2, ("sum", "first"))
    rows = data.train.x.double().numpy() * [c.scale for c in data.inputs.columns] + [
        c.mean for c in data.inputs.columns
    ]
    truth = data.target.in_units(data.train.y).numpy()
    assert np.allclose(rows.sum(1), truth[:, 0], atol=1e-5) and np.allclose(5 + 3 * rows[:, 0], truth[:, 1], atol=1e-5)
    assert np.allclose(data.train.x.mean(0), 0, atol=1e-6) and np.allclose(data.train.y.std(0, False), 1, atol=1e-5)
    labels = nr.load((PICTURES, (X > 0).astype(int)), target="tag")
    assert (labels.task, labels.classes, labels.shape) == ("multilabel", ("tag1", "tag2", "tag3"), (1, 8, 6))
    fit = nr.Fit(nn.Linear(3, 2), data, epochs=200, lr=0.05)
    list(fit)
    answers = fit.save(tmp_path / "r").predict(X)
    assert np.allclose(answers, values, atol=0.05) and list(answers) == ["prediction_sum", "prediction_first"]


@pytest.mark.parametrize(
    ("what", "options", "said"),
    [
        ((X, Y[:-1]), {}, "x has length 120, and y has length 119"),
        ((3, [1, 2]), {}, "x has length 1, and y has length 2"),
        ((3, 4), {}, "y is int, and a target has a value"),
        ((X, X[:, None, :2]), {}, r"y is ndarray \(120, 1, 2\) float64"),
        ((X, np.eye(2)[(Y > 0).astype(int)]), {}, r'(?s)one-hot rows.*y\.argmax\(1\).*task="multilabel"'),
        ((X, X), {"task": "binary"}, r"y is ndarray \(120, 3\) float64, which data\.task = binary cannot learn from"),
        ((X, X), {"task": "multilabel"}, "which data.task = multilabel cannot learn from"),
        ((np.where(X > 2, np.nan, X), X), {}, "x holds things that are no finite numbers"),
        ((X, np.where(X > 2, np.nan, X)), {}, "y holds things that are no finite numbers"),
        ((TABLE, X), {}, "x holds things that are no finite numbers"),
        ((X, X), {"types": {"x1": "number"}}, r"data\.types is not a known key"),
        ((X, None), {}, "x has length 120, and y has length 1"),
        ((X[:0], Y[:0]), {}, r"\(x, y\) is empty"),
        ((X, np.ones(120)), {}, "is 1 in every row, so there is nothing to learn"),
        ((np.where(X > 2, np.inf, X), Y), {}, "not finite numbers"),
        ((X + 1j, Y), {}, r"Column 'x1' of \(x, y\) cannot be read"),
        (([[1, 2], [3]], [0, 1]), {}, r"(?s)A list cannot be read as an array.*rows of one length"),
        ((X, Y), {"task": "binary"}, "120 classes, and a binary task has two"),
        ((X, Y), {"tests": 0.2}, r"(?s)data\.tests is not a known key.*'test'"),
        ((PICTURES / 255, Y), {}, r"(?s)x is ndarray \(120, 8, 6\) float64.*astype\(\"uint8\"\)"),
        ((np.stack([PICTURES] * 3, 3), Y), {}, r"(?s)channels, 1 or 3, come first: x\.transpose\(0, 3, 1, 2\)"),
        ((PICTURES, Y), {"features": ["x1"]}, r"data\.features is not a known key"),
        (X, {}, r"(?s)given a ndarray.*nr\.load\(\(x, y\)\)"),
        (torch.zeros(3, 2), {}, r"(?s)given a Tensor.*nr\.load\(\(x, y\)\)"),
        ([X, Y], {}, r"(?s)given a list.*nr\.load\(\(x, y\)\)"),
        ((X, Y, X), {}, r"(?s)given a tuple.*nr\.load\(\(x, y\)\)"),
        (TABLE, {}, r"(?s)the column to predict is not named.*size, colour, built, rooms, kind"),
        (TABLE, {"target": "kid"}, "Did you mean 'kind'"),
        (TABLE.assign(mixed=[1, "a"] * 60), {"target": "kind"}, r"Column 'mixed' of DataFrame cannot be read"),
        (pd.concat([TABLE, TABLE], axis=1), {"target": "kind"}, "more than one column is called"),
    ],
)  # fmt: skip
def test_what_cannot_be_learned_from_is_refused(what: Any, options: dict[str, Any], said: str) -> None:
    with pytest.raises(nr.InputError, match=said):
        nr.load(what, **options)


def mine() -> nn.Module:
    return nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 1))


def test_a_run_of_arrays_predicts_and_says_that_no_file_holds_them_until_they_are_given(tmp_path: Path) -> None:
    data = nr.load((X, Y))
    fit = nr.Fit(mine(), data, epochs=2)
    list(fit)
    answers = fit.save(tmp_path / "r").predict(X)
    run = nr.Run.open(tmp_path / "r")
    assert run.recipe.data == {"in_memory": "ndarray (120, 3) float64, ndarray (120,) float64", "seed": 0}
    pd.testing.assert_frame_equal(run.predict(X, run.net(mine())), answers)
    with pytest.raises(
        nr.InputError, match=r"(?s)were in memory \(ndarray \(120, 3\).*run\.data\(nr\.load\(\(x, y\)\)\)"
    ):
        run.data()
    assert list(run.look()) == ["curves"]
    for other in (nr.load((X, Y), seed=1), (X, Y)):
        with pytest.raises(nr.InputError, match="not the data that the run"):
            run.data(other)  # type: ignore[arg-type]
    assert run.data(nr.load((X, Y))).fingerprint() == data.fingerprint() == run.data().fingerprint()


def test_a_run_of_a_recipe_goes_on_once_it_has_its_arrays(tmp_path: Path) -> None:
    recipe = nr.Recipe.of({"data": {"in_memory": "mine"}, "net": {"kind": "linear"}, "fit": {"epochs": 3}})
    data = nr.load((X, Y))
    nr.Run.begin(recipe.start(data), tmp_path / "r", recipe)
    run = nr.Run.open(tmp_path / "r")
    with pytest.raises(nr.InputError, match="no file holds them"):
        run.resume()
    run.data(data)
    assert [epoch.index for epoch in run.resume()] == [1, 2, 3]


def test_a_run_of_a_dataset_made_by_hand_says_that_no_file_holds_it(tmp_path: Path) -> None:
    data = dataclasses.replace(nr.load((X, Y)), name="mine", origin={})
    run = nr.open(nr.Fit(mine(), data, epochs=1).save(tmp_path / "r").path)
    with pytest.raises(nr.InputError, match=r"were in memory \(Dataset\('mine', regression"):
        run.data()
    assert run.data(data) is data


def test_a_path_without_a_suffix_is_told_which_one_it_needs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("table", "my.csv", "notes.txt", "mine.toml"):
        Path(name).write_text("x,y\n1,2\n")
    for verb in (nr.load, nr.train):
        for given in ("table", tmp_path / "table"):
            with pytest.raises(nr.InputError, match="table does not say what it holds") as caught:
                verb(given)
            assert "ends in .csv, .tsv or .parquet, that of a text in .txt" in caught.value.hint
        for given, meant in (("my", "my.csv"), ("./notes", "notes.txt"), (tmp_path / "my", str(tmp_path / "my.csv"))):
            with pytest.raises(nr.InputError, match="There is no file") as caught:
                verb(given)
            assert caught.value.hint == f"Did you mean {meant!r}?"
        with pytest.raises(nr.InputError, match="There is no folder nowhere/else") as caught:
            verb("nowhere/else")
        assert "ends in .csv" in caught.value.hint
    with pytest.raises(nr.InputError, match="There is no dataset called 'mine'"):
        nr.load("mine")
    with pytest.raises(nr.InputError, match="There is no file mine") as caught:
        nr.train("mine")
    assert caught.value.hint == "Did you mean 'mine.toml'?"
    with pytest.raises(nr.InputError, match="given a Recipe") as caught:
        nr.load(nr.Recipe.read("wine"))  # type: ignore[arg-type]
    assert "recipe.load()" in caught.value.hint


@pytest.mark.parametrize("verb", [nr.load, nr.train, nr.open, nr.Recipe.read])
@pytest.mark.parametrize("given", ["x" * 300, "folder/" + "ñ" * 130, "x1,x2,y\n" + "1.0,2.0,3.0\n" * 100])
def test_the_text_of_a_table_is_no_path(verb: Any, given: str) -> None:
    with pytest.raises(nr.InputError, match="is too long for a name or a path") as caught:
        verb(given)
    assert "write it to a file" in caught.value.hint


def test_records_are_columns_with_names() -> None:
    records = np.zeros(len(X), dtype=[("area", float), ("age", float)])
    records["area"], records["age"] = X[:, 0], X[:, 1]
    assert nr.load((records, Y)).feature_names == ("area", "age")
    with pytest.raises(nr.InputError, match="A Tensor cannot be read as an array"):
        nr.load((torch.zeros(len(X), 2, device="meta"), Y))


def test_no_name_is_no_dataset_and_no_folder() -> None:
    with pytest.raises(nr.InputError, match="There is no dataset called ''"):
        nr.load("")
