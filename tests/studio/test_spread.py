"""The histograms on the drawing of a net, held against NumPy's of what the net answers."""

from __future__ import annotations

import base64
import copy
from typing import Any

import numpy as np
import pytest
import torch

from neurona.look.style import thinned
from neurona.studio.views.spread import BARS, SAMPLES, Spread, histograms


def unpack(packed: dict[str, Any]) -> np.ndarray:
    numbers = np.frombuffer(
        base64.b64decode(packed["data"]), {"u8": np.uint8, "f32": "<f4", "f64": "<f8"}[packed["type"]]
    )
    return numbers.reshape(packed["shape"])


def opened(page: Any, recipe: str, **changes: Any) -> dict[str, Any]:
    """Open a recipe, train it for an epoch, and return the histograms of its layers."""
    page.tell("open", name=recipe)
    if changes:
        page.tell("change", changes={key.replace("__", "."): value for key, value in changes.items()}, key="net.kind")
    page.tell("step")
    shown: dict[str, Any] = page.last("frame")["scene"]["spread"]
    return shown


def seen(page: Any) -> tuple[torch.Tensor, np.ndarray]:
    """Return the samples that histograms are of, and their classes or labels."""
    data = page.workshop.fit.data
    chosen = thinned(len(data.train), SAMPLES)
    return data.inputs.prepare(data.train.x[chosen]), data.train.y[chosen].numpy()


def assert_spread(shown: dict[str, Any], values: np.ndarray, parts: list[np.ndarray]) -> None:
    """Hold histograms against those of `values`, `(n, units)`, with a mask `(n,)` or `(n, units)` for each part."""
    bars, ends = unpack(shown["bars"]), unpack(shown["ends"])
    assert bars.shape == (values.shape[1], len(parts), BARS)
    assert np.allclose(ends, np.stack([values.min(0), values.max(0)], axis=1), atol=1e-5)
    for unit, column in enumerate(values.T):
        for part, mask in enumerate(parts):
            mine = mask if mask.ndim == 1 else mask[:, unit]
            wanted, _edges = np.histogram(column[mine], BARS, (column.min(), column.max()))
            # A number at the edge of two bars may be rounded into the other one.
            assert bars[unit, part].sum() == mine.sum() and np.abs(bars[unit, part] - wanted).sum() <= 4


def test_what_units_answer_is_counted_by_class(page: Any) -> None:
    shown = opened(page, "wine")
    x, y = seen(page)
    masks = [y == k for k in range(3)]
    weights = {name: value.double().numpy() for name, value in page.workshop.fit.net.state_dict().items()}
    values = x.double().numpy()
    assert_spread(page.last("state")["scene"]["about"]["spread"]["inputs"], values[:, :6], masks)
    for name in ("hidden1", "hidden2", "hidden3", "output"):
        values = values @ weights[f"{name}.weight"].T + weights[f"{name}.bias"]
        values = values if name == "output" else np.maximum(values, 0)
        assert shown[name]["by"] == "class"
        assert_spread(shown[name], values, masks)


def test_units_answer_as_they_are_judged_without_dropout_and_with_the_collected_means(page: Any) -> None:
    shown = opened(page, "wine", net__dropout=0.5, net__batch_norm=True)
    x, y = seen(page)
    net = copy.deepcopy(page.workshop.fit.net).eval()
    assert any(isinstance(module, torch.nn.BatchNorm1d) for module in net)
    assert_spread(shown["output"], net(x).detach().numpy(), [y == k for k in range(3)])


def test_of_two_classes_the_one_output_has_both(page: Any) -> None:
    shown = opened(page, "perceptron")
    x, y = seen(page)
    answers = page.workshop.fit.net(x).detach().numpy()
    assert_spread(shown["output"], answers, [y[:, 0] == k for k in (0, 1)])


def test_each_label_has_the_samples_with_it_and_without(page: Any) -> None:
    shown = opened(page, "multilabel")
    x, y = seen(page)
    assert shown["hidden1"]["by"] == "all" and shown["output"]["by"] == "own"
    assert_spread(shown["output"], page.workshop.fit.net(x).detach().numpy(), [y < 0.5, y > 0.5])


def test_of_more_classes_than_colours_each_output_has_its_own(page: Any) -> None:
    shown = opened(page, "digits-mlp")
    x, y = seen(page)
    own = y[:, None] == np.arange(8)
    assert set(shown) == {"output"}  # the units of the first layer show their weights
    assert_spread(shown["output"], page.workshop.fit.net(x).detach().numpy()[:, :8], [~own, own])
    assert page.last("state")["scene"]["about"]["spread"]["inputs"]["by"] == "all"


def test_what_never_changes_has_one_bar() -> None:
    values = np.stack([np.full(20, 0.3), np.arange(20.0)], axis=1)
    bars, ends = histograms(values, np.ones((20, 2, 1), bool))
    assert bars[0, 0, BARS // 2] == bars[0].sum() == 20 and ends[0].tolist() == [0.3, 0.3]


def test_values_have_no_parts(page: Any) -> None:
    shown = opened(page, "wine", data__name="diabetes")
    x, _y = seen(page)
    assert shown["output"]["by"] == "all"
    assert_spread(shown["output"], page.workshop.fit.net(x).detach().numpy(), [np.ones(len(x), bool)])


def test_a_net_that_has_diverged_has_no_bars(page: Any) -> None:
    opened(page, "wine")
    with torch.no_grad():
        page.workshop.fit.net.hidden2.weight[0] = torch.nan
    shown = page.workshop.scene.frame()["spread"]
    bars, ends = unpack(shown["hidden2"]["bars"]), unpack(shown["hidden2"]["ends"])
    assert not bars[0].any() and np.isnan(ends[0]).all() and (bars[1].sum() == 124 and np.isfinite(ends[1]).all())
    assert not unpack(shown["output"]["bars"]).any()


def test_what_is_no_number_is_left_out_and_a_constant_is_one_bar() -> None:
    values = np.array([[np.nan, 2], [1, 2], [-np.inf, 2], [3, 2], [np.inf, 2]], np.float32)
    counts, ends = histograms(values, np.ones((5, 2, 1), bool))
    assert counts[0, 0, 0] == counts[0, 0, -1] == 1 and counts[0].sum() == 2 and ends[0].tolist() == [1, 3]
    assert counts[1, 0, BARS // 2] == counts[1].sum() == 5 and ends[1].tolist() == [2, 2]
    huge, _ends = histograms(np.array([[-3e38], [3e38]], np.float32), np.ones((2, 1, 1), bool))
    assert huge[0, 0, 0] == huge[0, 0, -1] == 1


@pytest.mark.parametrize("recipe", ["moons", "curve-ensemble", "digits-cnn1"])
def test_what_has_maps_or_is_not_drawn_unit_by_unit_has_no_histograms(page: Any, recipe: str) -> None:
    page.tell("open", name=recipe)
    assert not Spread.suits(page.workshop.scene.seen)
