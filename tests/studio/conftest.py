"""A workshop without its process, and a browser that drives the page."""

from __future__ import annotations

import contextlib
import functools
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import urllib3

from neurona.studio.workshop import Workshop


class Page:
    """What a page has heard from a workshop.

    Attributes:
        workshop: it.
        messages: all that it has said, oldest first.
    """

    def __init__(self, folder: Path) -> None:
        self.messages: list[dict[str, Any]] = []
        self.workshop = Workshop(folder, self.messages.append)

    def tell(self, do: str, /, **more: Any) -> list[dict[str, Any]]:
        """Tell the workshop something, and return what it says to it."""
        begun = len(self.messages)
        self.workshop.handle({"do": do, **more})
        return self.messages[begun:]

    def last(self, kind: str) -> dict[str, Any]:
        """Return the last message of a kind."""
        return next(message for message in reversed(self.messages) if message["kind"] == kind)

    def train(self) -> None:
        """Train to the end, as fast as it goes."""
        self.tell("speed", speed="full")
        self.tell("play")
        while self.workshop.running:
            self.workshop.turn()


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the folder of a visitor, whose uploads are the current directory; native code is there."""
    _load_native_code()
    (tmp_path / "uploads").mkdir()
    monkeypatch.chdir(tmp_path / "uploads")
    return tmp_path


def _load_native_code() -> None:
    import neurona.fit.dense  # noqa: F401 (it says whose BLAS is called)
    from neurona.compiled.call import run

    run.load()


@pytest.fixture
def page(folder: Path) -> Page:
    """Return a page that has the recipe `spiral`, for five epochs."""
    page = Page(folder)
    page.tell("hello", language="en")
    page.tell("change", key="fit.epochs", value=5)
    return page


# ---------------------------------------------------------------------- the browser


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextlib.contextmanager
def _served(cwd: Path, *options: str, port: int = 0) -> Iterator[str]:
    """Run `neurona studio` with some options and yield its address once it answers."""
    port = port or _free_port()
    command = [sys.executable, "-m", "neurona", "studio", "--port", str(port), "--no-browser", *options]
    # NiceGUI serves otherwise where pytest is at work.
    kept = {key: value for key, value in os.environ.items() if not key.startswith("PYTEST")}
    environment = {**kept, "NEURONA_LANG": "en", "OMP_NUM_THREADS": "1"}
    process = subprocess.Popen(
        command,
        cwd=cwd,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        # A shell that runs the tests in the background lets its children ignore Ctrl-C.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )
    address = f"http://127.0.0.1:{port}/"
    try:
        for _try in range(600):
            assert process.poll() is None, process.communicate()[1]
            with contextlib.suppress(OSError):  # it is not there yet, or slow to answer
                urllib.request.urlopen(address, timeout=5).close()
                break
            time.sleep(0.05)
        yield address
        process.send_signal(signal.SIGINT)
        _out, err = process.communicate(timeout=30)
        assert process.returncode == 0 and err.endswith("Studio has stopped.\n"), err
        assert "Traceback" not in err and "ERROR" not in err, err
    finally:
        process.kill()
        process.communicate()


@pytest.fixture(scope="session")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Serve Studio for all tests of the page, and end it with Ctrl-C: without a word of complaint."""
    _require_browser()
    _load_native_code()  # or else the first page would train with PyTorch while it is compiled
    with _served(tmp_path_factory.mktemp("studio")) as address:
        yield address


def _require_browser() -> None:
    for program in ("chromium", "chromedriver"):
        if shutil.which(program) is None:
            pytest.skip(f"there is no {program} here, which drives the page: apt-get install chromium chromium-driver")


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """Start a Chromium for all tests of the page."""
    from selenium import webdriver
    from selenium.webdriver.chrome.service import Service

    _require_browser()
    options = webdriver.ChromeOptions()
    for argument in ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--lang=en"):
        options.add_argument(argument)
    options.add_argument("--window-size=1280,720")
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    driver = webdriver.Chrome(options=options, service=Service(shutil.which("chromedriver")))
    try:
        yield driver
    finally:
        driver.quit()


@pytest.fixture
def visit(studio: str, browser: Any, tmp_path: Path) -> Iterator[Callable[..., Any]]:
    """Return a function that opens the page as for the first time; at the end its console must hold no error."""
    before = browser.window_handles
    browser.switch_to.new_window("window")
    window = browser.current_window_handle
    for old in before:
        browser.switch_to.window(old)
        browser.close()
    browser.switch_to.window(window)
    browser.execute_cdp_cmd("Network.clearBrowserCache", {})
    browser.execute_cdp_cmd("Storage.clearDataForOrigin", {"origin": studio, "storageTypes": "all"})
    # Files that are taken away lie here.
    browser.execute_cdp_cmd("Browser.setDownloadBehavior", {"behavior": "allow", "downloadPath": str(tmp_path)})

    # Only the test of the tour begins as a first visit does.
    skip = "if (location.protocol === 'http:') localStorage.setItem('neurona-studio-tour', 'seen')"
    browser.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": skip})
    _console(browser)

    def open_page(fragment: str = "") -> Any:
        browser.get(studio + fragment)
        return browser

    yield open_page
    browser.get("about:blank")  # its session ends, and nothing keeps the page from answering
    wrong = [entry for entry in _console(browser) if entry["level"] in ("SEVERE", "WARNING")]
    assert not wrong, wrong


def _console(browser: Any) -> list[dict[str, Any]]:
    """Return what the console was told since it was last read."""
    try:
        return list(browser.get_log("browser"))
    except urllib3.exceptions.HTTPError:  # the connection to the driver was lost, seldom: it still holds the rest
        return list(browser.get_log("browser"))


@pytest.fixture
def serve(tmp_path: Path) -> Callable[..., Any]:
    """Return what runs a Studio of its own, as a context, and ends it with Ctrl-C."""
    return functools.partial(_served, tmp_path)
