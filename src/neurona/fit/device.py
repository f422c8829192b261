"""Where a fit computes, and the random numbers that it draws there."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import Tensor, nn

from neurona.errors import InputError
from neurona.language import _
from neurona.nets.flops import flops
from neurona.tasks import Task

# Steps below so many floating-point operations are no faster on two threads than on one (measured on 2 cores).
ONE_THREAD = 2e7
# Steps of PyTorch of fewer operations wait for Python most of the time, and threads for one another.
SHARING = 1e8


def choose_device(name: str) -> torch.device:
    """Return the device `name`; "auto" takes CUDA, else Apple's MPS, else the CPU.

    Raises:
        InputError: the device is unknown to PyTorch or not in this machine.
    """
    if name == "cpu":
        return torch.device(name)
    present = devices()
    if name == "auto":
        return torch.device(present[-1])
    try:
        device = torch.device(name)
    except RuntimeError:
        device = None
    if device is None or device.type not in present or (device.index or 0) >= _count(device.type):
        problem = _("There is no device {name!r} on this machine.").format(name=name)
        raise InputError(
            problem, _("There is: {names}. Leave fit.device out to let it be chosen.").format(names=", ".join(present))
        )
    return device


def devices() -> list[str]:
    """Return the kinds of device in this machine, the fastest last."""
    present = ["cpu"]
    if torch.backends.mps.is_available():
        present.append("mps")
    if torch.cuda.is_available():
        present.append("cuda")
    return present


def _count(kind: str) -> int:
    return torch.cuda.device_count() if kind == "cuda" else 1


def placed(net: nn.Module, device: torch.device, form: torch.memory_format) -> nn.Module:
    """Move a net to a device, and its kernels into a memory format, where they are not there already."""
    tensors = [*net.parameters(), *net.buffers()]
    if all(t.device == device and (t.dim() < 4 or t.is_contiguous(memory_format=form)) for t in tensors):
        return net
    return net.to(device).to(memory_format=form)


def operations(net: nn.Module, x: Tensor) -> float:
    """Return the floating-point operations of a forward pass of `net` for one sample, about.

    Of a recurrent net they are those of its largest layer at one step of the sequence: steps and layers follow one
    another, and threads can share no more than one of them.

    Args:
        net: any module.
        x: samples as the net sees them, `(n, ...)`.
    """
    layers = [sum(p.numel() for p in m.parameters()) for m in net.modules() if isinstance(m, nn.RNNBase)]
    if layers:
        return 2.0 * max(layers)
    weights = sum(p.numel() for p in net.parameters())
    if not any(isinstance(m, nn.modules.conv._ConvNd) for m in net.modules()):
        return 2.0 * weights
    # PyTorch's own counter would import its compiler, which takes a second.
    counts: list[int] = []
    hooks = [m.register_forward_hook(lambda *call: counts.append(flops(*call))) for m in net.modules()]
    try:
        with torch.no_grad():
            net(x)
    finally:
        for hook in hooks:
            hook.remove()
    return max(2.0 * weights, sum(counts) / len(x))


@contextmanager
def threads_for(operations: float, least: float = ONE_THREAD) -> Iterator[None]:
    """Within the block, steps of so many floating-point operations run on one thread if they are fewer than `least`."""
    before = torch.get_num_threads()
    if before == 1 or operations >= least:
        yield
        return
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def may_draw(net: nn.Module, task: Task) -> bool:
    """Tell whether a step of `net` may draw random numbers: it does not where every part is known not to."""
    if task.draws or not type(task).__module__.startswith("neurona.tasks."):
        return True
    return any(_may_draw(module) for module in net.modules())


def _may_draw(module: nn.Module) -> bool:
    if not type(module).__module__.startswith(("torch.nn.modules.", "neurona.nets.")):
        return True
    if isinstance(module, nn.modules.dropout._DropoutNd):
        return module.p > 0
    dropout = getattr(module, "dropout", 0.0)  # of recurrent layers and attention
    return isinstance(module, nn.RReLU | nn.FractionalMaxPool2d | nn.FractionalMaxPool3d) or (
        isinstance(dropout, float) and dropout > 0
    )


class Randomness:
    """Random states of a fit (CPU and device), kept apart from those of the program around it."""

    def __init__(self, seed: int, device: torch.device) -> None:
        self.device, self.seed, self._global = device, seed, False
        self.order = torch.Generator().manual_seed(seed)
        with self._outside():
            self._begin()
            self._states = self._read()

    @contextmanager
    def drawn(self, wanted: bool = True) -> Iterator[None]:
        """Within the block, if `wanted`, `torch`'s global generators are this fit's; afterwards they are as before."""
        if not wanted:
            yield
            return
        with self._outside():
            self._write(self._states)
            self._global = True
            try:
                yield
            finally:
                self._global = False
                self._states = self._read()

    @contextmanager
    def fixed(self, wanted: bool) -> Iterator[None]:
        """Within the block, if `wanted`, random numbers are drawn from the seed on; afterwards all is as it was."""
        if not wanted:
            yield
            return
        with self._outside():
            within, self._global = self._global, False
            self._states = self._read() if within else self._states
            self._begin()
            try:
                yield
            finally:
                self._global = within

    @contextmanager
    def ahead(self) -> Iterator[None]:
        """Within the block, `torch`'s global generators give what this fit draws next; afterwards all is as it was."""
        with self._outside():
            if not self._global:
                self._write(self._states)
            yield

    def number(self) -> int:
        """Return this fit's next random number, from 1 to below 2^62; outside `drawn` no global generator is used."""
        if self._global:
            return int(torch.randint(1, 2**62, ()))
        generator = torch.Generator()
        generator.set_state(self._states["cpu"])
        drawn = int(torch.randint(1, 2**62, (), generator=generator))
        self._states["cpu"] = generator.get_state()
        return drawn

    def state(self) -> dict[str, Tensor]:
        """Return all states as byte tensors."""
        return {"order": self.order.get_state(), **self._states}

    def restore(self, state: dict[str, Tensor]) -> None:
        """Go on from what `state` returned."""
        self.order.set_state(state["order"])
        self._states |= {name: value for name, value in state.items() if name in self._states}

    def _begin(self) -> None:
        """Seed the global generators of the CPU and of the device; `torch.manual_seed` asks every kind of device."""
        torch.default_generator.manual_seed(self.seed)
        if self.device.type == "cuda":
            torch.cuda.manual_seed_all(self.seed)
        if self.device.type == "mps":
            torch.mps.manual_seed(self.seed)

    @contextmanager
    def _outside(self) -> Iterator[None]:
        before = self._read()
        try:
            yield
        finally:
            self._write(before)

    def _read(self) -> dict[str, Tensor]:
        states = {"cpu": torch.get_rng_state()}
        if self.device.type == "cuda":
            states["cuda"] = torch.cuda.get_rng_state(self.device)
        if self.device.type == "mps":
            states["mps"] = torch.mps.get_rng_state()
        return states

    def _write(self, states: dict[str, Tensor]) -> None:
        torch.set_rng_state(states["cpu"])
        if "cuda" in states:
            torch.cuda.set_rng_state(states["cuda"], self.device)
        if "mps" in states:
            torch.mps.set_rng_state(states["mps"])
