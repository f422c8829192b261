"""Opening the training on the page, in a real browser."""

from __future__ import annotations

import base64
import re
import zlib
from collections.abc import Callable
from typing import Any

import pytest
import torch
from browsing import click, ready, text, texts, until

from neurona.recipe import Recipe

Visit = Callable[..., Any]

XOR = """name = "xor"
[data]
name = "xor"
[net]
kind = "mlp"
hidden = [3]
activation = "tanh"
[fit]
optimizer = "sgd"
lr = 0.5
batch = 16
epochs = 12
"""


def link(recipe: str) -> str:
    """Return the address that holds a recipe."""
    return "#r=" + base64.urlsafe_b64encode(zlib.compress(recipe.encode(), 9)).decode().rstrip("=")


def test_a_training_step_is_walked_with_the_numbers_of_autograd(visit: Visit, tmp_path: Any) -> None:
    page = ready(visit(link(XOR)))
    page.find_element("tag name", "body").send_keys("o")
    until(lambda: text(page, "#walk-now"), "the step is open")
    click(page, "walk-after")
    until(lambda: "sample 1" in text(page, ".walk h2"), "another sample is chosen")
    click(page, "loop-forward")
    seen = [text(page, ".loop .current b")]
    for _line in range(200):  # arrow keys walk; the five steps light up one after the other
        page.find_element("css selector", ".steps").send_keys("\ue014")
        now = text(page, ".loop .current b")
        if now and now != seen[-1]:
            seen.append(now)
        if page.execute_script("return document.querySelector('#walk-on').disabled"):
            break
    assert seen == ["1. Forward", "2. Loss", "3. Clear gradients", "4. Backward", "5. Step"]

    (tmp_path / "xor.toml").write_text(XOR)
    fit = Recipe.read(tmp_path / "xor.toml").start()
    x, y = fit.data.train.x[1:2], fit.data.train.y[1:2]
    loss = fit.task.loss(fit.net(x), y)
    loss.backward()
    lines = texts(page, ".steps .line")
    (shown,) = (float(line.rpartition("=")[2]) for line in lines if line.startswith("J = "))
    assert shown == pytest.approx(loss.item(), rel=1e-4)
    layers = [module for module in fit.net if isinstance(module, torch.nn.Linear)]
    gradients = [line for line in lines if line.startswith("dJ/d")]
    assert len(gradients) == 4
    for line in gradients:
        kind, layer, place = re.match(r"dJ/d([Wb])(\d)_([\d,]+) = ", line).groups()  # type: ignore[union-attr]
        parameter = layers[int(layer) - 1].weight if kind == "W" else layers[int(layer) - 1].bias
        index = tuple(int(part) - 1 for part in place.split(","))
        assert parameter.grad is not None
        assert float(line.rpartition("=")[2]) == pytest.approx(parameter.grad[index].item(), rel=1e-4)
        (after,) = (one for one in lines if one.startswith(f"new {kind}{layer}_{place} = "))
        assert float(after.rpartition("=")[2]) == pytest.approx(
            (parameter[index] - 0.5 * parameter.grad[index]).item(), rel=1e-4
        )
    assert page.execute_script("return document.querySelectorAll('.graph .node.seen-gradient').length") > 5
    click(page, "walk-close")
    assert not texts(page, ".walk") and text(page, "#epoch") == "0"
