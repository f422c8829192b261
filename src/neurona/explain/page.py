"""An explanation as one HTML page that needs no network: the steps on a slider, beside the graph as it fills."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from markupsafe import Markup

from neurona.explain.arrays import INLINE, text
from neurona.explain.drawing import draw
from neurona.explain.explanation import Explanation, Quantity, Step, Table
from neurona.explain.formula import Formula
from neurona.explain.graph import Graph
from neurona.html import template
from neurona.language import language

TEMPLATES = Path(__file__).parent / "templates"
OPENED = 4096  # numbers of an array that can be opened on the page; of larger ones `full` writes each


@dataclass(frozen=True)
class Frame:
    """One position of the slider: a line of a step, or a step without lines."""

    step: int
    line: int
    node: str


@dataclass(frozen=True)
class Array:
    """A quantity in words: a short one, or a summary and all of its numbers, to be opened."""

    name: str
    summary: str
    whole: str = ""


@dataclass(frozen=True)
class Shown:
    """A step in words."""

    text: str
    code: str
    lines: tuple[str, ...]
    arrays: tuple[Array, ...]
    table: Table | None
    phase: str


def page(explanation: Explanation, full: bool = False) -> str:
    """Return the page as text.

    Args:
        explanation: what to show.
        full: write each number of large arrays.
    """
    shown = contents(explanation, full)
    shown["graph"] = Markup(shown["graph"])  # its texts are escaped where it is drawn
    return template(TEMPLATES, "explanation.html").render(lang=language(), **shown)


def contents(explanation: Explanation, full: bool = False) -> dict[str, Any]:
    """Return all that a page shows: title, name, steps in words, positions of the slider, and the graph as SVG."""
    return {
        "title": explanation.title,
        "name": explanation.name,
        "steps": [_shown(step, full) for step in explanation.steps],
        "frames": [asdict(frame) for frame in frames_of(explanation.steps)],
        "reached": reached(explanation),
        "graph": draw(explanation.graph),
    }


def frames_of(steps: tuple[Step, ...]) -> list[Frame]:
    """Return the positions of the slider in order."""
    frames = []
    for place, step in enumerate(steps):
        nodes = [formula.node for formula in step.formulas]
        frames += [Frame(place, line, _led_to(nodes, line)) for line in range(len(nodes))] or [
            Frame(place, -1, step.node)
        ]
    return frames


def _led_to(nodes: list[str], line: int) -> str:
    """Return the node that a line is about: a line on the way to one is about that one."""
    return next((node for node in [*nodes[line:], *reversed(nodes[:line])] if node), "")


def reached(explanation: Explanation) -> dict[str, dict[str, int]]:
    """Return for each node the frame from which its value, and its gradient, is shown.

    Nodes that no line is about show their value when the first node that uses them does, and their gradient when the
    first gradient of one that uses them is known.
    """
    formulas: list[Formula | None] = []
    for step in explanation.steps:  # an update comes after all gradients are known
        formulas += (step.formulas if step.phase != "step" else [None] * len(step.formulas)) or [None]
    value: dict[str, int] = {}
    gradient: dict[str, int] = {}
    for frame, formula in enumerate(formulas):
        if formula and formula.node:
            (gradient if formula.backward else value)[formula.node] = frame
    _spread(explanation.graph, value, gradient, len(formulas) - 1)
    return {label: {"value": value[label], "gradient": gradient[label]} for label in value}


def _spread(graph: Graph, value: dict[str, int], gradient: dict[str, int], last: int) -> None:
    first = min(gradient.values(), default=last)
    for vertex in graph.vertices:  # operands before results
        if vertex.operation and vertex.label not in value:
            value[vertex.label] = max((value.get(edge.source, 0) for edge in vertex.operands), default=0)
        value.setdefault(vertex.label, 0)
    for vertex in reversed(graph.vertices):
        users = [gradient[user.label] for user, _edge in graph.uses(vertex.label)]
        gradient.setdefault(vertex.label, max(users, default=first))


def _shown(step: Step, full: bool) -> Shown:
    arrays = tuple(_array(quantity, full) for quantity in step.values)
    return Shown(step.text, step.code, tuple(formula.text for formula in step.formulas), arrays, step.table, step.phase)


def _array(quantity: Quantity, full: bool) -> Array:
    summary, count = text(quantity.value, full), quantity.value.size
    whole = "" if full or count <= INLINE or count > OPENED else text(quantity.value, full=True)
    return Array(quantity.name, summary, whole)
