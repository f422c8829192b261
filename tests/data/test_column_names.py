"""Columns and targets of our own data are translated; those of a person's own table stand as they are."""

from __future__ import annotations

from pathlib import Path

import pytest

from neurona import load
from neurona.data import class_names as classes
from neurona.data import column_names as columns
from neurona.data.cifar import CLASSES as THINGS
from neurona.data.column_names import TRANSLATED, column_names, spoken_columns, target_names
from neurona.data.images import CLOTHES

DOWNLOADED = ("mnist", "fashion-mnist", "cifar10")


@pytest.fixture(autouse=True)
def foreign(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (classes, columns):
        monkeypatch.setattr(module, "_", lambda text: f"¡{text}!")


def test_what_is_read_and_predicted_of_sequences_is_translated() -> None:
    data = load("adding-problem")
    assert column_names(data.inputs.names, data) == ("¡number!", "¡mark!")
    assert target_names(data) == ("¡sum!",)


def test_a_column_of_a_table_of_ones_own_keeps_its_name(tmp_path: Path) -> None:
    rows = "\n".join(f"{i},{i % 2},{i}" for i in range(40))
    (tmp_path / "own.csv").write_text(f"number,mark,sum\n{rows}\n")
    data = load(tmp_path / "own.csv", target="sum")
    assert column_names(data.inputs.names, data) == ("number", "mark") and target_names(data) == ("sum",)


def test_patterns_of_names_are_translated_in_their_parts() -> None:
    assert spoken_columns(["worst radius", "area error"], "breast-cancer") == ("¡worst ¡radius!!", "¡¡area! error!")
    assert spoken_columns(["word 3", "topic 2"], "multilabel") == ("¡word 3!", "¡topic 2!")
    assert spoken_columns(["area_m2^2", "x1"], "houses") == ("area_m2^2", "x1")


@pytest.mark.parametrize(
    ("dataset", "target", "names"), [("fashion-mnist", "article", CLOTHES), ("cifar10", "object", THINGS)]
)
def test_what_is_on_pictures_is_translated(dataset: str, target: str, names: tuple[str, ...]) -> None:
    assert classes.spoken(names, dataset) == tuple(f"¡{name}!" for name in names)
    assert spoken_columns([target], dataset) == (f"¡{target}!",)
    assert classes.spoken(names, None) == names and spoken_columns([target], None) == (target,)


@pytest.mark.parametrize("name", [name for name in TRANSLATED if name not in DOWNLOADED])
def test_no_two_columns_are_called_the_same_and_targets_are_translated(name: str) -> None:
    data = load(name)
    names = [name for name in data.inputs.names if not name.startswith("pixel")]
    assert len(set(column_names(names, data))) == len(names)
    if data.task != "multilabel":
        assert target_names(data)[0].startswith("¡")
