"""Preprocessing: how what a person has (a table, pictures, sequences) becomes the numbers that a net sees.

It is fitted on train alone, and saved as JSON.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

from neurona.data.columns import Category, Column, Columns, Date, Feature, Number, years_since_2000
from neurona.data.pictures import Pictures
from neurona.data.pixels import Pixels
from neurona.data.tokens import Steps, Tokens

Inputs = Columns | Pixels | Tokens | Steps

__all__ = [
    "Category",
    "Column",
    "Columns",
    "Date",
    "Feature",
    "Inputs",
    "Number",
    "Pixels",
    "Steps",
    "Tokens",
    "columns_of",
    "form_of",
    "inputs_from_dict",
    "is_encoded",
    "years_since_2000",
]

_KINDS: dict[str, type[Inputs]] = {"columns": Columns, "pixels": Pixels, "tokens": Tokens, "steps": Steps}


def inputs_from_dict(saved: Mapping[str, Any]) -> Inputs:
    """Rebuild whichever preprocessing `saved` describes."""
    return _KINDS[saved["kind"]].from_dict(saved)


def columns_of(inputs: Inputs) -> Columns:
    """Return the columns that a table must have for `inputs` to encode it, in the order of a row."""
    if isinstance(inputs, Columns):
        return inputs
    if isinstance(inputs, Tokens):
        return Columns((Category(inputs.column, ()),))
    return Columns(tuple(map(Number, inputs.columns if isinstance(inputs, Steps) else inputs.names)))


def is_encoded(inputs: Inputs, x: object) -> bool:
    """Tell whether `x` is samples as a `Split` holds them, which `inputs.encode` gives; of sequences of any length."""
    if not isinstance(x, Tensor | Pictures):
        return False
    if isinstance(inputs, Tokens):
        return len(x.shape) == 2 and not x.dtype.is_floating_point
    if isinstance(inputs, Steps):
        return len(x.shape) == 3 and x.shape[2] == len(inputs.names) and x.dtype == torch.float32
    if isinstance(inputs, Pixels):
        return x.shape[1:] == inputs.shape and x.dtype == torch.uint8
    return x.shape[1:] == (inputs.width,) and x.dtype == torch.float32


def form_of(numbers: object) -> str:
    """Return the shape of one sample and the type of its numbers; of sequences, which may have any length, `...`."""
    if not isinstance(numbers, Tensor | Pictures):
        return type(numbers).__name__
    steps = numbers.dtype == torch.int64 or (len(numbers.shape) == 3 and numbers.dtype == torch.float32)
    sizes = ["...", *numbers.shape[2:]] if steps and len(numbers.shape) > 1 else numbers.shape[1:]
    return f"({', '.join(map(str, sizes))}) {str(numbers.dtype).removeprefix('torch.')}"
