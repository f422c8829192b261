"""The way of a block of samples through a dense net and back, and the step that follows.

For a layer `h_l = f_l(W_l h_(l-1) + b_l)` the delta rule (Rumelhart, Hinton and Williams 1986) reads

    delta = dL/dh_l * f_l'(a_l)        dL/dW_l = delta h_(l-1)^T        dL/dh_(l-1) = W_l^T delta

and that is how it stands in `backward`. A layer has two arrays of units by samples: `values` holds `h`, and on the way
back `dL/dh`; `slopes` holds `a`, then `f'(a)`, then `delta`.

A step of a large net is computed in two parts, by one thread or two. To each part belong one half of the units of every
layer, with their weights, gradients and what the optimizer remembers of them. The numbers are those of the parts,
whoever computes them.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from neurona.compiled.call import BLOCK, Crew, Net, Rule
from neurona.compiled.dropout import drop, scrambled
from neurona.compiled.elementary import ONE, ZERO, F
from neurona.compiled.gallery import activate
from neurona.compiled.meet import meet
from neurona.compiled.native import native
from neurona.compiled.optimizers import clipped, follow, penalise
from neurona.compiled.products import affine, back, gradients
from neurona.compiled.views import matrix, vector

Array = NDArray[np.float32]
Whole = NDArray[np.int64]


@native
def bound(total: int, part: int, parts: int) -> int:
    """Return where a part, of 1 or 2, of so many units or samples begins, which is where the one before it ends."""
    return total * part >> (parts - 1)


@native
def wait(crew: Crew) -> bool:
    """Wait until every thread is here; return whether all came."""
    if crew.threads == 2:
        return meet(crew.words, crew.rank)
    return True


@native
def forward(
    net: Net, theta: Array, x: Array, rows: bool, n: int, values: Array, slopes: Array, key: int, crew: Crew
) -> None:  # fmt: skip
    """Compute the values and slopes of all layers for `n` samples; `key` 0 leaves dropout out."""
    place = before = 0
    for layer in range(len(net.activations)):
        inputs, outputs = net.widths[layer], net.widths[layer + 1]
        for part in range(crew.rank, crew.parts, crew.threads):
            low = bound(outputs, part, crew.parts)
            units = bound(outputs, part + 1, crew.parts) - low
            weights = matrix(theta, net.weights[layer] + low * inputs, units, inputs)
            bias = vector(theta, net.biases[layer] + low, units * net.biased[layer])
            start = place + low * n
            h, a = vector(values, start, units * n), vector(slopes, start, units * n)
            below = x if layer == 0 else matrix(values, before, inputs, n)
            affine(weights, bias, below, rows and layer == 0, matrix(slopes, start, units, n))
            activate(net.activations[layer], h, a)
            if key != 0 and net.dropout[layer] > 0:
                drop(net.dropout[layer], scrambled(key + layer), low * n, h, a)
        before, place = place, place + outputs * BLOCK
        wait(crew)


@native
def backward(
    net: Net, theta: Array, x: Array, rows: bool, n: int, values: Array, slopes: Array, place: int, g: Array, before: F,
    straight: F, crew: Crew,
) -> None:  # fmt: skip
    """Compute the gradients `g` of all weights, once for each part, added to `before` times what was there.

    `values` of the last layer, which begin at `place`, hold dL/dh. Where `straight` is not 0, the weights of the first
    layer follow at once, by so many times their gradient: nothing asks for them any more.
    """
    for layer in range(len(net.activations) - 1, -1, -1):
        inputs, outputs = net.widths[layer], net.widths[layer + 1]
        below = place - inputs * BLOCK
        for part in range(crew.rank, crew.parts, crew.threads):
            low = bound(outputs, part, crew.parts)
            units = bound(outputs, part + 1, crew.parts) - low
            start = place + low * n
            down, slope = vector(values, start, units * n), vector(slopes, start, units * n)
            for i in range(units * n):
                slope[i] *= down[i]
            delta = matrix(slopes, start, units, n)
            follows = layer == 0 and straight != ZERO
            to, own = (theta, 0) if follows else (g, part * len(theta))
            weights = matrix(to, own + net.weights[layer] + low * inputs, units, inputs)
            bias = vector(to, own + net.biases[layer] + low, units * net.biased[layer])
            lower = x if layer == 0 else matrix(values, below, inputs, n)
            factor, there = (straight, ONE) if follows else (ONE, before)
            gradients(delta, lower, rows and layer == 0, factor, weights, bias, there)
        wait(crew)
        if layer > 0:
            whole, delta = matrix(theta, net.weights[layer], outputs, inputs), matrix(slopes, place, outputs, n)
            for part in range(crew.rank, crew.parts, crew.threads):
                low, high = bound(inputs, part, crew.parts), bound(inputs, part + 1, crew.parts)
                back(whole, delta, low, matrix(values, below + low * n, high - low, n))
        place = below


@native
def place_of(net: Net, layer: int, kind: int, part: int, parts: int) -> tuple[int, int]:
    """Return where the weights (`kind` 0) or biases (1) of a part's units of a layer begin, and how many they are."""
    inputs, outputs = net.widths[layer], net.widths[layer + 1]
    low, high = bound(outputs, part, parts), bound(outputs, part + 1, parts)
    if kind == 1:
        return net.biases[layer] + low, high - low
    return net.weights[layer] + low * inputs, (high - low) * inputs


@native
def update(
    net: Net, rule: Rule, rate: float, t: int, theta: Array, g: Array, memory: Array, first: int, crew: Crew
) -> None:  # fmt: skip
    """Change the weights of this thread's parts, from layer `first` on, by their gradients `g`, `(parts p,)`."""
    p, depth = len(theta), len(net.activations)
    if rule.l2 > 0:
        for part in range(crew.rank, crew.parts, crew.threads):
            for layer in range(depth):
                start, n = place_of(net, layer, 0, part, crew.parts)
                penalise(rule.l2, vector(theta, start, n), vector(g, part * p + start, n))
    if rule.clip > 0:  # by the norm of all of the gradient
        wait(crew)
        if crew.rank == 0:
            clipped(g, rule.clip)
        wait(crew)
    if crew.parts == 1 and first == 0:
        follow(rule, rate, t, theta, g, vector(memory, 0, p), vector(memory, p, p))
        return
    for part in range(crew.rank, crew.parts, crew.threads):
        for layer in range(first, depth):
            for kind in range(1 + net.biased[layer]):
                start, n = place_of(net, layer, kind, part, crew.parts)
                mean, square = vector(memory, start, n), vector(memory, p + start, n)
                follow(rule, rate, t, vector(theta, start, n), vector(g, part * p + start, n), mean, square)
