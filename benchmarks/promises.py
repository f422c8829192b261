"""What is asked of the figures, and whether they hold."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from benchmarks.limits import Limits
from benchmarks.match import Match, Score
from benchmarks.processes import Process


@dataclass
class Results:
    """All that was measured."""

    limits: Limits
    matches: dict[str, Match] = field(default_factory=dict)
    processes: dict[str, Process] = field(default_factory=dict)

    def share(self, workload: str, name: str = "neurona") -> float | None:
        """Return the share of the machine's matrix products that a contender reaches, on as many threads."""
        match = self.matches.get(workload)
        score = match.scores.get(name) if match else None
        if match is None or score is None or not score.seconds:
            return None
        return match.operations / score.median / self.limits.products(score.cores)

    def process(self, name: str) -> float | None:
        """Return the seconds of a whole process."""
        process = self.processes.get(name)
        return process.median if process and process.seconds and not process.absent else None


@dataclass(frozen=True)
class Promise:
    """A figure that is asked for.

    Attributes:
        workload: what it is about.
        text: what is measured.
        bound: the figure; at most so much if `most`, else at least.
        unit: what stands behind the figure.
        measure: returns the figure and what is to be said about it; None where it was not measured.
    """

    workload: str
    text: str
    bound: float
    unit: str
    measure: Callable[[Results], tuple[float, str] | None]
    most: bool = False

    def asked(self) -> str:
        """Return the figure that is asked for."""
        return f"{'at most' if self.most else 'at least'} {self._number(self.bound)}"

    def measured(self, results: Results) -> str:
        """Return the figure that was measured."""
        found = self.measure(results)
        return "not measured" if found is None else f"{self._number(found[0])}{found[1]}"

    def met(self, results: Results) -> bool | None:
        """Tell whether it holds; None where it was not measured."""
        found = self.measure(results)
        if found is None:
            return None
        return found[0] <= self.bound if self.most else found[0] >= self.bound

    def _number(self, value: float) -> str:
        return f"{value:.0%}" if self.unit == "%" else f"{value:.3g} {self.unit}".replace(" x", "x")


def promises() -> list[Promise]:
    """Return all that is asked."""
    found = [
        Promise("moons", "time, of JAX's", 0.45, "x", _of_time("moons", "neurona", "jax"), most=True),
        Promise("moons", "faster than the PyTorch loop", 40, "x", _of_time("moons", "torch")),
        Promise("moons", "whole process, of JAX's", 1, "x", _of_process("moons-jax"), most=True),
        Promise("moons", "the same, JAX with its cache on", 1, "x", _of_process("moons-jax-cache"), most=True),
        Promise("mnist", "time, of JAX's", 0.9, "x", _of_time("mnist", "neurona", "jax"), most=True),
        Promise("mnist", "faster than torchvision + DataLoader", 20, "x", _of_time("mnist", "torchvision")),
        Promise("mnist", "share of the matrix-product limit, same threads", 0.5, "%", _share("mnist")),
    ]
    for name in ("spiral", "wine", "mnist-mlp", "mnist-deep", "mnist-autoencoder"):
        found.append(Promise(name, "faster than the PyTorch loop", 2, "x", _of_time(name, "torch")))
        found.append(Promise(name, "faster than the fastest peer", 1, "x", _of_peers(name)))
    found += [
        Promise("mnist-cnn2", "faster than the loop of a tutorial", 1.6, "x", _of_time("mnist-cnn2", "torchvision")),
        Promise("mnist-cnn2", "faster than the fastest peer", 1, "x", _of_peers("mnist-cnn2")),
        Promise("moons", "ten seeds, of the time of one", 2.5, "x", _of_time("moons", "neurona-ten"), most=True),
        Promise("mnist-mlp", "ten seeds, of the time of one", 6, "x", _of_time("mnist-mlp", "neurona-ten"), most=True),
        Promise("spiral", "100 nets, faster than one after the other in PyTorch", 20, "x", _hundred),
        Promise(
            "mnist-cnn2", "ten seeds, of the time of one", 10, "x", _of_time("mnist-cnn2", "neurona-ten"), most=True
        ),
        Promise(
            "spiral", "`neurona train spiral`, process start to report", 3, "s", _seconds("train-spiral"), most=True
        ),
    ]
    return found


Measure = Callable[[Results], tuple[float, str] | None]


def _of_time(workload: str, name: str, to: str = "neurona") -> Measure:
    def measure(results: Results) -> tuple[float, str] | None:
        match = results.matches.get(workload)
        ratio = match.ratio(name, to) if match else None
        return None if ratio is None else (ratio, "")

    return measure


def _of_peers(workload: str) -> Measure:
    def measure(results: Results) -> tuple[float, str] | None:
        match = results.matches.get(workload)
        peer: Score | None = match.fastest_peer() if match else None
        ratio = match.ratio(peer.name) if match and peer else None
        return None if ratio is None or peer is None else (ratio, f" ({peer.label})")

    return measure


def _of_process(name: str) -> Measure:
    def measure(results: Results) -> tuple[float, str] | None:
        ours, theirs = results.process("moons-neurona"), results.process(name)
        return None if ours is None or theirs is None else (ours / theirs, f" ({ours:.2f} s, {theirs:.2f} s)")

    return measure


def _seconds(name: str) -> Measure:
    def measure(results: Results) -> tuple[float, str] | None:
        seconds = results.process(name)
        return None if seconds is None else (seconds, "")

    return measure


def _share(workload: str) -> Measure:
    def measure(results: Results) -> tuple[float, str] | None:
        share = results.share(workload)
        return None if share is None else (share, "")

    return measure


def _hundred(results: Results) -> tuple[float, str] | None:
    match = results.matches.get("spiral")
    ratio = match.ratio("torch", "neurona-hundred") if match else None
    return None if ratio is None else (100 * ratio, "")
