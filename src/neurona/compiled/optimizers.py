"""Optimizers as PyTorch defines them: one pass over all weights, the gradient and what the optimizer remembers."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from neurona.compiled.call import Rule
from neurona.compiled.elementary import ONE, F
from neurona.compiled.native import native

Array = NDArray[np.float32]


@native
def is_straight(rule: Rule) -> bool:
    """Tell whether a weight changes by `-lr g` of its own gradient and nothing else."""
    return rule.number == 0 and rule.momentum == 0 and rule.weight_decay == 0 and rule.l2 == 0 and rule.clip == 0


@native
def sgd(rule: Rule, rate: float, w: Array, g: Array, velocity: Array) -> None:
    """Change weights by `-lr g`, or `-lr v` with `v = momentum v + g`, or `-lr (g + momentum v)`."""
    lr, decay, momentum = F(rate), F(rule.weight_decay), F(rule.momentum)
    if rule.momentum == 0:
        for i in range(len(w)):
            w[i] -= lr * (g[i] + decay * w[i])
    elif rule.nesterov == 0:
        for i in range(len(w)):
            velocity[i] = momentum * velocity[i] + (g[i] + decay * w[i])
            w[i] -= lr * velocity[i]
    else:
        for i in range(len(w)):
            slope = g[i] + decay * w[i]
            velocity[i] = momentum * velocity[i] + slope
            w[i] -= lr * (slope + momentum * velocity[i])


@native
def adagrad(rule: Rule, rate: float, w: Array, g: Array, total: Array) -> None:
    """Change weights by `-lr g / (sqrt(sum of g^2) + eps)`."""
    lr, decay, eps = F(rate), F(rule.weight_decay), F(rule.eps)
    for i in range(len(w)):
        slope = g[i] + decay * w[i]
        total[i] += slope * slope
        w[i] -= lr * slope / (np.sqrt(total[i]) + eps)


@native
def adadelta(rule: Rule, rate: float, w: Array, g: Array, square: Array, steps: Array) -> None:
    """Change weights by the root of the mean squared step over that of the mean squared gradient, times `-lr g`."""
    lr, decay, eps, rho = F(rate), F(rule.weight_decay), F(rule.eps), F(rule.second)
    rest = F(1 - rule.second)
    for i in range(len(w)):
        slope = g[i] + decay * w[i]
        square[i] = rho * square[i] + rest * slope * slope
        delta = np.sqrt(steps[i] + eps) / np.sqrt(square[i] + eps) * slope
        steps[i] = rho * steps[i] + rest * delta * delta
        w[i] -= lr * delta


@native
def rmsprop(rule: Rule, rate: float, w: Array, g: Array, square: Array, velocity: Array) -> None:
    """Change weights by `-lr v` with `v = momentum v + g / (sqrt(mean of g^2) + eps)`."""
    lr, decay, eps, alpha = F(rate), F(rule.weight_decay), F(rule.eps), F(rule.second)
    momentum, rest = F(rule.momentum), F(1 - rule.second)
    for i in range(len(w)):
        slope = g[i] + decay * w[i]
        square[i] = alpha * square[i] + rest * slope * slope
        velocity[i] = momentum * velocity[i] + slope / (np.sqrt(square[i]) + eps)
        w[i] -= lr * velocity[i]


@native
def adam(rule: Rule, rate: float, t: int, w: Array, g: Array, mean: Array, square: Array) -> None:
    """Change the weights by Adam, or AdamW, in step `t`, counted from 1."""
    apart = rule.number == 5
    decay = F(0) if apart else F(rule.weight_decay)
    kept = ONE - F(rate * rule.weight_decay) if apart else ONE
    first, second, eps = F(1 - rule.first), F(rule.second), F(rule.eps)
    rest = F(1 - rule.second)
    lr = F(rate / (1 - rule.first**t))
    root = F(np.sqrt(1 - rule.second**t))
    for i in range(len(w)):
        slope = g[i] + decay * w[i]
        mean[i] += first * (slope - mean[i])
        square[i] = second * square[i] + rest * slope * slope
        w[i] = kept * w[i] - lr * mean[i] / (np.sqrt(square[i]) / root + eps)


@native
def penalise(l2: float, w: Array, g: Array) -> None:
    """Add the gradient of `l2 / 2 * sum w^2`."""
    factor = F(l2)
    for i in range(len(w)):
        g[i] += factor * w[i]


@native
def clipped(g: Array, most: float) -> None:
    """Scale the gradient to a norm of `most` where it is longer, as PyTorch's `clip_grad_norm_` does."""
    total = 0.0
    for i in range(len(g)):
        total += np.float64(g[i]) * np.float64(g[i])
    share = most / (np.sqrt(total) + 1e-6)
    if share < 1.0 or share != share:
        factor = F(share)
        for i in range(len(g)):
            g[i] *= factor


@native
def follow(rule: Rule, rate: float, t: int, w: Array, g: Array, first: Array, second: Array) -> None:
    """Change weights by their gradient in step `t`; `first` and `second` are what it remembers, all `(p,)`."""
    if rule.number == 0:
        sgd(rule, rate, w, g, first)
    elif rule.number == 1:
        adagrad(rule, rate, w, g, first)
    elif rule.number == 2:
        adadelta(rule, rate, w, g, first, second)
    elif rule.number == 3:
        rmsprop(rule, rate, w, g, first, second)
    else:
        adam(rule, rate, t, w, g, first, second)
