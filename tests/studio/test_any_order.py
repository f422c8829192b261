"""Commands in any order, between two epochs and within one: what the page was told last is what the workshop has."""

from __future__ import annotations

import json
import random
from typing import Any

import pytest
import torch

from neurona.files import jsonable
from neurona.studio import midway, recipe_text
from neurona.studio.controls import controls

POINTS = [[round(0.1 * i - 0.6, 3), 0.5 * k, k] for k in (0, 1) for i in range(12)]
CHANGES = [
    ("fit.lr", 0.003),
    ("fit.lr", 1e30),
    ("fit.lr", "much"),
    ("fit.batch", 16),
    ("fit.optimizer", "sgd"),
    ("fit.epochs", 7),
    ("fit.seed", 3),
    ("net.hidden", [4, 3]),
    ("net.hidden", [0]),
    ("data.name", "moons"),
    ("data.features", ["x1", "x2", "x1*x2"]),
]


def a_command(page: Any, chance: random.Random) -> dict[str, Any]:
    key, value = chance.choice(CHANGES)
    plain = ["play", "play", "pause", "step", "batch", "batch", "reset", "pin", "walk", "drawn"]
    others: list[dict[str, Any]] = [
        {"do": "change", "key": key, "value": value},
        {"do": "points", "points": [*POINTS, [0.05 * chance.randrange(9), 0.9, 1]]},
        {"do": "link", "link": page.first},
        {"do": "toml", "text": page.workshop.text + chance.choice(["", "# a word", "[x"])},
        {"do": "back", "language": "en", "link": page.first, "known": True},
        {"do": "language", "language": chance.choice(["en", "es"])},
        {"do": "look", "view": chance.choice(["surface", "distributions", "nothing"])},
        {"do": "seeds", "count": chance.choice([1, 3])},
        {"do": "take", "what": "recipe"},
        {"do": "open", "name": chance.choice(["spiral", "xor", "nothing"])},
    ]
    return {"do": chance.choice(plain)} if chance.random() < 0.5 else chance.choice(others)


def rest(page: Any) -> None:
    """Pause, where it trains, and let all be told."""
    page.workshop.midway.hear = lambda seconds: None if seconds is not None else {"do": "play"}
    page.tell("seeds", count=1)
    if page.workshop.running:
        page.tell("pause")
    while page.workshop.wait() is not None:
        page.workshop.turn()


def told(page: Any) -> dict[str, Any]:
    """Return what a page shows that has heard all messages."""
    rows: list[Any] = []
    for frame in (message for message in page.messages if message["kind"] == "frame"):
        rows = [] if frame["first"] == 0 else rows
        assert frame["first"] == len(rows), "no row is told twice, and none is left out"
        rows += frame["rows"]
    state, frame = page.last("state"), page.last("frame")
    values = {one["key"]: one["value"] for part in state["controls"].values() for one in part}
    now = {name: frame[name] for name in ("epoch", "epochs", "running", "ended")}
    about = {"text": state["recipe"]["toml"], "link": state["recipe"]["link"], "samples": state["scene"]["samples"]}
    return {**about, **now, "steps": tuple(frame["steps"]), "rows": rows, "controls": values, "weights": weights(frame)}


def there(page: Any) -> dict[str, Any]:
    """Return the same as the workshop has it."""
    shop, fit = page.workshop, page.workshop.fit
    values = {one["key"]: one["value"] for part in controls(shop.recipe, fit).values() for one in part}
    now = {"epoch": fit.epoch, "epochs": shop.recipe.fit.epochs, "running": shop.running, "ended": fit.ended}
    samples = {name: len(getattr(fit.data, name)) for name in ("train", "valid", "test")}
    about = {"text": shop.text, "link": shop.telling.link, "samples": samples}
    with torch.inference_mode():
        drawn = {"scene": {"weights": shop.scene.seen.drawing.weights()}}
    rows = [jsonable(row) for row in fit.history]
    return {**about, **now, "steps": fit.steps, "rows": rows, "controls": values, "weights": weights(drawn)}


def weights(frame: dict[str, Any]) -> str:
    return json.dumps(jsonable(frame["scene"]["weights"]))


@pytest.mark.parametrize("seed", range(4))
def test_the_page_was_told_what_there_is(page: Any, monkeypatch: pytest.MonkeyPatch, seed: int) -> None:
    monkeypatch.setattr(midway, "LOOK", 0.0)
    chance = random.Random(seed)
    page.first = page.last("state")["recipe"]["link"]
    page.tell("speed", speed="full")

    def hear(seconds: float | None) -> dict[str, Any] | None:
        return a_command(page, chance) if seconds is None or chance.random() < 0.02 else None

    for _round in range(12):
        page.workshop.midway.hear = hear
        for _command in range(3):
            page.workshop.handle(a_command(page, chance))
            page.workshop.turn()
        rest(page)
        assert told(page) == there(page)
        text = page.workshop.text
        assert recipe_text.admitted(recipe_text.read(text), text).to_dict() == page.workshop.recipe.to_dict()
    assert not [message for message in page.messages if message["kind"] == "fault"]
