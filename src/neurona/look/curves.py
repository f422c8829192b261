"""Learning curves: how loss, main metric and learning rate went from epoch to epoch."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from torch import nn

from neurona.language import _
from neurona.look.evidence import Evidence
from neurona.look.style import (
    BLACK,
    BLUE,
    GREEN,
    MUTED,
    VERMILION,
    as_percent,
    dress,
    legend,
    message,
    panels,
    spans_decades,
    thinned,
)
from neurona.look.words import is_share, metric_name
from neurona.nets.freezing import matching, resting
from neurona.run import Run

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

BAND_POINTS = 2000
# Of so many epochs each is marked, so that a curve of one can be seen.
MARKED = 20
SMOOTH = ("cosine", "one-cycle")  # schedules that end near 0: of them a logarithmic axis would show little but the end


def learning_curves(run: Run | Evidence) -> Figure:
    """Return loss and main metric over the epochs, train with a band of one standard deviation over its batches.

    The loss is on a logarithmic axis when it spans more than two decades. The learning rate is drawn when it changes.
    """
    run = Evidence.of(run).run
    rows = run.rows
    if not rows:
        return message(_("No epoch has been trained yet."))
    metrics = [name for name in dict.fromkeys(("loss", run.task.main)) if f"train_{name}" in rows[0]]
    rates = column(rows, "lr")
    changes = bool(np.ptp(rates) > 1e-12 * abs(rates[0])) if len(rates) else False
    count = len(metrics) + changes
    drawn, axes = panels(1, count, 1.2 + 3.9 * count, 3.5)
    best = run.metrics["best_epoch"] if run.finished and run.metrics.get("stopped_early") else None
    for panel, name in zip(axes[0], metrics, strict=False):
        _metric(panel, rows, name, best)
    if changes:
        _rates(axes[0, -1], rows, smooth=run.recipe.fit.schedule in SMOOTH)
    return drawn


def two_measures(seen: Evidence) -> str:
    """Return what a caption says of layers that work differently in training and in use; nothing without them.

    Such are batch normalisation, which takes mean and variance of the batch or those of all batches so far, and
    dropout. Layers that are frozen as a whole work as in use throughout.
    """
    if seen.lacks:
        return ""
    still = resting(seen.net, matching(seen.net, seen.run.recipe.fit.frozen))
    modules = [module for module in seen.net.modules() if module not in still]
    kinds = {
        _("batch normalisation"): any(isinstance(m, nn.modules.batchnorm._BatchNorm) for m in modules),
        _("dropout"): any(isinstance(m, nn.modules.dropout._DropoutNd) and m.p > 0 for m in modules),
    }
    named = [kind for kind, there in kinds.items() if there]
    if not named:
        return ""
    sentence = _(
        "The net has {layers}: in training it computes otherwise than in use. These curves show train as measured in "
        "training, the table of metrics shows it as in use, so that they differ."
    )
    return " " + sentence.format(layers=_(" and ").join(named))


def column(rows: Sequence[dict[str, float]], name: str) -> np.ndarray:
    """Return a column of a history, `(rows,)`; NaN where a row has none."""
    return np.array([row.get(name, np.nan) for row in rows], dtype=float)


def band(rows: Sequence[dict[str, float]], name: str) -> tuple[np.ndarray, np.ndarray]:
    """Return the lower and upper edge of train's band, mean minus and plus one standard deviation over the batches."""
    mean, std = column(rows, f"train_{name}"), np.nan_to_num(column(rows, f"train_{name}_std"))
    return mean - std, mean + std


def on_epochs(axes: Axes, count: int) -> None:
    """Let an axis of epochs show whole numbers; a single one stands at the left, beside the room for a legend."""
    from matplotlib.ticker import MaxNLocator

    axes.xaxis.set_major_locator(MaxNLocator(integer=True, nbins=6, min_n_ticks=1))
    if count == 1:
        epoch = axes.dataLim.x0
        axes.set_xlim(epoch - 0.15, epoch + 0.85)


def spread(
    axes: Axes, x: np.ndarray, low: np.ndarray, high: np.ndarray, colour: str, alpha: float = 0.15, **options: Any
) -> None:
    """Draw the band from `low` to `high`, at a single `x` as a bar, for a band would have no width."""
    if len(x) == 1:
        axes.vlines(x, low, high, color=colour, alpha=0.4, linewidth=3, zorder=1, **options)
    else:
        axes.fill_between(x, low, high, color=colour, alpha=alpha, linewidth=0, **options)


def dots(count: int) -> dict[str, Any]:
    """Return how to mark the points of a line when they are few: a line of one point could not be seen."""
    return {"marker": "o", "markersize": 4} if count <= MARKED else {}


def _metric(axes: Axes, rows: Sequence[dict[str, float]], name: str, best: int | None) -> None:
    epochs, train, valid = (column(rows, key) for key in ("epoch", f"train_{name}", f"valid_{name}"))
    marker = dots(len(rows))
    axes.plot(epochs, train, color=BLUE, linewidth=1.6, label=_("train"), **marker)
    if np.isfinite(valid).any():
        axes.plot(epochs, valid, color=VERMILION, linewidth=1.6, linestyle="--", label=_("validation"), **marker)
    logarithmic = name == "loss" and spans_decades(np.concatenate([train, valid]))
    _band(axes, rows, name, logarithmic)
    title = metric_name(name)
    dress(axes, title[:1].upper() + title[1:], _("epoch"), "")
    if logarithmic:
        axes.set_yscale("log")
    if is_share(name):
        as_percent(axes)
    if best is not None:
        axes.axvline(best, color=MUTED, linewidth=1, linestyle=":", label=_("best epoch ({epoch})").format(epoch=best))
    infinite = epochs[~np.isfinite(train)]
    if len(infinite) and np.isfinite(train).any():
        axes.axvline(infinite[0], color=BLACK, linewidth=1, linestyle="-.", label=_("infinite from here on"))
    on_epochs(axes, len(rows))
    legend(axes, loc="best")


def _band(axes: Axes, rows: Sequence[dict[str, float]], name: str, logarithmic: bool) -> None:
    low, high = band(rows, name)
    if not (high > low).any():
        return
    low = low.clip(0)
    if is_share(name):
        high = high.clip(max=1)
    if logarithmic:
        low = np.maximum(low, np.nanmin(column(rows, f"train_{name}")) / 3)
    chosen = thinned(len(rows), BAND_POINTS)
    epochs = column(rows, "epoch")[chosen]
    spread(axes, epochs, low[chosen], high[chosen], BLUE, label=_("train ± 1 std"))


def _rates(axes: Axes, rows: Sequence[dict[str, float]], smooth: bool) -> None:
    rates = column(rows, "lr")
    axes.plot(column(rows, "epoch"), rates, color=GREEN, linewidth=1.6, **dots(len(rows)))
    dress(axes, _("Learning rate"), _("epoch"), "")
    if not smooth and spans_decades(rates):
        axes.set_yscale("log")
    on_epochs(axes, len(rows))
