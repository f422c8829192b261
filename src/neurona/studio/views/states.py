"""States and gates of a recurrent layer as maps of units over steps."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from torch import Tensor

from neurona.errors import InputError
from neurona.language import _
from neurona.look.gates import GATES, SHOWN, title_of
from neurona.look.style import thinned
from neurona.studio.arrays import shares, signed

MOST_UNITS = 32


def maps(kept: Mapping[str, Tensor]) -> list[dict[str, Any]]:
    """Return a map for each gate and state of a layer: `kept` holds `(1, t, hidden)` under each name."""
    return [_map(name, kept[name][0].cpu().numpy()) for name in SHOWN if name in kept]


def _map(name: str, states: np.ndarray) -> dict[str, Any]:
    """Return a map of at most 32 units, `(units, steps)`: gates from 0 to 1, states signed with their reach."""
    chosen = thinned(states.shape[1], MOST_UNITS)
    values, gate = states[:, chosen].T, name in GATES
    reach = 1.0 if gate else float(max(1.0, np.abs(np.nan_to_num(states)).max()))
    packed = shares(values) if gate else signed(values, axis=(0, 1), largest=reach)
    return {
        "name": name, "title": title_of(name), "gate": gate, "reach": reach, "values": packed,
        "units": chosen.tolist(), "of": states.shape[1],
    }  # fmt: skip


def require_layer(number: Any, count: int) -> int:
    """Return the number of a layer; raise an `InputError` unless there is one of that number."""
    if type(number) is not int or not 0 <= number < count:
        problem = _("There is no number {number} here.").format(number=number)
        raise InputError(problem, _("They go from 0 to {last}.").format(last=count - 1))
    return number
