"""Augmentation: training pictures changed at random each time that they are seen."""

from __future__ import annotations

from torch import Tensor


class Augmentation:
    """A pipeline of random changes to pictures."""

    def __call__(self, x: Tensor) -> Tensor:
        """Return `(n, channels, height, width)` uint8 pictures, each changed at random."""
        return x
