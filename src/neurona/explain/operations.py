"""How operations of the tape are written: the operation itself, and its derivative for each operand."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from neurona.language import _

# In these, 0, 1, ... stand for the operands and y for the result.
FORWARD = {
    "add": "{0} + {1}",
    "subtract": "{0} - {1}",
    "multiply": "{0} * {1}",
    "divide": "{0} / {1}",
    "negative": "-{0}",
    "power": "{0}^{1}",
    "exp": "exp({0})",
    "log": "log({0})",
    "sqrt": "sqrt({0})",
    "sin": "sin({0})",
    "cos": "cos({0})",
    "tanh": "tanh({0})",
    "sigmoid": "1 / (1 + exp(-{0}))",
    "relu": "max(0, {0})",
    "identity": "{0}",
    "step": "(1 if {0} >= 0 else 0)",
    "bipolar_sigmoid": "2 / (1 + exp(-{0})) - 1",
    "leaky_relu": "({0} if {0} > 0 else 0.01 * {0})",
    "elu": "({0} if {0} > 0 else exp({0}) - 1)",
    "selu": "1.0507009873554805 * ({0} if {0} > 0 else 1.6732632423543772 * (exp({0}) - 1))",
    "gelu": "{0} * (1 + erf({0} / sqrt(2))) / 2",
    "silu": "{0} / (1 + exp(-{0}))",
    "mish": "{0} * tanh(log(1 + exp({0})))",
    "softplus": "log(1 + exp({0}))",
    "hardtanh": "max(-1, min(1, {0}))",
}
BACKWARD = {
    "add": ("1", "1"),
    "subtract": ("1", "-1"),
    "multiply": ("{1}", "{0}"),
    "divide": ("1 / {1}", "-{y} / {1}"),
    "negative": ("-1",),
    "power": ("{1} * {0}^({1} - 1)", "{y} * log({0})"),
    "exp": ("{y}",),
    "log": ("1 / {0}",),
    "sqrt": ("0.5 / {y}",),
    "sin": ("cos({0})",),
    "cos": ("-sin({0})",),
    "tanh": ("1 - {y}^2",),
    "sigmoid": ("{y} * (1 - {y})",),
    "relu": ("1 if {0} > 0 else 0",),
}
# What a table and a picture write instead, where that is shorter.
SHORT = {
    "matmul": "{0} @ {1}",
    "linear": "{0} @ {1}^T + {2}",
    **{name: f"{name}({{0}})" for name in ("sigmoid", "relu", "identity", "step", "bipolar_sigmoid", "leaky_relu")},
    **{name: f"{name}({{0}})" for name in ("elu", "selu", "gelu", "silu", "mish", "softplus", "hardtanh")},
    "weighted sum": "{0} * {1} + {2} * {3} + {4}",
    "batch norm": "{1} * ({0} - {3}) / {4} + {2}",
    "half squared error": "({0} - {1})^2 / 2",
}


def expression(name: str, operands: Sequence[str], options: Mapping[str, Any]) -> str:
    """Return how a node was made, in the labels of its operands: "w1 * x1", "sigmoid(a1)", "log_softmax(a)"."""
    if not name:
        return ""
    pattern = SHORT.get(name) or FORWARD.get(name)
    if pattern is None:
        return f"{name}({', '.join(operands)})"
    return expression_of(pattern, operands)


def filled(pattern: str, operands: Sequence[str], output: str) -> str:
    """Return a pattern of this file as the template of a `Formula`: its places become names of nodes, or numbers."""
    places = {**{str(place): name for place, name in enumerate(operands)}, "y": output}

    def name(found: re.Match[str]) -> str:
        word = places[found[1]]
        return word if word.strip("()-")[0].isdigit() else f"{{{word}}}"

    return re.sub(r"\{(\w+)\}", name, pattern)


def rule(name: str, operands: Sequence[str], place: int) -> str:
    """Return what an operation that is not elementwise passes to an operand of the gradient g that it receives."""
    rules = {
        "matmul": ("g @ {1}^T", "{0}^T @ g"),
        "linear": ("g @ {1}", "g^T @ {0}", "g"),
        "sum": (_("g for each element"),),
        "mean": (_("g / n for each element"),),
        "log_softmax": ("g - softmax({0}) * sum(g)",),
        "nll_loss": (_("-g at the class, 0 elsewhere"),),
    }
    pattern = rules.get(name, ())[place : place + 1]
    return expression_of(pattern[0], operands) if pattern else "-"


def expression_of(pattern: str, operands: Sequence[str]) -> str:
    """Return a pattern with the labels of operands in its places."""
    return re.sub(r"\{(\d)\}", lambda found: operands[int(found[1])], pattern)
