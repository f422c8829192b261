"""The named explanations: the numbers of the course, and every line of every derivation computed again."""

from __future__ import annotations

import math
import re
from typing import Any

import numpy as np
import pytest
import torch

from neurona.errors import InputError
from neurona.explain import EXPLANATIONS, Explanation, Formula, explain

NAMES = [entry.name for entry in EXPLANATIONS]


def lines(explanation: Explanation) -> dict[str, Formula]:
    """Return the formulas by what they give; of several, the last."""
    return {formula.left: formula for step in explanation.steps for formula in step.formulas}


def computed(line: str) -> float:
    """Return what a printed line comes to, as anybody with a calculator would."""
    return float(eval(line.replace("^", "**"), {**vars(math), "max": max, "min": min, "abs": abs}))


def gradients(explanation: Explanation, *names: str) -> list[float]:
    found = [explanation.graph[name].gradient for name in names]
    return [gradient.item() for gradient in found if gradient is not None]


def test_every_row_of_the_course_is_there() -> None:
    wanted = (
        "reverse-mode backprop-2-2-1 delta-rule four-derivatives gradient-tape forward-by-hand cross-entropy "
        "loss-landscape five-steps"
    )
    assert wanted.split() == NAMES


# Other inputs than the usual ones, so that no number stands in the code.
OTHERS: list[tuple[str, dict[str, Any]]] = [
    ("reverse-mode", {"w0": 12.5, "w1": -3.25, "x1": 0.5, "x2": 1e-3}),
    ("reverse-mode", {"w0": 0, "w1": 0, "w2": 0}),
    ("backprop-2-2-1", {"t": -1.0, "x1": 3.0, "w11": -2.0, "lr": 0.1}),
    ("backprop-2-2-1", {"x1": 40.0, "w11": 1.0, "w21": -1.0}),
    ("delta-rule", {"layers": [3, 2]}),
    ("delta-rule", {"layers": [1, 1, 1, 1, 1, 1]}),
    ("delta-rule", {"layers": [2, 12, 3], "activation": "sigmoid", "seed": 5}),
    ("delta-rule", {"layers": [4, 3, 2], "activation": "relu", "seed": 2}),
    ("delta-rule", {"layers": [4, 3, 2], "activation": "identity", "seed": 3}),
    ("four-derivatives", {"x": 0.9, "depth": 2}),
    ("four-derivatives", {"x": 0.12, "depth": 6}),
    ("gradient-tape", {"x": -1.5}),
    ("forward-by-hand", {"x1": 2.0, "w1A": -1.0, "w0B": 7}),
    ("cross-entropy", {"p": [0.999999, 1e-6, 0.5], "y": [0, 1, 1]}),
    ("loss-landscape", {"hidden": 5, "epochs": 0, "span": 0.25, "steps": 3, "seed": 4}),
    ("five-steps", {"x": [1.0, -2.0, 0.5], "y": [0.0, 1.0, 3.0], "lr": 0.05, "steps": 2}),
]


@pytest.mark.parametrize(("name", "inputs"), [*((name, {}) for name in NAMES), *OTHERS])
def test_every_line_holds_as_it_is_printed(name: str, inputs: dict[str, Any]) -> None:
    formulas = [formula for step in explain(name, **inputs).steps for formula in step.formulas]
    assert formulas
    for formula in formulas:
        exact = computed(re.sub(r"\{([^{}]+)\}", lambda f: f"({float(formula.values[f[1]])!r})", formula.template))  # noqa: B023
        assert exact == pytest.approx(formula.result, rel=1e-9, abs=1e-12), formula.text
        result = formula.text.rpartition(" = ")[2]
        assert not formula.values or f" = {formula.numbers}" in formula.text
        assert computed(formula.numbers) == pytest.approx(float(result), rel=2e-5, abs=1e-12), formula.text


@pytest.mark.parametrize("name", NAMES)
def test_every_local_derivative_times_its_gradient_is_what_flows_back(name: str) -> None:
    graph = explain(name).graph
    seen = 0
    for vertex in graph.vertices:
        for edge in vertex.operands:
            if edge.local is not None and edge.gradient is not None and vertex.gradient is not None:
                product = np.broadcast_to(edge.local * vertex.gradient, vertex.value.shape)
                assert product.sum() == pytest.approx(edge.gradient.sum(), rel=1e-12, abs=1e-15)
                seen += 1
        if vertex.gradient is not None and vertex is not graph.root:
            parts = [edge.gradient for _user, edge in graph.uses(vertex.label) if edge.gradient is not None]
            np.testing.assert_allclose(sum(parts), vertex.gradient, rtol=1e-12, atol=1e-15)
    assert seen or name == "forward-by-hand"


# ---------------------------------------------------------------------- the numbers of the course


def test_reverse_mode() -> None:
    explanation = explain("reverse-mode")
    assert explanation.graph.root.value.item() == pytest.approx(1 / (1 + math.exp(-1)), rel=1e-15)
    shown = [round(value, 4) for value in gradients(explanation, "w0", "w1", "w2", "x1", "x2")]
    assert shown == [0.1966, -0.1966, -0.3932, 0.3932, -0.5898]
    texts = [formula.text for step in explanation.steps for formula in step.formulas]
    assert "u1 = w1 * x1 = 2.0 * (-1.0) = -2.0" in texts
    assert "∂f/∂d = -f / d = -0.731059 / 1.36788 = -0.534447" in texts
    assert "df/dx1 = df/du1 * ∂u1/∂x1 = 0.196612 * 2.0 = 0.393224" in texts


def test_backprop_2_2_1_as_pytorch_does_it() -> None:
    explanation = explain("backprop-2-2-1")
    given = {
        name: torch.tensor(float(v), dtype=torch.float64, requires_grad=True) for name, v in explanation.inputs.items()
    }
    n = given
    h1 = torch.sigmoid(n["w11"] * n["x1"] + n["w12"] * n["x2"] + n["b1"])
    h2 = torch.sigmoid(n["w21"] * n["x1"] + n["w22"] * n["x2"] + n["b2"])
    y = torch.sigmoid(n["v1"] * h1 + n["v2"] * h2 + n["b3"])
    ((y - n["t"]) ** 2 / 2).backward()
    found = lines(explanation)
    for name in ("w11", "w12", "w21", "w22", "v1", "v2", "b1", "b2", "b3"):
        slope = given[name].grad
        assert slope is not None
        assert found[f"dJ/d{name}"].result == pytest.approx(slope.item(), rel=1e-12)
        assert found[f"new {name}"].result == pytest.approx(given[name].item() - slope.item(), rel=1e-12)
    assert found["change"].result < 0


def test_backprop_2_2_1_without_biases_is_a_known_example() -> None:
    # The numbers of a worked example that many lectures share: outputs 0.68, 0.6637 and 0.69.
    graph = explain("backprop-2-2-1", b1=0, b2=0, b3=0).graph
    assert [round(graph[name].value.item(), 4) for name in ("h1", "h2", "y")] == [0.6803, 0.6637, 0.6903]


@pytest.mark.parametrize("layers", [[2, 3], [2, 3, 2, 1], [3, 5, 4, 4, 2]])
def test_delta_rule_for_any_number_of_layers(layers: list[int]) -> None:
    graph = explain("delta-rule", layers=layers, seed=4).graph
    last = len(layers) - 1
    weights = [torch.tensor(graph[f"W{k}"].value, requires_grad=True) for k in range(1, last + 1)]
    y = torch.tensor(graph["y0"].value)
    for k, weight in enumerate(weights, 1):
        y = weight @ y if k == last else torch.tanh(weight @ y)
    (((y - torch.tensor(graph["y"].value)) ** 2).sum() / 2).backward()
    for k, weight in enumerate(weights, 1):
        assert weight.grad is not None
        np.testing.assert_allclose(graph[f"W{k}"].gradient, weight.grad.numpy(), rtol=1e-12)
    np.testing.assert_allclose(graph[f"a{last}"].gradient, (y - torch.tensor(graph["y"].value)).detach().numpy())


def test_four_derivatives_agree_and_the_numerical_error_has_a_minimum() -> None:
    steps = explain("four-derivatives", x=0.3, depth=4).steps
    tables = [step.table for step in steps if step.table]
    errors, swelling, compared = tables
    x = np.polynomial.Polynomial([0, 1])
    for _round in range(3):
        x = 4 * x * (1 - x)
    for name, value, *_rest in compared.rows:
        assert float(value) == pytest.approx(x.deriv()(0.3), rel=1e-8), name
    assert len(compared.rows) == 7
    central = [float(row[2].split()[0]) for row in errors.rows]
    best = int(np.argmin(central))
    assert 3 <= best <= 7 and "←" in errors.rows[best][2]
    assert central[0] > 1e6 * central[best] and central[-1] > 1e3 * central[best]
    operations = [int(row[2]) for row in swelling.rows]
    nodes = [int(row[4]) for row in swelling.rows]
    assert operations[5] > 2.5 * operations[4] > 6 * operations[3]
    assert np.diff(nodes).tolist() == [3] * 5


def test_without_sympy_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "sympy", None)
    steps = explain("four-derivatives").steps
    assert any("pip install 'neurona[explain]'" in step.text for step in steps)
    assert steps[-1].table is not None and len(steps[-1].table.rows) == 5


def test_gradient_tape() -> None:
    found = lines(explain("gradient-tape"))
    assert (found["z"].result, found["dz/dx"].result, found["d2z/dx2"].result) == (125.0, 75.0, 30.0)
    assert [found[name].result for name in ("(g J)_1", "(g J)_2")] == [62.0, 3.0]
    assert [found[name].result for name in ("(J t)_1", "(J t)_2")] == [3.5, 6.0]
    assert found["g (J t)"].result == found["(g J) t"].result == 63.5
    table = next(step.table for step in explain("gradient-tape").steps if step.table)
    assert [row[2:] for row in table.rows] == [("False", "-"), ("True", "10.0"), ("True", "5.0")]


def test_forward_by_hand() -> None:
    explanation = explain("forward-by-hand")
    found = lines(explanation)
    assert [found[name].result for name in ("A", "B", "y")] == [-3.0, 0.5, -3.0]
    table = next(step.table for step in explanation.steps if step.table)
    assert {row[0]: row[1] for row in table.rows}["W"] == "2 × 4"


def test_cross_entropy() -> None:
    found = lines(explain("cross-entropy"))
    assert round(found["H"].result, 3) == 0.450
    assert [round(found[f"c{k}"].result, 4) for k in range(1, 6)] == [0.2549, 0.1233, 0.1233, 1.3626, 0.3857]
    assert [round(found[f"H_{name}"].result, 2) for name in "AB"] == [4.14, 1.92]
    table = next(step.table for step in explain("cross-entropy").steps if step.table)
    assert [row[-1] for row in table.rows] == ["2/3 = 0.666667"] * 2
    limits = [f.result for step in explain("cross-entropy").steps for f in step.formulas if f.left == "c_wrong"]
    assert limits == sorted(limits) and limits[-1] > 13


def test_five_steps() -> None:
    explanation = explain("five-steps")
    found = lines(explanation)
    assert [found[name].result for name in ("J", "dJ/dw", "dJ/db", "grad w")] == [5.0, 10.0, 4.0, 20.0]
    assert [found[f"new {name}"].result for name in "wb"] == pytest.approx([1.0, 0.6])
    table = next(step.table for step in explanation.steps if step.table)
    losses = [float(row[3]) for row in table.rows]
    assert losses == sorted(losses, reverse=True)


# ---------------------------------------------------------------------- what is refused


@pytest.mark.parametrize(
    ("name", "inputs", "words"),
    [
        ("reverse-mod", {}, "Did you mean 'reverse-mode'?"),
        ("reverse-mode", {"w9": 1.0}, "w9 is not a known key"),
        ("reverse-mode", {"w0": "much"}, "w0"),
        ("reverse-mode", {"w0": -2000.0}, "e is not a finite number"),
        ("delta-rule", {"layers": [3]}, "layers"),
        ("delta-rule", {"activation": "tan"}, "activation"),
        ("cross-entropy", {"p": [0.5, 1.0]}, "p"),
        ("cross-entropy", {"p": [0.5, 0.2]}, "p and y are not equally long: 2 and 5"),
        ("five-steps", {"x": [1.0]}, "x and y are not equally long: 1 and 2"),
        ("four-derivatives", {"x": 1.0}, "x"),
        ("gradient-tape", {"x": 1e200}, "not a finite number"),
        ("five-steps", {"lr": 1e30, "steps": 50}, "overflow"),
        ("backprop-2-2-1", {"x1": 1e308, "w11": 1e308}, "not a finite number"),
        ("delta-rule", {"seed": -1}, "seed"),
    ],
)
def test_what_is_wrong_is_explained(name: str, inputs: dict[str, Any], words: str) -> None:
    with pytest.raises(InputError) as caught:
        explain(name, **inputs)
    assert words in str(caught.value)


def test_the_loss_landscape_is_pytorchs_on_directions_as_long_as_the_weights() -> None:
    explanation = explain("loss-landscape", hidden=4, steps=3, span=0.5, seed=2)
    arrays = {quantity.name: quantity.value for step in explanation.steps for quantity in step.values}
    for k in (1, 2):
        for name in ("W1", "W2"):
            lengths = [np.linalg.norm(arrays[key], axis=1) for key in (f"D{k}_{name}", name)]
            np.testing.assert_allclose(*lengths, rtol=1e-12)
    x = torch.tensor([[-1.0, -1.0, 1], [-1.0, 1.0, 1], [1.0, -1.0, 1], [1.0, 1.0, 1]], dtype=torch.float64)
    y = torch.tensor([[-1.0], [1.0], [1.0], [-1.0]], dtype=torch.float64)
    table = next(step.table for step in explanation.steps if step.table)
    for row, b in zip(table.rows, (0.5, 0.0, -0.5), strict=True):
        for cell, a in zip(row[1:], (-0.5, 0.0, 0.5), strict=True):
            first, second = (
                torch.from_numpy(arrays[name] + a * arrays[f"D1_{name}"] + b * arrays[f"D2_{name}"])
                for name in ("W1", "W2")
            )
            loss = torch.nn.functional.mse_loss((x @ first.T).tanh() @ second.T, y)
            assert float(cell) == pytest.approx(loss.item(), rel=1e-3)
    assert explanation.graph.root.value < 0.05, "it has learned the exclusive or"
    with pytest.raises(InputError, match="no point in the middle"):
        explain("loss-landscape", steps=4)
