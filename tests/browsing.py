"""What a test does on a page in a browser: wait, read, click, enter."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest


def until(true: Callable[[], Any], what: str, seconds: float = 90) -> Any:
    """Wait until something is true, and return it; fail when it takes too long."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if found := true():
            return found
        time.sleep(0.03)
    pytest.fail(f"{what}: not within {seconds} s")


def text(page: Any, selector: str) -> str:
    """Return the text of the first element; empty when there is none."""
    found = page.execute_script("return document.querySelector(arguments[0])?.textContent ?? ''", selector)
    return str(found).strip()


def texts(page: Any, selector: str) -> list[str]:
    """Return the texts of all elements."""
    script = "return [...document.querySelectorAll(arguments[0])].map((one) => one.textContent.trim())"
    return list(page.execute_script(script, selector))


def ready(page: Any) -> Any:
    """Return the page once the session has answered."""
    until(lambda: text(page, "#word") == "ready", "the page is ready")
    return page


def enter(page: Any, selector: str, wanted: str, event: str = "change") -> None:
    """Enter a value as a person would: set it, and say so."""
    page.execute_script(
        "const it = document.querySelector(arguments[0]); it.value = arguments[1];"
        "it.dispatchEvent(new Event(arguments[2], { bubbles: true }))",
        selector,
        wanted,
        event,
    )


def click(page: Any, name: str) -> None:
    """Click on what has this id."""
    page.find_element("id", name).click()


def trained(page: Any) -> None:
    """Train to the end, as fast as it goes."""
    enter(page, "#speed", "full")
    click(page, "play")
    until(lambda: text(page, "#word") == "done", "training ends")


def choose(page: Any, recipe: str) -> None:
    """Open a recipe of the package from the list of them; it may take the session a moment."""
    click(page, "recipes")
    until(lambda: page.find_elements("id", f"recipe-{recipe}"), "the recipes are shown")
    page.execute_script("document.getElementById(arguments[0]).click()", f"recipe-{recipe}")
