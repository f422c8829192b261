"""A small net and a training of it, for the tests of fits."""

from __future__ import annotations

import dataclasses
from typing import Any

import torch
from torch import nn

from neurona.data import Dataset
from neurona.data.dataset import Split
from neurona.fit import Fit
from neurona.nets import mlp


def dense(data: Dataset, hidden: int = 12, **options: Any) -> nn.Sequential:
    """Return a net for `data`, always from the same weights."""
    torch.manual_seed(7)
    return mlp(data.features, [hidden], data.outputs, activation="tanh", **options)


def train(net: nn.Module, data: Dataset, **options: Any) -> Fit:
    """Train to the end and return the fit."""
    fit = Fit(net, data, **options)
    for _epoch in fit:
        pass
    return fit


def cut(data: Dataset, n: int) -> Dataset:
    """Return `data` with the first `n` training samples alone."""
    return dataclasses.replace(data, train=Split(data.train.x[:n], data.train.y[:n]))


def assert_same_weights(ours: nn.Module, theirs: nn.Module, tolerance: float = 1e-6) -> None:
    """Compare all parameters, to `tolerance`; 0 for to the last bit."""
    for mine, other in zip(ours.parameters(), theirs.parameters(), strict=True):
        torch.testing.assert_close(mine, other, rtol=tolerance * 10, atol=tolerance)
