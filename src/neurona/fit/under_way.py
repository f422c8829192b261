"""An event of a fit that is under way: some of its batches are done, the others are to come."""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import dataclass

from torch import Tensor

Measured = tuple[dict[str, float], dict[str, float]]


@dataclass
class UnderWay:
    """So many epochs, whose training pauses after each batch.

    Attributes:
        epochs: that it takes.
        batches: of all of them.
        work: what trains; it yields how many batches it took, and returns each metric and its standard deviation.
        order: the state of the generator of the order before it began.
        done: batches so far.
        seconds: spent so far.
    """

    epochs: int
    batches: int
    work: Generator[int, None, Measured]
    order: Tensor
    done: int = 0
    seconds: float = 0.0

    def advance(self) -> None:
        """Train on the next batch."""
        self.done += next(self.work)

    def finish(self, between: Callable[[float], None]) -> Measured:
        """Train on all batches that are left, and return what all of them gave.

        Args:
            between: called between two turns of what trains, with the share of the batches that is done.
        """
        while True:
            try:
                self.advance()
                between(self.done / self.batches)
            except StopIteration as end:
                measured: Measured = end.value
                return measured
