"""What is opened: a trained net, or one in training, with the data that it learns from."""

from __future__ import annotations

import copy
from dataclasses import dataclass, replace

import torch
from torch import Tensor, nn

from neurona.data.class_names import class_names
from neurona.data.dataset import SPLITS, Dataset, Target
from neurona.data.split_names import split_name
from neurona.errors import InputError, nearest
from neurona.explain.modular import whole_sequence
from neurona.fit.fit import Fit
from neurona.language import _
from neurona.run import Run
from neurona.tasks import Task


@dataclass(frozen=True)
class Subject:
    """A net with its data.

    Attributes:
        name: of the recipe.
        kind: of the net, as the recipe says; "" for one of the user's own.
        net: in evaluation mode, on the CPU.
        data: what it learns from.
        task: what it learns.
    """

    name: str
    kind: str
    net: nn.Module
    data: Dataset
    task: Task

    @staticmethod
    def of_run(run: Run) -> Subject:
        """Return the net that a run has left."""
        return Subject(run.recipe.name, run.recipe.net.get("kind", ""), run.net(), run.data(), run.task)

    @staticmethod
    def of_fit(fit: Fit, name: str, kind: str) -> Subject:
        """Return a copy of the net of a fit, as it is now."""
        return Subject(name, kind, copy.deepcopy(fit.net).cpu().eval(), fit.data, fit.task)

    @property
    def target(self) -> Target:
        """Names, classes (as they are called in the language in use) and scale of what is predicted."""
        return replace(self.data.target, classes=class_names(self.data))

    def sample(self, number: int, split: str, row: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """Return one sample as the net sees it, `(1, ...)`, and what its output is held against.

        Args:
            number: which one of its split, from 0.
            split: train, valid or test.
            row: encoded values, `(1, ...)`, that stand in place of its own.

        Raises:
            InputError: there is no such sample.
        """
        if split not in SPLITS:
            raise InputError(_("There is no split {name!r}.").format(name=split), nearest(split, SPLITS))
        part = getattr(self.data, split)
        if not 0 <= number < len(part):
            problem = _("There is no sample {number} in {split}, which has {count}.")
            hint = (
                _("Write --sample with a number from 0 to {last}.") if len(part) else _("Choose another with --split.")
            )
            raise InputError(
                problem.format(number=number, split=split_name(split), count=len(part)), hint.format(last=len(part) - 1)
            )
        x = self.data.inputs.prepare(part.x[number : number + 1] if row is None else row)
        return whole_sequence(self.task.name, x, self.task.target(x, part.y[number : number + 1]))

    def twin(self) -> nn.Module:
        """Return a copy of the net in float64, all of whose parameters have gradients."""
        twin = copy.deepcopy(self.net).double()
        for parameter in twin.parameters():
            parameter.requires_grad_(True)
        return twin

    def loss(self, net: nn.Module, x: Tensor, y: Tensor) -> Tensor:
        """Return the loss of a sample in float64; a task that draws random numbers draws the same ones each time."""
        x, y = (value.double() if value.is_floating_point() else value for value in (x, y))
        player = self.task.players[0]
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(0)
            return self.task.loss(self.task.forward(net, x, y, player), y, player)
