"""A search to be seen: the trials one after the other, what each parameter does, and where trials were ended."""

from __future__ import annotations

import math
from collections.abc import Sequence
from textwrap import fill
from typing import Any

import numpy as np
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, MaxNLocator, NullFormatter

from neurona.language import _
from neurona.look.style import (
    BLUE,
    GREEN,
    INK,
    MUTED,
    RULE,
    VERMILION,
    as_percent,
    dress,
    legend,
    panels,
    plain,
    plain_ticks,
    spans_decades,
)
from neurona.look.words import is_share, metric_name
from neurona.tuning import Trial, Tuning
from neurona.tuning.judge import TENTHS
from neurona.tuning.space import Choices, Parameter, Range, shown, word
from neurona.tuning.trial import cost

MOST_PANELS = 12
LETTERS = 34  # that stand beside an axis, one above the other
CLOSE = 6  # parameters beyond which their names stand in two lines side by side
HUES = colormaps["viridis_r"]


def title_of(tuning: Tuning) -> str:
    """Return what the metric is called, with a capital."""
    name = metric_name(tuning.search.metric)
    return name[:1].upper() + name[1:]


def on_logarithms(tuning: Tuning) -> bool:
    """Tell whether the metric is shown, and its variance taken apart, by its logarithm."""
    return not is_share(tuning.search.metric) and spans_decades(_values(tuning.done), 1.0)


def _values(trials: Sequence[Trial]) -> list[float]:
    return [trial.value for trial in trials if trial.value is not None and math.isfinite(trial.value)]


def _scale(axes: Axes, tuning: Tuning) -> None:
    if on_logarithms(tuning):
        axes.set_yscale("log")
        _decades(axes.yaxis, spans_decades(_values(tuning.done), 3.0))
    elif is_share(tuning.search.metric):
        as_percent(axes)


def _decades(axis: Axis, many: bool) -> None:
    """Write the numbers of a logarithmic axis as 0.01, the powers of ten alone where there are many."""
    plain_ticks(axis)
    if many:
        axis.set_minor_formatter(NullFormatter())


# ---------------------------------------------------------------------- one after the other


def history(tuning: Tuning) -> Figure:
    """Return the metric of each trial in the order in which they were begun, and the best so far."""
    done = tuning.done
    drawn, axes = panels(1, 1, 9.4, 3.9)
    panel = axes[0, 0]
    complete = [trial for trial in done if trial.outcome == "complete"]
    pruned = [trial for trial in done if trial.outcome == "pruned" and trial.value is not None]
    lost = [trial for trial in done if trial.outcome in ("diverged", "failed")]
    _points(panel, complete, marker="o", s=30, color=BLUE, label=_("complete"), zorder=3)
    _points(panel, pruned, marker="x", s=26, color=MUTED, linewidths=1.1, label=_("pruned, when it was ended"))
    _best_so_far(panel, complete, tuning)
    own = tuning.own
    if own is not None and own.value is not None:
        panel.axhline(own.value, color=VERMILION, linestyle="--", linewidth=1.2, label=_("the recipe itself"))
    dress(panel, title_of(tuning), _("trial"), "")
    _scale(panel, tuning)
    if lost:
        below = panel.get_xaxis_transform()
        numbers = [trial.number for trial in lost]
        style: dict[str, Any] = {"transform": below, "marker": "|", "s": 60, "color": VERMILION, "clip_on": False}
        panel.scatter(numbers, [0.985] * len(lost), label=_("diverged or failed"), **style)
    panel.xaxis.get_major_locator().set_params(integer=True)
    legend(panel, loc="upper left", bbox_to_anchor=(1.01, 1.0), borderaxespad=0)
    return drawn


def _points(axes: Axes, trials: Sequence[Trial], **style: Any) -> None:
    if trials:
        axes.scatter([trial.number for trial in trials], _values(trials), **style)


def _best_so_far(axes: Axes, complete: Sequence[Trial], tuning: Tuning) -> None:
    best: list[tuple[int, float]] = []
    for trial in complete:
        assert trial.value is not None
        metric = tuning.search.metric
        if not best or cost(trial.value, metric) < cost(best[-1][1], metric):
            best.append((trial.number, trial.value))
    if not best:
        return
    last = max(trial.number for trial in tuning.done)
    numbers, values = zip(*best, (last, best[-1][1]), strict=True)
    axes.step(numbers, values, where="post", color=GREEN, linewidth=1.8, label=_("best so far"), zorder=2)


# ---------------------------------------------------------------------- what each parameter does


def slices(tuning: Tuning) -> Figure:
    """Return the metric against each parameter, at most 12; complete trials are coloured from early to late."""
    parameters = tuning.search.space.parameters[:MOST_PANELS]
    columns = 2 if len(parameters) == 4 else min(3, len(parameters))
    rows = -(-len(parameters) // columns)
    drawn, axes = panels(rows, columns, 1.4 + 2.9 * columns, 3.1 * rows, sharey=True)
    for spare in axes.flat[len(parameters) :]:
        spare.set_axis_off()
    shaded = None
    for panel, parameter in zip(axes.flat, parameters, strict=False):
        shaded = _slice(panel, tuning, parameter) or shaded
    for panel in axes[:, 0]:
        panel.set_ylabel(fill(title_of(tuning), LETTERS), fontsize=9, color=INK)
    if shaded is not None:
        bar = drawn.colorbar(shaded, ax=axes.ravel().tolist(), shrink=0.8, aspect=30)
        bar.set_label(_("trial"), color=INK)
        bar.outline.set_visible(False)
        bar.locator = MaxNLocator(nbins=6, integer=True)
        bar.update_ticks()
    return drawn


def _slice(axes: Axes, tuning: Tuning, parameter: Parameter) -> Any:
    done = [trial for trial in tuning.done if trial.value is not None]
    dress(axes, plain(parameter.key), "", "")
    if isinstance(parameter, Choices):
        words = _names(parameter)
        turned: dict[str, Any] = {"rotation": 30, "ha": "right", "rotation_mode": "anchor"}
        axes.set_xticks(range(len(words)), words, **(turned if sum(map(len, words)) > 26 else {}))
        axes.set_xlim(-0.6, len(words) - 0.4)
    else:
        _along(axes, parameter)
    _scale(axes, tuning)
    place = _place(parameter)
    pruned = [trial for trial in done if trial.outcome == "pruned"]
    complete = [trial for trial in done if trial.outcome == "complete"]
    axes.scatter([place(t) for t in pruned], _values(pruned), marker="x", s=18, color="#b6bec9", linewidths=1)
    shaded = axes.scatter(
        [place(t) for t in complete],
        _values(complete),
        c=[t.number for t in complete],
        cmap=HUES,
        s=30,
        edgecolors=INK,
        linewidths=0.4,
        zorder=3,
    )
    best = tuning.best
    if best is not None and best.value is not None:
        axes.scatter(
            [place(best)], [best.value], marker="*", s=190, color=VERMILION, edgecolors=INK, linewidths=0.6, zorder=4
        )
    return shaded if complete else None


def _along(axes: Axes, parameter: Range) -> None:
    """Let the axis show the whole range, so that a value at its edge is seen to be there."""
    low, high = parameter.low, parameter.high
    if parameter.log:
        axes.set_xscale("log")
        axes.xaxis.set_major_locator(LogLocator(numticks=5))
        _decades(axes.xaxis, spans_decades([low, high], 1.5))
        margin = (high / low) ** 0.05
        axes.set_xlim(low / margin, high * margin)
    else:
        axes.set_xlim(low - 0.05 * (high - low), high + 0.05 * (high - low))
        axes.xaxis.set_major_locator(MaxNLocator(nbins=6, integer=parameter.whole))


def _names(parameter: Choices) -> list[str]:
    """Return what choices are called on an axis: long ones by their beginning, with a number where that is the same."""
    names = [plain(shown(value), 14) for value in parameter.values]
    return names if len({*names}) == len(names) else [f"{i}: {name}" for i, name in enumerate(names, 1)]


def _place(parameter: Parameter) -> Any:
    """Return a function that gives the place of a trial on the axis of a parameter; choices are spread a little."""
    if not isinstance(parameter, Choices):
        return lambda trial: trial.values[parameter.key]
    words = [word(value) for value in parameter.values]
    # The golden ratio spreads numbers that follow each other, the same way each time.
    return lambda trial: words.index(word(trial.values[parameter.key])) + 0.36 * ((trial.number * 0.618034) % 1 - 0.5)


def importance(shares: dict[str, float]) -> Figure:
    """Return a bar for each parameter: its share of the variance of the metric."""
    drawn, axes = panels(1, 1, 7.6, 0.9 + 0.42 * len(shares))
    panel = axes[0, 0]
    keys, values = list(shares), list(shares.values())
    panel.barh(range(len(keys)), values, color=BLUE, height=0.62)
    for place, value in enumerate(values):
        panel.text(value + 0.01, place, f"{100 * value:.0f} %", va="center", fontsize=9, color=INK)
    panel.set_yticks(range(len(keys)), [plain(key) for key in keys])
    panel.invert_yaxis()
    dress(panel, "", "", "")
    panel.set_xlim(0, 1.08)
    as_percent(panel, "x")
    return drawn


# ---------------------------------------------------------------------- while they were trained


def curves(tuning: Tuning) -> Figure:
    """Return the metric of each trial as it was seen while it trained: those that were ended early stop short."""
    drawn, axes = panels(1, 1, 9.4, 3.9)
    panel = axes[0, 0]
    seeds, best = tuning.search.seeds, tuning.best
    labelled: set[str] = set()
    for trial in tuning.done:
        if not trial.seen:
            continue
        steps = [step / (TENTHS * seeds) for step, _value in trial.seen]
        values = [value for _step, value in trial.seen]
        whole, ended = trial.outcome == "complete", trial.outcome == "pruned"
        label = _("complete") if whole else _("pruned") if ended else _("diverged or failed")
        style: dict[str, Any] = {"color": BLUE, "linewidth": 1.0} if whole else {"color": "#9aa5b1", "linewidth": 0.9}
        style |= {} if whole or ended else {"linestyle": ":", "color": INK}
        style |= {"label": label} if label not in labelled else {}
        labelled.add(label)
        panel.plot(steps, values, alpha=0.75, zorder=2 if whole else 1, **style)
        if ended:
            panel.scatter(steps[-1:], values[-1:], marker="x", s=22, color=MUTED, linewidths=1, zorder=2)
    if best is not None and best.seen:
        steps = [step / (TENTHS * seeds) for step, _value in best.seen]
        panel.plot(
            steps, [value for _step, value in best.seen], color=VERMILION, linewidth=2.2, zorder=4, label=_("best")
        )
    dress(panel, title_of(tuning), _("share of the training"), "")
    as_percent(panel, "x")
    panel.set_xlim(0, 1.02)
    _scale(panel, tuning)
    legend(panel, loc="upper left", bbox_to_anchor=(1.01, 1.0), borderaxespad=0)
    return drawn


# ---------------------------------------------------------------------- all at once


def parallel(tuning: Tuning) -> Figure:
    """Return a line for each complete trial across the axes of parameters, at most 12, coloured by rank."""
    parameters = tuning.search.space.parameters[:MOST_PANELS]
    ranked = [trial for trial in tuning.ranked() if trial.outcome == "complete"]
    drawn, axes = panels(1, 1, 9.4, 4.0)
    panel = axes[0, 0]
    places = range(len(parameters))
    for rank, trial in reversed(list(enumerate(ranked))):
        heights = [_height(parameter, trial) for parameter in parameters]
        share = rank / max(1, len(ranked) - 1)
        style = {"color": VERMILION, "linewidth": 2.4} if rank == 0 else {"color": HUES(1 - share), "linewidth": 1.2}
        panel.plot(places, heights, alpha=0.9 if share < 0.25 else 0.35, **style)
    dress(panel, rules=False)
    for spine in panel.spines.values():
        spine.set_visible(False)
    panel.set_yticks([])
    names = [plain(parameter.key) for parameter in parameters]
    panel.set_xticks(places, [name.replace(".", ".\n", 1) for name in names] if len(names) > CLOSE else names)
    panel.set_xlim(-0.25, len(parameters) - 0.55)
    panel.set_ylim(-0.06, 1.06)
    panel.tick_params(axis="x", length=0)
    paper = {"facecolor": "white", "edgecolor": "none", "alpha": 0.75, "pad": 0.8}
    for place, parameter in zip(places, parameters, strict=True):
        panel.axvline(place, color=RULE, linewidth=1.2, zorder=0)
        for height, text in _marks(parameter):
            panel.text(place + 0.03, height, text, fontsize=8, color=INK, va="center", zorder=5, bbox=paper)
    return drawn


def _height(parameter: Parameter, trial: Trial) -> float:
    """Return where the value of a trial lies on the axis of a parameter, from 0 to 1."""
    value = trial.values[parameter.key]
    if isinstance(parameter, Choices):
        words = [word(one) for one in parameter.values]
        return words.index(word(value)) / (len(words) - 1)
    low, high = parameter.low, parameter.high
    if parameter.log:
        low, high, value = np.log(low), np.log(high), np.log(value)
    return float((value - low) / (high - low))


def _marks(parameter: Parameter) -> list[tuple[float, str]]:
    if isinstance(parameter, Choices):
        count = len(parameter.values) - 1
        return [(i / count, name) for i, name in enumerate(_names(parameter))]
    ends = [(0.0, f"{parameter.low:g}"), (1.0, f"{parameter.high:g}")]
    if parameter.log:
        middle = math.sqrt(parameter.low * parameter.high)
        return [*ends, (0.5, f"{middle:.2g}")]
    return [*ends, (0.5, f"{(parameter.low + parameter.high) / 2:g}")]
