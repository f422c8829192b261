"""Any computation of the course's mathematics, opened so that each number can be read.

An `Explanation` is data, computed by `neurona.glass` when it is asked for; `cli`, `drawing` and `page` are its faces.
"""

# The order here is that of `neurona explain`.
from neurona.explain import reverse, backprop, delta, four, gradients, forward, entropy, landscape, steps  # isort: skip # noqa: F401
from neurona.explain.explanation import EXPLANATIONS, Explanation, Quantity, Step, Table, explain
from neurona.explain.formula import Formula
from neurona.explain.graph import Edge, Graph, Vertex, trace

__all__ = [
    "EXPLANATIONS",
    "Edge",
    "Explanation",
    "Formula",
    "Graph",
    "Quantity",
    "Step",
    "Table",
    "Vertex",
    "explain",
    "trace",
]
