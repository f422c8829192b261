"""Recurrent layers compute what PyTorch's do on packed sequences, and padding changes nothing."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from neurona.errors import InputError
from neurona.nets import Recurrent
from neurona.nets.recurrent import read_as

KINDS = {"rnn": nn.RNN, "lstm": nn.LSTM, "gru": nn.GRU}
LENGTHS = torch.tensor([7, 3, 1, 5])


def numbers() -> Tensor:
    """Return four sequences of steps of three numbers, NaN beyond their ends."""
    x = torch.randn(4, 7, 3, generator=torch.Generator().manual_seed(0))
    x[torch.arange(7) >= LENGTHS[:, None]] = torch.nan
    return x


def torchs(net: Recurrent) -> nn.RNNBase:
    """Return PyTorch's own stacked layers with the weights of `net`."""
    layers = KINDS[net.cell](net.inputs, net.hidden, net.layers, bidirectional=net.bidirectional, batch_first=True)
    weights = {}
    for suffix, directions in (("", net.forwards), ("_reverse", net.backwards)):
        for i, layer in enumerate(directions):
            for name, weight in layer.named_parameters():
                weights[f"{name[:-1]}{i}{suffix}"] = weight.detach()
    layers.load_state_dict(weights)
    return layers


@pytest.mark.parametrize("bidirectional", [False, True])
@pytest.mark.parametrize("cell", KINDS)
def test_states_are_those_of_torch_on_packed_sequences(cell: str, bidirectional: bool) -> None:
    torch.manual_seed(0)
    net = Recurrent(3, cell, 5, layers=2, bidirectional=bidirectional)
    x = numbers()
    packed = pack_padded_sequence(x, LENGTHS, batch_first=True, enforce_sorted=False)
    states, last = torchs(net)(packed)
    last = last[0] if cell == "lstm" else last
    ours, end, there = net(x)
    torch.testing.assert_close(ours, pad_packed_sequence(states, batch_first=True)[0], rtol=1e-6, atol=1e-6)
    top = last[-2:] if bidirectional else last[-1:]
    torch.testing.assert_close(end, torch.cat(list(top), -1), rtol=1e-6, atol=1e-6)
    assert there.sum(1).tolist() == LENGTHS.tolist()


@pytest.mark.parametrize("bidirectional", [False, True])
@pytest.mark.parametrize("cell", KINDS)
def test_a_padded_batch_equals_each_sequence_alone(cell: str, bidirectional: bool) -> None:
    torch.manual_seed(0)
    net = Recurrent(12, cell, 5, layers=2, bidirectional=bidirectional, embedding=4)
    x = torch.randint(1, 12, (4, 7)) * (torch.arange(7) < LENGTHS[:, None])
    states, end, _there = net(x)
    for row, length in enumerate(LENGTHS):
        alone, alone_end, _there = net(x[row : row + 1, :length])
        torch.testing.assert_close(states[row : row + 1, :length], alone, rtol=1e-6, atol=1e-6)
        torch.testing.assert_close(end[row : row + 1], alone_end, rtol=1e-6, atol=1e-6)


def test_an_empty_sequence_counts_as_one_step() -> None:
    torch.manual_seed(0)
    x = torch.full((2, 4, 3), torch.nan)
    x[0, 0] = 0.0
    _states, end, there = Recurrent(3, hidden=5, bidirectional=True)(x)
    assert torch.equal(end[0], end[1])
    assert there.sum(1).tolist() == [1, 1]
    assert Recurrent(9, hidden=5, embedding=2)(torch.zeros(2, 4, dtype=torch.long))[1].isfinite().all()


def test_gradients_do_not_reach_the_padding_nor_become_nan() -> None:
    net = Recurrent(3, "gru", 5, layers=2, bidirectional=True)
    net(numbers())[0].sum().backward()
    assert all(p.grad is not None and p.grad.isfinite().all() for p in net.parameters())


@pytest.mark.parametrize("cell", KINDS)
def test_reading_step_by_step_equals_reading_at_once(cell: str) -> None:
    torch.manual_seed(0)
    net, x = Recurrent(12, cell, 5, layers=2, embedding=4), torch.randint(1, 12, (4, 7))
    state, parts = None, []
    for part in x.split([1, 1, 4, 1], 1):
        states, state = net.step(part, state)
        parts.append(states)
    torch.testing.assert_close(torch.cat(parts, 1), net(x)[0], rtol=1e-6, atol=1e-6)


def test_reading_backwards_cannot_be_done_step_by_step() -> None:
    with pytest.raises(ValueError, match="both directions"):
        Recurrent(3, bidirectional=True).step(torch.zeros(1, 1, 3))


def test_dropout_follows_each_layer_while_training_alone() -> None:
    net, x = Recurrent(3, hidden=50, dropout=0.5), numbers()
    assert (net(x)[0][0] == 0).any()
    net.eval()
    assert not (net(x)[0][0] == 0).any()


def test_dropout_of_embedded_tokens_is_a_share_of_its_own() -> None:
    x = torch.ones(1, 5, dtype=torch.long)
    for dropout in ({"dropout": 0.5}, {"embedding_dropout": 0.5}):
        net = Recurrent(3, hidden=4, embedding=1000, **dropout)
        seen: list[torch.Tensor] = []
        net.forwards[0].register_forward_pre_hook(lambda _layer, given, seen=seen: seen.append(given[0]))
        net(x)
        assert ((seen[0] == 0).float().mean() > 0.4) == ("embedding_dropout" in dropout)
        net.eval()
        net(x)
        assert not (seen[1] == 0).any()


@pytest.mark.parametrize("cell", ["lstm", "gru"])
def test_gates_remember_over_as_many_steps_as_asked(cell: str) -> None:
    """With no input a cell of value 1 shrinks by the forget gate each step: to 1/e after 1 to 100 steps."""
    torch.manual_seed(0)
    layer = Recurrent(3, cell, 1000, memory=100).forwards[0]
    bias = layer.bias_ih_l0 + layer.bias_hh_l0
    kept = bias[1000:2000].sigmoid()
    steps = -1 / kept.log()
    assert steps.min() > 1
    assert 90 < steps.max() < 100
    assert 40 < steps.median() < 60
    if cell == "lstm":
        torch.testing.assert_close(bias[:1000], -bias[1000:2000])


def test_a_sample_that_is_no_sequence_is_refused() -> None:
    assert read_as((9,), 12, 4) == (12, 4)
    assert read_as((9, 2), 0, 4) == (2, 0)
    with pytest.raises(InputError, match="has the shape 13"):
        read_as((13,), 0, 4)
    with pytest.raises(InputError, match="1 × 28 × 28"):
        read_as((1, 28, 28), 0, 4)
