"""The net of a recipe, made for its data, where there is room in memory for it."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

import torch
from torch import nn

from neurona.data.dataset import Dataset, require_dataset
from neurona.errors import InputError
from neurona.fit.memory import free, too_large
from neurona.language import _
from neurona.nets import Fitting, build
from neurona.validation import KeyedError

LARGE = 1e8
"""Weights between two layers from which on a net is looked at before it is made: 0.4 GB."""
OF_A_WEIGHT = 3
"""What training holds of each weight at the least: itself, its gradient, and its copy in a checkpoint."""


def fitting(data: Dataset) -> Fitting:
    """Return what a net for `data` must fit."""
    return Fitting(data.features, data.shape, data.outputs, data.tokens, data.steps)


def make(options: Mapping[str, Any], data: Dataset, seed: int) -> nn.Module:
    """Make the net that the `[net]` of a recipe describes, with weights drawn from `seed`.

    Raises:
        InputError: the kind of net or an option is wrong, or it has no room in memory.
    """
    require_dataset(data)
    rest = dict(options)
    kind = rest.pop("kind", None)
    if kind is None:
        problem = _("The recipe does not say what net to train.")
        raise KeyedError("net", problem, _('Write [net] with kind = "mlp" and hidden = [100].'))
    _require_room(kind, rest, fitting(data))
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        try:
            return build(kind, rest, fitting(data))
        except RuntimeError as error:  # torch's word for memory that is not there
            problem = _("The net cannot be built: {error}").format(error=str(error).partition("\n")[0])
            raise InputError(problem, _("Give it fewer units or layers.")) from error


def _require_room(kind: str, options: Mapping[str, Any], fitting: Fitting) -> None:
    """Refuse a net whose weights alone are more than memory holds while it trains.

    It is built without memory for its weights (on PyTorch's device `meta`), and only where an option is large.

    Raises:
        InputError: it has no room; it says how much it needs, and how much of it would fit.
    """
    largest = sorted((*_numbers(options), math.prod(fitting.shape)))[-2:]
    if math.prod(largest) < LARGE:
        return
    try:
        with torch.device("meta"):
            net = build(kind, dict(options), fitting)
    except (NotImplementedError, RuntimeError):  # a net that computes with its weights while it is built
        return
    needed, room = OF_A_WEIGHT * sum(p.numel() * p.element_size() for p in net.parameters()), free()
    if needed > room:
        percent = max(1, math.floor(100 * math.sqrt(room / needed)))
        hint = _("Give it fewer units or layers: about {percent} % of the units of each layer would fit.")
        raise too_large(needed, room, hint.format(percent=percent))


def _numbers(value: Any) -> Iterator[int]:
    """Yield the whole numbers in options, also those in words such as "dense 100"."""
    if isinstance(value, Mapping):
        for inner in value.values():
            yield from _numbers(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _numbers(inner)
    elif isinstance(value, str):
        yield from (int(word) for word in value.split() if word.isdecimal() and len(word) < 16)
    elif isinstance(value, int) and not isinstance(value, bool):
        yield value
