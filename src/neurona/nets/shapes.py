"""What a net looks like from outside: shapes, parameters, operations and receptive fields, layer by layer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor, nn
from torch.func import functional_call

from neurona.nets.flops import first_tensor, flops
from neurona.nets.receptive import BATCH, Fields, Follow, place, trying

ELEMENT_BY_ELEMENT = {
    nn.ELU, nn.GELU, nn.Hardtanh, nn.Identity, nn.LeakyReLU, nn.Mish, nn.ReLU, nn.SELU, nn.Sigmoid, nn.SiLU,
    nn.Softplus, nn.Softsign, nn.Tanh, nn.Dropout,
}  # fmt: skip


@dataclass(frozen=True)
class Layer:
    """One row of a summary.

    Attributes:
        name: the path of the layer in the net, such as "hidden1".
        kind: its class and arguments, such as "Linear(2, 100)".
        output: the shape of its output for one sample; empty where it did not run, or gave none.
        parameters, trained: how many numbers it holds, and how many of them are trained.
        flops: floating-point operations for one sample, two for each multiplication and addition.
        field: the receptive fields of its units along height and width; None where they are not local to some pixels.
    """

    name: str
    kind: str
    output: tuple[int, ...]
    parameters: int
    trained: int
    flops: int = 0
    field: Fields | None = None


def summary(net: nn.Module, shape: tuple[int, ...], dtype: torch.dtype | None = None) -> list[Layer]:
    """Return a row for each layer that has parameters of its own or no layers inside, in the order in which they run.

    A layer that runs more than once has one row, with the operations of all its calls; layers that do not run come
    last. Parameters that layers share are counted once, so that the rows add up to the net.

    Args:
        net: any module.
        shape: of one sample, such as `(13,)` or `(1, 28, 28)`.
        dtype: of a sample; None for that of the parameters. Nets that read tokens need `torch.int64`.
    """
    rows: dict[nn.Module, Layer] = {}
    counted: set[nn.Parameter] = set()
    follow = Follow()

    def note(module: nn.Module, inputs: tuple[Any, ...], output: Any) -> None:
        tensor = first_tensor(output)
        count = flops(module, inputs, output)
        if module in rows:
            rows[module] = replace(rows[module], flops=rows[module].flops + count)
            return
        own = _own(module, counted)
        size, field = ((), None) if tensor is None else (tuple(tensor.shape[1:]), follow.of(tensor))
        rows[module] = Layer(names[module], describe(module), size, *own, count, field)

    names = {m: name for name, m in net.named_modules() if _is_layer(m)}
    hooks = [*follow.watch(net), *(module.register_forward_hook(note) for module in names)]
    x = _sample(net, shape, dtype)
    with trying(net, hooks), follow:
        follow.begin(x)
        net(x)
    ran = [replace(row, flops=row.flops // BATCH) for row in rows.values()]
    idle = (Layer(names[m], describe(m), (), *_own(m, counted)) for m in names if m not in rows)
    return [*ran, *(row for row in idle if row.parameters)]


def output_shape(module: nn.Module, *shapes: tuple[int, ...]) -> tuple[int, ...]:
    """Return the shape of the output of `module` for one sample of each of its inputs, without computing anything.

    Args:
        module: any module whose shapes do not depend on values.
        shapes: of a sample of each input.
    """
    if len(shapes) == 1 and _keeps(module, shapes[0]):  # PyTorch would import its compiler to find out
        return shapes[0]
    state = {name: tensor.to("meta") for name, tensor in module.state_dict().items()}
    inputs = tuple(torch.empty(BATCH, *shape, device="meta") for shape in shapes)
    with torch.no_grad():
        output: Tensor = functional_call(module, state, inputs)
    return tuple(output.shape[1:])


def _keeps(module: nn.Module, shape: tuple[int, ...]) -> bool:
    """Tell whether the output of a layer of PyTorch's own has the shape of its input, whatever its settings."""
    if type(module) is nn.BatchNorm2d:
        return len(shape) == 3 and shape[0] == module.num_features
    return type(module) in ELEMENT_BY_ELEMENT


def shape_text(shape: tuple[int, ...]) -> str:
    """Return a shape as people read it: "16 × 28 × 28"."""
    return " × ".join(map(str, shape))


def describe(module: nn.Module) -> str:
    """Return the class of a layer with the arguments that matter, such as "Conv2d(1, 16, 5, padding=2)"."""
    return f"{type(module).__name__}({', '.join(map(str, _arguments(module)))})"


def _is_layer(module: nn.Module) -> bool:
    return not any(True for _child in module.children()) or bool(list(module.parameters(recurse=False)))


def _own(module: nn.Module, counted: set[nn.Parameter]) -> tuple[int, int]:
    """Return how many parameters `module` itself holds, and how many of them are trained; each is counted once."""
    fresh = [p for p in module.parameters(recurse=False) if p not in counted]
    counted.update(fresh)
    return sum(p.numel() for p in fresh), sum(p.numel() for p in fresh if p.requires_grad)


def _sample(net: nn.Module, shape: tuple[int, ...], dtype: torch.dtype | None) -> Tensor:
    """Return a batch that the net accepts: zeros, or where tokens are wanted ones (0 would be padding)."""
    like = place(net)
    fill = 0 if dtype is None or dtype.is_floating_point else 1
    return torch.full((BATCH, *shape), fill, device=like.device, dtype=dtype or like.dtype)


def _arguments(module: nn.Module) -> list[object]:
    if isinstance(module, nn.Linear):
        return [module.in_features, module.out_features]
    if isinstance(module, nn.modules.conv._ConvNd):
        given = [module.in_channels, module.out_channels, _short(module.kernel_size)]
        usual = {"stride": 1, "padding": 0, "dilation": 1, "groups": 1}
        return [*given, *_unusual(module, usual)]
    if isinstance(module, nn.MaxPool2d | nn.AvgPool2d):
        return [_short(module.kernel_size), *_unusual(module, {"stride": _short(module.kernel_size), "padding": 0})]
    if isinstance(module, nn.modules.batchnorm._BatchNorm):
        return [module.num_features]
    if isinstance(module, nn.RNNBase):
        usual = {"num_layers": 1, "bidirectional": False}
        return [module.input_size, module.hidden_size, *_unusual(module, usual)]
    if isinstance(module, nn.Embedding):
        return [module.num_embeddings, module.embedding_dim]
    return [module.p] if isinstance(module, nn.modules.dropout._DropoutNd) else []


def _unusual(module: nn.Module, usual: Mapping[str, object]) -> list[str]:
    values = {name: _short(getattr(module, name)) for name in usual}
    return [f"{name}={value}" for name, value in values.items() if value != usual[name]]


def _short(value: Any) -> Any:
    """Return one number for a pair of equal ones."""
    return value[0] if isinstance(value, tuple) and len(set(value)) == 1 else value
