"""What is seen while the benchmarks run: a table that fills, and what is asked beside what was measured."""

from __future__ import annotations

import math
import statistics

from rich import box
from rich.console import Group
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from benchmarks.limits import Limits
from benchmarks.match import Match, Score
from benchmarks.processes import Process
from benchmarks.promises import Results, promises

PLAIN = {
    "box": box.SIMPLE_HEAD,
    "title_justify": "left",
    "title_style": "bold",
    "pad_edge": False,
    "collapse_padding": True,
}
HEADINGS = ("contender", "seconds", "spread", "ratio", "first +", "loss")


def match_table(match: Match, busy: bool = False) -> Group:
    """Return the contenders of a workload, and what is to be said about them; `busy` while turns are still taken."""
    table = Table(title=f"{match.workload}: {match.title}", **PLAIN)  # type: ignore[arg-type]
    for heading in HEADINGS:
        table.add_column(heading, justify="left" if heading == "contender" else "right", no_wrap=True)
    for score in match.scores.values():
        if score.seconds:
            table.add_row(score.label, *cells(match, score))
        elif not score.absent:
            table.add_row(score.label, "...")
    said = [] if busy else [f"{label}: {note}" for label, note in notes(list(match.scores.values()))]
    return Group(table, *(Padding(Text(line), (0, 0, 0, 2)) for line in said), "")


def cells(match: Match, score: Score) -> tuple[str, ...]:
    """Return seconds, spread, time of Neurona's, what the first run took more, and loss."""
    least, most = score.spread
    ratio = match.ratio(score.name)
    return (
        number(score.median),
        f"{number(least)} to {number(most)}",
        "" if ratio is None else times(ratio),
        f"{max(0.0, score.first - score.median / score.up):.2f}",
        f"{score.loss:.6f}",
    )


def number(value: float) -> str:
    """Return a number with three digits that count, and without an exponent."""
    if not value:
        return "0"
    places = max(0, 2 - math.floor(math.log10(abs(value))))
    return f"{value:,.{places}f}"


def times(ratio: float) -> str:
    """Return a ratio such as 0.45x, 9.10x or 40x."""
    return f"{number(ratio)}x" if ratio < 0.1 else f"{ratio:.2f}x" if ratio < 10 else f"{ratio:,.0f}x"


def notes(scores: list[Score]) -> list[tuple[str, str]]:
    """Return the label of each contender that something is to be said about, and what."""
    said = [(score.label, score.absent or "; ".join(remarks(score))) for score in scores]
    parts = [score for score in scores if score.seconds and score.epochs < score.of]
    if parts:
        note = f"1/{parts[0].up:.0f} of the epochs, counted up; Neurona's loss is {parts[0].ours:.6f} there"
        said.append(("; ".join(score.label for score in parts), note))
    return [(label, note.rstrip(".") + ".") for label, note in said if note]


def remarks(score: Score) -> list[str]:
    """Return what is to be said about a score: where it does not do what the others do."""
    said = list(score.notes)
    if not score.same:
        said.append(f"another loss than Neurona's {score.ours:.6f}")
    return said


def process_table(found: list[Process]) -> Table:
    """Return whole processes."""
    table = Table(title="Whole processes, from start to end", **PLAIN)  # type: ignore[arg-type]
    for heading in ("process", "seconds", "spread", "cpu", "first"):
        table.add_column(heading, justify="left" if heading == "process" else "right")
    for one in found:
        if one.absent or not one.seconds:
            table.add_row(one.label, "-", one.absent, "", "")
        else:
            spread = f"{min(one.seconds):.2f} to {max(one.seconds):.2f}"
            table.add_row(
                one.label, f"{one.median:.2f}", spread, f"{statistics.median(one.cpu):.2f}", f"{one.first:.2f}"
            )
    return table


def promise_table(results: Results) -> Table:
    """Return what is asked beside what was measured; what belongs to workloads that did not run is left out."""
    table = Table(title="What is asked", **PLAIN)  # type: ignore[arg-type]
    for heading in ("workload", "figure", "asked", "measured", ""):
        table.add_column(heading)
    for promise in promises():
        met = promise.met(results)
        if met is not None:
            verdict = "met" if met else "[bold]not met[/bold]"
            table.add_row(promise.workload, promise.text, promise.asked(), promise.measured(results), verdict)
    return table


def limits_line(limits: Limits) -> str:
    """Return the machine's limits as a sentence."""
    return (
        f"Matrix products: {limits.one / 1e9:.0f} GFLOP/s on one thread, {limits.all / 1e9:.0f} on {limits.threads}; "
        f"memory: {limits.memory_one / 1e9:.0f} and {limits.memory_all / 1e9:.0f} GB/s."
    )
