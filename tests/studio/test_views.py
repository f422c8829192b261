"""What the views show is what the net computes."""

from __future__ import annotations

import base64
from typing import Any

import numpy as np
import pytest
import torch
from torch.nn import functional

from neurona.data import load
from neurona.studio.views.pen import Pen


def unpack(packed: dict[str, Any]) -> np.ndarray:
    numbers = np.frombuffer(base64.b64decode(packed["data"]), {"u8": np.uint8, "f32": "<f4"}[packed["type"]])
    return numbers.reshape(packed["shape"])


def values(packed: dict[str, Any], reach: float) -> np.ndarray:
    """Return signed numbers, exact to half a step of their 254."""
    return (unpack(packed).astype(float) - 128) / 127 * reach


def pack(picture: np.ndarray) -> dict[str, Any]:
    data = base64.b64encode(picture.astype(np.uint8).tobytes()).decode()
    return {"type": "u8", "shape": list(picture.shape), "data": data}


def opened(page: Any, recipe: str, view: str, **wish: Any) -> dict[str, Any]:
    """Open a recipe, train it for an epoch, and return what a view shows."""
    page.tell("open", name=recipe)
    page.tell("step")
    return look(page, view, **wish)


def look(page: Any, view: str, **wish: Any) -> dict[str, Any]:
    page.tell("look", view=view, **wish)
    shown: dict[str, Any] = page.messages[-1]
    assert shown["kind"] == "looked", shown
    return shown["shown"]


def layer(shown: dict[str, Any], name: str) -> dict[str, Any]:
    return next(one for one in shown["layers"] if one["name"] == name)


# ---------------------------------------------------------------------- which views there are


def test_only_the_view_in_sight_and_those_beside_it_are_computed(page: Any) -> None:
    assert set(page.last("frame")["scene"]) == {"surface", "units", "confusion", "in_sight", "weights"}
    look(page, "confusion")
    page.tell("step")
    assert set(page.last("frame")["scene"]) == {"units", "confusion", "in_sight", "weights"}


def test_what_was_looked_at_stays_in_sight_when_training_starts_anew(page: Any) -> None:
    opened(page, "digits-cnn2", "picture", sample=7)
    page.tell("look", view="confusion")
    page.tell("reset")
    assert page.last("frame")["scene"]["in_sight"] == "confusion"
    assert look(page, "picture")["sample"] == 7
    page.tell("look", view="confusion")
    page.tell("open", name="moons")
    assert page.last("state")["scene"]["in_sight"] == "confusion"


@pytest.mark.parametrize(
    "wish",
    [
        {"view": "surfase"},
        {"view": "units"},
        {},
        {"view": "picture", "sample": 10**6},
        {"view": "picture", "sample": "first"},
        {"view": "picture", "class": 10},
        {"view": "pad", "ink": {"shape": [9, 9], "data": "AAAA"}},
        {"view": "pad", "ink": "a seven"},
        {"view": "pad", "ink": {"shape": [100000, 100000], "data": ""}},
    ],
)
def test_what_cannot_be_seen_is_told(page: Any, wish: dict[str, Any]) -> None:
    opened(page, "digits-cnn2", "picture", sample=3)
    page.tell("look", **wish)
    assert page.messages[-1]["kind"] == "problem" and page.messages[-1]["hint"]
    assert look(page, "picture")["sample"] == 3


# ---------------------------------------------------------------------- pictures


def test_maps_kernels_and_shares_are_those_of_the_net(page: Any) -> None:
    shown = opened(page, "digits-cnn2", "picture", sample=5)
    fit = page.workshop.fit
    x = fit.data.test.x[5:6].float() / 255
    assert np.array_equal(unpack(shown["picture"])[0], fit.data.test.x[5, 0])
    state = fit.net.state_dict()
    conv1 = functional.conv2d(x, state["conv1.weight"], state["conv1.bias"], padding=2)[0]
    about = layer(shown, "conv1")
    assert about["reach"] == pytest.approx(float(conv1.abs().max()), rel=1e-5)
    assert np.allclose(values(about["maps"], about["reach"]), conv1, atol=about["reach"] / 200)
    about = layer(shown, "relu1")
    assert np.allclose(values(about["maps"], about["reach"]), conv1.relu(), atol=about["reach"] / 200)
    kernels = state["conv2.weight"].mean(1)
    most = kernels.abs().amax((1, 2), keepdim=True)
    assert np.allclose(values(layer(shown, "conv2")["kernels"], 1.0), kernels / most, atol=0.005)
    fit.net.eval()
    logits = fit.net(x).detach()
    assert np.allclose(values(layer(shown, "output")["units"], float(logits.abs().max())), logits[0], atol=0.1)
    assert shown["shares"] == pytest.approx(logits.softmax(1)[0].tolist(), abs=1e-5)
    assert shown["truth"] == int(fit.data.test.y[5])


def test_the_weights_of_a_dense_net_are_pictures(page: Any) -> None:
    shown = opened(page, "digits-mlp", "picture")
    weight = page.workshop.fit.net.hidden1.weight.detach()[:40]
    pictures = (weight / weight.abs().amax(1, keepdim=True)).reshape(-1, 8, 8)
    assert np.allclose(values(layer(shown, "hidden1")["kernels"], 1.0), pictures, atol=0.005)


def test_samples_are_leafed_through_one_class_at_a_time(page: Any) -> None:
    shown = opened(page, "digits-cnn2", "picture")
    y = page.workshop.fit.data.test.y.numpy()
    threes = np.flatnonzero(y == 3)
    assert look(page, "picture", **{"class": 3})["sample"] == threes[threes >= shown["sample"]][0]
    look(page, "picture", sample=int(threes[0]))
    assert look(page, "picture", move=1)["sample"] == threes[1]
    assert look(page, "picture", move=-2)["sample"] == threes[-1]
    assert look(page, "picture", **{"class": None}, move=1)["sample"] == (threes[-1] + 1) % len(y)


def test_looking_while_it_trains_changes_no_number(page: Any) -> None:
    for looking in (False, True):
        page.tell("open", name="digits-gan")
        page.tell("change", key="fit.epochs", value=2)
        while not page.workshop.fit.ended:
            page.tell("step")
            for tab in page.last("state")["scene"]["tabs"] if looking else ():
                page.tell("look", view=tab)
        if not looking:
            alone = page.workshop.fit.history
    assert [row["train_generator_loss"] for row in page.workshop.fit.history] == [
        row["train_generator_loss"] for row in alone
    ]


# ---------------------------------------------------------------------- the pad


def test_a_drawing_is_placed_as_the_digits_of_the_data(page: Any) -> None:
    shown = opened(page, "digits-cnn2", "pad")
    assert shown["blank"]
    ink = np.zeros((140, 140), np.uint8)
    ink[20:100, 95:107] = 255  # a one, small and far from the middle
    shown = look(page, "pad", ink=pack(ink))
    seen = unpack(shown["picture"])[0]
    rows, columns = np.nonzero(seen > 25)
    assert rows.min() == 0 and rows.max() == 7  # it fills the height, as those of the data do
    assert columns.mean() == pytest.approx(3.5, abs=0.6)
    net = page.workshop.fit.net.eval()
    answer = net(torch.from_numpy(seen.astype(np.float32) / 255)[None, None]).softmax(1)[0]
    assert shown["shares"] == pytest.approx(answer.tolist(), abs=1e-5)
    page.tell("step")
    assert not look(page, "pad")["blank"]
    assert look(page, "pad", ink=None)["blank"]


def test_the_pen_finds_how_pictures_were_cut() -> None:
    digits = Pen.of(load("digits"))
    assert (digits.extent, digits.by_mass, digits.dark) == (8.0, False, False)


def test_a_digit_moved_and_enlarged_comes_back() -> None:
    data = load("digits")
    pen = Pen.of(data)
    x = data.test.x[:50].float()
    large = functional.interpolate(x, (48, 48), mode="nearest")
    canvas = torch.zeros(50, 140, 140)
    canvas[:, 10:58, 70:118] = large[:, 0]
    again = torch.cat([pen.picture(one.numpy().astype(np.uint8)) for one in canvas]).float()
    correlations = [np.corrcoef(a.flatten(), b.flatten())[0, 1] for a, b in zip(x, again, strict=True)]
    assert np.median(correlations) > 0.95
