"""Which pixels stand on the drawing of a dense net, where there are too many for all."""

from __future__ import annotations

import math

import numpy as np
import torch

from neurona.data.dataset import Dataset
from neurona.data.inputs import Pixels
from neurona.look.sheets import brightness
from neurona.look.style import thinned

SAMPLES = 64


def pictures(data: Dataset) -> np.ndarray:
    """Return evenly spread pictures of train as the net sees them, brightness 0 to 1, `(n, channels, h, w)`."""
    assert isinstance(data.inputs, Pixels)
    chosen = torch.from_numpy(thinned(len(data.train), SAMPLES))
    return brightness(data.inputs, data.inputs.prepare(data.train.x[chosen]))


def far_apart(varied: np.ndarray, count: int) -> list[int]:
    """Return the pixels that vary most, each at some distance from those before it.

    Args:
        varied: how much each pixel varies, `(channels, height, width)`.
        count: how many are wanted.

    Returns:
        Their numbers in the order channel, row, column, sorted.
    """
    order = np.argsort(-varied, axis=None, kind="stable")
    places = np.stack(np.unravel_index(order, varied.shape)[1:], axis=1)
    apart, chosen = max(varied.shape[1:]) / 3.5, list[int]()
    while len(chosen) < min(count, len(order)):
        away = np.linalg.norm(places[:, None] - places[chosen], axis=2).min(axis=1, initial=np.inf)
        away[chosen] = -1
        free = np.flatnonzero(away >= apart)
        if len(free):
            chosen.append(int(free[0]))
        else:
            apart = apart / 2 if apart > 0.5 else 0.0
    return sorted(int(pixel) for pixel in order[chosen])


def place_of(pixel: int, shape: tuple[int, ...]) -> tuple[int, int, int]:
    """Return channel, row and column of a pixel by its number, from 0."""
    _channels, height, width = shape
    return pixel // (height * width), pixel // width % height, pixel % width


def most_varied(data: Dataset, count: int) -> list[int]:
    """Return the numbers of pixels to draw, at most `count`; the first ones where there is no training picture."""
    assert isinstance(data.inputs, Pixels)
    if not len(data.train):
        return list(range(min(count, math.prod(data.inputs.seen))))
    return far_apart(pictures(data).std(0).reshape(data.inputs.seen), count)
