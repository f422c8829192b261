"""The figure: the time of each contender relative to Neurona's, workload by workload."""

from __future__ import annotations

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, NullLocator

from benchmarks.match import Match, Score
from benchmarks.screen import number, times
from neurona.look.style import BLUE, BODY, INK, MUTED, SMALL, dress, message, panels

COLUMNS, WIDTH, BAR, HEAD = 2, 11.0, 0.24, 0.85
PEER = "#b8c0cc"


def relative_times(matches: list[Match]) -> Figure:
    """Return a panel for each workload: bars to the right of 1 take longer than Neurona."""
    shown = [(match, _shown(match)) for match in matches if match.seconds("neurona")]
    if not shown:
        return message("No workload was run.")
    rows = -(-len(shown) // COLUMNS)
    most = max((len(scores) for _match, scores in shown), default=1)
    drawn, axes = panels(rows, COLUMNS, WIDTH, rows * (most * BAR + HEAD), sharex=True)
    ratios = [match.ratio(score.name) or 1.0 for match, scores in shown for score in scores]
    limits = (min([*ratios, 1.0]) / 1.6, max([*ratios, 1.0]) * 3.5)
    for place, panel in enumerate(axes.flat):
        if place >= len(shown):
            panel.set_visible(False)
            continue
        _bars(panel, *shown[place], limits)
    for panel in list(axes.flat)[: len(shown)][-COLUMNS:]:  # the last of each column
        panel.set_xlabel("time, of Neurona's (logarithmic)", fontsize=BODY, color=INK)
    return drawn


def _shown(match: Match) -> list[Score]:
    """Return those who took part, the fastest first."""
    return sorted((s for s in match.singles() if s.seconds), key=lambda score: score.median)


def _bars(axes: Axes, match: Match, scores: list[Score], limits: tuple[float, float]) -> None:
    dress(axes, match.workload, rules=False)
    axes.set_xscale("log")
    axes.set_xlim(*limits)
    axes.set_ylim(len(scores) - 0.4, -0.6)
    for place, score in enumerate(scores):
        ratio, scale = match.ratio(score.name) or 1.0, score.median
        ours = score.name.startswith("neurona")
        axes.barh(place, ratio - limits[0], left=limits[0], height=0.7, color=BLUE if ours else PEER)
        least, most = (ratio * end / scale for end in score.spread)
        axes.plot([least, most], [place, place], color=INK, linewidth=1)
        seconds = f" ({number(score.median)} s)" if score.name == "neurona" else ""
        axes.text(max(ratio, most), place, f" {times(ratio)}{seconds}", va="center", fontsize=SMALL, color=INK)
    axes.axvline(1, color=MUTED, linewidth=0.8, linestyle="--")
    axes.set_yticks(range(len(scores)), [score.label for score in scores], fontsize=SMALL)
    axes.tick_params(axis="y", length=0)
    axes.xaxis.set_major_locator(LogLocator(10))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_major_formatter(lambda value, _place: f"{value:g}x")
    axes.tick_params(axis="x", labelbottom=True)
