"""What a source of samples yields, and the registry of the sources that have a name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from neurona.data.tokens import Steps, Tokens, Unit
from neurona.registry import Registry


@dataclass(frozen=True)
class Samples:
    """What a source yields, before it is split.

    Attributes:
        x: `(n, d)` floats, `(n, channels, height, width)` bytes, or sequences (see `Split.x`).
        y: `(n,)` class numbers, `(n, k)` zeros and ones (multilabel), `(n, k)` values (regression), or `(n, steps)`
            class numbers with -100 where a sequence has ended (see `Split.y`).
        task: the task that the samples pose.
        features: the names of the `d` columns; empty for pictures.
        targets: the names of the target columns.
        classes: the names of the classes or labels; empty for regression.
        standardise: whether columns are standardised unless the person says otherwise.
        test: further samples that are the official test set, if there is one.
        notes: what was done to the samples, as sentences for people.
        inputs: the preprocessing, where there is nothing to fit: of sequences, whose `x` is as the split's will be.
        fresh: whether nobody else holds `x`, so that the dataset may take over its memory.
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
    inputs: Tokens | Steps | None = None
    fresh: bool = False


@dataclass(frozen=True)
class Passage:
    """A running text, which is split by position and then cut into windows, each a sample; see `data.text.cut`.

    Attributes:
        text: all of it.
        unit: what is predicted: the next character or the next word.
        window: how many tokens a sample has.
        stride: how many tokens a window of train begins after the one before it; None for as many as it has.
        minimum: how often a symbol must stand in train; rarer ones become unknown.
        vocabulary: at most so many different symbols, the most frequent ones.
        notes: what was done to the text, as sentences for people.
    """

    text: str
    unit: Unit = "character"
    window: int = 100
    stride: int | None = None
    minimum: int = 2
    vocabulary: int = 20_000
    notes: tuple[str, ...] = ()


DATASETS: Registry[Callable[..., Samples | Passage]] = Registry("dataset")
