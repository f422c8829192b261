"""Batches from tensors in memory, with no Python for each sample."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor

from neurona.data.dataset import Dataset, Split, prepare
from neurona.data.inputs import Columns, Pixels

# Samples are gathered and scaled for several batches at once, at most about this many bytes of float32: one large
# gather costs less than many small ones, and what it wrote is still in the cache when the batches are used.
GATHER_BYTES = 2 << 20


class Batches:
    """The training samples of a dataset on a device, in batches, in a new order each epoch.

    Args:
        data: whose `train` split is handed out.
        size: samples in a batch; the last one of an epoch is smaller when they do not divide.
        device: where the samples live.
        generator: of the order; a CPU generator.
        skip_single: leave out a last batch of one sample, which batch normalisation cannot normalise.
    """

    def __init__(
        self,
        data: Dataset,
        size: int,
        device: torch.device,
        generator: torch.Generator,
        *,
        skip_single: bool = False,
    ) -> None:
        self.x, self.y = data.train.x.to(device), data.train.y.to(device)
        self.inputs = data.inputs
        self.size = min(size, len(self.x))
        self.generator = generator
        self.count = len(self.x)
        if skip_single and self.size > 1 and self.count % self.size == 1:
            self.count -= 1
        self.full = self.size >= len(self.x)
        per_sample = 4 * max(1, data.features)
        self.gathered = self.size * max(1, GATHER_BYTES // (per_sample * self.size))

    def __len__(self) -> int:
        """Return how many batches an epoch has."""
        return -(-self.count // self.size)

    def __iter__(self) -> Iterator[tuple[Tensor, Tensor]]:
        """Yield `(x, y)` of each batch of one epoch, `x` as the net sees it."""
        if self.full:
            yield self._everything
            return
        order = torch.randperm(len(self.x), generator=self.generator)[: self.count].to(self.x.device)
        for rows in order.split(self.gathered):
            x, y = prepare(self.x.index_select(0, rows), self.inputs), self.y.index_select(0, rows)
            yield from zip(x.split(self.size), y.split(self.size), strict=True)

    @property
    def _everything(self) -> tuple[Tensor, Tensor]:
        if self.x.dtype == torch.uint8:
            return prepare(self.x, self.inputs), self.y
        return self.x, self.y


def in_order(split: Split, inputs: Columns | Pixels, device: torch.device) -> Iterator[tuple[Tensor, Tensor]]:
    """Yield `(x, y)` of a split in its own order, in batches that hold at most about 16 MiB of float32."""
    per_sample = 4 * max(1, split.x[0].numel()) if len(split) else 1
    size = max(1, (16 << 20) // per_sample)
    for x, y in zip(split.x.split(size), split.y.split(size), strict=True):
        yield prepare(x.to(device), inputs), y.to(device)
