"""What is watched from event to event: the metric that decides when to stop, and numbers that become infinite."""

from __future__ import annotations

import copy
import math
from collections.abc import Mapping, Sequence
from typing import Any

from torch import nn

from neurona.errors import TrainingError
from neurona.fit.history import Epoch
from neurona.fit.optim import learning_rate
from neurona.fit.options import FitOptions
from neurona.fit.stages import Player
from neurona.language import _
from neurona.tasks import higher_is_better


class Watch:
    """Early stopping (`patience`) and the plateau schedule, which look at the metric `monitor`.

    Args:
        options: of the fit.
        validates: whether there are validation samples; without them the metric is that of train.

    Attributes:
        best: the lowest value (of a metric that should be high, its negative), its epoch, and the weights it came with.
        stopped: True once `patience` ran out.
    """

    def __init__(self, options: FitOptions, *, validates: bool) -> None:
        self.patience = options.patience
        self.monitor = options.monitor if validates else options.monitor.replace("valid", "train")
        self.best: dict[str, Any] = {"value": math.inf, "epoch": 0, "net": None}
        self.stopped = False
        self._idle = options.patience is None and all(part.schedule != "plateau" for part in options.by_stage())

    def look(self, epoch: Epoch, net: nn.Module, players: Sequence[Player]) -> None:
        """Look at an event; a copy of the weights is kept where they are the best so far and there is patience."""
        if self._idle:
            return
        value = epoch.value(self.monitor)
        if value is None:
            return
        value = -value if higher_is_better(self.monitor) else value
        for player in players:
            player.schedule.watch(value)
        if self.patience is None:
            return
        if value < self.best["value"]:
            self.best = {"value": value, "epoch": epoch.index, "net": copy.deepcopy(net.state_dict())}
        self.stopped = epoch.index - self.best["epoch"] >= self.patience

    def restore(self, best: Mapping[str, Any], *, stopped: bool) -> None:
        """Go on from what was known."""
        self.best, self.stopped = dict(best), stopped


def has_diverged(epoch: Epoch, options: FitOptions, *, finite: bool) -> bool:
    """Tell whether numbers became infinite or NaN, or refuse to go on, as `options.divergence` says.

    Args:
        epoch: the event that has just ended.
        options: of the fit.
        finite: whether all weights are finite.

    Raises:
        TrainingError: they did, and the fit is not to end by itself.
    """
    lost = not (math.isfinite(epoch.train["loss"]) and math.isfinite(epoch.valid.get("loss", 0.0)))
    if finite and not lost:
        return False
    if options.divergence == "end":
        return True
    what = _("the loss became NaN or infinite") if lost else _("a weight became infinite or NaN")
    problem = _("Training diverged in epoch {epoch}: {what}.").format(epoch=epoch.index, what=what)
    hint = _("Try a smaller learning rate (fit.lr = {lr:g}), gradient clipping (fit.clip = 1), standardised data.")
    lr, usual = learning_rate(options), learning_rate(options.model_copy(update={"lr": None}))
    raise TrainingError(problem, hint.format(lr=lr / 10 if lr <= 100 * usual else usual))
