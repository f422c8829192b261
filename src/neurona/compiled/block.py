"""How many samples go through a dense net at once; it stands alone, since the passes themselves import Numba."""

BLOCK = 512
"""Samples, whatever the batch: what a layer holds of so many stays in the processor's cache."""
