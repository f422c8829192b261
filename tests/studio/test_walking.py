"""Walking a training step: the sample chosen by what it is, and the batch that comes next."""

from __future__ import annotations

import base64
import re
from typing import Any

import numpy as np
import pytest
import torch

from neurona.studio import midway

LINE = re.compile(r"new (W|b)(\d)_([\d,]+) = .* = (\S+)")


def unpacked(packed: dict[str, Any]) -> np.ndarray:
    kind = {"u8": np.uint8, "f32": np.float32, "f64": np.float64}[packed["type"]]
    return np.frombuffer(base64.b64decode(packed["data"]), kind).reshape(packed["shape"])


def updates(walk: dict[str, Any]) -> dict[tuple[str, tuple[int, ...]], float]:
    """Return the new weights that a walk through a dense net writes out."""
    found = {}
    for line in (line for step in walk["steps"] for line in step["lines"]):
        if named := LINE.fullmatch(line):
            place = tuple(int(part) - 1 for part in named[3].split(","))
            found[f"{'weight' if named[1] == 'W' else 'bias'} {named[2]}", place] = float(named[4])
    return found


def weights(page: Any) -> dict[str, torch.Tensor]:
    layers = [module for module in page.workshop.fit.net.modules() if isinstance(module, torch.nn.Linear)]
    named = {f"{name} {k}": value for k, layer in enumerate(layers, 1) for name, value in layer.named_parameters()}
    return {name: value.detach().clone() for name, value in named.items()}


def test_the_batch_that_comes_next_is_the_step_that_the_button_then_makes(page: Any) -> None:
    page.tell("batch")
    for _step in range(2):
        page.tell("walk", batch=True)
        walk = page.last("walk")
        assert walk["batch"] == page.workshop.fit.coming().tolist() and walk["sample"] == walk["batch"][0]
        assert np.allclose(unpacked(walk["points"])[0], walk["point"])
        shown = updates(walk)
        page.tell("batch")
        after = weights(page)
        assert len(shown) == 4
        for (name, place), value in shown.items():
            assert value == pytest.approx(float(after[name][place]), rel=1e-4)


def test_where_a_split_is_empty_a_sample_of_train_is_walked(page: Any) -> None:
    page.tell("change", key="data.valid", value=0)
    page.tell("walk", split="valid", sample=3)
    assert (page.last("walk")["split"], page.last("walk")["sample"]) == ("train", 3)


def test_a_sample_of_the_batch_is_walked_and_another_one_is_not_in_it(page: Any) -> None:
    rows = page.workshop.fit.coming().tolist()
    page.tell("walk", batch=True, sample=rows[5])
    assert page.last("walk")["sample"] == rows[5]
    absent = next(row for row in range(len(page.workshop.fit.data.train)) if row not in rows)
    page.tell("walk", batch=True, sample=absent)
    assert page.last("walk")["sample"] == rows[0]


@pytest.mark.parametrize("recipe", ["spiral", "linear-regression"])
def test_a_click_in_the_plane_walks_the_sample_there(page: Any, recipe: str) -> None:
    page.tell("open", name=recipe)
    page.tell("walk", sample=17)
    point = page.last("walk")["point"]
    page.tell("walk", at=[point[0] + 1e-5, point[1] - 1e-5])
    assert page.last("walk")["sample"] == 17
    page.tell("walk", at=["a", None])
    assert page.last("problem")["problem"] == "This is no point of the plane."


def test_the_sample_in_view_is_walked_as_if_where_it_is_none_of_train(page: Any) -> None:
    page.tell("toml", text='[data]\nname = "digits"\n[net]\nkind = "conv"\nlayers = ["conv 2 3", "relu"]')
    page.tell("look", view="picture", sample=7)
    page.tell("walk")
    walk = page.last("walk")
    assert (walk["split"], walk["sample"]) == ("test", 7)
    assert "no step is ever made" in walk["steps"][0]["text"]
    page.tell("walk", batch=True)
    assert page.last("walk")["split"] == "train"


def test_pictures_rows_and_texts_are_shown_to_be_chosen_from(page: Any) -> None:
    page.tell("open", name="digits-cnn1")
    data = page.workshop.fit.data
    page.tell("samples", split="test", **{"class": 3})
    told = page.last("samples")
    assert set(told["labels"]) == {"3"} and told["of"] == int((data.test.y == 3).sum())
    assert np.array_equal(unpacked(told["pictures"]), data.test.x[told["rows"]].numpy())
    page.tell("samples", rows=[5, 2, 10**9, "x"], split="train")
    assert page.last("samples")["rows"] == [5, 2]
    page.tell("samples", **{"from": 10**9})
    assert page.last("samples")["rows"] == [len(data.train) - 1]

    page.tell("open", name="wine")
    page.tell("samples")
    told = page.last("samples")
    from sklearn.datasets import load_wine

    known = {tuple(f"{value:.4g}" for value in row[:4]) for row in load_wine().data}
    assert all(tuple(row) in known for row in told["cells"]) and told["columns"][0] == "alcohol"

    page.tell("open", name="many-to-one")
    page.tell("samples")
    told = page.last("samples")
    assert set(told["labels"]) <= set(page.workshop.fit.data.classes) and " " in told["cells"][0][0]


def test_what_cannot_be_walked_says_why(page: Any) -> None:
    page.tell("open", name="digits-transfer")
    page.tell("walk", batch=True)
    assert "frozen trunk" in page.last("problem")["problem"]


def test_a_step_is_walked_within_an_epoch_and_the_training_stays_as_it_is(
    page: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    recipe = '[data]\nname = "digits"\n[net]\nkind = "conv"\nlayers = ["conv 4 3", "bn", "relu", "dropout 0.2"]\n'
    recipe += "[fit]\nepochs = 2\nbatch = 128\n"
    monkeypatch.setattr(midway, "LOOK", 0.0)
    histories = []
    for words in ((), ({"do": "walk", "batch": True}, {"do": "samples"}, {"do": "play"})):
        page.tell("toml", text=recipe)
        said = iter([None, None, *words])
        page.workshop.midway.hear = lambda seconds, said=said: next(said, None)
        page.train()
        histories.append(page.workshop.fit.history)
    assert page.last("walk")["epoch"] == 0 and page.last("samples")["pictures"]
    assert histories[0] == histories[1]


def test_the_title_of_a_walk_is_of_one_language(page: Any) -> None:
    page.tell("language", language="es")
    page.tell("walk", split="test", sample=2)
    assert page.last("walk")["title"].endswith("sobre la muestra 2 de prueba")
