"""The memory that a fit needs, and what of it is free."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

import psutil
import torch
from torch import Tensor, nn

from neurona.compiled.call import BLOCK
from neurona.data.dataset import Dataset
from neurona.errors import InputError
from neurona.fit.optim import OPTIMIZERS
from neurona.fit.options import FitOptions
from neurona.fit.working_copy import MEMORY
from neurona.language import _
from neurona.nets import freezing
from neurona.tasks import Task

GB = 1e9
# Memory that a step frees is not all of use to the next one: it lies between what is held. Measured: 1 to 1.5 times.
BETWEEN = 1.25
# So much is free wherever PyTorch runs.
SURE = 50e6
# A checkpoint is a copy of the state, and then the bytes of a file.
OF_A_CHECKPOINT = 2


def held(net: nn.Module, data: Dataset) -> int:
    """Return the bytes of the weights and of the samples."""
    tensors = [*net.parameters(), *net.buffers()]
    splits = [part for split in (data.train, data.valid, data.test) for part in (split.x, split.y)]
    storages = {t.untyped_storage().data_ptr(): t.untyped_storage().nbytes() for t in splits if isinstance(t, Tensor)}
    return _bytes(tensors) + sum(storages.values())


def need(net: nn.Module, data: Dataset, options: FitOptions, kept: int, *, native: bool = False) -> int:
    """Return the bytes that training takes, about.

    They are those of weights, gradients and what the optimizer remembers, of a checkpoint, of the samples, and of what
    is kept of a batch for the way back.

    Args:
        net: what is trained.
        data: on what.
        options: how.
        kept: the bytes that are kept of one sample; see `kept_by`.
        native: whether native code trains, which takes a batch in blocks and keeps gradients of both parts of a step.
    """
    learned = _bytes([p for p in net.parameters() if p.requires_grad])
    remembered = _slots(options) * learned
    copied = OF_A_CHECKPOINT * (_bytes([*net.parameters(), *net.buffers()]) + remembered)
    at_once = options.batch_of(len(data.train))
    if native:
        at_once, learned = min(at_once, BLOCK), 2 * learned
    return held(net, data) + learned + remembered + copied + int(BETWEEN * at_once * kept)


def may_lack(net: nn.Module, data: Dataset, options: FitOptions, numbers: int) -> bool:
    """Tell, without a look at what is kept, whether training may take more memory than is free.

    Args:
        net: what is trained.
        data: on what.
        options: how.
        numbers: how many the layers put out for one sample.
    """
    batch = options.batch_of(len(data.train)) * numbers
    most = 20 * _bytes([*net.parameters()]) + 100 * batch
    return most > SURE and most > free()


def free() -> int:
    """Return the bytes of memory that programs can still have; where the system holds this one to a share, that."""
    room = int(psutil.virtual_memory().available)
    if sys.platform == "linux":
        import resource  # which not every system has

        most = resource.getrlimit(resource.RLIMIT_DATA)[0]
        if most != resource.RLIM_INFINITY:
            room = max(0, min(room, most - int(psutil.Process().memory_info().data)))
    return room


def check_memory(needed: int, held: int) -> None:
    """Raise an `InputError` where more is `needed`, of which so much is `held` already, than there is."""
    room = free() + held
    if needed > room:
        raise too_large(needed, room, _("Give it fewer units or layers, or smaller batches (fit.batch)."))


def too_large(needed: int, room: int, hint: str) -> InputError:
    """Return the error about a net that needs more bytes than the `room` there is; `hint` says what would fit."""
    problem = _("Training this net takes about {need:.1f} GB of memory, and {free:.1f} GB are free.")
    return InputError(problem.format(need=needed / GB, free=room / GB), hint)


def lanes_that_fit(needed: int, wanted: int | None) -> int:
    """Return how many fits train side by side.

    Args:
        needed: bytes of each of them.
        wanted: how many are asked for; None for as many as PyTorch has threads, or fewer where they do not fit.

    Raises:
        InputError: those asked for do not fit.
    """
    most = max(1, free() // max(1, needed))
    if wanted is None:
        return min(torch.get_num_threads(), most)
    if wanted > most:
        problem = _("{count} fits side by side take about {need:.1f} GB of memory, and {free:.1f} GB are free.")
        raise InputError(
            problem.format(count=wanted, need=wanted * needed / GB, free=free() / GB),
            _("At most {most} fit: write --lanes {most}, or leave it out.").format(most=most),
        )
    return wanted


@torch.enable_grad()
def kept_by(net: nn.Module, task: Task, x: Tensor, y: Tensor) -> int:
    """Return the bytes that PyTorch keeps of a sample for the way back, and those of a layer's gradients there.

    The player that keeps most counts. Buffers, such as the statistics of batch normalisation, are as before afterwards.

    Args:
        net: what is trained.
        task: what it learns.
        x: a few samples as the net sees them.
        y: what their outputs are held against.
    """
    x, y, modes = x.clone(), y.clone(), [(module, module.training) for module in net.modules()]
    before = [(buffer, buffer.clone()) for buffer in net.buffers()]
    freezing.train(net)
    try:
        return max(_kept(net, task, x, y, player) for player in task.players) // len(x)
    finally:
        for module, training in modes:
            module.training = training
        for buffer, value in before:
            buffer.data.copy_(value)


def _kept(net: nn.Module, task: Task, x: Tensor, y: Tensor, player: str) -> int:
    known = {tensor.untyped_storage().data_ptr() for tensor in (*net.parameters(), *net.buffers())}
    kept: dict[int, torch.UntypedStorage] = {}

    def see(tensor: Tensor) -> Tensor:
        storage = tensor.untyped_storage()
        kept.setdefault(storage.data_ptr(), storage)  # whose place nobody else gets meanwhile
        return tensor.detach()  # a graph that held its own results would never be let go

    with torch.autograd.graph.saved_tensors_hooks(see, lambda tensor: tensor), counting(net) as numbers:
        task.loss(task.forward(net, x, y, player), y, player)
    own = sum(storage.nbytes() for place, storage in kept.items() if place not in known)
    return own + 2 * 4 * max(numbers, default=0)


@contextmanager
def counting(net: nn.Module) -> Iterator[list[int]]:
    """Collect how many numbers each layer puts out while the block runs."""
    counts: list[int] = []

    def count(_module: nn.Module, _inputs: object, outputs: object) -> None:
        parts = outputs if isinstance(outputs, tuple) else (outputs,)
        counts.append(sum(part.numel() for part in parts if isinstance(part, Tensor)))

    hooks = [m.register_forward_hook(count) for m in net.modules() if not any(True for _child in m.children())]
    try:
        yield counts
    finally:
        for hook in hooks:
            hook.remove()


def _slots(options: FitOptions) -> int:
    """Return how many numbers the optimizer remembers for each weight; of one that is not ours, two."""
    entry = OPTIMIZERS[options.optimizer]
    momentum = {**entry.facts["preset"], **options.of_optimizer()}.get("momentum")
    names = MEMORY[entry.make][1] if entry.make in MEMORY else ("first", "second")
    return sum(name != "momentum_buffer" or bool(momentum) for name in names)


def _bytes(tensors: list[Tensor]) -> int:
    return sum(tensor.numel() * tensor.element_size() for tensor in tensors)
