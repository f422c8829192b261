"""Training pictures beside what augmentation makes of them."""

from __future__ import annotations

import numpy as np
import torch
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from torch import Tensor

from neurona.language import _
from neurona.look.evidence import Evidence
from neurona.look.style import MUTED, SMALL, entitle, panels, plain, thinned
from neurona.run import Run

ROWS, VARIANTS = 6, 7


def suits(seen: Evidence) -> bool:
    """Tell whether the run changed its training pictures at random."""
    return seen.data.augment is not None


def augmented_samples(run: Run | Evidence) -> Figure:
    """Return training pictures, one for each class at most six, with seven augmentations to the right of each.

    Raises:
        InputError: the figure does not suit the run, or its data are not to be had.
    """
    seen = Evidence.of(run, suits)
    augment = seen.data.augment
    assert augment is not None
    chosen = _one_of_each(seen)
    pictures = seen.split("train").x[chosen]
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        changed = [augment(picture.expand(VARIANTS, *picture.shape)) for picture in pictures]
    drawn, axes = panels(len(chosen), 1 + VARIANTS, 0.9 * (1 + VARIANTS), 0.95 * len(chosen) + 0.6)
    for panel in axes.flat:
        panel.set_axis_off()
    for row, original, variants in zip(axes, pictures, changed, strict=True):
        for panel, picture in zip(row, (original, *variants), strict=True):
            _show(panel, picture)
    entitle(axes[0, 0], _("original"))
    entitle(axes[0, 1], _("augmented"))
    words = ", ".join(plain(word, 40) for word in augment.words)
    drawn.suptitle(words, x=0.01, ha="left", fontsize=SMALL + 1, color=MUTED)
    return drawn


def _one_of_each(seen: Evidence) -> Tensor:
    """Return the rows of the first training picture of some classes; of other tasks, of the first pictures."""
    y = seen.split("train").y
    if not seen.classifies or seen.run.task.name == "multilabel":
        return torch.arange(min(ROWS, len(y)))
    numbers = y.reshape(-1).numpy()
    first = np.unique(numbers, return_index=True)[1]
    return torch.from_numpy(first[thinned(len(first), ROWS)])


def _show(panel: Axes, picture: Tensor) -> None:
    """Draw one picture, `(channels, height, width)` bytes."""
    pixels = picture.permute(1, 2, 0).numpy()
    panel.imshow(pixels, cmap="gray_r", vmin=0, vmax=255, interpolation="nearest")
