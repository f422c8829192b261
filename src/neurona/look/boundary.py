"""Decision regions: what a classifier answers at every point of a plane of two features."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from contourpy import contour_generator
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from torch import nn

from neurona.data.dataset import SPLITS
from neurona.data.split_names import split_name
from neurona.language import _
from neurona.look.evidence import Evidence, each_class
from neurona.look.style import BLACK, INK, MUTED, PAPER, SMALL, colours, dress, figure, legend, plain, thinned
from neurona.run import Run

SIDE = 200
MARGIN = 0.08
MOST_POINTS = {"train": 1500, "valid": 800, "test": 800}
MOST_CLASSES = 12


@dataclass(frozen=True)
class Regions:
    """What a net answers on a grid.

    Attributes:
        x, y: `(side,)` coordinates, in the units of the features.
        probabilities: `(side, side, classes)`, rows along `y`.
        margins: `(classes, side, side)`, the log-odds of each class against the best other one, 0 on its boundary.
    """

    x: np.ndarray
    y: np.ndarray
    probabilities: np.ndarray
    margins: np.ndarray

    @property
    def extent(self) -> tuple[float, float, float, float]:
        """Left, right, bottom and top."""
        return self.x[0], self.x[-1], self.y[0], self.y[-1]

    def shades(self) -> np.ndarray:
        """Return an image `(side, side, 3)`: the colour of the likeliest class, the stronger the surer the net is."""
        count = self.probabilities.shape[-1]
        sure = (self.probabilities.max(-1, keepdims=True) - 1 / count) / (1 - 1 / count)
        palette = np.array([to_rgb(colour) for colour in colours(count)])
        colour = palette[self.probabilities.argmax(-1)]
        shades: np.ndarray = 1 - (0.06 + 0.44 * np.nan_to_num(sure)) * (1 - colour)
        return shades

    @property
    def height(self) -> float:
        """Height of a panel of width 1: that of the data where both axes have like units, else a square."""
        left, right, bottom, top = self.extent
        ratio = float((top - bottom) / (right - left))
        return ratio if 1 / 3 < ratio < 3 else 1.0


def suits(seen: Evidence) -> bool:
    """Tell whether the run is a classifier of points in a plane."""
    classifies = seen.run.task.name in ("binary", "multiclass") and len(seen.classes) > 1
    return classifies and len(seen.numbers) == 2


def regions(seen: Evidence, net: nn.Module | None = None, side: int = SIDE) -> Regions:
    """Return what `net` (the trained one when None) answers on a grid of `side` by `side` points around the data."""
    points = np.concatenate([seen.in_units(seen.split(split).x) for split in SPLITS])
    low, high = points.min(0), points.max(0)
    room = np.where(high > low, MARGIN * (high - low), 1.0)
    x, y = (np.linspace(low[i] - room[i], high[i] + room[i], side) for i in (0, 1))
    grid = np.stack(np.meshgrid(x, y), axis=-1).reshape(-1, 2)
    answers, margins = _answers(seen, grid, seen.net if net is None else net)
    return Regions(x, y, answers.reshape(side, side, -1), margins.T.reshape(-1, side, side))


def _answers(seen: Evidence, grid: np.ndarray, net: nn.Module) -> tuple[np.ndarray, np.ndarray]:
    """Return the probability and the margin of each class, `(n, classes)` both.

    Margins are log-odds, smooth where probabilities jump from 0 to 1, so that the boundary is smooth too. For the same
    reason those of a perceptron are taken before its step.
    """
    task = seen.run.task
    with torch.inference_mode():
        parts = (seen.run.inputs.prepare(part) for part in torch.split(seen.encoded(grid), 8192))
        outputs = [task.forward(net, part) for part in parts]
        answers = each_class(torch.cat([task.answer(part) for part in outputs]).numpy())
        soft = each_class(torch.cat(outputs).sigmoid().numpy()) if task.loss_name == "perceptron" else answers
    return answers, log_odds(soft)


def log_odds(probabilities: np.ndarray) -> np.ndarray:
    """Return `log p_k - max of log p_j, j != k` for each class, `(n, classes)`."""
    logs = np.log(probabilities.astype(np.float64).clip(1e-7, 1.0))
    ranked = np.sort(logs, axis=-1)
    others = np.where(logs == ranked[:, -1:], ranked[:, -2:-1], ranked[:, -1:])
    odds: np.ndarray = logs - others
    return odds


def decision_regions(run: Run | Evidence) -> Figure:
    """Return the class probabilities as shades, the boundary as a line, and train and test points; errors are ringed.

    Raises:
        InputError: the figure does not suit the run, or its data or net are not to be had.
    """
    seen = Evidence.of(run, suits)
    found = regions(seen)
    drawn = figure(7.4, float(np.clip(0.7 + 5.0 * found.height, 3.2, 6.4)))
    axes = drawn.subplots()
    fill(axes, found)
    rings = [_points(axes, seen, split) for split in shown(seen)]
    name_axes(axes, seen)
    legend(axes, handles=_entries(seen, any(rings)), loc="upper left", bbox_to_anchor=(1.01, 1.0), borderaxespad=0)
    return drawn


def shown(seen: Evidence) -> list[str]:
    """Return the splits whose points are drawn: train, and the one that the net is judged by."""
    return list(dict.fromkeys(("train", seen.judged)))


def fill(axes: Axes, found: Regions) -> None:
    """Draw the shades and the boundary."""
    axes.imshow(found.shades(), origin="lower", extent=found.extent, aspect="auto", interpolation="bilinear", zorder=0)
    outline(axes, found)
    frame(axes, found)


def frame(axes: Axes, found: Regions) -> None:
    """Set the limits and the shape of axes."""
    left, right, bottom, top = found.extent
    axes.set(xlim=(left, right), ylim=(bottom, top))
    axes.set_box_aspect(found.height)


def outline(axes: Axes, found: Regions | None = None) -> LineCollection:
    """Draw the boundary between the classes; without regions, return the lines that are yet to be given segments."""
    lines = LineCollection(boundaries(found) if found else [], colors=[INK], linewidths=1.3, zorder=2)
    axes.add_collection(lines, autolim=False)
    return lines


def boundaries(found: Regions) -> list[np.ndarray]:
    """Return lines, each `(points, 2)`, where the two likeliest classes are equally likely."""
    present = [margin for margin in found.margins if margin.min() < 0 < margin.max()]
    # The margin of one of two classes is minus that of the other: one line is enough.
    parted = present[:1] if len(found.margins) == 2 else present
    return [np.asarray(line) for margin in parted for line in contour_generator(found.x, found.y, margin).lines(0.0)]


def name_axes(axes: Axes, seen: Evidence, title: str = "") -> None:
    """Name the two features beside the axes."""
    first, second = (plain(name, 40) for name in seen.called(number.name for number in seen.numbers))
    dress(axes, title, first, second, rules=False)


def _points(axes: Axes, seen: Evidence, split: str) -> bool:
    """Draw the points of a split and rings around the wrong ones; tell whether there was a wrong one."""
    points, truth = seen.in_units(seen.split(split).x), seen.truth(split)
    wrong = np.flatnonzero(seen.predicted(split) != truth)
    chosen = thinned(len(points), MOST_POINTS[split])
    marker, size = ("o", 13) if split == "train" else ("D", 24)
    palette = np.array(colours(len(seen.classes)))
    edge = PAPER if split == "train" else BLACK
    x, y = points.T
    drawn: dict[str, Any] = {
        "s": size,
        "c": palette[truth[chosen]],
        "marker": marker,
        "edgecolors": edge,
        "linewidths": 0.6,
    }
    axes.scatter(x[chosen], y[chosen], **drawn, zorder=3)
    ringed = wrong[thinned(len(wrong), MOST_POINTS[split])]
    axes.scatter(x[ringed], y[ringed], s=60, facecolors="none", edgecolors=BLACK, linewidths=1.1, zorder=4)
    return len(ringed) > 0


def small_points(axes: Axes, seen: Evidence, most: int = 300) -> None:
    """Draw some points of the judged split, for a small panel."""
    split = seen.judged
    points, truth = seen.in_units(seen.split(split).x), seen.truth(split)
    chosen = thinned(len(points), most)
    palette = np.array(colours(len(seen.classes)))
    x, y = points[chosen].T
    axes.scatter(x, y, s=9, c=palette[truth[chosen]], edgecolors=PAPER, linewidths=0.4, zorder=3)


def name_classes(drawn: Figure, seen: Evidence) -> None:
    """Say above the panels of a figure which colour is which class."""
    entries = _classes(seen)
    columns = int(drawn.get_figwidth() / (0.6 + 0.09 * max(len(str(entry.get_label())) for entry in entries)))
    style: dict[str, Any] = {"ncols": max(1, columns), "fontsize": SMALL, "labelcolor": INK, "frameon": False}
    drawn.legend(handles=entries, loc="outside upper left", **style)


def _classes(seen: Evidence) -> list[Line2D | Patch]:
    classes = seen.classes
    named = list(zip(classes, colours(len(classes)), strict=True))[:MOST_CLASSES]
    entries: list[Line2D | Patch] = [Patch(facecolor=colour, label=plain(name, 24)) for name, colour in named]
    if len(classes) > MOST_CLASSES:
        entries.append(Patch(facecolor="none", label=_("… and {count} more").format(count=len(classes) - MOST_CLASSES)))
    return entries


def _entries(seen: Evidence, rings: bool) -> list[Line2D | Patch]:
    entries = _classes(seen)
    for split in shown(seen):
        entries.append(_mark("o" if split == "train" else "D", split_name(split), MUTED))
    if rings:
        entries.append(_mark("o", _("misclassified"), "none", 8))
    return [*entries, Line2D([], [], color=INK, linewidth=1.3, label=_("boundary"))]


def _mark(marker: str, label: str, face: str, size: float = 6) -> Line2D:
    edge = BLACK if face == "none" or marker == "D" else PAPER
    drawn: dict[str, Any] = {"marker": marker, "markersize": size, "markerfacecolor": face, "markeredgecolor": edge}
    return Line2D([], [], linestyle="none", label=label, **drawn)
