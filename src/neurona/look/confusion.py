"""Which classes are taken for which: the confusion matrix, and a classification report."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from neurona.data.split_names import split_name
from neurona.language import _, one_or_many
from neurona.look.evidence import Evidence
from neurona.look.style import INK, MARKERS, PALETTE, PAPER, SMALL, as_percent, dress, figure, legend, plain, thinned
from neurona.look.words import number
from neurona.run import Run

if TYPE_CHECKING:
    from matplotlib.figure import Figure

NUMBERED = 20
# Samples that are counted at a time.
COUNTED = 1 << 20
NAMED = 40
# Letters of a name of a class, and how many of them stand beside the squares where an inch was left for them anyway.
LETTERS, LETTERS_PER_INCH, BESIDE = 18, 13, 6
FAINT = "#9aa5b1"


@dataclass(frozen=True)
class Score:
    """A row of a classification report, for a class (or label) or an average over them.

    Attributes:
        name: of the class, or of the average.
        precision, recall, f1: from 0 to 1; NaN where they are not defined.
        support: how many samples of the split are of this class.
        average: whether the row is an average.
    """

    name: str
    precision: float
    recall: float
    f1: float
    support: int
    average: bool = False


def counts(truth: np.ndarray, predicted: np.ndarray, classes: int) -> np.ndarray:
    """Return `(classes, classes)`: how many samples of class (row) were taken for class (column)."""
    found = np.zeros(classes**2, int)
    for begun in range(0, len(truth), COUNTED):
        part = slice(begun, begun + COUNTED)
        found += np.bincount(truth[part] * classes + predicted[part], minlength=classes**2)
    return found.reshape(classes, classes)


def suits(seen: Evidence) -> bool:
    """Tell whether there is one class for each sample."""
    return seen.run.task.name in ("binary", "multiclass")


def confusion_matrix(run: Run | Evidence) -> Figure:
    """Return the confusion matrix on test (else valid, else train): counts, each row shaded by its shares.

    Raises:
        InputError: the figure does not suit the run, or its data or net are not to be had.
    """
    seen = Evidence.of(run, suits)
    classes, split = seen.classes, seen.judged
    matrix = counts(seen.truth(split), seen.predicted(split), len(classes))
    shares = matrix / matrix.sum(1, keepdims=True).clip(1)
    side = float(np.clip(2.6 + 0.5 * len(classes), 3.6, 8.5))
    ticks = thinned(len(classes), NAMED if len(classes) <= NAMED else 20)
    names = [plain(classes[i], LETTERS) for i in ticks]
    longest = max(map(len, names))
    more = max(0, longest - BESIDE) / LETTERS_PER_INCH
    upright = len(names) > 12 or longest > LETTERS_PER_INCH * 0.7 * side / len(names)
    drawn = figure(side + 1.2 + more, side + more * upright)
    axes = drawn.subplots()
    image = axes.imshow(shares, cmap="Blues", vmin=0, vmax=1)
    if len(classes) <= NUMBERED:
        for (row, column), count in np.ndenumerate(matrix):
            ink = PAPER if shares[row, column] > 0.55 else INK if count else FAINT
            axes.text(column, row, str(count), ha="center", va="center", color=ink, fontsize=SMALL)
    total = int(matrix.sum())
    title = one_or_many(total, _("{count} sample of {split}"), _("{count} samples of {split}"))
    title = title.format(count=number(total), split=split_name(split))
    dress(axes, title, _("predicted class"), _("true class"), rules=False)
    axes.set_xticks(ticks, names, rotation=90 if upright else 0)
    axes.set_yticks(ticks, names)
    bar = drawn.colorbar(image, ax=axes, shrink=0.8, pad=0.02)
    bar.outline.set_visible(False)
    bar.ax.tick_params(labelsize=SMALL, colors=INK, length=0)
    bar.ax.set_ylabel(_("share of the true class"), fontsize=SMALL, color=INK)
    as_percent(bar.ax)
    return drawn


def scores(seen: Evidence, split: str) -> list[Score]:
    """Return precision, recall and F1 of each class or label on a split, then their averages.

    They are those of scikit-learn's classification report. Where a class was never answered, or is not there, its
    precision or recall is not defined: NaN in its row, 0 in the averages.
    """
    truth, predicted = seen.truth(split), seen.predicted(split)
    names = seen.classes
    if truth.ndim == 2:
        right, answered, there = (truth * predicted).sum(0), predicted.sum(0), truth.sum(0)
    else:
        matrix = counts(truth, predicted, len(names))
        right, answered, there = matrix.diagonal(), matrix.sum(0), matrix.sum(1)
    measured = np.stack([_share(right, answered), _share(right, there), _share(2 * right, answered + there)], 1)
    parts = zip(names, measured.tolist(), there.tolist(), strict=True)
    rows = [Score(name, precision, recall, f1, support) for name, (precision, recall, f1), support in parts]
    defined, total = np.nan_to_num(measured), int(there.sum())
    weighted = there @ defined / total if total else np.zeros(3)
    for means, name in ((defined.mean(0), _("mean over classes")), (weighted, _("mean, weighted by samples"))):
        precision, recall, f1 = means.tolist()
        rows.append(Score(name, precision, recall, f1, total, average=True))
    return rows


def _share(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    """Return `part / whole`, NaN where `whole` is 0."""
    shares = np.full(len(part), np.nan)
    np.divide(part, whole, out=shares, where=whole > 0)
    return shares


def label_scores(run: Run | Evidence) -> Figure:
    """Return precision, recall and F1 of each label of a multilabel task, on test (else valid, else train).

    Raises:
        InputError: the figure does not suit the run, or its data or net are not to be had.
    """
    seen = Evidence.of(run, lambda seen: seen.classifies)
    rows = [row for row in scores(seen, seen.judged) if not row.average][:NAMED]
    drawn = figure(7.0, 1.5 + 0.34 * len(rows))
    axes = drawn.subplots()
    places = np.arange(len(rows))
    parts = (("precision", _("precision")), ("recall", _("recall")), ("f1", "F1"))
    axes.hlines(places, 0, 1, color="#eef1f5", linewidth=6, zorder=1)
    for i, (part, name) in enumerate(parts):
        values = [getattr(row, part) for row in rows]
        axes.plot(values, places, linestyle="none", marker=MARKERS[i], markersize=7, color=PALETTE[i], label=name)
    axes.set_yticks(places, [plain(row.name) for row in rows])
    axes.set_ylim(len(rows) - 0.5, -0.5)
    dress(axes, _("Labels on {split}").format(split=split_name(seen.judged)), "", "", rules=False)
    axes.set_xlim(-0.02, 1.02)
    as_percent(axes, "x")
    legend(axes, loc="upper left", bbox_to_anchor=(1.01, 1.0), borderaxespad=0)
    return drawn
