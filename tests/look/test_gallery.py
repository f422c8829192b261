"""The gallery shows each activation and its derivative."""

import numpy as np
import pytest
from scipy.special import erf, expit

from neurona.errors import InputError
from neurona.look import activations
from neurona.look.gallery import curve
from neurona.nets import ACTIVATIONS

SCALE, ALPHA = 1.0507009873554805, 1.6732632423543772


def density(x):
    return np.exp(-(x**2) / 2) / np.sqrt(2 * np.pi)


def softplus(x):
    return np.log1p(np.exp(x))


DERIVATIVES = {
    "identity": np.ones_like,
    "step": np.zeros_like,
    "sigmoid": lambda x: expit(x) * (1 - expit(x)),
    "bipolar-sigmoid": lambda x: 2 * expit(x) * (1 - expit(x)),
    "tanh": lambda x: 1 / np.cosh(x) ** 2,
    "relu": lambda x: (x > 0).astype(float),
    "leaky-relu": lambda x: np.where(x > 0, 1, 0.01),
    "elu": lambda x: np.where(x > 0, 1, np.exp(x)),
    "selu": lambda x: SCALE * np.where(x > 0, 1, ALPHA * np.exp(x)),
    "gelu": lambda x: (1 + erf(x / np.sqrt(2))) / 2 + x * density(x),
    "silu": lambda x: expit(x) * (1 + x * (1 - expit(x))),
    "mish": lambda x: np.tanh(softplus(x)) + x * expit(x) / np.cosh(softplus(x)) ** 2,
    "softplus": expit,
    "hard-tanh": lambda x: (np.abs(x) < 1).astype(float),
}
X = np.linspace(-4, 4, 400)  # 0, -1 and 1, where some derivatives jump, are not among them


@pytest.mark.parametrize("name", [entry.name for entry in ACTIVATIONS])
def test_derivative_is_that_of_calculus(name):
    np.testing.assert_allclose(curve(name, X)[1], DERIVATIVES[name](X), atol=1e-9)


def test_each_activation_has_a_panel_with_its_name_and_both_curves():
    panels = {axes.get_title(loc="left"): axes for axes in activations().axes}
    for entry in ACTIVATIONS:
        solid = [line.get_linestyle() for line in panels[entry.name].get_lines()]
        assert "-" in solid and "--" in solid


def test_each_column_has_numbers_below_its_last_panel():
    names = ["relu", "tanh", "elu", "silu", "sigmoid", "identity", "step"]
    panels = [axes for axes in activations(names).axes if axes.axison]
    written = [any(label.get_visible() and label.get_text() for label in axes.get_xticklabels()) for axes in panels]
    assert written == [False, False, False, True, True, True, True]


def test_one_activation_alone_and_an_unknown_one():
    assert len(activations(["relu"]).axes) == 1
    with pytest.raises(InputError, match="Did you mean 'relu'"):
        activations(["rellu"])
