"""Convolutional nets compute the same numbers with less work."""

from __future__ import annotations

import copy

import pytest
import torch
from torch import Tensor, nn

import neurona as nr
from neurona.fit.convolving import eased

LAST = torch.channels_last


def net() -> nn.Sequential:
    """Return a net with windows beside one another, and with such that overlap, behind normalisation and in place."""
    torch.manual_seed(0)
    parts = (
        *(nn.Conv2d(1, 6, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2)),
        *(nn.Conv2d(6, 8, 3, padding=1), nn.BatchNorm2d(8), nn.ReLU(inplace=True), nn.MaxPool2d(3, 1, 1)),
        *(nn.Flatten(), nn.Linear(128, 10)),
    )
    return nn.Sequential(nn.Sequential(*parts[:3]), *parts[3:]).to(memory_format=LAST)


@pytest.fixture(scope="module")
def digits() -> tuple[Tensor, Tensor]:
    """Return 200 pictures as a net sees them, and their classes."""
    data = nr.load("digits")
    return data.inputs.prepare(data.train.x[:200]).contiguous(memory_format=LAST), data.train.y[:200]


def test_numbers_and_gradients_are_the_same_to_the_last_bit(digits: tuple[Tensor, Tensor]) -> None:
    found = []
    for form in (torch.contiguous_format, LAST):
        one = net()
        with eased(one, form):
            outputs = one(digits[0])
            nn.functional.cross_entropy(outputs, digits[1]).backward()
        found.append([outputs, *(p.grad for p in one.parameters()), *one.buffers()])
    plain, ours = found
    assert all(map(torch.equal, plain, ours))


def test_relu_comes_after_pooling_within_the_block_alone(
    digits: tuple[Tensor, Tensor], monkeypatch: pytest.MonkeyPatch
) -> None:
    sizes: list[tuple[int, ...]] = []
    relu = nn.functional.relu
    monkeypatch.setattr(nn.functional, "relu", lambda x, **more: sizes.append(tuple(x.shape[1:])) or relu(x, **more))
    one = net()
    order = copy.deepcopy([*one.state_dict()]), [*one.modules()]
    with pytest.raises(ZeroDivisionError), eased(one, LAST):
        one(digits[0])
        raise ZeroDivisionError
    assert sizes == [(6, 4, 4), (8, 4, 4)]
    assert ([*one.state_dict()], [*one.modules()]) == order
    sizes.clear()
    one(digits[0])
    assert sizes == [(6, 8, 8), (8, 4, 4)]


def test_who_looks_at_a_layer_sees_what_it_put_out(digits: tuple[Tensor, Tensor]) -> None:
    one, seen = net(), []
    one[0][1].register_forward_hook(lambda _module, _given, out: seen.append(out.shape[1:]))
    with eased(one, LAST):
        one(digits[0])
    assert seen == [(6, 8, 8)]
