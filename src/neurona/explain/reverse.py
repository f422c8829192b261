"""Reverse mode on a sigmoid unit with two inputs, node by node."""

from __future__ import annotations

from neurona import glass
from neurona.explain.chain import backward, forward
from neurona.explain.explanation import EXPLANATIONS, Parts, Step
from neurona.explain.formula import Formula
from neurona.explain.graph import Graph, trace
from neurona.language import _


@EXPLANATIONS.register("reverse-mode", "Reverse mode on 1 / (1 + exp(-(w0 + w1 x1 + w2 x2))), node by node")
def reverse_mode(*, w0: float = -3.0, w1: float = 2.0, w2: float = -3.0, x1: float = -1.0, x2: float = -2.0) -> Parts:
    """Return the value and the gradient of each node of `f = 1 / (1 + exp(-(w0 + w1 x1 + w2 x2)))`."""
    given = {"w0": w0, "w1": w1, "w2": w2, "x1": x1, "x2": x2}
    n = {name: glass.Tensor(float(value), requires_grad=True) for name, value in given.items()}
    n["u1"] = n["w1"] * n["x1"]
    n["u2"] = n["w2"] * n["x2"]
    n["s1"] = n["w0"] + n["u1"]
    n["s"] = n["s1"] + n["u2"]
    n["m"] = -n["s"]
    n["e"] = glass.exp(n["m"])
    n["d"] = 1 + n["e"]
    n["f"] = 1 / n["d"]
    graph = trace(n["f"], n)
    return [
        Step(_("Forward: each node is computed from those before it."), tuple(forward(graph))),
        Step(_("Backward begins at the result, whose derivative with respect to itself is 1."), _first(graph)),
        Step(
            _("Each node receives the gradient of the node that uses it, times the local derivative of that node."),
            tuple(formula for _vertex, lines in list(backward(graph))[1:] for formula in lines),
        ),
        Step(_("The sigmoid as one function, whose derivative is f (1 - f), gives the same."), _check(graph)),
    ], graph


def _first(graph: Graph) -> tuple[Formula, ...]:
    return tuple(next(iter(backward(graph)))[1])


def _check(graph: Graph) -> tuple[Formula, ...]:
    values = {vertex.label: vertex.value.item() for vertex in graph.vertices}
    factors = {"w0": "", "w1": " * {x1}", "w2": " * {x2}", "x1": " * {w1}", "x2": " * {w2}"}
    found = {name: graph[name].gradient for name in factors}
    return tuple(
        Formula(f"df/d{name}", "{f} * (1 - {f})" + factor, values, gradient.item())
        for (name, factor), gradient in zip(factors.items(), found.values(), strict=True)
        if gradient is not None
    )
