"""An event of a fit that is under way: some of its batches are done, the others are to come."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass

Measured = tuple[dict[str, float], dict[str, float]]


@dataclass
class UnderWay:
    """So many epochs, whose training pauses after each batch.

    Attributes:
        epochs: that it takes.
        batches: of all of them.
        work: what trains; it returns each metric and its standard deviation over the batches.
        done: batches so far.
        seconds: spent so far.
    """

    epochs: int
    batches: int
    work: Generator[None, None, Measured]
    done: int = 0
    seconds: float = 0.0

    def advance(self) -> None:
        """Train on the next batch."""
        next(self.work)
        self.done += 1

    def finish(self) -> Measured:
        """Train on all batches that are left, and return what all of them gave."""
        while True:
            try:
                next(self.work)
            except StopIteration as end:
                measured: Measured = end.value
                return measured
