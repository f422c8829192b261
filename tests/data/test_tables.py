"""A dataset from a person's table, compared with what pandas and scikit-learn make of the same file."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sklearn import datasets
from sklearn.compose import make_column_transformer
from sklearn.impute import SimpleImputer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from neurona.data import labels, load
from neurona.data.inputs import inputs_from_dict
from neurona.data.splits import split_rows
from neurona.data.tables import load_table, read_for
from neurona.errors import InputError


@pytest.fixture
def houses() -> pd.DataFrame:
    """Make 240 houses with gaps: four columns to learn from, one of no use, and a price that they explain."""
    generator = np.random.default_rng(0)
    size = generator.uniform(30, 200, 240)
    zone = generator.choice(["north", "south", "old town"], 240)
    built = pd.Timestamp("1950-01-01") + pd.to_timedelta(generator.integers(0, 27_000, 240), unit="D")
    price = 2000 * size + 50_000 * (zone == "old town") + generator.normal(0, 5000, 240)
    table = pd.DataFrame({"size": size, "rooms": size // 25, "zone": zone, "built": built, "price": price, "n": 1})
    table.loc[generator.choice(240, 30, replace=False), "size"] = np.nan
    table.loc[generator.choice(240, 20, replace=False), "zone"] = None
    table.loc[generator.choice(240, 10, replace=False), "built"] = pd.NaT
    return table


def save(table, tmp_path, name="table.csv", **options) -> Path:
    path = tmp_path / name
    if path.suffix == ".parquet":
        table.to_parquet(path)
    else:
        table.to_csv(path, index=False, **options)
    return path


def write(tmp_path, text, name="table.csv") -> Path:
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return path


def refused(path, **options):
    with pytest.raises(InputError) as caught:
        load_table(path, **options)
    return str(caught.value)


def all_targets(data):
    return torch.cat([data.train.y, data.valid.y, data.test.y])


# What is learned


@pytest.mark.parametrize(
    ("source", "task", "classes"),
    [
        (datasets.load_iris, "multiclass", ("setosa", "versicolor", "virginica")),
        (datasets.load_wine, "multiclass", ("class_0", "class_1", "class_2")),
        (datasets.load_breast_cancer, "binary", ("benign", "malignant")),
    ],
)
@pytest.mark.parametrize("name", ["table.csv", "table.tsv", "table.csv.gz", "table.parquet"])
def test_a_published_set_comes_back_whole_from_a_file(tmp_path, source, task, classes, name):
    bunch = source(as_frame=True)
    table = bunch.data.assign(kind=np.array(bunch.target_names, dtype=object)[bunch.target])
    data = load_table(save(table, tmp_path, name, **({"sep": "\t"} if "tsv" in name else {})), target="kind")
    assert data.name == "table"
    assert (data.task, data.classes, data.features) == (task, classes, bunch.data.shape[1])
    assert data.feature_names == tuple(bunch.data.columns)
    counts = torch.bincount(all_targets(data).flatten().long()).tolist()
    assert counts == table["kind"].value_counts().sort_index().tolist()


def test_a_split_is_standardised_as_scikit_learn_does_on_train_alone(tmp_path):
    bunch = datasets.load_wine(as_frame=True)
    data = load_table(save(bunch.frame, tmp_path), target="target", seed=3)
    rows = split_rows(len(bunch.frame), bunch.target.to_numpy(), 0.15, 0.15, 3)
    scaler = StandardScaler().fit(bunch.data.iloc[rows[0]])
    for split, part in zip((data.train, data.valid, data.test), rows, strict=True):
        np.testing.assert_allclose(split.x, scaler.transform(bunch.data.iloc[part]), atol=1e-5)
        np.testing.assert_array_equal(split.y, bunch.target.iloc[part])


def test_gaps_and_names_are_encoded_as_scikit_learn_does_on_train_alone(tmp_path, houses):
    data = load_table(save(houses, tmp_path), target="price", types={"built": "ignore"})
    rows = split_rows(240, None, 0.15, 0.15, 0)
    expected = make_column_transformer(
        (make_pipeline(SimpleImputer(strategy="median"), StandardScaler()), ["size", "rooms"]),
        (OneHotEncoder(handle_unknown="ignore", categories=[["north", "old town", "south"]]), ["zone"]),
        sparse_threshold=0,
    ).fit(houses.iloc[rows[0]])
    for split, part in zip((data.train, data.valid, data.test), rows, strict=True):
        np.testing.assert_allclose(split.x, expected.transform(houses.iloc[part]), atol=1e-5)
    assert data.feature_names == ("size", "rooms", "zone=north", "zone=old town", "zone=south")


def test_a_regression_target_is_standardised_on_train_alone(tmp_path, houses):
    data = load_table(save(houses, tmp_path), target="price")
    scaler = StandardScaler().fit(houses[["price"]].iloc[split_rows(240, None, 0.15, 0.15, 0)[0]])
    assert data.task == "regression"
    assert data.outputs == 1
    assert data.target.mean == pytest.approx(scaler.mean_)
    assert data.target.scale == pytest.approx(scaler.scale_)
    values = all_targets(data).numpy() * data.target.scale + data.target.mean
    np.testing.assert_allclose(np.sort(values, axis=None), np.sort(houses["price"]), rtol=1e-5)


def test_a_date_is_years_and_points_on_circles(tmp_path, houses):
    data = load_table(save(houses, tmp_path), target="price", types={"size": "ignore", "rooms": "ignore"})
    names = data.feature_names[-5:]
    assert names == tuple(f"built.{part}" for part in ("years", "month_sin", "month_cos", "weekday_sin", "weekday_cos"))
    built = houses["built"].iloc[split_rows(240, None, 0.15, 0.15, 0)[0]]
    years = ((built - pd.Timestamp("2000-01-01")).dt.total_seconds() / (365.25 * 86_400)).to_frame()
    expected = make_pipeline(SimpleImputer(strategy="median"), StandardScaler()).fit_transform(years)
    np.testing.assert_allclose(data.train.x[:, -5], expected[:, 0], atol=1e-5)
    known = built.notna().to_numpy()
    angle = 2 * np.pi * built[known].dt.day_of_week / 7
    np.testing.assert_allclose(data.train.x.numpy()[known, -2], np.sin(angle), atol=1e-6)
    assert not data.train.x.numpy()[~known, -4:].any()


def test_columns_can_be_left_as_they_are(tmp_path):
    iris = datasets.load_iris(as_frame=True)
    data = load_table(save(iris.frame, tmp_path), target="target", standardise=False)
    rows = split_rows(150, iris.target.to_numpy(), 0.15, 0.15, 0)[0]
    np.testing.assert_allclose(data.train.x, iris.data.iloc[rows], rtol=1e-6)


def test_csv_and_parquet_of_one_table_make_one_dataset(tmp_path, houses):
    one = load_table(save(houses, tmp_path), target="price")
    other = load_table(save(houses, tmp_path, "table.parquet"), target="price")
    assert one.fingerprint() == other.fingerprint()
    assert one.inputs == other.inputs


def test_a_spanish_spreadsheet_is_read(tmp_path, houses):
    path = save(houses, tmp_path, "casas.csv", sep=";", decimal=",", encoding="utf-8-sig", date_format="%d/%m/%Y")
    data = load_table(path, target="price")
    assert data.inputs == load_table(save(houses, tmp_path), target="price").inputs
    assert "';'" in data.notes[0]


def test_the_origin_rebuilds_the_same_dataset(tmp_path, houses, monkeypatch):
    save(houses, tmp_path, "houses.csv")
    monkeypatch.chdir(tmp_path)
    data = load("houses.csv", target="price", seed=7, valid=0.2, types={"zone": "category"}, missing=["none"])
    assert data.name == "houses"
    origin = json.loads(json.dumps(dict(data.origin)))
    assert origin["path"] == str(tmp_path / "houses.csv")
    monkeypatch.chdir("/")
    assert load(origin.pop("path"), **origin).fingerprint() == data.fingerprint()


def test_another_seed_makes_another_split(tmp_path, houses):
    path = save(houses, tmp_path)
    prints = [load_table(path, target="price", seed=seed).fingerprint() for seed in (0, 0, 1)]
    assert prints[0] == prints[1] != prints[2]


def test_a_trained_net_reads_the_table_as_it_was_trained(tmp_path, houses):
    path = save(houses, tmp_path)
    data = load_table(path, target="price", valid=0, test=0)
    inputs = inputs_from_dict(json.loads(json.dumps(data.inputs.to_dict())))
    without_target = save(houses.drop(columns="price"), tmp_path, "new.csv")
    encoded = torch.cat([inputs.encode(frame) for frame in read_for(without_target, inputs)])
    order = split_rows(240, None, 0, 0, 0)[0]
    torch.testing.assert_close(encoded[order], data.train.x)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=40)
@given(
    st.lists(st.none() | st.floats(-1e6, 1e6).map(lambda number: round(number, 3)), min_size=30, max_size=60),
    st.integers(0, 5),
)
def test_whatever_the_gaps_the_numbers_that_a_net_sees_are_finite(tmp_path, column, seed):
    table = pd.DataFrame({"a": column, "b": range(len(column)), "y": ["yes", "no"] * 15 + ["no"] * (len(column) - 30)})
    data = load_table(save(table, tmp_path), target="y", seed=seed)
    for split in (data.train, data.valid, data.test):
        assert torch.isfinite(split.x).all()
    assert len(all_targets(data)) == len(table)


# The target


@pytest.mark.parametrize(
    ("target", "task", "classes"),
    [
        (["yes", "no"] * 50, "binary", ("no", "yes")),
        (["a", "b", "c", "d"] * 25, "multiclass", ("a", "b", "c", "d")),
        ([True, False] * 50, "binary", ("False", "True")),
        ([0, 1] * 50, "binary", ("0", "1")),
        ([1.0, 2.0, 10.0, 3.0] * 25, "multiclass", ("1", "2", "3", "10")),
        (list(range(20)) * 5, "multiclass", tuple(map(str, range(20)))),
        (list(range(21)) * 5, "regression", ()),
        (list(range(20)) * 4, "regression", ()),
        ([0.5, 1.5] * 50, "regression", ()),
        (np.linspace(0, 1, 100), "regression", ()),
    ],
)
def test_the_task_is_found_in_the_target(tmp_path, target, task, classes):
    path = save(pd.DataFrame({"x": np.arange(len(target)) % 7, "y": target}), tmp_path)
    data = load_table(path, target="y")
    assert (data.task, data.classes) == (task, classes)


def test_a_quantity_is_found_however_late_it_shows(tmp_path, monkeypatch):
    """Of many values a few show that there are too many for classes; where they do not, all are looked at."""
    monkeypatch.setattr(labels, "FIRST", 4)
    for values, task in (([1, 2] * 50 + list(range(60)), "regression"), ([1, 2] * 50 + [3] * 60, "multiclass")):
        data = load_table(save(pd.DataFrame({"x": np.arange(160) % 7, "y": values}), tmp_path), target="y")
        assert data.task == task
        assert ("numbers from 0 to 59" in data.notes[-1]) == (task == "regression")


def test_the_task_that_is_told_wins_and_the_note_says_how_to_tell_it(tmp_path):
    path = save(pd.DataFrame({"x": range(100), "y": [1, 2, 3, 4] * 25}), tmp_path)
    assert "--set data.task=regression" in load_table(path, target="y").notes[-1]
    assert load_table(path, target="y", task="regression").task == "regression"
    other = save(pd.DataFrame({"x": range(100), "y": [0.5, 1.5] * 50}), tmp_path)
    assert "--set data.task=multiclass" in load_table(other, target="y").notes[-1]
    assert load_table(other, target="y", task="binary").classes == ("0.5", "1.5")


def test_two_classes_can_be_learned_as_multiclass(tmp_path):
    path = save(pd.DataFrame({"x": range(100), "y": ["a", "b"] * 50}), tmp_path)
    data = load_table(path, target="y", task="multiclass")
    binary = load_table(path, target="y")
    assert (data.task, data.outputs) == ("multiclass", 2)
    assert data.fingerprint() == binary.as_task("multiclass").fingerprint()


def test_the_names_of_classes_are_those_of_the_file_where_they_are_told_to_be_names(tmp_path):
    path = write(tmp_path, "x,y\n" + "".join(f"{i},{i % 3}.0\n" for i in range(30)))
    assert load_table(path, target="y", types={"y": "category"}).classes == ("0.0", "1.0", "2.0")
    assert load_table(path, target="y").classes == ("0", "1", "2")


def test_rows_without_a_target_are_left_out_and_counted(tmp_path, houses):
    houses.loc[houses.index[:40], "price"] = np.nan
    data = load_table(save(houses, tmp_path), target="price")
    assert len(all_targets(data)) == 200
    assert "40 rows without a target were left out." in data.notes
    assert data.fingerprint() == load_table(save(houses[40:], tmp_path), target="price").fingerprint()


@pytest.mark.parametrize(("valid", "test"), [(0.15, 0.15), (0.6, 0.3), (0.1, 0.8)])
def test_a_class_of_a_single_row_goes_to_train_and_is_noted(tmp_path, valid, test):
    path = save(pd.DataFrame({"x": range(41), "y": ["a", "b"] * 20 + ["rare"]}), tmp_path)
    data = load_table(path, target="y", valid=valid, test=test)
    assert data.classes == ("a", "b", "rare")
    assert 2 in data.train.y
    assert any("single row" in note and "rare" in note for note in data.notes)


def test_a_class_of_two_rows_keeps_one_in_train(tmp_path):
    path = save(pd.DataFrame({"x": range(82), "cls": ["big", "large"] * 40 + ["rare"] * 2}), tmp_path)
    data = load_table(path, target="cls", valid=0.3, test=0.3)
    counts = [torch.bincount(part.y, minlength=3).tolist() for part in (data.train, data.valid, data.test)]
    assert counts == [[16, 16, 1], [12, 12, 0], [12, 12, 1]]


def test_classes_too_small_to_be_cut_are_split_as_a_whole(tmp_path):
    path = save(pd.DataFrame({"x": range(36), "y": list("abcdefghijkl") * 3}), tmp_path)
    data = load_table(path, target="y")
    assert min(len(data.train), len(data.valid), len(data.test)) > 0
    assert len(data.classes) == 12


def test_classes_that_train_lacks_are_named(tmp_path):
    names = [f"c{number:02}" for number in range(20)]
    path = save(pd.DataFrame({"x": np.arange(40) ** 2 % 41, "y": names * 2}), tmp_path)
    data = load_table(path, target="y")
    absent = sorted(set(range(20)) - set(data.train.y.tolist()))
    assert absent
    (note,) = (note for note in data.notes if "without a row in train" in note)
    assert [name for name in names if name in note] == [names[number] for number in absent]
    assert not any("without a row in train" in note for note in load_table(path, target="y", seed=4).notes)


def test_a_name_seen_only_outside_train_is_all_zeros(tmp_path):
    path = save(pd.DataFrame({"c": ["a", "b"] * 50, "y": ["u", "v"] * 50}), tmp_path)
    rows = split_rows(100, np.array([0, 1] * 50), 0.15, 0.15, 0)
    table = pd.DataFrame({"c": ["a", "b"] * 50, "y": ["u", "v"] * 50})
    table.loc[rows[2][0], "c"] = "new"
    data = load_table(save(table, tmp_path), target="y")
    assert data.feature_names == ("c=a", "c=b")
    assert data.test.x[0].tolist() == [0, 0]
    assert load_table(path, target="y", types={"c": "category"}).feature_names == ("c=a", "c=b")


# What is said


def test_the_notes_say_what_was_found_and_done(tmp_path, houses):
    houses["id"] = range(240)
    data = load_table(save(houses, tmp_path), target="price")
    said = "\n".join(data.notes)
    assert "2 numbers: size, rooms" in said
    assert "1 category: zone" in said
    assert "1 date: built" in said
    assert "n (the same value in every row), id (a different value in every row)" in said
    assert "size (30), zone (20), built (10)" in said
    assert "regression" in said


# What is refused


def test_a_table_without_a_target_named_lists_the_columns(tmp_path):
    message = refused(write(tmp_path, "size,zone,price\n1,a,2\n"))
    assert "--target" in message
    assert "size, zone, price" in message


def test_a_target_that_the_table_lacks_names_the_nearest(tmp_path):
    message = refused(write(tmp_path, "size,zone,price\n1,a,2\n"), target="prize")
    assert "no column 'prize'" in message
    assert "Did you mean 'price'?" in message


@pytest.mark.parametrize(
    ("option", "said"),
    [
        ({"targett": "y"}, "Did you mean 'target'?"),
        ({"typess": {}}, "Did you mean 'types'?"),
        ({"valid": 1.5}, "data.valid = 1.5"),
        ({"types": {"x": "numeric"}}, "data.types.x = 'numeric'"),
        ({"types": {"xx": "number"}}, "data.types.xx"),
        ({"missing": "abc"}, "It must be a list"),
        ({"decimal": "x"}, "data.decimal = 'x'"),
        ({"delimiter": "--"}, "data.delimiter = '--'"),
        ({"encoding": "klingon"}, "data.encoding = 'klingon'"),
        ({"valid": 0.5, "test": 0.5}, "leave nothing to train on"),
    ],
)
def test_a_wrong_option_is_refused(tmp_path, option, said):
    path = save(pd.DataFrame({"x": range(50), "y": [0, 1] * 25}), tmp_path)
    assert said in refused(path, **{"target": "y", **option})


def test_a_mark_of_a_missing_value_may_be_a_number(tmp_path):
    path = save(pd.DataFrame({"x": [-999.0, *range(49)], "y": [0, 1] * 25}), tmp_path)
    assert any("x (1)" in note for note in load_table(path, target="y", missing=[-999]).notes)


def test_a_target_that_never_changes_is_refused(tmp_path):
    message = refused(save(pd.DataFrame({"x": range(50), "y": 3}), tmp_path), target="y")
    assert "'y'" in message
    assert "is 3 in every row" in message


@pytest.mark.parametrize("suffix", ["csv", "parquet"])
def test_a_target_whose_other_class_counts_as_missing_is_refused_with_how_many_rows(tmp_path, suffix):
    table = pd.DataFrame({"x": range(60), "y": ["NA", "None", "None "] * 20})
    message = refused(save(table, tmp_path, f"table.{suffix}"), target="y")
    assert "is None in every row that has one" in message
    assert "20 of 60 rows say NA, which counts as missing" in message
    assert "If NA is a class" in message
    table["y"] = [None, "b", "b"] * 20
    assert "is b in every row, so" in refused(save(table, tmp_path, f"table.{suffix}"), target="y")


def test_a_target_without_values_is_refused(tmp_path):
    message = refused(save(pd.DataFrame({"x": range(50), "y": None}), tmp_path), target="y")
    assert "no values" in message


def test_text_in_a_regression_target_is_refused_with_its_line(tmp_path):
    path = write(tmp_path, "x,y\n" + "".join(f"{i},{i * 1.5}\n" for i in range(50)) + "50,cheap\n")
    message = refused(path, target="y", task="regression")
    assert "'cheap' (line 52)" in message
    assert "regression" in message
    assert "leave data.task out" in message
    assert "--set data.types.y=category" in refused(path, target="y")


@pytest.mark.parametrize("task", [None, "regression"])
def test_a_target_with_a_typographic_minus_is_refused_with_how_to_write_it(tmp_path, task):
    path = write(tmp_path, "x,y\n" + "".join(f"{i},{sign}{i}.5\n" for i, sign in enumerate(["", "\u2212"] * 25)))
    message = refused(path, target="y", task=task)
    assert "25 of 50 values have a typographic minus" in message
    assert "'\u22121.5' (line 3)" in message


def test_dates_as_a_target_are_refused(tmp_path, houses):
    assert "holds dates" in refused(save(houses, tmp_path), target="built")


def test_a_binary_task_of_three_classes_is_refused(tmp_path):
    path = save(pd.DataFrame({"x": range(60), "y": list("abc") * 20}), tmp_path)
    message = refused(path, target="y", task="binary")
    assert "has 3 classes" in message
    assert "--set data.task=multiclass" in message


def test_a_multilabel_task_is_refused(tmp_path):
    path = save(pd.DataFrame({"x": range(60), "y": list("abc") * 20}), tmp_path)
    assert "multilabel" in refused(path, target="y", task="multilabel")


def test_a_few_values_that_make_half_of_the_variance_are_named(tmp_path):
    """Five prices with a zero or two too many; a skewed target alone is no reason to warn."""
    rng = np.random.default_rng(0)
    prices = np.exp(rng.normal(12, 0.6, 1500)).round()
    table = pd.DataFrame({"x": rng.normal(size=1500), "y": prices})
    assert "variance" not in " ".join(load_table(save(table, tmp_path), target="y").notes)
    table.loc[:4, "y"] *= 50
    squares = np.sort((table["y"] - table["y"].mean()) ** 2)[::-1]
    count = int((np.cumsum(squares) < squares.sum() / 2).sum()) + 1
    notes = " ".join(load_table(save(table, tmp_path), target="y").notes)
    assert f"Half of the variance of 'y' comes from {count} of 1500 values, such as {table['y'].max():g}" in notes
    assert "--set fit.loss=huber" in notes


def test_of_a_long_target_some_values_are_looked_at_that_may_be_all_zero(tmp_path, monkeypatch, recwarn):
    monkeypatch.setattr("neurona.data.labels.FAR_OF", 100)
    table = pd.DataFrame({"x": range(400), "y": [0.0, 1.5, 0.2, 3.1, 4.7] * 80})
    data = load_table(save(table, tmp_path), target="y", task="regression")
    assert "variance" not in " ".join(data.notes)
    assert not [warning for warning in recwarn if issubclass(warning.category, RuntimeWarning)]


@pytest.mark.parametrize("written", ["${:.2f}", "{:.1f} %", "{:.3f}e300", "€ {:.0f}"])
def test_a_quantity_that_is_no_plain_number_is_refused_with_how_to_write_it(tmp_path, written):
    path = save(pd.DataFrame({"x": range(60), "y": [written.format(i + 1) for i in range(60)]}), tmp_path)
    for task in (None, "regression"):
        message = refused(path, target="y", task=task)
        assert "A quantity is written as a plain number below 1e38, such as 1234.5" in message
        assert "data.missing" not in message


def test_a_mark_of_what_is_missing_that_is_no_list_is_refused_with_one(tmp_path):
    path = save(pd.DataFrame({"x": range(60), "y": range(60)}), tmp_path)
    assert 'such as ["NP", "-99"]' in refused(path, target="y", missing="NP")


def test_how_to_write_a_quantity_is_shown_with_the_decimal_sign_of_the_file(tmp_path):
    path = tmp_path / "pisos.csv"
    path.write_text("m2;precio\n" + "".join(f"{i},5;{i}.000,50 €\n" for i in range(1, 61)), encoding="utf-8")
    assert "such as 1234,5, without" in refused(path, target="precio")


def test_a_target_with_a_class_for_nearly_every_row_is_refused(tmp_path):
    path = save(pd.DataFrame({"x": range(60), "y": [f"name {i}" for i in range(60)]}), tmp_path)
    assert "60 different values in 60 rows" in refused(path, target="y")
    assert "plain number" not in refused(path, target="y")
    numbers = save(pd.DataFrame({"x": range(60), "y": np.linspace(0, 1, 60)}), tmp_path)
    assert "--set data.task=regression" in refused(numbers, target="y", task="multiclass")


def test_a_table_without_a_column_to_learn_from_is_refused_with_the_reasons(tmp_path):
    table = pd.DataFrame({"id": range(50), "n": 1, "y": [0, 1] * 25})
    message = refused(save(table, tmp_path), target="y")
    assert "no column to learn from" in message
    assert "id (a different value in every row); n (the same value in every row)" in message
    assert "--set data.types.id=category." in message
    spaced = refused(save(table.rename(columns={"id": "row id"}), tmp_path), target="y")
    assert "--set 'data.types.row id=category'." in spaced  # as a shell takes it
    assert "data.delimiter" in refused(save(table[["y"]], tmp_path), target="y")


@pytest.mark.parametrize("y", [["a", "b", "a"], [1.5, 2.5, 3.25]])
def test_too_few_rows_to_split_are_refused_with_how_many(tmp_path, y):
    path = save(pd.DataFrame({"x": range(3), "y": y}), tmp_path)
    message = refused(path, target="y")
    assert "3 rows" in message
    assert "--set data.valid=0 --set data.test=0" in message
    assert len(load_table(path, target="y", valid=0, test=0).train) == 3


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "is empty"),
        ("x,y\n", "no rows"),
        ("x,y\n1,2\n3\n", "line 3: 1 column,"),
        ("x,y\n1,2\n3,4,5\n", "line 3: 3 columns"),
        ("x,x,y\n1,2,3\n", "called 'x'"),
        ("x,,y\n1,2,3\n", "column 2 has no name"),
    ],
)
def test_a_malformed_table_is_refused_with_where(tmp_path, content, said):
    assert said in refused(write(tmp_path, content), target="y")


def test_a_missing_table_is_refused_through_load(tmp_path):
    with pytest.raises(InputError, match="There is no file"):
        load(tmp_path / "nothing.csv", target="y")


@pytest.mark.parametrize("target", ["price", "zone"])
def test_a_table_is_given_back_by_the_same_columns_as_it_is_predicted_from(houses, tmp_path, target):
    path = save(houses, tmp_path)
    plain, given = load(path, target=target), load(path, target=target, task="reconstruction")
    assert (given.task, given.outputs) == ("reconstruction", plain.features)
    assert torch.equal(given.train.x, plain.train.x) and torch.equal(given.test.y, plain.test.y)
    origin = dict(given.origin)
    assert torch.equal(load(origin.pop("path"), **origin).test.x, given.test.x)


@pytest.mark.parametrize("task", ["reconstruction", "variational", "adversarial"])
def test_what_is_given_back_needs_no_target(task, houses, tmp_path) -> None:
    path = save(houses, tmp_path)
    data = load_table(path, task=task)
    assert (data.task, data.target.names, data.classes) == (task, (), ())
    assert sum(map(len, (data.train, data.valid, data.test))) == 240
    named = load_table(path, task=task, target="price")
    assert data.feature_names == (*named.feature_names, "price")
    assert "the column to predict is not named" in refused(path)
    assert "the column to predict is not named" in refused(path, task="regression")
    assert "no column to learn from" in refused(path, task=task, types=dict.fromkeys(houses, "ignore"))
