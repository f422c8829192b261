"""The start of Studio: it listens once the first page can be whole, and nobody waits for native code."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from neurona.language import LANGUAGES
from neurona.recipe import Recipe
from neurona.studio import native


@pytest.fixture
def first_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return an empty cache directory, which processes that are started have too."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache"


def test_on_a_first_start_the_address_answers_when_the_page_can_be_whole(
    first_time: Path, serve: Callable[..., Any]
) -> None:
    with serve():
        kept = {path.stem for path in first_time.glob("neurona/studio/*/*.json")}
    assert kept == set(LANGUAGES)


def test_studio_starts_where_nothing_can_be_kept(
    tmp_path: Path, serve: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path / "numba"))
    with serve():
        pass


@pytest.mark.skipif(sys.platform == "win32", reason="Ctrl-C is sent otherwise there")
def test_it_says_that_it_loads_and_can_be_stopped_meanwhile(first_time: Path, tmp_path: Path) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    given = [sys.executable, "-m", "neurona", "studio", "--no-browser", "--port", str(port)]
    kept = {key: value for key, value in os.environ.items() if not key.startswith("PYTEST")}
    process = subprocess.Popen(
        given,
        cwd=tmp_path,
        env={**kept, "NEURONA_LANG": "en"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )
    assert process.stderr is not None and process.stdout is not None
    assert process.stderr.readline() == "Studio is loading; its address follows in some seconds.\n"
    process.send_signal(signal.SIGINT)
    assert process.wait(60) == 0
    assert process.stderr.read() == "Studio has stopped.\n"
    assert process.stdout.read() == ""


@pytest.mark.parametrize("interrupted", [True, False])
def test_it_says_that_it_has_stopped_even_where_an_import_swallows_what_ctrl_c_raises(interrupted: bool) -> None:
    code = f"""
import signal, sys
from neurona.cli import program
from neurona.studio import server
def serve(*_given, **_more):
    try:
        if {interrupted}:
            signal.raise_signal(signal.SIGINT)
    except BaseException:
        pass
    if {interrupted}:
        sys.exit(5)
server.serve = serve
sys.argv = ["neurona", "studio"]
program()
"""
    environment = {**os.environ, "NEURONA_LANG": "en"}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, env=environment)
    assert (done.returncode, done.stderr) == (0, "Studio has stopped.\n")


def test_pytorch_trains_until_native_code_is_there(page: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(native.run, "kept", lambda: None)
    page.tell("open", name="spiral")
    assert page.workshop.fit.engine == "torch"
    assert page.workshop.recipe.fit.engine == "auto", "the recipe stays as it is"
    monkeypatch.setattr(native.run, "kept", lambda: b"code")
    page.tell("reset")
    assert page.workshop.fit.engine == "compiled"


def test_whoever_asks_for_native_code_by_name_gets_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(native.run, "kept", lambda: None)
    wanted = Recipe.read("spiral", ["fit.engine=compiled"])
    assert native.unhindered(wanted) is wanted


def test_native_code_is_made_once_and_at_the_lowest_priority() -> None:
    """In a process of its own, whose priority is changed for good."""
    code = """
import os
from unittest.mock import patch
from neurona.studio import native
with patch.object(native, "Recipe") as recipe, patch.object(native.run, "kept") as kept:
    recipe.read.return_value.start.return_value = ["an event"]
    native.make()
    assert not recipe.read.called and os.nice(0) < native.NICENESS
    kept.return_value = None
    native.make()
    recipe.read.assert_called_once_with("spiral", ["fit.engine=compiled"])
    assert os.nice(0) == native.NICENESS
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
