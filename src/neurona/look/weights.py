"""Weights to be looked at: bars for a linear model, pictures for the first layer of a net that sees pictures."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure
from torch import nn

from neurona.data.inputs import Pixels
from neurona.language import _
from neurona.look.evidence import Evidence
from neurona.look.style import INK, MUTED, PALETTE, dress, figure, legend, plain
from neurona.run import Run

MOST_FEATURES = 30
MOST_OUTPUTS = 5
MOST_UNITS = 64


def suits_bars(seen: Evidence) -> bool:
    """Tell whether the net is one affine layer of few features."""
    layers = _linear_layers(seen)
    return (
        len(layers) == 1
        and not isinstance(seen.run.inputs, Pixels)
        and layers[0].in_features == len(seen.run.inputs.names) <= MOST_FEATURES
        and layers[0].out_features <= MOST_OUTPUTS
    )


def suits_pictures(seen: Evidence) -> bool:
    """Tell whether the first layer of the net sees all pixels at once."""
    inputs, layers = seen.run.inputs, _linear_layers(seen)
    return isinstance(inputs, Pixels) and bool(layers) and layers[0].in_features == len(inputs.names)


def weight_bars(run: Run | Evidence) -> Figure:
    """Return a bar for each weight of a linear model and its bias; several outputs stand side by side.

    Raises:
        InputError: the figure does not suit the run, or its net is not to be had.
    """
    seen = Evidence.of(run, suits_bars)
    layer = _linear_layers(seen)[0]
    values = layer.weight.detach().float().numpy()
    names = [plain(name) for name in seen.called(seen.run.inputs.names)]
    if layer.bias is not None:
        values = np.column_stack([values, layer.bias.detach().float().numpy()])
        names.append(_("bias"))
    outputs = _output_names(seen, len(values))
    drawn = figure(7.0, 1.5 + 0.16 * len(names) * (len(values) + 1.2))
    axes = drawn.subplots()
    height = 0.8 / len(values)
    for i, (row, name) in enumerate(zip(values, outputs, strict=True)):
        places = np.arange(len(names)) - 0.4 + height * (i + 0.5)
        bars = axes.barh(places, row, height * 0.92, color=PALETTE[i], label=plain(name))
        axes.bar_label(bars, fmt=" %.3g ", fontsize=7.5 if len(values) > 1 else 9, color=INK)
    axes.axvline(0, color=MUTED, linewidth=1)
    axes.set_yticks(range(len(names)), names)
    axes.invert_yaxis()
    axes.margins(x=0.14)
    dress(axes, "", _("weight"), "")
    axes.grid(visible=False, axis="y")
    if len(values) > 1:
        legend(axes, loc="upper left", bbox_to_anchor=(1.01, 1.0), borderaxespad=0)
    return drawn


def first_layer(run: Run | Evidence) -> Figure:
    """Return the weights of each unit of the first layer as a picture, at most 64 units.

    Raises:
        InputError: the figure does not suit the run, or its net is not to be had.
    """
    seen = Evidence.of(run, suits_pictures)
    assert isinstance(seen.run.inputs, Pixels)
    weights = _linear_layers(seen)[0].weight.detach().float().numpy()[:MOST_UNITS]
    pictures = weights.reshape(len(weights), *seen.run.inputs.seen).mean(1)
    columns = min(len(pictures), 16 if len(pictures) > 32 else 10)
    sheet = mosaic(pictures, columns)
    width = 0.6 * columns
    drawn = figure(width, width * sheet.shape[0] / sheet.shape[1])
    drawn.set_layout_engine("none")
    axes = drawn.add_axes((0.0, 0.0, 1.0, 1.0))
    axes.imshow(sheet, cmap="RdBu_r", vmin=-1, vmax=1, aspect="auto", interpolation="nearest")
    axes.set_axis_off()
    return drawn


def mosaic(pictures: np.ndarray, columns: int) -> np.ndarray:
    """Return pictures `(n, height, width)`, each scaled to -1..1, side by side with gaps of NaN between them."""
    count, height, width = pictures.shape
    gap = max(1, height // 14)
    rows = -(-count // columns)
    sheet = np.full((rows * (height + gap) - gap, columns * (width + gap) - gap), np.nan)
    for i, picture in enumerate(pictures):
        top, left = i // columns * (height + gap), i % columns * (width + gap)
        sheet[top : top + height, left : left + width] = picture / (np.abs(picture).max() or 1.0)
    return sheet


def _linear_layers(seen: Evidence) -> list[nn.Linear]:
    return [module for module in seen.net.modules() if isinstance(module, nn.Linear)]


def _output_names(seen: Evidence, count: int) -> tuple[str, ...]:
    if count == 1 and seen.classes:
        return (seen.classes[-1],)
    return seen.classes or seen.targets
