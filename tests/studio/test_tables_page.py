"""Points that join a training, rows whose values are changed, and rows that are drawn, in a real browser."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

from browsing import choose, click, enter, ready, text, texts, trained, until
from recipes import flats

Visit = Callable[..., Any]
GAN = (
    '[data]\nname = "wine"\ntask = "adversarial"\n\n[net]\nkind = "gan"\nnoise = 4\n\n[fit]\nlr = 0.001\nepochs = 30\n'
)


def stroke(page: Any, places: list[tuple[int, int]]) -> None:
    """Draw points on the plane, from place to place, in pixels from its middle."""
    from selenium.webdriver.common.action_chains import ActionChains

    canvas = page.find_element("id", "draw")
    actions = ActionChains(page, duration=5).move_to_element_with_offset(canvas, *places[0]).click_and_hold()
    for place in places[1:]:
        actions.move_to_element_with_offset(canvas, *place)
    actions.release().perform()


def epoch(page: Any) -> int:
    return int(text(page, "#epoch").replace(",", "") or 0)


def counted(page: Any) -> int:
    """Return how many samples the data have."""
    return sum(int("".join(filter(str.isdigit, part)) or 0) for part in text(page, ".samples").split(","))


def test_points_join_while_a_net_trains(visit: Visit) -> None:
    page = ready(visit())
    click(page, "draw-points")
    until(lambda: page.find_elements("id", "draw"), "the plane is there")
    stroke(page, [(-30 + 8 * i, -30) for i in range(8)])
    click(page, "class-B")
    stroke(page, [(-30 + 8 * i, 30) for i in range(8)])
    until(lambda: text(page, "#recipes span") == "points", "they are the data")
    enter(page, "#fit-epochs", "5000")
    until(lambda: "epochs = 5000" in page.execute_script("return document.querySelector('#toml').value"), "long enough")
    click(page, "play")
    until(lambda: epoch(page) >= 10, "it trains")
    before = counted(page)
    stroke(page, [(-30 + 8 * i, 50) for i in range(6)])
    until(lambda: counted(page) > before, "there are more samples")
    assert epoch(page) >= 10
    until(lambda: "Points join from epoch" in text(page, ".remarks"), "it is said")
    now = epoch(page)
    until(lambda: epoch(page) > now, "it goes on")
    page.find_element("id", "draw").send_keys("2", " ")  # one more, by keyboard
    until(lambda: counted(page) > before + 5, "it has joined too")
    assert epoch(page) > now
    click(page, "add-class")
    stroke(page, [(40, -30 + 8 * i) for i in range(8)])
    until(lambda: "there are other classes" in text(page, ".remarks"), "that starts anew")


def test_a_row_of_wine_is_changed_by_keyboard(visit: Visit) -> None:
    page = ready(visit())
    choose(page, "wine")
    until(lambda: text(page, "#recipes span") == "wine", "it is open")
    trained(page)
    page.find_element("id", "tab-confusion").send_keys("\ue014")  # arrow to the right
    until(lambda: page.find_elements("id", "whatif-answer"), "the view is in sight")
    labels = texts(page, ".whatif .fields label")
    assert labels[0] == "alcohol" and len(labels) == 13
    answer, alcohol = text(page, "#whatif-answer"), page.find_element("id", "whatif-0")
    row = alcohol.get_attribute("value")
    assert not page.find_elements("id", "whatif-before")
    slider = page.find_element("css selector", ".whatif [type=range][aria-label=alcohol]")
    slider.send_keys("\ue011")  # Home: the least of train
    until(lambda: text(page, "#whatif-answer") != answer, "the answer changes")
    assert f"As in the table: {row}" in text(page, "#whatif-0-note")
    assert answer in text(page, "#whatif-before")
    assert alcohol.get_attribute("value") == slider.get_attribute("min")
    for name in (".whatif [type=range]", ".whatif input[type=text]", ".whatif select", ".whatif canvas"):
        for one in page.find_elements("css selector", name):
            assert one.accessible_name, name
    for key in "\ue010" + "\ue003" * 8 + "oops\ue004":  # to the end, delete, write, tab
        alcohol.send_keys(key)
    until(lambda: "'oops', which is no finite number" in text(page, "#whatif-0-note"), "it is told beside the control")
    assert not page.find_elements("css selector", ".problem") and not page.find_elements("id", "whatif-answer")
    click(page, "whatif-back")
    until(lambda: text(page, "#whatif-answer") == answer, "it is as in the table")
    enter(page, "#whatif-along", "proline")
    until(lambda: "along proline" in page.find_element("id", "whatif-curve").accessible_name, "along another column")
    enter(page, "#whatif-row", "5")
    until(lambda: page.find_element("id", "whatif-row").get_attribute("value") == "5", "another row")
    enter(page, "#fit-epochs", "90000")
    until(
        lambda: "epochs = 90000" in page.execute_script("return document.querySelector('#toml').value"), "long enough"
    )
    click(page, "play")
    for key in "\ue010" + "\ue003" * 8 + "12.34":  # frames of the training come in between
        now = epoch(page)
        alcohol.send_keys(key)
        until(lambda now=now: epoch(page) > now, "it trains on")
    alcohol.send_keys("\ue004")
    until(lambda: abs(float(slider.get_attribute("value")) - 12.34) < 0.02, "what was typed is taken up")
    assert alcohol.get_attribute("value") == "12.34"


def test_a_row_of_ones_own_table_has_names_and_dates(visit: Visit, tmp_path: Path) -> None:
    page = ready(visit())
    flats().to_csv(tmp_path / "flats.csv", index=False)
    page.find_element("id", "upload").send_keys(str(tmp_path / "flats.csv"))
    until(lambda: page.find_elements("id", "use-table"), "the columns are shown")
    enter(page, "#target", "price")
    click(page, "use-table")
    until(lambda: text(page, "#recipes span") == "flats", "it is the data")
    enter(page, "#language", "es")
    until(lambda: page.find_elements("id", "tab-whatif"), "there is such a view")
    click(page, "play")
    click(page, "tab-whatif")
    until(lambda: page.find_elements("id", "whatif-answer"), "it is in sight")
    assert texts(page, ".whatif .fields label") == ["area", "town", "sold", "lift", "dear"]
    enter(page, "#whatif-1", "Lugo")
    enter(page, "#whatif-2", "31/12/2022")
    slider = page.find_element("css selector", ".whatif [type=range][aria-label=sold]")
    days = (date(2022, 12, 31) - date(2000, 1, 1)).days
    until(lambda: slider.get_attribute("value") == str(days), "a date as one writes it")
    assert page.find_element("id", "whatif-1").get_attribute("value") == "Lugo"
    assert page.find_element("id", "whatif-2").get_attribute("value") == "31/12/2022"
    slider.send_keys("\ue014")
    until(lambda: page.find_element("id", "whatif-2").get_attribute("value") == "2023-01-01", "the next day")
    enter(page, "#whatif-0", "")
    until(lambda: text(page, "#whatif-0-note"), "what is missing is told")
    assert page.find_elements("id", "whatif-answer")


def test_a_gan_of_a_table_shows_the_rows_that_it_draws(visit: Visit) -> None:
    page = ready(visit())
    enter(page, "#toml", GAN, "input")
    until(lambda: page.find_elements("id", "drawn"), "the view is in sight")
    assert text(page, ".tabs [aria-selected=true]") == "New samples"
    before = texts(page, "#drawn .made")
    trained(page)
    assert texts(page, "#drawn tbody th")[:2] == ["taken for real", "alcohol"]
    until(lambda: texts(page, "#drawn .made") != before, "other rows are drawn")
    alcohol = page.find_elements("css selector", "#drawn svg")[0]
    assert alcohol.accessible_name.startswith("alcohol: real 12.9")
    values = [float(one) for one in texts(page, "#drawn tbody tr:nth-child(2) .made:not(.mean .made)")]
    assert values and all(9 < value < 17 for value in values)


# A state of other columns, told before there is a frame of them.
OTHERS = """
const page = getElement(Number(document.querySelector(".studio").id.slice(1))), state = page.studio.state;
const whatif = { ...state.scene.about.whatif, fields: state.scene.about.whatif.fields.slice(1) };
page.receive({ ...state, scene: { ...state.scene, in_sight: "whatif", about: { ...state.scene.about, whatif } } });"""


def test_what_if_waits_for_the_frame_that_goes_with_its_columns(visit: Visit) -> None:
    """Without a word of complaint in the console, which `visit` looks for."""
    page = ready(visit())
    choose(page, "wine")
    until(lambda: text(page, "#recipes span") == "wine", "it is open")
    click(page, "tab-whatif")
    until(lambda: page.find_elements("id", "whatif-answer"), "the view is in sight")
    page.execute_script(OTHERS)
    until(lambda: not page.find_elements("css selector", ".whatif .field"), "nothing that does not belong together")
