"""The loop as native code, for dense nets: whole epochs in a call."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import Any

from neurona.data.dataset import Split
from neurona.fit.ahead import Ahead
from neurona.fit.dense import Dense
from neurona.fit.ground import Ground
from neurona.fit.stages import Stage
from neurona.fit.under_way import Coming, Given, Training, UnderWay


class Native:
    """Trains a dense net, and looks at it, as native code; an `Engine`.

    Args:
        dense: its layers, task and options.
        ground: what it is trained on.

    Attributes:
        name: "compiled".
    """

    name = "compiled"

    def __init__(self, dense: Dense, ground: Ground) -> None:
        self.dense, self.ground = dense, ground
        self._ahead = Ahead(dense)

    def load(self) -> None:
        """Read the native code from disk, or compile it."""
        self.dense.load()

    def enter(self, stage: Stage) -> None:
        """Begin a stage."""
        self.stage, data = stage, self.ground.data
        every = self.ground.options.every
        self._ahead.enter(Coming(stage.players[0], self.ground.batches, data.valid, data.inputs, every))

    def foreseen(self, left: int) -> Given | None:
        """Return the next of the events of `left` epochs, which was computed ahead; None for one to train."""
        return self._ahead.next(left // self.ground.options.every)

    def tally(self) -> list[Any]:
        """Return what keeps what the calls of an event give."""
        return []

    def training(self) -> AbstractContextManager[None]:
        """Return a block to train in; native code sees to its threads itself."""
        return nullcontext()

    def train(self, event: UnderWay, *, single: bool = False) -> Training:
        """Train for an event; see `Dense.train`."""
        player, draw = self.stage.players[0], self.ground.random.number
        return self.dense.train(player, self.ground.batches, event, draw, single=single)

    def evaluate(self, split: Split, _between: Callable[[float], None]) -> dict[str, float]:
        """Return each metric of the net over `split`, in one call."""
        return self.dense.evaluate(split, self.ground.data.inputs)[0]

    @property
    def finite(self) -> bool:
        """Whether all weights are finite numbers."""
        return self.dense.finite
