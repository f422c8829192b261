"""Elementary functions, activations and their derivatives against PyTorch in double precision."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from scipy import special

from neurona.compiled import call, elementary, gallery
from neurona.compiled.native import native
from neurona.nets.activations import ACTIVATIONS

X = np.concatenate([np.linspace(-100, 100, 20_001), np.geomspace(1e-30, 1, 1000), -np.geomspace(1e-30, 1, 1000)])


def over(function: Callable[[np.float32], np.float32], x: NDArray[np.float32]) -> NDArray[np.float32]:
    @native
    def loop(x: NDArray[np.float32], y: NDArray[np.float32]) -> None:
        for i in range(len(x)):
            y[i] = function(x[i])

    y = np.empty_like(x)
    loop(x, y)
    return y


@pytest.mark.parametrize(
    ("ours", "theirs", "low", "high", "rel", "floor"),
    [
        (elementary.exp, np.exp, -86.6, 88.7, 2e-7, 0),
        (elementary.log1p, np.log1p, 0, 100, 3e-7, 0),
        (elementary.tanh, np.tanh, -100, 100, 2e-7, 0),
        (elementary.expm1, np.expm1, -100, 0, 3e-7, 0),
        (elementary.sigmoid, special.expit, -80, 100, 3e-7, 0),
        (elementary.normal, special.ndtr, -100, 100, 0, 2e-7),
    ],
)
def test_elementary_functions(
    ours: Callable[[np.float32], np.float32],
    theirs: Callable[[NDArray[np.float64]], NDArray[np.float64]],
    low: float,
    high: float,
    rel: float,
    floor: float,
) -> None:
    x = X[(low <= X) & (high >= X)].astype(np.float32)
    np.testing.assert_allclose(over(ours, x), theirs(x.astype(np.float64)), rtol=rel, atol=floor)


def test_exp_at_its_ends() -> None:
    x = np.array([-np.inf, -1e30, -200, 88.72, 88.73, 1e4, np.inf, np.nan], np.float32)
    with np.errstate(over="ignore"):
        np.testing.assert_allclose(over(elementary.exp, x), np.exp(x), rtol=1e-6)


@pytest.mark.parametrize("name", [entry.name for entry in ACTIVATIONS])
def test_an_activation_and_its_derivative(name: str) -> None:
    a = X.astype(np.float32)
    values, slopes = np.empty_like(a), a.copy()
    gallery.activate(call.ACTIVATIONS.index(name), values, slopes)
    exact = torch.tensor(a, dtype=torch.float64, requires_grad=True)
    outputs = ACTIVATIONS[name].make()(exact)
    (expected,) = torch.autograd.grad(outputs.sum(), exact, materialize_grads=True)
    np.testing.assert_allclose(values, outputs.detach().numpy(), rtol=5e-7, atol=5e-7)
    np.testing.assert_allclose(slopes, expected.numpy(), rtol=1e-6, atol=2e-6)


@pytest.mark.parametrize("name", [entry.name for entry in ACTIVATIONS])
def test_an_activation_shows_what_is_no_number(name: str) -> None:
    values, slopes = np.empty(40, np.float32), np.full(40, np.nan, np.float32)
    gallery.activate(call.ACTIVATIONS.index(name), values, slopes)
    assert np.isnan(values).all()


def test_the_gallery_is_the_one_that_nets_are_built_of() -> None:
    assert set(call.ACTIVATIONS) == {entry.name for entry in ACTIVATIONS}
