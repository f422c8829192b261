"""`docs/benchmarks.md` with its figure, and the raw figures as JSON."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from benchmarks.figure import relative_times
from benchmarks.machine import Machine
from benchmarks.match import Match, Score
from benchmarks.promises import Results, promises
from benchmarks.screen import cells, limits_line, notes, number
from neurona.files import write_together
from neurona.look.style import png


def write(results: Results, machine: Machine, seconds: float, folder: Path) -> list[Path]:
    """Write `benchmarks.md`, `.png` and `.json` to `folder`, and return their paths.

    Args:
        results: what was measured.
        machine: on what.
        seconds: how long it took.
        folder: a directory, which is made where there is none.
    """
    raw = {"machine": asdict(machine), "seconds": seconds, **asdict(results)}
    contents = {
        "benchmarks.png": png(relative_times(list(results.matches.values()))),
        "benchmarks.json": json.dumps(raw, indent=1).encode(),
        "benchmarks.md": text(results, machine, seconds).encode(),
    }
    folder.mkdir(parents=True, exist_ok=True)
    write_together(folder, contents)
    return [folder / name for name in contents]


def text(results: Results, machine: Machine, seconds: float) -> str:
    """Return the page."""
    templates = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,
    )
    return templates.get_template("page.md.jinja").render(
        machine=machine,
        minutes=seconds / 60,
        day=datetime.now(UTC).date(),
        limits=limits_line(results.limits),
        matches=[_section(results, match) for match in results.matches.values()],
        starts=_starts(results),
        processes=list(results.processes.values()),
        promises=[(one.workload, one.text, one.asked(), one.measured(results), _verdict(one.met(results)))
                  for one in promises()],
    )  # fmt: skip


def _verdict(met: bool | None) -> str:
    return "" if met is None else "met" if met else "**not met**"


def _section(results: Results, match: Match) -> dict[str, Any]:
    """Return what the page says of a workload."""
    scores = [score for score in match.singles() if score.seconds]
    return {
        "name": match.workload,
        "title": match.title,
        "rows": [_row(match, score) for score in scores],
        "notes": notes(match.singles()),
        "populations": [_population(match, one) for one in match.scores.values() if one.nets > 1 and one.seconds],
        "limit": _limit(results, match),
    }  # fmt: skip


def _row(match: Match, score: Score) -> list[str]:
    """Return the cells of a contender, with microseconds for a step and the cores that were busy."""
    seconds, spread, ratio, first, loss = cells(match, score)
    each = number(1e6 * score.median / match.steps)
    return [score.label, seconds, spread, ratio, each, f"{score.cores:.1f}", first, loss]


def _population(match: Match, score: Score) -> str:
    ours, torch = match.ratio(score.name), match.ratio("torch", score.name)
    said = f"{score.label}: {number(score.median)} s"
    said += f", {number(ours)} times the time of one" if ours else ""
    if not torch:
        return f"{said}."
    return f"{said}; in PyTorch, one after the other, it would be {number(torch * score.nets)} times as long."


def _limit(results: Results, match: Match) -> str:
    """Return the shares of the limits that Neurona reaches, as sentences."""
    share, score = results.share(match.workload), match.scores.get("neurona")
    if share is None or score is None:
        return ""
    memory = match.bytes_moved / score.median / results.limits.memory(score.cores)
    said = (
        f"{number(match.operations / 1e9)} GFLOP: Neurona reaches {share:.1%} of the machine's rate of matrix products"
        f" on as many threads, and moves {number(match.bytes_moved / 1e9)} GB, {memory:.1%} of what memory could."
    )
    if match.alone:
        said += f" The products alone, in these shapes, take {number(match.alone)} s: {match.alone / score.median:.0%}."
    return said


def _starts(results: Results) -> list[tuple[str, float]]:
    """Return how long each contender took to be imported."""
    found = {
        score.label: score.start for match in results.matches.values() for score in match.singles() if score.seconds
    }
    return sorted(found.items(), key=lambda pair: pair[1])
