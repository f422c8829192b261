"""`Supply`: the samples of batches and splits as native code takes them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import numpy as np
import torch
from torch import Tensor

from neurona.compiled.call import BLOCK, Net, Samples, Whole
from neurona.data.dataset import Split
from neurona.data.inputs import Columns, Inputs, Pixels
from neurona.fit.batches import Batches, in_order
from neurona.tasks import Task

CPU = torch.device("cpu")
NO_ORDER = np.zeros(0, np.int64)
# About so many floating-point operations are one call, so that an interruption is soon heard.
CALL = 4e9
# Steps of so many are computed in two parts; of more, BLAS shares out each product by itself.
PARTED, UNPARTED = 4e6, 4e8
# Events of about so many operations in all are computed at once, at most so many, where the small work of each step
# counts as so many: some thousandths of a second.
AHEAD, EVENTS, STEP = 2e8, 64, 2e4
# BLAS reads samples as they lie where the first product of a batch is of more multiplications.
ROWS = 16_000
# So many numbers of samples are handed over at once where they are copied to lie side by side.
COPIED = 4_000_000
NONE = Samples(
    *(np.zeros((0, 1), np.float32), np.zeros((0, 1), np.uint8), np.array((1, 0), np.float32)),
    *(np.zeros((0, 1), np.float32), NO_ORDER, np.zeros(0, np.int64)),
    again=False, rows=False, parts=1,
)  # fmt: skip


class Supply:
    """Hands samples to native code: all of them, once, where it can take them in the order of an epoch by itself.

    Args:
        net: that they go through.
        weights: how many weights it has.
        task: what is wanted of the samples.
    """

    def __init__(self, net: Net, weights: int, task: Task) -> None:
        self.net, self.weights, self.task = net, weights, task
        self._whole: tuple[Batches, Samples | None] | None = None
        self._seen: tuple[Split, Samples] | None = None

    def calls(self, batches: Batches, count: int) -> Iterator[Samples]:
        """Yield the samples of `count` epochs, as many at once as one call is to work on."""
        whole = self._all(batches)
        if whole is None:
            yield from self.prepared(batches.parts(count))
            return
        most = self._most(batches)
        at_once = max(1, most // len(whole.sizes))  # epochs in a call, or of which a call makes a part
        for begun in range(0, count, at_once):
            times = min(at_once, count - begun)
            order = NO_ORDER if batches.full else batches.order(times).numpy()
            sizes: Whole = whole.sizes if times == 1 else np.tile(whole.sizes, times)
            steps = len(sizes) if most >= len(whole.sizes) else most
            if steps == len(sizes):
                yield whole._replace(order=order, sizes=sizes)
                continue
            yield from _in_order(whole, order, sizes, steps)

    def ahead(self, batches: Batches, epochs: int, split: Split, inputs: Inputs) -> tuple[int, Samples, Samples]:
        """Return how many events may well be computed at once, and the samples of each: to learn from, to look at.

        There are none where samples are prepared before, or where a step is computed in two parts.

        Args:
            batches: of the training samples, whose order is left out.
            epochs: in an event.
            split: that it ends with a look at.
            inputs: how the net sees samples.
        """
        whole = self._all(batches)
        if whole is None or whole.parts == 2:
            return 0, NONE, NONE
        steps = epochs * len(whole.sizes)
        operations = self.weights * (6.0 * epochs * batches.count + 2.0 * len(split)) + STEP * steps
        if operations > AHEAD / 2:
            return 0, NONE, NONE
        seen = [*self.parts(split, inputs)] if len(split) else [NONE]
        if len(seen) > 1 or seen[0].parts == 2:
            return 0, NONE, NONE
        sizes = whole.sizes if epochs == 1 else np.tile(whole.sizes, epochs)
        return min(EVENTS, int(AHEAD / operations)), whole._replace(sizes=sizes), seen[0]

    def rest(self, batches: Batches, rows: Tensor) -> Iterator[Samples]:
        """Yield certain samples in their order, as many at once as one call is to work on."""
        whole = self._all(batches)
        if whole is None or batches.full:
            yield from self.prepared(batches.some(rows))
        else:
            yield from _in_order(whole, rows.numpy(), np.array(batches.sizes(len(rows))), self._most(batches))

    def _most(self, batches: Batches) -> int:
        """Return how many steps a call is to work on."""
        return max(1, int(CALL / (6 * self.weights * batches.size)))

    def prepared(self, parts: Iterable[tuple[Tensor, Tensor, list[int]]]) -> Iterator[Samples]:
        """Yield samples that are as the net sees them, with the sizes of their batches; see `Batches.parts`."""
        for x, y, several in parts:
            yield self.samples(x, y, several)

    def parts(self, split: Split, inputs: Inputs) -> Iterator[Samples]:
        """Yield parts of a split in its own order; one that is a single part is kept for the next time."""
        if self._seen and self._seen[0] is split:
            yield self._seen[1]
            return
        line = inputs.line if isinstance(inputs, Pixels) and self._by_rows(len(split)) else None
        pairs: Iterable[tuple[Tensor, Tensor]] = in_order(split, inputs, CPU)
        for x, y in [(split.x, split.y)] if line else pairs:
            samples = self.samples(x, y, [len(x)], line, learn=False)
            if len(x) == len(split):
                self._seen = (split, samples)
            yield samples

    def samples(
        self, x: Tensor, y: Tensor, sizes: Sequence[int], line: tuple[float, float] | None = None, *, learn: bool = True
    ) -> Samples:
        """Return samples and what their outputs are held against.

        Args:
            x: samples `(m, ...)`, float32 as the net sees them, or bytes.
            y: their targets.
            sizes: of the batches.
            line: factor and summand by which the net sees bytes.
            learn: whether the net is to learn from them.
        """
        rows, wanted, by_rows = x.flatten(1).contiguous().numpy(), self.task.target(x, y), self._by_rows(sizes[0])
        if wanted is not x:
            held = wanted.to(torch.float32).reshape(len(y), -1).contiguous().numpy()
        else:
            held = rows if not by_rows else np.zeros((0, rows.shape[1]), np.float32)
        seen = np.zeros((0, rows.shape[1]), np.float32) if line else rows
        raw = np.zeros((0, rows.shape[1]), np.uint8) if line is None else rows
        step = (6.0 if learn else 2.0) * self.weights * min(BLOCK, sizes[0])
        parts = 2 if PARTED <= step < UNPARTED else 1
        return Samples(
            seen, raw, np.array(line or (1, 0), np.float32), held, NO_ORDER, np.array(sizes), False, by_rows, parts
        )

    def _all(self, batches: Batches) -> Samples | None:
        """Return all samples as native code takes them batch by batch; None where they are prepared before."""
        if self._whole is None or self._whole[0] is not batches:
            self._whole = (batches, self._handed_over(batches))
        return self._whole[1]

    def _handed_over(self, batches: Batches) -> Samples | None:
        sizes = batches.sizes(batches.count)
        if batches.augment is not None:
            return None
        if batches.full:
            return self.samples(*batches.whole(), sizes)._replace(again=True)
        if not self._by_rows(batches.size):
            few = batches.count * int(self.net.widths[0]) <= COPIED
            return self.samples(*batches.whole(), sizes) if few else None
        inputs, x, y = batches.inputs, batches.x, batches.y
        if isinstance(inputs, Pixels):
            return None if inputs.line is None else self.samples(x, y, sizes, inputs.line)
        return self.samples(x, y, sizes) if isinstance(inputs, Columns) else None

    def _by_rows(self, size: int) -> bool:
        """Tell whether the first product of batches of this size is one for BLAS."""
        return int(self.net.widths[0] * self.net.widths[1]) * min(BLOCK, size) > ROWS


def _in_order(whole: Samples, order: Whole, sizes: Whole, steps: int) -> Iterator[Samples]:
    """Yield so many batches at once of samples that come in an order."""
    ends = np.cumsum([0, *sizes])
    for first in range(0, len(sizes), steps):
        part = sizes[first : first + steps]
        yield whole._replace(order=order[ends[first] : ends[first + len(part)]], sizes=part)


def apart(samples: Samples, seed: int, depth: int) -> Iterator[tuple[Samples, int]]:
    """Yield each batch by itself, with the seed by which its dropout draws what it draws among the others.

    `epochs.run` draws for a block that begins at sample `start` of batch `step` by the number
    `seed + depth * (start + step * m)`, where `m` samples were handed over.

    Args:
        samples: of several batches.
        seed: of their dropout, 0 for none.
        depth: how many layers the net has.
    """
    begin, many = 0, len(samples.x)
    for step, size in enumerate(samples.sizes):
        here = slice(begin, begin + size)
        own = seed and seed + depth * (begin + step * many)
        alone = samples._replace(sizes=samples.sizes[step : step + 1])
        if len(samples.order):
            yield alone._replace(order=samples.order[here]), own
        else:
            yield alone._replace(x=samples.x[here], y=samples.y[here]), own
        begin += 0 if samples.again else size
