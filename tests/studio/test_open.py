"""Opening the training on the page, in a real browser."""

from __future__ import annotations

import base64
import re
import zlib
from collections.abc import Callable
from typing import Any

import pytest
import torch
from browsing import click, enter, ready, text, texts, trained, until

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


def test_batches_are_steps_of_the_optimizer(visit: Visit) -> None:
    page = ready(visit(link(XOR)))
    page.find_element("tag name", "body").send_keys("b")
    until(lambda: text(page, "#batches").startswith("· batch 1 of"), "one batch is done")
    assert text(page, "#epoch") == "0"
    count = int(text(page, "#batches").rpartition(" ")[2])
    for done in range(2, count):
        click(page, "batch")
        until(lambda done=done: f"batch {done} " in text(page, "#batches"), "another one")
    click(page, "batch")
    until(lambda: text(page, "#epoch") == "1" and not text(page, "#batches"), "the epoch is complete")


def test_runs_are_pinned_and_compared(visit: Visit) -> None:
    page = ready(visit(link(XOR)))
    trained(page)
    click(page, "pin")
    until(lambda: texts(page, ".pins b") == ["xor"], "it is pinned")
    first = [page.execute_script("return document.querySelector('[data-metric=valid_loss]').dataset.value")]
    enter(page, "#units-0", "6")
    until(lambda: text(page, "#word") == "ready", "it starts anew")
    trained(page)
    page.find_element("tag name", "body").send_keys("p")
    until(lambda: texts(page, ".pins b") == ["xor", "xor 2"], "both are pinned")
    click(page, "compare")
    assert texts(page, "#compare-settings tr[data-key]") == ["Hidden units Net636"]
    losses = texts(page, "#compare-numbers tr:nth-child(4) td")
    assert losses[0] == losses[2] != losses[1]
    assert float(losses[1]) == pytest.approx(float(first[0]), rel=1e-3)
    painted = "return [...document.querySelectorAll('.compare canvas')].map((one) => one.toDataURL())"
    pictures = page.execute_script(painted)
    assert pictures[0] == pictures[2] != pictures[1]
    enter(page, ".compare input", "small")
    click(page, "compare-close")
    assert texts(page, ".pins b") == ["small", "xor 2"]
    click(page, "unpin-0")
    click(page, "unpin-0")
    until(lambda: not texts(page, ".pins"), "nothing is pinned any more")
