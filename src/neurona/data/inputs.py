"""Preprocessing: how what a person has (a table, pictures, sequences) becomes the numbers that a net sees.

It is fitted on train alone, and saved as JSON.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from neurona.data.columns import Category, Column, Columns, Date, Feature, Number, years_since_2000
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
    "inputs_from_dict",
    "years_since_2000",
]

_KINDS: dict[str, type[Inputs]] = {"columns": Columns, "pixels": Pixels, "tokens": Tokens, "steps": Steps}


def inputs_from_dict(saved: Mapping[str, Any]) -> Inputs:
    """Rebuild whichever preprocessing `saved` describes."""
    return _KINDS[saved["kind"]].from_dict(saved)
