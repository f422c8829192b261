"""Features, points, chosen columns, pictures and the tour, in a real browser."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from browsing import choose, click, enter, ready, text, texts, trained, until
from PIL import Image
from recipes import flats

Visit = Callable[..., Any]


def names(page: Any) -> list[str]:
    """Return the features that are switched on."""
    return texts(page, ".switches button[aria-pressed=true]")


def toml(page: Any) -> str:
    return str(page.execute_script("return document.querySelector('#toml').value"))


def test_features_are_switched_and_written(visit: Visit) -> None:
    page = ready(visit())
    assert names(page) == ["x1", "x2"]
    page.find_element("css selector", ".switches button[title='x1·x2']").click()
    until(lambda: names(page) == ["x1", "x2", "x1·x2"], "the product is on")
    until(lambda: 'features = ["x1", "x2", "x1*x2"]' in toml(page), "and the recipe says so")
    click(page, "own-feature")
    page.find_element("id", "formula").send_keys("log(x1)\n")
    until(lambda: "'log(x1)' is no finite number" in text(page, ".features .error"), "what is wrong stands beside it")
    assert not page.find_elements("css selector", ".problem")
    enter(page, "#formula", "x1^2 + x2^2", "input")
    click(page, "add-formula")
    until(lambda: "x1² + x2²" in names(page), "the formula is on")
    for title in ("x1", "x2", "x1·x2"):
        page.find_element("css selector", f".switches button[title='{title}']").click()
        until(lambda title=title: title not in names(page), "it is off")
    only = page.find_element("css selector", ".switches button[aria-pressed=true]")
    assert only.get_attribute("title") == "x1² + x2²" and not only.is_enabled()
    trained(page)
    assert text(page, "#surface") == "" and page.find_element("id", "surface").is_displayed()


def test_points_are_drawn_trained_and_linked(visit: Visit) -> None:
    from selenium.webdriver.common.action_chains import ActionChains

    page = ready(visit())
    click(page, "tab-distributions")
    until(lambda: page.find_elements("id", "distributions"), "another view is in sight before")
    click(page, "draw-points")
    canvas = until(lambda: page.find_element("id", "draw"), "the plane is there")

    def stroke(places: list[tuple[int, int]]) -> None:
        actions = ActionChains(page, duration=5).move_to_element_with_offset(canvas, *places[0]).click_and_hold()
        for place in places[1:]:
            actions.move_to_element_with_offset(canvas, *place)
        actions.release().perform()

    stroke([(-30 + 8 * i, -30) for i in range(8)])
    assert "Two classes" in text(page, ".draw .fine")
    click(page, "class-B")
    stroke([(-30 + 8 * i, 30) for i in range(8)])
    until(lambda: text(page, "#recipes span") == "points", "they are the data")
    canvas.send_keys("1", " ")  # by keyboard, in the middle
    count = int(text(page, ".draw .fine").split()[0])
    click(page, "undo")
    until(lambda: text(page, ".draw .fine").startswith(f"{count - 1} points"), "it is gone")
    click(page, "add-class")
    stroke([(40, -30 + 8 * i) for i in range(8)])
    until(lambda: texts(page, ".matrix thead th") == ["A", "B", "C"], "there are three classes")
    enter(page, "#fit-epochs", "40")
    until(lambda: "epochs = 40" in toml(page), "a short training")
    trained(page)
    click(page, "points-done")
    until(lambda: texts(page, ".legend li") == ["A", "B", "C"], "the surface is in sight")
    link = page.execute_script("return location.hash")
    page.get("about:blank")
    visit(link)
    until(lambda: texts(page, ".legend li") == ["A", "B", "C"], "the link brings them along")


def test_a_table_is_trained_on_chosen_columns(visit: Visit, tmp_path: Path) -> None:
    page = ready(visit())
    flats().assign(rooms=["3"] * 88 + ["two", "many"]).to_csv(tmp_path / "points.csv", index=False)
    page.find_element("id", "upload").send_keys(str(tmp_path / "points.csv"))
    until(lambda: page.find_elements("id", "use-table"), "the columns are shown")
    assert text(page, ".dialog h2") == "my-points.csv"  # the other name is for points that are drawn
    assert "'two' (line 90)" in text(page, ".sheet-of-columns .why .error")
    enter(page, "#target", "dear")
    for box in page.find_elements("css selector", ".sheet-of-columns input:checked"):
        if box.get_attribute("value") not in ("area", "town"):
            box.click()
    click(page, "use-table")
    until(lambda: 'features = ["area", "town"]' in toml(page), "the recipe names them")
    trained(page)
    assert text(page, ".problem") == ""


def test_a_file_that_is_no_table_is_called_that(visit: Visit, tmp_path: Path) -> None:
    page = ready(visit())
    Image.new("RGB", (8, 8)).save(tmp_path / "photo.png")
    page.find_element("id", "upload").send_keys(str(tmp_path / "photo.png"))
    until(lambda: "photo.png is neither a table nor a zip file" in text(page, ".problem"), "it says what it is not")
    enter(page, "#language", "es")
    until(lambda: "photo.png no es ni una tabla" in text(page, ".problem"), "in both languages")


def test_a_table_of_which_the_net_would_see_nothing_is_not_used(visit: Visit, tmp_path: Path) -> None:
    page = ready(visit())
    rows = "".join(f"guest{i},Rome,{3 * i}\n" for i in range(40))
    (tmp_path / "stays.csv").write_text("name,town,nights\n" + rows)
    page.find_element("id", "upload").send_keys(str(tmp_path / "stays.csv"))
    until(lambda: "No column is left" in text(page, ".dialog .error"), "it says why it is of no use")
    assert not page.find_element("id", "use-table").is_enabled()
    enter(page, "#target", "town")
    until(lambda: page.find_element("id", "use-table").is_enabled(), "nights are left")
    assert text(page, ".dialog .error") == ""


def bring(page: Any, file: Path, name: str) -> None:
    """Bring a table, and have its last column predicted."""
    page.find_element("id", "upload").send_keys(str(file))
    until(lambda: page.find_elements("id", "use-table"), "the columns are shown")
    click(page, "use-table")
    until(lambda: text(page, "#recipes span") == name, "it is the data")


def test_a_table_of_values_may_follow_one_of_classes(visit: Visit, tmp_path: Path) -> None:
    page = ready(visit())
    numbers = np.random.default_rng(0).normal(size=(120, 30))
    table = pd.DataFrame(numbers, columns=[f"c{i}" for i in range(30)])
    table.assign(kind=np.where(table.c0 > 0, "up", "down")).to_csv(tmp_path / "kinds.csv", index=False)
    table[["c0", "c1", "c2"]].assign(cost=2 * table.c0).to_csv(tmp_path / "costs.csv", index=False)
    bring(page, tmp_path / "kinds.csv", "kinds")
    click(page, "step")
    until(lambda: text(page, "#epoch") == "1", "an epoch is done")
    bring(page, tmp_path / "costs.csv", "costs")
    before = until(lambda: page.execute_script("return document.querySelector('#network')?.toDataURL()"), "it is drawn")
    trained(page)
    until(lambda: page.execute_script("return document.querySelector('#network').toDataURL()") != before, "all of it")
    if text(page, "#epoch") != "100":  # a table of one's own is not trained longer than is good for it
        assert text(page, "#early") == "· ended early"


def test_what_if_shows_the_likeliest_of_many_classes(visit: Visit, tmp_path: Path) -> None:
    page = ready(visit())
    values = np.random.default_rng(0).normal(size=(460, 3)).round(3)
    kinds = [f"a kind with the number {i % 46}" for i in range(460)]
    pd.DataFrame(values, columns=["a", "b", "c"]).assign(kind=kinds).to_csv(tmp_path / "kinds.csv", index=False)
    bring(page, tmp_path / "kinds.csv", "kinds")
    click(page, "tab-whatif")
    lines = until(lambda: texts(page, ".whatif .shares tr"), "the answer is there")
    assert 6 <= len(lines) - 1 <= 7 and lines[-1] == f"{46 - (len(lines) - 1)} more"
    bottom = "return Math.round(document.querySelector(arguments[0]).getBoundingClientRect().bottom)"
    assert page.execute_script(bottom, ".whatif .said") <= page.execute_script(bottom, ".watch .main")


def test_pictures_are_uploaded_as_a_zip_file(visit: Visit, tmp_path: Path) -> None:
    page = ready(visit())
    with zipfile.ZipFile(tmp_path / "photos.zip", "w") as archive:
        for name, colour in (("red", (200, 0, 0)), ("blue", (0, 0, 200))):
            for i in range(8):
                file = io.BytesIO()
                Image.new("RGB", (10, 10), tuple(shade // (i + 1) for shade in colour)).save(file, "PNG")
                archive.writestr(f"{name}/{i}.png", file.getvalue())
    page.find_element("id", "upload").send_keys(str(tmp_path / "photos.zip"))
    until(lambda: text(page, "#recipes span") == "photos-pictures", "they are the data")
    until(lambda: texts(page, ".matrix thead th") == ["blue", "red"], "the folders are the classes")
    page.find_element("id", "layer-1").send_keys(" stride 40 oops\t")
    until(lambda: "Layer 1" in text(page, ".words .error"), "the layer is marked")
    assert page.find_element("css selector", ".word.wrong input").get_attribute("id") == "layer-1"
    enter(page, "#language", "es")
    until(lambda: "Capa 1" in text(page, ".words .error"), "it stays marked, in the new language")


def test_layers_of_a_refused_text_are_in_sight_and_the_wrong_one_is_marked(visit: Visit) -> None:
    page = ready(visit())
    choose(page, "digits-cnn2")
    until(lambda: page.find_elements("id", "layer-1"), "it is open")
    layers = "return [...document.querySelectorAll('.word input')].map((one) => one.value)"
    own = page.execute_script(layers)
    click(page, "toml-toggle")
    text_before = toml(page)
    enter(page, "#toml", text_before.replace('"pool 2"', '"pool 20"', 1), "input")
    until(lambda: '"pool 20"' in text(page, "#toml-problem"), "it does not fit")
    assert page.execute_script(layers) == ["pool 20" if i == 2 else word for i, word in enumerate(own)]
    assert page.find_element("css selector", ".word.wrong input").get_attribute("id") == "layer-3"
    click(page, "toml-toggle")
    until(lambda: '"pool 20"' in text(page, ".words .error"), "so it is said beside the layers")
    enter(page, "#language", "es")
    until(lambda: "Capa 3" in text(page, ".words .error"), "it stays, in the new language")
    assert page.find_element("css selector", ".word.wrong input").get_attribute("id") == "layer-3"
    click(page, "toml-toggle")
    until(lambda: "Capa 3" in text(page, "#toml-problem"), "and beside the text")
    enter(page, "#toml", text_before, "input")
    until(lambda: page.execute_script(layers) == own, "with the text as it was the layers are")
    assert not page.find_elements("css selector", ".word.wrong")

    enter(page, "#toml", text_before.replace('"pool 2"', '"pool 20"', 1), "input")
    until(lambda: page.find_elements("css selector", ".word.wrong"), "it is refused once more")
    enter(page, "#layer-3", "pool 4")
    until(lambda: '"pool 4"' in toml(page), "what is mended on the drawing is so in the text")
    until(lambda: '"pool 20"' not in toml(page) + text(page, "#toml-problem"), "and nothing is wrong any more")
    assert not page.find_elements("css selector", ".word.wrong")


def test_folders_dropped_on_the_page_are_packed(visit: Visit) -> None:
    page = ready(visit())
    packed = """
      const done = arguments[0];
      import("neurona-studio/zip.js").then(async ({ zipped }) => {
        const files = [["a/é.txt", new File(["hello"], "é.txt")], ["b/2.txt", new File(["there"], "2.txt")]];
        const bytes = new Uint8Array(await (await zipped(files)).arrayBuffer());
        done(Array.from(bytes));
      }).catch((error) => done(String(error)))"""
    with zipfile.ZipFile(io.BytesIO(bytes(page.execute_async_script(packed)))) as archive:
        assert archive.testzip() is None
        assert {name: archive.read(name) for name in archive.namelist()} == {"a/é.txt": b"hello", "b/2.txt": b"there"}


def test_each_hidden_layer_has_a_function(visit: Visit) -> None:
    page = ready(visit())
    click(page, "add-layer")
    until(lambda: page.find_elements("id", "activation-1"), "there are two")
    enter(page, "#activation-1", "tanh")
    until(lambda: 'activation = ["relu", "tanh"]' in toml(page), "the recipe has both")
    enter(page, "#activation-0", "tanh")
    until(lambda: 'activation = "tanh"' in toml(page), "one name for all")


# Whether the card of the tour lies over what has the focus.
OVER = """
const box = (it) => it.getBoundingClientRect();
const card = box(document.querySelector(".tour .card")), one = box(document.activeElement);
return one.right > card.left && one.left < card.right && one.bottom > card.top && one.top < card.bottom"""


def test_the_card_of_the_tour_makes_room_for_what_has_the_focus(visit: Visit) -> None:
    page = ready(visit())
    click(page, "tour")
    for stop in range(6):
        until(lambda stop=stop: text(page, ".tour .fine") == f"{stop + 1} / 6", "the stop is there")
        for name in ("recipes", "fit-optimizer", "net-kind", "tab-surface", "take"):
            page.execute_script("document.getElementById(arguments[0]).focus()", name)
            until(lambda: not page.execute_script(OVER), f"{name} can be seen")
        page.find_element("id", "tour-next").send_keys("\n")  # a pointer may miss a card that moves


def test_the_tour_is_taken_by_keyboard_and_remembered(visit: Visit) -> None:
    page = ready(visit())
    assert not page.find_elements("css selector", ".tour")
    page.execute_cdp_cmd(
        "Page.addScriptToEvaluateOnNewDocument",
        {"source": "if (location.protocol === 'http:') localStorage.removeItem('neurona-studio-tour')"},
    )
    page.refresh()
    stops = []
    until(lambda: page.find_elements("id", "tour-next"), "a first visit begins with it")
    for _stop in range(6):
        stops.append(text(page, ".tour h2"))
        page.find_element("id", "tour-next").send_keys("\n")
        until(lambda: text(page, ".tour h2") != stops[-1], "the next stop")
    assert len(set(stops)) == 6 and not page.find_elements("css selector", ".tour")
    assert page.execute_script("return localStorage.getItem('neurona-studio-tour')") == "seen"
    click(page, "tour")
    until(lambda: page.switch_to.active_element.get_attribute("id") == "tour-next", "it can be taken again")
    page.switch_to.active_element.send_keys("\ue00c")  # Escape
    until(lambda: not page.find_elements("css selector", ".tour"), "it is left")
    assert page.switch_to.active_element.get_attribute("id") == "tour"
