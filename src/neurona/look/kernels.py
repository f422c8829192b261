"""The kernels of a convolutional net, as pictures."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from torch import nn

from neurona.data.inputs import Pixels
from neurona.language import _, one_or_many
from neurona.look.evidence import Evidence
from neurona.look.style import MUTED, SMALL, dress, figure, thinned
from neurona.run import Run

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MOST_KERNELS = 64
MOST_CONVOLUTIONS = 4
COLUMNS = 16
CELL = 0.58  # inches from one picture of a mosaic to the next


def suits(seen: Evidence) -> bool:
    """Tell whether the net has convolutions that see pictures."""
    return isinstance(seen.run.inputs, Pixels) and bool(convolutions(seen.net))


def convolutions(net: nn.Module) -> dict[str, nn.Conv2d]:
    """Return the convolutions of a net by name whose kernels are larger than one pixel."""
    return {
        name: module
        for name, module in net.named_modules()
        if isinstance(module, nn.Conv2d) and max(module.kernel_size) > 1
    }


def convolution_kernels(run: Run | Evidence) -> Figure:
    """Return the kernels of at most 4 convolutions, the first and the last among them, at most 64 of each.

    The first convolution's kernels are in colour when it sees colours; else, and later, a kernel is the mean over what
    it does to each of its input channels.

    Raises:
        InputError: the figure does not suit the run, or its net is not to be had.
    """
    found = convolutions(Evidence.of(run, suits).net)
    chosen = [list(found)[i] for i in thinned(len(found), MOST_CONVOLUTIONS)]
    heights = [-(-min(found[name].out_channels, MOST_KERNELS) // COLUMNS) * CELL + 0.4 for name in chosen]
    drawn = figure(COLUMNS * CELL + 0.2, sum(heights))
    axes = drawn.subplots(len(chosen), 1, squeeze=False, height_ratios=heights)[:, 0]
    for panel, name in zip(axes, chosen, strict=True):
        _convolution(panel, name, found[name], in_colour=name == chosen[0] and found[name].in_channels == 3)
    return drawn


def _convolution(axes: Axes, name: str, layer: nn.Conv2d, *, in_colour: bool) -> None:
    weights = layer.weight.detach().cpu().numpy()
    count = len(weights)
    title = one_or_many(count, _("{name}: {count} kernel of {size}"), _("{name}: {count} kernels of {size}"))
    title = title.format(name=name, count=count, size=size_text(weights.shape[2:]))
    shown = weights[:MOST_KERNELS] if in_colour else weights[:MOST_KERNELS].mean(1, keepdims=True)
    reach = np.abs(shown).max((1, 2, 3), keepdims=True)
    scaled = shown / np.where(reach > 0, reach, 1)
    pictures = np.moveaxis(0.5 + scaled / 2, 1, -1) if in_colour else scaled[:, 0]
    notes = [_("the first {count}").format(count=MOST_KERNELS)] if count > MOST_KERNELS else []
    if not in_colour and weights.shape[1] > 1:
        notes.append(_("mean over {count} input channels").format(count=weights.shape[1]))
    mosaic(axes, pictures, 1.0, title, ", ".join(notes))


# ---------------------------------------------------------------------- mosaics


def mosaic(axes: Axes, pictures: np.ndarray, reach: float, title: str, note: str = "") -> None:
    """Draw pictures side by side in `COLUMNS` columns, each as large as in any other mosaic.

    Args:
        axes: where to.
        pictures: `(n, h, w)` from `-reach` (blue) over 0 (white) to `reach` (red), or colours `(n, h, w, 3)`, 0 to 1.
        reach: the number of the deepest red.
        title: above it.
        note: small, behind the title.
    """
    dress(axes, title, rules=False)
    axes.set_title(note, loc="right", fontsize=SMALL, color=MUTED)
    sheet = tiled(pictures, COLUMNS)
    axes.imshow(sheet, cmap="RdBu_r", vmin=-reach, vmax=reach, interpolation="nearest")
    axes.set_anchor("W")
    axes.set_axis_off()


def tiled(pictures: np.ndarray, columns: int) -> np.ndarray:
    """Return pictures `(n, h, w, ...)` as one, in rows of `columns` with gaps of NaN between and behind them."""
    count, height, width, *colours = pictures.shape
    gap = math.ceil(max(height, width) / 14)
    rows = -(-count // columns)
    sheet = np.full((rows * (height + gap) - gap, columns * (width + gap) - gap, *colours), np.nan)
    for i, picture in enumerate(pictures):
        top, left = i // columns * (height + gap), i % columns * (width + gap)
        sheet[top : top + height, left : left + width] = picture
    return sheet


def size_text(sides: tuple[int, ...]) -> str:
    """Return a size as people read it: "5 × 5"."""
    return " × ".join(map(str, sides))
