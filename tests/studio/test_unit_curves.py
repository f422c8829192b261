"""Curves of units along one column, held against the net itself."""

from __future__ import annotations

import base64
from typing import Any

import numpy as np
import torch

from neurona.studio.views.spread import Spread
from neurona.studio.views.unit_curves import POINTS


def unpack(packed: dict[str, Any]) -> np.ndarray:
    numbers = np.frombuffer(
        base64.b64decode(packed["data"]), {"u8": np.uint8, "f32": "<f4", "f64": "<f8"}[packed["type"]]
    )
    return numbers.reshape(packed["shape"])


def opened(page: Any) -> dict[str, Any]:
    """Train boxes for an epoch, and return what stands on the page."""
    page.tell("open", name="boxcar")
    page.tell("step")
    scene: dict[str, Any] = page.last("frame")["scene"]
    return scene


def test_curves_are_what_units_answer_along_the_column(page: Any) -> None:
    shown = opened(page)["unit_curves"]
    about = page.last("state")["scene"]["about"]["unit_curves"]
    data, net = page.workshop.fit.data, page.workshop.fit.net
    column = data.inputs.columns[0]
    x = (np.linspace(about["low"], about["high"], POINTS) - column.mean) / column.scale
    with torch.no_grad():
        answers = net(torch.tensor(x[:, None], dtype=torch.float32)).numpy()
    name = page.last("state")["scene"]["net"]["layers"][-1]["name"]
    (low, high), values = unpack(shown[name]["ends"])[0], unpack(shown[name]["values"])
    assert np.allclose([low, high], [answers.min(), answers.max()], atol=1e-4)
    assert np.allclose(low + values[0] / 255 * (high - low), answers[:, 0], atol=(high - low) / 200)
    assert not Spread.suits(page.workshop.scene.seen)


def test_a_net_that_has_diverged_has_no_curves(page: Any) -> None:
    opened(page)
    with torch.no_grad():
        page.workshop.fit.net.heights.weight[:] = torch.nan
    shown = page.workshop.scene.frame()["unit_curves"]
    assert np.isnan(unpack(shown["heights"]["ends"])).all() and np.isfinite(unpack(shown["boxes"]["ends"])).all()
