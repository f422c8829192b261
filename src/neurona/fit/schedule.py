"""Learning-rate schedules: a factor for each step, in closed form, so that any moment can be resumed."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from torch import Tensor
from torch.optim import Optimizer

from neurona.fit.options import FitOptions

ONE_CYCLE_RISE, ONE_CYCLE_START, ONE_CYCLE_END = 0.3, 25.0, 1e4
PLATEAU_PATIENCE = 5


def factor(options: FitOptions, step: Any, steps_per_epoch: int) -> Any:
    """Return what the learning rate is multiplied by at `step`, or at an array of them, counted from 0 over the fit.

    "step" is `gamma^(epoch // step_size)`; "cosine" falls from 1 to 0 as `(1 + cos(pi t)) / 2` (Loshchilov and Hutter
    2016); "one-cycle" rises from 1/25 to 1 in the first 30 % and falls to 1/250,000, both as cosines (Smith 2018).
    During `warmup` epochs the result is multiplied by a line from 0 to 1.
    """
    total = options.epochs * steps_per_epoch
    warm = options.warmup * steps_per_epoch
    rise = np.minimum(1.0, (step + 1) / warm) if warm else 1.0
    if options.schedule == "step":
        return rise * options.gamma ** (step // steps_per_epoch // options.step_size)
    if options.schedule == "cosine":
        return rise * (1 + np.cos(math.pi * np.minimum(step, total) / total)) / 2
    if options.schedule == "one-cycle":
        return rise * _one_cycle(step, total)
    return rise


def _one_cycle(step: Any, total: int) -> Any:
    top, last = ONE_CYCLE_RISE * total - 1, total - 1
    step = np.minimum(step, last)
    low, end = 1 / ONE_CYCLE_START, 1 / ONE_CYCLE_START / ONE_CYCLE_END
    rising = _cosine(low, 1.0, step / top if top > 0 else 1.0)
    return np.where(step <= top, rising, _cosine(1.0, end, (step - top) / (last - top) if last > top else 1.0))


def _cosine(start: float, stop: float, share: Any) -> Any:
    return stop + (start - stop) / 2 * (1 + np.cos(math.pi * share))


@dataclass
class Schedule:
    """Sets the learning rate of an optimizer before each step.

    Attributes:
        step: how many steps were made.
        plateau: what the plateau schedule has multiplied the rate by so far.
        best, waited: the best value watched by it, and events since then.
    """

    optimizer: Optimizer
    options: FitOptions
    lr: float
    steps_per_epoch: int
    step: int = 0
    plateau: float = 1.0
    best: float = math.inf
    waited: int = 0

    def __post_init__(self) -> None:
        self.moves = self.options.schedule != "constant" or self.options.warmup > 0
        self.set()

    def set(self, rate: float | None = None) -> None:
        """Give the optimizer a rate, that of the coming step unless it is another one."""
        self._coming = rate = self.rate if rate is None else rate
        for group in self.optimizer.param_groups:
            if isinstance(group["lr"], Tensor):  # a recorded step reads it from where it lies
                group["lr"].fill_(rate)
            else:
                group["lr"] = rate

    @property
    def rate(self) -> float:
        """The learning rate of the coming step."""
        return float(self.lr * self.plateau * factor(self.options, self.step, self.steps_per_epoch))

    @property
    def given(self) -> float:
        """The learning rate that the optimizer has."""
        lr = self.optimizer.param_groups[0]["lr"]
        return self.rate if isinstance(lr, Tensor) else float(lr)

    @property
    def whole(self) -> float:
        """What the rates of steps are shares of; where none is set before each step, the one that the optimizer has."""
        return self.lr * self.plateau if self.moves else self.given

    def ahead(self, count: int) -> NDArray[np.float64]:
        """Return the learning rates of the next `count` steps."""
        rates: NDArray[np.float64] = np.full(count, self.whole)
        if self.moves:
            rates *= factor(self.options, np.arange(self.step, self.step + count), self.steps_per_epoch)
        return rates

    def hold(self) -> None:
        """Give the optimizer the rate of the coming step anew where the schedule sets it, whoever set another one."""
        if self.moves:
            self.set(self._coming)

    def advance(self, steps: int = 1) -> None:
        """Count a step or several, and give the optimizer the rate of the next one."""
        self.step += steps
        if self.moves:
            self.set()

    def watch(self, value: float) -> None:
        """Tell the plateau schedule the watched value (lower is better) of an event."""
        if self.options.schedule != "plateau":
            return
        if math.isinf(self.best) or value < self.best - 1e-4 * abs(self.best):
            self.best, self.waited = value, 0
        else:
            self.waited += 1
        if self.waited > PLATEAU_PATIENCE:
            self.plateau, self.waited = self.plateau * self.options.gamma, 0
            self.set()

    def state(self) -> dict[str, Any]:
        """Return what `restore` needs to go on."""
        by_hand = self.given if not self.moves and self.given != self.rate else None
        state = {"step": self.step, "plateau": self.plateau, "best": self.best, "waited": self.waited}
        return {**state, "by_hand": by_hand}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Go on from what `state` returned."""
        self.step, self.plateau = state["step"], state["plateau"]
        self.best, self.waited = state["best"], state["waited"]
        self.set(state.get("by_hand"))
