"""Samples that the net gets wrong, as pictures."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure
from torch import Tensor

from neurona.data.inputs import Pixels
from neurona.data.split_names import split_name
from neurona.language import _, one_or_many
from neurona.look import confusion
from neurona.look.evidence import Evidence
from neurona.look.style import INK, MUTED, SMALL, VERMILION, panels, plain
from neurona.look.words import percent
from neurona.run import Run

COLUMNS, ROWS = 6, 4


def suits(seen: Evidence) -> bool:
    """Tell whether the run takes each picture for one of several classes."""
    return confusion.suits(seen) and isinstance(seen.run.inputs, Pixels)


def surest_mistakes(run: Run | Evidence) -> Figure:
    """Return the misclassified test (else valid, else train) pictures that the net is surest about, at most 24.

    Where there is no mistake the right answers that it is least sure about are shown instead.

    Raises:
        InputError: the figure does not suit the run, or its data or net are not to be had.
    """
    seen = Evidence.of(run, suits)
    split = seen.judged
    truth, probabilities = seen.truth(split), seen.probabilities(split)
    chosen, mistakes = surest(truth, probabilities)
    rows = max(1, -(-min(len(chosen), ROWS * COLUMNS) // COLUMNS))
    drawn, axes = panels(rows, COLUMNS, 1.35 * COLUMNS, 1.95 * rows + 0.45)
    for panel in axes.flat:
        panel.set_axis_off()
    for panel, i in zip(axes.flat, chosen, strict=False):
        answer = int(probabilities[i].argmax())
        panel.imshow(_picture(seen.split(split).x[i]), cmap="gray_r", vmin=0, vmax=255)
        panel.set_title(
            _caption(seen, answer, int(truth[i]), float(probabilities[i, answer])),
            fontsize=SMALL,
            color=VERMILION if mistakes else INK,
        )
    title = _("No mistakes on {split}; the right answers that the net is least sure about")
    if mistakes:
        title = one_or_many(
            mistakes, _("{count} mistake on {split}"), _("{count} mistakes on {split}; the surest first")
        )
    text = title.format(count=mistakes, split=split_name(split))
    drawn.suptitle(text, x=0.01, ha="left", fontsize=SMALL + 1, color=MUTED)
    return drawn


def surest(truth: np.ndarray, probabilities: np.ndarray) -> tuple[np.ndarray, int]:
    """Return the rows of wrong answers, the surest first, and how many; without any, all rows, the least sure first."""
    sure = probabilities.max(1)
    wrong = np.flatnonzero(probabilities.argmax(1) != truth)
    if len(wrong) == 0:
        return np.argsort(sure, kind="stable"), 0
    return wrong[np.argsort(-sure[wrong], kind="stable")], len(wrong)


def _picture(x: Tensor) -> np.ndarray:
    """Return `(height, width)` for grey, `(height, width, 3)` for colour."""
    picture: np.ndarray = x.numpy()
    return picture[0] if len(picture) == 1 else np.moveaxis(picture[:3], 0, -1)


def _caption(seen: Evidence, answer: int, truth: int, probability: float) -> str:
    names = seen.classes
    if answer == truth:
        return f"{plain(names[truth], 14)}\n{percent(probability)}"
    lines = (
        _("says {name}").format(name=plain(names[answer], 12)),
        percent(probability),
        _("is {name}").format(name=plain(names[truth], 12)),
    )
    return "\n".join(lines)
