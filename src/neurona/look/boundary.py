"""Decision regions: what a classifier answers at every point of a plane of two features."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from torch import nn

from neurona.language import _
from neurona.look.evidence import Evidence, each_class
from neurona.look.style import BLACK, INK, MUTED, PAPER, colours, dress, figure, legend, plain, thinned
from neurona.look.words import split_name
from neurona.run import Run

SIDE = 200
MARGIN = 0.08
MOST_POINTS = {"train": 1500, "valid": 800, "test": 800}
MOST_CLASSES = 12
EXTENT = tuple[float, float, float, float]


@dataclass(frozen=True)
class Regions:
    """What a net answers on a grid.

    Attributes:
        x, y: `(side,)` coordinates, in the units of the features.
        probabilities: `(side, side, classes)`, rows along `y`.
    """

    x: np.ndarray
    y: np.ndarray
    probabilities: np.ndarray

    @property
    def extent(self) -> EXTENT:
        """Left, right, bottom and top."""
        return self.x[0], self.x[-1], self.y[0], self.y[-1]

    def shades(self) -> np.ndarray:
        """Return an image `(side, side, 3)`: the colour of the likeliest class, the stronger the surer the net is."""
        count = self.probabilities.shape[-1]
        sure = (self.probabilities.max(-1, keepdims=True) - 1 / count) / (1 - 1 / count)
        palette = np.array([to_rgb(colour) for colour in colours(count)])
        colour = palette[self.probabilities.argmax(-1)]
        return 1 - (0.06 + 0.44 * np.nan_to_num(sure)) * (1 - colour)

    def margins(self) -> np.ndarray:
        """Return `(classes, side, side)`: the log-odds of each class against the best other one, 0 on its boundary.

        Log-odds change smoothly where probabilities jump from 0 to 1, so that contours of them are smooth too.
        """
        logs = np.log(self.probabilities.clip(1e-7, 1.0)).astype(np.float64)
        ranked = np.sort(logs, axis=-1)
        best, second = ranked[..., -1:], ranked[..., -2:-1]
        others = np.where(logs == best, second, best)
        return np.moveaxis(logs - others, -1, 0)


def suits(seen: Evidence) -> bool:
    """Tell whether the run is a classifier of points in a plane."""
    return seen.run.task.name in ("binary", "multiclass") and len(seen.numbers) == 2 and len(seen.run.target.classes) > 1


def regions(seen: Evidence, net: nn.Module | None = None, side: int = SIDE) -> Regions:
    """Return what `net` (the trained one when None) answers on a grid of `side` by `side` points around the data."""
    points = np.concatenate([seen.in_units(seen.split(split).x) for split in ("train", "valid", "test")])
    low, high = points.min(0), points.max(0)
    room = np.where(high > low, MARGIN * (high - low), 1.0)
    x, y = (np.linspace(low[i] - room[i], high[i] + room[i], side) for i in (0, 1))
    grid = np.stack(np.meshgrid(x, y), axis=-1).reshape(-1, 2)
    answers = each_class(seen.run.answer(seen.encoded(grid), seen.net if net is None else net).numpy())
    return Regions(x, y, answers.reshape(side, side, -1))


def decision_regions(run: Run | Evidence) -> Figure:
    """Return the class probabilities as shades, the boundary as a line, and train and test points; errors are ringed.

    Raises:
        InputError: data or net of the run are not to be had.
    """
    seen = Evidence.of(run)
    drawn = figure(7.4, 5.4)
    axes = drawn.subplots()
    fill(axes, regions(seen))
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
    left, right, bottom, top = found.extent
    alike = 1 / 3 < (right - left) / (top - bottom) < 3
    axes.set_aspect("equal" if alike else "auto")
    axes.set(xlim=(left, right), ylim=(bottom, top))


def outline(axes: Axes, found: Regions) -> list[object]:
    """Draw the boundary between the classes, where the two likeliest are equally likely; return what was drawn."""
    margins = found.margins()
    present = [margin for margin in margins if margin.min() < 0 < margin.max()]
    # The margin of one of two classes is minus that of the other: one line is enough.
    lines = present[:1] if len(margins) == 2 else present
    return [axes.contour(found.x, found.y, m, levels=[0.0], colors=[INK], linewidths=1.3, zorder=2) for m in lines]


def name_axes(axes: Axes, seen: Evidence, title: str = "") -> None:
    """Name the two features beside the axes."""
    first, second = (plain(number.name, 40) for number in seen.numbers)
    dress(axes, title, first, second, rules=False)


def _points(axes: Axes, seen: Evidence, split: str) -> bool:
    """Draw the points of a split and rings around the wrong ones; tell whether there was a wrong one."""
    points, truth = seen.in_units(seen.split(split).x), seen.truth(split)
    wrong = np.flatnonzero(seen.predicted(split) != truth)
    chosen = thinned(len(points), MOST_POINTS[split])
    marker, size = ("o", 13) if split == "train" else ("D", 24)
    palette = np.array(colours(len(seen.run.target.classes)))
    edge = PAPER if split == "train" else BLACK
    axes.scatter(*points[chosen].T, s=size, c=palette[truth[chosen]], marker=marker, edgecolors=edge, linewidths=0.6, zorder=3)
    ringed = wrong[thinned(len(wrong), MOST_POINTS[split])]
    axes.scatter(*points[ringed].T, s=85, facecolors="none", edgecolors=BLACK, linewidths=1.3, zorder=4)
    return len(ringed) > 0


def _entries(seen: Evidence, rings: bool) -> list[Line2D | Patch]:
    classes = seen.run.target.classes
    named = list(zip(classes, colours(len(classes)), strict=True))[:MOST_CLASSES]
    entries: list[Line2D | Patch] = [Patch(facecolor=colour, label=plain(name, 24)) for name, colour in named]
    if len(classes) > MOST_CLASSES:
        entries.append(Patch(facecolor="none", label=_("… and {count} more").format(count=len(classes) - MOST_CLASSES)))
    for split in shown(seen):
        entries.append(_mark("o" if split == "train" else "D", split_name(split), MUTED))
    if rings:
        entries.append(_mark("o", _("misclassified"), "none", 9))
    return [*entries, Line2D([], [], color=INK, linewidth=1.3, label=_("boundary"))]


def _mark(marker: str, label: str, face: str, size: float = 6) -> Line2D:
    edge = BLACK if face == "none" or marker == "D" else PAPER
    return Line2D(
        [], [], linestyle="none", marker=marker, markersize=size, markerfacecolor=face, markeredgecolor=edge, label=label
    )
