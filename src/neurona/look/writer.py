"""The writer of a report: a second process that gets ready while the net trains, and then draws on two cores."""

from __future__ import annotations

import os
import pickle
import signal
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from neurona.data.dataset import Dataset
from neurona.imports import swift
from neurona.run import Run

if TYPE_CHECKING:
    from neurona.look.looks import Look, Looks, Moving

DONE = 0
MOST_JOBS = 255


class Writer:
    """Writes the report of a run. Where it can, another process does it; else this one, with the same result.

    The other process is a fork, so that data are neither loaded again nor copied. While this one trains it imports
    what draws, and nothing of it is left when this one ends.

    Args:
        data: that the run is about to train on.
    """

    def __init__(self, data: Dataset) -> None:
        self._child, self._line = 0, -1
        if can_fork(data):
            waiting, self._line = os.pipe()
            self._child = _fork(lambda: _write_when_told(waiting, self._line, data))
            os.close(waiting)

    def write(self, run: Run) -> Path:
        """Write pictures and report of the finished run, and return the report's path.

        Raises:
            InputError: its directory cannot be written.
        """
        if self._child and self._has_written(run.path):
            return run.path / run.REPORT
        from neurona.look import report

        return report.write(run)

    def dismiss(self) -> None:
        """Do without the other process, which has not begun to write."""
        if self._child:
            os.kill(self._child, signal.SIGKILL)
            self._wait()
            os.close(self._line)

    def _has_written(self, path: Path) -> bool:
        """Let the other process write the report of the run at `path`, and tell whether it could."""
        with suppress(BrokenPipeError):
            os.write(self._line, os.fsencode(path))
        os.close(self._line)
        try:
            return self._wait() == DONE
        except KeyboardInterrupt:
            os.kill(self._child, signal.SIGINT)
            self._wait()
            raise

    def _wait(self) -> int:
        """Wait until the other process has ended, and return how."""
        ended = os.waitpid(self._child, 0)[1]
        self._child = 0
        return ended


def can_fork(data: Dataset) -> bool:
    """Tell whether a fork is safe and of use: Linux, a second core, data in memory, no threads and no CUDA as yet."""
    return (
        sys.platform == "linux"
        and len(os.sched_getaffinity(0)) > 1
        and threading.active_count() == 1
        and isinstance(data.train.x, Tensor)
        and not torch.cuda.is_initialized()
    )


def _fork(work: Callable[[], None]) -> int:
    """Start `work` in a fork of this process, and return its number; it ends with `DONE` when the work is done.

    It ends without the clean-up that is its parent's. What fails is for the parent to do, and to report.
    """
    sys.stdout.flush()
    sys.stderr.flush()
    child = os.fork()
    if child:
        return child
    try:
        # Threads of the parent, which native code would wait for, are not here; with one thread it asks for none.
        torch.set_num_threads(1)
        work()
        os._exit(DONE)
    finally:
        os._exit(1)


def _write_when_told(waiting: int, line: int, data: Dataset) -> None:
    """Write a report once the path of its run is read from the pipe, of which `line` is the other end."""
    os.close(line)
    with swift():
        from neurona.explain import page, trained  # noqa: F401
        from neurona.look import choice, report  # noqa: F401
        from neurona.look.looks import Looks
    with os.fdopen(waiting, "rb") as pipe:
        path = pipe.read()
    if path:
        run = Run.with_data(Path(os.fsdecode(path)), data)
        looks = Looks(run)
        draw_together(looks)
        report.write(run, looks=looks)


def draw_together(looks: Looks) -> None:
    """Draw the figures in two processes, each of which takes another one when it is free; animations go first."""
    from neurona.look.looks import Moving

    jobs = sorted(looks.suitable, key=lambda look: not isinstance(look, Moving))[:MOST_JOBS]
    queue, filling = os.pipe()
    os.write(filling, bytes(range(len(jobs))))
    os.close(filling)
    reading, writing = os.pipe()

    def draw_for_the_other() -> None:
        with os.fdopen(writing, "wb") as stream:
            pickle.dump(_drawn(looks, jobs, queue), stream)

    child = _fork(draw_for_the_other)
    os.close(writing)
    _drawn(looks, jobs, queue)
    with os.fdopen(reading, "rb") as stream, suppress(EOFError):  # what it could not draw is drawn when it is shown
        looks.take(pickle.load(stream))
    os.close(queue)
    os.waitpid(child, 0)


def _drawn(looks: Looks, jobs: list[Look | Moving], queue: int) -> dict[str, bytes]:
    """Draw the figures whose numbers are read from `queue`, until it is empty."""
    drawn = {}
    while number := os.read(queue, 1):
        look = jobs[number[0]]
        drawn[look.name] = looks.picture(look)
    return drawn
