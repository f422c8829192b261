"""`Dense`: the training of a dense net as native code, on the weights and the optimizer's memory of PyTorch."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Generator
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from neurona.compiled import blas, epochs, gallery, losses, optimizers, passes, sums
from neurona.compiled.native import is_kept
from neurona.data.dataset import Split
from neurona.data.inputs import Inputs
from neurona.errors import NeuronaWarning
from neurona.fit.batches import Batches
from neurona.fit.chain import Layer
from neurona.fit.device import threads_for
from neurona.fit.options import FitOptions
from neurona.fit.pair import NOBODY, Pair
from neurona.fit.stages import Player
from neurona.fit.supply import UNPARTED, Supply, apart
from neurona.fit.tally import measured
from neurona.fit.under_way import UnderWay
from neurona.fit.working_copy import MEMORY, Flat, Memory
from neurona.language import _
from neurona.tasks import Multilabel, Reconstruction, Regression, Task

Array = NDArray[Any]
Measured = tuple[dict[str, float], dict[str, float]]

NOTHING, NO_MEMORY = np.zeros(0), np.zeros(0, np.float32)
NO_RULE = optimizers.Rule(0, 0.0, 0.0, 0, 0.0, 0.0, 0.0, 0.0, 0.0)
blas.use_blas(next((Path(torch.__file__).parent / "lib").glob("libtorch_cpu.*"), None))


class Dense:
    """Trains the layers of a net for whole epochs.

    Args:
        layers: of the net; see `chain_of`.
        task: what it learns.
        options: of the fit.
    """

    def __init__(self, layers: list[Layer], task: Task, options: FitOptions) -> None:
        self.options, self.task = options, task
        self.parameters = [p for layer in layers for p in layer.parameters]
        self.dropout = any(layer.dropout for layer in layers)
        self.net = _net(layers)
        self.goal = _goal(task, layers[-1].linear.out_features, options.reduction == "sum")
        self._weights = Flat(self.parameters)
        targets = int(self.net.widths[0] if isinstance(task, Reconstruction) else self.net.widths[-1])
        self._gradients = torch.zeros(2, len(self._weights.numbers)).numpy()
        self._room = torch.zeros(epochs.room(self.net, targets)).numpy()
        self._pair = Pair()
        self._memory: Memory | None = None
        self._supply = Supply(self.net, len(self._weights.numbers), task)

    def load(self) -> None:
        """Read the native code from disk, or compile it, which a warning says: once for a machine."""
        if not is_kept():
            message = _("Dense nets become native code now, once for this machine; that takes some seconds.")
            warnings.warn(message, NeuronaWarning, stacklevel=3)
        x = torch.zeros(1, int(self.net.widths[0]))
        y = torch.zeros(1, 1 if self.goal.each == 1 else int(self.net.widths[-1]))
        self._run(NO_RULE, self._supply.samples(x, y, [1]))

    def train(
        self, player: Player, batches: Batches, event: UnderWay, draw: Callable[[], int], *, single: bool = False
    ) -> Generator[int, None, Measured]:
        """Train for an event, and yield how many batches each call was.

        Args:
            player: whose weights they are.
            batches: of the training samples.
            event: which epochs; `kept` is a list of what each call has measured.
            draw: gives a random number for each call of native code, the seed of its dropout.
            single: pause after each batch, rather than after each call, which may train on many; the numbers are alike.

        Returns:
            Each metric, and its standard deviation over the batches.
        """
        rest = [] if event.rows is None else self._supply.rest(batches, event.rows)
        for several in chain(rest, self._supply.calls(batches, event.whole)):
            begun = draw() if self.dropout else 0
            for samples, seed in apart(several, begun, len(self.net.activations)) if single else [(several, begun)]:
                self._weights.hold()
                rule, memory = _rule(player.optimizer, self.options), self._remembered(player)
                steps = len(samples.sizes)
                rates = player.schedule.ahead(steps)
                event.kept.append(self._run(rule, samples, True, memory.numbers, rates, memory.steps, seed))
                memory.advance(steps)
                player.schedule.advance(steps)
                yield steps
        return self._measured(event.kept)

    def evaluate(self, split: Split, inputs: Inputs) -> Measured:
        """Return each metric over a split, without dropout, and its standard deviation over parts."""
        self._weights.hold()
        return self._measured([self._run(NO_RULE, samples) for samples in self._supply.parts(split, inputs)])

    def _measured(self, seen: list[tuple[Array, Array, Array]]) -> Measured:
        """Return the metrics of losses `(b,)`, sums `(b, s)` and sizes `(b,)` of batches, call by call."""
        whole = seen[0] if len(seen) == 1 else [np.concatenate(part) for part in zip(*seen, strict=True)]
        losses, totals, sizes = whole
        return measured(self.task, {self.task.players[0]: losses}, totals, sizes.astype(np.float64))

    @property
    def finite(self) -> bool:
        """Whether all weights are finite numbers."""
        return bool(np.isfinite(self._weights.numbers).all())

    def _run(
        self,
        rule: optimizers.Rule,
        samples: epochs.Samples,
        learn: bool = False,
        memory: Array = NO_MEMORY,
        rates: Array = NOTHING,
        done: int = 0,
        seed: int = 0,
    ) -> tuple[Array, Array, Array]:
        """Run native code over batches; return their losses, sums and sizes; see `epochs.run`."""
        steps, parts, theta = len(samples.sizes), samples.parts, self._weights.numbers
        each = (6.0 if learn else 2.0) * len(theta)
        words = self._pair.words(each * samples.sizes.sum()) if parts == 2 else NOBODY
        if learn and parts == 2 and rule.clip > 0:  # whose norm is over both, and a step in one part filled the first
            self._gradients[:] = 0
        losses, totals = np.zeros((parts, steps)), np.zeros((parts, steps, self.goal.sums))
        work = epochs.Work(self._gradients[:parts].reshape(-1), self._room, losses, totals)

        def compute(rank: int) -> None:
            crew = passes.Crew(parts, 2 if len(words) else 1, rank, words)
            epochs.run(self.net, self.goal, rule, samples, crew, work, learn, theta, memory, rates, done, seed)

        with threads_for(each * min(passes.BLOCK, int(samples.sizes[0])), UNPARTED):
            self._pair.run(compute, words)
        if parts == 1:
            return losses[0], totals[0], samples.sizes
        return losses.sum(0), totals.sum(0), samples.sizes

    def _remembered(self, player: Player) -> Memory:
        if self._memory is None or self._memory.optimizer is not player.optimizer or not self._memory.ours:
            self._memory = Memory(player.optimizer, self.parameters)
        return self._memory


def _net(layers: list[Layer]) -> passes.Net:
    """Return how the layers lie in one vector: the weights of each, then its bias."""
    linear = [layer.linear for layer in layers]
    sizes = [part for one in linear for part in (one.weight.numel(), 0 if one.bias is None else one.bias.numel())]
    begins = np.cumsum([0, *sizes])[:-1].reshape(-1, 2)
    return passes.Net(
        widths=np.array([linear[0].in_features, *(one.out_features for one in linear)]),
        activations=np.array([gallery.NAMES.index(layer.activation) for layer in layers]),
        dropout=np.array([layer.dropout for layer in layers], np.float32),
        weights=begins[:, 0].copy(),
        biases=begins[:, 1].copy(),
        biased=np.array([int(one.bias is not None) for one in linear]),
    )


def _goal(task: Task, outputs: int, summed: bool) -> epochs.Goal:
    """Return what is learned and measured, in the numbers of `neurona.compiled`."""
    loss = losses.NAMES.index(task.loss_name)
    name, count = task.name, 1
    if isinstance(task, Multilabel):
        count = 2 + sum(j <= outputs for j in task.at)
    elif isinstance(task, Regression):
        count = 4 * outputs
    elif isinstance(task, Reconstruction) and task.loss_name == "binary-cross-entropy":
        name = "reconstruction of logits"
    return epochs.Goal(loss, outputs if loss else 1, int(summed), sums.NAMES.index(name), count)


def _rule(optimizer: torch.optim.Optimizer, options: FitOptions) -> optimizers.Rule:
    """Return how weights follow their gradient, as the optimizer of PyTorch is set."""
    group = optimizer.param_groups[0]
    first, second = group.get("betas", (0.0, group.get("alpha", group.get("rho", 0.0))))
    return optimizers.Rule(
        number=optimizers.NAMES.index(MEMORY[type(optimizer)][0]),
        weight_decay=float(group["weight_decay"]),
        momentum=float(group.get("momentum", 0.0)),
        nesterov=int(group.get("nesterov", False)),
        first=float(first),
        second=float(second),
        eps=float(group.get("eps", 0.0)),
        l2=float(options.l2),
        clip=float(options.clip or 0.0),
    )
