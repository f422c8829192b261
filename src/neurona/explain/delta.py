"""The delta rule for any number of layers: the deltas go back layer by layer, and each weight reads its own."""

from __future__ import annotations

from itertools import pairwise
from typing import Annotated, Literal

import numpy as np
from pydantic import Field

from neurona import glass
from neurona.explain.explanation import EXPLANATIONS, Parts, Quantity, Step
from neurona.explain.formula import Formula
from neurona.explain.graph import Array, Graph, trace
from neurona.explain.operations import FORWARD, filled
from neurona.language import _

Units = Annotated[int, Field(ge=1, le=20)]
# The derivative of each activation in terms of its value y.
SLOPES = {
    "identity": "1",
    "sigmoid": "{y} * (1 - {y})",
    "tanh": "(1 - {y}^2)",
    "relu": "(1 if {y} > 0 else 0)",
}


@EXPLANATIONS.register("delta-rule", "The delta rule, layer by layer, for any number of layers")
def delta_rule(
    *,
    layers: Annotated[list[Units], Field(min_length=2, max_length=8)] = [2, 3, 2, 1],  # noqa: B006 (read, never changed)
    activation: Literal["identity", "sigmoid", "tanh", "relu"] = "tanh",
    seed: Annotated[int, Field(ge=0)] = 6,  # no number of it is 0
) -> Parts:
    """Return the forward values, deltas and gradients of a dense net without biases, its output unit the identity.

    `J = sum_k (y_hat_k - t_k)^2 / 2`; `delta_out = y_hat - t`, `delta_i = (sum_j delta_j w_ji) g'(a_i)` and
    `dJ/dw_ji = delta_j y_i` (Rumelhart, Hinton and Williams 1986).

    Args:
        layers: units of each layer, inputs first.
        activation: of the hidden layers.
        seed: of inputs, weights and targets.
    """
    graph = _net(layers, activation, seed)
    last = len(layers) - 1
    steps = [
        Step(
            _(
                "Forward: sums a = W y of the layer below, and values y = g(a); the output is its sum. w_ij leads "
                "from i to j."
            ),
            tuple(_forward(graph, last, activation)),
            _weights(graph, last),
        )
    ]
    steps.append(Step(_("The loss is half the sum of squared errors."), (_loss(graph),)))
    steps.append(Step(_("The delta of an output is its error: delta_out = y_hat - y."), tuple(_errors(graph, last))))
    for layer in range(last - 1, 0, -1):
        text = _("Layer {layer}: delta_i = (sum_j delta_j w_ij) g'(a_i), from the deltas of the layer above.")
        steps.append(Step(text.format(layer=layer), tuple(_deltas(graph, layer, SLOPES[activation]))))
    for layer in range(last, 0, -1):
        text = _("Layer {layer}: dJ/dw_ij = delta_j y_i, a delta of the layer times a value of the layer below.")
        values = (Quantity(f"dJ/dW{layer}", _gradient(graph, f"W{layer}")),)
        steps.append(Step(text.format(layer=layer), tuple(_gradients(graph, layer)), values))
    return steps, graph


def _net(layers: list[int], activation: str, seed: int) -> Graph:
    rng = np.random.default_rng(seed)
    function = getattr(glass, activation)
    n = {"y0": glass.Tensor(rng.normal(size=(layers[0], 1)).round(1))}
    for layer, (below, above) in enumerate(pairwise(layers), 1):
        n[f"W{layer}"] = glass.Tensor(rng.normal(size=(above, below)).round(1), requires_grad=True)
        n[f"a{layer}"] = n[f"W{layer}"] @ n[f"y{layer - 1}"]
        if layer < len(layers) - 1:
            n[f"y{layer}"] = function(n[f"a{layer}"])
    n["y"] = glass.Tensor(rng.normal(size=(layers[-1], 1)).round(1))
    n["e"] = n[f"a{len(layers) - 1}"] - n["y"]
    n["s"] = n["e"] ** 2
    n["sum"] = n["s"].sum()
    n["J"] = n["sum"] / 2
    return trace(n["J"], n)


def _weights(graph: Graph, last: int) -> tuple[Quantity, ...]:
    names = ["y0", *(f"W{layer}" for layer in range(1, last + 1)), "y"]
    return tuple(Quantity(name, graph[name].value) for name in names)


def _weight(layer: int, i: int, j: int) -> str:
    """Return what the weight from unit `i` of the layer below to unit `j` of `layer`, from 0, is called."""
    both = f"{i + 1}{j + 1}" if max(i, j) < 9 else f"{i + 1},{j + 1}"
    return f"w{layer}_{both}"


def _column(graph: Graph, name: str) -> Array:
    return graph[name].value[:, 0]  # vectors are matrices of one column


def _deltas_of(graph: Graph, name: str) -> Array:
    return _gradient(graph, name)[:, 0]


def _gradient(graph: Graph, name: str) -> Array:
    gradient = graph[name].gradient
    assert gradient is not None
    return gradient


def _forward(graph: Graph, last: int, activation: str) -> list[Formula]:
    lines = []
    for layer in range(1, last + 1):
        below, weights = _column(graph, f"y{layer - 1}"), graph[f"W{layer}"].value
        for j, total in enumerate(_column(graph, f"a{layer}")):
            names = [(_weight(layer, i, j), f"y{layer - 1}_{i + 1}") for i in range(len(below))]
            values = {
                name: number
                for i, pair in enumerate(names)
                for name, number in zip(pair, (weights[j, i], below[i]), strict=True)
            }
            template = " + ".join(f"{{{w}}} * {{{y}}}" for w, y in names)
            lines.append(Formula(f"a{layer}_{j + 1}", template, values, total, f"a{layer}"))
        if layer < last:
            lines += _squashed(graph, layer, activation)
    return lines


def _squashed(graph: Graph, layer: int, activation: str) -> list[Formula]:
    lines = []
    for i, (total, value) in enumerate(zip(_column(graph, f"a{layer}"), _column(graph, f"y{layer}"), strict=True), 1):
        name = f"a{layer}_{i}"
        template = filled(FORWARD[activation], [name], "")
        lines.append(Formula(f"y{layer}_{i}", template, {name: total}, value, f"y{layer}"))
    return lines


def _loss(graph: Graph) -> Formula:
    values = {f"e_{k}": error for k, error in enumerate(_column(graph, "e"), 1)}
    squares = " + ".join(f"{{{name}}}^2" for name in values)
    return Formula("J", f"({squares}) / 2", values, graph["J"].value.item(), "J")


def _errors(graph: Graph, last: int) -> list[Formula]:
    deltas, outputs, targets = _deltas_of(graph, f"a{last}"), _column(graph, f"a{last}"), _column(graph, "y")
    return [
        Formula(
            f"delta{last}_{k + 1}", "{y_hat} - {y}", {"y_hat": outputs[k], "y": targets[k]}, delta, f"a{last}", True
        )
        for k, delta in enumerate(deltas)
    ]


def _deltas(graph: Graph, layer: int, slope: str) -> list[Formula]:
    above, weights = _deltas_of(graph, f"a{layer + 1}"), graph[f"W{layer + 1}"].value
    lines = []
    for i, delta in enumerate(_deltas_of(graph, f"a{layer}")):
        values = {f"y{layer}_{i + 1}": _column(graph, f"y{layer}")[i]}
        terms = []
        for j, later in enumerate(above):
            names = (f"delta{layer + 1}_{j + 1}", _weight(layer + 1, i, j))
            values |= dict(zip(names, (later, weights[j, i]), strict=True))
            terms.append(f"{{{names[0]}}} * {{{names[1]}}}")
        template = f"({' + '.join(terms)}) * {slope.replace('{y}', f'{{y{layer}_{i + 1}}}')}"
        lines.append(Formula(f"delta{layer}_{i + 1}", template, values, delta, f"a{layer}", True))
    return lines


def _gradients(graph: Graph, layer: int) -> list[Formula]:
    deltas, below = _deltas_of(graph, f"a{layer}"), _column(graph, f"y{layer - 1}")
    lines = []
    for j, delta in enumerate(deltas):
        for i, value in enumerate(below):
            names = (f"delta{layer}_{j + 1}", f"y{layer - 1}_{i + 1}")
            values = dict(zip(names, (delta, value), strict=True))
            found = _gradient(graph, f"W{layer}")[j, i]
            left = f"dJ/d{_weight(layer, i, j)}"
            lines.append(Formula(left, f"{{{names[0]}}} * {{{names[1]}}}", values, found, f"W{layer}", True))
    return lines
