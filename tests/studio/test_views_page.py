"""The views of the families in a real browser, one after the other on a single page."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
import pytest
from browsing import choose, click, enter, ready, text, texts, until

from neurona.look.palette import PALETTE

Visit = Callable[..., Any]

# Whether anything is drawn on a canvas.
PAINTED = """
  const canvas = document.querySelector(arguments[0]);
  if (!canvas?.width) return false;
  const empty = Object.assign(document.createElement("canvas"), { width: canvas.width, height: canvas.height });
  return canvas.toDataURL() !== empty.toDataURL()"""
# What a canvas holds, to tell whether it has changed.
CONTENT = "return document.querySelector(arguments[0])?.toDataURL() ?? ''"
# A pointer that goes from place to place of an element, given in shares of its sides.
DRAG = """
  const it = document.querySelector(arguments[0]), box = it.getBoundingClientRect();
  it.setPointerCapture = () => {};
  arguments[1].forEach(([x, y], i) => it.dispatchEvent(new PointerEvent(i ? "pointermove" : "pointerdown",
    { bubbles: true, pointerId: 1, clientX: box.left + x * box.width, clientY: box.top + y * box.height })));
  it.dispatchEvent(new PointerEvent("pointerup", { bubbles: true, pointerId: 1 }));"""
# What a pointer is told that goes over all of an element.
HOVERED = """
  const [selector, done] = arguments, it = document.querySelector(selector), box = it.getBoundingClientRect();
  const said = new Set();
  (async () => {
    for (let x = 2; x < box.width; x += 6) for (let y = 2; y < box.height; y += 6) {
      it.dispatchEvent(new PointerEvent("pointermove", { bubbles: true, clientX: box.left + x, clientY: box.top + y }));
      await new Promise((next) => setTimeout(next));
      said.add(document.querySelector(".drawing .tip")?.textContent ?? "");
    }
    done([...said]);
  })();"""

# The colours in which classes are written, of as many classes, on light and on dark ground.
LETTERS = """
  const [palette, dark, done] = arguments;
  import("neurona-studio/colours.js").then(({ classColours, legible, paper }) => {
    const written = [4, 10, 30].flatMap((count) => classColours(palette, count, dark).map((one) => legible(one, dark)));
    done([paper(dark), written]);
  }, (error) => done(String(error)))"""

# What stands at an axis from one value to another.
TICKS = """
  const [low, high, done] = arguments;
  import("neurona-studio/canvas.js").then(({ ticks }) => done(ticks(low, high, 3)), (error) => done(String(error)))"""

# What is written at marks of an axis.
NUMBERED = """
  const [marks, done] = arguments;
  import("neurona-studio/canvas.js").then(({ numbered }) => done(numbered(marks)), (error) => done(String(error)))"""


@pytest.fixture
def page(visit: Visit) -> Iterator[Any]:
    """Return the page, ready."""
    return ready(visit())


def opened(page: Any, recipe: str) -> None:
    """Open a recipe of the package and train it, as fast as it goes, for an epoch at least."""
    choose(page, recipe)
    until(lambda: text(page, "#recipes span") == recipe, f"{recipe} is open")
    enter(page, "#speed", "full")
    click(page, "play")
    until(lambda: text(page, "#epoch") not in ("", "0"), "it trains")


def contrast(*colours: Sequence[float]) -> float:
    """Return the contrast of two colours, of red, green and blue from 0 to 255 (WCAG 2.2)."""
    shares = ([part / 255 for part in colour] for colour in colours)
    linear = ([s / 12.92 if s <= 0.04045 else ((s + 0.055) / 1.055) ** 2.4 for s in three] for three in shares)
    low, high = sorted(0.2126 * red + 0.7152 * green + 0.0722 * blue for red, green, blue in linear)
    return (high + 0.05) / (low + 0.05)


def painted(page: Any, canvas: str, what: str) -> None:
    until(lambda: page.execute_script(PAINTED, canvas), what)


def test_a_convolutional_net_shows_its_maps_while_it_trains(page: Any) -> None:
    opened(page, "digits-cnn2")
    assert text(page, ".tabs [aria-selected=true]") == "Pictures"
    names = texts(page, ".layer h3")
    assert [name.split()[0] for name in names] == ["conv1", "relu1", "pool1", "conv2", "relu2", "pool2", "output"]
    for layer in ("conv1", "pool2", "output"):
        painted(page, f"[data-layer={layer}] canvas", f"{layer} is drawn")
    before = page.execute_script(CONTENT, "[data-layer=conv1] canvas")
    until(lambda: page.execute_script(CONTENT, "[data-layer=conv1] canvas") != before, "the maps change as it learns")
    until(lambda: text(page, "#word") == "done", "it has learned")
    first = text(page, ".sampler .fine")
    enter(page, "#sample-class", "7")
    until(lambda: text(page, ".shares .true th") == "7", "a seven is shown")
    click(page, "sample-next")
    until(lambda: text(page, ".sampler .fine") != first and text(page, ".shares .true th") == "7", "and the next seven")
    assert len(texts(page, ".shares .share")) == 10
    click(page, "tab-pad")
    until(lambda: text(page, ".invite"), "the pad is empty")
    page.execute_script(DRAG, "#pad", [[0.5, 0.15 + 0.07 * i] for i in range(11)])
    until(lambda: text(page, ".shares .best th") == "1", "a stroke from top to bottom is a one")
    painted(page, ".net-sees canvas", "what the net sees is drawn")
    click(page, "pad-clear")
    until(lambda: text(page, ".invite"), "the pad is empty again")
    click(page, "tab-distributions")
    painted(page, "#distributions", "the distributions are drawn")


def test_a_point_of_the_latent_plane_is_dragged_and_decoded(page: Any) -> None:
    opened(page, "digits-vae")
    painted(page, "#reconstructions", "pictures are given back")
    click(page, "tab-latent")
    painted(page, "#latent", "the plane is drawn")
    painted(page, "#decoded", "a point is decoded")
    click(page, "play")
    until(lambda: text(page, "#word") == "paused", "it pauses")
    before = page.execute_script(CONTENT, "#decoded")
    page.execute_script(DRAG, "#latent", [[0.5, 0.5], [0.7, 0.3], [0.85, 0.2]])
    until(lambda: page.execute_script(CONTENT, "#decoded") != before, "the dragged point is decoded")
    after = page.execute_script(CONTENT, "#decoded")
    from selenium.webdriver.common.keys import Keys

    page.find_element("id", "latent").send_keys(Keys.ARROW_LEFT * 12)
    until(lambda: page.execute_script(CONTENT, "#decoded") != after, "arrow keys move it too")
    assert text(page, "#word") == "paused"  # and train nothing
    enter(page, "#axis-0", "4")
    until(lambda: "at their mean" in text(page, ".held"), "two latent numbers span the plane")
    click(page, "tab-samples")
    painted(page, "#samples", "new samples are drawn")
    for dark in (False, True):  # and classes are written in colours that can be read
        ground, letters = page.execute_async_script(LETTERS, list(PALETTE), dark)
        assert len(letters) == 44 and min(contrast(ground, letter) for letter in letters) >= 4.5


def test_samples_of_a_gan_come_from_the_same_noise(page: Any) -> None:
    opened(page, "digits-gan")
    painted(page, "#samples", "samples are drawn")
    before = page.execute_script(CONTENT, "#samples")
    until(lambda: page.execute_script(CONTENT, "#samples") != before, "they change as the players learn")
    assert texts(page, ".numbers thead th") == ["loss of the generator", "loss of the discriminator"]
    for metric in ("train_generator_loss", "train_discriminator_loss"):
        found = page.execute_script(
            "return document.querySelector(`[data-metric=${arguments[0]}]`).dataset.value", metric
        )
        assert float(found) > 0


def test_gates_are_seen_over_a_sequence(page: Any) -> None:
    opened(page, "many-to-one")
    painted(page, "#gates", "gates and states are drawn")
    until(lambda: text(page, "#word") == "done", "it has learned")
    before = page.execute_script(CONTENT, "#gates")
    click(page, "sample-next")
    until(lambda: page.execute_script(CONTENT, "#gates") != before, "the next sentence")
    assert text(page, ".shares .best th") == text(page, ".shares .true th")
    page.execute_script(
        "const it = document.querySelector('#gates'), box = it.getBoundingClientRect();"
        "it.dispatchEvent(new PointerEvent('pointermove', { clientX: box.left + 60, clientY: box.top + 40 }))"
    )
    until(lambda: "step" in text(page, ".tip") and "unit" in text(page, ".tip"), "the number under the pointer")
    set_language = (
        "const it = document.querySelector('#language'); it.value = 'es'; it.dispatchEvent(new Event('change'))"
    )
    page.execute_script(set_language)
    until(lambda: text(page, "#tab-gates") != "Step by step", "the tabs speak Spanish")


def test_tabs_are_walked_by_arrow_keys(page: Any) -> None:
    from selenium.webdriver.common.keys import Keys

    page.execute_script("document.querySelector('#tab-surface').focus()")
    page.switch_to.active_element.send_keys(Keys.ARROW_RIGHT)
    until(lambda: text(page, ".tabs [aria-selected=true]") == "Confusion", "the next tab")
    until(lambda: not page.find_elements("css selector", ".small .matrix"), "it is not shown twice")
    page.switch_to.active_element.send_keys(Keys.ARROW_LEFT)
    until(lambda: page.find_elements("id", "surface"), "and back")
    assert text(page, "#epoch") == "0"


KEYS = """
  const it = document.querySelector("#pad");
  it.focus();
  for (const [key, times] of arguments[0])
    for (let i = 0; i < times; i++) it.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true }));"""


def test_a_digit_is_drawn_and_erased_by_keyboard(page: Any) -> None:
    opened(page, "digits-cnn2")
    until(lambda: text(page, "#word") == "done", "it has learned")
    click(page, "tab-pad")
    until(lambda: text(page, ".invite"), "the pad is empty")
    page.execute_script(KEYS, [["ArrowUp", 3], [" ", 1], ["ArrowDown", 18], [" ", 1]])
    until(lambda: text(page, ".shares .best th") == "1" and not text(page, ".invite"), "a stroke downwards is a one")
    assert text(page, "#word") == "done"  # the keys drew, and drove nothing
    page.execute_script(KEYS, [["Delete", 1], [" ", 1], ["ArrowUp", 18], [" ", 1]])
    until(lambda: text(page, ".invite"), "the way back erased it")
    page.execute_script(KEYS, [["Backspace", 1]])
    until(lambda: not text(page, ".invite"), "and it came back")


def test_values_rows_and_weights_are_seen_as_they_are_learned(page: Any) -> None:
    opened(page, "count-ones")
    painted(page, "#counting", "the surface is drawn")
    until(lambda: text(page, "#word") == "done", "it has learned")
    assert float(text(page, "#u")) == pytest.approx(1, abs=0.01)
    click(page, "tab-values")
    painted(page, "#values", "the values are drawn")
    first = text(page, "#predicted")
    click(page, "sample-next")
    until(lambda: text(page, "#predicted") != first, "the next sample")
    opened(page, "one-to-many")
    painted(page, "#writing", "states are drawn")
    until(lambda: len(texts(page, ".answered tbody tr")) > 1, "words are written")
    opened(page, "multilabel")
    until(lambda: len(texts(page, "#labels tbody tr")) == 5, "five labels")


def test_the_drawing_of_a_table_says_what_its_squares_are_and_a_single_unit_its_formula(page: Any) -> None:
    opened(page, "wine")
    until(lambda: texts(page, "#spread .legend > span") == ["class_0", "class_1", "class_2"], "the legend is there")
    assert "124 training samples" in text(page, "#spread")
    drawing = page.find_element("id", "network")
    until(lambda: "tells the classes apart best" in drawing.get_attribute("aria-label"), "it is told in words")
    said = page.execute_async_script(HOVERED, "#network")
    assert any(one.startswith("alcohol · from -") for one in said)
    opened(page, "linear-regression")
    until(lambda: text(page, "#formula").startswith("price_thousand_eur = "), "the formula is there")
    assert not page.find_elements("id", "spread")


@pytest.mark.parametrize(
    ("low", "high", "marks"),
    [(0, 1, [0, 0.5, 1]), (-3, 8, [0, 5]), (-0.5, 0.5, [-0.5, 0, 0.5]), (2, 2, [2]), (1e-320, 2e-320, None)],
)
def test_axes_have_round_numbers(page: Any, low: float, high: float, marks: list[float] | None) -> None:
    found = page.execute_async_script(TICKS, low, high)
    assert found == pytest.approx(marks) if marks else len(found) < 30


def test_an_axis_of_values_that_hardly_differ_has_an_end(page: Any) -> None:
    for low in (1.0, 0.7, 1e17, -3.0):
        assert len(page.execute_async_script(TICKS, low, float(np.nextafter(low, np.inf)))) < 30


@pytest.mark.parametrize(
    ("marks", "written"),
    [
        ([1e9, 1.05e9, 1.1e9, 1.15e9], ["1e9", "1.05e9", "1.1e9", "1.15e9"]),
        ([1.7e9, 1.70001e9, 1.70002e9], ["1.7e9", "1.70001e9", "1.70002e9"]),
        ([0, 0.5, 1], ["0", "0.5", "1"]),
        ([99999.5, 99999.75], ["99999.5", "99999.75"]),
        ([-2e-7, 0, 2e-7], ["-2e-7", "0", "2e-7"]),
        ([1e20], ["1e20"]),
    ],
)
def test_no_two_marks_of_an_axis_have_the_same_number(page: Any, marks: list[float], written: list[str]) -> None:
    found = page.execute_async_script(NUMBERED, marks)
    assert [label for _mark, label in found] == written
