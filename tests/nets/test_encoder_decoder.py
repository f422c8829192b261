"""Encoder and decoder: what each step is told, where it looks, and what it refuses."""

from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor

from neurona.errors import InputError
from neurona.nets import EncoderDecoder, Fitting, build

LENGTHS = torch.tensor([6, 2, 1, 4])


def tokens() -> Tensor:
    x = torch.randint(1, 12, (4, 6), generator=torch.Generator().manual_seed(0))
    return x * (torch.arange(6) < LENGTHS[:, None])


def net(attention: bool = False, cell: str = "lstm", layers: int = 2) -> EncoderDecoder:
    torch.manual_seed(0)
    return EncoderDecoder((6,), 12, 9, 5, cell, 7, layers, True, attention, embedding=4).eval()


@pytest.mark.parametrize("cell", ["rnn", "lstm", "gru"])
@pytest.mark.parametrize("attention", [False, True])
def test_told_its_own_answers_it_writes_what_it_writes_on_its_own(cell: str, attention: bool) -> None:
    made, x = net(attention, cell), tokens()
    alone = made(x)
    assert alone.shape == (4, 5, 9)
    torch.testing.assert_close(made(x, alone.argmax(-1)), alone, rtol=1e-5, atol=1e-6)


def test_each_step_is_told_the_right_token_before_it_and_no_later_one() -> None:
    made, x = net(), tokens()
    y = torch.randint(0, 9, (4, 5))
    changed = y.clone()
    changed[:, 2] = (y[:, 2] + 1) % 9
    before, after = made(x, y), made(x, changed)
    assert torch.equal(before[:, :3], after[:, :3])
    assert not torch.equal(before[:, 3:], after[:, 3:])


def test_a_target_that_has_ended_is_told_without_an_error() -> None:
    y = torch.tensor([[1, 2, 8, -100, -100]] * 4)
    assert net()(tokens(), y).isfinite().all()


@pytest.mark.parametrize("attention", [False, True])
def test_a_padded_batch_equals_each_sequence_alone(attention: bool) -> None:
    made, x = net(attention), tokens()
    alone = [made(x[row : row + 1, :length]) for row, length in enumerate(LENGTHS)]
    torch.testing.assert_close(made(x), torch.cat(alone), rtol=1e-5, atol=1e-6)


def test_attention_is_luongs_and_looks_at_no_padding() -> None:
    made, x = net(attention=True), tokens()
    memory, _end, there = made.encoder(x)
    states = torch.randn(4, 5, 7)
    weights = made.attend(states, memory, there)
    torch.testing.assert_close(weights.sum(-1), torch.ones(4, 5))
    assert not weights[~there.unsqueeze(1).expand_as(weights)].any()
    scores = [math.exp((states[1, 3] @ made.score.weight.T @ memory[1, t]).item()) for t in range(LENGTHS[1])]
    torch.testing.assert_close(weights[1, 3, : LENGTHS[1]], torch.tensor(scores) / sum(scores))


def test_the_encoders_vector_becomes_the_first_state_of_each_layer() -> None:
    made = net()
    end = torch.randn(4, 14)
    state = made.begin(end)
    flat = torch.cat([part[0] for layer in state for part in layer], -1)
    torch.testing.assert_close(flat, torch.tanh(end @ made.bridge.weight.T + made.bridge.bias))


def test_it_also_reads_numbers_and_pictures() -> None:
    numbers = build("encoder-decoder", {"hidden": 7}, Fitting(12, (6, 2), 9, steps=5))
    assert numbers(torch.randn(4, 6, 2)).shape == (4, 5, 9)
    for attention in (False, True):
        pictures = build("encoder-decoder", {"attention": attention}, Fitting(189, (3, 7, 9), 9, steps=5))
        assert pictures(torch.rand(4, 3, 7, 9)).shape == (4, 5, 9)


def test_data_that_it_cannot_read_or_write_are_refused() -> None:
    with pytest.raises(InputError, match="reads sequences"):
        build("encoder-decoder", {}, Fitting(13, (13,), 3, steps=4))
    with pytest.raises(InputError, match="sequence-classifier"):
        build("encoder-decoder", {}, Fitting(6, (6,), 3, tokens=12))
