"""The page in a real browser."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from babel.messages.pofile import read_po
from browsing import click, enter, text, texts, trained, until
from recipes import flats

import neurona
from neurona.training import train

Visit = Callable[..., Any]


def value(page: Any, selector: str) -> Any:
    return page.execute_script("return document.querySelector(arguments[0])?.value ?? ''", selector)


def ready(page: Any) -> Any:
    until(lambda: text(page, "#word") in ("ready", "lista"), "the page is ready")
    return page


def metric(page: Any, name: str) -> float | None:
    found = page.execute_script("return document.querySelector(`[data-metric=${arguments[0]}]`)?.dataset.value", name)
    return float(found) if found is not None else None


def test_a_first_visit_trains_the_spiral_to_the_numbers_of_neurona_train(visit: Visit, tmp_path: Path) -> None:
    page = ready(visit())
    assert page.title == "Neurona Studio"
    trained(page)
    assert text(page, "#epoch") == "100"
    theirs = train("spiral", out=tmp_path / "theirs", report=False)
    last = theirs.rows[-1]
    for name in ("train_loss", "train_accuracy", "valid_loss", "valid_accuracy"):
        assert metric(page, name) == last[name]
    assert metric(page, "test_accuracy") == theirs.metrics["test"]["accuracy"] >= 0.95
    painted = """
      const canvas = document.querySelector(arguments[0]);
      return new Set(canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data).size"""
    for canvas in ("#surface", "#network", "#curves"):
        assert page.execute_script(painted, canvas) > 20, canvas
    assert text(page, ".matrix tbody td") == "75"


def test_the_recipe_and_the_controls_show_each_other(visit: Visit) -> None:
    page = ready(visit())
    page.find_element("tag name", "body").send_keys("t")
    until(lambda: "hidden = [100]" in value(page, "#toml"), "the recipe is shown")
    written = value(page, "#toml")
    enter(page, "#toml", written.replace("[100]", "[5, 4]").replace("lr = 0.01", "lr = 0.3"), "input")
    until(lambda: value(page, "#units-1") == "4", "the drawing follows the recipe")
    assert page.execute_script("const s = document.querySelector('#fit-lr'); return s.selectedOptions[0].text") == "0.3"
    page.execute_script("document.querySelector('#more-0').click()")
    until(lambda: "hidden = [6, 4]" in value(page, "#toml"), "the recipe follows the drawing")
    enter(page, "#toml", value(page, "#toml").replace("lr = 0.3", "lr = -1"), "input")
    until(lambda: text(page, ".sheet li.wrong"), "the line of the mistake is marked")
    line = int(text(page, ".sheet li.wrong"))
    assert value(page, "#toml").splitlines()[line - 1] == "lr = -1"
    assert "greater than 0" in text(page, "#toml-problem")
    address = page.current_url
    page.get("about:blank")
    page.get(address)
    until(lambda: value(page, "#units-0") == "6" and value(page, "#units-1") == "4", "the link brings the recipe")


def test_training_is_driven_by_keys_and_goes_on_with_another_learning_rate(visit: Visit) -> None:
    page = ready(visit())
    enter(page, "#speed", "slow")
    body = page.find_element("tag name", "body")
    body.send_keys(" ")
    until(lambda: text(page, "#word") == "training" and text(page, "#epoch") != "0", "space trains")
    enter(page, "#fit-lr", "3")  # the fourth of the list: 0.003
    until(lambda: "takes effect" in text(page, ".remarks"), "it says since when")
    page.execute_script("document.activeElement.blur()")
    body.send_keys(" ")
    until(lambda: text(page, "#word") == "paused", "space pauses")
    epoch = int(text(page, "#epoch"))
    assert epoch >= 1
    page.execute_script("document.activeElement.blur()")
    from selenium.webdriver.common.keys import Keys

    body.send_keys(Keys.ARROW_RIGHT)
    until(lambda: text(page, "#epoch") == str(epoch + 1), "an arrow makes one step")
    body.send_keys("r")
    until(lambda: text(page, "#epoch") == "0", "R starts anew")


def test_every_control_has_a_name_and_is_reached_by_keyboard(visit: Visit) -> None:
    page = ready(visit())
    nameless = """
      return [...document.querySelectorAll('button, select, input, textarea, summary, canvas')].filter((one) =>
        !(one.getAttribute('aria-label') || one.labels?.length || one.textContent.trim() || one.ariaHidden === 'true'))
        .map((one) => one.outerHTML)"""
    assert page.execute_script(nameless) == []
    unreachable = """
      return [...document.querySelectorAll('button, select, input, textarea')]
        .filter((one) => one.tabIndex < 0).length"""
    assert page.execute_script(unreachable) == 0


# Whether what has the focus can be seen: at its middle or near one of its sides nothing else lies over it.
COVERED = """
const one = document.activeElement, box = one.getBoundingClientRect();
if (one === document.body) return "";
const seen = [[0.5, 0.5], [0.1, 0.5], [0.9, 0.5], [0.5, 0.15], [0.5, 0.85]].some(([x, y]) => {
  const at = document.elementFromPoint(box.left + x * box.width, box.top + y * box.height);
  return at && (one.contains(at) || at.contains(one));
});
return seen ? "" : one.outerHTML.slice(0, 100)"""


def test_the_focus_is_always_in_sight_and_comes_back(visit: Visit) -> None:
    from selenium.webdriver import ActionChains
    from selenium.webdriver.common.keys import Keys

    def press(key: str) -> None:
        ActionChains(page).send_keys(key).perform()

    def focused() -> str:
        return str(page.execute_script("return document.activeElement.id"))

    page = ready(visit())
    page.execute_script("document.getElementById('data-noise').focus()")
    page.execute_script("document.getElementById('toml-toggle').click()")
    until(lambda: focused() == "toml", "the editor takes the focus from what it stands for")
    reached = set()
    for _tab in range(45):
        press(Keys.TAB)
        reached.add(focused())
        assert page.execute_script(COVERED) == ""
    assert {"toml", "fit-lr", "play", "tab-surface"} <= reached and "data-noise" not in reached
    page.execute_script("document.getElementById('toml').focus()")
    press(Keys.ESCAPE)
    until(lambda: not page.find_element("id", "toml").is_displayed(), "Esc hides the recipe")
    assert focused() == "toml-toggle"
    page.find_element("id", "take").send_keys(Keys.ENTER)
    until(lambda: page.find_element("id", "take-onnx").is_displayed(), "the menu is open")
    press(Keys.TAB)
    press(Keys.ESCAPE)
    assert focused() == "take" and not page.find_element("id", "take-onnx").is_displayed()


def test_what_is_closed_gives_the_focus_back(visit: Visit, tmp_path: Path) -> None:
    from selenium.webdriver.common.keys import Keys

    page = ready(visit())
    (tmp_path / "list.csv").write_text("a,b\n1,2\n2,1\n")

    def entered(name: str) -> None:
        page.find_element("id", name).send_keys(Keys.ENTER)

    def left(selector: str, *, to: str) -> None:
        until(lambda: page.find_elements("css selector", selector), f"{selector} is there")
        page.find_element("css selector", selector).send_keys(Keys.ENTER)
        until(lambda: page.switch_to.active_element.get_attribute("id") == to, f"the focus is at {to} again")

    entered("recipes")
    left(".dialog.recipes .plain", to="recipes")
    entered("recipes")
    left("#recipe-moons", to="recipes")
    until(lambda: text(page, "#recipes span") == "moons", "it is open")
    page.execute_script("document.getElementById('upload').focus()")
    page.find_element("id", "upload").send_keys(str(tmp_path / "list.csv"))
    left(".dialog.table .text", to="upload")
    entered("walk")
    left("#walk-close", to="walk")
    entered("network")
    left(".by-hand .plain", to="network")
    entered("step")
    until(lambda: not page.find_element("id", "pin").get_attribute("disabled"), "one step is done")
    entered("pin")
    left("#unpin-0", to="pin")


def test_spanish_is_spoken_in_place(visit: Visit) -> None:
    page = ready(visit())
    trained(page)
    loss = metric(page, "train_loss")
    page.execute_script("document.getElementById('data-noise').focus()")
    until(lambda: "samples stray" in text(page, ".hint span"), "what has the focus is explained")
    catalogue = Path(neurona.__file__).parent / "locale" / "es" / "LC_MESSAGES" / "neurona.po"
    with catalogue.open("rb") as file:
        spanish = {str(entry.id): str(entry.string) for entry in read_po(file, locale="es") if entry.id}
    enter(page, "#language", "es")
    until(lambda: text(page, "label[for=fit-lr]") == spanish["Learning rate"], "the controls speak Spanish")
    assert page.execute_script("return document.documentElement.lang") == "es"
    assert "samples stray" not in text(page, ".hint span")
    assert text(page, "#add-layer") == spanish["Add a layer"] != "Add a layer"
    assert page.find_element("id", "play").get_attribute("aria-label") == spanish["Train"]
    assert metric(page, "train_loss") == loss and text(page, "#epoch") == "100"


def test_a_table_of_ones_own(visit: Visit, tmp_path: Path) -> None:
    page = ready(visit())
    (tmp_path / "list.csv").write_text("a,b\n1,2\n3\n")
    page.find_element("id", "upload").send_keys(str(tmp_path / "list.csv"))
    until(lambda: page.find_elements("id", "use-table"), "the columns are shown")
    click(page, "use-table")
    until(lambda: "list.csv" in text(page, ".dialog .error"), "what is wrong is said beside the choice")
    page.find_element("css selector", ".dialog button.text").click()
    flats().to_csv(tmp_path / "flats.csv", index=False)
    page.find_element("id", "upload").send_keys(str(tmp_path / "flats.csv"))
    until(lambda: text(page, ".dialog h2") == "flats.csv", "the table is there")
    enter(page, "#target", "dear")
    click(page, "use-table")
    until(lambda: text(page, "#recipes span") == "flats", "it is the recipe now")
    trained(page)
    assert metric(page, "train_accuracy") is not None


def test_a_picture_is_no_table(visit: Visit, tmp_path: Path) -> None:
    page = ready(visit())
    (tmp_path / "picture.csv").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(300))
    page.find_element("id", "upload").send_keys(str(tmp_path / "picture.csv"))
    said = until(lambda: text(page, ".problem p"), "it is refused")
    assert "picture.csv" in said and "Traceback" not in said


def test_the_net_is_taken_away_as_pytorch(visit: Visit, tmp_path: Path) -> None:
    page = ready(visit())
    trained(page)
    for form, name in (("pytorch", "spiral.py"), ("recipe", "spiral.toml")):
        click(page, "take")
        click(page, f"take-{form}")
        until((tmp_path / name).is_file, f"{name} is here")
    until(lambda: (tmp_path / "spiral.py").read_text().endswith("main()\n"), "it is whole")
    (tmp_path / "points.csv").write_text("x1,x2\n0.0,0.5\n0.6,-0.3\n-0.5,0.3\n")
    done = subprocess.run(
        [sys.executable, "-I", "spiral.py", "points.csv"], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    theirs = train(tmp_path / "spiral.toml", out=tmp_path / "again", report=False)
    import pandas as pd

    wanted = theirs.predict(pd.read_csv(tmp_path / "points.csv"))
    assert [line.split(",")[0] for line in done.stdout.splitlines()[1:]] == wanted["prediction"].tolist()


def test_a_recipe_of_the_package_opens_with_the_views_that_fit(visit: Visit) -> None:
    page = ready(visit())
    click(page, "recipes")
    until(lambda: texts(page, ".families h3"), "the recipes are listed by family")
    assert texts(page, ".families h3")[:2] == ["Dense networks", "Convolutional networks"]
    assert text(page, ".families [aria-current=true] b") == "spiral"
    search = page.find_element("id", "search")
    search.send_keys("convolutions digits-cnn2")
    until(lambda: page.find_elements("id", "recipe-digits-cnn2"), "it is found")
    click(page, "recipe-digits-cnn2")
    until(lambda: text(page, "#recipes span") == "digits-cnn2" and text(page, ".matrix caption"), "it is open")
    assert "Conv2d(1, 16, 5, padding=2)" in text(page, ".drawing")
    assert json.loads(page.execute_script("return JSON.stringify(document.querySelector('#surface'))")) is None
