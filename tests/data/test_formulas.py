"""Formulas over columns: their values are NumPy's, and whatever else they hold is refused."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from neurona.data.formulas import Formula
from neurona.errors import InputError

X, Y = np.linspace(0.1, 2.0, 20), np.cos(np.arange(20))
COLUMNS = {"x": X, "y": Y, "petal length (cm)": X + 1, "sin": Y + 2}
NAMES = tuple(COLUMNS)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("x", X),
        ("petal length (cm)", X + 1),
        ("x^2", X**2),
        ("x**2", X**2),
        ("-x^2", -(X**2)),
        ("2^x^2", 2 ** (X**2)),
        ("x*y", X * Y),
        ("x - y - 1", X - Y - 1),
        ("x / y / 2", X / Y / 2),
        ("x + y * 2", X + Y * 2),
        ("(x + y) * 2", (X + Y) * 2),
        ("--x", X),
        ("x^-1", 1 / X),
        ("sin(3*x)", np.sin(3 * X)),
        ("sin(sin)", np.sin(Y + 2)),
        ("cos(pi*x)", np.cos(np.pi * X)),
        ("tanh(x) + exp(y)", np.tanh(X) + np.exp(Y)),
        ("log(x) * sqrt(x)", np.log(X) * np.sqrt(X)),
        ("abs(y)", np.abs(Y)),
        ("`petal length (cm)`^2", (X + 1) ** 2),
        ("1.5e1*x + .5", 15 * X + 0.5),
        ("x * (2 - 3)^2", X),
        ("x\n+\ny", X + Y),
    ],
)
def test_its_values_are_those_of_numpy(text: str, wanted: np.ndarray) -> None:
    formula = Formula.read(text, NAMES)
    values = formula.values({name: torch.from_numpy(column) for name, column in COLUMNS.items()})
    assert np.allclose(values, wanted, rtol=1e-14)
    written = formula.code(lambda name: f"columns[{name!r}]")
    columns = {name: torch.from_numpy(column) for name, column in COLUMNS.items()}
    assert torch.equal(eval(written, {"torch": torch, "columns": columns}), values)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "it ends too soon"),
        ("x +", "it ends too soon"),
        ("x y", "'y' is not expected there"),
        ("(x", "it ends too soon"),
        ("x)", "')' is not expected there"),
        ("z", "there is no column 'z'"),
        ("petal^2", "there is no column 'petal'"),
        ("sen(x)", "Did you mean 'sin'?"),
        ("cos", "Write what it is of in parentheses, such as cos(x)"),
        ("3", "it names no column"),
        ("sin(pi)", "it names no column"),
        ("x; import os", "';' is no part of a formula"),
        ("__import__('os')", "there is no function '__import__'"),
        ("x.real", "'.' is no part of a formula"),
        ("x * 1e999", "no finite number"),
        ("x * (1/0)", "no finite number"),
        ("x + (-1)^0.5", "no finite number"),
        ("(" * 30 + "x" + ")" * 30, "too many parentheses"),
        ("2^" * 30 + "x", "too many powers"),
        ("x" * 301, "too long"),
    ],
)
def test_what_is_no_formula_is_refused(text: str, words: str) -> None:
    with pytest.raises(InputError, match=r"data\.features") as caught:
        Formula.read(text, NAMES)
    assert words in str(caught.value)


@given(st.text(alphabet="xyz0123456789.+-*/^()`' sincoe\n", max_size=60) | st.text(max_size=60))
def test_any_text_is_a_formula_or_refused(text: str) -> None:
    try:
        formula = Formula.read(text, NAMES)
    except InputError:
        return
    assert set(formula.reads) <= set(NAMES)
