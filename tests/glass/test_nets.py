"""Whole nets from the same weights on the same batches of digits: their losses stay PyTorch's over 100 steps."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from sklearn.datasets import load_digits
from torch import nn

from neurona import glass

STEPS, BATCH = 100, 8
DIGITS = load_digits()
Batch = tuple[np.ndarray, np.ndarray]


def digits(step: int, shape: tuple[int, ...]) -> Batch:
    rows = np.arange(step * BATCH, (step + 1) * BATCH)
    return DIGITS.data[rows].reshape(BATCH, *shape) / 16, DIGITS.target[rows]


def curves(ours: Any, theirs: nn.Module, step: Callable[[Any, Any, int], tuple[Any, Any]], lr: float = 0.01) -> None:
    """Train both for 100 steps of Adam and compare each loss; `step` returns the two."""
    theirs.double().load_state_dict({key: torch.tensor(value.numpy()) for key, value in ours.state_dict().items()})
    mine, other = glass.Adam(ours.parameters(), lr=lr), torch.optim.Adam(theirs.parameters(), lr=lr)
    found, wanted = [], []
    for number in range(STEPS):
        for optimizer, loss, curve in zip((mine, other), step(ours, theirs, number), (found, wanted), strict=True):
            curve.append(loss.item())
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
    np.testing.assert_allclose(found, wanted, rtol=1e-8)
    assert found[-1] < found[0]


def classify(shape: tuple[int, ...]) -> Callable[[Any, Any, int], tuple[Any, Any]]:
    def step(ours: Any, theirs: Any, number: int) -> tuple[Any, Any]:
        x, y = digits(number, shape)
        return glass.cross_entropy(ours(x), y), F.cross_entropy(theirs(torch.tensor(x)), torch.tensor(y))

    return step


def layers(library: Any, *plan: tuple[Any, ...]) -> Any:
    return library.Sequential(*(getattr(library, name)(*arguments) for name, *arguments in plan))


def test_mlp() -> None:
    plan = (("Linear", 64, 32), ("Sigmoid",), ("Linear", 32, 16), ("ReLU",), ("Linear", 16, 10))
    curves(layers(glass, *plan), layers(nn, *plan), classify((64,)))


CNN = (
    ("Conv2d", 1, 16, 5, 1, 2), ("BatchNorm2d", 16), ("ReLU",), ("MaxPool2d", 2),
    ("Conv2d", 16, 32, 5, 1, 2), ("BatchNorm2d", 32), ("ReLU",), ("MaxPool2d", 2), ("Flatten",),
)  # fmt: skip


def test_cnn2_with_batch_norm_on_digits() -> None:
    plan = (*CNN, ("Linear", 128, 10))
    curves(layers(glass, *plan), layers(nn, *plan), classify((1, 8, 8)), lr=0.003)


def test_cnn2_with_batch_norm_on_mnist(mnist_data: Path) -> None:
    images, labels = (
        np.frombuffer(gzip.decompress((mnist_data / "mnist" / f"t10k-{name}.gz").read_bytes()), np.uint8, offset=offset)
        for name, offset in (("images-idx3-ubyte", 16), ("labels-idx1-ubyte", 8))
    )
    images = images.reshape(-1, 1, 28, 28)
    plan = (*CNN, ("Linear", 1568, 10))

    def step(ours: Any, theirs: Any, number: int) -> tuple[Any, Any]:
        rows = slice(number * 4, number * 4 + 4)
        x, y = images[rows] / 255, labels[rows].astype(np.int64)
        return glass.cross_entropy(ours(x), y), F.cross_entropy(theirs(torch.tensor(x)), torch.tensor(y))

    curves(layers(glass, *plan), layers(nn, *plan), step, lr=0.003)


def test_lstm() -> None:
    class Ours(glass.Module):
        def __init__(self) -> None:
            self.lstm, self.head = glass.LSTM(8, 12, 2, batch_first=True), glass.Linear(12, 10)

        def forward(self, x: Any) -> Any:
            return self.head(self.lstm(x)[0][:, -1])

    class Theirs(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.lstm, self.head = nn.LSTM(8, 12, 2, batch_first=True), nn.Linear(12, 10)

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return self.head(self.lstm(x)[0][:, -1])

    curves(Ours(), Theirs(), classify((8, 8)))


def vae(library: Any) -> Any:
    """Return an encoder to means and log-variances, a decoder, and what joins them, in either library."""

    class Net(library.Module):  # type: ignore[name-defined,misc]
        def __init__(self) -> None:
            super().__init__()
            self.encoder = library.Sequential(library.Linear(64, 24), library.ReLU())
            self.mean, self.log_variance = library.Linear(24, 4), library.Linear(24, 4)
            self.decoder = library.Sequential(library.Linear(4, 24), library.ReLU(), library.Linear(24, 64))

        def forward(self, x: Any, noise: Any) -> tuple[Any, Any, Any]:
            hidden = self.encoder(x)
            mean, log_variance = self.mean(hidden), self.log_variance(hidden)
            return self.decoder(mean + (log_variance * 0.5).exp() * noise), mean, log_variance

    return Net()


def test_vae() -> None:
    rng = np.random.default_rng(0)

    def step(ours: Any, theirs: Any, number: int) -> tuple[Any, Any]:
        x, noise = digits(number, (64,))[0], rng.normal(size=(BATCH, 4))
        losses = []
        for net, library, wrap in ((ours, glass, glass.Tensor), (theirs, F, torch.tensor)):
            logits, mean, log_variance = net(wrap(x), wrap(noise))
            divergence = -0.5 * (1 + log_variance - mean**2 - log_variance.exp()).sum()
            losses.append(library.binary_cross_entropy_with_logits(logits, wrap(x), reduction="sum") + divergence)
        return losses[0], losses[1]

    curves(vae(glass), vae(nn), step)


def test_moons_are_learned_by_five_sigmoids() -> None:
    from sklearn.datasets import make_moons

    x, y = make_moons(200, noise=0.15, random_state=0)
    rng = np.random.default_rng(0)
    net = glass.Sequential(glass.Linear(2, 5, generator=rng), glass.Sigmoid(), glass.Linear(5, 2, generator=rng))
    optimizer = glass.SGD(net.parameters(), lr=0.01)
    for _ in range(5000):
        loss = glass.cross_entropy(net(x), y, "sum")
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    assert loss.item() / 200 < 0.15
    assert (net(x).argmax(1) == y).mean() > 0.95


@pytest.mark.parametrize("kind", [glass.RNN, glass.LSTM, glass.GRU])
def test_gradients_of_long_sequences_cost_little_more_than_their_length(kind: Any) -> None:
    # Each step must not touch the gradients of all steps: what is put back stays below 2 T (log T + 1) numbers.
    net, x = kind(2, 3), glass.Tensor(np.ones((256, 1, 2)), requires_grad=True)
    indexed = [node for node in glass.graph(net(x)[0].sum()) if node.operation and node.operation.name == "index"]
    put_back = sum(node.parents[0].numpy().size for node in indexed if node.parents[0].ndim == 3)
    assert put_back <= 2 * x.numpy().size * (np.log2(256) + 1)
