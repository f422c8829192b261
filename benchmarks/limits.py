"""What the machine can do: matrix products and memory, measured in the same run as all else."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import torch
from torch import Tensor

from benchmarks.setting import Setting

# From so many busy cores on, a contender is measured by what all of them can do.
MORE = 1.1
SIDE, COPIED = 2048, 64 << 20  # of the matrices, and float32 numbers copied: more than any cache holds


@dataclass
class Limits:
    """Rates of the machine.

    Attributes:
        threads: how many PyTorch takes by itself.
        one, all: floating-point operations a second of float32 matrix products, on one thread and on all.
        memory_one, memory_all: bytes a second that a copy reads and writes, on one thread and on all.
    """

    threads: int
    one: float
    all: float
    memory_one: float
    memory_all: float

    @staticmethod
    def measured() -> Limits:
        """Measure them; the best of several tries counts, because a limit is what is possible."""
        threads = torch.get_num_threads()
        rates = []
        for count in (1, threads):
            with on_threads(count):
                rates.append((_products(), _copies()))
        return Limits(threads, rates[0][0], rates[1][0], rates[0][1], rates[1][1])

    def better(self, other: Limits) -> Limits:
        """Return the higher rates of two measurements."""
        return Limits(
            self.threads,
            max(self.one, other.one),
            max(self.all, other.all),
            max(self.memory_one, other.memory_one),
            max(self.memory_all, other.memory_all),
        )

    def products(self, cores: float) -> float:
        """Return the rate of products on as many threads as were busy: one, or all."""
        return self.one if cores < MORE else self.all

    def memory(self, cores: float) -> float:
        """Return the rate of memory on as many threads as were busy: one, or all."""
        return self.memory_one if cores < MORE else self.memory_all


@contextmanager
def on_threads(count: int) -> Iterator[None]:
    """Within the block PyTorch computes on so many threads."""
    before = torch.get_num_threads()
    torch.set_num_threads(count)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def products_alone(setting: Setting) -> float:
    """Return the seconds that the matrix products of a workload take by themselves, in their shapes.

    The better of one thread and all; 0 for nets with convolutions.
    """
    if setting.convolutional:
        return 0.0
    work = _shapes(setting)

    def epoch() -> None:
        for _step in range(steps):
            for a, b, out in work:
                torch.mm(a, b, out=out)

    steps = min(setting.steps * setting.epochs, 2000)
    found = []
    for count in (1, torch.get_num_threads()):
        with on_threads(count):
            found.append(_least(epoch, 3))
    return min(found) * setting.steps * setting.epochs / steps


def _shapes(setting: Setting) -> list[tuple[Tensor, Tensor, Tensor]]:
    """Return the factors and the place of each product of a step; the first layer passes nothing back."""
    work: list[tuple[Tensor, Tensor, Tensor]] = []
    for number, (inputs, outputs) in enumerate(setting.linear()):
        x, delta, w = torch.rand(setting.batch, inputs), torch.rand(setting.batch, outputs), torch.rand(outputs, inputs)
        work += [(x, w.t(), torch.empty_like(delta)), (delta.t(), x, torch.empty_like(w))]
        work += [(delta, w, torch.empty_like(x))] if number else []
    return work


def _products() -> float:
    a, b = torch.rand(SIDE, SIDE), torch.rand(SIDE, SIDE)
    out = torch.empty(SIDE, SIDE)
    return 2.0 * SIDE**3 / _least(lambda: torch.mm(a, b, out=out), 12)


def _copies() -> float:
    source, out = torch.rand(COPIED), torch.zeros(COPIED)
    return 2.0 * 4 * COPIED / _least(lambda: out.copy_(source), 6)


def _least(work: Callable[[], object], tries: int) -> float:
    """Return the least of several times, after one try that does not count."""
    seconds = []
    for _try in range(tries + 1):
        start = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - start)
    return min(seconds[1:])
