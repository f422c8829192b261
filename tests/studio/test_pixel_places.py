"""The pixels that stand on the drawing of a dense net: which they are, where, and that their weights are the net's."""

from __future__ import annotations

import base64
from itertools import combinations
from typing import Any

import numpy as np
import pytest
from browsing import click, enter, ready, until

from neurona.studio import recipe_text
from neurona.studio.pixel_places import SAMPLES, far_apart, place_of

DENSE = '[data]\nname = "digits"\n[net]\nkind = "mlp"\nhidden = [12]\n[fit]\nepochs = 2\n'


def unpack(packed: dict[str, Any]) -> np.ndarray:
    numbers = np.frombuffer(
        base64.b64decode(packed["data"]), {"u8": np.uint8, "f32": "<f4", "f64": "<f8"}[packed["type"]]
    )
    return numbers.reshape(packed["shape"])


def test_the_pixel_that_varies_most_is_there_and_the_others_lie_far_from_each_other() -> None:
    varied = np.random.default_rng(0).random((1, 28, 28))
    varied[0, 9, 17] = 2.0
    places = [place_of(pixel, varied.shape)[1:] for pixel in far_apart(varied, 6)]
    assert len(places) == 6 and (9, 17) in places
    assert all(np.hypot(*np.subtract(a, b)) >= 28 / 3.5 for a, b in combinations(places, 2))
    for a in np.ndindex(28, 28):  # nothing that varies more than the least of them lies free of all of them
        others = [b for b in places if b != a]
        free = all(np.hypot(*np.subtract(a, b)) >= 28 / 3.5 for b in others)
        assert not free or a in places or varied[0][a] <= min(varied[0][b] for b in places)


@pytest.mark.parametrize("shape", [(1, 1, 1), (1, 2, 2), (3, 1, 2), (1, 1, 40)])
def test_small_pictures_show_what_they_have(shape: tuple[int, int, int]) -> None:
    found = far_apart(np.ones(shape), 6)
    assert found == sorted(set(found)) and len(found) == min(6, np.prod(shape)) and max(found) < np.prod(shape)


def test_their_weights_and_their_places_are_told(page: Any) -> None:
    page.tell("toml", text=DENSE)
    page.tell("step")
    scene, frame = page.last("state")["scene"], page.last("frame")["scene"]
    data, net = page.workshop.fit.data, page.workshop.fit.net
    sources, about = scene["net"]["inputs"]["sources"], scene["about"]["pixels"]
    chosen = np.unique(np.linspace(0, len(data.train) - 1, SAMPLES).round().astype(int))
    pictures = data.train.x[chosen, 0].numpy()
    varied = pictures.std(0)
    assert sources == far_apart(varied[None], 6) and (0, *np.unravel_index(varied.argmax(), (8, 8))) in about["places"]
    assert [row * 8 + column for _channel, row, column in about["places"]] == sources
    mean = pictures.mean(0)
    assert np.abs(unpack(about["mean"])[0] / 255 - mean / mean.max()).max() < 0.005
    assert np.array_equal(unpack(frame["weights"][0]["w"]), net.hidden1.weight.detach()[:8, sources].numpy())
    spread = unpack(scene["about"]["spread"]["inputs"]["ends"])
    seen = data.inputs.prepare(data.train.x).flatten(1)[:, sources].numpy()
    assert (spread[:, 0] >= seen.min(0) - 1e-6).all() and (spread[:, 1] <= seen.max(0) + 1e-6).all()


def test_a_weight_set_by_hand_is_that_of_the_pixel(visit: Any) -> None:
    page = ready(visit(f"#{recipe_text.link(DENSE)}"))
    page.find_element("id", "network").send_keys("\ue007")
    until(lambda: page.find_elements("id", "hand-from"), "the first weight is in hand")
    names = "return [...document.querySelectorAll('#hand-from option')].map((one) => one.textContent)"
    assert page.execute_script(names)[0].startswith("pixel in row ")
    enter(page, "#hand-from", "4")
    now = "return Number(document.querySelector('#hand-value').value)"
    before = page.execute_script(now)
    field = page.find_element("id", "hand-value")
    field.clear()
    field.send_keys("-3.25\ue007")
    until(lambda: page.execute_script("return document.querySelector('.remarks')?.textContent"), "it is set")
    enter(page, "#hand-from", "3")
    until(lambda: page.execute_script(now) not in (before, -3.25), "another one")
    enter(page, "#hand-from", "4")
    until(lambda: page.execute_script(now) == -3.25, "it is the weight that was shown")
    page.find_element("id", "hand-value").send_keys("\ue00c")
    click(page, "step")
    until(lambda: page.execute_script("return document.querySelector('#epoch').textContent") == "1", "an epoch is done")
