"""`Dense`: the training of a dense net as native code, on the weights and the optimizer's memory of PyTorch."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Generator
from itertools import chain
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch.optim import Optimizer

from neurona.compiled import call
from neurona.compiled.call import BLOCK, Call, Crew, Goal, Net, Rule, Samples, Work
from neurona.compiled.code import use_blas
from neurona.data.dataset import Split
from neurona.data.inputs import Inputs
from neurona.errors import InputError, NeuronaWarning, reason_of
from neurona.fit.batches import Batches
from neurona.fit.chain import Layer
from neurona.fit.device import threads_for
from neurona.fit.options import FitOptions
from neurona.fit.pair import NOBODY, Pair
from neurona.fit.stages import Player
from neurona.fit.supply import NONE, UNPARTED, Supply, apart
from neurona.fit.tally import Measured, measured
from neurona.fit.under_way import UnderWay
from neurona.fit.working_copy import MEMORY, Flat, Memory
from neurona.language import _
from neurona.tasks import Multilabel, Reconstruction, Regression, Task

Array = NDArray[Any]

# What an optimizer of PyTorch may be set to, and native code does not follow.
APART = ("amsgrad", "maximize", "dampening", "centered", "lr_decay")
NO_RULE = Rule(0, 0.0, 0.0, 0, 0.0, 0.0, 0.0, 0.0, 0.0)
use_blas(next((Path(torch.__file__).parent / "lib").glob("libtorch_cpu.*"), None))


class Learning(NamedTuple):
    """How weights follow their gradient in a call of native code.

    Attributes:
        rule: of the optimizer.
        memories: what it remembers, a row `(2 p,)` for each event; see `epochs.run`.
        rates: the learning rate of each step.
        done: steps that the optimizer has made before.
        seed: of dropout, 0 for none.
    """

    rule: Rule = NO_RULE
    memories: Array = np.zeros((1, 0), np.float32)
    rates: Array = np.zeros(0)
    done: int = 0
    seed: int = 0


NOT_AT_ALL = Learning()


class Dense:
    """Trains the layers of a net for whole epochs.

    Args:
        layers: of the net; see `chain_of`.
        task: what it learns.
        options: of the fit.

    Attributes:
        weights: all of the net, as one vector.
        dropout: whether it has any.
        supply: of samples.
    """

    def __init__(self, layers: list[Layer], task: Task, options: FitOptions) -> None:
        self.options, self.task = options, task
        self._places = [
            (layer.linear._parameters, name, p)
            for layer in layers
            for name, p in layer.linear._parameters.items()
            if p is not None
        ]
        self.parameters = [p for _of, _name, p in self._places]
        self._dropping = [(place, layer) for place, layer in enumerate(layers) if layer.drops]
        self.net = _net(layers)
        self.dropout = bool(self.net.dropout.any())
        self.goal = _goal(task, layers[-1].linear.out_features, options.reduction == "sum")
        self.weights = Flat(self.parameters)
        targets = int(self.net.widths[0] if isinstance(task, Reconstruction) else self.net.widths[-1])
        self._gradients = _zeros(2, len(self.weights.numbers))
        self._room = _zeros(call.room(self.net, targets))
        self._pair = Pair()
        self._memory: Memory | None = None
        self._read: tuple[Optimizer, list[dict[str, Any]], Rule] | None = None
        self.supply = Supply(self.net, len(self.weights.numbers), task)

    def load(self) -> None:
        """Read the native code from disk, or compile it, which a warning says: once for a machine."""

        def compiling() -> None:
            message = _("Dense nets become native code now, once for this machine; that takes some seconds.")
            warnings.warn(message, NeuronaWarning, stacklevel=5)

        try:
            call.run.load(compiling)
        except OSError as error:  # the code is there, and could not be written down
            message = _("The native code could not be kept on the disk: {reason}. The next process compiles it again.")
            warnings.warn(message.format(reason=reason_of(error)), NeuronaWarning, stacklevel=3)

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
        self.look(player)
        rest = [] if event.rows is None else self.supply.rest(batches, event.rows)
        for several in chain(rest, self.supply.calls(batches, event.whole)):
            begun = draw() if self.dropout else 0
            for samples, seed in apart(several, begun, len(self.net.activations)) if single else [(several, begun)]:
                self.weights.hold()
                rule, memory, steps = self.rule(player), self.remembered(player), len(samples.sizes)
                rates = player.schedule.ahead(steps)
                learning = Learning(rule, memory.numbers[None], rates, memory.steps, seed)
                losses, sums = self.run(samples, NONE, learning)
                event.kept.append((losses[0], sums[0], samples.sizes))
                memory.advance(steps)
                player.schedule.advance(steps)
                yield steps
        return self._together(event.kept)

    def evaluate(self, split: Split, inputs: Inputs) -> Measured:
        """Return each metric over a split, without dropout, and its standard deviation over parts."""
        self.weights.hold()
        seen = []
        for samples in self.supply.parts(split, inputs):
            losses, sums = self.run(NONE, samples)
            seen.append((losses[0], sums[0], samples.sizes))
        return self._together(seen)

    def _together(self, seen: list[tuple[Array, Array, Array]]) -> Measured:
        """Return the metrics of losses `(b,)`, sums `(b, s)` and sizes `(b,)` of batches, call by call."""
        whole = seen[0] if len(seen) == 1 else [np.concatenate(part) for part in zip(*seen, strict=True)]
        return self.measured(*whole)[0]

    def measured(self, losses: Array, sums: Array, sizes: Array) -> list[Measured]:
        """Return the metrics of each of several events; see `tally.measured`."""
        return measured(self.task, {self.task.players[0]: losses}, sums, sizes.astype(np.float64))

    @property
    def finite(self) -> bool:
        """Whether all weights are finite numbers."""
        return bool(np.isfinite(self.weights.numbers).all())

    def run(
        self, samples: Samples, seen: Samples, learning: Learning = NOT_AT_ALL, theta: Array | None = None
    ) -> tuple[Array, Array]:
        """Run native code over batches to learn from and then over others to look at, once for each event.

        Args:
            samples: to learn from, or `NONE`.
            seen: to look at, or `NONE`.
            learning: how weights change.
            theta: the weights to begin with and room for those after each event, `(events, p)`; None for one event of
                the weights of the net themselves.

        Returns:
            Of each event the losses of all batches, `(events, batches)`, and their sums, `(events, batches, s)`.
        """
        thetas = self.weights.numbers[None] if theta is None else theta
        first = samples if len(samples.sizes) else seen
        parts, batches = first.parts, len(thetas) * (len(samples.sizes) + len(seen.sizes))
        each = (6.0 if first is samples else 2.0) * thetas.shape[1]
        words = self._pair.words(each * first.sizes.sum()) if parts == 2 else NOBODY
        if parts == 2 and learning.rule.clip > 0:  # whose norm is over both, and a step in one part filled the first
            self._gradients[:] = 0
        losses, totals = np.zeros((parts, batches)), np.zeros((parts, batches, self.goal.sums))
        work = Work(self._gradients[:parts].reshape(-1), self._room, losses, totals)

        def compute(rank: int) -> None:
            crew = Crew(parts, 2 if len(words) else 1, rank, words)
            rule, memories, rates, done, seed = learning
            call.run(Call(self.net, self.goal, rule, samples, seen, crew, work, thetas, memories, rates, done, seed))

        with threads_for(each * min(BLOCK, int(first.sizes[0])), UNPARTED):
            self._pair.run(compute, words)
        whole = (losses[0], totals[0]) if parts == 1 else (losses.sum(0), totals.sum(0))
        return whole[0].reshape(len(thetas), -1), whole[1].reshape(len(thetas), -1, self.goal.sums)

    def look(self, player: Player) -> None:
        """See what was changed since the last event: the shares that are dropped hold from now on.

        Raises:
            InputError: a parameter was frozen or replaced, or hooks were added, which native code does not follow.
        """
        for place, layer in self._dropping:
            self.net.dropout[place] = layer.dropout
            self.dropout = bool(self.net.dropout.any())
        optimizer, problem = player.optimizer, ""
        for of, name, p in self._places:
            if of[name] is not p or not p.requires_grad or p._backward_hooks or p._post_accumulate_grad_hooks:
                problem = _(
                    "The net was changed while native code trains it: a parameter is frozen or replaced, or has hooks."
                )
        if optimizer._optimizer_step_pre_hooks or optimizer._optimizer_step_post_hooks:
            problem = _("The optimizer has hooks, and native code makes its steps.")
        _refuse(problem)

    def rule(self, player: Player) -> Rule:
        """Return how weights follow their gradient, as the optimizer of PyTorch is set now.

        Raises:
            InputError: it is another one, or has other groups of parameters, which native code does not know.
        """
        optimizer = player.optimizer
        groups = [{**group, "params": [*map(id, group["params"])], "lr": 0.0} for group in optimizer.param_groups]
        if self._read is None or self._read[0] is not optimizer or self._read[1] != groups:
            self._check_optimizer(optimizer, groups)
            self._read = (optimizer, groups, self._rule_of(type(optimizer), groups[0]))
        return self._read[2]

    def _check_optimizer(self, optimizer: Optimizer, groups: list[dict[str, Any]]) -> None:
        own, problem = [name for name in APART if any(group.get(name) for group in groups)], ""
        if type(optimizer) not in MEMORY or own:
            problem = _("The optimizer is {name}, which native code does not know.")
            problem = problem.format(name=" ".join([type(optimizer).__name__, *own]))
        if [{*group["params"]} for group in groups] != [{*map(id, self.parameters)}]:
            problem = _("The optimizer has other groups of parameters, and native code knows a single one.")
        _refuse(problem)

    def _rule_of(self, kind: type[Optimizer], group: dict[str, Any]) -> Rule:
        first, second = group.get("betas", (0.0, group.get("alpha", group.get("rho", 0.0))))
        return Rule(
            number=call.OPTIMIZERS.index(MEMORY[kind][0]),
            weight_decay=float(group["weight_decay"]),
            momentum=float(group.get("momentum", 0.0)),
            nesterov=int(group.get("nesterov", False)),
            first=float(first),
            second=float(second),
            eps=float(group.get("eps", 0.0)),
            l2=float(self.options.l2),
            clip=float(self.options.clip or 0.0),
        )

    def remembered(self, player: Player) -> Memory:
        """Return what the optimizer remembers, as vectors."""
        if self._memory is None or self._memory.optimizer is not player.optimizer or not self._memory.ours:
            self._memory = Memory(player.optimizer, self.parameters)
        return self._memory


def _refuse(problem: str) -> None:
    if problem:
        raise InputError(problem, _('Write fit.engine = "torch": PyTorch follows such changes.'))


def _zeros(*shape: int) -> Array:
    """Return zeros that lie as PyTorch's vector units like them; its own way may start threads, and wait for them."""
    numbers: Array = torch.empty(shape).numpy()
    numbers.fill(0)
    return numbers


def _net(layers: list[Layer]) -> Net:
    """Return how the layers lie in one vector: the weights of each, then its bias."""
    linear = [layer.linear for layer in layers]
    sizes = [part for one in linear for part in (one.weight.numel(), 0 if one.bias is None else one.bias.numel())]
    begins = np.cumsum([0, *sizes])[:-1].reshape(-1, 2)
    return Net(
        widths=np.array([linear[0].in_features, *(one.out_features for one in linear)]),
        activations=np.array([call.ACTIVATIONS.index(layer.activation) for layer in layers]),
        dropout=np.array([layer.dropout for layer in layers], np.float32),
        weights=begins[:, 0].copy(),
        biases=begins[:, 1].copy(),
        biased=np.array([int(one.bias is not None) for one in linear]),
    )


def _goal(task: Task, outputs: int, summed: bool) -> Goal:
    """Return what is learned and measured, in the numbers of `neurona.compiled`."""
    loss = call.LOSSES.index(task.loss_name)
    name, count = task.name, 1
    if isinstance(task, Multilabel):
        count = 2 + sum(j <= outputs for j in task.at)
    elif isinstance(task, Regression):
        count = 4 * outputs
    elif isinstance(task, Reconstruction) and task.loss_name == "binary-cross-entropy":
        name = "reconstruction of logits"
    return Goal(loss, outputs if loss else 1, int(summed), call.TASKS.index(name), count)
