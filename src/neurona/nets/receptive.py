"""Receptive fields: which pixels of the picture a unit of a layer depends on.

The recursion from layer to layer is that of Araujo, Norris and Sim, "Computing Receptive Fields of Convolutional Neural
Networks" (Distill, 2019).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode
from torch.utils.hooks import RemovableHandle
from torch.utils.weak import WeakTensorKeyDictionary

BATCH = 2
WINDOWS = (nn.Conv2d, nn.MaxPool2d, nn.AvgPool2d)


@dataclass(frozen=True)
class Field:
    """The receptive field of the units of a layer, along one axis.

    Unit `i` depends on the pixels from `start + i * jump` to `start + i * jump + size - 1`; those below 0 or behind the
    last pixel are padding.

    Attributes:
        size: how many pixels one unit depends on.
        jump: pixels from the field of one unit to that of the next: the product of the strides.
        start: the first pixel of the field of unit 0.
    """

    size: int = 1
    jump: int = 1
    start: int = 0

    def through(self, kernel: int, stride: int = 1, padding: int = 0, dilation: int = 1) -> Field:
        """Return the field behind one more convolution or pooling."""
        return Field(
            size=self.size + dilation * (kernel - 1) * self.jump,
            jump=self.jump * stride,
            start=self.start - padding * self.jump,
        )

    def joined(self, other: Field) -> Field:
        """Return the smallest field that holds both, where two branches meet."""
        start = min(self.start, other.start)
        end = max(self.start + self.size, other.start + other.size)
        return Field(end - start, max(self.jump, other.jump), start)


Fields = tuple[Field, Field]


class Follow(TorchFunctionMode):
    """Within the block, follows what happens to the pixels of a picture and knows the field of each tensor.

    Convolutions and poolings are known by their modules, which `watch` hooks; as bare functions they end the field. Of
    all other operations those that keep height and width are taken to work pixel by pixel (activations, normalisation,
    sums, concatenations of channels); behind any other, as behind `flatten`, a unit has no field.
    """

    def __init__(self) -> None:
        super().__init__()
        self._fields = WeakTensorKeyDictionary()

    def begin(self, x: Tensor) -> None:
        """Start from pictures `x`, `(n, channels, height, width)`: each pixel depends on itself; else from nothing."""
        if x.dim() == 4:
            self._fields[x] = (Field(), Field())

    def of(self, x: Tensor) -> Fields | None:
        """Return the fields of the units of `x` along height and width, or None where they are not local."""
        found: Fields | None = self._fields.get(x)
        return found

    def watch(self, net: nn.Module) -> list[RemovableHandle]:
        """Hook the convolutions and poolings of `net` and return the handles, to be removed afterwards."""
        return [module.register_forward_hook(self._window) for module in net.modules() if isinstance(module, WINDOWS)]

    def _window(self, module: nn.Module, inputs: tuple[Tensor, ...], output: Tensor) -> None:
        before = self.of(inputs[0])
        if before is not None:
            height, width = windows(module)
            self._fields[output] = (before[0].through(*height), before[1].through(*width))

    def __torch_function__(
        self, func: Callable[..., Any], _types: Any, args: Sequence[Any] = (), kwargs: Mapping[str, Any] | None = None
    ) -> Any:
        """Run an operation and note the field of what it returns."""
        # An operation in place overwrites its input, whose shape and field are therefore read before.
        known = [(x.shape[2:], self.of(x)) for x in _tensors(args) if x in self._fields]
        output = func(*args, **(kwargs or {}))
        if known and isinstance(output, Tensor) and output.dim() == 4 and _by_pixel(func):
            fields = [field for size, field in known if field is not None and size == output.shape[2:]]
            if len(fields) == len(known):
                self._fields[output] = _joined(fields)
        return output


def receptive_field(net: nn.Module, shape: tuple[int, int, int]) -> Fields | None:
    """Return the fields, along height and width, of the units of a net, or of the last of its layers that has any.

    Args:
        net: any module; `Follow` says what is understood.
        shape: of a picture, `(channels, height, width)`.

    Returns:
        None when no layer works on a picture.
    """
    follow = Follow()
    last: list[Fields] = []

    def note(_module: nn.Module, _inputs: Any, output: Any) -> None:
        fields = follow.of(output) if isinstance(output, Tensor) else None
        last[:] = last if fields is None else [fields]

    hooks = [*follow.watch(net), *(module.register_forward_hook(note) for module in net.modules())]
    with trying(net, hooks), follow:
        x = torch.zeros(BATCH, *shape, device=place(net).device, dtype=place(net).dtype)
        follow.begin(x)
        net(x)
    return last[0] if last else None


@contextmanager
def trying(net: nn.Module, hooks: Sequence[RemovableHandle]) -> Iterator[None]:
    """Within the block, `net` runs in evaluation mode and without gradients; afterwards it is as before, unhooked."""
    training = net.training
    try:
        net.eval()
        with torch.no_grad():
            yield
    finally:
        net.train(training)
        for hook in hooks:
            hook.remove()


def place(net: nn.Module) -> Tensor:
    """Return a tensor with the device and the type of the parameters of `net`."""
    return next(net.parameters(), torch.empty(0))


def windows(module: nn.Module) -> Iterator[tuple[int, int, int, int]]:
    """Yield kernel, stride, padding and dilation of a convolution or a pooling, for height and for width."""
    for axis in range(2):
        kernel, stride, dilation = (
            _along(getattr(module, name, 1), axis) for name in ("kernel_size", "stride", "dilation")
        )
        padding: Any = module.padding
        if isinstance(padding, str):
            # "same" with an even reach pads more behind than before.
            padding = dilation * (kernel - 1) // 2 if padding == "same" else 0
        yield kernel, stride, _along(padding, axis), dilation


def _by_pixel(func: Callable[..., Any]) -> bool:
    name = getattr(func, "__name__", "")
    return name.startswith("adaptive") or not ("conv" in name or "pool" in name)


def _along(value: Any, axis: int) -> int:
    return int(value if isinstance(value, int) else value[axis])


def _joined(fields: Sequence[Fields]) -> Fields:
    vertical, horizontal = fields[0]
    for other in fields[1:]:
        vertical, horizontal = vertical.joined(other[0]), horizontal.joined(other[1])
    return vertical, horizontal


def _tensors(args: Iterable[Any]) -> Iterator[Tensor]:
    for arg in args:
        if isinstance(arg, Tensor):
            yield arg
        elif isinstance(arg, list | tuple):
            yield from (one for one in arg if isinstance(one, torch.Tensor))
