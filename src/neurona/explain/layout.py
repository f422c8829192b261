"""Where the nodes of a graph stand: in columns from the inputs to the result, with few crossings and short edges.

The layering and the first order are those of networkx, which PyTorch brings along: nothing more is installed for it.
Columns are then ordered by the mean of their neighbours (Sugiyama, Tagawa and Toda 1981), and moved towards it without
overlapping.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass

import networkx as nx
import numpy as np
from scipy.optimize import isotonic_regression

from neurona.explain.graph import Graph

SWEEPS = 8


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
    net = nx.DiGraph()
    net.add_nodes_from(vertex.label for vertex in graph.vertices)
    net.add_edges_from((edge.source, vertex.label) for vertex in graph.vertices for edge in vertex.operands)
    distance = {label: far for far, labels in enumerate(nx.topological_generations(net.reverse())) for label in labels}
    edges = list(net.edges)
    for source, target in edges:
        nx.add_path(net, _route(source, target, distance))
        if distance[source] - distance[target] > 1:
            net.remove_edge(source, target)
    last = max(distance.values())
    columns: list[list[Hashable]] = [[] for _column in range(last + 1)]
    for node in nx.dfs_preorder_nodes(net.reverse(), graph.root.label):
        columns[last - (distance[node] if isinstance(node, str) else node[2])].append(node)
    heights = _heights(net, columns)
    places = {node: (column, heights[node]) for column, nodes in enumerate(columns) for node in nodes}
    bends = {(a, b): tuple(places[node] for node in _route(a, b, distance)[1:-1]) for a, b in edges}
    return Layout({node: place for node, place in places.items() if isinstance(node, str)}, bends)


def _route(source: str, target: str, distance: Mapping[str, int]) -> list[Hashable]:
    """Return an edge as steps of one column each, through places of its own."""
    between = range(distance[source] - 1, distance[target], -1)
    return [source, *((source, target, far) for far in between), target]


def _heights(net: nx.DiGraph, columns: list[list[Hashable]]) -> dict[Hashable, float]:
    heights = {node: place - (len(nodes) - 1) / 2 for nodes in columns for place, node in enumerate(nodes)}
    for sweep in range(SWEEPS):
        order = columns if sweep % 2 else columns[::-1]
        for nodes in order:
            wished = {node: _mean(net, node, heights, sweep) for node in nodes}
            if sweep < SWEEPS // 2:
                nodes.sort(key=wished.__getitem__)
            steps = np.arange(len(nodes))
            fitted = isotonic_regression(np.array([wished[node] for node in nodes]) - steps).x + steps
            heights.update(zip(nodes, map(float, fitted), strict=True))
    return heights


def _mean(net: nx.DiGraph, node: Hashable, heights: Mapping[Hashable, float], sweep: int) -> float:
    """Return the mean height of the neighbours on the side that the sweep comes from, in the end of all."""
    later, earlier = list(net.successors(node)), list(net.predecessors(node))
    near = later + earlier if sweep >= SWEEPS - 2 else (earlier if sweep % 2 else later)
    return float(np.mean([heights[other] for other in near])) if near else heights[node]
