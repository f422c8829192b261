"""A comparison of numbers to be seen: the metric against the values of one key."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from neurona.compare import Comparison
from neurona.interval import Interval
from neurona.language import _
from neurona.look.style import (
    LINES,
    MARKERS,
    VERMILION,
    as_percent,
    colours,
    dress,
    legend,
    panels,
    plain,
    plain_ticks,
    spans_decades,
)
from neurona.look.variants import ends, main_metric, values
from neurona.look.words import is_share, metric_name

# Of the x axis: between the whiskers of two lines, which would hide each other, and the width of a letter.
ASIDE = 0.012
WIDTH_OF_LETTER = 0.012


def numeric_key(result: Comparison) -> str:
    """Return the one key of `vary` whose values are numbers, when at most one other key is varied; else ""."""
    vary = result.recipe.vary
    if any(isinstance(options, Mapping) for options in vary.values()):
        return ""
    numeric = [key for key, options in vary.items() if all(_is_number(value) for value in options)]
    return numeric[0] if len(numeric) == 1 and len(vary) <= 2 and len(vary[numeric[0]]) > 2 else ""


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def trend(result: Comparison) -> Figure:
    """Return the main metric against the values of the numeric key, a line for each value of the other key.

    Above a value with which all runs of a variant diverged is a cross.
    """
    key, metric = numeric_key(result), main_metric(result)
    found = values(result, metric)
    lines: dict[str, list[tuple[float, Interval]]] = {}
    numbers, lost = [], []
    for variant in result.variants:
        other = ", ".join(choice.title for choice in variant.choices if key not in choice.changes)
        number = float(variant.changes[key])
        if found[variant.label]:
            lines.setdefault(other, []).append((number, Interval.of(found[variant.label])))
        elif variant.label in result.diverged:
            lost.append(number)
        numbers.append(number)
    drawn, axes = panels(1, 1, 7.6, 4.2)
    _lines(axes[0, 0], lines, metric, numbers)
    if lost:
        style: dict[str, Any] = {"marker": "x", "s": 46, "color": VERMILION, "clip_on": False, "zorder": 4}
        at_the_top = axes[0, 0].get_xaxis_transform()
        axes[0, 0].scatter(lost, [0.985] * len(lost), transform=at_the_top, label=_("diverged"), **style)
    title = metric_name(metric)
    dress(axes[0, 0], title[:1].upper() + title[1:], key, "")
    _scale(axes[0, 0], numbers, [interval.mean for points in lines.values() for _x, interval in points], metric)
    if len(lines) > 1 or lost:
        legend(axes[0, 0], loc="upper left", bbox_to_anchor=(1.01, 1.0), borderaxespad=0)
    return drawn


def _lines(axes: Axes, lines: Mapping[str, list[tuple[float, Interval]]], metric: str, numbers: list[float]) -> None:
    for i, ((label, points), colour) in enumerate(zip(lines.items(), colours(len(lines)), strict=True)):
        ordered = sorted(points, key=lambda point: point[0])
        means = np.array([interval.mean for _x, interval in ordered])
        low, high = ends(means, np.array([interval.half for _x, interval in ordered]), metric)
        aside = ASIDE * (i - (len(lines) - 1) / 2)
        axes.errorbar(
            [_beside(x, numbers, aside) for x, _interval in ordered],
            means,
            yerr=[means - low, high - means],
            color=colour,
            linestyle=LINES[i % len(LINES)],
            marker=MARKERS[i % len(MARKERS)],
            markersize=6,
            capsize=4,
            label=plain(label or metric_name(metric)),
        )


def _beside(x: float, numbers: list[float], share: float) -> float:
    """Return `x` moved by a share of an axis that shows all the numbers, on logarithms where `_scale` does."""
    positive = [number for number in numbers if number > 0]
    if min(numbers) >= 0 and spans_decades(positive, 1.0):
        return float(x * (max(positive) / min(positive)) ** share)
    return x + share * (max(numbers) - min(numbers))


def _scale(axes: Axes, numbers: list[float], means: list[float], metric: str) -> None:
    if spans_decades(numbers, 1.0):
        axes.set_xscale("log")
    elif min(numbers, default=1) == 0 and spans_decades([x for x in numbers if x > 0], 1.0):
        axes.set_xscale("symlog", linthresh=min(x for x in numbers if x > 0))
    shown = _spaced(axes, sorted(set(numbers)))
    axes.set_xticks(shown, [f"{x:g}" for x in shown])
    axes.set_xticks([], minor=True)
    if spans_decades(means, 1.0):
        axes.set_yscale("log")
        plain_ticks(axes.yaxis)
    elif is_share(metric):
        as_percent(axes)


def _spaced(axes: Axes, numbers: list[float]) -> list[float]:
    """Return those of the numbers that can be written below the x axis without running into the one before."""
    shown, free = [], -math.inf
    for x in numbers:
        place = (axes.transScale + axes.transLimits).transform((x, 1.0))[0]
        half = WIDTH_OF_LETTER * len(f"{x:g}") / 2
        if place - half > free:
            shown.append(x)
            free = place + half + WIDTH_OF_LETTER
    return shown
