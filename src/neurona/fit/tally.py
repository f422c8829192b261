"""What a fit adds up over batches, and the metrics that come of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
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

    def metrics(self) -> tuple[dict[str, float], dict[str, float]]:
        """Return each metric over all batches, and its standard deviation from batch to batch.

        "loss" comes first; of several players it is the sum, and PLAYER_loss follows for each.
        """
        losses = {player: _on_cpu(values) for player, values in self._losses.items()}
        sums = torch.cat([_rows(_on_cpu(sums)) for sums in self._sums.values()], 1)
        return measured(self.task, losses, sums, _on_cpu(self._counts))


def measured(
    task: Task, losses: Mapping[str, Tensor], sums: Tensor, counts: Tensor
) -> tuple[dict[str, float], dict[str, float]]:
    """Return each metric over all batches, and its standard deviation from batch to batch; see `Tally.metrics`.

    Args:
        task: whose metrics they are.
        losses: of each player in each batch, `(b,)`.
        sums: what the metrics of each batch are made of, `(b, s)`.
        counts: how many things each batch is the sum over, `(b,)`.
    """
    if len(counts) == 1:
        alone = _named(losses) | task.metrics(sums, counts)
        whole = {name: value.item() for name, value in alone.items()}
        return whole, {name: value - value for name, value in whole.items()}
    # The batches, and behind them all of them together.
    total = counts.sum(0, keepdim=True)
    share = counts / total
    values = _named({player: torch.cat((loss, (loss @ share)[None])) for player, loss in losses.items()})
    values |= task.metrics(torch.cat((sums, sums.sum(0, keepdim=True))), torch.cat((counts, total)))
    table = torch.stack([*values.values()])
    deviation = table[:, :-1].std(1, correction=0)
    return dict(zip(values, table[:, -1].tolist(), strict=True)), dict(zip(values, deviation.tolist(), strict=True))


def _named(losses: Mapping[str, Tensor]) -> dict[str, Tensor]:
    if len(losses) == 1:
        return {"loss": next(iter(losses.values()))}
    whole = torch.stack([*losses.values()]).sum(0)
    return {"loss": whole, **{f"{player}_loss": value for player, value in losses.items()}}


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
