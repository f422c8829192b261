"""How the page looks, measured in a browser of 1280 by 720: nothing nameless, cut, tiny, overlapping or jumping."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from browsing import choose, click, enter, text, until

Visit = Callable[..., Any]

ROLES = {
    "button",
    "checkbox",
    "combobox",
    "image",
    "img",
    "searchbox",
    "slider",
    "spinbutton",
    "switch",
    "tab",
    "textbox",
}

# What is wrong with each element that can be seen: what scrolls aside, text that its box cuts (what has a title,
# as a column of a table of one's own, can be read there), the chosen word of a list that is longer than the list, type
# below 11.5 pixels, what leaves the window, and controls that lie on each other.
POOR = """
const seen = (one) => one.checkVisibility({ visibilityProperty: true, opacityProperty: true })
  && !one.closest(".unseen") && getComputedStyle(one).clipPath === "none"
  && (one.nodeName === "SUMMARY" || !one.closest("details:not([open])"));
const named = (one) => `${one.nodeName} ${one.id || one.className} "${one.textContent.trim().slice(0, 40)}"`;
const found = [];
const within = document.documentElement;
if (within.scrollWidth > innerWidth || within.scrollHeight > innerHeight) found.push("the page scrolls");
for (const one of document.querySelectorAll(".studio *")) {
  if (!seen(one)) continue;
  const style = getComputedStyle(one), box = one.getBoundingClientRect();
  const says = [...one.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim());
  const cuts = style.overflowX !== "visible" && !["auto", "scroll"].includes(style.overflowX) && !one.title;
  if (says && cuts && one.scrollWidth > one.clientWidth + 1) found.push(`cut: ${named(one)}`);
  const whole = one.matches(".drawing, .seen, .layers:has(> .labels)");
  if (whole && one.scrollWidth > one.clientWidth + 1) found.push(`scrolls aside: ${named(one)}`);
  if (one.matches(".shares .bar") && box.width < 20) found.push(`no room: ${named(one.parentElement)}`);
  if (says && parseFloat(style.fontSize) < 11.5 && parseFloat(style.fontSize)) found.push(`tiny: ${named(one)}`);
  if (says && box.width && (box.right > innerWidth + 1 || box.left < -1)) found.push(`outside: ${named(one)}`);
  if (one.nodeName === "SELECT") {
    const pen = document.createElement("canvas").getContext("2d");
    pen.font = style.font;
    const arrow = 17; // which stands beside the word
    const room = one.clientWidth - parseFloat(style.paddingLeft) - parseFloat(style.paddingRight) - arrow;
    const word = one.selectedOptions[0]?.text || "";
    if (pen.measureText(word).width > room + 1) found.push(`cut: ${one.id} "${word}"`);
  }
}
const controls = [...document.querySelectorAll(":is(button, select, input, textarea, summary)")].filter(seen);
controls.forEach((one, i) => controls.slice(i + 1).forEach((other) => {
  const [a, b] = [one.getBoundingClientRect(), other.getBoundingClientRect()];
  const [left, right] = [Math.max(a.left, b.left), Math.min(a.right, b.right)];
  const [top, bottom] = [Math.max(a.top, b.top), Math.min(a.bottom, b.bottom)];
  const at = right - left > 2 && bottom - top > 2 && document.elementFromPoint((left + right) / 2, (top + bottom) / 2);
  if (at && (one.contains(at) || other.contains(at))) found.push(`overlap: ${named(one)} and ${named(other)}`);
}));
return found;
"""

RECIPES = (
    ("spiral", "surface"),
    ("digits-cnn2", "sample-next"),
    ("wine", "tab-distributions"),
    ("linear-regression", "tab-values"),
    ("digits-vae", "tab-latent"),
    ("digits-conv-autoencoder", "tab-latent"),
    ("multilabel", "labels"),
    ("perceptron", "tab-distributions"),
)

SHIFTED = """
const [done] = arguments, sources = (entry) => entry.sources.map((one) => one.node?.className || one.node?.nodeName);
let sum = 0, moved = [];
new PerformanceObserver((list) => list.getEntries().forEach((entry) => {
  sum += entry.value;
  moved.push(...sources(entry));
})).observe({ type: "layout-shift", buffered: true });
setTimeout(() => done([sum, moved]), 300);
"""


@pytest.fixture
def page(visit: Visit) -> Any:
    """Return the page in a window of 1280 by 720, ready."""
    page = visit()
    size = {"width": 1280, "height": 720, "deviceScaleFactor": 1, "mobile": False}
    page.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    page.refresh()
    until(lambda: text(page, "#word") == "ready" and text(page, ".matrix caption"), "the page is ready")
    return page


def nameless(page: Any) -> list[str]:
    """Return the roles of controls and pictures that the browser tells screen readers no name of."""
    nodes = page.execute_cdp_cmd("Accessibility.getFullAXTree", {})["nodes"]
    roles = [node for node in nodes if not node["ignored"] and node["role"]["value"].lower() in ROLES]
    assert len(roles) > 20
    return [node["role"]["value"] for node in roles if not node.get("name", {}).get("value", "").strip()]


def opened(page: Any, recipe: str, view: str) -> None:
    choose(page, recipe)
    until(lambda: page.find_elements("id", view), f"{recipe} is open")


def test_no_part_of_a_view_is_cut_tiny_overlapping_or_nameless(page: Any) -> None:
    for recipe, view in RECIPES:
        if recipe != "spiral":
            opened(page, recipe, view)
        for language, word in (("es", "Español"), ("en", "English")):
            enter(page, "#language", language)
            wanted = {"es": "Optimizador", "en": "Optimizer"}[language]
            until(lambda wanted=wanted: text(page, "label[for=fit-optimizer]") == wanted, f"the page speaks {word}")
            assert (recipe, language, page.execute_script(POOR)) == (recipe, language, [])
        assert (recipe, nameless(page)) == (recipe, [])


def test_no_part_of_a_view_is_cut_on_a_tablet(page: Any) -> None:
    size = {"width": 1024, "height": 768, "deviceScaleFactor": 1, "mobile": False}
    page.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    enter(page, "#language", "es")
    until(lambda: text(page, "label[for=fit-optimizer]") == "Optimizador", "the page speaks Spanish, which is longer")
    for recipe in ("digits-cnn2", "digits-vae", "multilabel", "linear-regression", "translate", "lstm"):
        choose(page, recipe)
        until(lambda recipe=recipe: text(page, "#recipes span") == recipe, f"{recipe} is open")
        until(lambda: text(page, "#word") == "lista", "it is ready")
        for tab in [one.get_attribute("id") for one in page.find_elements("css selector", "[role=tab]")]:
            click(page, tab)
            shown = "return document.querySelector('.stage section.view')?.childElementCount > 0"
            until(lambda shown=shown: page.execute_script(shown), f"{tab} is in view")
            poor = [one for one in page.execute_script(POOR) if one != "the page scrolls"]
            assert (recipe, tab, poor) == (recipe, tab, [])


def test_nothing_jumps_while_the_page_loads(page: Any) -> None:
    moved, what = page.execute_async_script(SHIFTED)
    assert moved < 0.01, what
    opened(page, "digits-vae", "tab-latent")
    page.refresh()  # the address holds the recipe
    until(lambda: page.find_elements("id", "tab-latent"), "the page is there again")
    moved, what = page.execute_async_script(SHIFTED)
    assert moved < 0.01, what


@pytest.mark.parametrize("recipe", ["digits-vae", "perceptron", "characters"])
def test_nothing_jumps_where_a_link_is_followed_for_the_first_time(page: Any, recipe: str) -> None:
    choose(page, recipe)
    until(lambda: text(page, "#recipes span") == recipe, f"{recipe} is open")
    address = page.current_url
    page.switch_to.new_window("tab")
    page.get(address)
    until(lambda: text(page, "#recipes span") == recipe, "the link brings the recipe")
    assert page.current_url == address
    moved, what = page.execute_async_script(SHIFTED)
    assert moved < 0.02, what


def test_a_picture_says_in_words_what_it_shows(page: Any) -> None:
    def said(name: str) -> str:
        return str(page.find_element("id", name).get_attribute("aria-label"))

    assert "arm 1, arm 2, arm 3" in said("surface") and "Epoch" not in said("surface")
    assert "Hidden layer 1: 100 units" in said("network") and "603 parameters" in said("network")
    click(page, "step")
    until(lambda: text(page, "#epoch") == "1", "one step is done")
    share = page.execute_script("return document.querySelector('[data-metric=valid_accuracy]').dataset.value")
    for name in ("surface", "curves"):
        told = until(lambda name=name: said(name) if "Epoch 1" in said(name) else "", "it tells of the epoch")
        assert float(told.split("accuracy, validation: ")[1].split(". ")[0]) == pytest.approx(float(share), abs=0.0005)


# What of an opened step lies over another part of it, or beside what holds it.
LAID = """
const box = (one) => document.querySelector(".dialog.walk " + one).getBoundingClientRect();
const names = [".top", ".loop", ".choose", ".graph-sheet", ".slide", ".steps"];
const all = names.map(box), around = box(".inside");
const over = (a, b) => a.left < b.right - 1 && b.left < a.right - 1 && a.top < b.bottom - 1 && b.top < a.bottom - 1;
return names.filter((_, i) => all.some((other, k) => k !== i && over(all[i], other)) || all[i].right > around.right)"""


@pytest.mark.parametrize(("width", "height"), [(640, 720), (820, 1180), (1180, 820)])
def test_a_step_can_be_opened_on_a_tablet_and_at_twice_the_size(page: Any, width: int, height: int) -> None:
    size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
    page.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    click(page, "walk")
    until(lambda: page.find_elements("id", "walk-now"), "it is open")
    assert page.execute_script(LAID) == []
