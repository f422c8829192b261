"""`neurona explain`: a computation opened in the terminal, as a picture, or as a page."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rich.markup import escape

from neurona.cli import screen
from neurona.errors import InputError
from neurona.explain import EXPLANATIONS, Explanation, Graph, Step, Vertex, explain
from neurona.explain.arrays import text
from neurona.explain.chain import local
from neurona.explain.operations import rule
from neurona.language import _, one_or_many

MOST = 4  # numbers of an array in a cell of the table
LINES = 40  # of a derivation, without --full


def show_names() -> None:
    """Print what can be explained, and what each takes."""
    rows = [(entry.name, _(entry.summary), ", ".join(entry.options.model_fields)) for entry in EXPLANATIONS]
    screen.show_table(_("Explanations"), (_("name"), _("what it is"), _("inputs")), rows)
    screen.out.print(_("Open one with `neurona explain NAME`, or a trained net with `neurona explain RUN --sample 0`."))


def opened(what: str, changes: Sequence[str], sample: int | None, split: str | None) -> Explanation:
    """Return the explanation of a name, or of one sample of a run.

    Raises:
        InputError: there is no such name or run, or options of the one are given for the other.
    """
    path = Path(what)
    if path.exists() or len(path.parts) > 1:
        if changes:
            problem = _("--set changes the inputs of a named explanation, and {what} is a run.").format(what=what)
            raise InputError(problem, _("Choose another sample with --sample N."))
        from neurona.explain.trained import explain_run
        from neurona.run import Run

        return explain_run(Run.open(path), sample or 0, split or "test")
    entry = EXPLANATIONS[what]
    if sample is not None or split is not None:
        problem = _("--sample and --split choose a sample of a run, and {name} is none.").format(name=entry.name)
        raise InputError(problem, _("Change its inputs with --set KEY=VALUE."))
    return explain(what, **_inputs(changes))


def _inputs(changes: Sequence[str]) -> dict[str, Any]:
    inputs: dict[str, Any] = {}
    for change in changes:
        key, equals, value = (part.strip() for part in change.partition("="))
        if not equals or not key:
            problem = _("--set {override!r} is not KEY=VALUE.").format(override=change)
            raise InputError(problem, _("Write for instance --set w0=-1 or --set layers='[2, 3, 1]'."))
        try:
            inputs[key] = tomllib.loads(f"value = {value}")["value"]
        except tomllib.TOMLDecodeError:
            inputs[key] = value
    return inputs


def show(explanation: Explanation, full: bool) -> None:
    """Print the steps and the graph of an explanation."""
    screen.out.print(f"[bold]{escape(explanation.title)}[/]\n")
    for step in explanation.steps:
        _show_step(step, full)
    columns = (_("node"), _("operation"), _("value"), _("local derivative"), _("gradient"))
    screen.show_table(_("The graph"), columns, rows(explanation.graph, full))


def _show_step(step: Step, full: bool) -> None:
    screen.out.print(f"[bold cyan]•[/] {escape(step.text)}")
    for line in step.code.splitlines():
        screen.out.print(f"    {escape(line)}", style="dim")
    shown = step.formulas if full else step.formulas[:LINES]
    for formula in shown:
        screen.out.print(f"    {escape(formula.text)}")
    if left := len(step.formulas) - len(shown):
        more = one_or_many(
            left, _("… and {count} line more: --full shows it."), _("… and {count} lines more: --full shows them.")
        )
        screen.out.print("    " + more.format(count=left), style="dim")
    for quantity in step.values:
        first, *others = text(quantity.value, full).splitlines()
        screen.out.print(f"    {escape(quantity.name)} = {escape(first)}")
        for line in others:
            screen.out.print(" " * (7 + len(quantity.name)) + escape(line))
    if step.table:
        screen.show_table("", step.table.columns, step.table.rows)
    else:
        screen.out.print()


def rows(graph: Graph, full: bool = False) -> list[tuple[str, ...]]:
    """Return for each node its label, operation, value, local derivatives and gradient."""
    return [
        (
            vertex.label,
            vertex.expression or "-",
            text(vertex.value, full, MOST),
            "\n".join(locals_of(vertex, full)) or "-",
            "-" if vertex.gradient is None else text(vertex.gradient, full, MOST),
        )
        for vertex in graph.vertices
    ]


def locals_of(vertex: Vertex, full: bool = False) -> list[str]:
    """Return the derivative of a node for each operand that a gradient flows to."""
    lines = []
    for edge in vertex.operands:
        if edge.gradient is not None:
            written = (
                rule(vertex.operation, vertex.words, edge.place) if edge.local is None else text(edge.local, full, MOST)
            )
            if edge.local is not None:
                lines.append(f"{local(vertex, edge)} = {written}")
            elif written != "-":
                lines.append(f"{edge.source}: {written}")
    return lines


def write(explanation: Explanation, svg: Path | None, html: Path | None, full: bool) -> None:
    """Write the graph as a picture and the explanation as a page, each as a whole, and print where they are."""
    from neurona.files import write_text

    if svg is not None:
        from neurona.explain.drawing import draw

        write_text(svg, draw(explanation.graph))
        screen.out.print(str(svg), markup=False)
    if html is not None:
        from neurona.explain.page import page

        write_text(html, page(explanation, full))
        screen.out.print(str(html), markup=False)
