"""What a fit adds up over batches, and the metrics that come of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from neurona.tasks import Task

Numbers = NDArray[np.float64]
Kept = float | list[float] | Tensor


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

    def metrics(self) -> tuple[dict[str, float], dict[str, float]]:
        """Return each metric over all batches, and its standard deviation from batch to batch.

        "loss" comes first; of several players it is the sum, and PLAYER_loss follows for each.
        """
        losses = {player: _numbers(values) for player, values in self._losses.items()}
        sums = np.concatenate([_rows(_numbers(sums)) for sums in self._sums.values()], 1)
        return measured(self.task, losses, sums, _numbers(self._counts))


def measured(
    task: Task, losses: Mapping[str, Numbers], sums: Numbers, counts: Numbers
) -> tuple[dict[str, float], dict[str, float]]:
    """Return each metric over all batches, and its standard deviation from batch to batch; see `Tally.metrics`.

    Args:
        task: whose metrics they are.
        losses: of each player in each batch, `(b,)`.
        sums: what the metrics of each batch are made of, `(b, s)`.
        counts: how many things each batch is the sum over, `(b,)`.
    """
    with np.errstate(all="ignore"):  # what cannot be measured is NaN
        batches = _named(losses) | task.metrics(sums, counts)
        if len(counts) == 1:
            whole = {name: float(value[0]) for name, value in batches.items()}
            return whole, {name: value - value for name, value in whole.items()}
        total = np.add.reduce(counts)
        share = counts / total
        means = _named({player: loss @ share for player, loss in losses.items()})
        together = means | task.metrics(np.add.reduce(sums), total)
        table = np.array([*batches.values()])
        table -= (np.add.reduce(table, 1) / len(counts))[:, None]
        deviation = np.sqrt(np.add.reduce(table * table, 1) / len(counts))
    whole = {name: float(value) for name, value in together.items()}
    return whole, dict(zip(whole, deviation.tolist(), strict=True))


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
