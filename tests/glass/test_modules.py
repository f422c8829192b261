"""Layers and optimizers compute what PyTorch's do, from the same state."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from neurona import glass

torch.set_default_dtype(torch.float32)
RNG = np.random.default_rng(0)

LAYERS = {
    "Linear": ((3, 4), {}, (5, 3)),
    "Linear without bias": ((3, 4), {"bias": False}, (5, 2, 3)),
    "Conv2d": ((4, 6, 3), {"stride": 2, "padding": 1, "groups": 2}, (2, 4, 7, 7)),
    "Conv2d of a pair": ((2, 3, (3, 2)), {"dilation": (1, 2), "bias": False}, (2, 2, 7, 7)),
    "BatchNorm1d": ((3,), {}, (6, 3)),
    "BatchNorm2d": ((3,), {"eps": 1e-3, "momentum": 0.3}, (4, 3, 5, 2)),
    "LayerNorm": ((4,), {}, (3, 2, 4)),
    "LayerNorm of two axes": (((2, 4),), {}, (3, 2, 4)),
    "MaxPool2d": ((2,), {}, (2, 3, 7, 6)),
    "AvgPool2d": ((3,), {"stride": 2, "padding": 1}, (2, 3, 7, 6)),
    "Flatten": ((), {}, (2, 3, 4)),
    "RNN": ((3, 4), {}, (5, 2, 3)),
    "LSTM": ((3, 4, 2), {"bidirectional": True}, (5, 2, 3)),
    "GRU": ((3, 4, 2), {"batch_first": True, "bias": False}, (2, 5, 3)),
    "RNN of three layers": ((3, 4, 3), {"bidirectional": True, "batch_first": True}, (2, 5, 3)),
    "GRU both ways": ((3, 4), {"bidirectional": True}, (5, 2, 3)),
    "LSTM of one step": ((3, 4), {}, (1, 2, 3)),
    **{name: ((), {}, (3, 4)) for name in ("Identity", "Sigmoid", "Tanh", "ReLU", "LeakyReLU", "ELU", "SELU", "GELU")},
    **{name: ((), {}, (3, 4)) for name in ("SiLU", "Mish", "Softplus", "Hardtanh")},
    "Softmax": ((), {"dim": 1}, (3, 4)),
}


def both(name: str) -> tuple[Any, Any, np.ndarray]:
    """Return our layer, PyTorch's with the same state, which comes from ours, and an input."""
    arguments, options, shape = LAYERS[name]
    kind = name.split()[0]
    ours = getattr(glass, kind)(*arguments, **options)
    theirs = getattr(nn, kind)(*arguments, **options).double()
    theirs.load_state_dict({key: torch.tensor(value.numpy()) for key, value in ours.state_dict().items()})
    return ours, theirs, RNG.normal(size=shape)


def close(a: Any, b: torch.Tensor) -> None:
    np.testing.assert_allclose(np.asarray(a), b.detach().numpy(), rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("name", LAYERS)
def test_layers(name: str) -> None:
    ours, theirs, x = both(name)
    assert {k: v.shape for k, v in ours.state_dict().items()} == {
        k: tuple(v.shape) for k, v in theirs.state_dict().items()
    }
    a, b = glass.Tensor(x, requires_grad=True), torch.tensor(x, requires_grad=True)
    for _ in range(2):  # batch normalisation remembers
        y, z = ours(a), theirs(b)
        if isinstance(y, tuple):
            states = (y[1], z[1]) if isinstance(y[1], tuple) else ((y[1],), (z[1],))
            for mine, other in zip(*states, strict=True):
                close(mine, other)
            y, z = y[0] + 0 * y[0], z[0] + 0 * z[0]
        close(y, z)
        weights = RNG.normal(size=y.shape)
        (y * weights).sum().backward()
        (z * torch.tensor(weights)).sum().backward()
    close(a.grad, b.grad)
    for key, parameter in theirs.named_parameters():
        close(ours.state_dict()[key].grad, parameter.grad)
    for key, value in theirs.state_dict().items():
        close(ours.state_dict()[key], value)
    y, z = ours.eval()(x), theirs.eval()(torch.tensor(x))
    close(y[0] if isinstance(y, tuple) else y, z[0] if isinstance(z, tuple) else z)


@pytest.mark.parametrize("name", ["RNN", "LSTM of one step", "GRU both ways"])
def test_recurrent_nets_go_on_from_a_state(name: str) -> None:
    ours, theirs, x = both(name)
    _, state = ours(x)
    _, other = theirs(torch.tensor(x))
    close(ours(x, state)[0], theirs(torch.tensor(x), other)[0])


def test_embedding() -> None:
    ours, theirs = glass.Embedding(5, 3), nn.Embedding(5, 3).double()
    ours.load_state_dict(theirs.state_dict())  # the other way
    tokens = np.array([[0, 4, 4], [1, 4, 0]])
    weights = RNG.normal(size=(2, 3, 3))
    (ours(tokens) * weights).sum().backward()
    (theirs(torch.tensor(tokens)) * torch.tensor(weights)).sum().backward()
    close(ours.weight.grad, theirs.weight.grad)
    with pytest.raises(glass.ShapeError, match="Tokens go from 0 to 4, and these from -1 to 2"):
        ours(np.array([-1, 2]))


def test_step_and_bipolar_sigmoid() -> None:
    x = np.array([[-2.0, 0.0, 3.0]])
    assert glass.Step()(x).tolist() == [[0.0, 1.0, 1.0]]
    np.testing.assert_allclose(glass.BipolarSigmoid()(x), 2 / (1 + np.exp(-x)) - 1, atol=1e-15)


def test_dropout_keeps_the_mean_and_stops_after_training() -> None:
    net = glass.Sequential(glass.Dropout(0.25, generator=np.random.default_rng(0)))
    x = glass.Tensor(np.ones((200, 200)), requires_grad=True)
    y = net(x)
    assert set(np.unique(y.numpy())) == {0.0, 1 / 0.75}
    assert y.numpy().mean() == pytest.approx(1.0, abs=0.01)
    y.sum().backward()
    np.testing.assert_array_equal(x.grad.numpy(), y.numpy())
    assert net.eval()(x) is x


def test_a_layer_begins_within_pytorchs_bounds() -> None:
    layer = glass.Linear(100, 50, generator=np.random.default_rng(0))
    assert 0.099 < np.abs(layer.weight.numpy()).max() <= 0.1
    same = glass.Linear(100, 50, generator=np.random.default_rng(0))
    np.testing.assert_array_equal(layer.weight.numpy(), same.weight.numpy())
    assert glass.Linear(2, 2, dtype=np.float32)(np.ones((1, 2), np.float32)).dtype == np.float32


def test_a_state_that_does_not_fit_is_refused_whole() -> None:
    net = glass.Sequential(glass.Linear(2, 3), glass.ReLU(), glass.Linear(3, 1))
    state = {key: np.array(value) for key, value in net.state_dict().items()}
    before = net.state_dict()["0.weight"].numpy().copy()
    for changed, words in (
        ({**state, "9.weight": np.ones(1)}, r"9\.weight"),
        ({key: value for key, value in state.items() if key != "2.bias"}, r"2\.bias"),
        ({**state, "0.weight": before + 1, "2.weight": np.ones((1, 4))}, r"2\.weight has shape \(1, 3\)"),
    ):
        with pytest.raises(glass.ShapeError, match=words):
            net.load_state_dict(changed)
    np.testing.assert_array_equal(net.state_dict()["0.weight"].numpy(), before)


def test_losses_refuse_targets_that_do_not_fit() -> None:
    logits = glass.Tensor(np.ones((3, 2)))
    for target in (np.array([0, 1]), np.array([0, 1, 2]), np.array([0, -1, 1])):
        with pytest.raises(glass.ShapeError, match="3 samples of 2 classes need 3 targets from 0 to 1"):
            glass.cross_entropy(logits, target)
    with pytest.raises(glass.GlassError, match=r"float64' is not valid: it must be of integers: write target.astype"):
        glass.cross_entropy(logits, np.array([0.0, 1.0, 1.0]))
    with pytest.raises(glass.ShapeError, match=r"\(n, classes\), not in shape \(3,\)"):
        glass.cross_entropy(glass.Tensor(np.ones(3)), np.array([0]))
    for loss in (glass.mse_loss, glass.binary_cross_entropy_with_logits):
        with pytest.raises(glass.ShapeError, match=r"\(3, 2\) and targets of shape \(3,\)"):
            loss(logits, glass.Tensor(np.ones(3)))


def test_layers_refuse_shapes_that_do_not_fit() -> None:
    for layer, shape in (
        (glass.BatchNorm2d(3), (2, 4, 5, 5)),
        (glass.BatchNorm1d(3), (1, 3)),
        (glass.LSTM(3, 2), (5, 4)),
        (glass.GRU(3, 2, batch_first=True), (5, 4, 2)),
    ):
        with pytest.raises(glass.ShapeError):
            layer(np.ones(shape))


RULES = {
    "SGD": {"lr": 0.1},
    "SGD with momentum": {"lr": 0.05, "momentum": 0.9, "weight_decay": 0.1},
    "SGD of Nesterov": {"lr": 0.05, "momentum": 0.9, "nesterov": True},
    "Adadelta": {},
    "Adadelta with options": {"lr": 0.5, "rho": 0.8, "eps": 1e-4, "weight_decay": 0.01},
    "Adam": {"lr": 0.01},
    "Adam with options": {"lr": 0.02, "betas": (0.8, 0.99), "eps": 1e-4, "weight_decay": 0.01},
}


@pytest.mark.parametrize("name", RULES)
def test_optimizers(name: str) -> None:
    kind = name.split()[0]
    start = RNG.normal(size=(3, 2))
    w, v = glass.Tensor(start, requires_grad=True), torch.tensor(start, requires_grad=True)
    ours, theirs = getattr(glass, kind)([w], **RULES[name]), getattr(torch.optim, kind)([v], **RULES[name])
    for _ in range(50):
        for parameter, optimizer in ((w, ours), (v, theirs)):
            optimizer.zero_grad()
            (((parameter**2 - 1) ** 2).sum() + (parameter * parameter).sum()).backward()
            optimizer.step()
    np.testing.assert_allclose(w.numpy(), v.detach().numpy(), rtol=1e-10)


def test_an_optimizer_takes_leaves_alone() -> None:
    w = glass.Tensor([1.0], requires_grad=True)
    for wrong in ([], [w * 2], [glass.Tensor([1.0])]):
        with pytest.raises(glass.GraphError, match="takes leaves"):
            glass.SGD(wrong)
    glass.SGD([w]).step()  # no gradient yet: nothing happens
    assert w.item() == 1.0


@pytest.mark.parametrize(
    ("kind", "options", "words"),
    [
        ("SGD", {"lr": -1.0}, "lr = -1.0 is not valid: it must be at least 0"),
        ("SGD", {"lr": float("nan")}, "lr = nan"),
        ("SGD", {"momentum": -0.1}, "momentum = -0.1"),
        ("Adam", {"lr": -1.0}, "lr = -1.0"),
        ("Adam", {"betas": (0.9, 1.0)}, r"betas = \(0.9, 1.0\) is not valid: it must be at least 0, less than 1"),
        ("Adam", {"betas": (-0.1, 0.9)}, r"betas = \(-0.1, 0.9\)"),
        ("Adam", {"eps": -1e-8}, "eps = -1e-08"),
        ("Adam", {"weight_decay": -0.1}, "weight_decay = -0.1"),
        ("Adadelta", {"rho": 1.5}, "rho = 1.5"),
    ],
)
def test_an_optimizer_refuses_options_out_of_range_as_pytorch_does(
    kind: str, options: dict[str, Any], words: str
) -> None:
    w, v = glass.Tensor([1.0], requires_grad=True), torch.ones(1, requires_grad=True)
    with pytest.raises(glass.OptionError, match=words):
        getattr(glass, kind)([w], **options)
    if options.get("lr") == options.get("lr"):  # of NaN PyTorch trains NaN
        with pytest.raises(ValueError, match="Invalid"):
            getattr(torch.optim, kind)([v], **options)


@pytest.mark.parametrize("p", [1.5, -0.1, float("nan")])
def test_dropout_takes_a_probability_alone(p: float) -> None:
    with pytest.raises(glass.OptionError, match=rf"p = {p} is not valid: it must be a probability"):
        glass.Dropout(p)
    assert (glass.Dropout(1.0)(glass.Tensor([3.0])).numpy() == 0).all()


def test_an_unknown_reduction_is_told_with_those_that_are_known() -> None:
    logits, target = glass.Tensor(np.ones((3, 2))), np.array([0, 1, 1])
    for loss, truth in ((glass.cross_entropy, target), (glass.nll_loss, target), (glass.mse_loss, logits)):
        with pytest.raises(
            glass.OptionError, match="reduction = 'avg' is not valid: it must be one of mean, sum, none"
        ):
            loss(logits, truth, reduction="avg")
