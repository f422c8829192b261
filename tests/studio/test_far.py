"""Columns and values far from zero, such as seconds since 1970, are shown with all their digits."""

from __future__ import annotations

import base64
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch

BEGIN, ROWS = 1_700_000_000, 200


def unpack(packed: dict[str, Any]) -> np.ndarray:
    assert packed["type"] == "f64", "float32 has steps of 128 there"
    return np.frombuffer(base64.b64decode(packed["data"]), "<f8").reshape(packed["shape"])


@pytest.fixture
def far(page: Any) -> pd.DataFrame:
    """Return a table of a moment a minute, with half a second, that a net is trained on for an epoch."""
    moments = BEGIN + 60 * np.arange(ROWS) + 0.5
    table = pd.DataFrame({"when": moments, "next": moments + 30.25})
    table.to_csv("seconds.csv", index=False)
    page.tell("table", file="seconds.csv", target="next", features=None)
    page.tell("step")
    return table


def look(page: Any, view: str, **wish: Any) -> dict[str, Any]:
    page.tell("look", view=view, **wish)
    shown: dict[str, Any] = page.messages[-1]["shown"]
    return shown


def by_hand(page: Any, moments: np.ndarray) -> np.ndarray:
    """Return what the net answers to moments, with the ways there and back in float64."""
    data = page.workshop.fit.data
    (column,), target = data.inputs.columns, data.target
    z = torch.tensor(((moments - column.mean) / column.scale)[:, None], dtype=torch.float32)
    with torch.no_grad():
        outputs = page.workshop.fit.net(z).double().numpy()[:, 0]
    return outputs * target.scale[0] + target.mean[0]


def test_points_far_from_zero_are_where_their_values_are(page: Any, far: pd.DataFrame) -> None:
    splits = page.last("state")["scene"]["points"]["splits"]
    for split in splits.values():
        when, then = unpack(split["x"])[:, 0], unpack(split["y"])
        assert np.isin(when.round(2), far["when"]).all() and np.abs(then - when - 30.25).max() < 0.01


def test_predicted_against_true_values_far_from_zero(page: Any, far: pd.DataFrame) -> None:
    points = unpack(look(page, "values", sample=3)["points"]["train"])
    assert np.isin(points[:, 0].round(2), far["next"]).all()
    assert np.abs(points[:, 1] - by_hand(page, points[:, 0].round(2) - 30.25)).max() < 0.01


def test_a_row_far_from_zero_is_told_and_answered_with_all_digits(page: Any, far: pd.DataFrame) -> None:
    shown = look(page, "whatif", sample=3)
    (cell,) = shown["cells"]
    assert float(cell["text"]) in set(far["when"])
    assert shown["answer"][0] == pytest.approx(by_hand(page, np.array([float(cell["text"])]))[0], abs=0.01)
    (field,) = page.last("state")["scene"]["about"]["whatif"]["fields"]
    assert {field["low"], field["high"]} <= set(far["when"])


def test_the_curve_far_from_zero_is_what_the_net_answers(page: Any, far: pd.DataFrame) -> None:
    points = page.last("state")["scene"]["points"]
    curve = unpack(page.last("frame")["scene"]["line"]["values"])[0]
    moments = np.linspace(points["low"][0], points["high"][0], len(curve))
    assert np.abs(curve - by_hand(page, moments)).max() < 0.01
