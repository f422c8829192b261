"""The steps of one sample through a dense net: every sum, every delta and every gradient, unit by unit."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from neurona.explain.dense import Layer, Pass
from neurona.explain.explanation import Quantity, Step, quantities
from neurona.explain.formula import Formula
from neurona.explain.graph import Array
from neurona.explain.losses import delta_line, loss_lines, softmax
from neurona.explain.operations import FORWARD, filled
from neurona.explain.sums import SPELLED, product
from neurona.language import _

if TYPE_CHECKING:
    from neurona.explain.subject import Subject


def unit_steps(subject: Subject, gone: Pass, target: Array) -> list[Step]:
    """Return the steps forward, the loss, and the steps back, of a pass through the net of `subject`."""
    loss = subject.task.loss_name
    outputs = gone.graph[gone.layers[-1].output].value[0]
    return [
        *(_forward(gone, layer) for layer in gone.layers),
        loss_step(subject, gone.graph.root.value.item(), outputs, target, gone.layers[-1].output),
        *(_delta(gone, layer, loss, outputs, target) for layer in reversed(gone.layers)),
        *(_gradient(gone, layer) for layer in reversed(gone.layers)),
    ]


def _forward(gone: Pass, layer: Layer) -> Step:
    graph, number_ = gone.graph, layer.number
    unit = _chosen(gone, layer)
    text = _(
        "Layer {layer}, forward: a = W y + b, then the activation; written out for unit {unit}, whose delta is largest."
    )
    lines = [_sum_line(gone, layer, unit)]
    if layer.is_normalised:
        lines.append(_norm_line(gone, layer, unit))
    if layer.activation:
        name = f"{layer.normalised}_{unit + 1}"
        value = {name: graph[layer.normalised].value[0, unit]}
        template = filled(FORWARD[layer.activation], [name], "")
        result = graph[layer.output].value[0, unit]
        lines.append(Formula(f"{layer.output}_{unit + 1}", template, value, result, layer.output))
    names = dict.fromkeys([f"W{number_}", f"b{number_}", layer.sums, layer.normalised, layer.output])
    values = tuple(Quantity(name, _row(graph[name].value)) for name in names)
    return Step(text.format(layer=number_, unit=unit + 1), tuple(lines), values, phase="forward")


def loss_step(subject: Subject, loss: float, outputs: Array, target: Array, name: str) -> Step:
    """Return the step of the loss of one sample.

    Args:
        subject: whose task it is.
        loss: what it comes to.
        outputs: `(k,)`, of the net.
        target: what they are held against.
        name: of the outputs.
    """
    kind = subject.task.loss_name
    lines = loss_lines(kind, outputs, target, loss, name)
    text = _("The loss of this sample ({loss}).").format(loss=kind)
    if kind == "cross-entropy":
        shares = softmax(outputs)
        answer = _("The net answers {name}, with probability {share}.")
        text += " " + answer.format(name=subject.target.classes[shares.argmax()], share=f"{100 * shares.max():.2f} %")
    return Step(text, tuple(lines), () if lines else quantities(J=loss), phase="loss")


def _delta(gone: Pass, layer: Layer, loss: str, outputs: Array, target: Array) -> Step:
    delta = _gradient_of(gone, layer.sums)[0]
    values = (Quantity(f"delta{layer.number}", delta),)
    if layer is gone.layers[-1]:
        text = _("The delta of each output: the derivative of the loss for it.")
        units = range(len(outputs)) if len(outputs) <= SPELLED else [_chosen(gone, layer)]
        lines = [
            delta_line(loss, outputs, target, k, delta[k], f"delta{layer.number}_{k + 1}", layer.sums) for k in units
        ]
        return Step(text, tuple(lines), values, phase="backward")
    unit = _chosen(gone, layer)
    text = _(
        "Layer {layer}, backward: the deltas above, back through the weights, times the slope; written out for unit "
        "{unit}."
    )
    return Step(
        text.format(layer=layer.number, unit=unit + 1),
        (_delta_line(gone, layer, unit, delta[unit]),),
        values,
        phase="backward",
    )


def _gradient(gone: Pass, layer: Layer) -> Step:
    unit, below = _chosen(gone, layer), gone.graph[layer.below].value[0]
    i, n = int(np.abs(below).argmax()), layer.number
    delta = float(_gradient_of(gone, layer.sums)[0, unit])
    names = (f"delta{n}_{unit + 1}", f"{layer.below}_{i + 1}")
    weights, biases = _gradient_of(gone, f"W{n}"), _gradient_of(gone, f"b{n}")
    left = f"dJ/dW{n}_{unit + 1},{i + 1}"
    lines = (
        Formula(
            left,
            f"{{{names[0]}}} * {{{names[1]}}}",
            {names[0]: delta, names[1]: below[i]},
            weights[unit, i],
            f"W{n}",
            True,
        ),
        Formula(f"dJ/db{n}_{unit + 1}", f"{{{names[0]}}}", {names[0]: delta}, biases[unit], f"b{n}", True),
    )
    text = _(
        "Layer {layer}, gradients: the delta of a unit times what it read; written out for one weight and one bias."
    )
    return Step(
        text.format(layer=n), lines, (Quantity(f"dJ/dW{n}", weights), Quantity(f"dJ/db{n}", biases)), phase="backward"
    )


# ---------------------------------------------------------------------- their lines


def _chosen(gone: Pass, layer: Layer) -> int:
    """Return the unit to write out, from 0: the one that the loss depends on most."""
    return int(np.abs(_gradient_of(gone, layer.sums)[0]).argmax())


def _gradient_of(gone: Pass, label: str) -> Array:
    gradient = gone.graph[label].gradient
    assert gradient is not None
    return gradient


def _row(array: Array) -> Array:
    return array[0] if array.ndim == 2 and len(array) == 1 else array


def _sum_line(gone: Pass, layer: Layer, unit: int) -> Formula:
    graph, n = gone.graph, layer.number
    below, weights = graph[layer.below].value[0], graph[f"W{n}"].value[unit]
    bias, result = f"b{n}_{unit + 1}", graph[layer.sums].value[0, unit]
    template, values = product(f"W{n}_{unit + 1},*", weights, f"{layer.below}_*", below)
    values[bias] = graph[f"b{n}"].value[unit]
    return Formula(f"{layer.sums}_{unit + 1}", f"{template} + {{{bias}}}", values, result, layer.sums)


def _delta_line(gone: Pass, layer: Layer, unit: int, delta: float) -> Formula:
    graph, n = gone.graph, layer.number
    above, weights = _gradient_of(gone, f"a{n + 1}")[0], graph[f"W{n + 1}"].value[:, unit]
    template, values = product(f"delta{n + 1}_*", above, f"W{n + 1}_*,{unit + 1}", weights)
    template = f"({template})" if len(above) <= SPELLED else template
    slope = f"g'({layer.normalised}_{unit + 1})"
    local = graph[layer.output].operands[0].local
    values[slope] = 1.0 if local is None else local[0, unit]
    template += f" * {{{slope}}}"
    if layer.is_normalised:
        names = [f"{name}{n}_{unit + 1}" for name in ("gamma", "std")]
        template += " * {{{}}} / {{{}}}".format(*names)
        values |= {names[0]: graph[f"gamma{n}"].value[unit], names[1]: graph[f"std{n}"].value[unit]}
    return Formula(f"delta{n}_{unit + 1}", template, values, delta, layer.sums, True)


def _norm_line(gone: Pass, layer: Layer, unit: int) -> Formula:
    graph, n = gone.graph, layer.number
    values = {f"{name}{n}_{unit + 1}": graph[f"{name}{n}"].value[unit] for name in ("gamma", "mean", "std", "beta")}
    gamma, mean, std, beta = values
    total = f"a{n}_{unit + 1}"
    template = f"{{{gamma}}} * ({{{total}}} - {{{mean}}}) / {{{std}}} + {{{beta}}}"
    values[total] = graph[layer.sums].value[0, unit]
    return Formula(f"n{n}_{unit + 1}", template, values, graph[layer.normalised].value[0, unit], layer.normalised)
