"""What a source of samples yields, and the registry of the sources that have a name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from neurona.registry import Registry


@dataclass(frozen=True)
class Samples:
    """What a source yields, before it is split.

    Attributes:
        x: `(n, d)` floats, or `(n, channels, height, width)` bytes.
        y: `(n,)` class numbers, `(n, k)` zeros and ones (multilabel), or `(n, k)` values (regression).
        task: the task that the samples pose.
        features: the names of the `d` columns; empty for pictures.
        targets: the names of the target columns.
        classes: the names of the classes or labels; empty for regression.
        standardise: whether columns are standardised unless the person says otherwise.
        test: further samples that are the official test set, if there is one.
    """

    x: np.ndarray
    y: np.ndarray
    task: str
    features: tuple[str, ...] = ()
    targets: tuple[str, ...] = ("y",)
    classes: tuple[str, ...] = ()
    standardise: bool = False
    test: tuple[np.ndarray, np.ndarray] | None = None
    notes: tuple[str, ...] = ()


DATASETS: Registry[Callable[..., Samples]] = Registry("dataset")
