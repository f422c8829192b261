"""The convolutional recipes have the nets that their source describes, weight for weight."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from neurona.nets import Fitting, build
from neurona.recipe import Recipe
from neurona.vary import variants
from neurona.written import names

MNIST = Fitting(784, (1, 28, 28), 10)


def net_of(name: str) -> nn.Module:
    options = dict(Recipe.read(name).net)
    return build(options.pop("kind"), options, MNIST)


def shapes(net: nn.Module) -> list[tuple[int, ...]]:
    return [tuple(p.shape) for p in net.parameters()]


def test_one_convolution_leaves_6272_numbers() -> None:
    assert shapes(net_of("mnist-cnn1")) == [(32, 1, 5, 5), (32,), (10, 6272), (10,)]


def test_two_convolutions_have_six_tensors_and_leave_1568_numbers() -> None:
    named = {name: tuple(p.shape) for name, p in net_of("mnist-cnn2").named_parameters()}
    assert named == {
        "conv1.weight": (16, 1, 5, 5),
        "conv1.bias": (16,),
        "conv2.weight": (32, 16, 5, 5),
        "conv2.bias": (32,),
        "output.weight": (10, 1568),
        "output.bias": (10,),
    }


def test_batch_normalisation_follows_each_convolution_of_the_same_net() -> None:
    plain, normalised = (list(net_of(name)) for name in ("mnist-cnn2", "mnist-cnn2-bn"))
    norms = [i for i, layer in enumerate(normalised) if isinstance(layer, nn.BatchNorm2d)]
    assert [type(normalised[i - 1]) for i in norms] == [nn.Conv2d, nn.Conv2d]
    assert [str(layer) for i, layer in enumerate(normalised) if i not in norms] == [str(layer) for layer in plain]


def test_three_convolutions_leave_200_numbers_and_go_through_50() -> None:
    net = net_of("mnist-cnn3")
    assert shapes(net)[::2] == [(32, 1, 3, 3), (32, 32, 3, 3), (2, 32, 3, 3), (50, 200), (10, 50)]
    assert net(torch.zeros(2, 1, 28, 28)).shape == (2, 10)


@pytest.mark.parametrize("data", ["mnist", "digits"])
def test_the_optimizers_compared_are_those_of_the_source(data: str) -> None:
    recipe = Recipe.read(f"{data}-adadelta")
    fits = {variant.label: recipe.with_changes(variant.changes).fit for variant in variants(recipe)}
    assert fits["Adadelta"].optimizer == "adadelta"
    momentum = fits["SGD, momentum 0.8"]
    assert (momentum.optimizer, momentum.lr, momentum.momentum) == ("sgd", 0.1, 0.8)
    assert recipe.net["layers"] == Recipe.read(f"{data}-cnn3").net["layers"]


@pytest.mark.parametrize("data", ["mnist", "digits"])
def test_the_comparison_of_batch_normalisation_is_of_the_two_nets(data: str) -> None:
    recipe = Recipe.read(f"{data}-batch-norm")
    layers = [recipe.with_changes(variant.changes).net["layers"] for variant in variants(recipe)]
    assert layers == [Recipe.read(f"{data}-{name}").net["layers"] for name in ("cnn2", "cnn2-bn")]


def test_every_convolutional_recipe_on_mnist_has_a_twin_on_embedded_data() -> None:
    ours = [name for name in names() if name.startswith("mnist-") and Recipe.read(name).net.get("kind") == "conv"]
    assert {"mnist-cnn1", "mnist-cnn2", "mnist-cnn2-bn", "mnist-cnn3", "mnist-best", "mnist-augmentation"} <= set(ours)
    assert {name.replace("mnist", "digits") for name in ours} <= set(names())
