"""How gradients grow and fade on their way back through time: in theory, and in a trained net."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import torch
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from torch import Tensor, nn

from neurona.compare import Comparison
from neurona.data.inputs import Steps, Tokens
from neurona.errors import InputError
from neurona.language import _
from neurona.look.evidence import Evidence
from neurona.look.gates import suits
from neurona.look.style import LINES, MUTED, PALETTE, colours, dress, legend, panels
from neurona.recurrence import gradients_through_time, powers, steps
from neurona.run import Run

__all__ = ["gradients_in_time", "gradients_of_each", "gradients_through", "suits", "suits_comparison"]

MOST_SAMPLES = 64
LEAST = 1e-12


def gradients_in_time(
    radii: Sequence[float] = (0.8, 0.9, 1.0, 1.1, 1.25), steps: int = 50, clip: float = 1.0
) -> Figure:
    """Return how the gradient of a linear recurrent net grows or fades over the steps, for several spectral radii.

    Between two states m steps apart lies `ds_t / ds_(t-m) = W^m` (Pascanu, Mikolov and Bengio 2013, On the difficulty
    of training recurrent neural networks). The norms are those of random matrices, 20 by 20; see `recurrence.powers`.

    Args:
        radii: the largest absolute eigenvalue of each W.
        steps: how far back in time.
        clip: the largest norm that clipping leaves of a gradient.
    """
    drawn, axes = panels(1, 2, 11.0, 4.0, sharey=True)
    back = np.arange(1, steps + 1)
    for i, (radius, colour) in enumerate(zip(radii, colours(len(radii)), strict=True)):
        norms = powers(radius, steps)
        line = {"color": colour, "linestyle": LINES[i % len(LINES)], "linewidth": 1.8}
        axes[0, 0].plot(back, norms, label=_("radius {radius:g}").format(radius=radius), **line)
        axes[0, 1].plot(back, np.minimum(norms, clip), **line)
    for panel, title in zip(
        axes[0], (_("Norm of the gradient"), _("Clipped to {clip:g}").format(clip=clip)), strict=True
    ):
        panel.set_yscale("log")
        dress(panel, title, _("steps back in time"), "")
        panel.axhline(clip, color=MUTED, linewidth=1, linestyle=":")
    legend(axes[0, 0], loc="best")
    return drawn


def gradients_through(run: Run | Evidence) -> Figure:
    """Return how strongly the loss depends on what each layer holds at each step, before and after training.

    The norms are means over judged samples of the greatest length, over that at the last step; see
    `recurrence.gradients_through_time`.

    Raises:
        InputError: the figure does not suit the run, or its data or net are not to be had.
    """
    seen = Evidence.of(run, suits)
    nets = _before_and_after(seen)
    drawn, axes = panels(1, len(nets), 1.0 + 5.0 * len(nets), 3.9, sharey=True)
    for panel, (title, net) in zip(axes[0], nets.items(), strict=True):
        _lines(panel, seen, {title: net})
        dress(panel, title, _("step"), "")
    axes[0, 0].set_ylabel(_("norm of the gradient, last step = 1"))
    legend(axes[0, -1], loc="upper left", bbox_to_anchor=(1.01, 1.0), borderaxespad=0)
    return drawn


def suits_comparison(result: Comparison) -> bool:
    """Tell whether recurrent layers read the samples of every variant."""
    first = [Evidence.of(runs[0]) for runs in result.runs.values() if runs]
    return len(first) > 1 and all(not seen.lacks and suits(seen) for seen in first)


def gradients_of_each(result: Comparison) -> Figure:
    """Return the gradient through time of the first seed of each variant, before and after training.

    Raises:
        InputError: it is no comparison of nets that read sequences.
    """
    if not isinstance(result, Comparison) or not suits_comparison(result):
        raise InputError(
            _("This figure is of a comparison of recurrent nets that has several variants."),
            _("Make one: neurona compare rnn --vary net.cell=rnn,lstm"),
        )
    first = {result.title(label): Evidence.of(runs[0]) for label, runs in result.runs.items() if runs}
    drawn, axes = panels(1, len(first), 1.0 + 4.0 * len(first), 3.9, sharey=True)
    for panel, (title, seen) in zip(axes[0], first.items(), strict=True):
        _lines(panel, seen, _before_and_after(seen))
        dress(panel, title, _("step"), "")
        legend(panel, loc="best")
    axes[0, 0].set_ylabel(_("norm of the gradient, last step = 1"))
    return drawn


def _before_and_after(seen: Evidence) -> dict[str, nn.Module]:
    """Return the net as it began, where the recipe can build it again, and as it ended, by name."""
    after = {_("after training"): seen.net}
    return {_("before training"): seen.run.recipe.build(seen.data), **after} if seen.run.recipe.net else after


def _lines(axes: Axes, seen: Evidence, nets: Mapping[str, nn.Module]) -> None:
    x, y = _longest(seen)
    for i, (title, net) in enumerate(nets.items()):
        layers = gradients_through_time(net, seen.run.task, x, y)
        for number, layer in enumerate(layers, start=1):
            for name, norms in layer.items():
                what = _name(name, number if len(layers) > 1 else 0)
                colour = PALETTE[(i if len(nets) > 1 else number - 1) % len(PALETTE)]
                axes.plot(
                    range(1, len(norms) + 1),
                    _seen(norms),
                    color=colour,
                    linestyle="--" if name == "cell" else "-",
                    linewidth=1.6,
                    label=f"{title}, {what}" if len(nets) > 1 else what,
                )
    axes.set_yscale("log")
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))


def _seen(norms: Tensor) -> Tensor:
    """Return norms over the last one; NaN where one is too small to be told from 0, which a logarithm does not show."""
    relative = norms / norms[-1]
    return relative.where(relative >= LEAST, torch.nan)


def _name(name: str, layer: int) -> str:
    what = {"hidden": _("hidden state"), "cell": _("cell")}[name]
    return _("{what} of layer {layer}").format(what=what, layer=layer) if layer else what


def _longest(seen: Evidence) -> tuple[Tensor, Tensor]:
    """Return judged samples as the net sees them, the longest ones that are of the same length, and their targets."""
    inputs, split = seen.run.inputs, seen.split(seen.judged)
    assert isinstance(inputs, Tokens | Steps)
    x = inputs.prepare(split.x)
    lengths = steps(x, inputs)
    rows = torch.nonzero(lengths == lengths.max())[:MOST_SAMPLES, 0]
    length = max(1, int(lengths.max()))
    each = seen.run.task.name in ("labelling", "next-token")
    return x[rows, :length], split.y[rows, :length] if each else split.y[rows]
