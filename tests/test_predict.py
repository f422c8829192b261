"""Predictions: what the net says in the target's own words and units, for every row, in the order of the rows."""

from __future__ import annotations

import io
import runpy
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
import torch
from commandline import cli
from PIL import Image
from recipes import MOONS, flats, train
from safetensors.numpy import load_file

import neurona as nr
from neurona.data import reader
from neurona.data.pictures import decode
from neurona.errors import InputError, NeuronaWarning
from neurona.export import to_pytorch
from neurona.predict import predict_file, write_csv
from neurona.run import Run


def table_run(folder: Path, frame: pd.DataFrame, target: str, net: dict[str, Any] | None = None, **fit: Any) -> Run:
    """Train on `frame` as a table and return the run."""
    frame.to_csv(folder / "train.csv", index=False)
    recipe = {
        "data": {"path": str(folder / "train.csv"), "target": target},
        "net": net or {"kind": "mlp", "hidden": [8]},
        "fit": {"lr": 0.01, "epochs": 3, **fit},
    }
    return train(recipe, folder / "run")


def predicted(run: Run, path: Path, **reading: Any) -> pd.DataFrame:
    """Return all predictions for a file."""
    return pd.concat(list(predict_file(run, path, reading)), ignore_index=True)


@pytest.fixture(scope="module")
def dear(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """A run that tells dear flats from cheap ones by number, category, date and truth value."""
    return table_run(tmp_path_factory.mktemp("dear"), flats().drop(columns="price"), "dear")


def test_a_linear_regression_answers_in_the_units_of_its_target(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"size": rng.uniform(30, 150, 200), "age": rng.uniform(0, 90, 200)})
    frame["price"] = 120_000 + 2_500 * frame["size"] - 800 * frame["age"]
    run = table_run(tmp_path, frame, "price", {"kind": "linear"}, optimizer="sgd", lr=0.3, batch="full", epochs=200)
    new = pd.DataFrame({"age": [10.0, 50.0, 0.0], "size": [100.0, 40.0, 300.0]})  # another order, and beyond train
    new.to_csv(tmp_path / "new.csv", index=False)
    truth = 120_000 + 2_500 * new["size"] - 800 * new["age"]
    answers = predicted(run, tmp_path / "new.csv")
    assert list(answers.columns) == ["prediction"]
    assert np.allclose(answers["prediction"], truth, rtol=1e-4)
    assert run.metrics["test"]["rmse"] < 100


def test_a_logistic_regression_answers_as_computed_by_hand_from_its_weights(tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    frame = pd.DataFrame({"height": rng.normal(170, 10, 120), "weight": rng.normal(70, 12, 120)})
    frame["sport"] = np.where(frame["height"] - frame["weight"] > 100, "yes", "no")
    run = table_run(tmp_path, frame, "sport", {"kind": "linear", "init": "normal"})
    weights = load_file(run.path / "model.safetensors")
    scaled = np.column_stack([(frame[c.name] - c.mean) / c.scale for c in run.inputs.columns])
    assert [c.name for c in run.inputs.columns] == ["height", "weight"]
    probability = 1 / (1 + np.exp(-(scaled @ weights["output.weight"][0] + weights["output.bias"][0])))
    answers = predicted(run, tmp_path / "train.csv")
    assert list(answers.columns) == ["prediction", "probability_no", "probability_yes"]
    assert np.allclose(answers["probability_yes"], probability, atol=1e-5)
    assert np.allclose(answers["probability_no"] + answers["probability_yes"], 1)
    assert list(answers["prediction"]) == list(np.where(probability > 0.5, "yes", "no"))


def test_classes_are_called_by_their_names(tmp_path: Path) -> None:
    frame = pd.DataFrame({"x": np.repeat([0.0, 5.0, 10.0], 30) + np.random.default_rng(0).normal(0, 0.1, 90)})
    frame["kind"] = np.repeat(["übel", "gut", "sehr gut"], 30)
    run = table_run(tmp_path, frame, "kind", {"kind": "mlp", "hidden": [16]}, lr=0.05, epochs=60)
    answers = predicted(run, tmp_path / "train.csv")
    assert list(answers["prediction"]) == list(frame["kind"])
    named = answers[[f"probability_{name}" for name in run.target.classes]]
    assert list(named.idxmax(axis=1).str.removeprefix("probability_")) == list(frame["kind"])


def test_a_file_answers_like_a_frame_of_its_rows(dear: Run, tmp_path: Path) -> None:
    frame = flats().drop(columns=["price", "dear"])
    frame.to_csv(tmp_path / "new.csv", index=False)
    (encoded,) = reader.read_for(tmp_path / "new.csv", dear.inputs)
    pd.testing.assert_frame_equal(predicted(dear, tmp_path / "new.csv"), dear.predict(encoded))


def test_the_rows_keep_their_order_over_many_parts(dear: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    flats().to_csv(tmp_path / "new.csv", index=False)
    whole = predicted(dear, tmp_path / "new.csv")
    assert len(whole) == 90
    monkeypatch.setattr(reader, "ROWS", 7)
    parts = list(predict_file(dear, tmp_path / "new.csv"))
    assert [len(part) for part in parts] == [*[7] * 12, 6]
    assert np.allclose(pd.concat(parts)["probability_dear"], whole["probability_dear"], atol=1e-6)
    text = io.StringIO()
    write_csv(dear, tmp_path / "new.csv", text)
    assert text.getvalue().count("prediction") == 1, "each part has a header of its own"
    assert len(text.getvalue().splitlines()) == 91


def test_a_category_that_train_did_not_have_is_none_of_those_it_had(dear: Run, tmp_path: Path) -> None:
    rows = flats(3).assign(area=80.0, sold="2021-05-05", lift="true")
    rows["town"] = ["Madrid", "", "Vigo"]
    rows.to_csv(tmp_path / "new.csv", index=False)
    with pytest.warns(NeuronaWarning, match="1 row has in 'town' a value that was not there in training.*'Madrid'"):
        unseen, missing, known = predicted(dear, tmp_path / "new.csv")["probability_dear"]
    assert unseen == missing != known


def test_a_missing_number_is_the_median_of_train(dear: Run, tmp_path: Path) -> None:
    area = next(column for column in dear.inputs.columns if column.name == "area")
    rows = pd.concat([flats(1)] * 4, ignore_index=True).astype(object)
    rows["area"] = ["", "NA", repr(area.fill), 30]
    rows.to_csv(tmp_path / "new.csv", index=False)
    empty, marked, filled, small = predicted(dear, tmp_path / "new.csv")["probability_dear"]
    assert empty == marked == filled != small


def test_columns_may_come_in_any_order_and_with_others(dear: Run, tmp_path: Path) -> None:
    frame = flats()
    frame.to_csv(tmp_path / "one.csv", index=False)
    frame.assign(note="no number, no name")[["note", "lift", "sold", "town", "area"]].to_csv(
        tmp_path / "other.csv", index=False
    )
    pd.testing.assert_frame_equal(predicted(dear, tmp_path / "one.csv"), predicted(dear, tmp_path / "other.csv"))


def test_a_file_may_be_written_otherwise_than_the_training_table(dear: Run, tmp_path: Path) -> None:
    frame = flats().astype({"area": float})
    frame.to_csv(tmp_path / "one.csv", index=False)
    frame.to_csv(tmp_path / "other.csv", index=False, sep=";", decimal=",", encoding="latin-1")
    assert "A Coruña;2021-".encode("latin-1") in (tmp_path / "other.csv").read_bytes()
    reading = {"delimiter": ";", "decimal": ",", "encoding": "latin-1"}
    found = predicted(dear, tmp_path / "other.csv", encoding="latin-1")
    pd.testing.assert_frame_equal(predicted(dear, tmp_path / "one.csv"), found)
    pd.testing.assert_frame_equal(
        predicted(dear, tmp_path / "one.csv"), predicted(dear, tmp_path / "other.csv", **reading)
    )


def test_a_missing_column_is_refused_and_the_nearest_named(dear: Run) -> None:
    frame = pd.DataFrame({"Area": [1.0], "town": ["Vigo"], "sold": pd.to_datetime(["2021-01-01"]), "lift": [1.0]})
    with pytest.raises(InputError) as error:
        dear.predict(frame)
    assert "'area'" in error.value.problem
    assert error.value.hint == "Did you mean 'Area'?"


@pytest.mark.parametrize(
    "become",
    [
        lambda frame: frame.to_dict("records"),
        lambda frame: frame.to_dict("list"),
        lambda frame: frame.to_numpy().tolist(),
        lambda frame: frame.to_numpy(),
        lambda frame: frame.set_axis(range(frame.shape[1]), axis=1),
        lambda frame: frame.to_records(index=False),
        pa.Table.from_pandas,
    ],
)
def test_rows_are_answered_as_the_table_that_they_are_of(dear: Run, become: Any) -> None:
    frame = flats()[[column.name for column in dear.inputs.columns]].head(7).assign(lift=1.0)
    pd.testing.assert_frame_equal(dear.predict(become(frame)), dear.predict(frame))


def test_a_row_alone_is_one(dear: Run) -> None:
    frame = flats()[[column.name for column in dear.inputs.columns]].head(1).assign(lift=1.0)
    for row in (frame.iloc[0], frame.iloc[0].to_dict()):
        pd.testing.assert_frame_equal(dear.predict(row), dear.predict(frame))


def test_an_infinite_number_is_refused_as_in_a_file(dear: Run, tmp_path: Path) -> None:
    frame = flats().head(7).assign(area=[1.0, np.inf, *[2.0] * 5])
    frame.to_csv(tmp_path / "new.csv", index=False)
    for asked in (lambda: dear.predict(frame), lambda: list(predict_file(dear, tmp_path / "new.csv"))):
        with pytest.raises(InputError, match=r"(?s)'area'.*inf.*no finite number"):
            asked()


def test_predictions_have_the_index_of_the_table(dear: Run) -> None:
    frame = flats()[[column.name for column in dear.inputs.columns]].head(7).assign(lift=1.0)
    turned = frame.iloc[[6, 2, 4]]
    pd.testing.assert_frame_equal(dear.predict(turned), dear.predict(frame).loc[[6, 2, 4]])


def test_a_missing_date_is_one_however_the_table_holds_its_text(dear: Run) -> None:
    frame = flats()[[column.name for column in dear.inputs.columns]].head(7).assign(lift=1.0)
    gaps = frame.assign(sold=frame["sold"].where(frame.index > 3))
    kept = gaps.assign(sold=gaps["sold"].astype("string"))
    assert kept["sold"].isna().sum() == 4
    pd.testing.assert_frame_equal(dear.predict(gaps), dear.predict(kept))
    pd.testing.assert_frame_equal(dear.predict(gaps), dear.predict(gaps.convert_dtypes()))
    pd.testing.assert_frame_equal(dear.predict(gaps), dear.predict(gaps.assign(sold=pd.to_datetime(gaps["sold"]))))


@pytest.mark.parametrize("rows", [None, 3, "new.csv", Path("new.csv"), [], [[1.0, 2.0]], [1.0, 2.0], {"area": 3.0}])
def test_what_is_no_table_and_no_rows_is_refused(dear: Run, rows: Any) -> None:
    with pytest.raises(InputError, match=r"(?s)each of the 4 columns of the training table: 'area'.*read_csv\(path\)"):
        dear.predict(rows)


def test_a_tensor_may_be_encoded_or_not_and_is_refused(dear: Run) -> None:
    test = dear.data().test
    for given in (test, test.x):
        with pytest.raises(InputError, match=r"(?s)or what the net sees of it.*run\.answer\(data\.test\.x\)"):
            dear.predict(given)


def test_pictures_and_sequences_may_have_all_their_axes(digits: Run, tmp_path: Path) -> None:
    x = digits.data().test.x[:5]
    wanted = [str(int(y)) for y in digits.answer(x).argmax(1)]
    for array in (x.numpy(), x[:, 0].numpy(), x.flatten(1).numpy()):
        assert digits.predict(array)["prediction"].tolist() == wanted
    with pytest.raises(InputError, match="Column 'pixel0' cannot be read as a number"):
        digits.predict(x.flatten(1).numpy().astype(str).astype(object) + "a")
    with pytest.raises(InputError, match="each of the 64 columns"):
        digits.predict(x.movedim(1, -1).numpy()[:, :7])
    recipe = {
        "data": {"name": "adding-problem", "length": 6},
        "net": {"kind": "sequence-classifier"},
        "fit": {"epochs": 1},
    }
    sums = train(recipe, tmp_path / "r")
    steps = sums.data().test.x[:5]
    assert np.allclose(sums.predict(steps.numpy()).to_numpy(), sums.answer(steps).numpy())


def test_a_perceptron_is_sure(tmp_path: Path) -> None:
    recipe = {
        "data": {"name": "loans"},
        "net": {"kind": "perceptron"},
        "fit": {"loss": "perceptron", "optimizer": "sgd", "lr": 1.0, "batch": 1, "epochs": 2},
    }
    run = train(recipe, tmp_path / "r")
    answers = run.answer(run.data().test.x)
    assert set(answers.unique().tolist()) <= {0.0, 1.0}


def test_an_ensemble_answers_with_the_mean_of_its_members(tmp_path: Path) -> None:
    recipe = {
        "data": {"name": "curve"},
        "net": {"kind": "ensemble", "hidden": [5], "copies": 2},
        "fit": {"epochs": 2},
    }
    run = train(recipe, tmp_path / "r")
    x = torch.linspace(-2, 2, 5)[:, None]
    with torch.no_grad():
        members = torch.stack([member(x) for member in run.net().nets]).numpy()
    wanted = members.mean(axis=0) * run.target.scale[0] + run.target.mean[0]
    assert len(members) == 4
    assert np.allclose(run.answer(x).numpy(), wanted, atol=1e-6)


def test_no_rows_give_no_predictions(dear: Run, tmp_path: Path) -> None:
    trained = dear.predict(
        pd.DataFrame({c.name: pd.Series(dtype=float) for c in dear.inputs.columns})
        .iloc[:0]
        .astype({"town": object, "sold": "datetime64[us]"})
    )
    assert list(trained.columns) == ["prediction", "probability_cheap", "probability_dear"]
    assert len(trained) == 0


def test_predictions_of_an_unfinished_run_come_from_its_checkpoint(tmp_path: Path) -> None:
    run = train(MOONS, tmp_path / "r")
    points = pd.DataFrame({"x1": [0.0, 1.0], "x2": [1.0, -0.5]})
    before = run.predict(points)
    (run.path / "model.safetensors").unlink()
    (run.path / "metrics.json").unlink()
    pd.testing.assert_frame_equal(Run.open(run.path).predict(points), before)


def test_a_frame_of_pandas_is_read_as_the_file_is(tmp_path: Path) -> None:
    """Codes that are whole numbers, dates as text, and blanks around names do not change a prediction."""
    generator = np.random.default_rng(0)
    table = pd.DataFrame(
        {
            "zip": generator.choice([28001, 41001, 8001], 80),
            " when": pd.date_range("2024-01-01", periods=80).strftime("%Y-%m-%d"),
            "size": generator.normal(size=80).round(3),
        }
    )
    table["price"] = table["size"] * 2 + (table["zip"] == 41001)
    table.to_csv(tmp_path / "t.csv", index=False)
    run = nr.train(
        tmp_path / "t.csv",
        target="price",
        data={"types": {"zip": "category"}},
        epochs=3,
        out=tmp_path / "r",
        report=False,
    )
    by_file = pd.concat(predict_file(run, tmp_path / "t.csv"))
    np.testing.assert_allclose(run.predict(table).to_numpy(), by_file.to_numpy(), rtol=1e-6)
    np.testing.assert_allclose(run.predict(pd.read_csv(tmp_path / "t.csv")).to_numpy(), by_file.to_numpy(), rtol=1e-6)
    with pytest.raises(nr.InputError, match="'size' cannot be read"):
        run.predict(table.assign(size="big"))


def test_a_category_that_was_not_there_in_training_is_told(tmp_path: Path) -> None:
    zones = ["north", "south", "west"] * 20
    table = pd.DataFrame({"zone": zones, "size": np.arange(60.0), "price": np.arange(60.0) * 3})
    table.to_csv(tmp_path / "t.csv", index=False)
    data = {"path": str(tmp_path / "t.csv"), "target": "price"}
    run = train({"data": data, "net": {"kind": "linear"}, "fit": {"epochs": 1}}, tmp_path / "run")
    new = table.assign(zone=[None, "nort", "east", "nort", *zones[4:]])
    new.to_csv(tmp_path / "new.csv", index=False)
    said = "3 rows have in 'zone' values that were not there in training, and count as missing: 'nort', 'east'"
    with pytest.warns(NeuronaWarning, match=said):
        assert len(pd.concat(predict_file(run, tmp_path / "new.csv"))) == 60
    with warnings.catch_warnings():
        warnings.simplefilter("error", NeuronaWarning)
        list(predict_file(run, tmp_path / "t.csv"))


# Pictures


@pytest.fixture(scope="module")
def signs(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """A run that tells red pictures from green ones, of odd sizes, in sub-folders of classes."""
    folder = tmp_path_factory.mktemp("signs")
    for name, colour in (("green", (20, 200, 40)), ("red", (200, 30, 20))):
        (folder / "album" / name).mkdir(parents=True)
        for i in range(20):
            Image.new("RGB", (20 + i, 50 - i), colour).save(folder / "album" / name / f"{i:02d}.png")
    recipe = {
        "data": {"path": str(folder / "album"), "size": 8},
        "net": {"kind": "linear"},
        "fit": {"epochs": 30, "lr": 0.01},
    }
    return train(recipe, folder / "run")


def album(run: Run) -> Path:
    return Path(run.recipe.data["path"])


def test_an_exported_file_names_the_picture_that_it_cannot_read(signs: Run, tmp_path: Path) -> None:
    good, whole = album(signs) / "red" / "03.png", (album(signs) / "green" / "00.png").read_bytes()
    (tmp_path / "half.png").write_bytes(whole[: len(whole) // 2])
    to_pytorch(signs, tmp_path / "mine.py")
    pictures = runpy.run_path(str(tmp_path / "mine.py"))["pictures"]
    assert pictures([str(good)]).shape == (1, 3, 8, 8)
    with pytest.raises(ValueError, match=r"half\.png is no picture that can be read"):
        pictures([str(good), str(tmp_path / "half.png")])


def test_a_picture_is_answered_as_the_net_answers_it(signs: Run) -> None:
    path = album(signs) / "red" / "03.png"
    answers = predicted(signs, path)
    assert list(answers.columns) == ["file", "prediction", "probability_green", "probability_red"]
    assert answers.loc[0, ["file", "prediction"]].tolist() == [str(path), "red"]
    x = torch.from_numpy(decode(path.read_bytes(), (3, 8, 8)).copy())[None].float() / 255
    red = signs.net()(x).sigmoid().item()
    assert answers.loc[0, "probability_red"] == pytest.approx(red, abs=1e-6)
    assert answers.loc[0, "probability_green"] == pytest.approx(1 - red, abs=1e-6)


def test_all_pictures_in_a_folder_and_below_are_answered_in_order(signs: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("neurona.predict.PART", 7)
    answers = predicted(signs, album(signs))
    wanted = [f"{name}/{i:02d}.png" for name in ("green", "red") for i in range(20)]
    assert answers["file"].tolist() == wanted
    assert answers["prediction"].tolist() == [name.split("/")[0] for name in wanted]


def test_pictures_of_any_form_are_answered(signs: Run, tmp_path: Path) -> None:
    picture = Image.new("RGB", (31, 17), (20, 200, 40))
    for ending in ("jpg", "png", "gif", "bmp", "webp", "tiff", "ppm"):
        picture.save(tmp_path / f"a.{ending}")
    picture.convert("RGBA").save(tmp_path / "b.png")
    assert predicted(signs, tmp_path)["prediction"].tolist() == ["green"] * 8


def test_pictures_that_cannot_be_read_are_named_and_left_out(signs: Run, tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    Image.new("RGB", (9, 9), (200, 30, 20)).save(tmp_path / "good.png")
    (tmp_path / "in" / "bad.jpg").write_text("?")
    (tmp_path / ".hidden.png").write_text("?")
    (tmp_path / "notes.txt").write_text("?")
    with pytest.warns(NeuronaWarning, match=r"1 picture cannot be read and is left out: in/bad.jpg \("):
        answers = predicted(signs, tmp_path)
    assert answers["file"].tolist() == ["good.png"]
    with pytest.raises(InputError, match=r"The one picture in .* cannot be read: bad.jpg"):
        predicted(signs, tmp_path / "in")
    with pytest.raises(InputError, match=r"bad.jpg cannot be read as a picture"):
        predicted(signs, tmp_path / "in" / "bad.jpg")


def test_a_folder_without_pictures_and_a_missing_picture_are_refused(signs: Run, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="holds no pictures"):
        predicted(signs, tmp_path)
    with pytest.raises(InputError, match=r"There is no file .*none.png"):
        predicted(signs, tmp_path / "none.png")


def test_a_picture_is_refused_by_a_run_on_a_table(dear: Run, tmp_path: Path) -> None:
    Image.new("RGB", (9, 9)).save(tmp_path / "a.png")
    with pytest.raises(InputError, match="was not trained on pictures"):
        predicted(dear, tmp_path / "a.png")


def test_a_table_is_refused_by_a_run_on_a_folder_of_pictures(signs: Run, tmp_path: Path) -> None:
    flats().to_csv(tmp_path / "new.csv", index=False)
    with pytest.raises(InputError, match=r"new\.csv is no picture, and .* was trained on a folder of pictures"):
        predicted(signs, tmp_path / "new.csv")


@pytest.fixture(scope="module")
def digits(tmp_path_factory: pytest.TempPathFactory) -> Run:
    recipe = {"data": {"name": "digits"}, "net": {"kind": "mlp", "hidden": [32]}, "fit": {"epochs": 5}}
    return train(recipe, tmp_path_factory.mktemp("digits") / "run")


def test_a_table_of_pixels_and_the_picture_itself_are_answered_alike(digits: Run, tmp_path: Path) -> None:
    x = digits.data().test.x[:5]
    frame = pd.DataFrame(x.flatten(1).numpy(), columns=list(digits.inputs.names))
    frame.to_csv(tmp_path / "pixels.csv", index=False)
    for i, one in enumerate(x):
        Image.fromarray(one[0].numpy()).save(tmp_path / f"{i}.png")
    by_picture = predicted(digits, tmp_path).drop(columns="file")
    pd.testing.assert_frame_equal(by_picture, predicted(digits, tmp_path / "pixels.csv"))
    assert by_picture["prediction"].tolist() == [str(int(y)) for y in digits.answer(x).argmax(1)]


def test_dark_ink_on_white_is_warned_about_and_can_be_turned_round(digits: Run, tmp_path: Path) -> None:
    x = digits.data().test.x[:5]
    for i, one in enumerate(255 - x):
        Image.fromarray(one[0].numpy()).convert("RGB").save(tmp_path / f"{i}.png")
    with pytest.warns(NeuronaWarning, match=r"5 pictures have a bright background, such as 0.png.*data.invert=true"):
        predicted(digits, tmp_path)
    turned = predicted(digits, tmp_path, invert=True)
    assert turned["prediction"].tolist() == [str(int(y)) for y in digits.answer(x).argmax(1)]


@pytest.mark.parametrize(
    ("reading", "problem"), [({"invert": 1}, "data.invert = 1"), ({"delimiter": ";"}, "delimiter")]
)
def test_a_wrong_way_to_read_pictures_is_refused(signs: Run, reading: dict[str, Any], problem: str) -> None:
    with pytest.raises(InputError, match=problem):
        predicted(signs, album(signs), **reading)


def test_tables_cannot_be_turned_round(dear: Run, tmp_path: Path) -> None:
    flats().to_csv(tmp_path / "new.csv", index=False)
    with pytest.raises(InputError, match=r"data\.invert is no way to read"):
        predicted(dear, tmp_path / "new.csv", invert=True)


def test_sequences_of_numbers_are_read_from_the_columns_of_their_steps(tmp_path: Path) -> None:
    recipe = {
        "data": {"name": "count-ones", "samples": 60, "length": 5},
        "net": {"kind": "sequence-classifier", "hidden": 3},
        "fit": {"epochs": 1},
    }
    run = train(recipe, tmp_path / "run")
    sequences = torch.tensor([[1.0, 0, 1, 1, 0], [0, 0, 1, float("nan"), float("nan")]])
    frame = pd.DataFrame(sequences.numpy(), columns=[f"bit{step}" for step in range(5)])
    frame.to_csv(tmp_path / "new.csv", index=False)
    wanted = run.answer(sequences[..., None], run.net()).reshape(-1)
    assert predicted(run, tmp_path / "new.csv")["prediction"].to_numpy() == pytest.approx(wanted.numpy(), rel=1e-6)


def test_a_net_without_classes_or_values_predicts_nothing(tmp_path: Path) -> None:
    recipe = {
        "data": {"name": "digits", "task": "reconstruction"},
        "net": {"kind": "mlp", "hidden": [4]},
        "fit": {"epochs": 1},
    }
    run = train(recipe, tmp_path / "run")
    Image.new("L", (8, 8)).save(tmp_path / "a.png")
    with pytest.raises(InputError, match="reconstruction"):
        predicted(run, tmp_path / "a.png")


def test_a_folder_of_pictures_becomes_one_csv_file_by_the_command_line(signs: Run, tmp_path: Path) -> None:
    answer = cli("predict", signs.path, album(signs), "--out", "answers.csv", cwd=tmp_path)
    assert answer.code == 0, answer.words
    table = pd.read_csv(tmp_path / "answers.csv")
    assert (table["prediction"] == table["file"].str.split("/").str[0]).all()
    assert len(table) == 40
    answer = cli("predict", signs.path, tmp_path / "none.png", "--out", "more.csv", cwd=tmp_path)
    assert answer.code == 2
    assert not (tmp_path / "more.csv").exists()
