"""The table of a comparison on the screen: a row for each variant, and as many metrics as there is room for."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

from rich.markup import escape
from rich.table import Table

from neurona.language import _
from neurona.look.words import heading, interval_text

if TYPE_CHECKING:
    from neurona.compare import Comparison

BETWEEN = 2
# Of the names of variants, which may take several lines.
LEAST, MOST = 12, 32


def table_of(comparison: Comparison, width: int) -> tuple[Table, list[str]]:
    """Return the table that fits into so many letters, and the metrics that there is no room for.

    What the variants are judged by, the loss and the time come first. Numbers are never broken into two lines.
    """
    frame = comparison.table()
    metrics = [column for column in frame.columns if f"{column} 95%" in frame.columns]
    cells = {m: [interval_text(m, row[m], row[f"{m} 95%"]) for _label, row in frame.iterrows()] for m in metrics}
    titles = [comparison.title(str(label)) for label in frame.index]
    names = [_("variant"), *titles] if len(frame) > 1 else []
    room = width - min(MOST, max(LEAST, *map(len, names))) if names else width + BETWEEN
    whole = {metric: max(len(heading(metric)), *map(len, cells[metric])) for metric in metrics}
    narrow = {metric: max(map(len, [*heading(metric).split(), *cells[metric]])) for metric in metrics}
    widths = whole if sum(whole.values()) + BETWEEN * len(whole) <= room else narrow
    shown = _fitting(
        sorted(metrics, key=lambda m: (m != comparison.main, m != "seconds", "loss" not in m)), widths, room
    )
    table = Table(box=None, pad_edge=False, header_style="bold")
    if names:
        table.add_column(names[0])
    for metric in [metric for metric in metrics if metric in shown]:
        lines = textwrap.wrap(heading(metric), widths[metric])
        table.add_column("\n".join(lines), justify="right", no_wrap=True)
    for place, title in enumerate(titles):
        row = [cells[metric][place] for metric in metrics if metric in shown]
        table.add_row(*([escape(title)] if names else []), *row)
    return table, [metric for metric in metrics if metric not in shown]


def _fitting(metrics: list[str], widths: dict[str, int], room: int) -> list[str]:
    """Return as many of the metrics, from the first, as fit beside each other; the first one in any case."""
    shown = metrics[:1]
    for metric in metrics[1:]:
        if sum(widths[one] + BETWEEN for one in [*shown, metric]) <= room:
            shown.append(metric)
    return shown
