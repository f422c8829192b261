"""Nets as graphs: what is computed, in which order, and which graphs are refused."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from neurona.errors import InputError
from neurona.nets import GraphNet, convnet, graph

RGB = (3, 16, 16)


def test_a_chain_is_the_same_net_as_in_a_description_without_branches() -> None:
    layers = ["conv 8 3 pad 1", "bn", "relu", "pool 2", "flatten", "linear 20", "tanh"]
    torch.manual_seed(0)
    net = graph(RGB, 5, layers)
    torch.manual_seed(0)
    other = convnet(RGB, 5, layers)
    x = torch.randn(4, *RGB)
    assert torch.equal(net(x), other(x))
    assert list(net.layers) == [name for name, _layer in other.named_children()]


def test_branches_part_and_meet() -> None:
    torch.manual_seed(0)
    net = graph(
        RGB,
        2,
        [
            "stem: conv 4 3 pad 1",
            "left: conv 4 5 pad 2",
            "right: conv 4 1 <- stem",
            "sum: add <- left, right, stem",
            "all: concat <- sum, input",
            "relu",
            "global-pool",
        ],
    )
    part, x = net.layers, torch.randn(3, *RGB)
    stem = part["stem"](x)
    total = part["left"](stem) + part["right"](stem) + stem
    wanted = part["output"](torch.cat([total, x], 1).relu().mean((2, 3)))
    torch.testing.assert_close(net(x), wanted)
    assert part["output"].in_features == 7


def test_nodes_may_stand_in_any_order() -> None:
    net = graph(RGB, 2, ["end: add <- b, a", "b: conv 3 1 <- a", "a: conv 3 1 <- input"])
    assert list(net.layers) == ["a", "b", "end", "flatten", "output"]
    assert net(torch.zeros(2, *RGB)).shape == (2, 2)


def test_columns_of_numbers_may_branch_too() -> None:
    net = graph((6,), 1, ["deep: linear 9", "relu", "wide: concat <- relu1, input"])
    assert net(torch.zeros(2, 6)).shape == (2, 1)
    assert net.layers["output"].in_features == 15


def test_names_given_by_hand_are_left_alone() -> None:
    net = graph(RGB, 2, ["conv 4 3", "conv1: conv 4 3", "conv 4 3"])
    assert list(net.layers)[:3] == ["conv2", "conv1", "conv3"]


def test_it_is_built_again_from_its_representation() -> None:
    net = graph(RGB, 2, ["a: relu", "b: tanh <- input", "add <- a, b"])
    layers = dict(net.layers.items())
    inputs = eval(net.extra_repr().removeprefix("inputs="))
    x = torch.randn(2, *RGB)
    assert torch.equal(GraphNet(layers, inputs)(x), net(x))


def test_gradients_reach_every_layer() -> None:
    net = graph(RGB, 2, ["a: conv 3 1", "b: conv 3 1 <- input", "concat <- a, b"])
    net(torch.randn(2, *RGB)).sum().backward()
    assert all(p.grad is not None for p in net.parameters())


@pytest.mark.parametrize(
    ("nodes", "problem", "hint"),
    [
        (["a: relu <- b", "b: relu <- a"], "Nodes: They read each other in a circle: a → b → a", "earlier"),
        (["a: add <- a, input"], "in a circle: a → a", "earlier"),
        (["x: relu <- b", "b: relu <- a", "a: relu <- b"], "in a circle", "earlier"),
        (["left: relu", "relu <- lefd"], "Node 2, \"relu\": There is no node called 'lefd'", "'left'"),
        (["a: relu", "a: tanh"], "Node 2, \"a: tanh\": The name 'a' is taken by node 1", "of its own"),
        (["input: relu"], "'input' has a meaning already", "another"),
        (["output: relu"], "'output' has a meaning already", "another"),
        (["train: relu"], "'train' has a meaning already", "another"),
        (["my branch: relu"], "'my branch' is no name", "letters"),
        (["a: <- input"], 'Node 1, "a: <- input": It names no layer', "conv 16 3"),
        ([""], "It names no layer", "conv 16 3"),
        (["a: conv 4 3 <- "], "It names no input after the arrow", "<- input"),
        (["a: relu <- input", "b: relu <- input"], "No node reads a, b, and a net has one end", "concat <- a, b"),
        (["relu <- input, input"], "It takes one input, and 2 are given", '"concat"'),
        (["add"], "It joins two inputs or more", "add <- left, right"),
        (
            ["a: conv 4 3", "add <- a, input"],
            "on an input of 4 × 14 × 14 (a), 3 × 16 × 16 (input): It adds",
            '"conv 4 1"',
        ),
        (["a: conv 4 3", "concat <- a, input"], "It joins channels of one height and width", "stride, pad or pool"),
        (["a: flatten", "concat <- a, input"], "It joins channels of one height and width", "flatten"),
        (["relu", "conv 4 20"], 'Node 2, "conv 4 20", on an input of 3 × 16 × 16 (relu1): It covers 20', "at most 16"),
        (["covn 4 20"], "no layer called 'covn'", "'conv'"),
    ],
)
def test_a_graph_that_is_none_is_refused(nodes: list[str], problem: str, hint: str) -> None:
    with pytest.raises(InputError) as raised:
        graph(RGB, 2, nodes)
    assert problem in raised.value.problem
    assert hint in raised.value.hint


def test_sequences_are_refused() -> None:
    with pytest.raises(InputError, match="the data are sequences"):
        graph((40,), 2, ["linear 3"], tokens=9)


def test_it_is_a_plain_module() -> None:
    net = graph(RGB, 2, ["conv 4 3"])
    assert isinstance(net, nn.Module)
    assert list(net.state_dict()) == [
        "layers.conv1.weight",
        "layers.conv1.bias",
        "layers.output.weight",
        "layers.output.bias",
    ]
