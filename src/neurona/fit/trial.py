"""A net is tried on two samples before it is trained, so that what does not fit is said at once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from neurona.data.dataset import Dataset, Split
from neurona.errors import InputError, nearest
from neurona.fit.batches import in_order
from neurona.fit.device import operations
from neurona.fit.engine import check_engine
from neurona.fit.memory import counting
from neurona.fit.tally import Tally, Turn
from neurona.language import _
from neurona.tasks import Task


@dataclass(frozen=True)
class Trial:
    """What two samples tell about a net.

    Attributes:
        members: how many nets side by side its outputs come from.
        operations: floating-point operations of a forward pass, for one sample.
        numbers: how many its layers put out for one sample.
        metrics: the names of what can be measured, "loss" first.
    """

    members: int
    operations: float
    numbers: int
    metrics: list[str]


@torch.no_grad()
def tried(
    net: nn.Module,
    data: Dataset,
    task: Task,
    device: torch.device,
    memory_format: torch.memory_format,
    engine: str = "torch",
) -> Trial:
    """Run `net` on the first samples of train, as each player does, and on the engine that it is to be trained on.

    Raises:
        InputError: the net has nothing to learn, or does not suit the samples or the task.
    """
    if not any(p.requires_grad for p in net.parameters()):
        raise InputError(_("The net has no parameters to train."))
    x, y = two(data, task, device, memory_format)
    net.eval()
    tally = Tally(task)
    with counting(net) as numbers:
        for player in task.players:
            outputs = _outputs(net, task, x, y, player)
            tally.add(Turn(player, torch.zeros(()), task.sums(outputs, y, player), task.count(y)))
    check_engine(engine, net, task, x, y)
    return Trial(task.members(outputs), operations(net, x), sum(numbers) // len(x), list(tally.metrics()[0]))


def two(data: Dataset, task: Task, device: torch.device, memory_format: torch.memory_format) -> tuple[Tensor, Tensor]:
    """Return the first two samples of train as a net sees them, and what its outputs are held against."""
    first = Split(data.train.x[:2], data.train.y[:2])
    x, y = next(in_order(first, data.inputs, device, memory_format))
    return x, task.target(x, y)


def check_monitor(monitor: str, metrics: list[str]) -> None:
    """Raise an `InputError` unless `monitor` is such as "valid.loss", of one of `metrics`."""
    split, _dot, name = monitor.partition(".")
    if split not in ("train", "valid") or name not in metrics:
        problem = _("fit.monitor = {name!r}: there is no such metric.").format(name=monitor)
        raise InputError(
            problem, nearest("", [f"{part}.{metric}" for part in ("valid", "train") for metric in metrics])
        )


def _outputs(net: nn.Module, task: Task, x: Tensor, y: Tensor, player: str) -> Any:
    try:
        outputs = task.forward(net, x, y, player)
    except Exception as error:  # a module of the user's own can raise anything
        problem = _("The net does not accept a batch of shape {shape}: {error}")
        text = str(error).partition("\n")[0] or type(error).__name__
        raise InputError(problem.format(shape=tuple(x.shape), error=text)) from error
    task.check(outputs, y)
    return outputs
