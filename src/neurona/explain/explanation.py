"""An explanation: steps with their formulas and numbers, and the graph of what was computed. Faces render it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from neurona.errors import InputError
from neurona.explain.formula import Formula
from neurona.explain.graph import Array, Graph
from neurona.glass import NaNError
from neurona.language import _
from neurona.registry import Registry


@dataclass(frozen=True)
class Quantity:
    """A number or an array with its name."""

    name: str
    value: Array


@dataclass(frozen=True)
class Table:
    """Rows of words and numbers."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Step:
    """One step: a sentence, and what it says in code, formulas and numbers.

    Attributes:
        text: the sentence.
        formulas: the derivation, line by line.
        values: numbers and arrays to look at.
        code: what one writes for it with `neurona.glass`; "" if nothing.
        table: numbers side by side; None if there are none.
        phase: which step of the training loop it belongs to: "forward", "loss", "clear", "backward" or "step"; "" if to
            none.
        node: what of the graph it is about, where no line says so; "" if nothing.
    """

    text: str
    formulas: tuple[Formula, ...] = ()
    values: tuple[Quantity, ...] = ()
    code: str = ""
    table: Table | None = None
    phase: str = ""
    node: str = ""


@dataclass(frozen=True)
class Explanation:
    """A computation opened.

    Attributes:
        name: "reverse-mode", or the path of a run.
        title: one sentence.
        steps: in order.
        graph: of the computation.
        inputs: what the computation began with and may be changed.
    """

    name: str
    title: str
    steps: tuple[Step, ...]
    graph: Graph
    inputs: Mapping[str, Any]


Parts = tuple[Sequence[Step], Graph]
EXPLANATIONS: Registry[Callable[..., Parts]] = Registry("explanation")


def explain(name: str, **inputs: Any) -> Explanation:
    """Compute the explanation `name`, with the options of its function in place of the usual numbers.

    Raises:
        InputError: there is none of that name, an input is unknown or of the wrong type, or the numbers overflow.
    """
    entry = EXPLANATIONS[name]
    given = entry.check(inputs, "")
    overflow = InputError(_("The numbers overflow with these inputs."), _("Choose smaller numbers."))
    try:
        with np.errstate(all="ignore"):  # what overflows is found, and named, node by node
            steps, graph = entry.make(**given)
    except (OverflowError, NaNError) as error:
        raise overflow from error
    if any(not np.isfinite(formula.result) for step in steps for formula in step.formulas):
        raise overflow
    return Explanation(name, _(entry.summary), tuple(steps), graph, given)


def quantities(**arrays: Any) -> tuple[Quantity, ...]:
    """Return numbers and arrays with their names."""
    return tuple(Quantity(name, np.asarray(value)) for name, value in arrays.items())
