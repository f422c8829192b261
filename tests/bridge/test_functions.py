"""What PyTorch is asked for and glass computes: the same value and the same gradients, function by function."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from neurona.bridge import Crossing, Pane
from neurona.bridge.functions import CHANGING, FUNCTIONS
from neurona.errors import InputError
from neurona.glass.errors import GraphError

Call = Callable[[Tensor], Any]
ROWS = torch.tensor([2, 0, 1, 1])
MASK = torch.tensor([[True, False, True, False, True, False]] * 4)
SHARES = torch.rand(4, 6, generator=torch.Generator().manual_seed(3), dtype=torch.float64)
TOKENS = torch.tensor([[1, 2, 0], [3, 3, 0]])

MATRIX: dict[str, Call] = {  # of x (4, 6)
    "add": lambda x: x + x + 2 + torch.add(x, x, alpha=3),
    "add a constant": lambda x: SHARES + x,
    "subtract": lambda x: (1 - x) - (x - SHARES) - torch.sub(x, x, alpha=0.5),
    "multiply": lambda x: 2 * x * x * SHARES,
    "divide": lambda x: x / 3 + 1 / (x.abs() + 1) + SHARES / (x * x + 1),
    "power": lambda x: x**2 + x.abs().pow(1.5) + x.square() + (x * x + 1).rsqrt() + (x * x + 1).reciprocal(),
    "negative": lambda x: -x + torch.neg(x) - x.abs(),
    "elementary": lambda x: x.exp() + (x * x + 1).log() + torch.sin(x) * x.cos() + (x * x + 1).sqrt() + x.sign(),
    "sigmoid": lambda x: torch.sigmoid(x) + x.sigmoid() * x.tanh() + F.logsigmoid(x),
    "clamp": lambda x: x.clamp(min=-0.5) + x.clamp(max=0.2) + torch.clamp(x, -0.3, 0.3),
    "where": lambda x: torch.where(MASK, x, SHARES) + x.where(MASK, 0.0),
    "masked_fill": lambda x: x.masked_fill(MASK, -3.0),
    "maximum": lambda x: torch.maximum(x, SHARES) + torch.minimum(x, SHARES) + x.max(),
    "sums": lambda x: x.sum() * x.sum(1) + x.mean((0, 1)) + x.sum(dim=1, keepdim=True) * x.amax(0).mean() + x.amin(),
    "norm": lambda x: x.norm() + x.norm(dim=1),
    "reshape": lambda x: x.reshape(3, 8) @ x.view(8, -1) + x.reshape((24,)).sum(),
    "flatten": lambda x: x.unflatten(1, (2, 3)).flatten(1) * x.flatten().mean(),
    "squeeze": lambda x: x.unsqueeze(0).unsqueeze(-1).squeeze(-1).squeeze() + x.unsqueeze(1).squeeze(1),
    "permute": lambda x: x.permute(1, 0) @ x + x.t() @ x + x.T @ x + x.transpose(0, 1) @ x + x.mT @ x,
    "movedim": lambda x: x.view(2, 2, 6).movedim(0, 2) * x.view(2, 2, 6).movedim(2, 0).sum(),
    "expand": lambda x: x[:, :1].expand(-1, 6) * x + x[:1].expand_as(x) + x.view(4, 6, 1).expand(4, 6, 2).sum(-1),
    "repeat_interleave": lambda x: x.repeat_interleave(2, 1) * x.repeat_interleave(2, dim=1),
    "cat": lambda x: torch.cat([x, x * x, SHARES], 1) * torch.stack([x, 2 * x], dim=-1).sum(),
    "index": lambda x: x[0] * x[:, 1:3].sum() + x[ROWS].sum(0) * x[..., -1].mean() + x[ROWS, ROWS].sum(),
    "select": lambda x: x.select(1, 2) * x.narrow(0, 1, 2).sum() + x.index_select(0, ROWS).sum(1),
    "gather": lambda x: x.gather(1, ROWS.unsqueeze(1).expand(4, 3)),
    "split": lambda x: x.split(4, 1)[0] * x.chunk(2, 1)[0].sum() + x.split([4, 2], dim=1)[1].sum(),
    "unbind": lambda x: x.unbind(0)[1] * x.unbind(1)[2].sum() + x.flip(0).sum(0) * x.flip((0, 1))[0],
    "pad": lambda x: F.pad(x, (1, 2)) * F.pad(x, (1, 2, 0, 0)).sum(),
    "numbers": lambda x: x.to(torch.float64).double().contiguous().clone().type_as(x) * x.to("cpu"),
    "activations": lambda x: F.relu(x) + x.relu() + F.selu(x) + F.silu(x) + F.mish(x) + F.gelu(x) + F.softplus(x),
    "activations with options": lambda x: F.leaky_relu(x, 0.2) + F.elu(x, 0.7) + F.hardtanh(x) + F.hardtanh(x, -2, 0.1),
    "softmax": lambda x: F.softmax(x, 1) * x.softmax(-1) + torch.log_softmax(x, 0) * F.log_softmax(x, dim=1),
    "matmul": lambda x: (x @ x.T) * torch.mm(x, x.T) + (x @ x[0]).sum() + torch.matmul(x, x.T),
    "linear": lambda x: F.linear(x, x[:3], x[:3, 0]) + F.linear(SHARES, x[:3]),
    "layer_norm": lambda x: F.layer_norm(x, (6,), x[0], x[1]) * F.layer_norm(x, (6,)),
    "in place": lambda x: (x * 1).add_(x).mul_(x).sub_(1).relu_() * F.relu(x * 2, inplace=True),
    "cross entropy": lambda x: F.cross_entropy(x, ROWS) * F.cross_entropy(x, ROWS, reduction="sum"),
    "cross entropy with padding": lambda x: F.cross_entropy(x, torch.tensor([1, -100, 0, 5])),
    "nll": lambda x: F.nll_loss(x.log_softmax(1), ROWS),
    "binary cross entropy": lambda x: F.binary_cross_entropy_with_logits(x, SHARES) + F.binary_cross_entropy(
        x.sigmoid(), SHARES, reduction="sum"
    ),
    "distances": lambda x: F.mse_loss(x, SHARES) * F.l1_loss(x, SHARES),
    "huber": lambda x: F.huber_loss(x, SHARES, reduction="sum", delta=0.3) + F.smooth_l1_loss(x, SHARES, beta=0.4),
    "reductions over everything": lambda x: x.sum(()) * x.amin((0, 1)) + x.amin(0) * x.amax(1).sum(),
    "embedding": lambda x: F.embedding(TOKENS, x) * F.embedding(TOKENS, x, padding_idx=0).sum(),
    "constants": lambda x: x * x.detach() + torch.zeros_like(x) + x * x.new_ones(6),
}  # fmt: skip
PICTURES: dict[str, Call] = {  # of x (2, 4, 6, 6)
    "conv2d": lambda x: F.conv2d(x, x[:, :, :3, :3], x[:, 0, 0, 0], stride=2, padding=(1, 0)),
    "conv2d in groups": lambda x: F.conv2d(x, x[:, :2, :2, :3], padding="same", dilation=2, groups=2),
    "conv2d valid": lambda x: F.conv2d(x, x[:, :, :2, :4], padding="valid"),
    "conv_transpose2d": lambda x: F.conv_transpose2d(x, x[0, :, None, :3, :2].expand(-1, 3, -1, -1), stride=2),
    "conv_transpose2d padded": lambda x: F.conv_transpose2d(
        x, x[0, :, None, :3, :3], x[0, :1, 0, 0], stride=(2, 3), padding=1, output_padding=(1, 2), dilation=(1, 2)
    ),
    "conv_transpose2d to an edge": lambda x: F.conv_transpose2d(x, x[0, :, None, :2, :2], stride=2, output_padding=1),
    "max_pool2d": lambda x: F.max_pool2d(x, 2) * F.max_pool2d(x, 3, stride=2, padding=1).mean(),
    "max_pool2d over an end": lambda x: (
        F.max_pool2d(x, 3, 2, ceil_mode=True) * F.max_pool2d(x, (2, 3), 4, 1, ceil_mode=True).mean()
    ),
    "avg_pool2d": lambda x: F.avg_pool2d(x, 3, 2, 1) * F.avg_pool2d(x, 3, 2, 1, count_include_pad=False),
    "adaptive": lambda x: F.adaptive_avg_pool2d(x, 1) * F.adaptive_avg_pool2d(x, (3, None)),
    "adaptive over an end": lambda x: F.adaptive_avg_pool2d(x, (4, 5)) * F.adaptive_avg_pool2d(x[:, :, :1, :2], (4, 5)),
    "interpolate": lambda x: F.interpolate(x, scale_factor=2) * F.interpolate(x, size=(12, 12), mode="nearest"),
    "batch_norm": lambda x: F.batch_norm(x, None, None, x[0, :, 0, 0], x[1, :, 0, 0], training=True),
    "flatten channels": lambda x: x.flatten(2).transpose(1, 2) @ x.flatten(2),
}


def check(call: Call, shape: tuple[int, ...]) -> None:
    numbers = torch.randn(shape, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    ours, theirs = (nn.Parameter(numbers.clone()) for _time in range(2))
    expected = call(theirs)
    weights = torch.randn(expected.shape, generator=torch.Generator().manual_seed(2), dtype=torch.float64)
    (expected * weights).sum().backward()
    with Crossing([ours]):
        found = call(ours)
        assert isinstance(found, Pane) and found.requires_grad
        (found * weights).sum().backward()
    torch.testing.assert_close(found.detach(), expected.detach(), rtol=1e-10, atol=1e-12)
    assert ours.grad is not None and theirs.grad is not None
    torch.testing.assert_close(ours.grad, theirs.grad, rtol=1e-10, atol=1e-11)


@pytest.mark.parametrize("name", MATRIX)
def test_values_and_gradients_are_pytorchs(name: str) -> None:
    check(MATRIX[name], (4, 6))


@pytest.mark.parametrize("name", PICTURES)
def test_those_of_pictures_too(name: str) -> None:
    check(PICTURES[name], (2, 4, 6, 6))


def test_each_function_that_is_known_is_tried_here() -> None:
    asked: set[Any] = set()

    class Listening(Crossing):
        def _computed(self, function: Any, *rest: Any) -> Any:
            asked.add(FUNCTIONS.get(function) or function)
            return super()._computed(function, *rest)

    for calls, shape in ((MATRIX, (4, 6)), (PICTURES, (2, 4, 6, 6))):
        for call in calls.values():
            parameter = nn.Parameter(torch.ones(shape, dtype=torch.float64))
            with Listening([parameter]):
                call(parameter)
    elsewhere = (torch.lstm, torch.gru, torch.rnn_tanh, F.dropout, F.dropout2d, Tensor.float, Tensor.view_as)
    known = {id(ours) for ours in FUNCTIONS.values()} - {id(FUNCTIONS[theirs]) for theirs in elsewhere}
    missing = known - {id(function) for function in asked}
    assert not [theirs for theirs, ours in FUNCTIONS.items() if id(ours) in missing]
    assert CHANGING.keys() >= {Tensor.add_, Tensor.mul_, Tensor.relu_}


@pytest.mark.parametrize("kind", [nn.RNN, nn.GRU, nn.LSTM])
@pytest.mark.parametrize(
    "options", [{}, {"num_layers": 2, "bidirectional": True, "bias": False}, {"batch_first": True}]
)
def test_recurrent_layers_are_pytorchs(kind: Any, options: dict[str, Any]) -> None:
    torch.manual_seed(3)
    layer = kind(3, 5, **options).double()
    x = torch.randn(4, 7, 3, dtype=torch.float64)
    found: list[dict[str, Tensor]] = []
    for crossing in (None, Crossing(layer.parameters())):
        layer.zero_grad()
        if crossing:
            crossing.__enter__()
        outputs, state = layer(x)
        ((outputs**2).sum() + sum(part.sum() for part in (state if isinstance(state, tuple) else (state,)))).backward()
        if crossing:
            crossing.__exit__(None, None, None)
        found.append({"outputs": outputs.detach(), **{name: p.grad.clone() for name, p in layer.named_parameters()}})
    torch.testing.assert_close(found[0], found[1], rtol=1e-10, atol=1e-12)


def test_dropout_leaves_out_what_pytorch_would() -> None:
    for drop in (F.dropout, F.dropout2d):
        parameter = nn.Parameter(torch.ones(5, 40, 2, 2))
        torch.manual_seed(4)
        expected = drop(parameter, 0.3)
        torch.manual_seed(4)
        with Crossing([parameter]):
            found = drop(parameter, 0.3)
        torch.testing.assert_close(found.detach(), expected.detach(), rtol=1e-6, atol=0)


def test_running_statistics_move_as_pytorchs() -> None:
    torch.manual_seed(5)
    ours, theirs = nn.BatchNorm2d(4), nn.BatchNorm2d(4)
    for _step in range(3):
        x = torch.randn(6, 4, 3, 3) * 2 + 1
        theirs(x)
        with Crossing(ours.parameters()):
            ours(x)
    torch.testing.assert_close(dict(ours.named_buffers()), dict(theirs.named_buffers()))


def changed_behind_a_view(x: Tensor) -> Tensor:
    _first_column = x[:, 0]
    return x.mul_(3)


@pytest.mark.parametrize(
    ("call", "name"),
    [
        (lambda x: x.cumsum(0), "cumsum"),
        (lambda x: torch.linalg.inv(x @ x.T), "linalg"),
        (lambda x: F.gelu(x, approximate="tanh"), "gelu with approximate='tanh'"),
        (lambda x: (x * 1).__setitem__(0, 1.0), "__setitem__"),
        (lambda x: (x * 1).zero_(), "zero_"),
        (lambda x: F.cross_entropy(x, ROWS, label_smoothing=0.1), "label_smoothing"),
        (lambda x: F.cross_entropy(x, SHARES.float().softmax(1)), "shares of classes"),
        (lambda x: F.binary_cross_entropy_with_logits(x, SHARES.float(), pos_weight=torch.ones(6)), "weights"),
        (lambda x: F.nll_loss(x, ROWS, ignore_index=1), "classes to ignore"),
        (lambda x: F.mse_loss(x, SHARES.float(), reduce=False), "mse_loss with weight or reduce"),
        (lambda x: x.max(1), "max along a dimension"),
        (lambda x: torch.max(x, dim=1), "max"),
        (lambda x: F.softplus(x, threshold=1), "threshold"),
        (lambda x: F.embedding(TOKENS, x, max_norm=1.0), "max_norm"),
        (lambda x: F.embedding(TOKENS - 1, x), "tokens outside"),
        (lambda x: (x * 1)[:, 0].mul_(5), "shares its memory"),
        (lambda x: changed_behind_a_view(x * 1), "shares its memory"),
        (lambda x: torch.zeros(4, 6).add_(x), "no gradient yet"),
        (lambda x: torch.mul(x, 2, out=torch.empty(4, 6)), "mul with out"),
        (lambda x: x + torch.ones(4, 6, requires_grad=True), "no parameters that the crossing was given"),
        (lambda x: (x * 1).register_hook(print), "register_hook"),
        (lambda x: x.sum().backward(create_graph=True), "create_graph"),
        (lambda x: nn.LSTM(6, 4, proj_size=2)(x.unsqueeze(0)), "lstm|given"),
    ],
)
def test_what_glass_does_not_know_is_named_and_never_silently_without_gradient(call: Call, name: str) -> None:
    parameter = nn.Parameter(torch.rand(4, 6))
    with Crossing([parameter]), pytest.raises(InputError, match=name) as refused:
        call(parameter)
    assert "torch" in (refused.value.hint or "")


def test_without_gradients_pytorch_computes() -> None:
    parameter = nn.Parameter(torch.rand(4, 6))
    with Crossing([parameter]), torch.no_grad():
        assert not isinstance(parameter * 2, Pane)
        parameter.mul_(2)
    assert parameter.shape == (4, 6)


def test_parameters_and_glass_share_their_memory_and_gradients_add_up() -> None:
    parameter, frozen = nn.Parameter(torch.tensor([1.0, 2.0])), nn.Parameter(torch.tensor([3.0, 4.0]), False)
    with Crossing([parameter, frozen]) as crossing:
        loss = (parameter * frozen).sum()
        assert np.shares_memory(crossing.leaf(parameter).numpy(), parameter.detach().numpy())
        loss.backward()
        (parameter * frozen).sum().backward()
    assert parameter.grad is not None and parameter.grad.tolist() == [6.0, 8.0]
    assert frozen.grad is None


def test_several_results_go_backward_one_after_the_other() -> None:
    ours, theirs = (nn.Parameter(torch.tensor([1.0, 2.0])) for _time in range(2))
    first, second = (theirs**2).sum(), (theirs**3).sum()
    first.backward()
    second.backward()
    with Crossing([ours]):
        first, second = (ours**2).sum(), (ours**3).sum()
        first.backward(retain_graph=True)
        second.backward()
        torch.testing.assert_close(ours.grad, theirs.grad)
        first.backward()
    assert ours.grad is not None and theirs.grad is not None
    torch.testing.assert_close(ours.grad, theirs.grad + 2 * theirs.detach())


def test_a_parameter_that_changed_before_backward_is_noticed() -> None:
    parameter = nn.Parameter(torch.tensor([1.0, 2.0]))
    with Crossing([parameter]):
        loss = (parameter * parameter).sum()
        with torch.no_grad():
            parameter.mul_(10)
        with pytest.raises(GraphError, match="changed in place"):
            loss.backward()
        (parameter * parameter).sum().backward()
    assert parameter.grad is not None and parameter.grad.tolist() == [20.0, 40.0]


def test_numbers_of_half_precision_are_refused() -> None:
    with Crossing([parameter := nn.Parameter(torch.ones(3, dtype=torch.float16))]), pytest.raises(InputError):
        parameter * 2
