"""Losses and their derivatives as formulas, for the outputs of one sample."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from neurona.explain.formula import Formula
from neurona.explain.graph import Array
from neurona.explain.sums import SPELLED

# Of one output a for its target y, and the derivative of that; p is the sigmoid of a.
TERMS: Mapping[str, tuple[str, str]] = {
    "binary-cross-entropy": ("log(1 + exp({a})) - {a} * {y}", "({p} - {y})"),
    "perceptron": ("((1 if {a} >= 0 else 0) - {y}) * {a}", "((1 if {a} >= 0 else 0) - {y})"),
    "mse": ("({a} - {y})^2", "2 * ({a} - {y})"),
    "half-mse": ("({a} - {y})^2 / 2", "({a} - {y})"),
    "mae": ("abs({a} - {y})", "(1 if {a} > {y} else -1)"),
    "huber": ("(({a} - {y})^2 / 2 if abs({a} - {y}) < 1 else abs({a} - {y}) - 0.5)", "max(-1, min(1, {a} - {y}))"),
}


def loss_lines(loss: str, outputs: Array, y: Array, result: float, a: str) -> list[Formula]:
    """Return how the loss follows from the outputs `(k,)`, called `a`, and the target: a class, or `(k,)`."""
    if loss == "cross-entropy":
        return _cross_entropy(outputs, int(y), result, a)
    if len(outputs) > SPELLED:
        return []
    terms = [_of_output(TERMS[loss][0], a, k) for k in range(1, len(outputs) + 1)]
    total = " + ".join(terms)
    template = total if len(terms) == 1 else f"({total}) / {len(terms)}"
    return [*_sigmoids(loss, outputs, a), Formula("J", template, _known(outputs, y, a), result, "J")]


def delta_line(loss: str, outputs: Array, y: Array, k: int, delta: float, left: str, a: str) -> Formula:
    """Return the derivative of the loss for output `k`, from 0, of the node `a`."""
    if loss == "cross-entropy":
        values = {f"p_{k + 1}": float(softmax(outputs)[k])}
        template = f"{{p_{k + 1}}}" + (" - 1" if int(y) == k else "")
        return Formula(left, template, values, delta, a, True)
    template = _of_output(TERMS[loss][1], a, k + 1)
    if len(outputs) > 1:
        template += f" / {len(outputs)}"
    return Formula(left, template, _known(outputs, y, a), delta, a, True)


def _of_output(template: str, a: str, k: int) -> str:
    for name, symbol in (("a", a), ("p", "p"), ("y", "y")):
        template = template.replace(f"{{{name}}}", f"{{{symbol}_{k}}}")
    return template


def softmax(outputs: Array) -> Array:
    """Return `exp(a_k)` divided by their sum."""
    powers = np.exp(outputs - outputs.max())
    return np.asarray(powers / powers.sum())


def _cross_entropy(outputs: Array, label: int, result: float, a: str) -> list[Formula]:
    name, probability = f"p_{label + 1}", float(softmax(outputs)[label])
    last = Formula("J", f"-log({{{name}}})", {name: probability}, result, "J")
    if len(outputs) > SPELLED:
        return [last]
    values = _known(outputs, outputs, a)
    total = " + ".join(f"exp({{{a}_{k}}})" for k in range(1, len(outputs) + 1))
    return [Formula(name, f"exp({{{a}_{label + 1}}}) / ({total})", values, probability), last]


def _sigmoids(loss: str, outputs: Array, a: str) -> list[Formula]:
    if loss != "binary-cross-entropy":
        return []
    known = _known(outputs, outputs, a)
    return [
        Formula(f"p_{k}", f"1 / (1 + exp(-{{{a}_{k}}}))", known, known[f"p_{k}"]) for k in range(1, len(outputs) + 1)
    ]


def _known(outputs: Array, y: Array, a: str) -> dict[str, float]:
    sigmoids = 1 / (1 + np.exp(-outputs))
    columns = {a: outputs, "y": np.broadcast_to(y, outputs.shape), "p": sigmoids}
    return {f"{name}_{k}": float(value) for name, column in columns.items() for k, value in enumerate(column, 1)}
