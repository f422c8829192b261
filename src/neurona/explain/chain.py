"""The chain rule written out for any graph of single numbers: forward node by node, and back again."""

from __future__ import annotations

from collections.abc import Iterator

from neurona.explain.formula import Formula
from neurona.explain.graph import Edge, Graph, Vertex
from neurona.explain.operations import BACKWARD, FORWARD, filled


def forward(graph: Graph) -> Iterator[Formula]:
    """Yield how each node was computed from the ones before it."""
    for vertex in graph.vertices:
        if vertex.operation:
            template = filled(FORWARD[vertex.operation], vertex.words, vertex.label)
            yield Formula(vertex.label, template, numbers_of(graph, vertex), vertex.value.item(), vertex.label)


def backward(graph: Graph) -> Iterator[tuple[Vertex, list[Formula]]]:
    """Yield each node from the result back, with its local derivatives and the gradient that they make of it.

    A gradient is the sum over the uses of a node of the gradient there times the local derivative (Baydin et al. 2018).
    """
    root = graph.root.label
    yield graph.root, [Formula(slope(root, root), "1", {}, 1.0, root, backward=True)]
    for vertex in reversed(graph.vertices[:-1]):
        if vertex.gradient is not None:
            yield vertex, [*locals_of(graph, vertex), gradient_of(graph, vertex)]


def locals_of(graph: Graph, vertex: Vertex) -> list[Formula]:
    """Return the derivative of each node that uses `vertex`."""
    formulas = []
    for user, edge in graph.uses(vertex.label):
        if edge.local is not None:
            template = filled(BACKWARD[user.operation][edge.place], user.words, user.label)
            left = local(user, edge)
            formulas.append(Formula(left, template, numbers_of(graph, user), edge.local.item(), vertex.label, True))
    return formulas


def gradient_of(graph: Graph, vertex: Vertex) -> Formula:
    """Return the gradient as the sum of products that the chain rule says."""
    root, terms = graph.root.label, []
    values: dict[str, float] = {}
    for user, edge in graph.uses(vertex.label):
        if edge.local is not None and user.gradient is not None:
            terms.append(f"{{{slope(root, user.label)}}} * {{{local(user, edge)}}}")
            values |= {slope(root, user.label): user.gradient.item(), local(user, edge): edge.local.item()}
    assert vertex.gradient is not None
    return Formula(slope(root, vertex.label), " + ".join(terms), values, vertex.gradient.item(), vertex.label, True)


def slope(above: str, below: str) -> str:
    """Return how the derivative of the result for a node is written."""
    return f"d{above}/d{below}"


def local(user: Vertex, edge: Edge) -> str:
    """Return how a local derivative is written; operands that are one and the same node are told apart by place."""
    twice = sum(other.source == edge.source for other in user.operands) > 1
    return f"∂{user.label}/∂{edge.source}" + (f"[{edge.place + 1}]" if twice else "")


def numbers_of(graph: Graph, vertex: Vertex) -> dict[str, float]:
    """Return the value of each operand of a vertex, and its own, by label."""
    known = {edge.source: graph[edge.source].value.item() for edge in vertex.operands}
    return {**known, vertex.label: vertex.value.item()}
