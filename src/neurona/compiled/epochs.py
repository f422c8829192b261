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
from neurona.compiled.dropout import drop, scrambled
from neurona.compiled.elementary import ONE, ZERO, F
from neurona.compiled.gallery import activate
from neurona.compiled.native import entry, native
from neurona.compiled.optimizers import Rule, clipped, follow
from neurona.compiled.products import affine, back, gather, gradients, transpose
from neurona.compiled.views import matrix, vector

Array = NDArray[np.float32]
Whole = NDArray[np.int64]
Numbers = NDArray[np.float64]

# So many samples go through the net at once, whatever the batch: what a layer holds of them stays in the cache.
BLOCK = 512


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
        x: as the net sees them, `(m, d)`.
        y: what outputs are held against, `(m, k)`; a class number in a column of its own.
        order: which one comes when, `(sum of sizes,)`; `(0,)` for one behind the other.
        sizes: how many are in each batch, `(steps,)`.
        again: whether every batch begins at the first one, as full batches do.
        rows: whether BLAS reads them as they lie; else they are copied with samples side by side.
    """

    x: Array
    y: Array
    order: Whole
    sizes: Whole
    again: bool
    rows: bool


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


@entry
def run(
    net: Net, goal: Goal, rule: Rule, samples: Samples, learn: bool,
    theta: Array, memory: Array, rates: Numbers, done: int, seed: int,
) -> tuple[Numbers, Numbers]:  # fmt: skip
    """Make a step for each batch, or with `learn` False only see how well the net does on it.

    Args:
        net: how the net is built.
        goal: what it learns.
        rule: how its weights follow the gradient.
        samples: of all batches.
        learn: whether weights change.
        theta: weights, `(p,)`; they change.
        memory: of the optimizer, `(2, p)`; it changes.
        rates: learning rate of each step, `(steps,)`.
        done: steps that the optimizer has made before.
        seed: of dropout; 0 leaves it out.

    Returns:
        The mean loss of each batch before its step, `(steps,)`, and the sums of its metrics, `(steps, s)`.
    """
    x, y, order, sizes, again, rows = samples
    depth, most = len(net.activations), net.widths.sum()
    values, slopes, g = np.empty(most * BLOCK, F), np.empty(most * BLOCK, F), np.empty(len(theta), F)
    target, top, other = np.empty(y.shape[1] * BLOCK, F), np.empty(BLOCK, F), np.empty(BLOCK, F)
    out, outputs = BLOCK * net.widths[:-1].sum(), net.widths[depth]
    means, totals = np.zeros(len(sizes)), np.zeros((len(sizes), goal.sums))
    begin = 0
    for step in range(len(sizes)):
        size, total = sizes[step], 0.0
        share = F((1.0 if goal.summed else 1.0 / size) / goal.each)
        for start in range(begin, begin + size, BLOCK):
            n = min(BLOCK, begin + size - start)
            block = x[start : start + n] if rows else x[:0]
            wanted = matrix(target, 0, y.shape[1], n)
            if len(order) > 0:
                gather(y, order[start : start + n], wanted)
                gather(x, order[start : start + n], matrix(values, 0, net.widths[0], n))
            elif not again or step == 0 or size > BLOCK:
                transpose(y[start : start + n], wanted)
                if not rows:
                    transpose(x[start : start + n], matrix(values, 0, net.widths[0], n))
            key = 0 if seed == 0 else seed + depth * (start + step * len(x))
            forward(net, theta, block, rows, n, values, slopes, key)
            answer = matrix(values, out, outputs, n)
            sums.add(goal.task, answer, wanted, top, other, totals[step])
            total += losses.lost(goal.loss, answer, wanted, share, top, other)
            if learn:
                backward(net, theta, block, rows, n, values, slopes, out, g, ZERO if start == begin else ONE)
        means[step] = total / (size * goal.each)
        begin += 0 if again else size
        if learn:
            if rule.l2 > 0:
                penalise(net, rule.l2, theta, g)
            if rule.clip > 0:
                clipped(g, rule.clip)
            follow(rule, rates[step], done + step + 1, theta, g, memory)
    return means, totals
