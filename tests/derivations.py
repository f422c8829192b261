"""Reads the derivations of an explanation again, for tests."""

from __future__ import annotations

import re

import pytest

from neurona.explain import Explanation
from neurona.explain.formula import evaluate


def assert_lines_hold(explanation: Explanation) -> None:
    formulas = [formula for step in explanation.steps for formula in step.formulas]
    assert len(formulas) >= 3
    for formula in formulas:
        printed = float(formula.text.rpartition(" = ")[2])
        assert evaluate(formula.numbers) == pytest.approx(printed, rel=2e-5, abs=1e-12), formula.text
        exact = re.sub(r"\{([^{}]+)\}", lambda f: f"({float(formula.values[f[1]])!r})", formula.template)  # noqa: B023
        assert evaluate(exact) == pytest.approx(formula.result, rel=1e-9, abs=1e-12), formula.text


def differences(explanation: Explanation) -> list[float]:
    """Return how far each row is from PyTorch, as the explanation tells it."""
    table = explanation.steps[-1].table
    assert table is not None
    return [float(row[-1]) for row in table.rows]
