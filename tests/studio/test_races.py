"""What comes at an awkward moment: a click before the session has answered, many at once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from browsing import choose, click, enter, ready, text, texts, until
from selenium.webdriver.common.keys import Keys

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


# Each word of the page is on its way for most of a second.
SLOW = """
const emit = window.socket.emit.bind(window.socket);
window.socket.emit = (...words) => setTimeout(() => emit(...words), 800)"""

# What a list has said since then, picture by picture.
LOOKED_AT = """
window.said = new Set();
const look = () => { window.said.add(document.querySelector(arguments[0])?.value); requestAnimationFrame(look); };
const it = document.querySelector(arguments[0]);
it.value = arguments[1];
it.dispatchEvent(new Event("change", { bubbles: true }));
look()"""


@pytest.mark.parametrize(
    ("recipe", "name", "earlier", "wanted", "word"),
    [
        ("digits-cnn2", "seeds", "10", "3", "#seeds-word"),
        ("digits-mlp", "sample-class", "4", "5", ".sampler .fine"),
    ],
)
def test_what_was_chosen_stands_until_it_is_there(
    visit: Visit, recipe: str, name: str, earlier: str, wanted: str, word: str
) -> None:
    page = ready(visit())
    choose(page, recipe)
    until(lambda: text(page, "#recipes span") == recipe and page.find_elements("id", name), "it is open")
    enter(page, "#speed", "full")
    click(page, "play")
    until(lambda: text(page, "#word") == "training", "it trains")
    before = text(page, word)
    enter(page, f"#{name}", earlier)
    until(lambda: text(page, word) != before, "one is there")
    before = text(page, word)
    page.execute_script(SLOW)
    page.execute_script(LOOKED_AT, f"#{name}", wanted)
    until(lambda: text(page, word) != before, "another one is there")
    page.execute_async_script("setTimeout(arguments[0], 700)")
    assert page.execute_script("return [...window.said]") == [wanted]


def test_what_is_typed_stands_while_a_control_changes_the_text(visit: Visit) -> None:
    page = ready(visit())
    click(page, "toml-toggle")
    page.execute_script(SLOW)
    enter(page, "#fit-epochs", "77")
    page.execute_async_script("setTimeout(arguments[0], 500)")
    text_now = str(page.find_element("id", "toml").get_attribute("value"))
    enter(page, "#toml", text_now.replace("lr = 0.01", "lr = 0.03"), "input")

    def told() -> list[str]:
        lines = str(page.find_element("id", "toml").get_attribute("value")).splitlines()
        return [line for line in lines if line.startswith(("lr", "epochs"))]

    until(lambda: "epochs = 77" in told(), "the control's change is there")
    assert told() == ["lr = 0.03", "epochs = 77"]
    chosen = "return document.querySelector('#fit-lr').selectedOptions[0].text"
    until(lambda: page.execute_script(chosen) == "0.03", "and so is what was typed")
    assert told() == ["lr = 0.03", "epochs = 77"]


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


# ---------------------------------------------------------------------- a session that is slow to answer

# Words to the session wait for the test, which lets some or all of them go.
HELD_BACK = """
const emit = window.socket.emit.bind(window.socket), words = [];
window.socket.emit = (...word) => words.push(word);
window.release = (count) => {
  const some = words.splice(0, count ?? words.length);
  if (count === undefined) window.socket.emit = emit;
  some.forEach((word) => emit(...word));
}"""


def held_back(page: Any, *script: str) -> Any:
    """Hold words to the session back, and run a script."""
    page.execute_script(HELD_BACK)
    return page.execute_script("; ".join(script))


def release(page: Any, count: int | None = None) -> None:
    page.execute_script("window.release(arguments[0] ?? undefined)", count)


def pressed(name: str) -> str:
    return f"document.getElementById('{name}').click()"


def value(page: Any, selector: str) -> str:
    return str(page.execute_script("return document.querySelector(arguments[0]).value", selector))


def switches(page: Any) -> list[str]:
    script = "return [...document.querySelectorAll('.features [aria-pressed]')].map((one) => one.ariaPressed)"
    return list(page.execute_script(script))


def test_presses_that_follow_one_another_quickly_all_count(visit: Visit) -> None:
    page = ready(visit())
    units = int(value(page, "#units-0"))
    third, fourth = (f"document.querySelectorAll('.features [aria-pressed]')[{i}].click()" for i in (2, 3))
    held_back(page, *3 * [pressed("more-0")], *2 * [pressed("add-layer")], third, fourth)
    assert value(page, "#units-0") == str(units + 3), "it is shown at once"
    assert switches(page)[:4] == 4 * ["true"]
    release(page)
    until(lambda: len(texts(page, ".of-hidden")) == 3, "there are two layers more")
    until(lambda: text(page, ".fine.samples") and switches(page)[:4] == 4 * ["true"], "both are seen")
    page.execute_async_script("setTimeout(arguments[0], 300)")
    assert value(page, "#units-0") == str(units + 3) and switches(page)[:4] == 4 * ["true"]
    page.execute_script(f"{pressed('drop-2')}; {pressed('drop-2')}")
    until(lambda: len(texts(page, ".of-hidden")) == 2, "pressed twice, the one layer goes")


def test_what_is_typed_stands_while_it_trains(visit: Visit) -> None:
    page = ready(visit())
    click(page, "step")
    until(lambda: page.find_element("id", "pin").is_enabled(), "a step is done")
    click(page, "pin")
    until(lambda: page.find_elements("id", "compare"), "a run is pinned")
    enter(page, "#speed", "medium")
    click(page, "play")
    until(lambda: text(page, "#epoch") != "0", "it trains")
    page.find_element("id", "network").send_keys(Keys.ENTER)
    field = page.find_element("id", "hand-value")
    field.send_keys(Keys.CONTROL, "a")
    begun = int(text(page, "#epoch"))
    field.send_keys("1234")
    until(lambda: int(text(page, "#epoch")) > begun + 2, "it trains on")
    assert value(page, "#hand-value") == "1234"
    field.send_keys(Keys.ESCAPE)
    click(page, "compare")
    name = until(lambda: page.find_element("css selector", ".compare input"), "the runs are compared")
    begun = int(text(page, "#epoch"))
    name.send_keys(" of mine")
    until(lambda: int(text(page, "#epoch")) > begun + 2, "it trains on")
    assert value(page, ".compare input") == "spiral of mine"


def test_a_text_that_is_typed_on_while_the_session_answers_is_kept(visit: Visit) -> None:
    page = ready(visit())
    click(page, "toml-toggle")
    before = value(page, "#toml")
    once, twice = (before.replace("epochs = ", f"epochs = {digits}") for digits in ("1", "12"))
    held_back(page)
    enter(page, "#toml", once, "input")
    page.execute_async_script("setTimeout(arguments[0], 800)")
    enter(page, "#toml", twice, "input")
    release(page)
    until(lambda: value(page, "#fit-epochs").startswith("12"), "the last one is taken up")
    assert value(page, "#toml") == twice


def test_the_answer_to_an_earlier_word_undoes_no_later_one(visit: Visit) -> None:
    page = ready(visit())
    held_back(page)
    enter(page, "#fit-epochs", "77")
    enter(page, "#fit-optimizer", "1")
    chosen = value(page, "#fit-optimizer")
    enter(page, "#speed", "slow")
    field = page.find_element("id", "fit-seed")
    field.send_keys(Keys.CONTROL, "a")
    field.send_keys("12")
    click(page, "recipes")
    release(page, 1)
    until(lambda: text(page, ".progress").endswith("of 77"), "the first one is answered")
    assert (value(page, "#fit-optimizer"), value(page, "#speed")) == (chosen, "slow")
    assert page.find_elements("css selector", "dialog.recipes[open]")
    release(page)
    page.find_element("css selector", "dialog.recipes").send_keys(Keys.ESCAPE)
    until(lambda: value(page, "#speed") == "slow", "and so it is in the end")
    assert value(page, "#fit-optimizer") == chosen and value(page, "#fit-seed") == "12"


def test_a_step_that_is_closed_before_it_has_come_stays_closed(visit: Visit) -> None:
    page = ready(visit())
    click(page, "walk")
    until(lambda: page.find_elements("id", "walk-after"), "a step is opened")
    held_back(page, pressed("walk-after"), pressed("walk-close"))
    until(lambda: not page.find_elements("id", "walk-after"), "it is closed")
    release(page)
    click(page, "step")
    until(lambda: text(page, "#epoch") != "0", "what was asked for has been answered")
    assert not page.find_elements("css selector", "dialog[open]")


def test_each_wish_to_see_something_counts_however_slowly_it_is_answered(visit: Visit) -> None:
    page = ready(visit())
    choose(page, "wine")
    until(lambda: page.find_elements("id", "tab-whatif"), "it is open")
    click(page, "tab-whatif")
    until(lambda: page.find_elements("id", "whatif-row"), "a row is shown")
    held_back(page, *4 * [pressed("sample-next")])
    release(page)
    until(lambda: value(page, "#whatif-row") == "5", "four presses are four rows")
    held_back(page, pressed("tab-distributions"), pressed("tab-whatif"))
    release(page)
    page.execute_async_script("setTimeout(arguments[0], 700)")
    assert page.find_element("id", "tab-whatif").get_attribute("aria-selected") == "true", "the tab of the last press"
    held_back(page)
    click(page, "recipes")
    until(lambda: page.find_elements("id", "recipe-moons"), "the recipes are shown")
    page.execute_script(f"{pressed('recipe-moons')}; {pressed('tab-distributions')}")
    page.execute_script(pressed("tab-whatif"))
    release(page)
    until(lambda: text(page, "#recipes span") == "moons", "another recipe is open")
    page.execute_async_script("setTimeout(arguments[0], 700)")
    assert not text(page, ".problem"), "that it has no such view is no news"


def test_train_counts_right_after_a_step(visit: Visit) -> None:
    page = ready(visit())
    enter(page, "#speed", "slow")
    click(page, "play")
    until(lambda: text(page, "#epoch") != "0", "it trains")
    held_back(page, pressed("step"))
    page.execute_async_script("setTimeout(arguments[0])")
    assert page.find_element("id", "play").get_attribute("aria-label") == "Train", "a step ends the training"
    page.execute_script(TRAIN)
    release(page)
    page.execute_async_script("setTimeout(arguments[0], 500)")
    until(lambda: text(page, "#word") == "training", "it trains again")


def test_a_page_that_is_loaded_anew_while_it_is_told_something_goes_on_with_it(visit: Visit) -> None:
    page = ready(visit())
    enter(page, "#seeds", "10")
    enter(page, "#speed", "full")
    click(page, "play")
    for _again in range(3):
        page.execute_async_script("setTimeout(arguments[0], 250)")
        page.refresh()  # what the session says meanwhile is meant for the page before
    until(lambda: text(page, "#word") in ("training", "done") and value(page, "#seeds") == "10", "it is as it was")
