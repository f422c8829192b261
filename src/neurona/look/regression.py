"""What a regression answers: predicted against true, and the fitted curve over one feature."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from neurona.data.split_names import split_name
from neurona.language import _
from neurona.look.evidence import Evidence
from neurona.look.style import BLACK, BLUE, INK, MUTED, ORANGE, SKY, VERMILION, dress, legend, panels, plain, thinned
from neurona.look.words import metric_value
from neurona.run import Run

MOST_TARGETS = 4
MOST_POINTS = 3000
BEYOND = 0.4
STEPS = 500


def suits(seen: Evidence) -> bool:
    """Tell whether the run answers with values."""
    return seen.run.task.name == "regression"


def predicted_against_true(run: Run | Evidence) -> Figure:
    """Return, for each target, predicted against true values with the diagonal, and a histogram of the residuals.

    Raises:
        InputError: the figure does not suit the run, or its data or net are not to be had.
    """
    seen = Evidence.of(run, suits)
    names = seen.targets[:MOST_TARGETS]
    drawn, axes = panels(len(names), 2, 9.2, 3.9 * len(names), width_ratios=(1.1, 1))
    for target, name in enumerate(names):
        _scatter(axes[target, 0], seen, target, name)
        _residuals(axes[target, 1], seen, target, name)
    return drawn


def residuals(seen: Evidence, split: str) -> np.ndarray:
    """Return predicted minus true, `(n, k)`, in the target's own units."""
    errors: np.ndarray = seen.answers(split) - seen.truth(split)
    return errors


def _scatter(axes: Axes, seen: Evidence, target: int, name: str) -> None:
    ends = []
    for split in dict.fromkeys(("train", seen.judged)):
        truth, answers = seen.truth(split)[:, target], seen.answers(split)[:, target]
        chosen = thinned(len(truth), MOST_POINTS)
        train = split == "train"
        colour, marker, size = (SKY, "o", 14) if train else (VERMILION, "D", 18)
        drawn: dict[str, Any] = {"s": size, "c": colour, "marker": marker, "alpha": 0.7, "linewidths": 0}
        axes.scatter(truth[chosen], answers[chosen], label=split_name(split), **drawn)
        ends += [truth.min(), truth.max()]
    low, high = min(ends), max(ends)
    axes.plot([low, high], [low, high], color=INK, linewidth=1.2, linestyle="--", label=_("predicted = true"))
    axes.xaxis.set_major_locator(MaxNLocator(5))  # prices have many digits
    dress(axes, plain(name, 40), _("true"), _("predicted"))
    legend(axes, loc="upper left")


def _residuals(axes: Axes, seen: Evidence, target: int, name: str) -> None:
    errors = residuals(seen, seen.judged)[:, target]
    errors = errors[np.isfinite(errors)]
    axes.hist(errors, bins=int(np.clip(len(errors) ** 0.5, 5, 50)), color=BLUE, edgecolor="white", linewidth=0.6)
    axes.axvline(0, color=BLACK, linewidth=1.2, linestyle="--")
    axes.xaxis.set_major_locator(MaxNLocator(5))
    spread = metric_value("std", float(errors.std())) if len(errors) else "–"
    title = _("Residuals on {split}, std {std}").format(split=split_name(seen.judged), std=spread)
    dress(axes, title, _("predicted − true: {name}").format(name=plain(name, 24)), _("samples"))


# ---------------------------------------------------------------------- one feature


def suits_curve(seen: Evidence) -> bool:
    """Tell whether the run is a regression on one numeric feature."""
    return suits(seen) and len(seen.numbers) == 1


def fitted_curve(run: Run | Evidence) -> Figure:
    """Return what the net answers over its one feature, beyond the training interval on both sides too.

    Raises:
        InputError: the figure does not suit the run, or its data or net are not to be had.
    """
    seen = Evidence.of(run, suits_curve)
    names = seen.targets[:MOST_TARGETS]
    x = line_of_x(seen)
    answers = seen.run.answer(seen.encoded(x[:, None]), seen.net).numpy()
    drawn, axes = panels(len(names), 1, 8.4, 4.2 * len(names))
    for target, name in enumerate(names):
        panel = axes[target, 0]
        shade_interval(panel, seen)
        draw_points(panel, seen, target)
        panel.plot(x, answers[:, target], color=BLUE, linewidth=2.2, label=_("net"), zorder=4)
        dress(panel, "", plain(seen.called([seen.numbers[0].name])[0], 40), plain(name, 40))
        legend(panel, loc="upper left", bbox_to_anchor=(1.01, 1.0), borderaxespad=0)
    return drawn


def interval(seen: Evidence) -> tuple[float, float]:
    """Return the smallest and the largest value of the one feature in train, in its units."""
    values = seen.in_units(seen.split("train").x)[:, 0]
    return float(values.min()), float(values.max())


def line_of_x(seen: Evidence) -> np.ndarray:
    """Return points on the axis of the one feature, `(steps,)`, from well below the training interval to well above."""
    low, high = interval(seen)
    room = BEYOND * ((high - low) or 1.0)
    return np.linspace(low - room, high + room, STEPS)


def shade_interval(axes: Axes, seen: Evidence, label: bool = True) -> None:
    """Shade the training interval."""
    low, high = interval(seen)
    axes.axvspan(low, high, color="#eef2f7", zorder=0, label=_("training interval") if label else None)
    for edge in (low, high):
        axes.axvline(edge, color=MUTED, linewidth=0.8, linestyle=":", zorder=1)


def draw_points(axes: Axes, seen: Evidence, target: int, label: bool = True) -> None:
    """Draw train and the judged split as points."""
    for split in dict.fromkeys(("train", seen.judged)):
        x, y = seen.in_units(seen.split(split).x)[:, 0], seen.truth(split)[:, target]
        chosen = thinned(len(x), MOST_POINTS)
        marker, colour, size = ("o", MUTED, 12) if split == "train" else ("D", ORANGE, 16)
        name = split_name(split) if label else None
        drawn: dict[str, Any] = {"s": size, "c": colour, "marker": marker, "alpha": 0.75, "linewidths": 0}
        axes.scatter(x[chosen], y[chosen], zorder=2, label=name, **drawn)
