"""The layers of a net as a table: for the terminal as text, for the report as rows."""

from __future__ import annotations

from collections.abc import Sequence

from neurona.data.inputs import Pixels
from neurona.language import _
from neurona.look.evidence import Evidence
from neurona.look.words import number
from neurona.nets import Layer, summary
from neurona.run import Run

WORDS = 3


def layers(run: Run | Evidence) -> list[Layer]:
    """Return a row for each layer of the net of a run.

    Raises:
        InputError: the net is not to be had.
    """
    seen = Evidence.of(run)
    inputs = seen.run.inputs
    return summary(seen.net, inputs.shape if isinstance(inputs, Pixels) else (len(inputs.names),))


def table(found: Sequence[Layer]) -> list[tuple[str, ...]]:
    """Return the header, a row for each layer, and the total, all as text."""
    total = sum(layer.parameters for layer in found)
    trained = sum(layer.trained for layer in found)
    header = (_("layer"), _("kind"), _("output"), _("parameters"), _("trained"))
    rows = [(x.name, x.kind, _shape(x.output), number(x.parameters), number(x.trained)) for x in found]
    return [header, *rows, (_("total"), "", "", number(total), number(trained))]


def text(run: Run | Evidence) -> str:
    """Return the layers of the net of a run as a plain text table.

    Raises:
        InputError: the net is not to be had.
    """
    rows = table(layers(run))
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    lines = [_line(row, widths) for row in rows]
    rule = "-" * len(lines[0])
    return "\n".join([lines[0], rule, *lines[1:-1], rule, lines[-1]])


def _line(row: Sequence[str], widths: Sequence[int]) -> str:
    words = [cell.ljust(width) for cell, width in zip(row[:WORDS], widths[:WORDS], strict=True)]
    numbers = [cell.rjust(width) for cell, width in zip(row[WORDS:], widths[WORDS:], strict=True)]
    return "  ".join([*words, *numbers])


def _shape(shape: tuple[int, ...]) -> str:
    return " × ".join(map(str, shape))
