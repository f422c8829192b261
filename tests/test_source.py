"""A net written out as code answers as the net does, in a namespace where nothing of ours is."""

from __future__ import annotations

import copy
from collections import OrderedDict
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional

from neurona.errors import InputError
from neurona.nets import Fitting, build
from neurona.source import expression, sources

DIGITS = Fitting(64, (1, 8, 8), 10)
GIVEN_BACK = Fitting(64, (1, 8, 8), 64)
PICTURES = Fitting(3 * 32 * 32, (3, 32, 32), 10)
TEXT = Fitting(9, (9,), 4, tokens=7)
LABELS = Fitting(9, (9,), 4, tokens=7, steps=9)
STEPS = Fitting(18, (9, 2), 4, steps=9)
CAPTIONS = Fitting(64, (1, 8, 8), 4, steps=5)

CASES: list[tuple[str, dict[str, Any], Fitting]] = [
    ("mlp", {"hidden": [5, 4], "activation": ["step", "bipolar-sigmoid"], "batch_norm": True, "dropout": 0.1}, DIGITS),
    ("ensemble", {"hidden": [4], "copies": 2}, DIGITS),
    ("conv", {"layers": ["conv 8 3 pad same", "bn", "relu", "pool 2", "residual 8", "global-pool"]}, DIGITS),
    ("conv", {"layers": ["bottleneck 4", "inception 2 2 2 2 2 2", "factorised 4 3", "separable 4 3"]}, DIGITS),
    ("graph", {"nodes": ["a: conv 4 3 pad 1", "b: relu", "c: add <- a, b", "d: concat <- c, input"]}, DIGITS),
    ("resnet18", {"stem": "small"}, PICTURES),
    ("googlenet", {}, PICTURES),
    ("autoencoder", {}, GIVEN_BACK),
    ("conv-autoencoder", {}, GIVEN_BACK),
    ("vae", {}, GIVEN_BACK),
    ("gan", {}, GIVEN_BACK),
    ("conv-gan", {}, GIVEN_BACK),
    *[("sequence-labeller", {"cell": cell, "bidirectional": True, "layers": 2}, LABELS) for cell in ("rnn", "lstm")],
    ("sequence-labeller", {"cell": "gru"}, STEPS),
    ("sequence-classifier", {"cell": "gru", "readout": "mean"}, TEXT),
    ("encoder-decoder", {"attention": True}, LABELS),
    ("encoder-decoder", {"cell": "gru"}, CAPTIONS),
    ("linear-recurrent", {"u": -2.0, "w": 0.5}, Fitting(9, (9, 1), 1)),
]


def samples(fitting: Fitting) -> Tensor:
    """Return three samples as a net sees them; the second of a sequence ends early."""
    generator = torch.Generator().manual_seed(0)
    if fitting.tokens:
        x = torch.randint(1, fitting.tokens, (3, *fitting.shape), generator=generator)
        x[1, 4:] = 0
        return x
    x = torch.rand(3, *fitting.shape, generator=generator)
    if len(fitting.shape) == 2:
        x[1, 4:] = torch.nan
    return x


@pytest.mark.parametrize(
    ("kind", "options", "fitting"), CASES, ids=[f"{kind}-{i}" for i, (kind, *_) in enumerate(CASES)]
)
def test_a_net_written_out_answers_alike(kind: str, options: dict[str, Any], fitting: Fitting) -> None:
    torch.manual_seed(0)
    net = build(kind, options, fitting).eval()
    text = "\n\n".join([*sources(net), f"net = {expression(net)}"])
    assert "neurona" not in text
    assert "torchvision." not in text
    namespace: dict[str, Any] = {"OrderedDict": OrderedDict, "torch": torch, "nn": nn, "Tensor": Tensor}
    namespace["functional"] = functional
    exec(compile(text, "exported", "exec"), namespace)
    again: nn.Module = namespace["net"].eval()
    again.load_state_dict(net.state_dict())
    x = samples(fitting)
    torch.manual_seed(1)
    ours = net(x)
    torch.manual_seed(1)
    torch.testing.assert_close(again(x), ours, rtol=0, atol=0)


class Own(nn.Module):
    """A module of a user's own."""


def test_a_module_of_another_origin_is_refused() -> None:
    with pytest.raises(InputError, match="Own cannot be written out"):
        expression(nn.Sequential(Own()))


def test_two_nets_of_one_class_that_differ_are_refused() -> None:
    first = build("resnet18", {"stem": "small"}, PICTURES)
    second = copy.deepcopy(first)
    second.fc = nn.Linear(512, 3)
    with pytest.raises(InputError, match="ResNet cannot be written out"):
        sources(nn.ModuleList([first, second]))
