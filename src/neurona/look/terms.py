"""The two terms of a variational autoencoder's loss over the epochs."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from neurona.language import _
from neurona.look.curves import column, dots, on_epochs
from neurona.look.evidence import Evidence
from neurona.look.style import BLUE, VERMILION, dress, legend, message, panels
from neurona.look.words import metric_name
from neurona.run import Run


def suits(seen: Evidence) -> bool:
    """Tell whether the loss has two terms."""
    return seen.run.task.name == "variational"


def loss_terms(run: Run | Evidence) -> Figure:
    """Return the ELBO and the two terms that it is made of, over the epochs, in nats for each sample."""
    run = Evidence.of(run, suits).run
    rows = run.rows
    if not rows:
        return message(_("No epoch has been trained yet."))
    drawn, axes = panels(1, 3, 11.0, 3.4)
    for panel, name in zip(axes[0], ("elbo", "reconstruction", "kl"), strict=True):
        epochs, train, valid = (column(rows, key) for key in ("epoch", f"train_{name}", f"valid_{name}"))
        marker = dots(len(rows))
        panel.plot(epochs, train, color=BLUE, linewidth=1.6, label=_("train"), **marker)
        if np.isfinite(valid).any():
            panel.plot(epochs, valid, color=VERMILION, linewidth=1.6, linestyle="--", label=_("validation"), **marker)
        title = metric_name(name)
        dress(panel, title[:1].upper() + title[1:], _("epoch"), _("nats for each sample") if name == "elbo" else "")
        on_epochs(panel, len(rows))
        legend(panel, loc="best")
    return drawn
