"""A forward pass by hand: two hidden units and one output, with the shape of each matrix."""

from __future__ import annotations

import numpy as np

from neurona import glass
from neurona.explain.explanation import EXPLANATIONS, Parts, Step, Table
from neurona.explain.formula import Formula
from neurona.explain.graph import Graph, trace
from neurona.language import _

INPUTS = 4


@EXPLANATIONS.register("forward-by-hand", "A forward pass by hand: hidden units A and B, output C, and each shape")
def forward_by_hand(
    *,
    x1: float = 0.0,
    x2: float = 0.0,
    x3: float = 0.0,
    x4: float = 1.0,
    w0A: float = -3.0,  # noqa: N803 (the course's names)
    w1A: float = 0.0,  # noqa: N803
    w2A: float = 0.0,  # noqa: N803
    w3A: float = 0.0,  # noqa: N803
    w4A: float = 0.0,  # noqa: N803
    w0B: float = 0.0,  # noqa: N803
    w1B: float = 0.0,  # noqa: N803
    w2B: float = 0.0,  # noqa: N803
    w3B: float = 0.0,  # noqa: N803
    w4B: float = 0.5,  # noqa: N803
    w0C: float = 1.0,  # noqa: N803
    w1C: float = 2.0,  # noqa: N803
    w2C: float = 4.0,  # noqa: N803
) -> Parts:
    """Return `y = W_C (W x + b) + b_C` unit by unit and as matrices; the activation is the identity."""
    given = {name: float(value) for name, value in locals().items()}
    graph = _net(given)
    hidden, output = graph["h"].value, graph["y"].value
    known = {**given, "A": hidden[0, 0], "B": hidden[1, 0]}
    return [
        Step(
            _("Each hidden unit adds its weighted inputs to its bias; the activation is the identity."),
            tuple(_unit(name, known, hidden[place, 0]) for place, name in enumerate("AB")),
        ),
        Step(
            _("The output does the same with the two hidden values."),
            (Formula("y", "{w0C} + {w1C} * {A} + {w2C} * {B}", known, output.item(), "y"),),
        ),
        Step(
            _("The same as products of matrices: their shapes must fit."),
            code="h = W @ x + b\ny = V @ h + c",
            table=_shapes(graph),
        ),
        Step(
            _("Backward, for comparison: what the output changes by when a number changes by a little."),
            tuple(_gradients(graph, known)),
        ),
    ], graph


def _net(given: dict[str, float]) -> Graph:
    def matrix(*rows: list[str], learned: bool = True) -> glass.Tensor:
        return glass.Tensor(np.array([[given[name] for name in row] for row in rows]), requires_grad=learned)

    n = {
        "x": matrix(*([f"x{k}"] for k in range(1, INPUTS + 1)), learned=False),
        "W": matrix(*([f"w{k}{unit}" for k in range(1, INPUTS + 1)] for unit in "AB")),
        "b": matrix(["w0A"], ["w0B"]),
        "V": matrix(["w1C", "w2C"]),
        "c": matrix(["w0C"]),
    }
    n["Wx"] = n["W"] @ n["x"]
    n["h"] = n["Wx"] + n["b"]
    n["Vh"] = n["V"] @ n["h"]
    n["y"] = n["Vh"] + n["c"]
    return trace(n["y"], n)


def _unit(name: str, known: dict[str, float], value: float) -> Formula:
    terms = [f"{{w{k}{name}}} * {{x{k}}}" for k in range(1, INPUTS + 1)]
    return Formula(name, " + ".join([f"{{w0{name}}}", *terms]), known, value, "h")


def _shapes(graph: Graph) -> Table:
    words = {
        "x": _("the inputs, one a row"),
        "W": _("a row for each hidden unit, a column for each input"),
        "b": _("the biases of the hidden units"),
        "h": _("the hidden values"),
        "V": _("a row for the output, a column for each hidden unit"),
        "c": _("the bias of the output"),
        "y": _("the output"),
    }
    rows = ((name, "{} × {}".format(*graph[name].value.shape), what) for name, what in words.items())
    return Table((_("name"), _("shape"), _("what it is")), tuple(rows))


def _gradients(graph: Graph, known: dict[str, float]) -> list[Formula]:
    found = {name: graph[name].gradient for name in "WV"}
    assert found["W"] is not None and found["V"] is not None
    return [
        Formula("dy/dw1C", "{A}", known, found["V"][0, 0], "V", True),
        Formula("dy/dw2C", "{B}", known, found["V"][0, 1], "V", True),
        Formula("dy/dw4A", "{w1C} * {x4}", known, found["W"][0, 3], "W", True),
        Formula("dy/dw4B", "{w2C} * {x4}", known, found["W"][1, 3], "W", True),
    ]
