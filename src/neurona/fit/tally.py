"""What a fit adds up over batches, and the metrics that come of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from neurona.tasks import Task
from neurona.tasks.task import Numbers

Kept = float | list[float] | Tensor
Measured = tuple[dict[str, float], dict[str, float]]


@dataclass(frozen=True)
class Turn:
    """What a player's turn at one batch gave.

    Attributes:
        player: whose turn it was.
        loss: the mean over the batch, a scalar.
        sums: what metrics are made of; see `Task.sums`.
        count: how many things they are over.
    """

    player: str
    loss: Tensor
    sums: Tensor
    count: int | Tensor

    def copied(self) -> Turn:
        """Return it in memory of its own."""
        count = self.count.clone() if isinstance(self.count, Tensor) else self.count
        return Turn(self.player, self.loss.clone(), self.sums.clone(), count)


class Tally:
    """Losses and sums of the batches of an event, for each player of a task.

    Nothing is read from an accelerator before `metrics`, so that adding does not wait for it.
    """

    def __init__(self, task: Task) -> None:
        self.task = task
        self._losses: dict[str, list[Kept]] = {player: [] for player in task.players}
        self._sums: dict[str, list[Kept]] = {player: [] for player in task.players}
        self._counts: list[Kept] = []

    def add(self, turn: Turn) -> None:
        """Add what a player's turn at one batch gave."""
        self._losses[turn.player].append(_kept(turn.loss))
        self._sums[turn.player].append(_kept(turn.sums))
        if turn.player == self.task.players[0]:
            self._counts.append(_kept(turn.count))

    def metrics(self) -> Measured:
        """Return each metric over all batches, and its standard deviation from batch to batch.

        "loss" comes first; of several players it is the sum, and PLAYER_loss follows for each.
        """
        losses = {player: _numbers(values) for player, values in self._losses.items()}
        sums = np.concatenate([_rows(_numbers(sums)) for sums in self._sums.values()], 1)
        return measured(self.task, losses, sums, _numbers(self._counts))[0]


def measured(task: Task, losses: Mapping[str, Numbers], sums: Numbers, counts: Numbers) -> list[Measured]:
    """Return what each of several events, or the only one, gives; see `Tally.metrics`.

    An event gives the same, to the last bit, by itself and among others.

    Args:
        task: whose metrics they are.
        losses: of each player in each batch, `(b,)` or `(events, b)`.
        sums: what the metrics of each batch are made of, `(b, s)` or `(events, b, s)`.
        counts: how many things each batch is the sum over, `(b,)`.
    """
    with np.errstate(all="ignore"):  # what cannot be measured is NaN
        losses = {player: loss.reshape(-1, len(counts)) for player, loss in losses.items()}
        sums, total = sums.reshape(-1, *sums.shape[-2:]), np.add.reduce(counts)
        share = counts / total
        batches = _named(losses) | task.metrics(sums, counts)
        table = np.array([*batches.values()])
        means = _named({player: np.add.reduce(loss * share, -1) for player, loss in losses.items()})
        apart = np.ascontiguousarray(sums.swapaxes(1, 2))  # then numbers are added in the same order in any event
        whole = np.array([*(means | task.metrics(np.add.reduce(apart, -1), total)).values()])
        table -= (np.add.reduce(table, -1) / len(counts))[..., None]
        deviation = np.sqrt(np.add.reduce(table * table, -1) / len(counts))
    pairs = zip(whole.T.tolist(), deviation.T.tolist(), strict=True)
    return [(dict(zip(batches, one, strict=True)), dict(zip(batches, other, strict=True))) for one, other in pairs]


def _named(losses: Mapping[str, Numbers]) -> dict[str, Numbers]:
    """Return the losses of several players, and first their sum; the loss of a single one is just that."""
    if len(losses) == 1:
        return {"loss": next(iter(losses.values()))}
    whole: Numbers = np.add.reduce([*losses.values()])
    return {"loss": whole, **{f"{player}_loss": value for player, value in losses.items()}}


def _rows(sums: Numbers) -> Numbers:
    return sums if sums.ndim == 2 else sums[:, None]


def _kept(value: int | Tensor) -> Kept:
    """Return a value to keep until the end of an epoch, on a CPU as Python's numbers.

    There a small tensor of each batch, lying between large ones that come and go, would keep the heap from shrinking:
    an epoch of `mnist-cnn1` then took 1.5 GB more.
    """
    if not isinstance(value, Tensor):
        return value
    kept: Kept = value.tolist() if value.device.type == "cpu" else value.detach()
    return kept


def _numbers(values: Sequence[Kept]) -> Numbers:
    tensors = [value for value in values if isinstance(value, Tensor)]
    return torch.stack(tensors).cpu().double().numpy() if tensors else np.array(values, np.float64)
