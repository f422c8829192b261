"""A recipe that takes its weights from another one: that is trained first, in sight of the page, which may leave it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file

from neurona import pretrained
from neurona.recipe import Recipe
from neurona.studio import recipe_text
from neurona.studio.visitor import Visitor

WANTED = """
name = "moved"
[data]
name = "digits"
samples = 200
classes = ["7", "8"]
[net]
kind = "transfer"
trunk = { kind = "conv", layers = ["conv 4 3", "bn", "relu", "pool 2"] }
weights = "recipe:first"
[fit]
epochs = 1
"""
FIRST: dict[str, Any] = {
    "name": "first",
    "title": "Digits",
    "data": {"name": "digits", "samples": 200, "classes": ["0", "1", "2"]},
    "net": {"kind": "conv", "layers": ["conv 4 3", "bn", "relu", "pool 2"]},
    "fit": {"epochs": 4, "batch": 10},
}


@pytest.fixture
def weights(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the folder of weights, which is empty; the recipe `first` is one of the package."""
    monkeypatch.setenv("NEURONA_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(pretrained, "_from_the_beginning", lambda _name: Recipe.of(FIRST))
    monkeypatch.setattr("neurona.studio.recipe_text.names", lambda: ["first"])
    monkeypatch.setattr("neurona.studio.beforehand.LOOK", 0.0)
    return tmp_path / "data" / "weights"


def hearing(page: Any, *commands: Mapping[str, Any] | None) -> None:
    """Let a page say these, one by one, while something is trained first; None: nothing for a while."""
    left = list(commands)
    page.workshop.midway.hear = lambda _seconds: left.pop(0) if left else None


def waits(page: Any) -> list[dict[str, Any]]:
    return [message for message in page.messages if message["kind"] == "wait"]


def test_it_is_trained_in_sight_and_to_the_same_weights_as_without_a_page(page: Any, weights: Path) -> None:
    hearing(page)
    page.tell("toml", text=WANTED)
    first, *_between, last = waits(page)
    assert first["text"] == "The recipe first is trained first, for its weights: Digits. It is done once."
    shares = [message["share"] for message in waits(page)[:-1]]
    assert shares == sorted(shares) and len(set(shares)) > 8
    assert last["text"] == ""
    assert page.last("state")["recipe"]["name"] == "moved"
    (file,) = weights.iterdir()
    alone = Recipe.of(FIRST).start()
    for _epoch in alone:
        pass
    for name, value in load_file(file).items():
        assert torch.equal(value, alone.net.state_dict()[name])


def test_whoever_does_not_wait_goes_on_with_what_was_there(page: Any, weights: Path) -> None:
    page.tell("step")
    hearing(page, {"do": "drawn"}, {"do": "stop"})
    page.tell("toml", text=WANTED)
    assert waits(page)[-1]["text"] == ""
    assert (page.last("state")["recipe"]["name"], page.last("frame")["epoch"]) == ("spiral", 1)
    assert not list(weights.parent.rglob("*.safetensors"))
    page.tell("step")
    assert page.last("frame")["epoch"] == 2


def test_a_training_goes_on_when_another_recipe_is_not_waited_for_or_is_wrong(page: Any, weights: Path) -> None:
    page.tell("play")
    hearing(page, {"do": "stop"})
    page.tell("link", link=recipe_text.link(WANTED))
    assert page.workshop.running and page.last("frame")["running"]
    page.tell("link", link=recipe_text.link('[data]\nname = "moons"\nsamples = 2\n[net]\nkind = "mlp"\n'))
    assert "data.samples" in page.last("problem")["problem"] and page.workshop.running
    page.tell("open", name="moons")
    assert not page.workshop.running and not page.last("frame")["running"]


def test_another_recipe_is_opened_at_once(page: Any, weights: Path) -> None:
    hearing(page, {"do": "open", "name": "moons"})
    page.tell("toml", text=WANTED)
    assert page.last("state")["recipe"]["name"] == "moons"


def test_a_page_that_is_loaded_anew_is_told_how_far_it_is(page: Any, weights: Path) -> None:
    hearing(page, {"do": "back", "language": "es"})
    said = page.tell("toml", text=WANTED)
    assert [message["kind"] for message in said[:5]] == ["wait", "offers", "state", "frame", "wait"]
    assert json.dumps(said[2]).count("spiral") and page.last("state")["recipe"]["name"] == "moved"


@pytest.mark.parametrize("there", [True, False])
def test_the_language_changes_while_it_is_waited_for(page: Any, folder: Path, weights: Path, there: bool) -> None:
    page = page if there else type(page)(folder)
    hearing(page, {"do": "language", "language": "es"}, None, {"do": "stop"})
    page.tell("toml", text=WANTED) if there else page.tell("hello", language="en", link=recipe_text.link(WANTED))
    texts = [message["text"] for message in waits(page)]
    assert texts[0].startswith("The recipe first") and texts[1].startswith("Primero se entrena la receta first")
    assert "exactitud" in page.last("offers")["metrics"].values()


def test_a_link_is_waited_for_with_no_net_there_and_may_be_left(page: Any, folder: Path, weights: Path) -> None:
    page = type(page)(folder)
    hearing(page, {"do": "back", "language": "en"}, {"do": "stop"})
    page.tell("hello", language="en", link=recipe_text.link(WANTED))
    assert page.last("state")["recipe"]["name"] == "spiral"
    assert [message["kind"] for message in page.messages[:4]] == ["offers", "wait", "offers", "wait"]


@pytest.mark.parametrize(
    ("wanted", "there"),
    [
        ({"do": "link", "link": recipe_text.link('[data]\nname = "moons"\n[net]\nkind = "linear"\n')}, "moons"),
        ({"do": "open", "name": "mooons"}, "spiral"),
        ({"do": "toml", "text": "[data]\nname = 1\n"}, "spiral"),
    ],
)
def test_there_is_a_net_whatever_is_wanted_before_the_first_one(
    page: Any, folder: Path, weights: Path, wanted: dict[str, Any], there: str
) -> None:
    page = type(page)(folder)
    hearing(page, wanted)
    page.tell("hello", language="en", link=recipe_text.link(WANTED))
    assert page.last("state")["recipe"]["data"] == there
    assert any(message["kind"] == "problem" for message in page.messages) == (there == "spiral")


def test_a_net_that_diverges_on_the_way_leaves_the_first_recipe(page: Any, folder: Path, weights: Path) -> None:
    page = type(page)(folder)
    with pytest.MonkeyPatch.context() as patched:
        patched.setitem(FIRST, "fit", {"epochs": 4, "lr": 1e30, "optimizer": "sgd"})
        page.tell("hello", language="en", link=recipe_text.link(WANTED))
    assert page.last("state")["recipe"]["name"] == "spiral" and page.last("problem")["problem"]


def test_whoever_waits_for_weights_is_not_idle() -> None:
    async def lesson() -> list[bool]:
        visitor = Visitor(lambda _message: None)
        trains = []
        for text in ("The recipe first is trained first.", ""):
            visitor._hear({"kind": "wait", "text": text, "share": 0.5, "left": None})
            trains.append(visitor.trains)
        visitor.leave()
        visitor.wait()
        return trains

    assert asyncio.run(lesson()) == [True, False]


def test_a_mistake_in_the_recipe_itself_is_found_before(page: Any, weights: Path) -> None:
    hearing(page)
    page.tell("toml", text=WANTED.replace("epochs = 1", 'monitor = "valid.nothing"'))
    assert "valid.nothing" in page.last("problem")["problem"]
    assert [message["share"] for message in waits(page)] == [0, 0]
