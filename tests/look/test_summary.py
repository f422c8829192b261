"""The layers of a net as a table."""

import pytest
import torch
from torch import Tensor, nn

from neurona.look import summary
from neurona.nets import Field, blocks_table, convnet


def test_text_counts_the_parameters_of_each_layer(result):
    lines = summary.text(result("spiral")).splitlines()
    assert lines[0].split() == ["layer", "kind", "output", "parameters", "trained", "FLOPs"]
    hidden = next(line for line in lines if line.startswith("hidden1"))
    assert hidden.split()[-3:] == ["96", "96", "128"], "2 x 32 weights and 32 biases, 2 x 64 operations"
    assert lines[-1].split() == ["total", "195", "195", "320"], "and 32 x 3 weights and 3 biases"


def test_frozen_parameters_are_told_from_trained_ones(result):
    assert summary.text(result("boxcar")).splitlines()[-1].split()[:3] == ["total", "63", "7"]


def test_layers_of_a_convolutional_net_have_receptive_fields():
    net = convnet((1, 28, 28), 10, ["conv 16 5 pad 2", "pool 2", "conv 4 3"])
    header, *rows, total = summary.table(summary.layers_of(net, (1, 28, 28)))
    assert header[-1] == "receptive field"
    assert [row[-1] for row in rows] == ["5 × 5", "6 × 6", "10 × 10", "–", "–"]
    assert total[-1] == ""


def test_a_net_of_one_layer_has_a_name_too():
    _header, row, _total = summary.table(summary.layers_of(nn.Linear(3, 2), (3,)))
    assert row[:2] == ("net", "Linear(3, 2)")


def test_a_net_that_reads_tokens_is_shown_too():
    net = nn.Sequential(nn.Embedding(9, 3, padding_idx=0), nn.Flatten(), nn.Linear(15, 2))
    rows = summary.layers_of(net, (5,), tokens=True)
    assert [row.output for row in rows] == [(5, 3), (15,), (2,)]


class Players(nn.Module):
    """Two nets that play against each other."""

    def __init__(self) -> None:
        super().__init__()
        self.noise = 4
        self.generator = nn.Sequential(nn.Linear(4, 9), nn.Unflatten(1, (1, 3, 3)))
        self.discriminator = nn.Sequential(nn.Flatten(), nn.Linear(9, 1))

    def forward(self, x: Tensor) -> Tensor:
        return self.discriminator(x)


def test_of_two_players_both_are_shown():
    rows = summary.layers_of(Players(), (1, 3, 3))
    names = [*("generator.0", "generator.1"), *("discriminator.0", "discriminator.1")]
    assert [row.name for row in rows] == names
    assert [row.output for row in rows] == [(9,), (1, 3, 3), (9,), (1,)]
    assert sum(row.parameters for row in rows) == sum(p.numel() for p in Players().parameters())


@pytest.mark.parametrize(
    ("field", "text"), [(None, "–"), ((Field(1), Field(7)), "1 × 7"), ((Field(5), Field(5)), "5 × 5")]
)
def test_fields_are_height_times_width(field, text):
    assert summary.field_text(field) == text


def test_blocks_stand_side_by_side():
    header, *rows = summary.blocks(blocks_table())
    first = dict(zip(header, rows[0], strict=True))
    assert first == {
        "block": "one 5 × 5 convolution",
        "input": "64 × 56 × 56",
        "output": "64 × 56 × 56",
        "receptive field": "5 × 5",
        "parameters": "102\u202f400",
        "FLOPs": f"{2 * 25 * 64 * 64 * 56 * 56:,}".replace(",", "\u202f"),
        "weights per pair of channels": "25",
    }
    assert torch.get_default_device().type == "cpu"
