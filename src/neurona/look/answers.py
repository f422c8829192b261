"""Sequences, what they should be answered with, and what the net answers: the samples that go wrong first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from neurona.data.dataset import PADDING as NO_ANSWER
from neurona.data.inputs import Pixels, Steps, Tokens
from neurona.data.split_names import split_name
from neurona.language import _, one_or_many
from neurona.look.evidence import Evidence
from neurona.look.gates import shown
from neurona.look.style import INK, MUTED, SMALL, VERMILION, figure, plain
from neurona.look.words import percent
from neurona.recurrence import steps
from neurona.run import Run

MOST = 8
MOST_STEPS = 24
LOOKED_AT = 1000
LINE, GAP, LETTER = 0.23, 0.16, 0.085
"""Inches: the height of a line, the room between samples, the width of a letter."""


@dataclass(frozen=True)
class Answered:
    """A sample and its answer.

    Attributes:
        picture: `(height, width)` or `(height, width, 3)`; None for a sequence.
        lines: a name and the symbols of each line: what is read, the truth, the answer.
        wrong: which symbols of the last line are wrong.
    """

    picture: np.ndarray | None
    lines: list[tuple[str, list[str]]]
    wrong: list[bool]


def suits(seen: Evidence) -> bool:
    """Tell whether the run answers sequences, or with sequences, in symbols that can be written down."""
    task, inputs = seen.run.task.name, seen.run.inputs
    return task in ("labelling", "translation") or (task in ("binary", "multiclass") and isinstance(inputs, Tokens))


def answered_samples(run: Run | Evidence) -> Figure:
    """Return up to 8 judged samples with truth and answer, those with mistakes first, else the least sure.

    Raises:
        InputError: the figure does not suit the run, or its data or net are not to be had.
    """
    seen = Evidence.of(run, suits)
    found, mistakes, total = answered(seen)
    names = max(len(name) for one in found for name, _symbols in one.lines)
    widths = _column_widths(found)
    left = LETTER * (names + 2) + (1.0 if found[0].picture is not None else 0.0)
    lines = sum(len(one.lines) for one in found)
    width, height = left + sum(widths) + 0.2, 0.45 + LINE * lines + GAP * len(found)
    drawn = figure(max(5.0, width), height)
    drawn.set_layout_engine("none")
    axes = drawn.add_axes((0.0, 0.0, 1.0, 1.0))
    axes.set(xlim=(0, max(5.0, width)), ylim=(height, 0))
    axes.set_axis_off()
    axes.text(0.12, 0.22, _title(seen, mistakes, total), fontsize=SMALL + 1, color=MUTED, va="center")
    top = 0.5
    for one in found:
        _draw(axes, one, top, left, widths)
        top += LINE * len(one.lines) + GAP
    return drawn


def answered(seen: Evidence) -> tuple[list[Answered], int, int]:
    """Return the samples to show, how many of the samples looked at hold a mistake, and how many were looked at."""
    split = seen.split(seen.judged)
    x, y = split.x[:LOOKED_AT], split.y[:LOOKED_AT]
    probabilities = _probabilities(seen, x)
    answers, truth = probabilities.argmax(-1), y.reshape(len(y), -1).long()
    counts = truth != NO_ANSWER
    wrong = (answers != truth) & counts
    sure = probabilities.amax(-1).where(counts, 1.0).amin(1)
    order = np.lexsort((sure.numpy(), -wrong.any(1).numpy().astype(int)))[:MOST]
    rows = [_answered(seen, x[i], truth[i], answers[i], float(sure[i])) for i in order]
    return rows, int(wrong.any(1).sum()), len(y)


def _probabilities(seen: Evidence, x: torch.Tensor) -> torch.Tensor:
    """Return the probability of each class at each step, `(n, steps, classes)`; one step where there is one answer."""
    answer = seen.run.answer(x, seen.net)
    if seen.run.task.name == "binary":
        answer = torch.cat([1 - answer, answer], 1)
    return answer if answer.dim() == 3 else answer[:, None]


def _answered(seen: Evidence, x: torch.Tensor, truth: torch.Tensor, answer: torch.Tensor, sure: float) -> Answered:
    classes = seen.classes
    count = int((truth != NO_ANSWER).sum())
    truth, answer = truth[:count][:MOST_STEPS], answer[:count][:MOST_STEPS]
    wrong = (truth != answer).tolist()
    rights, says = ([plain(classes[number], 14) for number in part.tolist()] for part in (truth, answer))
    if seen.run.task.name in ("binary", "multiclass"):
        says[0] += f" ({percent(sure)})"
    lines = [(_("truth"), rights), (_("answer"), says)]
    inputs = seen.run.inputs
    if isinstance(inputs, Tokens | Steps):
        lines.insert(0, (_("read"), _symbols(x, inputs)))
        return Answered(None, lines, wrong)
    assert isinstance(inputs, Pixels)
    picture = x.numpy()
    return Answered(picture[0] if len(picture) == 1 else np.moveaxis(picture[:3], 0, -1), lines, wrong)


def _symbols(x: torch.Tensor, inputs: Tokens | Steps) -> list[str]:
    length = min(int(steps(x[None], inputs)), MOST_STEPS)
    if isinstance(inputs, Tokens):
        return [shown(inputs.vocabulary[token]) for token in x[:length].tolist()]
    return [" ".join(f"{value:g}" for value in step) for step in x[:length].tolist()]


def _column_widths(found: Sequence[Answered]) -> list[float]:
    """Return the width of each column in inches; a line of a single answer does not widen the first column."""
    rows = [symbols for one in found for _name, symbols in one.lines if len(symbols) > 1]
    rows = rows or [symbols for one in found for _name, symbols in one.lines]
    count = max(map(len, rows))
    return [LETTER * (1.5 + max((len(row[i]) for row in rows if i < len(row)), default=0)) for i in range(count)]


def _draw(axes: Axes, one: Answered, top: float, left: float, widths: Sequence[float]) -> None:
    if one.picture is not None:
        side = LINE * len(one.lines) + 0.06
        box = (0.15, 0.15 + side, top + side - 0.03, top - 0.03)
        axes.imshow(one.picture, cmap="gray_r", vmin=0, vmax=255, extent=box, aspect="auto")
    places = left + np.cumsum([0.0, *widths])
    for number, (name, symbols) in enumerate(one.lines):
        middle = top + LINE * (number + 0.5)
        axes.text(left - 0.12, middle, name, fontsize=SMALL - 1, color=MUTED, ha="right", va="center")
        last = number == len(one.lines) - 1
        for place, symbol, bad in zip(places, symbols, one.wrong if last else [False] * len(symbols), strict=False):
            text = axes.text(place, middle, symbol, fontsize=SMALL, family="monospace", va="center")
            text.set(color=VERMILION if bad else INK, fontweight="bold" if bad else "normal")


def _title(seen: Evidence, mistakes: int, total: int) -> str:
    text = one_or_many(
        mistakes,
        _("{count} of {total} samples on {split} holds a mistake; it comes first"),
        _("{count} of {total} samples on {split} hold a mistake; they come first"),
    )
    if not mistakes:
        text = _("No mistake in {total} samples on {split}; those that the net is least sure about")
    return text.format(count=mistakes, total=total, split=split_name(seen.judged))
