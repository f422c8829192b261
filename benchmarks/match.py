"""`Match`: the contenders of a workload take turns, each in a process of its own."""

from __future__ import annotations

import json
import math
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

from benchmarks.contenders import CONTENDERS
from benchmarks.limits import products_alone
from benchmarks.setting import load_weights
from benchmarks.workloads import Prepared

ROOT = Path(__file__).parents[1]
# Runs that take fewer seconds are made several times a turn.
SHORT = 0.25
# Contenders whose first run took so many seconds take no more turns than that.
FEWER_TURNS = ((12.0, 2), (4.0, 3))
# Losses nearer to one another than this are the same: float32 adds up in another order in every library.
SAME = 1e-3
# How often a short run is made to see how many threads are best.
TRIES = 3


@dataclass
class Score:
    """What became of one contender.

    Attributes:
        name, label: who it is.
        absent: why it did not take part, as a sentence; "" if it did.
        notes: where it does not do what the others do.
        nets: how many it trains.
        start: seconds from the start of its process until its library was imported.
        first: seconds of the first run, with what is compiled in it.
        seconds, cpu: of each run after that, by the clock and of all processors, of `epochs` epochs.
        epochs: how many it trained, of the `of` that the workload has.
        loss, ours: the loss over all training samples after them, and Neurona's after as many.
    """

    name: str
    label: str
    of: int
    epochs: int
    absent: str = ""
    notes: list[str] = field(default_factory=list)
    nets: int = 1
    start: float = 0.0
    first: float = 0.0
    seconds: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)
    loss: float = float("nan")
    ours: float = float("nan")

    @property
    def up(self) -> float:
        """By how much its time is counted up."""
        return self.of / self.epochs

    @property
    def median(self) -> float:
        """Seconds for all epochs of the workload."""
        return statistics.median(self.seconds) * self.up

    @property
    def spread(self) -> tuple[float, float]:
        """The least and the most seconds."""
        return min(self.seconds) * self.up, max(self.seconds) * self.up

    @property
    def cores(self) -> float:
        """How many processors were busy."""
        return sum(self.cpu) / sum(self.seconds)

    @property
    def same(self) -> bool:
        """Whether it learned what Neurona did."""
        return abs(self.loss - self.ours) <= SAME * abs(self.ours)


@dataclass
class Match:
    """What became of a workload.

    Attributes:
        workload, title: what was trained.
        steps: steps that were timed.
        operations, bytes_moved: see `Prepared`.
        samples: for training.
        alone: seconds that its matrix products take by themselves; 0 for nets with convolutions.
        scores: of each contender, by name.
    """

    workload: str
    title: str
    steps: int
    operations: float
    bytes_moved: float
    samples: int
    alone: float = 0.0
    scores: dict[str, Score] = field(default_factory=dict)

    def seconds(self, name: str) -> float | None:
        """Return the median of a contender; None where it did not take part."""
        score = self.scores.get(name)
        return score.median if score and score.seconds else None

    def ratio(self, name: str, to: str = "neurona") -> float | None:
        """Return how many times as long `name` takes as `to`."""
        theirs, ours = self.seconds(name), self.seconds(to)
        return None if theirs is None or ours is None else theirs / ours

    def singles(self) -> list[Score]:
        """Return the scores of those that train one net."""
        return [score for score in self.scores.values() if score.nets == 1]

    def fastest_peer(self) -> Score | None:
        """Return the fastest that is not Neurona."""
        peers = [s for s in self.scores.values() if not s.name.startswith("neurona") and s.seconds]
        return min(peers, key=lambda score: score.median, default=None)


def untouched() -> dict[str, str]:
    """Return the environment without what `import neurona` has set in this process: contenders have their own way."""
    return {name: value for name, value in os.environ.items() if name not in ("OMP_WAIT_POLICY", "GOMP_SPINCOUNT")}


class Seat:
    """The process of a contender.

    Attributes:
        start: seconds from the start of the process until its library was imported.
        failed: why it did not start, or ended; "" while it runs.
    """

    def __init__(self, name: str, folder: Path) -> None:
        self.name, self.log, self.failed = name, folder / f"{name}.log", ""
        begun = time.perf_counter()
        with self.log.open("w", encoding="utf-8") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "benchmarks.worker", name],
                cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, text=True, env=untouched(),
            )  # fmt: skip
        self._hear()
        self.start = time.perf_counter() - begun

    def close(self) -> None:
        """End the process."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        with suppress(BrokenPipeError):
            self.process.stdin.close()
        self.process.stdout.close()
        try:
            self.process.wait(timeout=30)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def ask(self, **asked: Any) -> dict[str, Any]:
        """Send a question and return the answer; {} where the process has failed."""
        assert self.process.stdin is not None
        with suppress(BrokenPipeError):  # what it printed last says why
            self.process.stdin.write(json.dumps(asked) + "\n")
            self.process.stdin.flush()
        return self._hear()

    def _hear(self) -> dict[str, Any]:
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        heard: dict[str, Any] = json.loads(line) if line else {"failed": self._last_words()}
        self.failed = heard.get("failed", "")
        return heard

    def _last_words(self) -> str:
        said = self.log.read_text(encoding="utf-8", errors="replace").strip().splitlines()
        return said[-1] if said else f"It ended with code {self.process.wait()}."


class Table:
    """The seats of contenders, which stay for all workloads.

    Args:
        names: of contenders; Neurona should be the first.
        folder: for what they print.
    """

    def __init__(self, names: Sequence[str], folder: Path) -> None:
        self.names, self.folder = list(names), folder
        self.seats: dict[str, Seat] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_about: object) -> None:
        for seat in self.seats.values():
            seat.close()

    def play(self, prepared: Prepared, repeats: int, show: Callable[[Match], None] = lambda match: None) -> Match:
        """Let the contenders train a workload in turns.

        Args:
            prepared: the workload.
            repeats: turns after the first, which is not counted.
            show: is called after each run with what is known so far.
        """
        work = prepared.workload
        steps = work.epochs * prepared.steps
        match = Match(work.name, work.title, steps, prepared.operations, prepared.bytes_moved, len(prepared.x))
        seats = {name: seat for name in self.names if (seat := self._seated(name, prepared, match))}
        for turn in range(repeats + 1):
            for name, seat in list(seats.items()):
                score = match.scores[name]
                if turn > _turns(score.first, repeats):
                    continue
                _run(seat, score, turn)
                if turn == 0 and not seat.failed and CONTENDERS[name].chooses:
                    _choose_threads(seat, score)
                if turn == 0 and not seat.failed:
                    _compare(seat, score, seats.get("neurona"), prepared)
                if seat.failed:
                    score.absent = f"It failed: {seat.failed}"
                    score.seconds.clear()
                    del seats[name]
                show(match)
        match.alone = products_alone(prepared.setting)
        return match

    def _seated(self, name: str, prepared: Prepared, match: Match) -> Seat | None:
        """Let a contender read a workload; None where it cannot take part, and its score says why."""
        entry, work = CONTENDERS[name], prepared.workload
        if entry.only and work.name not in entry.only:
            return None
        score = Score(name, entry.label, work.epochs, work.epochs if entry.whole else work.part)
        match.scores[name] = score
        if entry.missing:
            score.absent = f"{' and '.join(entry.missing)} not installed: pip install '.[bench]'"
            return None
        if name not in self.seats:
            self.seats[name] = Seat(name, self.folder)
        seat = self.seats[name]
        heard = seat.ask(setting=str(prepared.folder))
        if "notes" not in heard:
            score.absent = heard.get("cannot") or f"It failed: {seat.failed}"
            return None
        score.notes, score.start = heard["notes"], seat.start
        if entry.chooses:
            seat.ask(threads=0)
        score.nets = entry.nets
        return seat


def _turns(first: float, repeats: int) -> int:
    """Return how many turns one takes whose first run took so many seconds."""
    return min([repeats, *(turns for seconds, turns in FEWER_TURNS if first > seconds)])


def _run(seat: Seat, score: Score, turn: int) -> None:
    """Train once, or several times where that takes no time."""
    for _again in range(5 if turn else 1):
        heard = seat.ask(epochs=score.epochs)
        if seat.failed:
            return
        if turn == 0:
            score.first = heard["seconds"]
            return
        score.seconds.append(heard["seconds"])
        score.cpu.append(heard["cpu"])
        if heard["seconds"] > SHORT:
            return


def _choose_threads(seat: Seat, score: Score) -> None:
    """Let it keep the number of PyTorch's threads with which it is faster: one, or as many as it takes by itself."""
    least = {}
    for count in (1, 0):
        threads, found = seat.ask(threads=count).get("threads", 0), list[float]()
        while not seat.failed and len(found) < TRIES and sum(found) <= SHORT:
            found.append(seat.ask(epochs=score.epochs).get("seconds", math.inf))
        least[threads] = min(found, default=math.inf)
    if seat.failed:
        return
    best = min(least, key=lambda threads: least[threads])
    seat.ask(threads=best)
    if best < max(least):
        score.notes.append(f"one thread, with which it is faster than with {max(least)}.")


def _compare(seat: Seat, score: Score, neurona: Seat | None, prepared: Prepared) -> None:
    """Compute the loss of what was learned, and that of Neurona after as many epochs."""
    score.loss = _loss(seat, prepared)
    if neurona is None or seat is neurona:
        score.ours = score.loss
        return
    neurona.ask(epochs=score.epochs)
    score.ours = _loss(neurona, prepared)


def _loss(seat: Seat, prepared: Prepared) -> float:
    path = prepared.folder / f"{seat.name}.npz"
    seat.ask(weights=str(path))
    return math.nan if seat.failed else prepared.loss(load_weights(path))
