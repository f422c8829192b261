"""What pictures say in words to those who do not see them, held against the numbers of a session of its own."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from browsing import choose, click, enter, ready, text, until

from neurona import language
from neurona.studio.workshop import Workshop

Visit = Callable[..., Any]

CHANGES = """
const it = document.getElementById(arguments[0]);
window.told = [];
new MutationObserver(() => window.told.push(performance.now())).observe(it, { attributeFilter: ["aria-label"] });
"""


@pytest.fixture
def page(visit: Visit) -> Any:
    return ready(visit())


class Session:
    """A session beside that of the page, with the same recipe and seed: untrained, both are the same."""

    def __init__(self, folder: Path) -> None:
        language.use("en")
        self.workshop = Workshop(folder, lambda message: None)
        self.workshop.handle({"do": "hello", "language": "en"})

    def shown(self, recipe: str, view: str) -> Any:
        self.workshop.handle({"do": "open", "name": recipe})
        return self.workshop.scene.look({"view": view})


@pytest.fixture
def session(folder: Path) -> Session:
    return Session(folder)


def numbers(packed: dict[str, Any]) -> np.ndarray:
    kind = {"u8": np.uint8, "f32": np.float32, "f64": np.float64}[packed["type"]]
    return np.frombuffer(base64.b64decode(packed["data"]), kind).reshape(packed["shape"])


def opened(page: Any, recipe: str, view: str) -> None:
    choose(page, recipe)
    until(lambda: text(page, "#recipes span") == recipe, f"{recipe} is open")
    click(page, f"tab-{view}")


def said(page: Any, canvas: str) -> str:
    found = until(lambda: page.find_elements("id", canvas), f"{canvas} is there")
    return str(found[0].get_attribute("aria-label"))


def test_gates_say_how_high_they_are_and_when_they_are_highest(page: Any, session: Session) -> None:
    opened(page, "gru", "gates")
    words = said(page, "gates")
    for kept in session.shown("gru", "gates")["maps"]:
        values = numbers(kept["values"]).astype(float)
        values = values / 255 if kept["gate"] else np.abs(values - 128) / 127 * kept["reach"]
        kind = "mean (\\S+) over 50 steps, highest" if kept["gate"] else "mean size (\\S+) over 50 steps, largest"
        mean, most = re.search(f"{kept['title'].split(':')[0]}: {kind} at step (\\d+)", words).groups()  # type: ignore[union-attr]
        assert float(mean) == pytest.approx(values.mean(), rel=0.06)
        assert int(most) - 1 == values.mean(0).argmax()


def test_new_samples_say_how_bright_they_are_and_how_they_differ(page: Any, session: Session) -> None:
    opened(page, "digits-vae", "samples")
    pictures = numbers(session.shown("digits-vae", "samples")["pictures"]) / 255
    words = said(page, "samples")
    bright, apart = map(float, re.search(r"brightness of (\S+) between .* differs by (\S+)", words).groups())  # type: ignore[union-attr]
    assert words.startswith(f"New samples. {len(pictures)} pictures")
    assert bright == pytest.approx(pictures.mean(), rel=0.06) and apart == pytest.approx(
        pictures.std(0).mean(), rel=0.06
    )


def test_distributions_say_the_deviation_of_each_layer(page: Any, session: Session) -> None:
    opened(page, "wine", "distributions")
    words = said(page, "distributions")
    session.shown("wine", "distributions")
    layers = {
        name: part for name, part in session.workshop.fit.net.named_modules() if isinstance(part, torch.nn.Linear)
    }
    assert len(layers) == 4
    for name, layer in layers.items():
        told = re.search(rf"{name}: Weights σ (\S+), Activations σ", words)
        assert told and float(told[1]) == pytest.approx(layer.weight.detach().std(correction=0).item(), rel=0.06)


def test_the_latent_plane_and_the_pad_say_what_is_held_and_answered(page: Any) -> None:
    opened(page, "digits-vae", "latent")
    first = until(lambda: text(page, "#latent-says"), "the plane speaks")
    nearest = text(page, ".two figure:nth-child(2) figcaption").rpartition(": ")[2]
    assert "principal component 1" in first and first.endswith(f"true class: {nearest}.")
    page.execute_script("document.getElementById('latent').focus()")
    page.switch_to.active_element.send_keys("\ue012" * 6)  # to the left
    moved = until(lambda: (now := text(page, "#latent-says")) != first and now, "it tells of the move")
    across = [float(re.search(r"The cross is at (\S+),", words)[1]) for words in (first, moved)]  # type: ignore[index]
    assert across[1] < across[0]

    opened(page, "digits-cnn2", "pad")
    until(lambda: text(page, ".invite"), "the pad is there")
    assert text(page, "#pad-says") == ""
    page.execute_script("document.getElementById('pad').focus()")
    page.switch_to.active_element.send_keys(" ", *["\ue015"] * 12, " ")  # a stroke downwards
    words = until(lambda: text(page, "#pad-says"), "the pad speaks")
    best = text(page, ".shares .best th")
    assert words.startswith(f"The net answers {best} (")


def test_words_come_now_and_then_while_it_trains(page: Any) -> None:
    opened(page, "wine", "distributions")
    before = said(page, "distributions")
    page.execute_script(CHANGES, "distributions")
    enter(page, "#speed", "slow")
    begun = page.execute_script("return performance.now()")
    click(page, "play")
    until(lambda: len(page.execute_script("return told")) >= 2, "it has told twice")
    times = page.execute_script("return told")
    assert times[0] - begun >= 2500 and times[1] - times[0] >= 2500
    click(page, "play")
    until(lambda: text(page, "#word") == "paused" and said(page, "distributions") != before, "at rest it tells at once")
