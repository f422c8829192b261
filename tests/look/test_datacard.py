"""The data card says what the data were for."""

import pytest

from neurona.look.datacard import data_card


@pytest.mark.parametrize(
    ("task", "name"), [("multiclass", "predicts"), ("reconstruction", "labels, not shown to the net")]
)
def test_labels_that_the_net_never_sees_are_not_called_its_answer(tmp_path, train_recipe, task, name):
    recipe = {"data": {"name": "wine", "task": task}, "net": {"kind": "mlp", "hidden": [2]}, "fit": {"epochs": 1}}
    facts = dict(data_card(train_recipe(recipe, tmp_path / "run")).facts)
    assert facts[name] == "cultivar"
