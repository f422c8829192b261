"""Whether a net has room in memory, found before its weights are there."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

import torch

from neurona.errors import InputError
from neurona.fit.memory import GB, free
from neurona.language import _
from neurona.nets import Fitting, build

LARGE = 1e8
"""Weights between two layers from which on a net is looked at: 0.4 GB."""
COPIES = 3
"""Weights, their gradients, and the copy that a checkpoint is written from."""


def require_room(kind: str, options: Mapping[str, Any], fitting: Fitting) -> None:
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
    needed, room = COPIES * sum(p.numel() * p.element_size() for p in net.parameters()), free()
    if needed > room:
        problem = _("Training this net takes more than {need:.1f} GB of memory, and {free:.1f} GB are free.")
        hint = _("Give it fewer units or layers: about {percent} % of the units of each layer would fit.")
        percent = max(1, math.floor(100 * math.sqrt(room / needed)))
        raise InputError(problem.format(need=needed / GB, free=room / GB), hint.format(percent=percent))


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
