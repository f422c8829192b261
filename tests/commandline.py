"""Drives the command line for tests: within this process where only words and codes matter, else as a process."""

from __future__ import annotations

import contextlib
import io
import os
import signal
import subprocess
import sys
import time
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from unittest import mock

PROGRAM = Path(sys.executable).with_name("neurona")


@dataclass(frozen=True)
class Answer:
    """What a command left: its exit code, and the text of its two outputs."""

    code: int
    out: str
    err: str

    @property
    def words(self) -> str:
        """Both outputs in one line, so that a message is found however it was wrapped."""
        return " ".join((self.out + self.err).split())


def cli(*arguments: object, cwd: Path) -> Answer:
    """Run `neurona ARGUMENTS` in this process, in the directory `cwd`."""
    from neurona.cli import main, screen

    out, err = io.StringIO(), io.StringIO()
    code: object = 0
    with (
        contextlib.chdir(cwd),
        mock.patch.object(sys, "argv", ["neurona", *map(str, arguments)]),
        mock.patch.dict(os.environ, {"COLUMNS": "200"}),
        mock.patch.object(screen.out, "_width", 200),  # they may have been made before, for another terminal
        mock.patch.object(screen.err, "_width", 200),
        warnings.catch_warnings(),
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
    ):
        try:
            main()
        except SystemExit as end:
            code = end.code or 0
    assert isinstance(code, int), code
    return Answer(code, out.getvalue(), err.getvalue())


def environment() -> dict[str, str]:
    """Return the environment of a process that speaks English."""
    return {**os.environ, "NEURONA_LANG": "en", "COLUMNS": "200"}


def process(*arguments: object, cwd: Path) -> Answer:
    """Run `neurona ARGUMENTS` as a process of its own."""
    done = subprocess.run(
        [PROGRAM, *map(str, arguments)], cwd=cwd, env=environment(), capture_output=True, text=True, timeout=120
    )
    return Answer(done.returncode, done.stdout, done.stderr)


@contextlib.contextmanager
def started(*arguments: object, cwd: Path) -> Iterator[subprocess.Popen[str]]:
    """Start `neurona ARGUMENTS` and yield the process, which is ended with the block."""
    running = subprocess.Popen(
        [PROGRAM, *map(str, arguments)],
        cwd=cwd,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        # A shell that runs the tests in the background lets its children ignore Ctrl-C.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )
    try:
        yield running
    finally:
        running.kill()
        running.communicate()


def wait_for_rows(history: Path, rows: int, running: subprocess.Popen[str]) -> None:
    """Wait until `history` holds so many epochs; fail when the process ends before, or a minute passes."""
    end = time.monotonic() + 60
    while not history.exists() or history.read_text(encoding="utf-8").count("\n") <= rows:
        assert running.poll() is None, f"ended with {running.returncode} before epoch {rows}"
        assert time.monotonic() < end, f"no epoch {rows} within a minute"
        time.sleep(0.002)
