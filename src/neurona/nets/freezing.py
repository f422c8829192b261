"""Freezing: parts of a net that stay as they are while the rest is trained."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fnmatch import fnmatchcase

from torch import nn

from neurona.errors import InputError, nearest
from neurona.language import _


def matching(net: nn.Module, patterns: Sequence[str]) -> set[str]:
    """Return the names of the parameters of `net` that one of `patterns` fits, such as "trunk.*" or "*.bias".

    In a pattern `*` stands for any text and `?` for any letter, as in names of files.

    Raises:
        InputError: a pattern fits no parameter.
    """
    names = [name for name, _parameter in net.named_parameters()]
    found: set[str] = set()
    for pattern in patterns:
        fitting = {name for name in names if fnmatchcase(name, pattern)}
        if not fitting:
            problem = _("fit.frozen: no parameter of the net is called {pattern!r}.").format(pattern=pattern)
            raise InputError(problem, nearest(pattern, [*_parts(names), *names]))
        found |= fitting
    return found


def freeze(net: nn.Module, frozen: set[str], free: Iterable[str]) -> None:
    """Let only those of the parameters called `free` learn that are not `frozen`; others stay as they are."""
    parameters = dict(net.named_parameters())
    for name in free:
        parameters[name].requires_grad_(name not in frozen)


def is_frozen(module: nn.Module) -> bool:
    """Tell whether a module has parameters and none of them learns."""
    learns = [parameter.requires_grad for parameter in module.parameters()]
    return bool(learns) and not any(learns)


def resting(net: nn.Module, frozen: set[str]) -> set[nn.Module]:
    """Return the modules that `train` leaves in evaluation mode while the parameters called `frozen` are frozen."""
    held = {id(parameter) for name, parameter in net.named_parameters() if name in frozen}
    still: set[nn.Module] = set()
    for module in net.modules():
        own = {id(parameter) for parameter in module.parameters()}
        if own and own <= held:
            still |= set(module.modules())
    return still


def train(net: nn.Module) -> None:
    """Put `net` into training mode, but for modules that are frozen as a whole, with all that is inside them.

    In evaluation mode batch normalisation keeps its statistics, and dropout lets everything through.
    """
    net.train()
    for module in net.modules():
        if is_frozen(module):
            module.eval()


def _parts(names: Iterable[str]) -> list[str]:
    """Return patterns for the parts of a net: "trunk.*", "trunk.layer1.*", and so on down to single layers."""
    paths = {".".join(parts[:end]) for name in names for parts in [name.split(".")] for end in range(1, len(parts))}
    return sorted(f"{path}.*" for path in paths)
