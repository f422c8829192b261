"""What a net may see of points: their columns, and some formulas over them, each a switch with a small map."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import torch

from neurona.data.column_names import column_names
from neurona.data.formulas import Formula
from neurona.data.inputs import Columns
from neurona.errors import NeuronaError
from neurona.studio.arrays import Packed, signed
from neurona.studio.views.plane import Plane
from neurona.studio.views.units import centred

SIDE = 20
# About so many waves of a sine fit between the ends of the axis.
WAVES = 1.8


def offered(plane: Plane | None) -> list[dict[str, Any]]:
    """Return the features that can be switched on and off, those in use among them; nothing for other data.

    Returns:
        For each its `text` in the recipe, what people call it (`label`; a formula is as one writes it), whether it is
        `on`, and its `map` over the plane, `(side, side)`.
    """
    inputs = plane.data.inputs if plane is not None else None
    if plane is None or not isinstance(inputs, Columns):
        return []
    columns = [column.name for column in inputs.columns]
    used = [feature.formula for feature in inputs.features] or columns
    known = [*columns, *(text for text in _usual(plane) if text not in columns)]
    texts = [*known, *(text for text in used if text not in known)]
    maps, labels = _maps(plane, texts), map(_label, column_names(texts, plane.data))
    return [
        {"text": text, "label": label, "on": text in used, "map": found}
        for text, label, found in zip(texts, labels, maps, strict=True)
        if found is not None
    ]


def _usual(plane: Plane) -> list[str]:
    """Return squares, the product and sines, whose waves suit the ends of the axes."""
    names = [column.name if column.name.isidentifier() else f"`{column.name}`" for column in plane.numbers]
    low, high = plane.bounds
    rates = [f"{2 * np.pi * WAVES / width:.1g}" for width in high - low]
    plain = [np.format_float_positional(float(rate), trim="-") for rate in rates]
    sines = [f"sin({rate}*{name})" for rate, name in zip(plain, names, strict=True)]
    product = [f"{names[0]}*{names[1]}"] if len(names) == 2 else [f"{names[0]}^3"]
    return [*(f"{name}^2" for name in names), *product, *sines]


def _maps(plane: Plane, texts: list[str]) -> list[Packed | None]:
    """Return the map of each feature; None for one that has no finite value somewhere."""
    low, high = plane.bounds
    ends = [np.linspace(low[i], high[i], SIDE) for i in range(len(plane.numbers))]
    across, up = np.meshgrid(ends[0], ends[-1])
    axes = (across, up)[: len(plane.numbers)]
    values = {column.name: torch.from_numpy(axis.ravel()) for column, axis in zip(plane.numbers, axes, strict=True)}
    return [_map(text, values) for text in texts]


def _map(text: str, values: dict[str, torch.Tensor]) -> Packed | None:
    try:
        found = Formula.read(text, values).values(values).numpy()
    except NeuronaError:
        return None
    return signed(centred(np.nan_to_num(found, posinf=0.0, neginf=0.0)[:, None]).reshape(SIDE, SIDE), axis=(0, 1))


def _label(text: str) -> str:
    """Return a formula as it is printed: x², x·y."""
    printed = re.sub(r"\^2(?!\d)", "²", text.replace("`", ""))
    return re.sub(r"\^3(?!\d)", "³", printed).replace("*", "·")
