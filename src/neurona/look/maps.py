"""What the stages of a convolutional net make of one picture."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from torch import Tensor, nn

from neurona.data.split_names import split_name
from neurona.errors import InputError
from neurona.language import _
from neurona.look.evidence import Evidence
from neurona.look.kernels import CELL, COLUMNS, mosaic, suits
from neurona.look.style import dress, figure, plain, thinned
from neurona.nets import shape_text
from neurona.run import Run

STAGES = (nn.Conv2d, nn.MaxPool2d, nn.AvgPool2d)
MOST_STAGES = 8
MOST_MAPS = 32


def feature_maps(run: Run | Evidence, sample: int = 0) -> Figure:
    """Return a picture, and what leaves each convolution and each pooling; at most 8 stages and 32 maps of each.

    Args:
        run: of a net with convolutions.
        sample: the number of a picture of the split that the net is judged by: test, else valid, else train.

    Raises:
        InputError: the figure does not suit the run, its data or net are not to be had, or there is no such picture.
    """
    seen = Evidence.of(run, suits)
    split = seen.split(seen.judged)
    if not 0 <= sample < len(split):
        problem = _("There is no picture {number} in {split}.").format(number=sample, split=split_name(seen.judged))
        raise InputError(problem, _("It has {count}, counted from 0.").format(count=len(split)))
    stages = stages_of(seen.net, seen.run.inputs.prepare(split.x[sample : sample + 1]))
    chosen = [list(stages)[i] for i in thinned(len(stages), MOST_STAGES)]
    heights = [2 * CELL + 0.4] + [-(-min(len(stages[name]), MOST_MAPS) // COLUMNS) * CELL + 0.4 for name in chosen]
    drawn = figure(COLUMNS * CELL + 0.2, sum(heights))
    axes = drawn.subplots(len(heights), 1, squeeze=False, height_ratios=heights)[:, 0]
    _picture(axes[0], seen, sample)
    for panel, name in zip(axes[1:], chosen, strict=True):
        maps = stages[name].numpy()
        note = _("the first {count}").format(count=MOST_MAPS) if len(maps) > MOST_MAPS else ""
        mosaic(panel, maps[:MOST_MAPS], float(np.abs(maps).max()) or 1.0, f"{name}: {shape_text(maps.shape)}", note)
    return drawn


def stages_of(net: nn.Module, x: Tensor) -> dict[str, Tensor]:
    """Return what leaves each convolution and pooling of `net` on its way through, `(channels, h, w)`, by name.

    Stages that leave a single pixel of each channel are left out; of one that runs twice the last time counts.

    Args:
        net: the net, in evaluation mode.
        x: one picture as the net sees it, `(1, channels, height, width)`.
    """
    found: dict[str, Tensor] = {}

    def note(name: str) -> Any:
        def hook(_module: nn.Module, _inputs: Any, output: Tensor) -> None:
            if output.shape[2:].numel() > 1:
                found[name] = output[0].clone()  # an activation may write over it

        return hook

    hooks = [m.register_forward_hook(note(name)) for name, m in net.named_modules() if isinstance(m, STAGES)]
    try:
        with torch.inference_mode():
            net(x)
    finally:
        for hook in hooks:
            hook.remove()
    return found


def _picture(axes: Axes, seen: Evidence, sample: int) -> None:
    split = seen.split(seen.judged)
    title = _("picture {number} of {split}").format(number=sample, split=split_name(seen.judged))
    classes = seen.classes
    if classes and seen.run.task.name in ("binary", "multiclass"):
        title = f"{title}: {plain(classes[int(split.y[sample])])}"
    dress(axes, title, rules=False)
    picture = split.x[sample].numpy()
    axes.imshow(picture[0] if len(picture) == 1 else np.moveaxis(picture[:3], 0, -1), cmap="gray_r", vmin=0, vmax=255)
    axes.set_anchor("W")
    axes.set_axis_off()
