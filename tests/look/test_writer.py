"""The report that another process writes is the report that this one would write, and no process is left over."""

from __future__ import annotations

import os
import re
import shutil
import signal
import sys
import threading
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from commandline import process

from neurona.look import report, writer
from neurona.recipe import Recipe
from neurona.run import Run

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="a fork is safe on Linux alone")
SPIRAL = {
    "name": "spiral",
    "data": {"name": "spiral", "samples": 300},
    "net": {"kind": "mlp", "hidden": [8]},
    "fit": {"lr": 0.02, "epochs": 20, "batch": 32},
}


@pytest.fixture
def forking(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let writers fork although the tests may run in a process with threads of their own."""
    monkeypatch.setattr(writer, "can_fork", lambda _data: True)


def trained(folder: Path) -> tuple[Run, writer.Writer]:
    """Return a finished run, and the writer that got ready while it trained."""
    recipe = Recipe.of(SPIRAL)
    fit = recipe.start()
    run = Run.begin(fit, folder, recipe)
    ready = writer.Writer(fit.data)
    for _epoch in run.follow(fit):
        pass
    return run.finish(fit), ready


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.suffix in (".png", ".gif", ".html")}


def assert_nobody_is_left() -> None:
    with pytest.raises(ChildProcessError):
        os.waitpid(-1, os.WNOHANG)


@pytest.mark.usefixtures("forking")
def test_the_other_process_writes_what_this_one_would(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run, ready = trained(tmp_path / "r")
    with monkeypatch.context() as patched:
        patched.setattr(report, "write", lambda *_given: pytest.fail("this process wrote the report"))
        assert ready.write(run) == tmp_path / "r" / "report.html"
    assert_nobody_is_left()
    theirs = contents(run.path)
    assert {"report.html", "animation.gif", "curves.png"} < theirs.keys()
    report.write(Run.open(run.path))
    assert contents(run.path) == theirs


@pytest.mark.usefixtures("forking")
def test_without_the_other_process_this_one_writes(tmp_path: Path) -> None:
    run, ready = trained(tmp_path / "r")
    os.kill(ready._child, signal.SIGKILL)
    assert ready.write(run).is_file()
    assert_nobody_is_left()


@pytest.mark.usefixtures("forking")
def test_a_report_that_cannot_be_written_says_so(tmp_path: Path) -> None:
    run, ready = trained(tmp_path / "r")
    shutil.rmtree(run.path / "snapshots")
    (run.path / "report.html").mkdir()
    with pytest.raises(Exception, match=re.escape(str(run.path / "report.html"))):
        ready.write(run)
    assert_nobody_is_left()


@pytest.mark.usefixtures("forking")
def test_a_writer_that_is_dismissed_writes_nothing(tmp_path: Path) -> None:
    run, ready = trained(tmp_path / "r")
    ready.dismiss()
    assert_nobody_is_left()
    assert contents(run.path) == {}
    assert ready.write(run).is_file()


def test_no_fork_beside_threads_or_for_data_that_are_not_in_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    def data(x: Any) -> Any:
        return SimpleNamespace(train=SimpleNamespace(x=x))

    monkeypatch.setattr(os, "sched_getaffinity", lambda _pid: {0, 1})
    monkeypatch.setattr(threading, "active_count", lambda: 1)
    assert writer.can_fork(data(torch.zeros(2, 2)))
    assert not writer.can_fork(data(object()))
    monkeypatch.setattr(threading, "active_count", lambda: 2)
    assert not writer.can_fork(data(torch.zeros(2, 2)))


def test_the_command_leaves_a_whole_report_and_no_other_files(tmp_path: Path) -> None:
    answer = process("train", "spiral", "--epochs", 3, "--out", "r", cwd=tmp_path)
    assert answer.code == 0 and answer.out.splitlines()[-1] == "Report: r/report.html"
    assert not list(tmp_path.rglob("*.part"))
    assert (tmp_path / "r" / "report.html").read_text(encoding="utf-8").rstrip().endswith("</html>")
