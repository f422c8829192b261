"""Batches from tensors in memory, with no Python for each sample, or from pictures on disk, which are read ahead."""

from __future__ import annotations

import math
import warnings
from collections.abc import Iterable, Iterator

import torch
from torch import Tensor

from neurona.data.dataset import Dataset, Split
from neurona.data.inputs import Columns, Inputs
from neurona.data.pictures import one_after_another
from neurona.errors import InputError, NeuronaWarning
from neurona.fit.options import FitOptions
from neurona.language import _

# Samples are gathered and scaled for several batches at once, at most about this many bytes of float32: one large
# gather costs less than many small ones, and what it wrote is still in the cache when the batches are used.
GATHER_BYTES = 2 << 20
# So many numbers are shuffled in three quarters of the time where each takes four bytes.
MANY = 100_000


def shuffled(count: int, generator: torch.Generator) -> Tensor:
    """Return the numbers from 0 to below `count`, int64, in the order that `torch.randperm` draws."""
    kind = torch.int32 if MANY <= count < 2**31 else torch.int64
    return torch.randperm(count, generator=generator, dtype=kind).long()


class Batches:
    """The training samples of a dataset on a device, in batches, in a new order each epoch.

    Args:
        data: whose `train` split is handed out.
        size: samples in a batch; the last one of an epoch is smaller when they do not divide.
        device: where the samples live.
        generator: of the order; a CPU generator.
        skip_single: leave out a last batch of one sample, which batch normalisation cannot normalise.
        memory_format: how pictures lie in memory.
    """

    def __init__(
        self,
        data: Dataset,
        size: int,
        device: torch.device,
        generator: torch.Generator,
        *,
        skip_single: bool = False,
        memory_format: torch.memory_format = torch.contiguous_format,
    ) -> None:
        self.x, self.y = data.train.x.to(device), data.train.y.to(device)
        self.inputs, self.augment, self.memory_format = data.inputs, data.augment, memory_format
        if isinstance(data.inputs, Columns) and data.inputs.features:  # computed once, for they stay as they are
            self.x, self.inputs = data.inputs.prepare(self.x), Columns(())
        self.samples = len(self.x)
        self.size = min(size, self.samples)
        self.generator = generator
        self.skip_single = skip_single
        self.count = self.samples
        if skip_single and self.size > 1 and self.count % self.size == 1:
            self.count -= 1
        self.full = self.size >= self.samples
        per_sample = 4 * max(1, data.features)
        self.gathered = self.size * max(1, GATHER_BYTES // (per_sample * self.size))

    def __len__(self) -> int:
        """Return how many batches an epoch has."""
        return -(-self.count // self.size)

    def __iter__(self) -> Iterator[tuple[Tensor, Tensor]]:
        """Yield `(x, y)` of each batch of one epoch, `x` as the net sees it."""
        yield from self.split(self.parts(1))

    def split(self, parts: Iterable[tuple[Tensor, Tensor, list[int]]]) -> Iterator[tuple[Tensor, Tensor]]:
        """Yield `(x, y)` of each batch of parts that hold several."""
        for x, y, sizes in parts:
            yield from zip(x.split(sizes), y.split(sizes), strict=True)

    def parts(self, epochs: int) -> Iterator[tuple[Tensor, Tensor, list[int]]]:
        """Yield the samples of several batches of `epochs` epochs at once, with the size of each batch.

        Small epochs come together, but where augmentation draws random numbers as they come.
        """
        if self.full:
            for _epoch in range(epochs):
                yield *self.whole(), [self.samples]
            return
        together = max(1, self.gathered // self.count) if self.augment is None else 1
        for begun in range(0, epochs, together):
            yield from self._gathered(min(together, epochs - begun))

    def _gathered(self, epochs: int) -> Iterator[tuple[Tensor, Tensor, list[int]]]:
        """Yield parts of one epoch, or several epochs in one part."""
        yield from self._taken(self.order(epochs), epochs)

    def some(self, rows: Tensor) -> Iterator[tuple[Tensor, Tensor, list[int]]]:
        """Yield the samples of several batches at once, as `parts` does, of those of `rows` alone, in their order."""
        if len(rows):
            yield from self._taken(rows[: len(rows) - self._single(len(rows))], 1)

    def batches_of(self, count: int) -> int:
        """Return how many batches `count` samples make."""
        return -(-(count - self._single(count)) // self.size)

    def _single(self, count: int) -> int:
        """Return 1 where the last of `count` samples would be a batch by itself that is left out."""
        return int(self.skip_single and self.size > 1 and count % self.size == 1)

    def _taken(self, order: Tensor, epochs: int) -> Iterator[tuple[Tensor, Tensor, list[int]]]:
        order = order.to(self.x.device)
        parts = order.split(self.gathered if epochs == 1 else len(order))
        for rows, gathered in zip(parts, one_after_another(self.x, parts), strict=True):
            x, y = self._seen(gathered), self.y.index_select(0, rows)
            yield x, y, self.sizes(len(rows) // epochs) * epochs

    def order(self, epochs: int) -> Tensor:
        """Draw which samples come one after the other in the next `epochs` epochs, `(epochs * count,)`."""
        orders = [shuffled(self.samples, self.generator) for _epoch in range(epochs)]
        if self.count < self.samples:
            orders = [order[: self.count] for order in orders]
        return orders[0] if epochs == 1 else torch.cat(orders)

    def to_come(self, begun: Tensor, number: int) -> tuple[Tensor, Tensor]:
        """Return which samples of an epoch come from a batch on, and the state of the order's generator after it.

        Nothing is drawn by that.

        Args:
            begun: the state of the generator before the first of some epochs.
            number: of the batch, from 0, counted over all epochs.
        """
        generator = torch.Generator()
        generator.set_state(begun)
        epoch, place = divmod(number, len(self))
        order = torch.arange(self.samples)
        for _epoch in range(0 if self.full else epoch + 1):
            order = shuffled(self.samples, generator)[: self.count]
        return order[place * self.size :], generator.get_state()

    def take(self, rows: Tensor) -> tuple[Tensor, Tensor]:
        """Return some samples as `(x, y)`, `x` as the net sees them; pictures are not changed at random."""
        rows = rows.to(self.x.device)
        (x,) = one_after_another(self.x, [rows])
        return laid_out(self.inputs.prepare(x), self.memory_format), self.y.index_select(0, rows)

    def sizes(self, count: int) -> list[int]:
        """Return the sizes of the batches of `count` samples; only the last may be smaller."""
        return [self.size] * (count // self.size) + ([count % self.size] if count % self.size else [])

    def whole(self) -> tuple[Tensor, Tensor]:
        """Return all training samples in their own order, `x` as the net sees them."""
        return self._seen(self.x[:]), self.y

    def _seen(self, x: Tensor) -> Tensor:
        """Return samples as the net sees them in training."""
        return laid_out(self.inputs.prepare(x if self.augment is None else self.augment(x)), self.memory_format)


def batch_size(options: FitOptions, count: int, *, norm: bool, warn: bool) -> int:
    """Return how many of `count` samples make a batch, and `warn` where more are asked for than there are.

    Args:
        options: of the fit.
        count: of training samples.
        norm: whether the net normalises over a batch, which takes at least two samples.
        warn: whether to; the warning is about the line that made the `Fit`.

    Raises:
        InputError: a batch is to be a single sample, and the net normalises over it.
    """
    size = options.batch_of(count)
    if norm and size == 1:
        problem = _("Batch normalisation needs at least two samples in a batch, and fit.batch is 1.")
        raise InputError(problem, _("Write fit.batch = 32, or leave batch normalisation out of the net."))
    if size > count and warn:
        message = _("fit.batch = {batch} is more than the {count} training samples; all of them make one batch.")
        warnings.warn(message.format(batch=size, count=count), NeuronaWarning, stacklevel=5)
    return size


def in_order(
    split: Split,
    inputs: Inputs,
    device: torch.device,
    memory_format: torch.memory_format = torch.contiguous_format,
    numbers: int = 0,
) -> Iterator[tuple[Tensor, Tensor]]:
    """Yield `(x, y)` of a split in its own order, in batches as large as `part_size` says."""
    size = part_size(inputs, numbers)
    for x, y in zip(split.x.split(size), split.y.split(size), strict=True):
        yield laid_out(inputs.prepare(x.to(device)), memory_format), y.to(device)


def laid_out(x: Tensor, memory_format: torch.memory_format) -> Tensor:
    """Return a batch with its pictures laid out in memory as asked; other samples have but one layout."""
    return x.contiguous(memory_format=memory_format) if x.dim() == 4 else x


def part_size(inputs: Inputs, numbers: int = 0) -> int:
    """Return how many samples go through a net at once when nothing is trained.

    They hold at most about 16 MiB of float32; pictures and sequences, which nets make larger on the way, less. What
    layers put out for them is at most about 32 MiB.

    Args:
        inputs: how the net sees samples.
        numbers: how many its layers put out for one; 0 where that is not known.
    """
    most = (16 << 20) if len(inputs.seen) == 1 else (1 << 20)
    rows = most // (4 * max(1, math.prod(inputs.seen)))
    return max(1, min(rows, (32 << 20) // (4 * numbers)) if numbers else rows)
