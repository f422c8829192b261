"""`Ahead`: events of a small dense net, computed several in a call of native code before they are asked for."""

from __future__ import annotations

import time
from collections import deque
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from neurona.compiled.epochs import Whole
from neurona.compiled.optimizers import Rule
from neurona.fit.dense import Dense, Learning
from neurona.fit.stages import Player
from neurona.fit.supply import NO_ORDER
from neurona.fit.tally import Measured
from neurona.fit.under_way import Coming, Given

Array = NDArray[np.float32]


@dataclass(frozen=True)
class State:
    """What the next event depends on.

    Attributes:
        weights: of the net, `(p,)`.
        memory: of the optimizer, `(2 p,)`.
        order: the state of the generator of the order.
        step: how many steps the schedule has counted.
        player: who learns.
        rule: of its optimizer.
    """

    weights: Array
    memory: Array
    order: Tensor
    step: int
    player: Player
    rule: Rule

    def is_still(self, other: State) -> bool:
        """Tell whether `other` is the same."""
        return (
            self.player is other.player
            and self.rule == other.rule
            and self.step == other.step
            and np.array_equal(self.weights, other.weights)
            and np.array_equal(self.memory, other.memory)
            and torch.equal(self.order, other.order)
        )


class Ahead:
    """Hands out events one by one, of which several were computed together on a copy of the weights.

    Python needs longer for what is around an event than a small net for its epoch. The net is as if each event were
    trained when it is asked for: where somebody has changed a weight since the last one, what the optimizer remembers,
    the rate or the order, what was computed ahead is thrown away.
    """

    def __init__(self, dense: Dense) -> None:
        self.dense = dense
        self._events: deque[tuple[Given, State]] = deque()
        self._last: State | None = None

    def next(self, coming: Coming) -> Given | None:
        """Return what the next event gives, and leave the net as it is after it; None for one to train by itself."""
        player, generator = coming.player, coming.batches.generator
        if self.dense.dropout or player.options.schedule == "plateau":  # where an event depends on those before it
            return None
        self.dense.weights.hold()
        memory, weights = self.dense.remembered(player), self.dense.weights.numbers
        rule, begun = self.dense.rule(player), player.schedule.step
        now = State(weights, memory.numbers, generator.get_state(), begun, player, rule)
        if not (self._events and self._last and self._last.is_still(now)):
            self._events = self._computed(now, coming, memory.steps)
        if not self._events:
            return None
        given, self._last = self._events.popleft()
        weights[:], memory.numbers[:] = self._last.weights, self._last.memory
        generator.set_state(self._last.order)
        memory.advance(self._last.step - begun)
        player.schedule.advance(self._last.step - begun)
        return given

    def _computed(self, now: State, coming: Coming, done: int) -> deque[tuple[Given, State]]:
        """Return as many events as are worth a call, with how things stand after each; none unless two or more.

        Args:
            now: how things stand.
            coming: the events.
            done: how many steps the optimizer has made, where it counts them.
        """
        start = time.perf_counter()
        most, samples, seen = self.dense.supply.ahead(coming.batches, coming.epochs, coming.split, coming.inputs)
        count, steps = min(coming.count, most), len(samples.sizes)
        if count < 2:
            return deque()
        orders, after = self._drawn(now, coming, count)
        weights, memories = np.repeat(now.weights[None], count, 0), np.repeat(now.memory[None], count, 0)
        learning = Learning(now.rule, memories, now.player.schedule.ahead(count * steps), done)
        losses, sums = self.dense.run(samples._replace(order=orders), seen, learning, weights)
        own = self.dense.measured(losses[:, :steps], sums[:, :steps], samples.sizes)
        looks: list[Measured] = [({}, {})] * count
        if len(seen.sizes):
            looks = self.dense.measured(losses[:, steps:], sums[:, steps:], seen.sizes)
        seconds = (time.perf_counter() - start) / count
        given = [Given(coming.epochs, seconds, *one, valid) for one, (valid, _none) in zip(own, looks, strict=True)]
        counted = range(now.step + steps, now.step + count * steps + 1, steps)
        states = zip(weights, memories, after, counted, strict=True)
        return deque(zip(given, (State(*state, now.player, now.rule) for state in states), strict=True))

    def _drawn(self, now: State, coming: Coming, count: int) -> tuple[Whole, list[Tensor]]:
        """Return the order of the samples in so many events, and the state of its generator after each; it stays."""
        if coming.batches.full:
            return NO_ORDER, [now.order] * count
        orders, after, generator = [], [], coming.batches.generator
        for _event in range(count):
            orders.append(coming.batches.order(coming.epochs).numpy())
            after.append(generator.get_state())
        generator.set_state(now.order)
        return np.concatenate(orders), after
