"""A computation of glass laid open: labels, local derivatives, gradients and what flows along each edge."""

from __future__ import annotations

import math

import numpy as np
import pytest

from neurona import glass
from neurona.errors import InputError
from neurona.explain import backprop, dense, trace
from neurona.explain.chain import backward, forward
from neurona.explain.formula import Formula, evaluate


def tensors(**values: float) -> dict[str, glass.Tensor]:
    return {name: glass.Tensor(value, requires_grad=True) for name, value in values.items()}


def test_any_graph_of_numbers_can_be_written_out() -> None:
    n = tensors(x=2.0, y=3.0)
    n["z"] = glass.tanh(n["x"] * n["y"]) + n["x"] / n["y"]
    graph = trace(n["z"], n)
    assert [vertex.label for vertex in graph.vertices] == ["x", "y", "v1", "v2", "v3", "z"]
    assert [formula.text.split(" = ")[1] for formula in forward(graph)] == ["x * y", "tanh(v1)", "x / y", "v2 + v3"]
    assert graph["x"].gradient == pytest.approx(3 * (1 - np.tanh(6) ** 2) + 1 / 3, rel=1e-12)
    last = [lines[-1].text for vertex, lines in backward(graph) if vertex.label == "x"]
    assert last[0].startswith("dz/dx = dz/dv1 * ∂v1/∂x + dz/dv3 * ∂v3/∂x = ")


def test_an_operand_that_is_used_twice_counts_twice() -> None:
    n = tensors(x=3.0)
    n["z"] = n["x"] * n["x"]
    graph = trace(n["z"], n)
    _vertex, lines = list(backward(graph))[-1]
    assert [line.left for line in lines] == ["∂z/∂x[1]", "∂z/∂x[2]", "dz/dx"]
    assert lines[-1].numbers == "1.0 * 3.0 + 1.0 * 3.0" and lines[-1].result == 6.0


def test_a_small_error_is_printed_with_the_digits_that_give_it() -> None:
    line = Formula("J", "({net} - {y})^2", {"net": 0.9999995827, "y": 1.0}, 1.74083e-13)
    assert line.numbers == "(0.999999583 - 1.0)^2", "with six digits the line would come to 0"


def test_tracing_leaves_gradients_and_graph_as_they_are() -> None:
    n = tensors(x=2.0)
    z = n["x"] ** 2
    trace(z, n)
    trace(z, n)
    assert n["x"].grad is None
    z.backward()
    assert n["x"].grad is not None and n["x"].grad.item() == 4.0


def test_values_are_those_of_then_not_of_later() -> None:
    n = tensors(w=1.0)
    graph = trace(n["w"] * 2, n)
    with glass.no_grad():
        n["w"] += 5.0
    assert graph["w"].value == 1.0


def test_named_constants_are_nodes_and_others_are_numbers() -> None:
    x, t = glass.Tensor([1.0, 2.0], requires_grad=True), glass.Tensor([0.0, 1.0])
    graph = trace(((x - t) ** 2).sum(), {"x": x, "t": t})
    assert graph["t"].gradient is None
    assert [vertex.expression for vertex in graph.vertices if vertex.operation] == ["x - t", "v1^2", "sum(v2)"]


def test_a_vector_needs_a_gradient_from_outside() -> None:
    x = glass.Tensor([1.0, 2.0], requires_grad=True)
    graph = trace(x * x, {"x": x}, np.array([1.0, 10.0]))
    assert graph["x"].gradient is not None and graph["x"].gradient.tolist() == [2.0, 40.0]


def test_an_infinite_value_is_named() -> None:
    n = tensors(x=1000.0)
    with np.errstate(over="ignore"):
        n["e"] = glass.exp(n["x"])
    with pytest.raises(InputError, match="e is not a finite number"):
        trace(n["e"] * 2, n)


@pytest.mark.parametrize("name", ["weighted_sum", "half_squared_error", "batch_norm"])
def test_the_derivatives_of_our_own_primitives_are_right(name: str) -> None:
    function = getattr(dense if name == "batch_norm" else backprop, name)
    operands = {"weighted_sum": 5, "half_squared_error": 2, "batch_norm": 5}[name]
    points = np.random.default_rng(3).uniform(0.5, 2.0, (operands, 3))
    assert glass.gradcheck(function, list(points))


def test_a_line_with_a_number_that_overflowed_is_written_all_the_same() -> None:
    line = Formula("step", "{m} / sqrt({v})", {"m": 0.5, "v": math.inf}, 0.0)
    assert line.text == "step = m / sqrt(v) = 0.5 / sqrt(inf) = 0.0"


def test_a_gate_that_is_shut_altogether_is_written_out() -> None:
    assert evaluate("1 / (1 + exp(-(-800.0)))") == 0.0
    assert Formula("f", "1 / (1 + exp(-{a}))", {"a": -800.0}, 0.0).text.endswith("= 1 / (1 + exp(-(-800.0))) = 0.0")
