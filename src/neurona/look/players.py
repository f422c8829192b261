"""How the two players of an adversarial net fared against each other."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from neurona.language import _
from neurona.look.curves import column, dots, on_epochs
from neurona.look.evidence import Evidence
from neurona.look.style import BLUE, MUTED, VERMILION, dress, legend, message, panels
from neurona.run import Run

REST = 0.5


def suits(seen: Evidence) -> bool:
    """Tell whether two players were trained against each other."""
    return seen.run.task.name == "adversarial"


def two_players(run: Run | Evidence) -> Figure:
    """Return the losses of generator and discriminator over the epochs, and what the discriminator says of samples.

    At rest the discriminator says 0.5 of real and of made samples, so that its loss is 2 log 2 and the generator's
    log 2 (Goodfellow and others 2014, section 4.1, with the generator's loss of section 3).
    """
    run = Evidence.of(run, suits).run
    rows = run.rows
    if not rows:
        return message(_("No epoch has been trained yet."))
    drawn, axes = panels(1, 2, 9.0, 3.6)
    losses = (("discriminator_loss", _("discriminator"), BLUE), ("generator_loss", _("generator"), VERMILION))
    said = (("real", _("real samples"), BLUE), ("fake", _("made samples"), VERMILION))
    _lines(axes[0, 0], rows, losses)
    for rest, colour in ((2 * np.log(2), BLUE), (np.log(2), VERMILION)):
        axes[0, 0].axhline(rest, color=colour, linewidth=1, linestyle=":")
    dress(axes[0, 0], _("Losses of the two players"), _("epoch"), "")
    _lines(axes[0, 1], rows, said)
    axes[0, 1].axhline(REST, color=MUTED, linewidth=1.2, linestyle=":", label=_("cannot tell: 0.5"))
    axes[0, 1].set_ylim(0, 1)
    dress(axes[0, 1], _("Probability of being real, by the discriminator"), _("epoch"), "")
    for panel in axes[0]:
        on_epochs(panel, len(rows))
        legend(panel, loc="best")
    return drawn


def _lines(axes: Axes, rows: Sequence[dict[str, float]], metrics: Sequence[tuple[str, str, str]]) -> None:
    """Draw metrics over the epochs: solid on train with a band of one standard deviation, dashed on validation."""
    epochs = column(rows, "epoch")
    for name, label, colour in metrics:
        train, valid, std = (column(rows, key) for key in (f"train_{name}", f"valid_{name}", f"train_{name}_std"))
        axes.plot(epochs, train, color=colour, linewidth=1.6, label=label, **dots(len(rows)))
        axes.fill_between(epochs, train - std, train + std, color=colour, alpha=0.15, linewidth=0)
        if np.isfinite(valid).any():
            axes.plot(epochs, valid, color=colour, linewidth=1.2, linestyle="--", **dots(len(rows)))
