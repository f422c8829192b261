"""Many pictures side by side as one, for figures that show samples."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from torch import Tensor

from neurona.data.inputs import Pixels
from neurona.look.style import INK, SMALL, entitle

if TYPE_CHECKING:
    from matplotlib.axes import Axes

GAP = 1


def brightness(inputs: Pixels, x: Tensor) -> np.ndarray:
    """Return pictures as the net sees them, `(n, channels, height, width)`, as brightness from 0 to 1."""
    scale, shift = (np.array(part, dtype=np.float32)[:, None, None] for part in (inputs.scale, inputs.shift))
    shares: np.ndarray = ((x.detach().numpy() - shift) / scale / 255).clip(0, 1)
    return shares


def sheet(pictures: np.ndarray, columns: int) -> np.ndarray:
    """Return pictures `(n, channels, height, width)`, row by row, as one with gaps of NaN between them.

    Returns:
        `(height, width)` for grey ones, `(height, width, 3)` for colour.
    """
    count, channels, height, width = pictures.shape
    rows = -(-count // columns)
    whole = np.full((rows * (height + GAP) - GAP, columns * (width + GAP) - GAP, channels), np.nan)
    for i, picture in enumerate(pictures):
        top, left = i // columns * (height + GAP), i % columns * (width + GAP)
        whole[top : top + height, left : left + width] = np.moveaxis(picture, 0, -1)
    return whole[..., 0] if channels != 3 else whole


def show(axes: Axes, pictures: np.ndarray, columns: int, title: str = "") -> None:
    """Draw pictures `(n, channels, height, width)` row by row: grey ones as ink on white."""
    whole = sheet(pictures, columns)
    if whole.ndim == 2:
        axes.imshow(np.ma.masked_invalid(whole), cmap="gray_r", vmin=0, vmax=1, interpolation="nearest")
    else:
        axes.imshow(np.nan_to_num(whole, nan=1.0), interpolation="nearest")
    for spine in axes.spines.values():
        spine.set_visible(False)
    axes.set_xticks([])
    axes.set_yticks([])
    if title:
        entitle(axes, title)


def name_rows(axes: Axes, pictures: np.ndarray, names: Sequence[str]) -> None:
    """Write a name beside each row of pictures that `show` has drawn."""
    height = pictures.shape[2]
    axes.set_yticks([i * (height + GAP) + (height - 1) / 2 for i in range(len(names))], names)
    axes.tick_params(axis="y", length=0, labelsize=SMALL, labelcolor=INK)


def name_columns(axes: Axes, pictures: np.ndarray, names: Sequence[str]) -> None:
    """Write a name below each column of pictures that `show` has drawn."""
    width = pictures.shape[3]
    axes.set_xticks([i * (width + GAP) + (width - 1) / 2 for i in range(len(names))], names)
    axes.tick_params(axis="x", length=0, labelsize=SMALL, labelcolor=INK)
