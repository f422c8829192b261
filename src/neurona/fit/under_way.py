"""Events of a fit: what they give, those that come, and one that is under way, some of whose batches are done."""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import dataclass
from typing import Any, NamedTuple

from torch import Tensor

from neurona.data.dataset import Split
from neurona.data.inputs import Inputs
from neurona.fit.batches import Batches
from neurona.fit.stages import Player
from neurona.fit.tally import Measured

Training = Generator[int, None, Measured]


class Given(NamedTuple):
    """What an event gives.

    Attributes:
        epochs: in it.
        seconds: that it took.
        train: each metric over the batches.
        deviation: standard deviation of each of these over the batches.
        valid: each metric of the net after it.
        finite: whether all weights are finite numbers then.
    """

    epochs: int
    seconds: float
    train: dict[str, float]
    deviation: dict[str, float]
    valid: dict[str, float]
    finite: bool


@dataclass(frozen=True)
class Coming:
    """The events of a stage.

    Attributes:
        player: who learns.
        batches: of the training samples.
        split: that each event ends with a look at.
        inputs: how the net sees samples.
        epochs: in each event.
    """

    player: Player
    batches: Batches
    split: Split
    inputs: Inputs
    epochs: int


@dataclass
class UnderWay:
    """So many epochs, whose training pauses after each batch, or some.

    Attributes:
        epochs: that it takes.
        batches: of all of them.
        whole: the epochs that are made from their beginning.
        order: the state of the generator of the order before those.
        kept: what the batches so far have measured; what trains adds to it.
        rows: the samples that come before, where the event goes on within an epoch that another fit began; else None.
        first: the batches that the other fit has made.
        done: batches so far.
        seconds: spent so far.
        work: what trains; it yields how many batches it took, and returns each metric and its standard deviation. None
            until it begins.
    """

    epochs: int
    batches: int
    whole: int
    order: Tensor
    kept: Any
    rows: Tensor | None = None
    first: int = 0
    done: int = 0
    seconds: float = 0.0
    work: Training | None = None

    def advance(self) -> None:
        """Train on the next batch."""
        assert self.work is not None
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

    def to_come(self, batches: Batches) -> tuple[Tensor, Tensor, int]:
        """Return what is left of the epoch that it is in, the state of the order after it, and the epochs after it.

        Args:
            batches: of the fit whose event it is.
        """
        number = self.done - self.first
        if self.rows is not None:
            count = batches.batches_of(len(self.rows))
            if number < count:
                return self.rows[number * batches.size :], self.order, self.whole
            number -= count
        rows, order = batches.to_come(self.order, number)
        return rows, order, self.whole - number // len(batches) - 1

    def gone_on(self, before: Batches, after: Batches) -> UnderWay:
        """Return the rest of it for a fit with other batches of the same samples.

        Args:
            before: of the fit whose event it is.
            after: of the fit that goes on.
        """
        rows, order, whole = self.to_come(before)
        left = after.batches_of(len(rows)) + whole * len(after)
        return UnderWay(
            self.epochs, self.done + left, whole, order, self.kept, rows, self.done, self.done, self.seconds
        )
