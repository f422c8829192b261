"""How the graph of a computation is laid out, against SciPy and networkx."""

from __future__ import annotations

import networkx
import numpy as np
import pytest
from scipy.optimize import isotonic_regression

from neurona.explain import EXPLANATIONS, explain
from neurona.explain.layout import arrange, rising


@pytest.mark.parametrize("seed", range(20))
def test_heights_rise_as_in_isotonic_regression(seed: int) -> None:
    values = np.random.default_rng(seed).normal(size=seed).tolist()
    np.testing.assert_allclose(rising(values), isotonic_regression(values).x if values else [], rtol=0, atol=1e-12)


@pytest.mark.parametrize("name", sorted(entry.name for entry in EXPLANATIONS))
def test_columns_are_the_longest_ways_to_the_result(name: str) -> None:
    graph = explain(name).graph
    net = networkx.DiGraph((edge.source, vertex.label) for vertex in graph.vertices for edge in vertex.operands)
    columns = arrange(graph).places
    last = columns[graph.root.label][0]
    generations = enumerate(networkx.topological_generations(net.reverse()))
    assert {label: last - place for place, labels in generations for label in labels} == {
        label: column for label, (column, _height) in columns.items()
    }
