"""Stages: stretches of a fit, each with what it freezes, and with optimizers and a schedule of its own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import accumulate
from typing import Any

import torch
from torch import Tensor, nn

from neurona.errors import InputError
from neurona.fit.features import has_frozen_trunk
from neurona.fit.optim import learning_rate, optimizer, remember
from neurona.fit.options import FitOptions
from neurona.fit.precision import Precision
from neurona.fit.schedule import Schedule
from neurona.language import _
from neurona.nets.freezing import freeze, matching
from neurona.tasks import Task


@dataclass
class Player:
    """One side of a fit: the parameters that it changes, and how. A classifier has one player, a GAN two."""

    name: str
    parameters: list[nn.Parameter]
    options: FitOptions
    schedule: Schedule

    @property
    def optimizer(self) -> torch.optim.Optimizer:
        """What changes the parameters, at the rates of the schedule; another one may take its place."""
        return self.schedule.optimizer

    @optimizer.setter
    def optimizer(self, optimizer: torch.optim.Optimizer) -> None:
        self.schedule.optimizer = optimizer

    def objective(self, loss: Tensor, n: int | Tensor, members: int) -> Tensor:
        """Return what is minimised: the loss, summed over samples or members if asked for, plus the L2 penalty.

        Args:
            loss: the mean over a batch.
            n: how many things it is the mean of.
            members: how many nets side by side it is the mean of.
        """
        if members != 1:
            loss = loss * members
        if self.options.reduction == "sum":
            loss = loss * n
        if self.options.l2:
            weights = [p for p in self.parameters if p.dim() > 1]
            loss = loss + self.options.l2 / 2 * sum(w.square().sum() for w in weights)
        return loss

    def step(self, precision: Precision) -> None:
        """Change the parameters along their gradients, which are clipped first if asked for."""
        if self.options.clip is not None:
            precision.unscale(self.optimizer)
            nn.utils.clip_grad_norm_(self.parameters, self.options.clip)
        precision.step(self.optimizer)

    def state(self) -> dict[str, Any]:
        """Return what `restore` needs to go on."""
        optimizer = self.optimizer.state_dict()
        for group in optimizer["param_groups"]:
            group["lr"] = self.schedule.given
        return {"optimizer": optimizer, "schedule": self.schedule.state()}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Go on from what `state` returned."""
        remember(self.optimizer, state["optimizer"])
        self.schedule.restore(state["schedule"])


@dataclass(frozen=True)
class Stage:
    """A stretch of a fit that has begun.

    Attributes:
        number: its place, from 0.
        end: how many epochs of the fit are done when it ends.
        options: those of the fit, with its own in their places; `epochs` is its length.
        players: who learns in it.
        keeps: whether the features of its trunk are to be kept, which is frozen.
    """

    number: int
    end: int
    options: FitOptions
    players: list[Player]
    keeps: bool


class Stages:
    """The stages of a fit, of which one is entered after the other.

    Args:
        net: what is trained. Parameters that do not learn when it is handed over never do.
        task: what is learned.
        options: of the fit.
        steps: how many steps an epoch has.

    Raises:
        InputError: in one of the stages the optimizer is wrong, a pattern fits nothing, or nothing is left to learn.
    """

    def __init__(self, net: nn.Module, task: Task, options: FitOptions, steps: int) -> None:
        self.net, self.task, self.steps = net, task, steps
        self.options: Sequence[FitOptions] = options.by_stage()
        self.ends = [*accumulate(part.epochs for part in self.options)]
        self.free = [name for name, parameter in net.named_parameters() if parameter.requires_grad]
        # What is wrong in a later one is found before anything is trained.
        made = [self._made(number) for number in range(len(self.options))]
        self._first: Stage | None = made[0]

    def enter(self, number: int) -> Stage:
        """Return the stage `number` with new optimizers and schedules."""
        made = self._first if number == 0 and self._first else self._made(number)
        self._first = None
        return made

    def _made(self, number: int) -> Stage:
        options = self.options[number]
        with self.frozen(number):
            players = [self._player(name, options) for name in self.task.players]
            keeps = has_frozen_trunk(self.net, self.task, options)
        return Stage(number, self.ends[number], options, players, keeps)

    @contextmanager
    def frozen(self, number: int) -> Iterator[None]:
        """Within the block, what the stage `number` freezes does not learn; afterwards it may again."""
        if not self.options[number].frozen:
            yield
            return
        freeze(self.net, matching(self.net, self.options[number].frozen), self.free)
        try:
            yield
        finally:
            freeze(self.net, set(), self.free)

    def _player(self, name: str, options: FitOptions) -> Player:
        parameters = self.task.parameters(self.net, name)
        if not parameters:
            problem = _("fit.frozen = {patterns} leaves nothing to learn.").format(patterns=list(options.frozen))
            raise InputError(
                problem,
                _("Freeze less, for instance the trunk of a net alone: {example}.").format(example='["trunk.*"]'),
            )
        schedule = Schedule(optimizer(parameters, options), options, learning_rate(options), self.steps)
        return Player(name, parameters, options, schedule)
