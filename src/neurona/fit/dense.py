"""`Dense`: the training of a dense net as native code, on the weights and the optimizer's memory of PyTorch."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Generator, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from neurona.compiled import blas, epochs, gallery, losses, optimizers, sums
from neurona.compiled.native import is_kept
from neurona.compiled.products import SMALL
from neurona.data.dataset import Split
from neurona.data.inputs import Inputs
from neurona.errors import NeuronaWarning
from neurona.fit.batches import Batches, in_order
from neurona.fit.chain import Layer
from neurona.fit.options import FitOptions
from neurona.fit.stages import Player
from neurona.fit.tally import measured
from neurona.fit.working_copy import MEMORY, Flat, Memory
from neurona.language import _
from neurona.tasks import Multilabel, Reconstruction, Regression, Task

Array = NDArray[Any]
Measured = tuple[dict[str, float], dict[str, float]]

CPU = torch.device("cpu")
NOTHING, NO_ROWS, NO_ORDER = np.zeros(0), np.zeros((2, 0), np.float32), np.zeros(0, np.int64)
NO_RULE = optimizers.Rule(0, 0.0, 0.0, 0, 0.0, 0.0, 0.0, 0.0, 0.0)
# About so many floating-point operations are one call, so that an interruption is soon heard.
CALL = 1e9
# So many numbers of samples are handed over as they are, once, instead of batch by batch.
WHOLE = 4_000_000

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
        self._memory: Memory | None = None
        self._whole: tuple[Batches, epochs.Samples] | None = None
        self._seen: tuple[Split, epochs.Samples] | None = None

    def load(self) -> None:
        """Read the native code from disk, or compile it, which a warning says: once for a machine."""
        if not is_kept():
            message = _("Dense nets become native code now, once for this machine; that takes some seconds.")
            warnings.warn(message, NeuronaWarning, stacklevel=3)
        targets = 1 if self.goal.each == 1 else int(self.net.widths[-1])
        x, y = np.zeros((1, self.net.widths[0]), np.float32), np.zeros((1, targets), np.float32)
        self._run(NO_RULE, epochs.Samples(x, y, NO_ORDER, np.ones(1, np.int64), False, False))

    def train(
        self, player: Player, batches: Batches, count: int, draw: Callable[[], int], *, single: bool = False
    ) -> Generator[int, None, Measured]:
        """Train for `count` epochs; yield the batches of each call; return each metric and its standard deviation.

        Args:
            player: whose weights they are.
            batches: of the training samples.
            count: of epochs.
            draw: gives a random number for each call of native code, the seed of its dropout.
            single: pause after each batch, rather than after each call, which may train on many; the numbers are alike.
        """
        seen = []
        for whole in self._calls(batches, count):
            begun = draw() if self.dropout else 0
            for samples, seed in self._apart(whole, begun) if single else [(whole, begun)]:
                self._weights.hold()
                rule, memory, steps = (
                    _rule(player.optimizer, self.options),
                    self._remembered(player),
                    len(samples.sizes),
                )
                rates = player.schedule.ahead(steps)
                seen.append(self._run(rule, samples, True, memory.rows, rates, memory.steps, seed))
                memory.advance(steps)
                player.schedule.advance(steps)
                yield steps
        return self._measured(seen)

    def _apart(self, samples: epochs.Samples, seed: int) -> Iterator[tuple[epochs.Samples, int]]:
        """Yield each batch by itself, with the seed by which its dropout draws what it draws among the others.

        `epochs.run` draws for a block that begins at sample `start` of batch `step` by the number
        `seed + depth * (start + step * m)`, where `m` samples were handed over.
        """
        begin, many = 0, len(samples.x)
        for step, size in enumerate(samples.sizes):
            here = slice(begin, begin + size)
            own = seed and seed + len(self.net.activations) * (begin + step * many)
            alone = samples._replace(sizes=samples.sizes[step : step + 1])
            if len(samples.order):
                yield alone._replace(order=samples.order[here]), own
            else:
                yield alone._replace(x=samples.x[here], y=samples.y[here]), own
            begin += 0 if samples.again else size

    def evaluate(self, split: Split, inputs: Inputs) -> Measured:
        """Return each metric over a split, without dropout, and its standard deviation over parts."""
        self._weights.hold()
        return self._measured([self._run(NO_RULE, samples) for samples in self._parts(split, inputs)])

    def _measured(self, seen: list[tuple[Array, Array, Array]]) -> Measured:
        """Return the metrics of losses `(b,)`, sums `(b, s)` and sizes `(b,)` of batches, call by call."""
        whole = seen[0] if len(seen) == 1 else [np.concatenate(part) for part in zip(*seen, strict=True)]
        means, totals, sizes = (torch.from_numpy(part) for part in whole)
        return measured(self.task, {self.task.players[0]: means}, totals, sizes.double())

    @property
    def finite(self) -> bool:
        """Whether all weights are finite numbers."""
        return bool(np.isfinite(self._weights.numbers).all())

    def _run(
        self,
        rule: optimizers.Rule,
        samples: epochs.Samples,
        learn: bool = False,
        rows: Array = NO_ROWS,
        rates: Array = NOTHING,
        done: int = 0,
        seed: int = 0,
    ) -> tuple[Array, Array, Array]:
        """Run native code over batches; return their losses, sums and sizes; see `epochs.run`."""
        theta = self._weights.numbers
        means, totals = epochs.run(self.net, self.goal, rule, samples, learn, theta, rows, rates, done, seed)
        return means, totals, samples.sizes

    def _remembered(self, player: Player) -> Memory:
        if self._memory is None or self._memory.optimizer is not player.optimizer or not self._memory.ours:
            self._memory = Memory(player.optimizer, self.parameters)
        return self._memory

    def _parts(self, split: Split, inputs: Inputs) -> Iterator[epochs.Samples]:
        """Yield parts of a split; those of a small one are kept for the next time."""
        if self._seen and self._seen[0] is split:
            yield self._seen[1]
            return
        for x, y in in_order(split, inputs, CPU):
            samples = self._samples(x, y, [len(x)])
            if len(x) == len(split):
                self._seen = (split, samples)
            yield samples

    def _calls(self, batches: Batches, count: int) -> Iterator[epochs.Samples]:
        """Yield the samples of `count` epochs, as many at once as one call is to work on."""
        if not self._takes_whole(batches):
            for x, y, sizes in batches.parts(count):
                yield self._samples(x, y, sizes)
            return
        if self._whole is None or self._whole[0] is not batches:
            self._whole = (batches, self._samples(*batches.whole(), batches.sizes(batches.count)))
        whole = self._whole[1]
        at_once = max(1, int(CALL / (6 * len(self._weights.numbers) * batches.count)))
        for begun in range(0, count, at_once):
            times = min(at_once, count - begun)
            order = NO_ORDER if batches.full else batches.order(times).numpy()
            yield whole._replace(order=order, sizes=np.tile(whole.sizes, times), again=batches.full)

    def _takes_whole(self, batches: Batches) -> bool:
        """Tell whether native code is given all samples, as they are, and takes them in the order of an epoch."""
        if batches.augment is not None or batches.full:
            return batches.augment is None
        return batches.count * int(self.net.widths[0]) <= WHOLE and not self._by_rows(batches.size)

    def _by_rows(self, size: int) -> bool:
        """Tell whether the first product of batches of this size is one for BLAS."""
        return int(self.net.widths[0] * self.net.widths[1]) * min(epochs.BLOCK, size) > SMALL

    def _samples(self, x: Tensor, y: Tensor, sizes: Sequence[int]) -> epochs.Samples:
        """Return samples, and what their outputs are held against, as `epochs.run` takes them."""
        rows, wanted = x.flatten(1).contiguous().numpy(), self.task.target(x, y)
        held = rows if wanted is x else wanted.to(torch.float32).reshape(len(y), -1).contiguous().numpy()
        return epochs.Samples(rows, held, NO_ORDER, np.array(sizes), False, self._by_rows(sizes[0]))


def _net(layers: list[Layer]) -> epochs.Net:
    """Return how the layers lie in one vector: the weights of each, then its bias."""
    linear = [layer.linear for layer in layers]
    sizes = [part for one in linear for part in (one.weight.numel(), 0 if one.bias is None else one.bias.numel())]
    begins = np.cumsum([0, *sizes])[:-1].reshape(-1, 2)
    return epochs.Net(
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
