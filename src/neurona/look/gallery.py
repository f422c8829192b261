"""The activation gallery: each function and its derivative."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from neurona.language import _
from neurona.look.style import BLUE, BODY, INK, MUTED, RULE, VERMILION, dress, panels
from neurona.nets import ACTIVATIONS, activation

COLUMNS = 4
LEAST = 3.4  # inches, for the legend
REACH = 4.0
WRAP = 34


def varied(vary: Mapping[str, Any]) -> list[str]:
    """Return the names of the activations among what a recipe varies; empty when it varies none."""
    found: list[str] = []
    for key in ("net.activation", "net.activations"):
        for value in vary.get(key, []):
            found += value if isinstance(value, list) else [value]
    return [name for name in dict.fromkeys(found) if name in ACTIVATIONS]


def activations(names: Sequence[str] | None = None) -> Figure:
    """Return a panel for each activation: function solid, derivative (by autograd) dashed, formula below.

    Args:
        names: which; None for all.

    Raises:
        InputError: there is none of that name.
    """
    chosen = list(names) if names is not None else [entry.name for entry in ACTIVATIONS]
    columns = 3 if len(chosen) in (5, 6, 9) else min(COLUMNS, len(chosen))
    rows = -(-len(chosen) // columns)
    drawn, axes = panels(rows, columns, max(2.45 * columns, LEAST), 0.35 + 2.4 * rows, sharex=True, sharey=True)
    for panel, name in zip(axes.flat, chosen, strict=False):
        _panel(panel, name)
    for panel in axes.flat[len(chosen) :]:
        panel.set_axis_off()
    for panel in axes.flat[len(chosen) - columns : len(chosen)]:  # there may be none below
        panel.tick_params(labelbottom=True)
    function = Line2D([], [], color=BLUE, linewidth=2, label=_("function"))
    derivative = Line2D([], [], color=VERMILION, linewidth=2, linestyle="--", label=_("derivative"))
    style: dict[str, Any] = {"ncols": 2, "fontsize": BODY, "labelcolor": INK, "frameon": False}
    drawn.legend(handles=[function, derivative], loc="outside upper left", **style)
    return drawn


def curve(name: str, x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return an activation and its derivative, by autograd, at the points `x`, `(n,)` each."""
    point = torch.from_numpy(np.asarray(x, dtype=np.float64)).requires_grad_()
    value = activation(name)(point)
    (slope,) = torch.autograd.grad(value.sum(), point, allow_unused=True)
    return value.detach().numpy(), np.zeros(len(point)) if slope is None else slope.numpy()


def _panel(axes: Axes, name: str) -> None:
    x = np.linspace(-REACH, REACH, 400)
    value, slope = curve(name, x)
    dress(axes, name)
    axes.axhline(0, color=RULE, linewidth=1.2)
    axes.axvline(0, color=RULE, linewidth=1.2)
    axes.plot(x, slope, color=VERMILION, linewidth=1.6, linestyle="--")
    axes.plot(x, value, color=BLUE, linewidth=1.8)
    axes.set(ylim=(-2.2, 2.6), xlim=(-REACH, REACH))
    formula = "\n".join(textwrap.wrap(_(ACTIVATIONS[name].summary), WRAP))
    axes.set_xlabel(formula, fontsize=8, color=MUTED, loc="left")
