"""Rows of valid and test that stand in train too, on which a net can answer from memory."""

from __future__ import annotations

from itertools import chain

import numpy as np
import torch
from torch import Tensor

from neurona.data.dataset import Split
from neurona.data.inputs import Columns, Inputs
from neurona.data.rows import blocks
from neurona.data.split_names import split_name
from neurona.language import _, joined

MOST_ROWS = 1_000_000
"""Of more rows, which take their time, nothing is said."""
SHARE, LEAST, TIMES = 0.05, 2, 2
"""Repeats are worth a word from this share of a part on, this many, and so many times what chance makes of them."""
SEEN = 10_000
"""So many rows of train show how often chance makes two alike."""
CELLS = 1 << 16
"""Of so many numbers a copy stays in the cache."""


def repeats_note(inputs: Inputs, train: Split, valid: Split, test: Split) -> list[str]:
    """Say how many rows of test and valid stand in train too, as a net sees them and with the same target.

    Nothing where they are few, where rows of so few different values are alike by nature, or of more than `MOST_ROWS`.

    Args:
        inputs: the preprocessing of the table.
        train: what a net learns from.
        valid: may be empty.
        test: may be empty.
    """
    if len(train) + len(valid) + len(test) > MOST_ROWS:
        return []
    hashes = row_hashes(train.x, train.y)
    known = np.sort(hashes)
    parts = {"test": test, "valid": valid}
    counts = {name: _standing_in(known, row_hashes(part.x, part.y)) for name, part in parts.items()}
    noticed = [name for name, part in parts.items() if counts[name] >= max(LEAST, SHARE * len(part))]
    chance = _by_chance(inputs, train, hashes) if noticed else 0.0
    rows = [
        _("{count} of {total} rows of {split}").format(
            count=counts[name], total=len(parts[name]), split=split_name(name)
        )
        for name in noticed
        if counts[name] >= TIMES * chance * len(parts[name])
    ]
    note = _(
        "{rows} stand in train too, with the same target: on these a net can answer from memory, so the result says "
        "little about new rows. If they are copies, keep one of each."
    )
    return [note.format(rows=joined(", ", rows))] if rows else []


def row_hashes(*parts: Tensor) -> np.ndarray:
    """Return a hash of each row of `(n, ...)` values side by side, `(n,)` uint64; two that differ hardly have the same.

    It is multilinear: the sum of the row's 32-bit words, each times a random odd number, modulo 2^64 (Lemire and Kaser,
    "Strongly universal string hashing is fast", 2014).
    """
    generator = np.random.default_rng(0)
    hashes = np.zeros(len(parts[0]), np.uint64)
    for values in parts:
        words = values.numpy().reshape(len(values), -1 if len(values) else 1).view(np.uint32)
        factors = generator.integers(1 << 64, size=words.shape[1], dtype=np.uint64) | np.uint64(1)
        for rows in blocks(slice(0, len(words)), max(1, CELLS // words.shape[1])):
            hashes[rows] += words[rows] @ factors
    return hashes


def _standing_in(known: np.ndarray, hashes: np.ndarray) -> int:
    """Return how many of some hashes stand among those `known`, which are in order."""
    hashes = np.sort(hashes)  # neighbours are looked up near each other, many times as fast as by `np.isin`
    places = np.searchsorted(known, hashes).clip(max=len(known) - 1)
    return int((known[places] == hashes).sum())


def _by_chance(inputs: Inputs, train: Split, hashes: np.ndarray) -> float:
    """Return how likely a new row is one of train, from 0 to 1, as if columns had nothing to do with each other.

    Where that is so little that it does not matter beside `SHARE`, 0.
    """
    # Of copies one, for they are not alike by chance.
    first = torch.from_numpy(np.unique(hashes[:SEEN], return_index=True)[1])
    places = inputs.places.values() if isinstance(inputs, Columns) else range(train.x.shape[1])
    alike = float(len(train))
    for values in chain((train.y[first],), (train.x[first, place] for place in places)):
        counts = np.unique(row_hashes(values), return_counts=True)[1]
        alike *= (counts * (counts - 1)).sum() / max(1, len(first) * (len(first) - 1))
        if TIMES * alike < SHARE:
            return 0.0
    return min(1.0, alike)
