"""`Ahead`: events of a small dense net, computed several in a call of native code before they are asked for."""

from __future__ import annotations

import time
from collections import deque
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from neurona.compiled.call import Rule, Whole
from neurona.fit.dense import Dense, Learning
from neurona.fit.stages import Player
from neurona.fit.supply import EVENTS, NO_ORDER
from neurona.fit.tally import Measured
from neurona.fit.under_way import Coming, Given
from neurona.fit.working_copy import Memory

Array = NDArray[np.float32]


class State(NamedTuple):
    """What the next event depends on, beside numbers that lie in vectors.

    Attributes:
        player: who learns.
        rule: of its optimizer.
        rate: that the schedule takes shares of.
        step: how many steps the schedule has counted.
    """

    player: Player
    rule: Rule
    rate: float
    step: int


class Event(NamedTuple):
    """An event that was computed ahead.

    Attributes:
        given: what it gives.
        weights: of the net after it, `(p,)`.
        memory: of the optimizer after it, `(2 p,)`.
        order: the state of the generator of the order after it.
    """

    given: Given
    weights: Array
    memory: Array
    order: Tensor

    def left(self, weights: Array, memory: Array, order: Tensor) -> bool:
        """Tell whether numbers are those that it left, to the last bit."""
        same = weights.tobytes() == self.weights.tobytes() and memory.tobytes() == self.memory.tobytes()
        return same and order.numpy().tobytes() == self.order.numpy().tobytes()


class Ahead:
    """Hands out events one by one, of which several were computed together on a copy of the weights.

    Python needs longer for what is around an event than a small net for its epoch. The net is as if each event were
    trained when it is asked for: where somebody has changed a weight since the last one, what the optimizer remembers,
    the rate or the order, what was computed ahead is thrown away, and then one event is computed, two, four, and so on.
    """

    def __init__(self, dense: Dense) -> None:
        self.dense = dense
        self._events: deque[Event] = deque()
        self._last: tuple[State, Event] | None = None
        self._at_once = EVENTS

    def enter(self, coming: Coming) -> None:
        """Begin a stage, whose events are `coming`."""
        self.coming, self._last = coming, None

    def next(self, count: int) -> Given | None:
        """Return what the next of `count` events gives, and leave the net as it is after it; None for one to train."""
        player, generator = self.coming.player, self.coming.batches.generator
        self.dense.look(player)
        if self.dense.dropout or player.options.schedule == "plateau":  # where an event depends on those before it
            return None
        self.dense.weights.hold()
        rule, memory, weights = self.dense.rule(player), self.dense.remembered(player), self.dense.weights.numbers
        schedule, order = player.schedule, generator.get_state()
        state = State(player, rule, schedule.whole, schedule.step)
        known = self._last is not None and self._last[0] == state and self._last[1].left(weights, memory.numbers, order)
        if not known or not self._events:
            changed = self._last is not None and not known
            self._at_once = 1 if changed else min(EVENTS, 2 * self._at_once)
            self._events = self._computed(min(count, self._at_once), state, memory, order)
        if not self._events:
            return None
        event, steps = self._events.popleft(), len(self.coming.batches) * self.coming.epochs
        weights[:], memory.numbers[:] = event.weights, event.memory
        generator.set_state(event.order)
        memory.advance(steps)
        schedule.advance(steps)
        self._last = (state._replace(step=schedule.step), event)
        return event.given

    def _computed(self, count: int, state: State, memory: Memory, order: Tensor) -> deque[Event]:
        """Return as many events as are worth a call; none where a single one is.

        Args:
            count: how many come, at most.
            state: how things stand.
            memory: what the optimizer remembers.
            order: the state of the generator of the order.
        """
        start, coming = time.perf_counter(), self.coming
        most, samples, seen = self.dense.supply.ahead(coming.batches, coming.epochs, coming.split, coming.inputs)
        count, steps = min(count, most), len(samples.sizes)
        if count < 1 or most < 2:
            return deque()
        orders, after = _drawn(coming, count, order)
        weights = np.repeat(self.dense.weights.numbers[None], count, 0)
        memories = np.repeat(memory.numbers[None], count, 0)
        learning = Learning(state.rule, memories, coming.player.schedule.ahead(count * steps), memory.steps)
        losses, sums = self.dense.run(samples._replace(order=orders), seen, learning, weights)
        own = self.dense.measured(losses[:, :steps], sums[:, :steps], samples.sizes)
        looks: list[Measured] = [({}, {})] * count
        if len(seen.sizes):
            looks = self.dense.measured(losses[:, steps:], sums[:, steps:], seen.sizes)
        finite = np.isfinite(weights).all(1).tolist()
        seconds = (time.perf_counter() - start) / count
        given = [
            Given(coming.epochs, seconds, train, deviation, valid, numbers)
            for (train, deviation), (valid, _none), numbers in zip(own, looks, finite, strict=True)
        ]
        return deque(map(Event, given, weights, memories, after))


def _drawn(coming: Coming, count: int, begun: Tensor) -> tuple[Whole, list[Tensor]]:
    """Return the order of the samples in so many events, and the state of its generator after each; it stays."""
    if coming.batches.full:
        return NO_ORDER, [begun] * count
    orders, after, generator = [], [], coming.batches.generator
    for _event in range(count):
        orders.append(coming.batches.order(coming.epochs))
        after.append(generator.get_state())
    generator.set_state(begun)
    return torch.cat(orders).numpy(), after
