"""What if: the answers to a row whose values are changed are those of `neurona predict`."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch
from recipes import flats
from sklearn.datasets import load_wine

from neurona.predict import predict_file
from neurona.run import Run


def look(page: Any, **wish: Any) -> dict[str, Any]:
    """Return what the view shows of a wish."""
    page.tell("look", view="whatif", **wish)
    said = page.messages[-1]
    assert said["kind"] == "looked", said
    shown: dict[str, Any] = said["shown"]
    return shown


def row(page: Any, shown: dict[str, Any]) -> dict[str, str]:
    """Return the texts in the cells by column."""
    names = [field["name"] for field in page.last("state")["scene"]["about"]["whatif"]["fields"]]
    return {name: cell["text"] for name, cell in zip(names, shown["cells"], strict=True)}


def cell(page: Any, shown: dict[str, Any], name: str) -> dict[str, Any]:
    found: dict[str, Any] = shown["cells"][list(row(page, shown)).index(name)]
    return found


def predicted(page: Any, table: pd.DataFrame, folder: Path) -> pd.DataFrame:
    """Return what `neurona predict` says of a table, by the run that is taken away."""
    page.tell("take", what="run")
    name = f"taken-{len(page.messages)}"
    with zipfile.ZipFile(page.last("file")["file"]) as packed:
        packed.extractall(folder / name)
    (path,) = (folder / name).iterdir()
    table.to_csv(folder / "asked.csv", index=False)
    return pd.concat(predict_file(Run.open(path), folder / "asked.csv"))


def wine(page: Any) -> Any:
    page.tell("open", name="wine")
    for _event in range(3):
        page.tell("step")
    return load_wine(as_frame=True)


def own(page: Any, target: str, **written: Any) -> pd.DataFrame:
    """Return a table of a visitor's own that a net was trained on for some epochs."""
    table = flats()
    table.to_csv("flats.csv", index=False, **written)
    page.tell("table", file="flats.csv", target=target, features=None)
    page.tell("change", key="fit.engine", value="torch")
    for _event in range(4):
        page.tell("step")
    return table


def test_a_row_of_wine_is_told_as_it_was_measured(page: Any) -> None:
    raw = wine(page)
    shown = look(page, sample=5)
    values = {name: float(text) for name, text in row(page, shown).items()}
    assert list(values) == list(raw.data.columns)
    found = np.flatnonzero((raw.data == pd.Series(values)).all(axis=1))
    assert len(found) == 1 and raw.target[found[0]] == shown["truth"]
    for field in page.last("state")["scene"]["about"]["whatif"]["fields"]:
        assert field["low"] >= raw.data[field["name"]].min() and field["high"] <= raw.data[field["name"]].max()
    assert shown["answer"] == shown["before"]


def test_changed_values_of_wine_are_answered_as_by_predict(page: Any, tmp_path: Path) -> None:
    wine(page)
    shown = look(page, sample=5, set={"alcohol": "11.2", "proline": "1500", "color_intensity": "1e1"})
    answers = predicted(page, pd.DataFrame([row(page, shown)]), tmp_path)
    assert shown["answer"] == pytest.approx(answers.iloc[0, 1:].tolist(), abs=1e-5)
    plain = look(page, set={})
    assert plain["answer"] == pytest.approx(shown["before"]) and "as_it_was" not in cell(page, plain, "alcohol")
    assert plain["answer"] != pytest.approx(shown["answer"], abs=1e-3)


def test_the_course_along_a_column_is_that_of_predict(page: Any, tmp_path: Path) -> None:
    wine(page)
    shown = look(page, sample=3, set={"hue": "1.5"}, along="flavanoids")
    course = shown["along"]
    table = pd.DataFrame([row(page, shown)] * len(course["places"])).assign(flavanoids=course["places"])
    answers = predicted(page, table, tmp_path).iloc[:, 1:].to_numpy()
    assert course["of"] == [0, 1, 2]
    assert np.allclose(np.transpose(course["curves"]), answers, atol=1e-5)
    at = np.interp(course["at"], course["places"], course["curves"][0])
    assert at == pytest.approx(shown["answer"][0], abs=0.02)


@pytest.mark.parametrize(
    "changes",
    [
        {"area": "120.5", "town": "Lugo"},
        {"sold": "2023-05-17"},
        {"sold": "17/05/2023", "lift": "true"},
        {"area": "", "town": "", "sold": "", "lift": "NA"},
        {"area": "1e4", "lift": "0.5"},
    ],
    ids=["number and name", "date", "day first", "missing", "far away"],
)
def test_a_table_of_ones_own_is_answered_as_by_predict(page: Any, tmp_path: Path, changes: dict[str, str]) -> None:
    own(page, "price")
    shown = look(page, sample=2, set=changes)
    table = pd.DataFrame([row(page, shown)])
    if "lift" in changes and changes["lift"] != "true":
        assert table["lift"][0] == changes["lift"]
    (answer,) = predicted(page, table, tmp_path)["prediction"]
    assert shown["answer"] == pytest.approx([answer], rel=1e-5)
    assert shown["true"][0] == pytest.approx(
        flats()["price"].iloc[(flats()["price"] - shown["true"][0]).abs().argmin()]
    )


def test_the_course_along_names_and_dates_is_that_of_predict(page: Any, tmp_path: Path) -> None:
    own(page, "dear")
    shown = look(page, sample=1, along="town")
    course = shown["along"]
    assert course["places"] == [0, 1, 2] and course["ends"] == ["A Coruña", "Vigo"]
    table = pd.DataFrame([row(page, shown)] * 3).assign(town=["A Coruña", "Lugo", "Vigo"])
    answers = predicted(page, table, tmp_path)[["probability_cheap", "probability_dear"]].to_numpy()
    assert np.allclose(np.transpose(course["curves"]), answers, atol=1e-5)
    course = look(page, along="sold")["along"]
    days = pd.Timestamp("2000-01-01") + pd.to_timedelta(np.round(np.array(course["places"]) * 24 * 60), "min")
    table = pd.DataFrame([row(page, shown)] * len(days)).assign(sold=days.astype(str))
    answers = predicted(page, table, tmp_path)["probability_dear"].to_numpy()
    assert np.allclose(course["curves"][course["of"].index(1)], answers, atol=1e-4)


@pytest.mark.parametrize(
    ("name", "text", "noun"),
    [("area", "large", "no finite number"), ("area", "inf", "no finite number"), ("sold", "2024-02-31", "no date")],
)
def test_what_cannot_be_read_is_told_in_its_cell_in_the_words_of_predict(
    page: Any, tmp_path: Path, name: str, text: str, noun: str
) -> None:
    from neurona.errors import InputError

    own(page, "price")
    shown = look(page, sample=2, set={name: text, "town": "Lugo"})
    wrong = cell(page, shown, name)
    assert shown["answer"] is None and shown["along"] is None
    assert noun in wrong["problem"] and repr(text) in wrong["problem"] and wrong["hint"]
    assert "problem" not in cell(page, shown, "town")
    with pytest.raises(InputError, match=noun):
        predicted(page, pd.DataFrame([row(page, shown)]), tmp_path)
    assert look(page, set={"town": "Lugo"})["answer"] is not None


def test_a_missing_value_is_what_predict_takes_for_it_and_says_so(page: Any) -> None:
    table = own(page, "price")
    shown = look(page, sample=2, set={"area": "NA"})
    data = page.workshop.fit.data
    median = data.inputs.columns[0].fill
    assert f"{median:g}" in cell(page, shown, "area")["note"] and table["area"].min() < median < table["area"].max()


def test_decimals_are_written_as_in_the_table(page: Any, tmp_path: Path) -> None:
    table = flats()
    table.assign(area=table["area"].astype(float)).to_csv("flats.csv", index=False, sep=";", decimal=",")
    page.tell("table", file="flats.csv", target="price", features=None)
    page.tell("step")
    shown = look(page, sample=0, set={"area": "77,5"})
    assert page.last("state")["scene"]["about"]["whatif"]["decimal"] == ","
    assert cell(page, shown, "area")["at"] == pytest.approx(77.5)
    assert "," in cell(page, look(page, sample=3), "area")["text"]
    assert "problem" in cell(page, look(page, set={"area": "77.5.1"}), "area")


def test_formulas_are_computed_of_the_changed_values(page: Any, tmp_path: Path) -> None:
    flats().to_csv("flats.csv", index=False)
    page.tell("table", file="flats.csv", target="price", features=["log(area)", "town"])
    page.tell("step")
    shown = look(page, sample=2, set={"area": "200"})
    assert set(row(page, shown)) == {"area", "town"}
    (answer,) = predicted(page, pd.DataFrame([row(page, shown)]), tmp_path)["prediction"]
    assert shown["answer"] == pytest.approx([answer], rel=1e-5)
    wrong = look(page, set={"area": "-3"})
    assert wrong["answer"] is None and "log(area)" in cell(page, wrong, "area")["problem"]


def test_labels_are_answered_too(page: Any, tmp_path: Path) -> None:
    page.tell("open", name="multilabel")
    page.tell("step")
    shown = look(page, set={"word 3": "2"})
    data = page.workshop.fit.data
    assert shown["true"] == [bool(one) for one in data.test.y[0]]
    answers = predicted(page, pd.DataFrame([row(page, shown)]), tmp_path)
    assert shown["answer"] == pytest.approx([answers[f"probability_{name}"][0] for name in data.classes], abs=1e-5)


def test_another_row_is_as_in_the_table(page: Any) -> None:
    wine(page)
    shown = look(page, sample=3, set={"hue": "1.5"})
    shown = look(page, move=1)
    assert shown["sample"] == 4 and not any("as_it_was" in one for one in shown["cells"])


@pytest.mark.parametrize(
    "wish", [{"set": {"colour": "1"}}, {"set": 3}, {"set": {"hue": 3}}, {"along": "colour"}, {"along": []}]
)
def test_wishes_for_what_is_not_there_are_refused(page: Any, wish: dict[str, Any]) -> None:
    wine(page)
    page.tell("look", view="whatif", **wish)
    assert page.messages[-1]["kind"] == "problem"
    assert look(page)["answer"] is not None


def test_points_and_pictures_have_no_such_view(page: Any) -> None:
    assert "whatif" not in page.last("state")["scene"]["views"]
    page.tell("open", name="digits-cnn1")
    assert "whatif" not in page.last("state")["scene"]["views"]


# ---------------------------------------------------------------------- the step on it


def test_the_step_that_is_opened_is_on_the_row_with_the_values_that_were_set(page: Any) -> None:
    table = wine(page).data
    shown = look(page, sample=5)
    page.tell("walk")
    plain = page.last("walk")
    assert (plain["split"], plain["sample"]) == (shown["split"], 5)
    assert "changed by hand" not in plain["steps"][0]["text"]

    wanted = {"alcohol": 14.2, "proline": 1500.0}
    look(page, set={name: str(value) for name, value in wanted.items()})
    page.tell("walk")
    walk = page.last("walk")
    assert (walk["split"], walk["sample"]) == (shown["split"], 5)
    assert "changed by hand" in walk["steps"][0]["text"] and "none of the training" in walk["steps"][0]["text"]

    fit = page.workshop.fit
    x, y = fit.data.test.x[5:6].clone(), fit.data.test.y[5:6]
    columns = {one.name: one for one in fit.data.inputs.columns}
    for name, value in wanted.items():
        place = list(table.columns).index(name)
        x[0, place] = (value - columns[name].mean) / columns[name].scale
    with torch.no_grad():
        loss = torch.nn.functional.cross_entropy(fit.net.double()(x.double()), y).item()
        fit.net.float()
    said = [row for step in walk["steps"] if step["table"] for row in step["table"]["rows"] if row[0] == "loss"]
    assert float(said[-1][2]) == pytest.approx(loss, rel=1e-3)

    page.tell("walk", split="test", sample=5)
    assert page.last("walk")["steps"] == plain["steps"], "whoever names a sample walks it as in the table"


def test_a_value_that_cannot_be_read_is_said_where_a_step_is_opened(page: Any) -> None:
    wine(page)
    shown = look(page, set={"alcohol": "much"})
    page.tell("walk")
    assert page.messages[-1]["kind"] == "problem"
    assert page.last("problem")["problem"] == cell(page, shown, "alcohol")["problem"]
