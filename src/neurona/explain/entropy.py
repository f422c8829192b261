"""Cross-entropy, term by term: what a right answer costs and what a wrong one does."""

from __future__ import annotations

from typing import Annotated, Literal

import numpy as np
from pydantic import Field

from neurona import glass
from neurona.errors import InputError
from neurona.explain.explanation import EXPLANATIONS, Parts, Step, Table
from neurona.explain.formula import Formula, number
from neurona.explain.graph import Graph, trace
from neurona.language import _

Probability = Annotated[float, Field(gt=0, lt=1)]
Few = Field(min_length=2, max_length=20)
# Two classifiers of three samples, of classes 2, 1 and 0: both are right twice.
CLASSES = np.array([2, 1, 0])
HESITANT = ((0.3, 0.3, 0.4), (0.3, 0.4, 0.3), (0.1, 0.2, 0.7))
CONFIDENT = ((0.1, 0.2, 0.7), (0.1, 0.7, 0.2), (0.3, 0.4, 0.3))
LIMITS = (0.5, 0.9, 0.99, 0.999999)


@EXPLANATIONS.register("cross-entropy", "Cross-entropy, term by term: what right and wrong answers cost")
def cross_entropy(
    *,
    p: Annotated[list[Probability], Few] = [0.775, 0.116, 0.884, 0.744, 0.320],  # noqa: B006 (read, never changed)
    y: Annotated[list[Literal[0, 1]], Few] = [1, 0, 1, 0, 0],  # noqa: B006
) -> Parts:
    """Return each term of the binary cross-entropy of `p (n,)` for `y (n,)` and the mean, then two comparisons.

    Raises:
        InputError: `p` and `y` are not equally long.
    """
    if len(p) != len(y):
        problem = _("p and y are not equally long: {p} and {y}.").format(p=len(p), y=len(y))
        raise InputError(problem, _("Give each probability its answer, 0 or 1."))
    graph = _binary(p, y)
    return [
        Step(
            _("Each answer costs minus the logarithm of the probability that the right class was given."),
            tuple(_terms(graph, y)),
        ),
        Step(_("The cross-entropy is their mean."), (_mean(graph),)),
        Step(_("Backward: the likelier the wrong answer was held, the larger the gradient."), tuple(_slopes(graph, y))),
        Step(
            _("Accuracy does not tell these two classifiers apart: both are right for 2 of 3 samples."),
            table=_answers(),
        ),
        Step(
            _("Cross-entropy does: the first is hardly sure where it is right, and very sure where it is wrong."),
            _two(),
        ),
        Step(_("A right answer tends to cost nothing, a wrong one without bound."), _limits()),
    ], graph


def _binary(p: list[float], y: list[Literal[0, 1]]) -> Graph:
    n = {f"p{k}": glass.Tensor(float(value), requires_grad=True) for k, value in enumerate(p, 1)}
    total = None
    for k, answer in enumerate(y, 1):
        if not answer:
            n[f"q{k}"] = 1 - n[f"p{k}"]
        n[f"l{k}"] = glass.log(n[f"p{k}" if answer else f"q{k}"])
        n[f"c{k}"] = -n[f"l{k}"]
        total = n[f"c{k}"] if total is None else total + n[f"c{k}"]
    assert total is not None
    n["sum"] = total
    n["H"] = n["sum"] / len(p)
    return trace(n["H"], n)


def _terms(graph: Graph, y: list[Literal[0, 1]]) -> list[Formula]:
    lines = []
    for k, answer in enumerate(y, 1):
        values = {f"p{k}": graph[f"p{k}"].value.item()}
        template = f"-log({{p{k}}})" if answer else f"-log(1 - {{p{k}}})"
        lines.append(Formula(f"c{k}", template, values, _cost(graph, k), f"c{k}"))
    return lines


def _cost(graph: Graph, k: int) -> float:
    return float(graph[f"c{k}"].value)


def _mean(graph: Graph) -> Formula:
    costs = {vertex.label: float(vertex.value) for vertex in graph.vertices if vertex.operation == "negative"}
    template = f"({' + '.join(f'{{{name}}}' for name in costs)}) / {len(costs)}"
    return Formula("H", template, costs, graph.root.value.item(), "H")


def _slopes(graph: Graph, y: list[Literal[0, 1]]) -> list[Formula]:
    lines = []
    for k, answer in enumerate(y, 1):
        vertex = graph[f"p{k}"]
        template = f"-1 / ({len(y)} * {{p{k}}})" if answer else f"1 / ({len(y)} * (1 - {{p{k}}}))"
        assert vertex.gradient is not None
        values = {vertex.label: vertex.value.item()}
        lines.append(Formula(f"dH/dp{k}", template, values, vertex.gradient.item(), vertex.label, True))
    return lines


def _answers() -> Table:
    def row(name: str, rows: tuple[tuple[float, ...], ...]) -> tuple[str, ...]:
        cells = (
            ", ".join(map(number, row)) + (" ✓" if np.argmax(row) == k else " ✗")
            for row, k in zip(rows, CLASSES, strict=True)
        )
        right = int((np.argmax(rows, 1) == CLASSES).sum())
        return (name, *cells, f"{right}/{len(rows)} = {number(right / len(rows))}")

    heads = tuple(_("sample {number}, of class {label}").format(number=k, label=c) for k, c in enumerate(CLASSES, 1))
    return Table((_("classifier"), *heads, _("accuracy")), (row("A", HESITANT), row("B", CONFIDENT)))


def _two() -> tuple[Formula, ...]:
    lines = []
    for name, rows in (("A", HESITANT), ("B", CONFIDENT)):
        summed = glass.cross_entropy(glass.log(glass.Tensor(rows)), CLASSES, "sum").item()
        values = {f"{name}{k}": rows[k - 1][c] for k, c in enumerate(CLASSES, 1)}
        template = " - ".join(f"log({{{symbol}}})" for symbol in values)
        lines.append(Formula(f"H_{name}", f"-{template}", values, summed))
    return tuple(lines)


def _limits() -> tuple[Formula, ...]:
    lines = []
    for answer, name, template in ((1.0, "right", "-log({p})"), (0.0, "wrong", "-log(1 - {p})")):
        for p in LIMITS:
            cost = glass.binary_cross_entropy(glass.Tensor([p]), glass.Tensor([answer])).item()
            lines.append(Formula(f"c_{name}", template, {"p": p}, cost))
    return tuple(lines)
