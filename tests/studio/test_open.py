"""Opening the training on the page, in a real browser."""

from __future__ import annotations

import base64
import re
import statistics
import tomllib
import zlib
from collections.abc import Callable
from typing import Any

import pytest
import torch
from browsing import click, enter, ready, text, texts, trained, until
from recipes import compare

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

# Notes which of the five steps lights up, one after the other.
WATCH = """
const loop = document.querySelector(".loop");
const note = () => {
  const now = loop.querySelector(".current b")?.textContent.trim();
  if (now && now !== window.seen.at(-1)) window.seen.push(now);
};
window.seen = [];
note();
new MutationObserver(note).observe(loop, { subtree: true, attributes: true });
"""


def link(recipe: str) -> str:
    """Return the address that holds a recipe."""
    return "#r=" + base64.urlsafe_b64encode(zlib.compress(recipe.encode(), 9)).decode().rstrip("=")


# Walks all of a step, and returns the positions of the slider whose line or node stays out of sight.
HIDDEN = """
const [done] = arguments, slider = document.querySelector("#walk-slider"), hidden = [];
const within = (one, sheet) => {
  const [a, b] = [one, document.querySelector(sheet)].map((element) => element.getBoundingClientRect());
  return a.top > b.top - 2 && a.bottom < b.bottom + 2 && a.left > b.left - 2 && a.right < b.right + 2;
};
(async () => {
  for (let place = 0; place <= Number(slider.max); place++) {
    slider.value = place;
    slider.dispatchEvent(new Event("input"));
    await new Promise((go) => requestAnimationFrame(() => requestAnimationFrame(go)));
    const [line, node] = [document.querySelector(".line.current"), document.querySelector(".node.current")];
    if ((line && !within(line, ".steps")) || (node && !within(node, ".graph-sheet"))) hidden.push(place);
  }
  done(hidden);
})();
"""


def test_a_training_step_is_walked_with_the_numbers_of_autograd(visit: Visit, tmp_path: Any) -> None:
    page = ready(visit(link(XOR)))
    page.find_element("tag name", "body").send_keys("o")
    until(lambda: text(page, "#walk-now"), "the step is open")
    click(page, "walk-after")
    until(lambda: "sample 1" in text(page, ".walk h2"), "another sample is chosen")
    click(page, "loop-forward")
    page.execute_script(WATCH)
    count = page.execute_script("return Number(document.querySelector('#walk-slider').max)")
    page.find_element("css selector", ".steps").send_keys("\ue014" * count)  # arrow keys walk
    until(lambda: page.execute_script("return document.querySelector('#walk-on').disabled"), "the end is reached")
    seen = page.execute_script("return window.seen")
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


def test_a_sample_is_clicked_on_and_the_next_batch_is_walked_and_made(visit: Visit) -> None:
    page = ready(visit())
    shown = page.find_element("id", "surface")
    until(lambda: page.execute_script("return document.querySelector('#surface').width > 300"), "it is drawn")
    script = (
        "const box = arguments[0].getBoundingClientRect();"
        "for (let i = 0; i < 12; i++) arguments[0].dispatchEvent(new MouseEvent('click', { bubbles: true,"
        "clientX: box.x + box.width * (0.3 + 0.1 * (i % 4)), clientY: box.y + box.height * (0.3 + 0.15 * (i % 3)) }))"
    )
    page.execute_script(script, shown)
    until(lambda: text(page, ".walk h2"), "a sample near one of the clicks is open")
    click(page, "walk-batch")
    until(lambda: text(page, "#walk-count").startswith("1 of 32"), "it is the first of the batch")
    click(page, "walk-after")
    until(lambda: text(page, "#walk-count").startswith("2 of 32"), "the next one")
    click(page, "choose-plane")
    until(lambda: not text(page, "#walk-count").startswith("2 of 32"), "the one nearest to the middle of the plane")
    click(page, "walk-make")
    until(lambda: "batch 1 " in text(page, "#batches"), "the step is made")
    until(lambda: text(page, "#walk-count").startswith("1 of 32"), "and the step after it is open")
    enter(page, "#walk-slider", page.find_element("id", "walk-slider").get_attribute("max"), "input")
    assert "1. Forward" in texts(page, ".loop b")
    low = {"width": 1280, "height": 720, "deviceScaleFactor": 1, "mobile": False}
    page.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", low)
    assert page.execute_async_script(HIDDEN) == [], "each line, and the node that it is about, comes into sight"


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
    assert len(set(texts(page, "#compare-numbers tr[data-key=epoch] td"))) == 1, "they trained equally long"
    losses = texts(page, "#compare-numbers tr:nth-child(5) td")
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


def test_several_seeds_make_a_band_while_clicks_are_answered(visit: Visit, tmp_path: Any) -> None:
    page = ready(visit(link(XOR)))
    before = page.execute_script("return document.querySelector('#curves').toDataURL()")
    enter(page, "#seeds", "3")
    click(page, "batch")
    until(lambda: "batch 1 " in text(page, "#batches"), "a click is answered meanwhile")
    until(lambda: text(page, "#seeds-word") == "mean and 95 % interval", "all seeds are trained")
    comparison = compare(tomllib.loads(XOR) | {"seeds": 3}, tmp_path / "three")
    (accuracies,) = comparison.values("test.accuracy").values()
    shown = page.find_element("css selector", "[data-band=accuracy]")
    assert float(shown.get_attribute("data-mean")) == statistics.fmean(accuracies)
    assert page.execute_script("return document.querySelector('#curves').toDataURL()") != before
    trained(page)
    run = next(iter(comparison.runs.values()))[0]
    loss = page.execute_script("return document.querySelector('[data-metric=train_loss]').dataset.value")
    assert float(loss) == run.rows[-1]["train_loss"], "the run in view trains as if it were alone"


def test_a_weight_is_set_by_hand_and_training_goes_on_from_there(visit: Visit) -> None:
    page = ready(visit(link(XOR)))
    click(page, "step")
    until(lambda: text(page, "#epoch") == "1", "one epoch is done")
    page.execute_script("window.submitted = 0; document.addEventListener('submit', () => window.submitted++, true)")
    page.find_element("id", "network").send_keys("\ue007")
    until(lambda: texts(page, ".by-hand"), "the first weight is in hand")
    assert page.execute_script("return window.submitted") == 0, "the key that opens it sets nothing"
    surface = page.execute_script("return document.querySelector('#surface').toDataURL()")
    field = page.find_element("id", "hand-value")
    hinted = "const form = document.querySelector('.by-hand'); return !form.noValidate && !form.checkValidity()"
    assert not page.execute_script(hinted)  # the browser has no words of its own for a weight of many digits
    field.clear()
    field.send_keys("-4.5\ue007")
    until(lambda: "by hand" in text(page, ".remarks"), "it says so")
    until(
        lambda: page.execute_script("return document.querySelector('#surface').toDataURL()") != surface,
        "the picture shows it",
    )
    enter(page, "#hand-from", "bias")
    until(lambda: page.execute_script("return document.querySelector('#hand-value').value") != "-4.5", "another one")
    enter(page, "#hand-from", "0")
    until(lambda: page.execute_script("return document.querySelector('#hand-value').value") == "-4.5", "it is kept")
    page.find_element("id", "hand-value").send_keys("\ue00c")
    until(lambda: not texts(page, ".by-hand"), "escape lets go of it")
    trained(page)
    assert text(page, "#epoch") == "12"
