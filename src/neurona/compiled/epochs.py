"""Whole epochs of a dense net: forward pass, loss, delta rule and step, batch after batch, as native code.

For a layer `h_l = f_l(W_l h_(l-1) + b_l)` the delta rule (Rumelhart, Hinton and Williams 1986) reads

    delta = dL/dh_l * f_l'(a_l)        dL/dW_l = delta h_(l-1)^T        dL/dh_(l-1) = W_l^T delta

and that is how it stands in `backward`. A layer has two arrays of units by samples: `values` holds `h`, and on the way
back `dL/dh`; `slopes` holds `a`, then `f'(a)`, then `delta`.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from neurona.compiled import losses, sums
from neurona.compiled.crew import meet
from neurona.compiled.dropout import drop, scrambled
from neurona.compiled.elementary import ONE, ZERO, F
from neurona.compiled.gallery import activate
from neurona.compiled.native import entry, native
from neurona.compiled.optimizers import Rule, clipped, follow
from neurona.compiled.products import affine, back, gather, gradients, rows_of, shaded, transpose
from neurona.compiled.views import matrix, vector

Array = NDArray[np.float32]
Bytes = NDArray[np.uint8]
Whole = NDArray[np.int64]
Numbers = NDArray[np.float64]

# So many samples go through the net at once, whatever the batch: what a layer holds of them stays in the cache.
BLOCK = 512
# One thread adds the gradient of the second part of so few samples to that of the first: BLAS takes them in one go, and
# the sums are those of two gradients that are added.
FEW = 128
# Weights are shared out in multiples of this, so that what is left over for scalar code is the same whoever computes.
EVEN = 256


class Net(NamedTuple):
    """A dense net of `depth` layers, whose weights lie one behind the other in one vector.

    Attributes:
        widths: of the samples and of each layer, `(depth + 1,)`.
        activations: places in `gallery.NAMES`, `(depth,)`.
        dropout: share of a layer's values that become 0, `(depth,)`.
        weights: where a layer's matrix `(out, in)` begins, `(depth,)`.
        biases: where its bias begins, `(depth,)`.
        biased: 1 for layers with a bias, else 0, `(depth,)`.
    """

    widths: Whole
    activations: Whole
    dropout: Array
    weights: Whole
    biases: Whole
    biased: Whole


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
        shades: what the net sees of each byte, `(256,)`.
        y: what outputs are held against, `(m, k)`, a class number in a column of its own; `(0, d)` for the samples
            themselves.
        order: which one comes when, `(sum of sizes,)`; `(0,)` for one behind the other.
        sizes: how many are in each batch, `(steps,)`.
        again: whether every batch begins at the first one, as full batches do.
        rows: whether BLAS reads them as they lie; else they are copied with samples side by side.
        parts: in how many parts each batch is computed, 1 or 2.
    """

    x: Array
    bytes: Bytes
    shades: Array
    y: Array
    order: Whole
    sizes: Whole
    again: bool
    rows: bool
    parts: int


class Work(NamedTuple):
    """How a batch is shared out, and what comes of it.

    A batch is computed in one part or in two, each with a gradient of its own, by one thread or two: the numbers are
    those of the parts, whoever computes them.

    Attributes:
        threads: how many compute.
        words: by which two of them meet; see `crew`.
        gradients: of each part, `(parts, p)`.
        losses: what each part adds to the mean loss of a batch, before its step, `(parts, steps)`.
        sums: what each part adds to the sums of its metrics, `(parts, steps, s)`.
    """

    threads: int
    words: Whole
    gradients: Array
    losses: Numbers
    sums: Numbers


@native
def forward(net: Net, theta: Array, x: Array, rows: bool, n: int, values: Array, slopes: Array, key: int) -> None:
    """Compute the values and slopes of all layers for `n` samples; `key` 0 leaves dropout out."""
    place = 0
    for layer in range(len(net.activations)):
        inputs, outputs = net.widths[layer], net.widths[layer + 1]
        weights = matrix(theta, net.weights[layer], outputs, inputs)
        bias = vector(theta, net.biases[layer], outputs * net.biased[layer])
        before, place = place, place + inputs * BLOCK
        h, a = vector(values, place, outputs * n), vector(slopes, place, outputs * n)
        if layer == 0 and rows:
            affine(weights, bias, x, True, matrix(slopes, place, outputs, n))
        else:
            affine(weights, bias, matrix(values, before, inputs, n), False, matrix(slopes, place, outputs, n))
        activate(net.activations[layer], h, a)
        if key != 0 and net.dropout[layer] > 0:
            drop(net.dropout[layer], scrambled(key + layer), h, a)


@native
def backward(
    net: Net, theta: Array, x: Array, rows: bool, n: int, values: Array, slopes: Array, place: int, g: Array, before: F
) -> None:
    """Compute the gradients of all weights, added to `before` times `g`.

    `values` of the last layer, which begin at `place`, hold dL/dh.
    """
    for layer in range(len(net.activations) - 1, -1, -1):
        inputs, outputs = net.widths[layer], net.widths[layer + 1]
        for i in range(place, place + outputs * n):
            slopes[i] *= values[i]
        delta = matrix(slopes, place, outputs, n)
        place -= inputs * BLOCK
        weights = matrix(g, net.weights[layer], outputs, inputs)
        bias = vector(g, net.biases[layer], outputs * net.biased[layer])
        if layer == 0 and rows:
            gradients(delta, x, True, weights, bias, before)
        else:
            gradients(delta, matrix(values, place, inputs, n), False, weights, bias, before)
        if layer > 0:
            back(matrix(theta, net.weights[layer], outputs, inputs), delta, matrix(values, place, inputs, n))


@native
def penalise(net: Net, l2: float, theta: Array, g: Array) -> None:
    """Add the gradient of `l2 / 2 * sum w^2` over all weights but the biases."""
    factor = F(l2)
    for layer in range(len(net.activations)):
        start = net.weights[layer]
        for i in range(start, start + net.widths[layer] * net.widths[layer + 1]):
            g[i] += factor * theta[i]


@native
def take(samples: Samples, begin: int, n: int, rows: Array, columns: Array, y: Array) -> None:
    """Copy `n` samples from place `begin` of the order on, as BLAS reads them or else side by side, and their targets.

    Args:
        samples: of all batches.
        begin: the place of the first one.
        n: how many.
        rows: where they go for BLAS, `(n, d)`, unless they lie there already.
        columns: where they go else, `(d, n)`.
        y: where their targets go, `(k, n)`.
    """
    order = samples.order[begin : begin + n]
    if len(samples.bytes) > 0:
        shaded(samples.bytes, samples.shades, begin, order, rows)
    elif len(order) > 0 and samples.rows:
        rows_of(samples.x, order, rows)
    elif len(order) > 0:
        gather(samples.x, order, columns)
    elif not samples.rows:
        transpose(samples.x[begin : begin + n], columns)
    if len(samples.y) == 0:
        transpose(rows, y)
    elif len(order) > 0:
        gather(samples.y, order, y)
    else:
        transpose(samples.y[begin : begin + n], y)


@native
def update(
    net: Net, rule: Rule, rate: float, t: int, theta: Array, work: Work, apart: bool, memory: Array, rank: int
) -> None:  # fmt: skip
    """Change the share of the weights that is this thread's, by the gradient, or the sum of those of two parts."""
    p, g = len(theta), work.gradients[0]
    low = p * rank // work.threads // EVEN * EVEN
    high = p if rank + 1 == work.threads else p * (rank + 1) // work.threads // EVEN * EVEN
    if apart:
        other = work.gradients[1]
        for i in range(low, high):
            g[i] += other[i]
    if rule.l2 > 0 or rule.clip > 0:  # which are for one thread alone: the norm is that of all of the gradient
        if work.threads == 2:
            meet(work.words, rank)
        if rank == 0 and rule.l2 > 0:
            penalise(net, rule.l2, theta, g)
        if rank == 0 and rule.clip > 0:
            clipped(g, rule.clip)
        if work.threads == 2:
            meet(work.words, rank)
    n = high - low
    first, second = vector(memory, low, n), vector(memory, len(memory) // 2 + low, n)
    follow(rule, rate, t, vector(theta, low, n), vector(g, low, n), first, second)


@entry
def run(
    net: Net, goal: Goal, rule: Rule, samples: Samples, work: Work, rank: int, learn: bool,
    theta: Array, memory: Array, rates: Numbers, done: int, seed: int,
) -> None:  # fmt: skip
    """Make a step for each batch, or with `learn` False only see how well the net does on it.

    Args:
        net: how the net is built.
        goal: what it learns.
        rule: how its weights follow the gradient.
        samples: of all batches.
        work: who computes what; its losses and sums, zeros at first, are the result.
        rank: which of the threads this is; each of them calls with its own.
        learn: whether weights change.
        theta: weights, `(p,)`; they change.
        memory: of the optimizer, `(2 p,)`; it changes.
        rates: learning rate of each step, `(steps,)`.
        done: steps that the optimizer has made before.
        seed: of dropout; 0 leaves it out.
    """
    depth, most, parts = len(net.activations), net.widths.sum(), samples.parts
    wide, outputs, out = net.widths[0], net.widths[depth], BLOCK * net.widths[:-1].sum()
    wanted = max(1, samples.y.shape[1]) if len(samples.y) > 0 else wide
    all_values, all_slopes = np.empty(parts * most * BLOCK, F), np.empty(parts * most * BLOCK, F)
    all_targets, top, other = np.empty(parts * wanted * BLOCK, F), np.empty(BLOCK, F), np.empty(BLOCK, F)
    copied = not samples.rows or len(samples.order) > 0 or len(samples.bytes) > 0
    begin = 0
    for step in range(len(samples.sizes)):
        size = samples.sizes[step]
        share = F((1.0 if goal.summed else 1.0 / size) / goal.each)
        joined = work.threads == 1 and size <= 2 * FEW
        for part in range(rank, parts, work.threads):
            low, high, total = begin + size * part // parts, begin + size * (part + 1) // parts, 0.0
            adds = part > 0 and joined
            g = work.gradients[0 if adds else part]
            if low == high and not adds:
                g[:] = ZERO
            values = vector(all_values, part * most * BLOCK, most * BLOCK)
            slopes = vector(all_slopes, part * most * BLOCK, most * BLOCK)
            for start in range(low, high, BLOCK):
                n = min(BLOCK, high - start)
                x = matrix(values, 0, n, wide) if copied else samples.x[start : start + n]
                y = matrix(all_targets, part * wanted * BLOCK, wanted, n)
                if not samples.again or step == 0 or high - low > BLOCK:
                    take(samples, start, n, x, matrix(values, 0, wide, n), y)
                key = 0 if seed == 0 else seed + depth * (start + step * len(samples.x))
                forward(net, theta, x, samples.rows, n, values, slopes, key)
                answer = matrix(values, out, outputs, n)
                sums.add(goal.task, answer, y, top, other, work.sums[part, step])
                total += losses.lost(goal.loss, answer, y, share, top, other)
                if learn:
                    before = ZERO if start == low and not adds else ONE
                    backward(net, theta, x, samples.rows, n, values, slopes, out, g, before)
            work.losses[part, step] = total / (size * goal.each)
        begin += 0 if samples.again else size
        if learn:
            if work.threads == 2 and not meet(work.words, rank):
                return
            apart = parts == 2 and not joined
            update(net, rule, rates[step], done + step + 1, theta, work, apart, memory, rank)
            if work.threads == 2 and not meet(work.words, rank):
                return
