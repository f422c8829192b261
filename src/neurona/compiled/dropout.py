"""Dropout: which values stay, from a generator that needs no memory but a key, so that loops over it vectorise."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from neurona.compiled.elementary import ZERO, F
from neurona.compiled.native import native

Array = NDArray[np.float32]


@native
def drop(share: float, key: np.uint64, first: int, values: Array, slopes: Array) -> None:
    """Set a random share of values, those of a layer from the `first` on, to 0; the others grow by as much as is lost.

    Whether the j-th of the layer stays is a hash of `key` and `j` (the mixing function of Wellons 2018, "lowbias32",
    twice). Slopes follow.
    """
    low, high = np.uint32(key), np.uint32(key >> np.uint64(32))
    least, kept = np.uint32(share * 4294967296.0), F(1.0 / (1.0 - share))
    for j in range(len(values)):
        z = mixed(np.uint32(mixed(np.uint32(np.uint32(first + j) ^ low)) + high))
        factor = kept if z >= least else ZERO
        values[j] *= factor
        slopes[j] *= factor


@native
def mixed(x: np.uint32) -> np.uint32:
    """Return 32 other bits."""
    x = np.uint32((x ^ (x >> np.uint32(16))) * np.uint32(0x21F0AAAD))
    x = np.uint32((x ^ (x >> np.uint32(15))) * np.uint32(0xD35A2D97))
    return np.uint32(x ^ (x >> np.uint32(15)))


@native
def scrambled(key: int) -> np.uint64:
    """Return 64 other bits (the finaliser of SplitMix64, Steele and others 2014)."""
    x = np.uint64(key)
    x = np.uint64((x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9))
    x = np.uint64((x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB))
    return np.uint64(x ^ (x >> np.uint64(31)))
