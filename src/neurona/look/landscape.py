"""The loss around a trained net, as contours and as a surface, and the path that training took."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LogNorm, Normalize
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from torch import nn

from neurona.data.split_names import split_name
from neurona.landscape import FACTS, Landscape, Survey
from neurona.language import _
from neurona.look.evidence import Evidence
from neurona.look.style import (
    BLACK,
    INK,
    MUTED,
    PAPER,
    PURPLE,
    RULE,
    SMALL,
    VERMILION,
    dress,
    entitle,
    figure,
    message,
    spans_decades,
)
from neurona.look.words import number, percent
from neurona.run import Run

COLOURS = "Blues_r"
LEVELS = 20
DECADES_OF_LOGARITHM = 1.2
MOST_DECADES = 8.0
"""More powers of ten are not told apart: an explosion at the edge would hide all the rest."""


def loss_landscape(
    run: Run | Evidence,
    *,
    directions: str = "random",
    steps: int = 25,
    span: float = 1.0,
    samples: int = 1000,
    split: str = "train",
    seed: int = 0,
    module: nn.Module | None = None,
    device: str = "auto",
) -> Figure:
    """Return the loss around the trained weights as contours and as a surface, with the path of training on them.

    It evaluates the net `steps^2` times on `samples` samples; see `neurona.landscape.Survey` for what each argument
    means, and to follow the evaluation row by row.

    Raises:
        InputError: an argument is wrong, data or net of the run are not to be had, or its task has two players.
    """
    survey = Survey(
        Evidence.of(run).run,
        directions=directions,
        steps=steps,
        span=span,
        samples=samples,
        split=split,
        seed=seed,
        module=module,
        device=device,
    )
    return draw(survey.landscape)


def suits(seen: Evidence) -> bool:
    """Tell whether the landscape of the run has been computed and written into its directory."""
    return (seen.run.path / FACTS).is_file()


def of_run(seen: Evidence) -> Figure:
    """Return the figure of the landscape that was written into the directory of the run.

    Raises:
        InputError: it cannot be read.
    """
    return draw(Landscape.read(seen.run.path))


def draw(found: Landscape) -> Figure:
    """Return the figure of a landscape."""
    if not np.isfinite(found.losses).any():
        return message(_("The loss is infinite everywhere around the trained weights."))
    scale = Scale(found.losses)
    drawn = figure(13.2, 5.6)
    grid = drawn.add_gridspec(1, 2, width_ratios=(1.0, 1.05))
    contours = drawn.add_subplot(grid[0])
    _contours(contours, found, scale)
    _surface(drawn.add_subplot(grid[1], projection="3d", computed_zorder=False), found, scale)
    settings: dict[str, Any] = {"fontsize": SMALL, "labelcolor": INK, "edgecolor": RULE}
    drawn.legend(*contours.get_legend_handles_labels(), loc="outside lower center", ncols=3, **settings)
    return drawn


class Scale:
    """How losses become heights and colours: on a logarithmic scale where they span more than a power of ten.

    Attributes:
        low, high: the losses between which colours and heights differ.
        logarithmic: whether heights are powers of ten.
        levels: the losses of the contours.
    """

    def __init__(self, losses: np.ndarray) -> None:
        finite = losses[np.isfinite(losses)]
        self.low, self.high = float(finite.min()), float(finite.max())
        self.logarithmic = spans_decades(finite, DECADES_OF_LOGARITHM)
        if self.logarithmic:
            half = 10 ** (MOST_DECADES / 2)
            self.high = min(self.high, float(np.median(finite)) * half)
            self.low = max(self.low, self.high / half**2)
        elif self.high - self.low <= 1e-6 * abs(self.high):  # a plain: contours need some height
            self.high = self.low + max(1e-6, 1e-3 * abs(self.low))
        between = np.geomspace if self.logarithmic else np.linspace
        self.levels = between(self.low, self.high, LEVELS)
        # Rounding must not leave the lowest point, or the highest, without a colour.
        self.levels[0], self.levels[-1] = self.low, self.high

    @property
    def norm(self) -> Normalize:
        """How losses become colours."""
        return (LogNorm if self.logarithmic else Normalize)(self.low, self.high)

    def cut(self, losses: np.ndarray) -> np.ndarray:
        """Return losses with those beyond the highest level brought down to it, and NaN where they are not finite."""
        return np.where(np.isfinite(losses), np.clip(losses, self.low, self.high), np.nan)

    def heights(self, losses: np.ndarray) -> np.ndarray:
        """Return how high the surface is."""
        kept = self.cut(losses)
        heights: np.ndarray = np.log10(kept) if self.logarithmic else kept
        return heights

    def ticks(self) -> list[float]:
        """Return losses to write beside the scale."""
        if not self.logarithmic:
            return _within(MaxNLocator(6).tick_values(self.low, self.high), self.low, self.high)
        first, last = np.floor(np.log10(self.low)), np.ceil(np.log10(self.high))
        spread = (1, 3) if last - first <= 4 else (1,)
        powers = np.arange(first, last + 1, max(1, round((last - first) / 7)))
        return _within([part * 10.0**power for power in powers for part in spread], self.low, self.high)


def _within(ticks: Iterable[float], low: float, high: float) -> list[float]:
    return [float(tick) for tick in ticks if low <= tick <= high]


def _contours(axes: Axes, found: Landscape, scale: Scale) -> None:
    losses = np.ma.masked_invalid(scale.cut(found.losses))
    options: dict[str, Any] = {"levels": scale.levels, "norm": scale.norm}
    filled = axes.contourf(found.x, found.y, losses, cmap=COLOURS, **options)
    axes.contour(found.x, found.y, losses, colors=PAPER, linewidths=0.6, alpha=0.7, **options)
    bar = axes.figure.colorbar(filled, ax=axes, pad=0.02, shrink=0.92)
    bar.ax.tick_params(labelsize=SMALL, colors=MUTED, labelcolor=INK, length=3)
    bar.outline.set_edgecolor(MUTED)
    bar.set_ticks(scale.ticks(), labels=[f"{tick:g}" for tick in scale.ticks()])
    bar.ax.minorticks_off()
    bar.set_label(_("loss (logarithmic)") if scale.logarithmic else _("loss"), fontsize=SMALL, color=INK)
    if len(found.path):
        axes.plot(*found.path.T, color=VERMILION, linewidth=1.6, marker="o", markersize=3.2, label=_path_name(found))
        if found.epochs[0] == 0:
            axes.plot(*found.path[0], **_mark("s", PURPLE, 7), label=_("start"))
    end = _("trained weights, loss {loss} ({split}, {count} samples)")
    values = {"loss": number(found.centre), "split": split_name(found.split), "count": number(found.samples)}
    axes.plot(0, 0, **_mark("*", BLACK, 13), label=end.format(**values))
    dress(axes, _("Loss around the trained weights"), *_axis_names(found), rules=False)
    axes.set(xlim=(found.x[0], found.x[-1]), ylim=(found.y[0], found.y[-1]))
    axes.set_box_aspect(1)


def _surface(axes: Any, found: Landscape, scale: Scale) -> None:
    from scipy.interpolate import RegularGridInterpolator

    heights = scale.heights(found.losses)
    x, y = np.meshgrid(found.x, found.y)
    options: dict[str, Any] = {"cmap": COLOURS, "rcount": len(found.y), "ccount": len(found.x), "zorder": 1}
    axes.plot_surface(x, y, heights, linewidth=0.25, edgecolor=(1, 1, 1, 0.5), antialiased=True, **options)
    surface = RegularGridInterpolator((found.y, found.x), heights, bounds_error=False, fill_value=np.nan)
    if len(found.path):
        points = _between(found.path)
        axes.plot(*points.T, surface(points[:, ::-1]), color=VERMILION, linewidth=1.8, zorder=3)
        if found.epochs[0] == 0:
            axes.plot(*found.path[:1].T, surface(found.path[:1, ::-1]), **_mark("s", PURPLE, 6))
    axes.plot([0], [0], surface([[0.0, 0.0]]), **_mark("*", BLACK, 12))
    entitle(axes, _("The same as a surface"))
    for axis, name in zip((axes.xaxis, axes.yaxis, axes.zaxis), (*_axis_letters(found), _("loss")), strict=True):
        axis.set_label_text(name, fontsize=SMALL, color=INK)
        axis.set_pane_color((1, 1, 1, 0))
        axis.line.set_color(MUTED)
    axes.tick_params(labelsize=SMALL - 1, colors=MUTED, labelcolor=INK)
    axes.grid(visible=False)
    axes.set_zticks(scale.heights(np.array(scale.ticks())), labels=[f"{tick:g}" for tick in scale.ticks()])
    axes.set(xlim=(found.x[0], found.x[-1]), ylim=(found.y[0], found.y[-1]))
    axes.xaxis.set_major_locator(MaxNLocator(5))
    axes.yaxis.set_major_locator(MaxNLocator(5))
    axes.view_init(elev=46, azim=_azimuth(heights))
    axes.set_box_aspect((1, 1, 0.7), zoom=0.95)


def _azimuth(heights: np.ndarray) -> float:
    """Return the angle from which the surface is seen over its lowest quarter, which hides least of the rest."""
    solid, half = np.where(np.isfinite(heights), heights, np.nanmax(heights)), len(heights) // 2
    quarters = {
        -58.0: solid[:half, -half:],
        32.0: solid[-half:, -half:],
        122.0: solid[-half:, :half],
        212.0: solid[:half, :half],
    }
    return min(quarters, key=lambda azimuth: float(quarters[azimuth].mean()))


def _between(path: np.ndarray, parts: int = 12) -> np.ndarray:
    """Return the path with points between its points, so that it follows the surface."""
    places = np.arange(len(path))
    finer = np.linspace(0, len(path) - 1, parts * (len(path) - 1) + 1)
    return np.column_stack([np.interp(finer, places, column) for column in path.T])


def _mark(marker: str, colour: str, size: float) -> dict[str, Any]:
    edge = {"markeredgecolor": PAPER, "markeredgewidth": 0.8}
    return {"marker": marker, "color": colour, "markersize": size, "linestyle": "none", "zorder": 4, **edge}


def _path_name(found: Landscape) -> str:
    name = _("path of training, {share} of its variance")
    return name.format(share=percent(found.explained))


def _axis_names(found: Landscape) -> tuple[str, str]:
    if found.directions == "random":
        name = _("random direction {number} (1 = the length of each filter)")
        return name.format(number=1), name.format(number=2)
    name = _("principal component {number} of the path ({share} of its variance)")
    first, second = (percent(share) for share in found.shares)
    return name.format(number=1, share=first), name.format(number=2, share=second)


def _axis_letters(found: Landscape) -> tuple[str, str]:
    name = _("direction {number}") if found.directions == "random" else _("component {number}")
    return name.format(number=1), name.format(number=2)
