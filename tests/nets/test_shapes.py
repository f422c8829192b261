"""Parameters and operations layer by layer, against PyTorch's own counts."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode

from neurona.nets import (
    convnet,
    googlenet,
    graph,
    mlp,
    output_shape,
    resnet18,
    resnet34,
    resnet50,
    summary,
    vgg16,
    vgg19,
)

RGB = (3, 64, 64)
NETS: dict[str, Callable[[], nn.Module]] = {
    "resnet18": lambda: resnet18(RGB, 10),
    "resnet34": lambda: resnet34(RGB, 10),
    "resnet50": lambda: resnet50(RGB, 10),
    "resnet18-small": lambda: resnet18(RGB, 10, stem="small"),
    "vgg16": lambda: vgg16(RGB, 10),
    "vgg19-small": lambda: vgg19(RGB, 10, batch_norm=True, head="small"),
    "googlenet": lambda: googlenet(RGB, 10),
    "blocks": lambda: convnet(
        RGB,
        10,
        [
            *("conv 8 5 stride 2 dilation 2 groups 1", "bn", "relu", "pool 3 stride 2", "residual 16 stride 2"),
            *("bottleneck 4", "inception 4 4 8 2 4 4", "factorised 12 3", "separable 9 3", "conv 6 3 groups 3"),
            *("global-pool", "flatten", "linear 20", "relu"),
        ],
    ),
    "graph": lambda: graph(RGB, 3, ["stem: conv 4 3", "a: conv 5 1", "b: conv 5 1 <- stem", "add <- a, b"]),
    "mlp": lambda: mlp(3 * 64 * 64, [20, 10], 2),
    "upwards": lambda: nn.Sequential(nn.ConvTranspose2d(3, 6, 4, 2, 1, groups=3), nn.Conv2d(6, 2, 3)),
}


@pytest.mark.parametrize("name", NETS)
def test_parameters_and_flops_of_all_layers_add_up_to_those_of_the_net(name: str) -> None:
    with torch.device("meta"):
        net = NETS[name]().eval()
    rows = summary(net, RGB)
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        net(torch.empty(1, *RGB, device="meta"))
    assert sum(row.flops for row in rows) == counter.get_total_flops() > 0
    assert sum(row.parameters for row in rows) == sum(p.numel() for p in net.parameters())


@pytest.mark.parametrize(("cell", "gates"), [(nn.RNN, 1), (nn.GRU, 3), (nn.LSTM, 4)])
@pytest.mark.parametrize("directions", [1, 2])
def test_recurrent_layers_count_each_weight_at_each_step(cell: type[nn.RNNBase], gates: int, directions: int) -> None:
    net = cell(5, 7, num_layers=2, bidirectional=directions == 2, batch_first=True)
    (row,) = summary(net, (11, 5))
    weights = directions * gates * (7 * (5 + 7) + 7 * (7 * directions + 7))
    assert row.parameters == sum(p.numel() for p in net.parameters())
    assert row.flops == 2 * weights * 11
    assert row.output == (11, 7 * directions)


class Reader(nn.Module):
    """Reads tokens: an embedding, packed sequences, a cell, and a linear layer at the end."""

    def __init__(self) -> None:
        super().__init__()
        self.embedding = nn.Embedding(20, 4, padding_idx=0)
        self.gru = nn.GRU(4, 6, batch_first=True)
        self.cell = nn.GRUCell(6, 3)
        self.output = nn.Linear(3, 2)

    def forward(self, tokens: Tensor) -> Tensor:
        lengths = (tokens > 0).sum(1)
        packed = nn.utils.rnn.pack_padded_sequence(self.embedding(tokens), lengths, batch_first=True)
        return self.output(self.cell(self.gru(packed)[1][-1]))


def test_nets_that_read_tokens_are_given_tokens() -> None:
    rows = {row.name: row for row in summary(Reader(), (9,), torch.int64)}
    assert rows["embedding"].output == (9, 4)
    assert rows["gru"].flops == 2 * 9 * 3 * 6 * (4 + 6)
    assert rows["cell"].flops == 2 * 3 * 3 * (6 + 3)
    assert [row.flops for row in rows.values()][-1] == 2 * 3 * 2


class Untidy(nn.Module):
    """A net with a parameter of its own, a layer that runs twice, one that never runs, and shared weights."""

    def __init__(self) -> None:
        super().__init__()
        self.scale = nn.Parameter(torch.ones(3))
        self.twice = nn.Linear(3, 3)
        self.tied = nn.Linear(3, 3)
        self.tied.weight = self.twice.weight
        self.never = nn.Linear(3, 100)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        x = self.tied(self.twice(self.twice(x * self.scale)))
        return x, x


def test_each_parameter_is_counted_once_and_each_call_too() -> None:
    net = Untidy()
    rows = {row.name: row for row in summary(net, (3,))}
    assert sum(row.parameters for row in rows.values()) == sum(p.numel() for p in net.parameters())
    assert rows["twice"].flops == 2 * 2 * 9
    assert (rows["tied"].parameters, rows["tied"].flops) == (3, 18)
    assert (rows[""].kind, rows[""].parameters) == ("Untidy()", 3)
    assert (rows["never"].output, rows["never"].parameters, rows["never"].flops) == ((), 400, 0)


class Talkative(nn.Module):
    """A layer that returns something else than tensors."""

    def forward(self, x: Tensor) -> dict[str, Tensor]:
        return {"x": x}


def test_a_layer_that_returns_no_tensor_has_no_shape() -> None:
    assert [row.output for row in summary(nn.Sequential(nn.Linear(3, 4), Talkative()), (3,))] == [(4,), ()]


def test_a_layer_is_described_by_what_is_unusual_about_it() -> None:
    layers = ["conv 4 5 pad 2", "conv 8 3 stride 2 groups 2", "bn", "pool 2", "mean-pool 3 stride 1", "dropout 0.3"]
    rows = summary(convnet((1, 28, 28), 10, layers), (1, 28, 28))
    assert [row.kind for row in rows] == [
        "Conv2d(1, 4, 5, padding=2)",
        "Conv2d(4, 8, 3, stride=2, groups=2)",
        "BatchNorm2d(8)",
        "MaxPool2d(2)",
        "AvgPool2d(3, stride=1)",
        "Dropout(0.3)",
        "Flatten()",
        "Linear(128, 10)",
    ]


@pytest.mark.parametrize("device", ["cpu", "meta"])
def test_the_shape_of_an_output_is_known_without_computing_it(device: str) -> None:
    net = convnet((3, 32, 32), 5, ["residual 8 stride 2", "bn", "pool 3"]).to(device)
    before = {name: value.clone() for name, value in net.state_dict().items()}
    assert output_shape(net, (3, 32, 32)) == (5,)
    assert output_shape(net[:2], (3, 32, 32)) == (8, 16, 16)
    assert device == "meta" or all(torch.equal(value, before[name]) for name, value in net.state_dict().items())
