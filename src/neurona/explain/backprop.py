"""Backpropagation through a net of two inputs, two hidden units and one output, weight by weight."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from neurona import glass
from neurona.explain.explanation import EXPLANATIONS, Parts, Step
from neurona.explain.formula import Formula
from neurona.explain.graph import Graph, trace
from neurona.language import _

# Two primitives of our own, so that the graph has a node for each line of the textbook rather than for each product.
weighted_sum = glass.elementwise(
    "weighted sum",
    lambda w1, x1, w2, x2, b: w1 * x1 + w2 * x2 + b,
    lambda w1, x1, w2, x2, b, y: x1,
    lambda w1, x1, w2, x2, b, y: w1,
    lambda w1, x1, w2, x2, b, y: x2,
    lambda w1, x1, w2, x2, b, y: w2,
    1,
)
half_squared_error = glass.elementwise(
    "half squared error", lambda y, t: (y - t) ** 2 / 2, lambda y, t, loss: y - t, lambda y, t, loss: t - y
)
# Of each unit: its weights with where they come from, and its bias.
UNITS = {
    "1": ("w11", "x1", "w12", "x2", "b1"),
    "2": ("w21", "x1", "w22", "x2", "b2"),
    "3": ("v1", "h1", "v2", "h2", "b3"),
}
OUTPUTS = {"1": "h1", "2": "h2", "3": "y"}
WEIGHTS = tuple(name for unit in UNITS.values() for name in (unit[0], unit[2], unit[4]))


@EXPLANATIONS.register("backprop-2-2-1", "Backpropagation through a 2-2-1 net of sigmoid units, weight by weight")
def backprop(
    *,
    x1: float = 0.35,
    x2: float = 0.9,
    t: float = 0.5,
    w11: float = 0.1,
    w12: float = 0.8,
    w21: float = 0.4,
    w22: float = 0.6,
    v1: float = 0.3,
    v2: float = 0.9,
    b1: float = 0.1,
    b2: float = -0.1,
    b3: float = 0.2,
    lr: Annotated[float, Field(gt=0)] = 1.0,
) -> Parts:
    """Return the forward values, the deltas, each gradient, and the update of a 2-2-1 net with `J = (y - t)^2 / 2`."""
    given = locals()
    rate = given.pop("lr")
    inputs = {name: float(value) for name, value in given.items()}
    before = _net(inputs)
    values = {vertex.label: vertex.value.item() for vertex in before.vertices}
    slopes = {vertex.label: vertex.gradient.item() for vertex in before.vertices if vertex.gradient is not None}
    moved = {name: inputs[name] - rate * slopes[name] for name in WEIGHTS}
    after = _net({**inputs, **moved})
    return [
        Step(
            _("Forward: each unit adds up its weighted inputs, and takes the sigmoid."),
            tuple(_forward(values)),
        ),
        Step(_("The loss is half of the squared error."), (_loss(values),)),
        Step(
            _("The delta of a unit is the derivative of the loss for its sum. That of the output comes first."),
            (_out(values, slopes),),
        ),
        Step(
            _("Each hidden delta is the delta above, back through its weight, times the slope of the sigmoid."),
            tuple(_hidden(values, slopes)),
        ),
        Step(
            _("The gradient of a weight is the delta at its end times the value at its beginning."),
            tuple(_gradients(values, slopes)),
        ),
        Step(
            _("The update: each weight takes a step against its gradient."), tuple(_update(inputs, slopes, moved, rate))
        ),
        Step(_("Forward again: the loss with the new weights."), _again(values, after)),
    ], before


def _net(inputs: dict[str, float]) -> Graph:
    n = {name: glass.Tensor(value, requires_grad=name in WEIGHTS) for name, value in inputs.items()}
    for unit, operands in UNITS.items():
        n[f"a{unit}"] = weighted_sum(*(n[name] for name in operands))
        n[OUTPUTS[unit]] = glass.sigmoid(n[f"a{unit}"])
    n["J"] = half_squared_error(n["y"], n["t"])
    return trace(n["J"], n)


def _forward(values: dict[str, float]) -> list[Formula]:
    lines = []
    for unit, operands in UNITS.items():
        template = "{{{}}} * {{{}}} + {{{}}} * {{{}}} + {{{}}}".format(*operands)
        lines.append(Formula(f"a{unit}", template, values, values[f"a{unit}"], f"a{unit}"))
        output = OUTPUTS[unit]
        lines.append(Formula(output, f"1 / (1 + exp(-{{a{unit}}}))", values, values[output], output))
    return lines


def _loss(values: dict[str, float]) -> Formula:
    return Formula("J", "({y} - {t})^2 / 2", values, values["J"], "J")


def _out(values: dict[str, float], slopes: dict[str, float]) -> Formula:
    return Formula("delta_3", "({y} - {t}) * {y} * (1 - {y})", values, slopes["a3"], "a3", True)


def _hidden(values: dict[str, float], slopes: dict[str, float]) -> list[Formula]:
    known = {**values, "delta_3": slopes["a3"]}
    return [
        Formula(
            f"delta_{k}", f"{{delta_3}} * {{v{k}}} * {{h{k}}} * (1 - {{h{k}}})", known, slopes[f"a{k}"], f"a{k}", True
        )
        for k in "21"
    ]


def _gradients(values: dict[str, float], slopes: dict[str, float]) -> list[Formula]:
    lines = []
    for unit in "321":
        w1, y1, w2, y2, bias = UNITS[unit]
        known = {**values, f"delta_{unit}": slopes[f"a{unit}"]}
        for weight, below in ((w1, y1), (w2, y2)):
            template = f"{{delta_{unit}}} * {{{below}}}"
            lines.append(Formula(f"dJ/d{weight}", template, known, slopes[weight], weight, True))
        lines.append(Formula(f"dJ/d{bias}", f"{{delta_{unit}}}", known, slopes[bias], bias, True))
    return lines


def _update(inputs: dict[str, float], slopes: dict[str, float], moved: dict[str, float], rate: float) -> list[Formula]:
    lines = []
    for name in WEIGHTS:
        known = {name: inputs[name], "lr": rate, f"dJ/d{name}": slopes[name]}
        lines.append(
            Formula(_("new {name}").format(name=name), f"{{{name}}} - {{lr}} * {{dJ/d{name}}}", known, moved[name])
        )
    return lines


def _again(values: dict[str, float], after: Graph) -> tuple[Formula, ...]:
    known = {vertex.label: vertex.value.item() for vertex in after.vertices}
    both = {"J": known["J"], "J_0": values["J"]}
    now = Formula("J", "({y} - {t})^2 / 2", known, known["J"])
    return now, Formula(_("change"), "{J} - {J_0}", both, known["J"] - values["J"])
