"""A computation of `neurona.glass` laid open: each node with its value, its local derivatives and its gradient."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neurona.errors import InputError
from neurona.explain.operations import expression
from neurona.glass import Tensor, tape
from neurona.glass.node import Node, array_of
from neurona.language import _

Array = NDArray[Any]


@dataclass(frozen=True)
class Edge:
    """One operand of a node.

    Attributes:
        source: the label of the operand.
        place: which operand it is, from 0.
        local: the derivative of the node for this operand, in the node's shape; None where it is no elementwise
            operation, or where no gradient flows.
        gradient: what flows back along the edge, in the operand's shape; None where none does.
    """

    source: str
    place: int
    local: Array | None = None
    gradient: Array | None = None


@dataclass(frozen=True)
class Vertex:
    """One node.

    Attributes:
        label: what it is called.
        operation: the primitive that made it; "" for an input or a parameter.
        expression: how it was made, in labels: "w1 * x1".
        value: its number or array.
        gradient: of the result, with respect to it; None for a constant.
        words: its operands in order, by label; numbers such as the 1 of `1 + x` as they are written.
        operands: those of them that are nodes.
    """

    label: str
    operation: str
    expression: str
    value: Array
    gradient: Array | None
    words: tuple[str, ...] = ()
    operands: tuple[Edge, ...] = ()


@dataclass(frozen=True)
class Graph:
    """A computation, operands before results; the last vertex is the result."""

    vertices: tuple[Vertex, ...]

    def __getitem__(self, label: str) -> Vertex:
        return next(vertex for vertex in self.vertices if vertex.label == label)

    @property
    def root(self) -> Vertex:
        """The result."""
        return self.vertices[-1]

    def uses(self, label: str) -> list[tuple[Vertex, Edge]]:
        """Return each edge that leaves the vertex, with the vertex that it leads to."""
        return [(vertex, edge) for vertex in self.vertices for edge in vertex.operands if edge.source == label]


def trace(result: Tensor, names: Mapping[str, Tensor], gradient: Any = None) -> Graph:
    """Return the graph behind `result`; no `grad` is changed, and the graph is kept.

    Args:
        result: what was computed; one number, unless `gradient` is given.
        names: what nodes are called; others become v1, v2, ...; a named constant becomes a vertex too.
        gradient: of something after `result`, with respect to it, `(*result)`.

    Raises:
        InputError: a value is infinite or no number.
    """
    nodes = _nodes(result)
    labels = _labels(nodes, names)
    nodes = [node for node in nodes if id(node) in labels]
    for node in nodes:
        if not np.isfinite(array_of(node)).all():
            problem = _("{label} is not a finite number with these inputs.").format(label=labels[id(node)])
            raise InputError(problem, _("Choose smaller numbers."))
    totals = {id(node): np.array(array_of(total)) for node, total in tape.sweep(result, gradient, retain_graph=True)}
    return Graph(tuple(_vertex(node, labels, totals) for node in nodes))


def _nodes(result: Tensor) -> list[Any]:
    """Return all that `result` came from, constants that are tensors too, operands before results."""
    tracked = tape.graph(result)
    constants = {
        id(p): p for node in tracked for p in node.parents or () if isinstance(p, Node) and not p.requires_grad
    }
    return sorted([*tracked, *constants.values()], key=lambda node: node.number)


def _labels(nodes: Sequence[Node], names: Mapping[str, Tensor]) -> dict[int, str]:
    given = {id(tensor): name for name, tensor in names.items()}
    labels: dict[int, str] = {}
    unnamed = 0
    for node in nodes:
        if id(node) in given:
            labels[id(node)] = given[id(node)]
        elif node.requires_grad:
            unnamed += 1
            labels[id(node)] = f"v{unnamed}"
    return labels


def _vertex(node: Any, labels: Mapping[int, str], totals: Mapping[int, Array]) -> Vertex:
    parents = node.parents or ()
    words = [labels.get(id(parent)) or _constant(parent) for parent in parents]
    name = node.operation.name if node.operation else ""
    return Vertex(
        label=labels[id(node)],
        operation=name,
        expression=expression(name, words, node.options),
        value=node.numpy().copy(),  # parameters change in place
        gradient=totals.get(id(node)),
        words=tuple(words),
        operands=tuple(
            _edge(node, k, labels[id(parent)], totals) for k, parent in enumerate(parents) if id(parent) in labels
        ),
    )


def _edge(node: Any, k: int, source: str, totals: Mapping[int, Array]) -> Edge:
    if not node.parents[k].requires_grad:
        return Edge(source, k)
    call, derivative = (node.arrays, node.numpy(), node.options), node.operation.derivative
    local = derivative and np.broadcast_to(np.asarray(derivative(k, *call), node.dtype), node.shape)
    return Edge(source, k, local, np.asarray(node.operation.vjp(k, totals[id(node)], *call)))


def _constant(value: Any) -> str:
    array = np.asarray(array_of(value))
    if array.size != 1:
        return _("constant")
    return f"{array.item():g}" if array.item() >= 0 else f"({array.item():g})"
