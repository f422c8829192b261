"""Whole processes, from start to end: imports, data, what is compiled, training, and the report."""

from __future__ import annotations

import os
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.contenders import CONTENDERS
from benchmarks.match import ROOT, untouched


@dataclass
class Process:
    """A command, and how long it took.

    Attributes:
        name: by which it is looked up.
        label: what it is called in tables.
        seconds, cpu: of each run after the first, by the clock and of processors.
        first: of the first run, which finds caches as they are.
        absent: why it was not run, or failed.
    """

    name: str
    label: str
    command: list[str]
    environment: dict[str, str] = field(default_factory=dict)
    seconds: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)
    first: float = 0.0
    absent: str = ""

    @property
    def median(self) -> float:
        """Seconds from start to end."""
        return statistics.median(self.seconds)

    def run(self, folder: Path) -> tuple[float, float]:
        """Run it in an empty directory below `folder`; return its seconds by the clock and of processors.

        `absent` says what went wrong.
        """
        place = folder / "process"
        shutil.rmtree(place, ignore_errors=True)
        place.mkdir()
        paths = os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")]).rstrip(os.pathsep)
        environment = {**untouched(), "PYTHONPATH": paths, "NEURONA_LANG": "en", **self.environment}
        begun, spent = time.perf_counter(), _spent()
        done = subprocess.run(self.command, cwd=place, env=environment, capture_output=True, text=True, check=False)
        seconds = time.perf_counter() - begun
        if done.returncode:
            self.absent = f"It failed: {(done.stderr.strip().splitlines() or ['no word'])[-1]}"
        return seconds, _spent() - spent


def _spent() -> float:
    """Return the seconds of processors of all processes that have ended here."""
    times = os.times()
    return times.children_user + times.children_system


def processes(moons: Path, folder: Path) -> list[Process]:
    """Return what is timed.

    Args:
        moons: the folder of the setting of `moons`.
        folder: for the cache of JAX.
    """
    worker, neurona = [sys.executable, "-m", "benchmarks.worker"], [sys.executable, "-m", "neurona"]
    cache = {"JAX_COMPILATION_CACHE_DIR": str(folder / "jax"), "JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS": "0"}
    found = [
        Process("moons-neurona", "Neurona: `moons`, 20,000 steps", [*worker, "neurona", "--once", str(moons)]),
        Process("moons-jax", "JAX: the same", [*worker, "jax", "--once", str(moons)]),
        Process("moons-jax-cache", "JAX, its cache of compiled code on", [*worker, "jax", "--once", str(moons)], cache),
        Process("train-moons", "`neurona train moons`, to the report", [*neurona, "train", "moons", "--out", "run"]),
        Process("train-spiral", "`neurona train spiral`, to the report", [*neurona, "train", "spiral", "--out", "run"]),
    ]
    for process in found:
        if "jax" in process.name and CONTENDERS["jax"].missing:
            process.absent = "jax not installed: pip install '.[bench]'"
    return found


def time_processes(
    found: list[Process], repeats: int, folder: Path, show: Callable[[Process], None] = lambda process: None
) -> None:
    """Run them in turns; the first turn fills caches and is not counted."""
    for turn in range(repeats + 1):
        for process in found:
            if process.absent:
                continue
            show(process)
            seconds, cpu = process.run(folder)
            if turn == 0:
                process.first = seconds
            else:
                process.seconds.append(seconds)
                process.cpu.append(cpu)
