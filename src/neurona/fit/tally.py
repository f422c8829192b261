"""What a fit adds up over batches, and the metrics that come of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from numpy.typing import NDArray
from torch import Tensor

from neurona.tasks import Task

Kept = float | list[float] | Tensor


class Tally:
    """Losses and sums of the batches of an event, for each player of a task.

    Nothing is read from an accelerator before `metrics`, so that adding does not wait for it.
    """

    def __init__(self, task: Task) -> None:
        self.task = task
        self._losses: dict[str, list[Kept]] = {player: [] for player in task.players}
        self._sums: dict[str, list[Kept]] = {player: [] for player in task.players}
        self._counts: list[Kept] = []

    def add(self, player: str, loss: Tensor, sums: Tensor, count: int | Tensor) -> None:
        """Add what a player's turn at one batch gave: its mean loss, its sums, and how many things they are over."""
        self._losses[player].append(_kept(loss))
        self._sums[player].append(_kept(sums))
        if player == self.task.players[0]:
            self._counts.append(_kept(count))

    def extend(self, player: str, losses: NDArray[Any], sums: NDArray[Any], counts: NDArray[Any]) -> None:
        """Add what a player's turns at many batches gave: losses `(b,)`, sums `(b, s)`, counts `(b,)`."""
        self._losses[player] += losses.tolist()
        self._sums[player] += sums.tolist()
        if player == self.task.players[0]:
            self._counts += counts.tolist()

    def metrics(self) -> tuple[dict[str, float], dict[str, float]]:
        """Return each metric over all batches, and its standard deviation from batch to batch.

        "loss" comes first; of several players it is the sum, and PLAYER_loss follows for each.
        """
        n = _on_cpu(self._counts)
        each = torch.cat([_rows(_on_cpu(sums)) for sums in self._sums.values()], 1)
        losses = {player: _on_cpu(values) for player, values in self._losses.items()}
        share = n / n.sum()
        single = {**_named(losses), **self.task.metrics(each, n)}
        overall = _named({player: values @ share for player, values in losses.items()})
        whole = {**overall, **self.task.metrics(each.sum(0), n.sum())}
        deviation = {name: value.std(correction=0).item() for name, value in single.items()}
        return {name: value.item() for name, value in whole.items()}, deviation


def _named(losses: dict[str, Tensor]) -> dict[str, Tensor]:
    whole = torch.stack([*losses.values()]).sum(0)
    return {"loss": whole, **({f"{player}_loss": value for player, value in losses.items()} if len(losses) > 1 else {})}


def _rows(sums: Tensor) -> Tensor:
    return sums if sums.dim() == 2 else sums[:, None]


def _kept(value: int | Tensor) -> Kept:
    """Return a value to keep until the end of an epoch, on a CPU as Python's numbers.

    There a small tensor of each batch, lying between large ones that come and go, would keep the heap from shrinking:
    an epoch of `mnist-cnn1` then took 1.5 GB more.
    """
    if not isinstance(value, Tensor):
        return value
    kept: Kept = value.tolist() if value.device.type == "cpu" else value.detach()
    return kept


def _on_cpu(values: Sequence[Kept]) -> Tensor:
    tensors = [value for value in values if isinstance(value, Tensor)]
    return torch.stack(tensors).cpu().double() if tensors else torch.tensor(values, dtype=torch.float64)
