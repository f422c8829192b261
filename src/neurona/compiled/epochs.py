"""Whole epochs of a dense net: batch after batch is taken, goes through the net, and changes its weights."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from neurona.compiled import losses, sums
from neurona.compiled.elementary import ONE, ZERO, F
from neurona.compiled.native import entry, native, written_out
from neurona.compiled.optimizers import Rule, is_straight
from neurona.compiled.passes import BLOCK, Crew, Net, backward, bound, forward, update, wait
from neurona.compiled.products import gather, rows_of, shaded, transpose
from neurona.compiled.views import matrix, vector

Array = NDArray[np.float32]
Bytes = NDArray[np.uint8]
Whole = NDArray[np.int64]
Numbers = NDArray[np.float64]


class Goal(NamedTuple):
    """What is learned.

    Attributes:
        loss: place in `losses.NAMES`.
        each: what the loss of a batch is the mean over, for one sample: its outputs, or 1.
        summed: 1 to follow the gradient of the sum over a batch, 0 of the mean.
        task: place in `sums.NAMES`.
        sums: how many sums that task has.
    """

    loss: int
    each: int
    summed: int
    task: int
    sums: int


class Samples(NamedTuple):
    """The samples of several batches.

    Attributes:
        x: as the net sees them, `(m, d)`; `(0, d)` where they are bytes.
        bytes: the samples as bytes, `(m, d)`, or `(0, d)`.
        line: what the net sees of a byte, `line[0] byte + line[1]`, `(2,)`.
        y: what outputs are held against, `(m, k)`, a class number in a column of its own; `(0, d)` for the samples
            themselves.
        order: which one comes when, `(sum of sizes,)`; `(0,)` for one behind the other.
        sizes: how many are in each batch, `(steps,)`.
        again: whether every batch begins at the first one, as full batches do.
        rows: whether BLAS reads them as they lie; else they are copied with samples side by side.
        parts: in how many parts each step is computed, 1 or 2; see `Work`.
    """

    x: Array
    bytes: Bytes
    line: Array
    y: Array
    order: Whole
    sizes: Whole
    again: bool
    rows: bool
    parts: int


class Work(NamedTuple):
    """What steps work in, and what comes of them.

    Attributes:
        gradients: of all weights, once for each part, `(parts p,)`; of the units of the other part they are 0. Were
            they in one vector, BLAS would take lines of the cache from the other thread, which it asks for ahead.
        room: for what a block of samples needs on its way; see `room`.
        losses: what each part adds to the mean loss of a batch, before its step, `(parts, batches)`.
        sums: what each part adds to the sums of its metrics, `(parts, batches, s)`.
    """

    gradients: Array
    room: Array
    losses: Numbers
    sums: Numbers


def room(net: Net, targets: int) -> int:
    """Return how many numbers a block takes: values and slopes of all layers, targets, and what two threads take."""
    return int(2 * net.widths[1:].sum() + targets + 2 * (net.widths[0] + 2)) * BLOCK


@native
def take(samples: Samples, order: Whole, begin: int, n: int, rows: Array, columns: Array) -> None:
    """Copy `n` samples from place `begin` of the order on, as BLAS reads them or else side by side.

    Args:
        samples: of all batches.
        order: of them.
        begin: the place of the first one.
        n: how many.
        rows: where they go for BLAS, `(n, d)`, unless they lie there already.
        columns: where they go else, `(d, n)`.
    """
    these = vector(order, begin, n if len(order) > 0 else 0)
    if len(samples.bytes) > 0:
        shaded(samples.bytes, samples.line, begin, these, rows)
    elif len(these) > 0 and samples.rows:
        rows_of(samples.x, these, rows)
    elif len(these) > 0:
        gather(samples.x, these, 0, columns)
    elif not samples.rows:
        transpose(matrix(samples.x, begin * len(columns), n, len(columns)), 0, columns)


@native
def want(samples: Samples, order: Whole, begin: int, n: int, rows: Array, low: int, y: Array) -> None:
    """Copy the targets of `n` samples from place `begin` of the order on.

    Args:
        samples: of all batches.
        order: of them.
        begin: the place of the first one.
        n: how many.
        rows: the samples `(n, d)`, where they are their own targets.
        low: the first target of those wanted.
        y: where targets go, `(k, n)`.
    """
    if len(samples.y) == 0:
        transpose(rows, low, y)
    elif len(order) > 0:
        gather(samples.y, vector(order, begin, n), low, y)
    else:
        k = samples.y.shape[1]
        transpose(matrix(samples.y, begin * k, n, k), low, y)


@written_out
def go(
    net: Net, goal: Goal, rule: Rule, samples: Samples, order: Whole, crew: Crew, work: Work, place: int, learn: bool,
    theta: Array, memory: Array, rates: Numbers, done: int, seed: int,
) -> bool:  # fmt: skip
    """Make a step for each batch, or with `learn` False only see how well the net does on it.

    Args:
        net: how the net is built.
        goal: what it learns.
        rule: how its weights follow the gradient.
        samples: of all batches.
        order: which one comes when; see `Samples`.
        crew: who computes; each thread calls with its own rank.
        work: where losses and sums are added.
        place: of the first batch among those of `work`.
        learn: whether weights change.
        theta: weights, `(p,)`; they change.
        memory: of the optimizer, `(2 p,)`; it changes.
        rates: learning rate of each step, `(steps,)`.
        done: steps that the optimizer has made before.
        seed: of dropout; 0 leaves it out.

    Returns:
        Whether no thread left early.
    """
    depth, most, wide = len(net.activations), net.widths[1:].sum() * BLOCK, net.widths[0]
    outputs = net.widths[depth]
    out = most - outputs * BLOCK
    values, slopes = vector(work.room, 0, most), vector(work.room, most, most)
    mine = len(work.room) - (crew.rank + 1) * (wide + 2) * BLOCK
    top, other = vector(work.room, mine + wide * BLOCK, BLOCK), vector(work.room, mine + (wide + 1) * BLOCK, BLOCK)
    copied = not samples.rows or len(order) > 0 or len(samples.bytes) > 0
    # Where each output counts by itself, a part measures those that are its units; else the first part measures all.
    halves = crew.parts if goal.task >= sums.APART else 1
    wanted = outputs if halves == 2 else max(1, samples.y.shape[1]) if len(samples.y) > 0 else wide
    begin = 0
    for step in range(len(samples.sizes)):
        size = samples.sizes[step]
        # What a batch of one block does to the weights of the first layer needs no gradient of its own.
        straight = F(-rates[step]) if learn and size <= BLOCK and is_straight(rule) else ZERO
        share = F((1.0 if goal.summed else 1.0 / size) / goal.each)
        for start in range(begin, begin + size, BLOCK):
            n = min(BLOCK, begin + size - start)
            rows, columns = matrix(work.room, mine, n, wide), matrix(work.room, mine, wide, n)
            x = matrix(samples.x, start * wide, n, wide) if not copied else rows if samples.rows else columns
            fresh = not samples.again or step == 0 or size > BLOCK
            if fresh:
                take(samples, order, start, n, rows, columns)
            key = 0 if seed == 0 else seed + depth * (start + step * len(samples.x))
            forward(net, theta, x, samples.rows, n, values, slopes, key, crew)
            for part in range(crew.rank, halves, crew.threads):
                low, units = bound(outputs, part, halves), bound(wanted, part + 1, halves) - bound(wanted, part, halves)
                y = matrix(work.room, 2 * most + low * n, units, n)
                if fresh:
                    want(samples, order, start, n, x, low, y)
                answer = matrix(values, out + low * n, units if halves == 2 else outputs, n)
                total = vector(work.sums, (part * work.losses.shape[1] + place + step) * goal.sums, goal.sums)
                sums.add(goal.task, answer, y, goal.each, top, other, total)
                lost = losses.lost(goal.loss, answer, y, share, top, other)
                work.losses[part, place + step] += lost / (size * goal.each)
            if not wait(crew):
                return False
            if learn:
                before = ZERO if start == begin else ONE
                backward(net, theta, x, samples.rows, n, values, slopes, out, work.gradients, before, straight, crew)
        if learn:
            first = 1 if straight != ZERO else 0
            update(net, rule, rates[step], done + step + 1, theta, work.gradients, memory, first, crew)
        begin += 0 if samples.again else size
    return True


@native
def copy(numbers: Array, to: Array) -> None:
    """Copy a vector."""
    for i in range(len(to)):
        to[i] = numbers[i]


@entry
def run(
    net: Net, goal: Goal, rule: Rule, samples: Samples, seen: Samples, crew: Crew, work: Work,
    thetas: Array, memories: Array, rates: Numbers, done: int, seed: int,
) -> None:  # fmt: skip
    """Make a step for each batch of `samples`, see how well the net then does on each of `seen`, and so on.

    Each event after the first begins with the weights and the memory that the one before it ended with, on the samples
    that come next in the order. More than one is for a single thread, in one part.

    Args:
        net: how the net is built.
        goal: what it learns.
        rule: how its weights follow the gradient.
        samples: that it learns from in an event, in the order of all events one behind the other.
        seen: that it does not learn from.
        crew: who computes; each thread calls with its own rank.
        work: whose losses and sums, zeros at first, are the result: event by event, of `samples` and then of `seen`.
        thetas: weights, `(events, p)`; the first row is those to begin with, each becomes those after its event.
        memories: of the optimizer, `(events, 2 p)`, likewise.
        rates: learning rate of each step of all events.
        done: steps that the optimizer has made before.
        seed: of dropout; 0 leaves it out.
    """
    steps, count, each = len(samples.sizes), samples.sizes.sum(), len(samples.sizes) + len(seen.sizes)
    for turn in range(2 * len(thetas)):
        event, learn = turn // 2, turn % 2 == 0
        theta, memory = thetas[event], memories[event]
        if learn and event > 0:
            copy(thetas[event - 1], theta)
            copy(memories[event - 1], memory)
        # One call, for the compiler writes out each.
        batches, order, place = seen, seen.order, event * each + steps
        if learn:
            order = vector(samples.order, event * count, count if len(samples.order) > 0 else 0)
            batches, place = samples, event * each
        own, before = vector(rates, event * steps, steps), done + event * steps
        if not go(net, goal, rule, batches, order, crew, work, place, learn, theta, memory, own, before, seed * learn):
            return
