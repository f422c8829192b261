"""Dense nets: what they compute, how many parameters they have, and which of them train."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import expit
from torch import nn

from neurona import nets
from neurona.data import load
from neurona.errors import InputError
from neurona.fit import Fit
from neurona.nets import NETS, boxcar, ensemble, linear, mlp, perceptron, summary


def parameters(net: nn.Module) -> int:
    return sum(p.numel() for p in net.parameters())


class TestMultilayerPerceptron:
    @given(st.integers(1, 50), st.lists(st.integers(1, 50), max_size=4), st.integers(1, 20), st.booleans())
    @settings(max_examples=25, deadline=None)
    def test_parameters_are_weights_and_biases_of_each_layer(
        self, features: int, hidden: list[int], outputs: int, norm: bool
    ) -> None:
        widths = [features, *hidden, outputs]
        wanted = sum((before + 1) * after for before, after in pairwise(widths))
        wanted += 2 * sum(hidden) * norm  # batch normalisation: a scale and a shift for each unit
        assert parameters(mlp(features, hidden, outputs, batch_norm=norm)) == wanted

    def test_784_256_10_has_203_530_parameters(self) -> None:
        assert parameters(mlp(784, [256], 10)) == 203_530

    @pytest.mark.parametrize(
        ("sizes", "problem", "hint"),
        [
            ((13, [0], 3), r"net\.hidden\.0 = 0 is", "greater than 0"),
            ((13, [10, "a"], 3), r"net\.hidden\.1 = 'a' is", "whole number"),
            ((13, [2.5], 3), r"net\.hidden\.0 = 2\.5 is", "whole number"),
            ((13, 10, 3), r"net\.hidden = 10 is", "such as [100, 50]"),
            ((0, [2], 3), "features = 0 is", "1 or more"),
            ((13, [2], 0), "outputs = 0 is", "1 or more"),
        ],
    )
    def test_layers_without_units_are_refused(self, sizes: Any, problem: str, hint: str) -> None:
        with pytest.raises(InputError, match=problem) as caught:
            mlp(*sizes)
        assert hint in caught.value.hint

    def test_it_computes_what_the_formula_says(self) -> None:
        torch.manual_seed(0)
        net = mlp(3, [4, 5], 2, activation=["tanh", "sigmoid"]).double()
        x = np.random.default_rng(0).normal(size=(7, 3))
        w1, b1, w2, b2, w3, b3 = (p.detach().numpy() for p in net.parameters())
        wanted = expit(np.tanh(x @ w1.T + b1) @ w2.T + b2) @ w3.T + b3
        np.testing.assert_allclose(net(torch.tensor(x)).detach().numpy(), wanted, rtol=1e-10)

    def test_its_outputs_are_logits_with_no_activation(self) -> None:
        torch.manual_seed(0)
        outputs = mlp(2, [50], 3)(100 * torch.randn(200, 2))
        assert outputs.min() < -1
        assert outputs.max() > 1

    def test_pictures_are_flattened_row_by_row(self) -> None:
        net = mlp(2 * 3 * 4, [5], 2)
        pictures = torch.randn(6, 2, 3, 4)
        assert torch.equal(net(pictures), net(pictures.reshape(6, 24)))
        assert net(pictures).shape == (6, 2)

    def test_no_hidden_layer_is_one_affine_layer(self) -> None:
        assert [type(layer) for layer in mlp(3, [], 2)] == [nn.Flatten, nn.Linear]

    def test_batch_norm_comes_before_the_activation_and_dropout_after_it_in_each_hidden_layer(self) -> None:
        net = mlp(3, [4, 5], 2, dropout=0.3, batch_norm=True)
        block = [nn.Linear, nn.BatchNorm1d, nn.ReLU, nn.Dropout]
        assert [type(layer) for layer in net] == [nn.Flatten, *block, *block, nn.Linear]
        assert [layer.p for layer in net if isinstance(layer, nn.Dropout)] == [0.3, 0.3]

    def test_without_asking_there_is_neither_dropout_nor_batch_norm(self) -> None:
        assert not any(isinstance(layer, nn.Dropout | nn.BatchNorm1d) for layer in mlp(3, [4], 2))

    def test_dropout_works_while_training_alone(self) -> None:
        net, x = mlp(3, [100], 2, dropout=0.5), torch.randn(4, 3)
        assert not torch.equal(net(x), net(x))
        net.eval()
        assert torch.equal(net(x), net(x))

    def test_layers_have_names_to_find_them_by(self) -> None:
        names = [name for name, _layer in mlp(3, [4, 5], 2, activation=["leaky-relu", "tanh"]).named_children()]
        assert names == ["flatten", "hidden1", "leaky_relu1", "hidden2", "tanh2", "output"]

    def test_as_many_activations_as_hidden_layers_are_needed(self) -> None:
        with pytest.raises(InputError, match="names 2 functions for 3 hidden layers"):
            mlp(2, [3, 3, 3], 1, activation=["relu", "tanh"])
        with pytest.raises(InputError, match=r"names 2 functions for 1 hidden layer\."):
            mlp(2, [3], 1, activation=["relu", "tanh"])

    def test_an_unknown_activation_names_the_nearest(self) -> None:
        with pytest.raises(InputError, match=r"Did you mean 'relu'\?"):
            mlp(2, [3], 1, activation="relo")


class TestLinear:
    def test_it_is_xw_plus_b_from_zero(self) -> None:
        net = linear(4, 3)
        assert parameters(net) == 15
        assert not net(torch.randn(5, 4)).any()


class TestPerceptron:
    def test_it_is_one_unit_from_zero_weights(self) -> None:
        net = perceptron(4, 1)
        assert parameters(net) == 5
        assert not any(p.any() for p in net.parameters())

    def test_it_refuses_more_than_one_output(self) -> None:
        with pytest.raises(InputError, match=r"cannot tell 3 classes apart(.|\n)*linear"):
            perceptron(4, 3)

    def test_it_refuses_a_dataset_of_three_classes(self) -> None:
        data = load("wine")
        with pytest.raises(InputError, match="3 classes"):
            NETS["perceptron"].make(features=data.features, outputs=data.outputs)


class TestEnsemble:
    def test_it_gives_the_outputs_of_each_member_in_the_order_of_the_activations(self) -> None:
        net, x = ensemble(3, [6], 2, activations=["relu", "tanh"], copies=2), torch.randn(5, 3)
        outputs = net(x)
        assert outputs.shape == (4, 5, 2)
        for member, output in zip(net.nets, outputs, strict=True):
            assert torch.equal(member(x), output)
        kinds = [type(layer) for member in net.nets for layer in member if isinstance(layer, nn.ReLU | nn.Tanh)]
        assert kinds == [nn.ReLU, nn.ReLU, nn.Tanh, nn.Tanh]

    def test_its_members_begin_with_different_weights(self) -> None:
        first = [member.hidden1.weight for member in ensemble(3, [6], 2, copies=3).nets]
        assert len({tuple(weight.flatten().tolist()) for weight in first}) == 6

    def test_ten_members_have_ten_times_the_parameters(self) -> None:
        assert parameters(ensemble(1, [50, 50], 1)) == 10 * parameters(mlp(1, [50, 50], 1))

    def test_training_it_moves_each_member_as_if_it_trained_alone(self) -> None:
        data, options = load("curve"), {"optimizer": "sgd", "lr": 0.1, "epochs": 3, "batch": 16, "l2": 0.01}
        torch.manual_seed(0)
        together = ensemble(1, [8], 1, activations=["relu", "tanh"], copies=1)
        alone = mlp(1, [8], 1, activation="tanh")
        alone.load_state_dict(together.nets[1].state_dict())
        for net in (together, alone):
            for _epoch in Fit(net, data, **options):
                pass
        for ours, theirs in zip(together.nets[1].parameters(), alone.parameters(), strict=True):
            torch.testing.assert_close(ours, theirs, rtol=1e-5, atol=1e-6)


class TestBoxcar:
    def test_one_box_is_the_difference_of_two_sigmoids(self) -> None:
        net = boxcar(1, 1, boxes=1, low=-2, high=1, steepness=7)
        x = np.linspace(-6, 5, 200, dtype=np.float32)[:, None]
        slope = 7 / 3
        wanted = expit(slope * (x + 2)) - expit(slope * (x - 1))
        np.testing.assert_allclose(net[:-1](torch.tensor(x)).numpy(), wanted, atol=1e-6)

    @pytest.mark.parametrize("kind", ["sigmoid", "step"])
    def test_boxes_tile_the_interval(self, kind: str) -> None:
        edges = np.linspace(-1, 2, 7)
        net = boxcar(1, 1, boxes=6, low=-1, high=2, activation=kind, steepness=200)
        middles = torch.tensor((edges[:-1] + edges[1:]) / 2, dtype=torch.float32)[:, None]
        np.testing.assert_allclose(net[:-1](middles).numpy(), np.eye(6), atol=1e-6)
        outside = torch.tensor([[-1.1], [2.1], [-50.0], [50.0]])
        np.testing.assert_allclose(net[:-1](outside).numpy(), np.zeros((4, 6)), atol=1e-6)

    def test_boxes_with_heights_of_a_function_make_the_function(self) -> None:
        net = boxcar(1, 1, boxes=200, low=-3, high=3, activation="step")
        edges = np.linspace(-3, 3, 201)
        with torch.no_grad():
            net.heights.weight.copy_(torch.tensor(np.sin((edges[:-1] + edges[1:]) / 2)))
            net.heights.bias.zero_()
        x = np.random.default_rng(0).uniform(-3, 3, (500, 1)).astype(np.float32)
        # Half a box is 0.015 wide and the slope of the sine at most 1.
        assert np.abs(net(torch.tensor(x)).detach().numpy() - np.sin(x)).max() < 0.016

    def test_only_the_heights_train(self) -> None:
        data = load("curve", gap=False)
        net = boxcar(1, 1, boxes=5, low=-3, high=3)
        before = {name: value.clone() for name, value in net.state_dict().items()}
        for _epoch in Fit(net, data, epochs=2, weight_decay=0.1, l2=0.1):
            pass
        changed = {name for name, value in net.state_dict().items() if not torch.equal(value, before[name])}
        assert changed == {"heights.weight", "heights.bias"}

    @pytest.mark.parametrize(
        ("given", "words"), [({"features": 2}, "2 features"), ({"low": 1, "high": 1}, "not below")]
    )
    def test_more_axes_or_an_empty_interval_are_refused(self, given: dict[str, Any], words: str) -> None:
        with pytest.raises(InputError, match=words):
            boxcar(**{"features": 1, "outputs": 1, **given})


class TestSummary:
    def test_784_256_10_layer_by_layer(self) -> None:
        rows = summary(mlp(784, [256], 10, activation="sigmoid", dropout=0.2), (1, 28, 28))
        assert [(r.name, r.kind, r.output, r.parameters, r.trained) for r in rows] == [
            ("flatten", "Flatten()", (784,), 0, 0),
            ("hidden1", "Linear(784, 256)", (256,), 784 * 256 + 256, 784 * 256 + 256),
            ("sigmoid1", "Sigmoid()", (256,), 0, 0),
            ("dropout1", "Dropout(0.2)", (256,), 0, 0),
            ("output", "Linear(256, 10)", (10,), 2570, 2570),
        ]

    def test_frozen_parameters_are_counted_but_not_as_trained(self) -> None:
        rows = {row.name: row for row in summary(boxcar(1, 1, boxes=4), (1,))}
        assert (rows["edges"].parameters, rows["edges"].trained) == (10, 0)
        assert (rows["heights"].parameters, rows["heights"].trained) == (5, 5)

    @pytest.mark.parametrize("training", [True, False])
    def test_it_leaves_the_net_as_it_was(self, training: bool) -> None:
        net = mlp(3, [4], 2, batch_norm=True, dropout=0.5).train(training)
        before = {name: value.clone() for name, value in net.state_dict().items()}
        summary(net, (3,))
        assert net.training is training
        assert all(torch.equal(value, before[name]) for name, value in net.state_dict().items())
        assert not any(module._forward_hooks for module in net.modules())


class TestRegistry:
    def test_every_dense_net_is_found_by_name(self) -> None:
        assert {"mlp", "linear", "perceptron", "ensemble", "boxcar"} <= {entry.name for entry in NETS}

    def test_an_unknown_net_names_the_nearest(self) -> None:
        with pytest.raises(InputError, match=r"no net called 'percepton'(.|\n)*Did you mean 'perceptron'\?"):
            NETS["percepton"]

    @pytest.mark.parametrize(
        ("options", "words"),
        [
            ({"hidden": [0]}, r"net\.hidden\.0 = 0"),
            ({"hidden": 100}, r"net\.hidden = 100 is not valid\.\nIt must be a list"),
            ({"hidden": [5], "dropout": 1.0}, r"net\.dropout = 1.0"),
            ({"hiden": [5]}, r"net\.hiden is not a known key\.\nDid you mean 'hidden'\?"),
            ({"hidden": [5], "activation": 3}, r"net\.activation = 3 is not valid\.\nIt must be text"),
            ({}, r"net\.hidden is missing"),
        ],
    )
    def test_options_are_checked_by_name_and_value(self, options: dict[str, Any], words: str) -> None:
        with pytest.raises(InputError, match=words):
            NETS["mlp"].check(options, "net")


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: nets.mlp(2, [3], 1, dropout=2), r"net\.dropout = 2 is not valid\.\nIt must be less than 1"),
        (
            lambda: nets.mlp(2, [3], 1, batch_norm="yes"),
            r"net\.batch_norm = 'yes' is not valid\.\nIt must be true or false",
        ),
        (
            lambda: nets.ensemble(2, [3], 1, activations="relu"),
            r"net\.activations = 'relu' is not valid\.\nIt must be a list",
        ),
        (lambda: nets.ensemble(2, [3], 1, copies=0), r"net\.copies = 0"),
        (lambda: nets.convnet((1, 8, 8), 10, layers="conv 4 3"), r"net\.layers = 'conv 4 3' is not valid"),
        (lambda: nets.convnet((1, 8, 8), 10, layers=[nn.ReLU()]), r"net\.layers\.0 = ReLU\(\) is not valid"),
        (
            lambda: nets.sequence_classifier((5,), 3, tokens=7, cell="mgu"),
            r"net\.cell = 'mgu' is(.|\n)*'rnn', 'lstm', 'gru'",
        ),
    ],
)
def test_options_in_code_are_checked_as_those_of_a_recipe(make: Callable[[], nn.Module], words: str) -> None:
    with pytest.raises(InputError, match=words):
        make()


@pytest.mark.parametrize("hidden", [(3, 4), np.array([3, 4]), torch.tensor([3, 4]), [np.int64(3), 4]])
def test_units_may_be_given_as_numpy_and_pytorch_have_them(hidden: Any) -> None:
    assert parameters(mlp(2, hidden, 1)) == 3 * 3 + 4 * 4 + 5
