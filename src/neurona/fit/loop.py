"""The loop: for each batch forward, loss, clear gradients, backward, step."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import chain, repeat

import torch
from torch import Tensor

from neurona.data.dataset import Split
from neurona.fit.batches import in_order, part_size
from neurona.fit.convolving import eased
from neurona.fit.device import threads_for
from neurona.fit.engine import computing
from neurona.fit.ground import Ground
from neurona.fit.precision import Precision
from neurona.fit.recorded import Recorded
from neurona.fit.stages import Stage
from neurona.fit.tally import Measured, Tally, Turn
from neurona.fit.trial import Trial
from neurona.fit.under_way import Training, UnderWay
from neurona.nets import freezing
from neurona.tasks import Task


class Loop:
    """Trains a net, and looks at it, on PyTorch, glass or recorded graphs; an `Engine`.

    Args:
        name: of what computes: "torch", "graph" or "glass".
        ground: what the net is trained on.
        task: what it learns.
        precision: of its numbers.
        trial: what two samples told about it.

    Attributes:
        name: as given.
    """

    def __init__(self, name: str, ground: Ground, task: Task, precision: Precision, trial: Trial) -> None:
        self.name, self.ground, self.task, self.precision, self.trial = name, ground, task, precision, trial

    def load(self) -> None:
        """Nothing is to be loaded."""

    def enter(self, stage: Stage) -> None:
        """Begin a stage."""
        self.stage = stage
        self._recorded = Recorded(self.learn, self.ground.net, stage.players) if self.name == "graph" else None

    def foreseen(self, left: int) -> None:
        """Nothing is computed before it is asked for."""

    def tally(self) -> Tally:
        """Return what adds up what the batches of an event give."""
        return Tally(self.task)

    @contextmanager
    def training(self) -> Iterator[None]:
        """Within the block, batches are trained on: on as many threads as they are worth, whatever is around it."""
        freezing.train(self.ground.net)
        threads = threads_for(self.ground.operations(self.trial.operations))
        with torch.inference_mode(False), torch.enable_grad(), threads, computing(self.name, self.ground.net):
            yield

    def train(self, event: UnderWay, *, single: bool = False) -> Training:
        """Train for an event, a batch at a time; return each metric and its deviation over the batches."""
        batches, net, tally = self.ground.batches, self.ground.net, event.kept
        rest = [] if event.rows is None else batches.split(batches.some(event.rows))
        learn = self._recorded.begun(batches.size) if self._recorded else self.learn
        for x, y in chain(rest, chain.from_iterable(repeat(batches, event.whole))):
            for player in self.stage.players:
                player.schedule.hold()
            with eased(net, self.ground.memory_format):
                turns = learn(x, y)
            for turn in turns:
                tally.add(turn)
            for player in self.stage.players:
                player.schedule.advance()
            yield 1
        measured: Measured = tally.metrics()
        return measured

    def learn(self, x: Tensor, y: Tensor) -> list[Turn]:
        """Let each player learn from a batch, and return what their turns gave."""
        net = self.ground.learner
        y, turns = self.task.target(x, y), []
        n = self.task.count(y)
        for player in self.stage.players:
            with self.precision():
                outputs = self.task.forward(net, x, y, player.name)  # 1. forward
                loss = self.task.loss(outputs, y, player.name)  # 2. loss
            player.optimizer.zero_grad()  # 3. clear gradients
            self.precision.backward(player.objective(loss, n, self.trial.members))  # 4. backward
            player.step(self.precision)  # 5. step
            with torch.no_grad():
                turns.append(Turn(player.name, loss.detach(), self.task.sums(outputs, y, player.name), n))
        return turns

    def evaluate(self, split: Split, between: Callable[[float], None]) -> dict[str, float]:
        """Return each metric of the net over `split`, in evaluation mode.

        Args:
            split: with samples in it.
            between: called after each part of it.
        """
        whole, random, task = self.ground.net, self.ground.random, self.task
        at_once = self.trial.operations * min(len(split), part_size(self.ground.data.inputs, self.trial.numbers))
        training = whole.training
        whole.eval()
        net, inputs, split = self.ground.of(split)
        parts = in_order(split, inputs, random.device, self.ground.memory_format, self.trial.numbers)
        tally = self.tally()
        with threads_for(at_once), torch.inference_mode(), random.fixed(task.draws), self.precision():
            for x, y in parts:
                y = task.target(x, y)
                for player in task.players:
                    with eased(net, self.ground.memory_format):
                        outputs = task.forward(net, x, y, player)
                    loss = task.loss(outputs, y, player)
                    tally.add(Turn(player, loss, task.sums(outputs, y, player), task.count(y)))
                between(1.0)
        if training:
            freezing.train(whole)
        return tally.metrics()[0]

    @property
    def finite(self) -> bool:
        """Whether all weights are finite numbers."""
        return all(bool(p.isfinite().all()) for player in self.stage.players for p in player.parameters)
