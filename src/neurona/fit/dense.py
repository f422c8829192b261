"""`Dense`: the training of a dense net as native code, on the weights and the optimizer's memory of PyTorch."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from neurona.compiled import epochs, gallery, losses, optimizers, products, sums
from neurona.fit.batches import Batches
from neurona.fit.chain import Layer
from neurona.fit.options import FitOptions
from neurona.fit.stages import Player
from neurona.fit.tally import Tally
from neurona.fit.working_copy import MEMORY, WorkingCopy
from neurona.tasks import Multilabel, Reconstruction, Regression, Task

Array = NDArray[Any]

# About so many floating-point operations are one call, so that an interruption is soon heard.
CALL = 1e9

products.use_blas(next((Path(torch.__file__).parent / "lib").glob("libtorch_cpu.*"), None))


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

    def train(self, player: Player, batches: Batches, count: int, tally: Tally) -> None:
        """Train for `count` epochs; losses and sums of each batch go to `tally`."""
        rule, copy = _rule(player.optimizer, self.options), WorkingCopy(self.parameters, player.optimizer)
        theta, memory = copy.theta.numpy(), copy.memory.numpy()
        for x, y, sizes, again in self._calls(batches, count):
            rates = player.schedule.ahead(len(sizes))
            seed = int(torch.randint(1, 2**62, ())) if self.dropout else 0
            means, totals = epochs.run(
                self.net, self.goal, rule, x, y, sizes, again, True, theta, memory, rates, copy.steps, seed
            )
            copy.steps += len(sizes)
            player.schedule.advance(len(sizes))
            tally.extend(player.name, means, totals, sizes)
        copy.write_back()

    def _calls(self, batches: Batches, count: int) -> Iterator[tuple[Array, Array, Array, bool]]:
        """Yield samples, targets, the size of each batch, and whether all begin at the first sample."""
        if not batches.full or batches.augment is not None:
            for x, y, sizes in batches.parts(count):
                yield *self._arrays(x, y), np.array(sizes), False
            return
        x, y = next(iter(batches))
        rows, wanted = self._arrays(x, y)
        at_once = max(1, int(CALL / (6 * sum(p.numel() for p in self.parameters) * len(x))))
        for begun in range(0, count, at_once):
            yield rows, wanted, np.full(min(at_once, count - begun), len(x)), True

    def _arrays(self, x: Tensor, y: Tensor) -> tuple[Array, Array]:
        """Return samples `(m, d)` and what their outputs are held against `(m, k)`, in float32."""
        rows = x.flatten(1).contiguous().numpy()
        wanted = self.task.target(x, y)
        return rows, rows if wanted is x else wanted.to(torch.float32).reshape(len(y), -1).contiguous().numpy()


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
