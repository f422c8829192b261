"""The data card says what the data were for."""

import pytest

from neurona import language
from neurona.look.datacard import data_card


@pytest.mark.parametrize(
    ("task", "name"), [("multiclass", "predicts"), ("reconstruction", "labels, not shown to the net")]
)
def test_labels_that_the_net_never_sees_are_not_called_its_answer(tmp_path, train_recipe, task, name):
    recipe = {"data": {"name": "wine", "task": task}, "net": {"kind": "mlp", "hidden": [2]}, "fit": {"epochs": 1}}
    facts = dict(data_card(train_recipe(recipe, tmp_path / "run")).facts)
    assert facts[name] == "cultivar"


def test_names_that_files_take_stand_beside_those_of_the_language(tmp_path, train_recipe, monkeypatch):
    class Shouting:
        def gettext(self, message):
            return {"malic_acid": "ácido málico", "class_{number}": "cultivar {number}"}.get(message, message)

    recipe = {"data": {"name": "wine"}, "net": {"kind": "mlp", "hidden": [2]}, "fit": {"epochs": 1}}
    run = train_recipe(recipe, tmp_path / "run")
    assert data_card(run).tables[0].rows[1][0] == "malic_acid"
    monkeypatch.setattr(language, "_chosen", ["es"])
    monkeypatch.setattr(language, "_catalogue", lambda _code: Shouting())
    card = data_card(run)
    assert [row[0] for row in card.tables[0].rows[:3]] == ["alcohol", "malic_acid (ácido málico)", "ash"]
    assert dict(card.facts)["classes"] == "3: class_0 (cultivar 0), class_1 (cultivar 1), class_2 (cultivar 2)"


def test_a_mean_below_zero_is_added_and_not_subtracted_with_two_signs(tmp_path, train_recipe):
    path = tmp_path / "cold.csv"
    path.write_text("t,hot\n" + "".join(f"{-20 + i % 7},{'yes' if i % 7 > 3 else 'no'}\n" for i in range(60)))
    recipe = {"data": {"path": str(path), "target": "hot"}, "net": {"kind": "mlp", "hidden": [2]}, "fit": {"epochs": 1}}
    seen = data_card(train_recipe(recipe, tmp_path / "run")).tables[0].rows[0][2]
    assert seen.startswith("(value + 1") and "−" not in seen and "-" not in seen


def test_the_columns_of_sequences_are_those_that_predict_reads(tmp_path, train_recipe):
    net = {"kind": "sequence-classifier", "hidden": 2}
    recipe = {"data": {"name": "adding-problem", "samples": 40}, "net": net, "fit": {"epochs": 1}}
    run = train_recipe(recipe, tmp_path / "run")
    assert dict(data_card(run).facts)["columns of a table to predict"] == "number0, mark0, number1, mark1, …"


def test_the_symbols_of_a_text_are_listed_once_and_can_be_seen(tmp_path, train_recipe):
    text = tmp_path / "t.txt"
    text.write_text("A line of it.\nAnother one of them.\n" * 60)
    data = {"path": str(text), "window": 20, "stride": 20}
    recipe = {"data": data, "net": {"kind": "sequence-labeller", "hidden": 2}, "fit": {"epochs": 1}}
    facts = dict(data_card(train_recipe(recipe, tmp_path / "run")).facts)
    assert "classes" not in facts and " ␣, " in facts["vocabulary"] and "↵" in facts["vocabulary"]
