"""The activation gallery against closed forms in NumPy and SciPy."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import torch
from scipy.special import erf, expit

from neurona.errors import InputError
from neurona.nets import ACTIVATIONS, activation

Function = Callable[[np.ndarray], np.ndarray]

SELU_SCALE, SELU_ALPHA = 1.0507009873554805, 1.6732632423543772  # Klambauer and others 2017, section 2

# No kink (0, and +-1 of hard-tanh) lies on this grid, so that every derivative exists.
X = np.linspace(-6, 6, 402)


def softplus(x: np.ndarray) -> np.ndarray:
    return np.logaddexp(0, x)


def normal_density(x: np.ndarray) -> np.ndarray:
    return np.exp(-(x**2) / 2) / np.sqrt(2 * np.pi)


def normal_distribution(x: np.ndarray) -> np.ndarray:
    return (1 + erf(x / np.sqrt(2))) / 2


FORMS: dict[str, tuple[Function, Function]] = {
    "identity": (lambda x: x, np.ones_like),
    "step": (lambda x: np.where(x >= 0, 1.0, 0.0), np.zeros_like),
    "sigmoid": (expit, lambda x: expit(x) * (1 - expit(x))),
    "bipolar-sigmoid": (lambda x: 2 * expit(x) - 1, lambda x: (1 - (2 * expit(x) - 1) ** 2) / 2),
    "tanh": (np.tanh, lambda x: 1 - np.tanh(x) ** 2),
    "relu": (lambda x: np.maximum(x, 0), lambda x: (x > 0).astype(float)),
    "leaky-relu": (lambda x: np.where(x > 0, x, 0.01 * x), lambda x: np.where(x > 0, 1, 0.01)),
    "elu": (lambda x: np.where(x > 0, x, np.expm1(np.minimum(x, 0))), lambda x: np.where(x > 0, 1, np.exp(x))),
    "selu": (
        lambda x: SELU_SCALE * np.where(x > 0, x, SELU_ALPHA * np.expm1(np.minimum(x, 0))),
        lambda x: SELU_SCALE * np.where(x > 0, 1, SELU_ALPHA * np.exp(x)),
    ),
    "gelu": (lambda x: x * normal_distribution(x), lambda x: normal_distribution(x) + x * normal_density(x)),
    "silu": (lambda x: x * expit(x), lambda x: expit(x) * (1 + x * (1 - expit(x)))),
    "mish": (
        lambda x: x * np.tanh(softplus(x)),
        lambda x: np.tanh(softplus(x)) + x * (1 - np.tanh(softplus(x)) ** 2) * expit(x),
    ),
    "softplus": (softplus, expit),
    "hard-tanh": (lambda x: np.clip(x, -1, 1), lambda x: (np.abs(x) < 1).astype(float)),
}


def test_the_gallery_holds_the_functions_of_the_course_and_each_is_checked_here() -> None:
    assert {entry.name for entry in ACTIVATIONS} == set(FORMS)


@pytest.mark.parametrize("name", FORMS)
def test_values_and_derivatives_are_those_of_the_closed_form(name: str) -> None:
    function, derivative = FORMS[name]
    x = torch.tensor(X, dtype=torch.float64, requires_grad=True)
    y = activation(name)(x)
    (slope,) = torch.autograd.grad(y.sum(), x)
    np.testing.assert_allclose(y.detach().numpy(), function(X), rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(slope.numpy(), derivative(X), rtol=1e-9, atol=1e-12)


def test_the_step_is_one_from_zero_on_and_stops_every_gradient() -> None:
    x = torch.tensor([-1e30, -1e-30, -0.0, 0.0, 1e-30, 1e30], requires_grad=True)
    y = activation("step")(x)
    y.sum().backward()
    assert y.tolist() == [0, 0, 1, 1, 1, 1]
    assert x.grad is not None
    assert x.grad.tolist() == [0] * 6


@pytest.mark.parametrize("name", sorted(set(FORMS) - {"identity"}))
def test_far_from_zero_nothing_overflows(name: str) -> None:
    y = activation(name)(torch.tensor([-1e4, 1e4]))
    np.testing.assert_allclose(y.numpy(), FORMS[name][0](np.array([-1e4, 1e4])), rtol=1e-6, atol=1e-6)


def test_each_call_returns_a_module_of_its_own() -> None:
    assert activation("relu") is not activation("relu")


def test_an_unknown_name_names_the_nearest() -> None:
    with pytest.raises(InputError, match=r"no activation called 'sigmoide'(.|\n)*Did you mean 'sigmoid'\?"):
        activation("sigmoide")
