"""Some rows of a large array: taken in parts, or brought into another order in the memory that they have."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

# Their numbers, `(n,)`, or from where to where they stand.
Rows = np.ndarray | slice
BLOCK = 65_536


def count(rows: Rows) -> int:
    """Return how many rows there are."""
    return rows.stop - rows.start if isinstance(rows, slice) else len(rows)


def blocks(rows: Rows, size: int) -> Iterator[Rows]:
    """Yield `rows` in parts of at most `size`."""
    for begun in range(0, count(rows), size):
        if isinstance(rows, slice):
            yield slice(rows.start + begun, min(rows.start + begun + size, rows.stop))
        else:
            yield rows[begun : begun + size]


def taken(x: np.ndarray, rows: Rows) -> np.ndarray:
    """Return these rows of `x`: a copy, or a view of a slice."""
    if isinstance(rows, slice):
        return x[rows]
    out = np.empty((len(rows), *x.shape[1:]), x.dtype)
    for begun in range(0, len(rows), BLOCK):  # NumPy makes int64 of the numbers that it is given, for all at once
        out[begun : begun + BLOCK] = x.take(rows[begun : begun + BLOCK], axis=0)
    return out


def groups(n: int, y: np.ndarray | None) -> Iterator[np.ndarray]:
    """Yield the rows of each class, in the order of the classes, as arrays that may be changed.

    Args:
        n: how many rows there are.
        y: `(n,)` class numbers; None for one class.
    """
    if y is None:
        yield np.arange(n, dtype=index_type(n))
        return
    labels, counts = np.unique(y, return_counts=True)
    # One look at the labels for each class would take long where there are many; a sort of small numbers never does.
    codes = y if y.dtype.itemsize <= 2 else np.searchsorted(labels, y).astype(np.min_scalar_type(len(labels)))
    order = np.argsort(codes, kind="stable").astype(index_type(n))
    del codes
    yield from np.split(order, np.cumsum(counts)[:-1])


def rearrange(x: np.ndarray, order: np.ndarray) -> None:
    """Put row `order[i]` of `x` in place `i`, for all `i`, without a second array of that size.

    A block of places is filled at a time: the rows that are wanted there are taken out, and those that stood there go
    where these came from. Beside `x` there are two numbers for each row, and a block.

    Args:
        x: `(n, ...)`, changed.
        order: `(n,)` row numbers, each once.
    """
    kind = index_type(len(x))
    place_of, row_at = np.arange(len(x), dtype=kind), np.arange(len(x), dtype=kind)
    for begun in range(0, len(x), BLOCK):
        ended = min(begun + BLOCK, len(x))
        source = place_of.take(order[begun:ended])
        wanted = x.take(source, axis=0)
        vacant = source[source >= ended]
        stays = np.zeros(ended - begun, dtype=bool)
        stays[source[source < ended] - begun] = True
        leaving = begun + np.flatnonzero(~stays)
        x[vacant] = x.take(leaving, axis=0)
        moved = row_at.take(leaving)
        row_at[vacant], place_of[moved] = moved, vacant
        x[begun:ended] = wanted


def index_type(n: int) -> type[np.signedinteger]:
    """Return the type of the smallest memory that counts `n` rows."""
    return np.int32 if n <= np.iinfo(np.int32).max else np.int64
