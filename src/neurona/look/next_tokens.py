"""What a net that foretells the next token writes, and how sure it is of the next one at some places of a text."""

from __future__ import annotations

import textwrap

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from neurona.data.inputs import Tokens
from neurona.data.tokens import SPECIAL, UNKNOWN
from neurona.language import _
from neurona.look.evidence import Evidence
from neurona.look.gates import UNSEEN, shown
from neurona.look.style import BLUE, INK, ORANGE, SMALL, as_percent, dress, entitle, figure, thinned
from neurona.run import Run
from neurona.sample import sample

PLACES, LIKELY = 6, 6
WRITTEN, WIDTH, LINES = 600, 96, 9
CONTEXT = 18


def suits(seen: Evidence) -> bool:
    """Tell whether the run foretells the next token of a text."""
    return seen.run.task.name == "next-token" and isinstance(seen.run.inputs, Tokens)


def likely_tokens(run: Run | Evidence) -> Figure:
    """Return a text that the net wrote, and its likeliest next tokens at six places of a judged text.

    The text is drawn with temperature 0.7; see `sample.sample`.

    Raises:
        InputError: data or net of the run are not to be had, or the net cannot write.
    """
    seen = Evidence.of(run)
    drawn = figure(11.0, 5.2)
    above, below = drawn.subfigures(2, 1, squeeze=False, height_ratios=(1.0, 1.15))[:, 0]
    _written(above.subplots(), sample(seen.run, length=WRITTEN, temperature=0.7))
    axes = below.subplots(1, PLACES, squeeze=False)[0]
    inputs = seen.run.inputs
    assert isinstance(inputs, Tokens)
    split = seen.split(seen.judged)
    window, truth = split.x[:1], split.y[0]
    probabilities = seen.run.answer(window, seen.net)[0].numpy()
    length = int((window[0] != 0).sum())
    places = thinned(length, PLACES + 1)[1:]
    for panel, place in zip(axes, places, strict=False):
        text = inputs.text(window[0, : place + 1].tolist())
        _likely(panel, text, probabilities[place], int(truth[place]), inputs)
    for panel in axes[len(places) :]:
        panel.set_axis_off()
    return drawn


def _written(axes: Axes, text: str) -> None:
    axes.set_axis_off()
    lines = [line for part in text.splitlines() for line in textwrap.wrap(part, WIDTH) or [""]][:LINES]
    entitle(axes, _("What the net writes"))
    words = "\n".join(lines).replace("$", r"\$")
    axes.text(0, 0.97, words, family="monospace", fontsize=SMALL, color=INK, va="top", transform=axes.transAxes)


def _likely(axes: Axes, text: str, probabilities: np.ndarray, truth: int, inputs: Tokens) -> None:
    best = np.argsort(-probabilities)[:LIKELY]
    colours = [ORANGE if token == truth else BLUE for token in best]
    names = [shown(inputs.vocabulary[token]) or _("padding") for token in best]
    axes.barh(np.arange(len(best)), probabilities[best], color=colours)
    axes.set_yticks(range(len(best)), names)
    axes.invert_yaxis()
    axes.set_xlim(0, 1)
    text = text.replace(SPECIAL[UNKNOWN], UNSEEN)
    end = text if len(text) <= CONTEXT else f"…{text[-CONTEXT:]}"
    dress(axes, "", _("then came: {token}").format(token=shown(inputs.vocabulary[truth])), "")
    title = axes.set_title(end.replace("\n", "↵").replace("$", r"\$"), loc="left", fontsize=SMALL, family="monospace")
    title.set_color(INK)
    axes.set_xticks((0, 0.5, 1))
    as_percent(axes, "x")
    axes.grid(visible=False, axis="y")
