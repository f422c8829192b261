"""The chain of dense layers that a net consists of, for the engine that compiles it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import torch
from torch import nn
from torch.nn.modules.module import _has_any_global_hook

from neurona.language import _
from neurona.nets.activations import ACTIVATIONS
from neurona.nets.autoencoder import Autoencoder


class OutsideError(Exception):
    """A part that the compiled engine does not take; the message says which."""


@dataclass
class Layer:
    """An affine layer and what follows it.

    Attributes:
        linear: the module that holds weights and bias.
        activation: a name of the gallery.
        drops: the module that drops some of its values while the net trains.
    """

    linear: nn.Linear
    activation: str = "identity"
    drops: nn.Dropout | None = None

    @property
    def dropout(self) -> float:
        """The share of its values that are dropped."""
        return float(self.drops.p) if self.drops else 0.0

    @property
    def parameters(self) -> list[nn.Parameter]:
        """The weights, and the bias if there is one."""
        return list(self.linear.parameters(recurse=False))


def chain_of(net: nn.Module) -> list[Layer]:
    """Return the layers of `net` from the samples to the outputs.

    A net of the family is a `Sequential` (or our autoencoder) of `Flatten`, `Linear`, the activations of the gallery
    as they stand there, `Dropout`, and at the end `Unflatten`.

    Raises:
        OutsideError: the net is another one.
    """
    layers: list[Layer] = []
    last = ""
    for name, module in _parts(net):
        _check_plain(name, module)
        activation = _activation(module)
        if last == "Unflatten":
            raise _refused(name, module)
        if type(module) is nn.Linear:
            layers.append(Layer(module))
        elif type(module) is nn.Dropout and layers and not layers[-1].drops and module.p < 1:
            layers[-1].drops = module
        elif activation == "identity" or (type(module) is nn.Flatten and (module.start_dim, module.end_dim) == (1, -1)):
            continue
        elif activation and last == "Linear":
            layers[-1].activation = activation
        elif type(module) is not nn.Unflatten:
            raise _refused(name, module)
        last = type(module).__name__
    if not layers:
        raise OutsideError(_("it has no dense layer"))
    _check_parameters(net, layers)
    return layers


def _parts(net: nn.Module, name: str = "") -> Iterator[tuple[str, nn.Module]]:
    """Yield the modules without parts of their own, in the order in which a sample goes through them."""
    if type(net) not in (nn.Sequential, Autoencoder):
        yield name, net
        return
    _check_plain(name, net)
    for part, module in net._modules.items():  # named_children leaves out a module that comes a second time
        assert module is not None
        yield from _parts(module, f"{name}.{part}".lstrip("."))


def _activation(module: nn.Module) -> str | None:
    """Return the name in the gallery of a module that is as the gallery makes it."""
    for entry in ACTIVATIONS:
        if type(module) is entry.make and _settings(module) == _settings(entry.make()):
            return entry.name
    return None


def _settings(module: nn.Module) -> dict[str, Any]:
    return {k: v for k, v in vars(module).items() if not k.startswith("_") and k not in ("training", "inplace")}


def is_plain(module: nn.Module) -> bool:
    """Tell whether a module has no hooks, and computes as its class does."""
    return not _has_hooks(module) and "forward" not in vars(module)


def _has_hooks(module: nn.Module) -> bool:
    hooks = (module._forward_hooks, module._forward_pre_hooks, module._backward_hooks, module._backward_pre_hooks)
    return any(hooks) or _has_any_global_hook()


def _check_plain(name: str, module: nn.Module) -> None:
    if _has_hooks(module):
        raise OutsideError(_("the layer {name!r} has hooks").format(name=name))
    if not is_plain(module):
        raise OutsideError(_("the layer {name!r} has a forward of its own").format(name=name))


def _check_parameters(net: nn.Module, layers: list[Layer]) -> None:
    """Check that the layers own the parameters of the net, one each, all of which learn, in float32 on a CPU."""
    owned = [p for layer in layers for p in layer.parameters]
    for name, parameter in net.named_parameters(remove_duplicate=False):
        if not any(parameter is other for other in owned):
            raise OutsideError(_("the parameter {name} belongs to no layer").format(name=name))
        if sum(parameter is other for other in owned) > 1:
            raise OutsideError(_("the parameter {name} belongs to several layers").format(name=name))
        if parameter._backward_hooks or parameter._post_accumulate_grad_hooks:
            raise OutsideError(_("the parameter {name} has hooks").format(name=name))
        if not parameter.requires_grad:
            raise OutsideError(_("the parameter {name} is frozen").format(name=name))
        if parameter.dtype is not torch.float32 or parameter.device.type != "cpu" or not parameter.is_contiguous():
            kind = f"{str(parameter.dtype).removeprefix('torch.')}, {parameter.device}"
            raise OutsideError(_("the parameter {name} is {kind}").format(name=name, kind=kind))


def _refused(name: str, module: nn.Module) -> OutsideError:
    kind = type(module).__name__
    return OutsideError(_("the layer {name!r} is a {kind} there").format(name=name or kind, kind=kind))
