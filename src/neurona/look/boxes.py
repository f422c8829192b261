"""Universal approximation to be seen: a box from two units, and a function from many boxes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from torch import nn

from neurona.language import _, one_or_many
from neurona.look.evidence import Evidence
from neurona.look.regression import draw_points, suits_curve
from neurona.look.style import BLACK, BLUE, GREEN, MUTED, VERMILION, dress, legend, panels, plain, tint
from neurona.run import Run

STEPS = 1200
TARGET = 0


@dataclass(frozen=True)
class Parts:
    """What each part of a boxcar net answers along the axis.

    Attributes:
        x: `(steps,)`, in the units of the feature.
        units: `(steps, boxes + 1)`, the edge units.
        boxes: `(steps, boxes)`, the differences of neighbouring units.
        heights: `(boxes,)`, the trained weights, in the target's units.
        base: the bias, in the target's units.
    """

    x: np.ndarray
    units: np.ndarray
    boxes: np.ndarray
    heights: np.ndarray
    base: float

    @property
    def sum(self) -> np.ndarray:
        """What the net answers, `(steps,)`: boxes times heights, and the base."""
        total: np.ndarray = self.boxes @ self.heights + self.base
        return total


def suits(seen: Evidence) -> bool:
    """Tell whether the net is built of boxes."""
    names = [name for name, _module in seen.net.named_children()]
    as_it_stands = seen.run.inputs.names == tuple(number.name for number in seen.numbers)
    return suits_curve(seen) and as_it_stands and names == ["edges", "activation", "boxes", "heights"]


def parts(seen: Evidence) -> Parts:
    """Return what each part of the net answers over the tiled interval and a little beyond."""
    edges, activation, boxes, heights = seen.net.children()
    assert isinstance(edges, nn.Linear) and isinstance(heights, nn.Linear)
    ends = -edges.bias.detach().double() / edges.weight.detach().double()[:, 0]
    low, high = float(ends[0]), float(ends[-1])
    room = 0.06 * (high - low)
    z = torch.linspace(low - room, high + room, STEPS)[:, None]
    with torch.inference_mode():
        units = activation(edges(z))
        boxed = boxes(units)
    scale, mean = seen.run.target.scale[TARGET], seen.run.target.mean[TARGET]
    weight, bias = (part.detach().double().numpy()[TARGET] for part in (heights.weight, heights.bias))
    x = seen.in_units(z)[:, 0]
    return Parts(x, units.numpy(), boxed.numpy(), weight * scale, float(bias * scale + mean))


def boxes_and_sum(run: Run | Evidence) -> Figure:
    """Return one box as the difference of two units, and all boxes times heights with their sum over the data.

    Raises:
        InputError: the figure does not suit the run, or its data or net are not to be had.
    """
    seen = Evidence.of(run, suits)
    found = parts(seen)
    drawn, axes = panels(1, 2, 9.8, 3.9, width_ratios=(1, 1.6))
    _one(axes[0, 0], seen, found)
    _all(axes[0, 1], seen, found)
    return drawn


def _one(axes: Axes, seen: Evidence, found: Parts) -> None:
    k = found.boxes.shape[1] // 2
    centre = found.x[found.boxes[:, k] >= 0.5 * found.boxes[:, k].max()].mean()
    reach = 3 * (found.x[-1] - found.x[0]) / (found.boxes.shape[1] + 1)
    near = np.abs(found.x - centre) <= max(reach, (found.x[-1] - found.x[0]) / 60)
    x = found.x[near]
    axes.fill_between(x, found.boxes[near, k], color=BLUE, alpha=0.15, linewidth=0)
    axes.plot(x, found.boxes[near, k], color=BLUE, linewidth=3, label=_("their difference: box {i}").format(i=k + 1))
    for unit, colour, line in ((k, VERMILION, "--"), (k + 1, GREEN, "-.")):
        name = _("unit {i}").format(i=unit + 1)
        axes.plot(x, found.units[near, unit], color=colour, linewidth=1.8, linestyle=line, label=name)
    dress(axes, _("One box from two units"), plain(seen.called([seen.numbers[0].name])[0], 40), _("activation"))
    axes.set_ylim(-0.08, 1.45)
    legend(axes, loc="upper left")


def _all(axes: Axes, seen: Evidence, found: Parts) -> None:
    draw_points(axes, seen, TARGET)
    for k, height in enumerate(found.heights):
        label = _("boxes × heights") if k == 0 else None
        shade = tint(BLUE, 0.35 if k % 2 else 0.55)
        top = found.base + found.boxes[:, k] * height
        axes.fill_between(found.x, found.base, top, color=shade, alpha=0.6, linewidth=0, label=label)
    axes.axhline(found.base, color=MUTED, linewidth=0.8)
    axes.plot(found.x, found.sum, color=BLACK, linewidth=2, label=_("their sum: the net"))
    count = len(found.heights)
    title = one_or_many(count, _("{count} box"), _("{count} boxes")).format(count=count)
    dress(axes, title, plain(seen.called([seen.numbers[0].name])[0], 40), plain(seen.targets[TARGET], 40))
    axes.margins(y=0.12)
    legend(axes, loc="best")
