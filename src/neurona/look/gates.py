"""What a recurrent layer holds while it reads one sample: hidden state, cell and gates, step by step."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import torch

from neurona.data.inputs import Steps, Tokens
from neurona.data.tokens import SPECIAL, UNKNOWN
from neurona.language import _
from neurona.look.evidence import Evidence
from neurona.look.style import INK, LINES, PALETTE, SMALL, dress, entitle, figure, legend, plain, thinned
from neurona.look.words import SIGNS
from neurona.recurrence import read, reader, steps
from neurona.run import Run

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MOST_STEPS = 100
MOST_UNITS = 32
MOST_LABELS, FEW_LABELS = 50, 12
# What is drawn of each kind of layer, in this order; the first decides the order of the units.
SHOWN = ("forget", "update", "input", "reset", "output", "cell", "hidden")
UNSEEN = "(?)"
GATES = ("forget", "update", "input", "reset", "output")


def suits(seen: Evidence) -> bool:
    """Tell whether recurrent layers read the samples of the run."""
    return isinstance(seen.run.inputs, Tokens | Steps) and reader(seen.net) is not None


def gates_over_time(run: Run | Evidence) -> Figure:
    """Return heat maps of what the last recurrent layer holds and computes while it reads one sample forwards.

    A row of a map is a unit, at most 32 of them; those of a layer with gates are ordered by how much of their memory
    they keep, the mean of the forget gate of an LSTM or the update gate of a GRU.

    Raises:
        InputError: the figure does not suit the run, or its data or net are not to be had.
    """
    seen = Evidence.of(run, suits)
    sample, labels = chosen(seen)
    kept = {name: states[0].numpy() for name, states in read(seen.net, seen.run.task, sample)[-1].items()}
    names = [name for name in SHOWN if name in kept]
    units = _units(kept[names[0]], ordered=len(names) > 1)
    numbers = isinstance(seen.run.inputs, Steps)
    heights = [0.7] * numbers + [1.0] * len(names)
    tall = min(1.9, 0.5 + 0.08 * len(units))
    drawn = figure(min(12.0, max(6.0, 2.4 + 0.2 * len(labels))), 0.9 + tall * sum(heights))
    axes = drawn.subplots(len(heights), 1, squeeze=False, sharex=True, height_ratios=heights)[:, 0]
    if numbers:
        _values(axes[0], sample[0].numpy(), seen.called(seen.run.inputs.names))
    for panel, name in zip(axes[numbers:], names, strict=True):
        _map(panel, kept[name][:, units].T, name)
    _label(axes[-1], labels, FEW_LABELS if numbers else MOST_LABELS)
    return drawn


def chosen(seen: Evidence) -> tuple[torch.Tensor, list[str]]:
    """Return one of the longest judged samples as the net sees it, `(1, t)` or `(1, t, d)`, and a label for each step.

    Without padding, and cut to 100 steps.
    """
    inputs = seen.run.inputs
    assert isinstance(inputs, Tokens | Steps)
    x = inputs.prepare(seen.split(seen.judged).x)
    lengths = steps(x, inputs).clamp(1, MOST_STEPS)
    row = int(lengths.argmax())
    sample = x[row : row + 1, : int(lengths[row])]
    return sample, step_labels(sample[0], inputs)


def step_labels(sample: torch.Tensor, inputs: Tokens | Steps) -> list[str]:
    """Return what stands at each step of a sample, `(t,)` tokens or `(t, d)` numbers, for people to read."""
    if isinstance(inputs, Steps):
        return [str(step + 1) for step in range(len(sample))]
    return [shown(inputs.vocabulary[token]) for token in sample.tolist()]


def shown(symbol: str) -> str:
    """Return a symbol so that it can be seen on paper.

    A blank is an open box, the end of a line its sign, and what is unknown `UNSEEN`: which symbol stood there is not
    kept, and the net does not see it either.
    """
    return {**SIGNS, SPECIAL[UNKNOWN]: UNSEEN}.get(symbol, plain(symbol, 12))


def are_words(labels: Sequence[str]) -> bool:
    """Tell whether labels are longer than a letter or two, so that they stand upright below an axis."""
    return any(len(label) > 2 for label in labels if label != UNSEEN)


def _units(decisive: np.ndarray, ordered: bool) -> np.ndarray:
    """Return the rows to draw, given the gate that decides what is kept, `(t, hidden)`."""
    units = thinned(decisive.shape[1], MOST_UNITS)
    return units[np.argsort(-decisive.mean(0)[units], kind="stable")] if ordered else units


def _map(axes: Axes, values: np.ndarray, name: str) -> None:
    most = max(1.0, float(np.abs(values).max()))
    colours, least = ("viridis", 0.0) if name in GATES else ("RdBu_r", -most)
    image = axes.imshow(values, cmap=colours, vmin=least, vmax=most, aspect="auto", interpolation="nearest")
    dress(axes, title_of(name), "", _("unit"), rules=False)
    axes.set_yticks([])
    bar = axes.figure.colorbar(image, ax=axes, fraction=0.03, pad=0.01)
    bar.ax.tick_params(labelsize=SMALL - 1, colors=INK)
    bar.outline.set_visible(False)


def title_of(name: str) -> str:
    """Return what people call a gate or a state."""
    return {
        "forget": _("Forget gate: 1 keeps the cell, 0 clears it"),
        "input": _("Input gate: 1 writes into the cell"),
        "output": _("Output gate: 1 shows the cell"),
        "cell": _("Cell"),
        "update": _("Update gate: 1 keeps the state, 0 replaces it"),
        "reset": _("Reset gate: 0 leaves the state out"),
        "hidden": _("Hidden state"),
    }[name]


def _values(axes: Axes, sample: np.ndarray, names: Sequence[str]) -> None:
    for i, name in enumerate(names[: len(PALETTE)]):
        axes.plot(
            sample[:, i], color=PALETTE[i], linestyle=LINES[i], linewidth=1.4, label=plain(name), drawstyle="steps-mid"
        )
    dress(axes)
    entitle(axes, _("What is read"))
    legend(axes, loc="upper right", ncols=len(names))


def _label(axes: Axes, labels: Sequence[str], most: int) -> None:
    places = thinned(len(labels), most)
    texts = [labels[place] for place in places]
    axes.set_xticks(places, texts, rotation=90 if are_words(texts) else 0, fontsize=SMALL - 1)
    axes.set_xlabel(_("step"))
