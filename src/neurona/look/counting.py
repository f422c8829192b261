"""The two weights of a linear recurrent unit over training, its loss, and the way between."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch

from neurona.language import _
from neurona.look.curves import column, dots, on_epochs
from neurona.look.evidence import Evidence
from neurona.look.style import BLACK, BLUE, MUTED, PURPLE, VERMILION, dress, legend, panels, plain_ticks, spans_decades
from neurona.nets import LinearRecurrent
from neurona.run import Run

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

ROOM = 0.35
FAR = 4.0
"""Weights beyond -4 to 4 leave the picture: after an explosion nothing else could be seen."""
GRID = 121
CONTOURS = 18
SMALLEST, LARGEST = 0.1, 2000.0
"""The losses between which contours are drawn: the surface goes from 0 to 1e30."""


def suits(seen: Evidence) -> bool:
    """Tell whether the run is one of a linear recurrent unit that kept its weights over training."""
    return isinstance(seen.net, LinearRecurrent) and len(seen.run.snapshots()) > 1


def counting_weights(run: Run | Evidence) -> Figure:
    """Return U and W over the epochs, the loss, and the way of the weights over the loss surface.

    Raises:
        InputError: the figure does not suit the run, or its data or net are not to be had.
    """
    seen = Evidence.of(run, suits)
    epochs, weights = path_of(seen)
    drawn, axes = panels(1, 3, 13.2, 4.5)
    _weights(axes[0, 0], epochs, weights)
    _loss(axes[0, 1], seen)
    _surface(axes[0, 2], seen, weights)
    return drawn


def path_of(seen: Evidence) -> tuple[np.ndarray, np.ndarray]:
    """Return the epochs, `(k,)`, and U and W after them, `(k, 2)`; the start, epoch 0, comes first."""
    snapshots = seen.run.snapshots()
    start = seen.run.recipe.net
    rows = [[float(start.get("u", 0.0)), float(start.get("w", 0.0))]]
    rows += [[float(state["u"]), float(state["w"])] for _epoch, state in snapshots]
    return np.array([0, *(epoch for epoch, _state in snapshots)]), np.array(rows)


def _weights(axes: Axes, epochs: np.ndarray, weights: np.ndarray) -> None:
    for values, name, colour, line in zip(weights.T, "UW", (BLUE, VERMILION), ("-", "--"), strict=True):
        near = np.where(np.abs(values) <= 2 * FAR, values, np.nan)
        axes.plot(epochs, near, color=colour, linestyle=line, linewidth=1.8, label=name)
    axes.axhline(1, color=MUTED, linewidth=1, linestyle=":", label=_("U = W = 1 counts"))
    inside = weights[np.abs(weights) <= FAR]
    axes.set_ylim(min(inside.min(), 0) - ROOM, max(inside.max(), 1) + ROOM)
    lost = np.flatnonzero(~(np.abs(weights) <= FAR).all(1))
    if len(lost):
        axes.axvline(epochs[lost[0]], color=BLACK, linewidth=1, linestyle="-.", label=_explosion(epochs[lost[0]]))
    dress(axes, _("Weights"), _("epoch"), "")
    on_epochs(axes, len(epochs))
    _legend_below(axes)


def _explosion(epoch: int) -> str:
    return _("explosion, epoch {epoch}").format(epoch=epoch)


def _loss(axes: Axes, seen: Evidence) -> None:
    rows = seen.run.rows
    epochs, losses = column(rows, "epoch"), column(rows, "train_loss")
    finite = np.isfinite(losses)
    axes.plot(epochs[finite], losses[finite], color=BLUE, linewidth=1.8, **dots(len(rows)))
    if not finite.all():
        axes.axvline(epochs[~finite][0], color=BLACK, linewidth=1, linestyle="-.", label=_("infinite from here on"))
    dress(axes, _("Loss (squared error)"), _("epoch"), "")
    _scale(axes, losses[finite])
    on_epochs(axes, len(rows))
    _legend_below(axes)


def _scale(axes: Axes, losses: np.ndarray) -> None:
    """Let the axis of the losses have few and plain numbers, and be logarithmic where they span a decade."""
    from matplotlib.ticker import MaxNLocator, NullFormatter

    if not spans_decades(losses, 1.0):
        axes.yaxis.set_major_locator(MaxNLocator(nbins=5))
        axes.yaxis.set_major_formatter(lambda value, _place: f"{value:g}")
        return
    axes.set_yscale("log")
    if spans_decades(losses, 3.0):
        axes.yaxis.set_minor_formatter(NullFormatter())
    else:
        plain_ticks(axes.yaxis)


def _legend_below(axes: Axes) -> None:
    """Add the legend below the axes, where it covers nothing."""
    legend(axes, loc="upper center", bbox_to_anchor=(0.5, -0.17), ncols=2, columnspacing=1.2, handlelength=1.6)


def _surface(axes: Axes, seen: Evidence, weights: np.ndarray) -> None:
    inside = weights[(np.abs(weights) <= FAR).all(1)]
    low, high = np.minimum(inside.min(0), 0.5) - ROOM, np.maximum(inside.max(0), 1.2) + ROOM
    u, w = np.linspace(low[0], high[0], GRID), np.linspace(low[1], high[1], GRID)
    heights = np.log10(losses(seen.split("train").x, seen.split("train").y, u, w) + SMALLEST)
    levels = np.linspace(max(np.log10(SMALLEST), heights.min()), np.log10(LARGEST), CONTOURS)
    axes.contourf(u, w, heights, levels, cmap="Blues_r", extend="both")
    axes.contour(u, w, heights, levels, colors="white", linewidths=0.5, alpha=0.6)
    axes.plot(*inside.T, color=VERMILION, linewidth=1.6, marker=".", markersize=3, label=_("the way of the weights"))
    axes.plot(*inside[0], color=PURPLE, marker="s", linestyle="none", label=_("start"))
    axes.plot(1, 1, color=BLACK, marker="*", markersize=11, linestyle="none", label=_("U = W = 1"))
    dress(axes, _("Loss surface (logarithm)"), "U", "W", rules=False)
    _legend_below(axes)


def losses(x: torch.Tensor, y: torch.Tensor, u: np.ndarray, w: np.ndarray) -> np.ndarray:
    """Return the mean squared error for each pair of weights, `(len(w), len(u))`: `x` `(n, t, 1)`, `y` `(n, 1)`.

    The last state is `u times the sum of w^(T-t) x_t`, a product, so that the sum is needed for each w alone.
    """
    found = []
    for weight in torch.from_numpy(w):
        state = torch.zeros(len(x), dtype=torch.float64)
        for step in x[..., 0].double().unbind(1):
            state = torch.where(step.isnan(), state, state * weight + step)
        found.append((state[:, None] * torch.from_numpy(u) - y.double()).square().mean(0))
    return torch.stack(found).numpy()
