"""Where the nodes of a graph stand: in columns from the inputs to the result, with few crossings and short edges.

A node stands as many columns before the result as the longest way to it has steps. Columns are ordered by the mean of
their neighbours (Sugiyama, Tagawa and Toda 1981), and moved towards it without overlapping.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from graphlib import TopologicalSorter
from itertools import pairwise
from statistics import fmean

from neurona.explain.graph import Graph

SWEEPS = 8

# A label, or a place that an edge passes: where it comes from, where it leads, and its distance from the result.
Node = str | tuple[str, str, int]


@dataclass(frozen=True)
class Layout:
    """Columns and heights, in units of one node.

    Attributes:
        places: of each label, its column from 0 and its height.
        bends: of each edge (source, target), the places that it passes in the columns between.
    """

    places: Mapping[str, tuple[int, float]]
    bends: Mapping[tuple[str, str], tuple[tuple[int, float], ...]]


def arrange(graph: Graph) -> Layout:
    """Return where each node of a computation stands, the result in the last column."""
    edges = list(dict.fromkeys((edge.source, one.label) for one in graph.vertices for edge in one.operands))
    labels = [vertex.label for vertex in graph.vertices]
    distance = _distances(labels, edges)
    routes = [_route(source, target, distance) for source, target in edges]
    nodes = dict.fromkeys([*labels, *(place for route in routes for place in route[1:-1])])
    net = _Net(nodes, [step for route in routes for step in pairwise(route)])
    last = max(distance.values())
    columns: list[list[Node]] = [[] for _column in range(last + 1)]
    for node in net.before(graph.root.label):
        columns[last - (distance[node] if isinstance(node, str) else node[2])].append(node)
    heights = _heights(net, columns)
    places = {node: (column, heights[node]) for column, nodes in enumerate(columns) for node in nodes}
    bends = {(a, b): tuple(places[node] for node in _route(a, b, distance)[1:-1]) for a, b in edges}
    return Layout({node: place for node, place in places.items() if isinstance(node, str)}, bends)


class _Net:
    """Nodes, and for each of them those that a step leads to, and those that one comes from, in the order of nodes."""

    def __init__(self, nodes: Iterable[Node], steps: Iterable[tuple[Node, Node]]) -> None:
        self.later: dict[Node, list[Node]] = {node: [] for node in nodes}
        self.earlier: dict[Node, list[Node]] = {node: [] for node in self.later}
        for source, target in steps:
            self.later[source].append(target)
        for source, targets in self.later.items():
            for target in targets:
                self.earlier[target].append(source)

    def before(self, root: Node) -> list[Node]:
        """Return `root` and all that leads to it, depth first."""
        found: dict[Node, None] = {}
        waiting = [root]
        while waiting:
            node = waiting.pop()
            if node not in found:
                found[node] = None
                waiting += reversed(self.earlier[node])
        return [*found]


def _distances(labels: Sequence[str], edges: Sequence[tuple[str, str]]) -> dict[str, int]:
    """Return of each node how many steps the longest way from it has."""
    after: dict[str, list[str]] = {label: [] for label in labels}
    for source, target in edges:
        after[source].append(target)
    distance: dict[str, int] = {}
    for label in TopologicalSorter(after).static_order():
        distance[label] = max((distance[target] + 1 for target in after[label]), default=0)
    return distance


def _route(source: str, target: str, distance: Mapping[str, int]) -> list[Node]:
    """Return an edge as steps of one column each, through places of its own."""
    between = range(distance[source] - 1, distance[target], -1)
    return [source, *((source, target, far) for far in between), target]


def _heights(net: _Net, columns: list[list[Node]]) -> dict[Node, float]:
    heights = {node: place - (len(nodes) - 1) / 2 for nodes in columns for place, node in enumerate(nodes)}
    for sweep in range(SWEEPS):
        order = columns if sweep % 2 else columns[::-1]
        for nodes in order:
            wished = {node: _mean(net, node, heights, sweep) for node in nodes}
            if sweep < SWEEPS // 2:
                nodes.sort(key=wished.__getitem__)
            fitted = rising([wished[node] - step for step, node in enumerate(nodes)])
            heights.update({node: height + step for step, (node, height) in enumerate(zip(nodes, fitted, strict=True))})
    return heights


def rising(values: Sequence[float]) -> list[float]:
    """Return the numbers nearest to `values`, by least squares, that nowhere fall.

    Neighbours that fall are pooled into their mean until none does (Ayer and others 1955).
    """
    pools: list[tuple[float, int]] = []
    for value in values:
        total, count = value, 1
        while pools and pools[-1][0] * count > total * pools[-1][1]:
            before, many = pools.pop()
            total, count = total + before, count + many
        pools.append((total, count))
    return [total / count for total, count in pools for _one in range(count)]


def _mean(net: _Net, node: Node, heights: Mapping[Node, float], sweep: int) -> float:
    """Return the mean height of the neighbours on the side that the sweep comes from, in the end of all."""
    later, earlier = net.later[node], net.earlier[node]
    near = later + earlier if sweep >= SWEEPS - 2 else (earlier if sweep % 2 else later)
    return fmean(heights[other] for other in near) if near else heights[node]
