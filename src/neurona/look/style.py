"""How every figure looks: colours that colour-blind people tell apart, lines that print in grey, no global state."""

from __future__ import annotations

import io
import textwrap
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from neurona.look.palette import PALETTE as PALETTE

# Imported by what draws, so that Studio can compute what a view shows without waiting for Matplotlib.
if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.axis import Axis
    from matplotlib.figure import Figure
    from matplotlib.text import Text

BLUE, ORANGE, GREEN, VERMILION, PURPLE, SKY, BLACK, OLIVE = PALETTE
LINES: tuple[Any, ...] = ("-", "--", "-.", ":", (0, (6, 1, 1, 1, 1, 1)), (0, (8, 3)), (0, (3, 1)), (0, (1, 3)))
MARKERS = ("o", "s", "^", "D", "v", "P", "X", "*")
INK, MUTED, RULE, PAPER = "#1f2933", "#5f6b7a", "#e4e7ec", "#ffffff"
DPI = 150
# Of the compression of a PNG file: 6, which is usual, takes twice the time for a file that is a tenth smaller.
LEVEL = 3
BODY, SMALL = 10.0, 9.0
PAD = 0.09
# Of a title; what stands beside axes, in inches, are their numbers.
LETTERS_PER_INCH, LEAST_LETTERS, MOST_LETTERS, BESIDE = 10, 12, 200, 0.6


def figure(width: float, height: float) -> Figure:
    """Return an empty white figure, `width` by `height` inches, that belongs to no window and no global state."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure
    from matplotlib.layout_engine import ConstrainedLayoutEngine

    drawn = Figure(figsize=(width, height), layout=ConstrainedLayoutEngine(w_pad=PAD, h_pad=PAD), facecolor=PAPER)
    FigureCanvasAgg(drawn)
    return drawn


def panels(rows: int, columns: int, width: float, height: float, **options: Any) -> tuple[Figure, np.ndarray]:
    """Return a figure and its axes, `(rows, columns)`."""
    drawn = figure(width, height)
    axes: np.ndarray = drawn.subplots(rows, columns, squeeze=False, **options)
    return drawn, axes


def dress(axes: Axes, title: str = "", x: str = "", y: str = "", *, rules: bool = True) -> None:
    """Give axes their title, labels, colours and faint grid."""
    axes.set_facecolor(PAPER)
    entitle(axes, title)
    axes.set_xlabel(x, fontsize=BODY, color=INK)
    axes.set_ylabel(y, fontsize=BODY, color=INK)
    axes.tick_params(which="both", labelsize=SMALL, colors=MUTED, labelcolor=INK, length=3)
    for side, spine in axes.spines.items():
        spine.set_visible(side in ("left", "bottom"))
        spine.set_color(MUTED)
    axes.set_axisbelow(True)
    axes.grid(visible=False)
    if rules:
        axes.grid(visible=True, color=RULE, linewidth=0.8, linestyle="-")


def entitle(axes: Axes, title: str) -> Text:
    """Write the title of axes, on several lines where it would reach into the next ones, and return it."""
    lines = textwrap.wrap(title, _letters(axes)) if len(title) > _letters(axes) else [title]
    return axes.set_title("\n".join(lines), loc="left", fontsize=BODY + 1, color=INK, fontweight="bold")


def _letters(axes: Axes) -> int:
    """Return how many letters of a title fit over axes, which lie side by side with others in a grid."""
    spec, drawn = axes.get_subplotspec(), axes.get_figure(root=True)
    if spec is None or drawn is None:
        return MOST_LETTERS
    grid = spec.get_gridspec()
    widths: np.ndarray = np.array(grid.get_width_ratios(), dtype=float)
    share = float(widths[spec.colspan.start : spec.colspan.stop].sum() / widths.sum())
    room = float(drawn.get_figwidth()) * share - BESIDE
    return max(LEAST_LETTERS, round(LETTERS_PER_INCH * room))


def legend(axes: Axes, **options: Any) -> None:
    """Add a legend where something in `axes` has a label."""
    handles = options.get("handles") or axes.get_legend_handles_labels()[0]
    if handles:
        settings = {"fontsize": SMALL, "labelcolor": INK, "facecolor": PAPER, "edgecolor": RULE, "framealpha": 0.85}
        axes.legend(**{**settings, **options})


def as_percent(axes: Axes, which: str = "y") -> None:
    """Write the numbers of an axis as per cent."""
    axis = axes.yaxis if which == "y" else axes.xaxis
    axis.set_major_formatter(lambda share, _place: f"{100 * share:.10g} %")


def colours(count: int) -> list[str]:
    """Return `count` different colours: the palette, or steps of a (darkened) wheel when that has too few."""
    if count <= len(PALETTE):
        return list(PALETTE[:count])
    from matplotlib import colormaps
    from matplotlib.colors import to_hex

    wheel = colormaps["turbo"](np.linspace(0.03, 0.97, count))[:, :3]
    return [to_hex(colour) for colour in 0.85 * wheel]


def tint(colour: str, strength: float) -> tuple[float, float, float]:
    """Return `colour` mixed with white: 0 is white, 1 the colour itself."""
    from matplotlib.colors import to_rgb

    red, green, blue = (1 - strength * (1 - part) for part in to_rgb(colour))
    return red, green, blue


def plain_ticks(axis: Axis) -> None:
    """Write the numbers of a logarithmic axis as 0.03, not as a power of ten."""
    from matplotlib.ticker import LogLocator

    axis.set_minor_locator(LogLocator(subs=(2, 5)))
    for formatter in (axis.set_major_formatter, axis.set_minor_formatter):
        formatter(lambda value, _place: f"{value:g}")


def plain(name: str, most: int = 28) -> str:
    """Return a person's name for something so that matplotlib writes it as it stands, cut to `most` letters.

    A dollar would begin a formula, and a leading underscore would leave it out of a legend.
    """
    shown = " ".join(name.split())
    if len(shown) > most:
        shown = shown[: most - 1] + "…"
    shown = shown.replace("$", r"\$")
    return f"\u200b{shown}" if shown.startswith("_") else shown


def thinned(count: int, most: int) -> np.ndarray:
    """Return at most `most` of the numbers 0 to `count - 1`, evenly spread, the first and the last among them."""
    if count <= most:
        return np.arange(count)
    return np.unique(np.linspace(0, count - 1, most).round().astype(int))


def spans_decades(values: Sequence[float] | np.ndarray, decades: float = 2.0) -> bool:
    """Tell whether positive values span more than so many powers of ten, so that a logarithmic axis shows them best."""
    numbers = np.asarray(values, dtype=float)
    numbers = numbers[np.isfinite(numbers)]
    return bool(len(numbers) > 1 and numbers.min() > 0 and np.log10(numbers.max() / numbers.min()) > decades)


def message(text: str, width: float = 6.0, height: float = 2.0) -> Figure:
    """Return a figure that only says something, for when there is nothing to draw."""
    drawn = figure(width, height)
    drawn.text(0.5, 0.5, text, ha="center", va="center", fontsize=BODY, color=MUTED, wrap=True)
    return drawn


def png(drawn: Figure, dpi: int = DPI) -> bytes:
    """Return a figure as a PNG file."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from PIL import Image

    drawn.set_dpi(dpi)
    canvas = FigureCanvasAgg(drawn)
    # As `savefig` does, but without a first round of drawing for the layout alone.
    canvas.draw()  # type: ignore[no-untyped-call]
    buffer = io.BytesIO()
    picture = Image.fromarray(np.asarray(canvas.buffer_rgba())).convert("RGB")  # type: ignore[no-untyped-call]
    picture.save(buffer, "PNG", dpi=(dpi, dpi), compress_level=LEVEL)
    return buffer.getvalue()
