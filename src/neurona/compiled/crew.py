"""Two threads at one computation: they meet after each part of it, without Python or the system in between."""

from __future__ import annotations

import sys

import numpy as np
from numpy.typing import NDArray

Words = NDArray[np.int64]

# Words lie so far apart that no two of them are in one line of a cache.
APART = 16
# Elsewhere the system has no such name for giving up one's core for now, and one thread does all.
POSSIBLE = sys.platform != "win32"


def meeting() -> Words:
    """Return what two threads meet by: how often each has come and has had to wait, and whether one left for good."""
    return np.zeros(3 * APART, np.int64)


def waits(words: Words) -> int:
    """Return how often threads had to give way while they waited: seldom, unless others want their cores."""
    return int(words[1] + words[APART + 1])


def meetings(words: Words) -> int:
    """Return how often they have met."""
    return int(words[0])


def leave(words: Words) -> None:
    """Let nobody wait any more."""
    words[2 * APART] = 1
