"""What comes at an awkward moment: a click before the session has answered, many at once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from browsing import click, enter, ready, text, texts, until

Visit = Callable[..., Any]

TRAIN = "document.getElementById('play').click();"

# What the button has said since then, whenever it changed.
WATCHED = """
const button = document.getElementById("play");
window.said = [];
new MutationObserver(() => window.said.push(button.ariaLabel)).observe(button, { attributeFilter: ["aria-label"] })"""


def test_train_is_heard_while_a_recipe_is_opened(visit: Visit) -> None:
    page = ready(visit())
    click(page, "play")
    until(lambda: text(page, "#word") == "training", "it trains")
    click(page, "recipes")
    until(lambda: page.find_elements("id", "recipe-moons"), "the recipes are shown")
    page.execute_script(f"document.getElementById('recipe-moons').click(); {TRAIN}")
    until(lambda: text(page, "#recipes span") == "moons", "it is open")
    until(lambda: text(page, "#word") == "training", "the recipe that was opened trains")
    assert page.find_element("id", "play").get_attribute("aria-label") == "Pause"


def test_each_press_turns_the_training_on_or_off(visit: Visit) -> None:
    page = ready(visit())
    enter(page, "#speed", "slow")
    page.execute_script(WATCHED)
    page.execute_script(TRAIN * 3)
    until(lambda: text(page, "#epoch") != "0", "pressed three times at once, it trains")
    assert page.execute_script("return window.said") == ["Pause"], "what was pressed first is not shown after the last"
    page.execute_script(TRAIN * 2)
    page.execute_async_script("setTimeout(arguments[0], 700)")
    assert page.execute_script("return window.said") == ["Pause"], "pressed twice, it trains as before"
    assert text(page, "#word") == "training"
    page.execute_script(TRAIN)
    until(lambda: text(page, "#word") == "paused", "pressed once, it pauses")


def refused(page: Any) -> str:
    """Write a recipe that is refused, and return it."""
    click(page, "toml-toggle")
    wrong = str(page.find_element("id", "toml").get_attribute("value")).replace('"relu"', '"rleu"')
    enter(page, "#toml", wrong, "input")
    until(lambda: "rleu" in text(page, "#toml-problem"), "it says what is wrong")
    return wrong


def test_a_text_that_was_refused_outlasts_another_language(visit: Visit) -> None:
    page = ready(visit())
    wrong = refused(page)
    english = text(page, "#toml-problem")
    enter(page, "#language", "es")
    until(lambda: text(page, "label[for=fit-optimizer]") == "Optimizador", "the page speaks Spanish")
    until(lambda: "rleu" in (said := text(page, "#toml-problem")) and said != english, "it says so in Spanish")
    assert page.find_element("id", "toml").get_property("value") == wrong
    enter(page, "#toml", wrong.replace('"rleu"', '"tanh"'), "input")
    chosen = "return document.querySelector('#net-activation').selectedOptions[0].text"
    until(lambda: page.execute_script(chosen) == "tanh", "the right one is taken up")
    assert "rleu" not in text(page, "#toml-problem")


def test_a_text_that_was_refused_keeps_still_while_it_is_out_of_sight(visit: Visit) -> None:
    page = ready(visit())
    wrong = refused(page)
    click(page, "toml-toggle")
    until(lambda: "rleu" in text(page, ".problem"), "and so it does where the text is not in sight any more")
    page.find_element("css selector", ".problem button").click()
    enter(page, "#language", "es")
    until(lambda: text(page, "label[for=fit-optimizer]") == "Optimizador", "the page speaks Spanish")
    page.execute_async_script("setTimeout(arguments[0], 700)")
    assert text(page, ".problem") == ""
    click(page, "toml-toggle")
    until(lambda: "rleu" in text(page, "#toml-problem"), "in sight, it is told again what is wrong")
    assert page.find_element("id", "toml").get_property("value") == wrong


# Sentences that leave after five seconds wait for the test instead.
HELD = """
const at = window.setTimeout;
window.held = [];
window.setTimeout = (what, after) => (after === 5000 ? window.held.push(what) : at(what, after))"""


# Gives the page a table of 21 MB.
TOO_LARGE = """
const given = new DataTransfer(), field = document.getElementById("upload");
given.items.add(new File([new Uint8Array(21e6)], "large.csv"));
field.files = given.files;
field.dispatchEvent(new Event("change", { bubbles: true }))"""


@pytest.mark.parametrize(
    ("cause", "english", "spanish"),
    [
        ("location.hash = '#r=abc'", "The link to a recipe is not whole", "El enlace a una receta"),
        (TOO_LARGE, "The file is larger than", "El archivo"),
    ],
)
def test_a_problem_stays_in_another_language_until_it_is_closed(
    visit: Visit, cause: str, english: str, spanish: str
) -> None:
    page = ready(visit())
    page.execute_script(cause)
    until(lambda: english in text(page, ".problem"), "it says what is wrong")
    enter(page, "#language", "es")
    until(lambda: spanish in text(page, ".problem"), "in Spanish too")
    enter(page, "#language", "en")
    until(lambda: english in text(page, ".problem"), "and in English again")
    click(page, "problem-close")
    enter(page, "#language", "es")
    until(lambda: text(page, "#word") == "lista" and text(page, ".data h2") == "Datos", "it speaks Spanish")
    assert not text(page, ".problem")


# Tells the page of another net, as the session does before it has anything to show of it.
ANOTHER_NET = """
const all = [...Array(9).keys()].filter((id) => document.getElementById(`c${id}`)).map((id) => getElement(id));
const page = all.find((one) => one?.receive);
const state = structuredClone(page.studio.state);
state.recipe.net.kind = "another";
page.receive(state)"""


def test_what_was_shown_of_a_net_does_not_stand_beside_another_one_for_long(visit: Visit) -> None:
    page = ready(visit())
    click(page, "step")
    until(lambda: text(page, "#epoch") == "1", "it has made a step")
    page.execute_script(ANOTHER_NET)
    until(lambda: text(page, ".busy"), "the page says that it waits")
    assert text(page, "#epoch") == "0" and text(page, "#word") == "Loading …"
    click(page, "step")
    until(lambda: text(page, "#epoch") == "2" and not text(page, ".busy"), "the first frame shows the net")


def test_a_sentence_in_passing_takes_no_other_one_with_it(visit: Visit) -> None:
    page = ready(visit())
    click(page, "step")
    until(lambda: text(page, "#epoch") == "1", "one step is done")
    page.execute_script(HELD)
    enter(page, "#fit-lr", "3")
    until(lambda: "takes effect" in text(page, ".remarks"), "it says since when")
    page.execute_script("document.getElementById('share').click()")
    until(lambda: len(texts(page, ".remarks p")) == 2, "the link is copied")
    page.execute_script("window.held[1]()")
    until(lambda: len(texts(page, ".remarks p")) == 1, "that is not said any more")
    assert "takes effect" in text(page, ".remarks")
