"""Weight initialisation: the statistics that each rule's paper states."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from scipy import stats
from torch import nn

from neurona.errors import InputError
from neurona.nets import INITIALISATIONS, initialise, mlp

FAN_IN, FAN_OUT = 300, 200
NORMAL = {
    "xavier-normal": math.sqrt(2 / (FAN_IN + FAN_OUT)),
    "kaiming-normal": math.sqrt(2 / FAN_IN),
    "normal": 0.05,
}
UNIFORM = {
    "xavier-uniform": math.sqrt(6 / (FAN_IN + FAN_OUT)),
    "kaiming-uniform": math.sqrt(6 / FAN_IN),
    "uniform": 0.05,
}


def weights(rule: str) -> np.ndarray:
    torch.manual_seed(0)
    layer = nn.Linear(FAN_IN, FAN_OUT)
    initialise(layer, rule)
    return layer.weight.detach().double().numpy()


def test_every_rule_is_checked_here() -> None:
    assert {entry.name for entry in INITIALISATIONS} == {*NORMAL, *UNIFORM, "orthogonal", "zeros"}


@pytest.mark.parametrize(("rule", "deviation"), NORMAL.items())
def test_normal_rules_draw_from_the_normal_distribution_of_their_deviation(rule: str, deviation: float) -> None:
    assert stats.kstest(weights(rule).ravel(), "norm", (0, deviation)).pvalue > 0.001


@pytest.mark.parametrize(("rule", "bound"), UNIFORM.items())
def test_uniform_rules_draw_evenly_between_their_bounds(rule: str, bound: float) -> None:
    drawn = weights(rule).ravel()
    assert np.abs(drawn).max() <= bound * (1 + 1e-6)
    assert stats.kstest(drawn, "uniform", (-bound, 2 * bound)).pvalue > 0.001


def test_orthogonal_weights_have_orthonormal_rows() -> None:
    drawn = weights("orthogonal")
    np.testing.assert_allclose(drawn @ drawn.T, np.eye(FAN_OUT), atol=1e-5)


@pytest.mark.parametrize("rule", ["zeros", "kaiming-normal", "orthogonal"])
def test_biases_begin_at_zero_in_every_layer(rule: str) -> None:
    net = mlp(3, [4, 5], 2, init=rule)
    assert all(not layer.bias.any() for layer in net if isinstance(layer, nn.Linear))


def test_zeros_are_zero() -> None:
    assert not weights("zeros").any()


def test_default_leaves_the_weights_that_pytorch_drew() -> None:
    torch.manual_seed(3)
    theirs = nn.Linear(4, 3)
    torch.manual_seed(3)
    ours = mlp(4, [], 3)
    assert torch.equal(ours.output.weight, theirs.weight)
    assert torch.equal(ours.output.bias, theirs.bias)


def test_an_unknown_rule_names_the_nearest() -> None:
    with pytest.raises(InputError, match=r"'kaiming-norml'(.|\n)*Did you mean 'kaiming-normal'\?"):
        mlp(2, [3], 1, init="kaiming-norml")
