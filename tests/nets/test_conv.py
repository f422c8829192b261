"""Convolutional nets from descriptions: the nets of the courses, and what is said where a description does not fit."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from torch import nn

from neurona.data import load
from neurona.errors import InputError
from neurona.fit import Fit
from neurona.nets import NETS, Fitting, build, convnet
from neurona.recipe import Recipe

GREY = (1, 28, 28)
CNN1 = ["conv 32 5 pad 2", "relu", "pool 2"]
CNN2 = ["conv 16 5 pad 2", "relu", "pool 2", "conv 32 5 pad 2", "relu", "pool 2"]
CNN2_BN = ["conv 16 5 pad 2", "bn", "relu", "pool 2", "conv 32 5 pad 2", "bn", "relu", "pool 2"]
CNN3 = ["conv 32 3", "relu", "conv 32 3", "relu", "pool 2", "conv 2 3", "relu", "flatten", "linear 50", "relu"]


def shapes(net: nn.Module) -> dict[str, tuple[int, ...]]:
    return {name: tuple(p.shape) for name, p in net.named_parameters()}


class TestNetsOfTheCourses:
    def test_cnn1_ends_with_6272_10(self) -> None:
        assert shapes(convnet(GREY, 10, CNN1))["output.weight"] == (10, 6272)

    def test_cnn2_has_six_parameter_tensors(self) -> None:
        assert shapes(convnet(GREY, 10, CNN2)) == {
            "conv1.weight": (16, 1, 5, 5),
            "conv1.bias": (16,),
            "conv2.weight": (32, 16, 5, 5),
            "conv2.bias": (32,),
            "output.weight": (10, 1568),
            "output.bias": (10,),
        }

    def test_cnn2_bn_is_a_chain_with_readable_names(self) -> None:
        net = convnet(GREY, 10, CNN2_BN)
        names = [*("conv1", "bn1", "relu1", "pool1", "conv2", "bn2", "relu2", "pool2"), "flatten", "output"]
        assert type(net) is nn.Sequential
        assert [name for name, _layer in net.named_children()] == names

    def test_cnn3_ends_with_200_50_10(self) -> None:
        found = shapes(convnet(GREY, 10, CNN3))
        assert (found["conv3.weight"], found["linear1.weight"]) == ((2, 32, 3, 3), (50, 200))
        assert found["output.weight"] == (10, 50)

    def test_cnn2_computes_what_the_same_net_written_in_pytorch_does(self) -> None:
        torch.manual_seed(0)
        net = convnet(GREY, 10, CNN2)
        torch.manual_seed(0)
        other = nn.Sequential(
            *(nn.Conv2d(1, 16, 5, padding=2), nn.ReLU(), nn.MaxPool2d(2)),
            *(nn.Conv2d(16, 32, 5, padding=2), nn.ReLU(), nn.MaxPool2d(2)),
            *(nn.Flatten(), nn.Linear(1568, 10)),
        )
        x = torch.randn(3, *GREY)
        assert torch.equal(net(x), other(x))


class TestDescription:
    def test_without_layers_one_affine_layer_is_left(self) -> None:
        assert [type(layer) for layer in convnet(GREY, 3, [])] == [nn.Flatten, nn.Linear]

    def test_columns_of_numbers_need_no_flatten(self) -> None:
        net = convnet((13,), 3, ["linear 5", "bn", "tanh"])
        assert [name for name, _layer in net.named_children()] == ["linear1", "bn1", "tanh1", "output"]
        assert net(torch.zeros(4, 13)).shape == (4, 3)

    def test_the_data_choose_what_the_recipe_does_not(self) -> None:
        net = build("conv", {"layers": CNN1}, Fitting(features=3 * 32 * 32, shape=(3, 32, 32), outputs=4))
        assert net(torch.zeros(2, 3, 32, 32)).shape == (2, 4)
        assert list(NETS["conv"].options.model_fields) == ["layers"]

    def test_a_net_that_does_not_fit_names_the_layer_its_input_and_a_size_that_would_fit(self) -> None:
        with pytest.raises(InputError) as raised:
            convnet(GREY, 10, ["conv 16 5", "pool 4", "conv 32 9"])
        assert raised.value.problem.startswith('Layer 3, "conv 32 9", on an input of 16 × 6 × 6: It covers 9 pixels')
        assert raised.value.hint == "A kernel of at most 6 fits, or a padding of at least 2."

    @pytest.mark.parametrize(("shape", "tokens"), [((40,), 20), ((40, 2), 0)])
    def test_sequences_are_refused(self, shape: tuple[int, ...], tokens: int) -> None:
        with pytest.raises(InputError, match="the data are sequences"):
            convnet(shape, 2, ["linear 3"], tokens=tokens)

    def test_the_error_points_to_the_line_of_the_recipe(self, tmp_path: Path) -> None:
        path = tmp_path / "net.toml"
        path.write_text('[data]\nname = "digits"\n\n[net]\nkind = "conv"\nlayers = ["conv 8 3", "pool 9"]\n')
        recipe = Recipe.read(path)
        with pytest.raises(InputError, match=r'net\.toml, line 6: Layer 2, "pool 9", on an input of 8 × 6 × 6'):
            recipe.build(recipe.load())


def test_it_learns_the_digits() -> None:
    data = load("digits")
    torch.manual_seed(0)
    net = convnet(data.shape, data.outputs, ["conv 16 3 pad 1", "bn", "relu", "pool 2", "residual 16"])
    fit = Fit(net, data, optimizer="adam", lr=5e-3, epochs=3, batch=64)
    for _epoch in fit:
        pass
    assert fit.evaluate(data.test)["accuracy"] > 0.95
