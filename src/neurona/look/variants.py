"""A comparison to be seen: variants side by side, with error bars over seeds."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from neurona.compare import Comparison
from neurona.errors import InputError
from neurona.interval import Interval, Pair, best_of, differences
from neurona.language import _
from neurona.look import boundary, regression
from neurona.look.curves import column, dots, on_epochs, spread
from neurona.look.evidence import Evidence
from neurona.look.style import (
    BLUE,
    INK,
    LINES,
    MARKERS,
    MUTED,
    SMALL,
    as_percent,
    colours,
    dress,
    legend,
    panels,
    plain,
    spans_decades,
)
from neurona.look.words import bounds, is_share, metric_name
from neurona.measure import measure
from neurona.run import Run
from neurona.tasks import higher_is_better

MOST_MULTIPLES = 12
LETTERS, MOST_LINES = 28, 3  # of the name of a variant
# Of names beside learning curves: lines in one column, and names in all.
LINES_BELOW_EACH_OTHER, MOST_NAMED = 14, 100
WIDTH_OF_NAMES, HEIGHT_OF_LINE = 1.9, 0.22  # inches


def values(result: Comparison, metric: str) -> dict[str, list[float]]:
    """Return a metric of each finished run, by variant; a run without it (it became NaN) is left out."""
    found: dict[str, list[float]] = {}
    for label, runs in result.runs.items():
        found[label] = []
        for run in runs:
            try:
                value = measure(run, metric)
            except InputError:
                continue
            if np.isfinite(value):
                found[label].append(value)
    return found


def named(result: Comparison, label: str) -> str:
    """Return what a variant is called in a figure, on several lines where that is long."""
    lines = textwrap.wrap(result.title(label), LETTERS, max_lines=MOST_LINES, placeholder="…")
    return "\n".join(map(plain, lines))


def _names(result: Comparison) -> dict[str, str]:
    """Return what each variant is called in a figure, by label, and that it diverged where all its runs did."""
    runs, diverged = result.runs, result.diverged
    lost = {label for label in runs if runs[label] and diverged.get(label) == len(runs[label])}
    return {label: named(result, label) + (f" ({_('diverged')})" if label in lost else "") for label in runs}


def main_metric(result: Comparison) -> str:
    """Return the metric that the variants are judged by, one that at least one run has."""
    candidates = (result.main, *(f"{split}.{_first(result).task.main}" for split in ("test", "valid", "train")))
    return next((metric for metric in candidates if any(values(result, metric).values())), candidates[-1])


def whole(result: Comparison, metric: str) -> dict[str, list[float]]:
    """Return `values` of those variants that have as many as any other: of some, runs diverged or are to come."""
    found = values(result, metric)
    most = max(map(len, found.values()), default=0)
    return {label: numbers for label, numbers in found.items() if len(numbers) == most > 0}


def pairs(result: Comparison, metric: str) -> dict[str, Pair]:
    """Return how each variant differs from the best one, seed by seed, where all of its runs have the metric."""
    found = {label: numbers for label, numbers in whole(result, metric).items() if len(numbers) == result.recipe.seeds}
    return differences(found, best_of(found, higher_is_better(metric))) if found else {}


def _first(result: Comparison) -> Run:
    return next(run for runs in result.runs.values() for run in runs)


# ---------------------------------------------------------------------- learning curves


def learning_curves(result: Comparison) -> Figure:
    """Return loss and main metric by variant: the mean over seeds, with a band of one standard deviation.

    Validation where the runs have it, else train; as many epochs as every seed reached.
    """
    first = _first(result)
    row = first.rows[0]
    split = "valid" if "valid_loss" in row else "train"
    metrics = [f"{split}_{name}" for name in dict.fromkeys(("loss", first.task.main)) if f"{split}_{name}" in row]
    rows = {label: [run.rows for run in runs] for label, runs in result.runs.items() if runs}
    lines = sum(1 + name.count("\n") for name in _names(result).values()) if len(rows) <= MOST_NAMED else 1
    columns = min(3, -(-lines // LINES_BELOW_EACH_OTHER))
    height = max(3.5, HEIGHT_OF_LINE * -(-lines // columns))
    drawn, axes = panels(1, len(metrics), 4.0 * len(metrics) + 1.6 + WIDTH_OF_NAMES * (columns - 1), height)
    for panel, metric in zip(axes[0], metrics, strict=True):
        _curves(panel, result, rows, metric)
    if 1 < len(rows) <= MOST_NAMED:
        legend(axes[0, -1], loc="upper left", bbox_to_anchor=(1.02, 1.0), borderaxespad=0, ncols=columns)
    return drawn


def over_seeds(histories: list[list[dict[str, float]]], metric: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return epochs, mean and standard deviation over seeds of a column, `(epochs,)` each, where all seeds have it."""
    known = set.intersection(*({int(row["epoch"]) for row in rows} for rows in histories))
    shared = sorted(known)
    chosen = [[row for row in rows if int(row["epoch"]) in known] for rows in histories]
    table = np.array([column(rows, metric) for rows in chosen])
    with np.errstate(invalid="ignore"):  # of runs that diverged
        std = table.std(0, ddof=1) if len(table) > 1 else np.zeros(len(shared))
    return np.array(shared), table.mean(0), std


def _curves(axes: Axes, result: Comparison, rows: Mapping[str, list[list[dict[str, float]]]], metric: str) -> None:
    split, _under, name = metric.partition("_")
    names, everything = _names(result), [over_seeds(histories, metric) for histories in rows.values()]
    longest = max(len(epochs) for epochs, _mean, _std in everything)
    for i, (label, colour) in enumerate(zip(rows, colours(len(rows)), strict=True)):
        epochs, mean, std = everything[i]
        spread(axes, epochs, *ends(mean, std, name), colour, alpha=min(0.15, 1.2 / len(rows)))
        line = LINES[i % len(LINES)]
        style = {"color": colour, "linestyle": line, **dots(longest)}
        axes.plot(epochs, mean, linewidth=1.7, label=names[label], **style)
    title = metric_name(f"{split}.{name}")
    dress(axes, title[:1].upper() + title[1:], _("epoch"), "")
    if bounds(name) == (0.0, math.inf) and spans_decades(np.concatenate([mean for _epochs, mean, _std in everything])):
        axes.set_yscale("log")
    if is_share(name):
        as_percent(axes)
    on_epochs(axes, longest)


def ends(mean: Any, half: Any, metric: str) -> tuple[Any, Any]:
    """Return where a band or a whisker around `mean` ends: nowhere that no value can be, such as above 100 %."""
    low, high = bounds(metric)
    return np.clip(mean - half, low, high), np.clip(mean + half, low, high)


# ---------------------------------------------------------------------- scores


def scores_and_times(result: Comparison) -> Figure:
    """Return main metric and training time by variant: seeds as faint dots, mean with its 95 % interval."""
    metrics = list(dict.fromkeys((main_metric(result), "seconds")))
    names = list(_names(result).values())
    rows = sum(max(0.42, 0.06 + 0.16 * (1 + name.count("\n"))) for name in names)
    drawn, axes = panels(1, len(metrics), 9.4, 1.5 + rows, sharey=True, width_ratios=(2, 1)[: len(metrics)])
    for panel, metric in zip(axes[0], metrics, strict=True):
        _dots(panel, values(result, metric), metric)
    axes[0, 0].set_yticks(range(len(names)), names)
    axes[0, 0].invert_yaxis()
    return drawn


def _dots(axes: Axes, found: Mapping[str, list[float]], metric: str) -> None:
    for i, (numbers, colour) in enumerate(zip(found.values(), colours(len(found)), strict=True)):
        if not numbers:
            continue
        interval = Interval.of(numbers)
        offsets = np.linspace(-0.16, 0.16, len(numbers)) if len(numbers) > 1 else np.zeros(1)
        axes.scatter(numbers, i + offsets, s=16, color=colour, alpha=0.35, linewidths=0, zorder=2)
        low, high = ends(interval.mean, interval.half, metric)
        axes.errorbar(
            interval.mean,
            i,
            xerr=[[interval.mean - low], [high - interval.mean]],
            fmt=MARKERS[i % len(MARKERS)],
            color=colour,
            markersize=8,
            markeredgecolor=INK,
            markeredgewidth=0.7,
            ecolor=INK,
            elinewidth=1.4,
            capsize=4,
            zorder=3,
        )
    title = metric_name(metric)
    dress(axes, title[:1].upper() + title[1:], "", "")
    axes.set_ylim(-0.6, len(found) - 0.4)
    if is_share(metric):
        as_percent(axes, "x")
    if metric == "seconds":
        axes.locator_params(axis="x", nbins=4)
        axes.set_xlim(0, 1.06 * axes.get_xlim()[1])  # room for a marker at the end


# ---------------------------------------------------------------------- small multiples


def regions_of_each(result: Comparison) -> Figure:
    """Return the decision regions of the first seed of each variant, at most 12."""
    chosen = _firsts(result, boundary.suits)
    found = [boundary.regions(seen, side=110) for seen in chosen.values()]
    drawn, axes = _multiples(len(chosen), max(regions.height for regions in found))
    for panel, (label, seen), regions in zip(axes, chosen.items(), found, strict=False):
        boundary.fill(panel, regions)
        boundary.small_points(panel, seen)
        boundary.name_axes(panel, seen, named(result, label))
        panel.tick_params(labelsize=7, colors=MUTED)
    _name_outer_alone(axes)
    if len({tuple(seen.classes) for seen in chosen.values()}) == 1:
        boundary.name_classes(drawn, next(iter(chosen.values())))
    return drawn


def fits_of_each(result: Comparison) -> Figure:
    """Return what the first seed of each variant answers over its one feature, at most 12."""
    chosen = _firsts(result, regression.suits_curve)
    drawn, axes = _multiples(len(chosen), 0.75)
    for panel, (label, seen) in zip(axes, chosen.items(), strict=False):
        x = regression.line_of_x(seen)
        regression.shade_interval(panel, seen)
        regression.draw_points(panel, seen, 0)
        panel.plot(x, seen.run.answer(seen.encoded(x[:, None]), seen.net).numpy()[:, 0], color=BLUE, linewidth=1.8)
        (feature,) = seen.called([seen.numbers[0].name])
        dress(panel, named(result, label), plain(feature, 40), plain(seen.targets[0], 40))
        panel.tick_params(labelsize=7, colors=MUTED)
    _name_outer_alone(axes)
    return drawn


def _name_outer_alone(axes: np.ndarray) -> None:
    """Leave the names of axes at the left edge and below the last panel of each column."""
    for place, panel in enumerate(axes):
        columns = panel.get_gridspec().ncols
        panel.set_ylabel("" if place % columns else panel.get_ylabel(), fontsize=SMALL)
        panel.set_xlabel("" if place + columns < len(axes) else panel.get_xlabel(), fontsize=SMALL)


def _firsts(result: Comparison, suits: Callable[[Evidence], bool]) -> dict[str, Evidence]:
    """Return the first seed of each variant whose data and net are to be had and suit, at most 12."""
    firsts = {label: Evidence.of(runs[0]) for label, runs in result.runs.items() if runs}
    shown = {label: seen for label, seen in firsts.items() if not seen.lacks and suits(seen)}
    return dict(list(shown.items())[:MOST_MULTIPLES])


def _multiples(count: int, ratio: float) -> tuple[Figure, np.ndarray]:
    """Return a figure of `count` small panels whose height is `ratio` of their width, and the panels."""
    columns = min(3 if count in (3, 5, 6, 9) else 4, count)
    rows = -(-count // columns)
    width = 9.6 / max(columns, 3)
    drawn, axes = panels(rows, columns, width * columns, (0.45 + (width - 0.5) * ratio) * rows)
    for spare in axes.flat[count:]:
        spare.set_axis_off()
    return drawn, axes.flat[:count]
