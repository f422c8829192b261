"""A page in a class: lost connections, other tabs, a full room, a server that stops; in a real browser."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
from browsing import click, enter, ready, text, texts, trained, until
from PIL import Image

Visit = Callable[..., Any]


def epoch(page: Any) -> int:
    return int(text(page, "#epoch").replace(",", "") or 0)


def value(page: Any, selector: str) -> str:
    return str(page.execute_script("return document.querySelector(arguments[0])?.value ?? ''", selector))


def test_a_connection_that_is_lost_is_found_again_and_training_goes_on_meanwhile(visit: Visit) -> None:
    page = ready(visit())
    enter(page, "#speed", "medium")
    click(page, "play")
    until(lambda: epoch(page) >= 2, "it trains")
    page.execute_script("window.socket.io.reconnectionDelay(1500); window.socket.io.engine.close()")
    until(lambda: "connection is lost" in text(page, ".lost"), "the page says so")
    before = epoch(page)
    until(lambda: not text(page, ".lost"), "it is connected again")
    until(lambda: epoch(page) >= before + 5, "the training has gone on, and the page shows it")
    curves = page.execute_script("return document.querySelector('[data-metric=train_loss]').dataset.value")
    assert float(curves) > 0


def test_a_second_tab_is_a_session_of_its_own(visit: Visit) -> None:
    page = ready(visit())
    enter(page, "#speed", "medium")
    click(page, "play")
    until(lambda: epoch(page) >= 1, "the first one trains")
    first = page.current_window_handle
    address = page.current_url
    page.switch_to.new_window("tab")
    page.get(address)
    ready(page)
    assert epoch(page) == 0
    click(page, "step")
    until(lambda: epoch(page) == 1, "the second one makes a step of its own")
    page.close()
    page.switch_to.window(first)
    until(lambda: text(page, "#word") in ("training", "done"), "the first one goes on")
    until(lambda: epoch(page) > 5, "and shows it")


def test_a_page_that_is_loaded_anew_is_as_it_was(visit: Visit) -> None:
    page = visit()
    until(lambda: text(page, "#word") == "ready", "the page is ready")
    for done in ("1", "2"):
        click(page, "step")
        until(lambda done=done: text(page, "#epoch") == done, "an epoch is done")
    click(page, "batch")
    until(lambda: text(page, "#batches"), "and a batch")
    click(page, "pin")
    until(lambda: texts(page, ".pins b") == ["spiral"], "it is pinned")
    curves = "return document.querySelector('#curves').toDataURL()"
    before, batches = page.execute_script(curves), text(page, "#batches")
    page.refresh()
    until(lambda: text(page, "#epoch") == "2", "the page is there again")
    assert text(page, "#batches") == batches and texts(page, ".pins b") == ["spiral"]
    until(lambda: page.execute_script(curves) == before, "with its curves")


def test_a_training_that_diverges_stops_and_says_what_to_try(visit: Visit) -> None:
    page = ready(visit())
    page.find_element("tag name", "body").send_keys("t")
    recipe = '[data]\nname = "houses"\n[net]\nkind = "linear"\n[fit]\noptimizer = "sgd"\nlr = 1e6\n'
    until(lambda: page.find_element("id", "toml").is_displayed(), "the recipe is shown")
    enter(page, "#toml", recipe, "input")
    until(lambda: "houses" in text(page, ".tile[aria-pressed=true]"), "it is taken up")
    click(page, "play")
    until(lambda: text(page, "#word") == "diverged", "it stops")
    said = text(page, ".problem")
    assert "Training diverged" in said and "smaller learning rate" in said and "Traceback" not in said


def test_the_picture_in_view_is_taken_as_svg_and_png(visit: Visit, tmp_path: Path) -> None:
    page = ready(visit())
    trained(page)
    for form in ("svg", "png"):
        click(page, "take")
        click(page, f"take-{form}")
        until((tmp_path / f"spiral-surface.{form}").is_file, f"the {form} is here")
    drawn = ElementTree.fromstring((tmp_path / "spiral-surface.svg").read_text())
    name = "{http://www.w3.org/2000/svg}"
    points = [path for path in drawn.iter(f"{name}path") if path.get("fill", "none") != "none"]
    assert len(points) >= 200 and list(drawn.iter(f"{name}image"))
    words = [one.text for one in drawn.iter(f"{name}text")]
    assert {"0", "1", "arm 1", "arm 2", "arm 3"} <= {str(word) for word in words}
    until(lambda: (tmp_path / "spiral-surface.png").stat().st_size > 10_000, "it is whole")
    picture = np.asarray(Image.open(tmp_path / "spiral-surface.png").convert("RGB"))
    width = float(drawn.get("width", 0))
    assert abs(picture.shape[1] - 3 * width) <= 3
    assert len(np.unique(picture.reshape(-1, 3), axis=0)) > 1000


# ---------------------------------------------------------------------- servers of their own


def test_a_full_room_has_a_queue_that_moves_when_somebody_leaves(visit: Visit, serve: Visit) -> None:
    page = visit()
    with serve("--visitors", "1") as address:
        page.get(address)
        first = ready(page).current_window_handle
        page.switch_to.new_window("tab")
        page.get(address)
        said = until(lambda: text(page, ".queue"), "there is no place")
        assert "All places are taken" in said and "You are next." in said and "One person" in said
        under = "return [...document.querySelectorAll('.heading, .rooms, .hint')].map((one) => one.inert)"
        assert page.execute_script(under) == [True, True, True]  # Tab reaches nothing that lies under it
        enter(page, "#queue-language", "es")
        until(lambda: "Todos los puestos" in text(page, ".queue"), "who waits may choose the language")
        enter(page, "#queue-language", "en")
        second = page.current_window_handle
        page.switch_to.window(first)
        page.close()
        page.switch_to.window(second)
        until(lambda: not text(page, ".queue"), "who left has made room", seconds=10)
        ready(page)
        assert page.execute_script(under) == [False, False, False]
        page.get("about:blank")


def test_a_server_that_stops_is_told_and_found_again_with_the_same_recipe(visit: Visit, serve: Visit) -> None:
    page = visit()
    with serve() as address:
        page.get(address)
        ready(page)
        # It waits a fifth of the time before it says so, and looks for the server twice a second.
        page.execute_script(
            "const slow = setTimeout; window.setTimeout = (then, wait, ...more) => slow(then, wait / 5, ...more)"
        )
        page.execute_script("window.socket.io.reconnectionDelayMax(500)")
        enter(page, "#data-noise", "0.42")
        until(lambda: "noise = 0.42" in value(page, "#toml"), "the recipe is changed")
    until(lambda: "Studio does not answer" in text(page, ".lost"), "the page says so")
    assert "its address keeps the recipe" in text(page, ".lost")
    with serve(port=int(address.rsplit(":", 1)[1].strip("/"))):
        until(lambda: not text(page, ".lost") and text(page, "#word") == "ready", "it is found again")
        assert "noise = 0.42" in value(page, "#toml")
        assert "what was trained is lost" in text(page, ".problem")
        page.get("about:blank")
    page.get_log("browser")  # of sockets that found no server
