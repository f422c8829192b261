"""Features of a frozen trunk: computed once, kept on disk, and learned from in place of the samples.

They lie in a temporary file without a name (in `TMPDIR`), mapped into memory. The system takes it away when the fit is
gone, however it ends, so nothing is left behind; a fit that is resumed computes them again, to the same numbers.
"""

from __future__ import annotations

import math
import shutil
import tempfile
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import cast

import numpy as np
import torch
from torch import Tensor, nn

from neurona.data.augment import Augmentation
from neurona.data.dataset import Dataset, Split
from neurona.data.inputs import Columns, Number
from neurona.data.pictures import one_after_another
from neurona.errors import InputError, NeuronaWarning
from neurona.fit.batches import laid_out, part_size
from neurona.fit.options import FitOptions
from neurona.language import _
from neurona.nets.freezing import is_frozen
from neurona.tasks import Task
from neurona.tasks.supervised import Supervised

# More than this is not kept, nor more than half of what is free where it would lie.
MOST_BYTES = 8 << 30
# At least so many samples go through the trunk at once: large pictures one by one take half as long again.
LEAST = 16


@dataclass(frozen=True)
class Features:
    """What a frozen trunk makes of the samples.

    Attributes:
        head: the part of the net that learns from them.
        data: as the samples' own, but the splits hold features: `train` `(n, d)`, or `(n, views, d)` of which a batch
            takes a view at random for each sample; `valid` `(m, d)`.
        samples: those that the features are of.
    """

    head: nn.Module
    data: Dataset
    samples: Dataset

    def of(self, split: Split) -> Split | None:
        """Return the features of the samples of `split` as they are, unchanged by augmentation; None if not kept."""
        if split is self.samples.valid:
            return self.data.valid
        return self.data.train if split is self.samples.train and self.samples.augment is None else None


def has_frozen_trunk(net: nn.Module, task: Task, options: FitOptions) -> bool:
    """Tell whether features are to be kept: of a net of `trunk` and `head`, the trunk frozen as a whole."""
    parts = [name for name, _part in net.named_children()]
    made_so = isinstance(net, nn.Sequential) and parts == ["trunk", "head"]
    return made_so and options.views > 0 and isinstance(task, Supervised) and is_frozen(net.get_submodule("trunk"))


def check_views(data: Dataset, options: FitOptions) -> None:
    """Raise an `InputError` when several views are asked for of samples that no augmentation changes."""
    if options.views > 1 and data.augment is None:
        problem = _("fit.views = {views} needs augmentation: without it all views are alike.")
        raise InputError(problem.format(views=options.views), _('Write for instance data.augment = ["flip"].'))


def keep(
    net: nn.Module, data: Dataset, views: int, device: torch.device, memory_format: torch.memory_format
) -> Features | None:
    """Run the trunk of `net` over train (once for each view) and valid, and keep what comes out.

    Random changes are drawn from PyTorch's global generator; without augmentation there is one view.

    Returns:
        The features, or None where they would take more than there is room for, which a warning says.
    """
    trunk, head = net.get_submodule("trunk").eval(), net.get_submodule("head")
    if data.augment is not None and views == 1:
        message = _("The features of one view of each picture are kept, so that data.augment changes it only once.")
        hint = _("Write fit.views = 4 for four views, or fit.views = 0 to run the frozen trunk each time.")
        warnings.warn(f"{message} {hint}", NeuronaWarning, stacklevel=2)
    with torch.inference_mode():
        width = trunk(laid_out(data.inputs.prepare(data.train.x[:1].to(device)), memory_format)).shape[1]
    wanted = 4 * width * (views * len(data.train) + len(data.valid))
    if wanted > min(MOST_BYTES, shutil.disk_usage(tempfile.gettempdir()).free // 2):
        message = _("The features of the frozen trunk would take {size:.1f} GB and are not kept; it runs each time.")
        warnings.warn(message.format(size=wanted / 1e9), NeuronaWarning, stacklevel=2)
        return None
    train, valid = _file((len(data.train), views, width)), _file((len(data.valid), width))
    for view in range(views):
        _fill(train[:, view], trunk, _seen(data, data.train, device, memory_format, changed=True))
    _fill(valid, trunk, _seen(data, data.valid, device, memory_format, changed=False))
    held = replace(
        data,
        train=Split(train.squeeze(1) if views == 1 else train, data.train.y),
        valid=Split(valid, data.valid.y),
        inputs=Columns(tuple(Number(f"feature{i}") for i in range(width))),
        augment=cast(Augmentation, any_view) if views > 1 else None,
    )
    return Features(head, held, data)


def any_view(x: Tensor) -> Tensor:
    """Return one view of each sample, chosen at random: `(n, views, d)` -> `(n, d)`."""
    rows = torch.arange(len(x), device=x.device)
    return x[rows, torch.randint(x.shape[1], (len(x),), device=x.device)]


def _seen(
    data: Dataset, split: Split, device: torch.device, memory_format: torch.memory_format, *, changed: bool
) -> Iterator[Tensor]:
    """Yield the samples of a split in their order as the trunk sees them, `changed` by augmentation or not."""
    parts = torch.arange(len(split)).split(max(LEAST, part_size(data.inputs)))
    for x in one_after_another(split.x, parts):
        x = x.to(device)
        x = data.augment(x) if changed and data.augment is not None else x
        yield laid_out(data.inputs.prepare(x), memory_format)


def _file(shape: tuple[int, ...]) -> Tensor:
    """Return a float32 tensor of zeros that lies in a temporary file."""
    if not math.prod(shape):
        return torch.zeros(shape)
    with tempfile.TemporaryFile(prefix="neurona-features-") as file:
        return torch.from_numpy(np.memmap(file, np.float32, "w+", shape=shape))


@torch.inference_mode()
def _fill(features: Tensor, trunk: nn.Module, samples: Iterator[Tensor]) -> None:
    start = 0
    for x in samples:
        features[start : start + len(x)] = trunk(x)
        start += len(x)
