"""Whole epochs of a dense net: batch after batch is taken, goes through the net, and changes its weights."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from neurona.compiled import losses, sums
from neurona.compiled.call import BLOCK, Crew, Goal, Net, Rule, Samples, Work
from neurona.compiled.elementary import ONE, ZERO, F
from neurona.compiled.native import native, written_out
from neurona.compiled.optimizers import is_straight
from neurona.compiled.passes import backward, bound, forward, update, wait
from neurona.compiled.products import LINE, gather, rows_of, shaded, transpose
from neurona.compiled.views import matrix, soon, vector

Array = NDArray[np.float32]
Whole = NDArray[np.int64]
Numbers = NDArray[np.float64]

# Samples of more numbers than a cache holds are asked for a batch ahead, where a batch has so few that they stay there.
CACHED, NEAR = 8_000_000, 4_000


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


@native
def ask(samples: Samples, order: Whole, begin: int, quarter: int) -> None:
    """Ask memory for a quarter of the batch that begins at a place of the order, while the one before it is computed.

    Memory answers some questions at a time, and whoever asks more waits.
    """
    wide, k = samples.x.shape[1], samples.y.shape[1] if len(samples.y) > 0 else 0
    for j in range(begin, min(begin + quarter, len(order))):
        place = order[j]
        for i in range(0, wide, LINE // 4):
            soon(samples.x, place, i)
        for i in range(0, k, LINE // 4):
            soon(samples.y, place, i)


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
    scattered = learn and len(order) > 0 and len(samples.x) * wide > CACHED and samples.sizes[0] * wide <= NEAR
    for step in range(len(samples.sizes)):
        size = samples.sizes[step]
        quarter = (size + 3) // 4 if scattered and size <= BLOCK else 0
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
            ask(samples, order, begin + size, quarter)
            key = 0 if seed == 0 else seed + depth * (start + step * len(samples.x))
            forward(net, theta, x, samples.rows, n, values, slopes, key, crew)
            ask(samples, order, begin + size + quarter, quarter)
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
            ask(samples, order, begin + size + 2 * quarter, quarter)
            if learn:
                before = ZERO if start == begin else ONE
                backward(net, theta, x, samples.rows, n, values, slopes, out, work.gradients, before, straight, crew)
        ask(samples, order, begin + size + 3 * quarter, quarter)
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


@native
def run(
    net: Net, goal: Goal, rule: Rule, samples: Samples, seen: Samples, crew: Crew, work: Work,
    thetas: Array, memories: Array, rates: Numbers, done: int, seed: int,
) -> None:  # fmt: skip
    """Make a step for each batch of `samples`, see how well the net then does on each of `seen`, and so on.

    Each event after the first begins with the weights and the memory that the one before it ended with, on the samples
    that come next in the order. More than one is for a single thread, in one part. For arguments see `call.Call`.
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
