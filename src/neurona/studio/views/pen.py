"""A drawing made into a picture such as those that a net has learned from."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from neurona.data.dataset import Dataset

SHOWN = 500
INK = 0.1  # of the brightest pixel; what is darker is ground
# A pixel is the mean of so many by so many finer ones, as those of scikit-learn's digits are counts in 4 by 4 blocks.
FINER = 4
THIN = 0.11
KEPT = 0.95


@dataclass(frozen=True)
class Pen:
    """How the pictures of a dataset were cut and placed, found from those of train, so that a drawing can be too.

    MNIST scales each digit to a box of 20 pixels and puts its centre of mass in the middle of 28 (LeCun, Cortes and
    Burges, 1998); others fill the picture, or keep to the middle of their box.

    Attributes:
        size: `(height, width)` of a picture.
        extent: how long the larger side of the ink is, in pixels: the median.
        largest: height and width that the ink of nearly all (95 %) keeps to; digits of scikit-learn are all 8 pixels
            high and at most 6 wide, which a larger aspect is squeezed into.
        by_mass: whether pictures are placed by their centre of mass, not by that of the box around the ink.
        middle: where that centre lies, row and column, in pixels from the upper left corner: the median.
        dark: whether ink is dark on a bright ground.
    """

    size: tuple[int, int]
    extent: float
    largest: tuple[float, float]
    by_mass: bool
    middle: tuple[float, float]
    dark: bool

    @staticmethod
    def of(data: Dataset) -> Pen:
        """Return how the pictures of train, of one channel, are placed."""
        pictures = data.train.x[:SHOWN][:, 0].float().numpy() / 255
        edges = np.concatenate([pictures[:, 0].ravel(), pictures[:, -1].ravel()])
        dark = float(edges.mean()) > 0.5
        inked = [one for one in (1 - pictures if dark else pictures) if one.max() > INK]
        boxes = np.array([_box(one) for one in inked])
        sides = np.stack([boxes[:, 1] - boxes[:, 0], boxes[:, 3] - boxes[:, 2]], 1)
        high, wide = np.quantile(sides, KEPT, axis=0)
        middles = np.stack([boxes[:, 0] + boxes[:, 1], boxes[:, 2] + boxes[:, 3]], 1) / 2
        masses = np.array([_mass(one) for one in inked])
        height, width = pictures.shape[1:]
        by_mass = bool(masses.std(0).sum() < middles.std(0).sum())
        row, column = np.median(masses if by_mass else middles, axis=0)
        extent, largest = float(np.median(sides.max(1))), (float(high), float(wide))
        return Pen((height, width), extent, largest, by_mass, (float(row), float(column)), dark)

    @property
    def width(self) -> float:
        """How thick it draws, as a share of the larger side of what is drawn: a pixel and a half at least."""
        return max(THIN, 1.5 / self.extent)

    def picture(self, ink: np.ndarray) -> Tensor:
        """Return a drawing as a picture, `(1, 1, height, width)` bytes.

        Args:
            ink: `(h, w)` from 0 to 255, bright where there is ink; without any the picture is empty.
        """
        height, width = self.size
        placed = torch.zeros(height, width)
        if ink.max() > 255 * INK:
            placed = self._placed(torch.from_numpy(ink.astype(np.float32) / 255))
        shown = 1 - placed if self.dark else placed
        return (shown * 255).round().clamp(0, 255).to(torch.uint8)[None, None]

    def _placed(self, ink: Tensor) -> Tensor:
        """Return ink scaled to `extent` and moved to where that of other pictures is, in one step."""
        top, bottom, left, right = _box(ink.numpy())
        cut = ink[int(top) : int(bottom), int(left) : int(right)]
        share = self.extent / max(cut.shape)
        sides = [min(side * share, most) for side, most in zip(cut.shape, self.largest, strict=True)]
        finer = [max(1, round(FINER * side)) for side in sides]
        small = functional.interpolate(cut[None, None], finer, mode="area")[0, 0]
        middle = _mass(small.numpy()) if self.by_mass else np.array(finer) / 2
        room = FINER * max(self.size)
        wide = functional.pad(small, [room] * 4)
        top, left = (room + round(m - FINER * wanted) for m, wanted in zip(middle, self.middle, strict=True))
        height, width = (FINER * side for side in self.size)
        return functional.avg_pool2d(wide[None, top : top + height, left : left + width], FINER)[0]


def _box(picture: np.ndarray) -> tuple[float, float, float, float]:
    """Return where the ink of a picture begins and ends: top, bottom, left, right."""
    there = picture > INK * picture.max()
    rows, columns = np.flatnonzero(there.any(1)), np.flatnonzero(there.any(0))
    return float(rows[0]), float(rows[-1] + 1), float(columns[0]), float(columns[-1] + 1)


def _mass(picture: np.ndarray) -> np.ndarray:
    """Return the centre of mass of a picture, row and column, measured from its upper left corner."""
    height, width = picture.shape
    total = picture.sum()
    down = (picture.sum(1) * (np.arange(height) + 0.5)).sum() / total
    across = (picture.sum(0) * (np.arange(width) + 0.5)).sum() / total
    return np.array([down, across])
