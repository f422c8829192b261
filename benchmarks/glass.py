"""Glass beside a loop written by hand in NumPy, and beside PyTorch: three workloads, side by side in one run.

    NEURONA_DATA=... OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 python benchmarks/glass.py [--repeats 5]

Contenders take turns, so that all meet the machine in the same state; the least of their times is compared, because
another process disturbs it least. Each trains a net from the same weights, and the losses that they end with are
printed, so that nobody wins by doing less.
"""

from __future__ import annotations

import argparse
import gzip
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.datasets import make_moons
from torch import nn

from neurona import glass

Array = NDArray[Any]
Epoch = Callable[[], float]


def mnist(count: int) -> tuple[Array, Array]:
    """Return the first training images, `(count, 784)` from 0 to 1 in float32, and their labels."""
    folder = Path(os.environ["NEURONA_DATA"]) / "mnist"
    images = gzip.decompress((folder / "train-images-idx3-ubyte.gz").read_bytes())
    labels = gzip.decompress((folder / "train-labels-idx1-ubyte.gz").read_bytes())
    x = np.frombuffer(images, np.uint8, offset=16).reshape(-1, 784)[:count]
    return (x / np.float32(255)).astype(np.float32), np.frombuffer(labels, np.uint8, offset=8)[:count].astype(np.int64)


def dense(inputs: int, hidden: int, outputs: int, dtype: Any) -> glass.Sequential:
    """Return a dense net of one hidden layer, always with the same weights."""
    rng = np.random.default_rng(0)
    first = glass.Linear(inputs, hidden, generator=rng, dtype=dtype)
    return glass.Sequential(first, glass.Sigmoid(), glass.Linear(hidden, outputs, generator=rng, dtype=dtype))


def by_glass(net: glass.Module, x: Array, y: Array, batch: int, lr: float, passes: int = 1) -> Epoch:
    """Return the five steps over batches in order."""
    optimizer = glass.SGD(net.parameters(), lr=lr)

    def epoch() -> float:
        for _ in range(passes):
            for start in range(0, len(x), batch):
                loss = glass.cross_entropy(net(x[start : start + batch]), y[start : start + batch])
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
        return float(loss.item())

    return epoch


def by_hand(net: glass.Module, x: Array, y: Array, batch: int, lr: float, passes: int = 1) -> Epoch:
    """Return the same in NumPy: sigmoid, softmax, cross-entropy and their derivatives written out."""
    w, b, v, c = (parameter.numpy().copy() for parameter in net.parameters())

    def epoch() -> float:
        for _ in range(passes):
            for start in range(0, len(x), batch):
                inputs, targets = x[start : start + batch], y[start : start + batch]
                rows = np.arange(len(inputs))
                hidden = 1 / (1 + np.exp(-(inputs @ w.T + b)))
                logits = hidden @ v.T + c
                powers = np.exp(logits - logits.max(axis=1, keepdims=True))
                p = powers / powers.sum(axis=1, keepdims=True)
                loss = -np.log(p[rows, targets]).mean()
                p[rows, targets] -= 1
                delta = p / len(inputs)
                back = delta @ v * hidden * (1 - hidden)
                v[...] -= lr * (delta.T @ hidden)
                c[...] -= lr * delta.sum(axis=0)
                w[...] -= lr * (back.T @ inputs)
                b[...] -= lr * back.sum(axis=0)
        return float(loss)

    return epoch


CNN = (
    ("Conv2d", 1, 16, 5, 1, 2), ("BatchNorm2d", 16), ("ReLU",), ("MaxPool2d", 2),
    ("Conv2d", 16, 32, 5, 1, 2), ("BatchNorm2d", 32), ("ReLU",), ("MaxPool2d", 2), ("Flatten",), ("Linear", 1568, 10),
)  # fmt: skip


def convolutional(library: Any, **options: Any) -> Any:
    """Return `mnist-cnn2` in float32, of glass or of `torch.nn`."""
    learned = ("Conv2d", "BatchNorm2d", "Linear")
    made = [getattr(library, name)(*given, **(options if name in learned else {})) for name, *given in CNN]
    return library.Sequential(*made)


def by_torch(net: nn.Module, x: Array, y: Array, batch: int, lr: float) -> Epoch:
    """Return PyTorch's five steps over the same batches."""
    optimizer = torch.optim.SGD(net.parameters(), lr=lr)
    images, labels = torch.tensor(x), torch.tensor(y)

    def epoch() -> float:
        for start in range(0, len(x), batch):
            loss = nn.functional.cross_entropy(net(images[start : start + batch]), labels[start : start + batch])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        return float(loss.detach())

    return epoch


def compare(title: str, contenders: dict[str, Epoch], repeats: int, limit: float) -> None:
    """Let them take turns; print the least time of each, and glass as a multiple of the other."""
    seconds: dict[str, list[float]] = {name: [] for name in contenders}
    losses: dict[str, float] = {}
    for turn in range(repeats + 1):
        for name, epoch in contenders.items():
            start = time.perf_counter()
            losses[name] = epoch()
            if turn:  # the first warms up
                seconds[name].append(time.perf_counter() - start)
    least = {name: min(times) for name, times in seconds.items()}
    ours, other = least.values()
    print(f"{title}: glass takes {ours / other:.2f} times as long (at most {limit:g})")
    for name, times in seconds.items():
        print(f"    {name:14} {min(times):8.4f} s (to {max(times):.4f})   last loss {losses[name]:.6f}")


def main() -> None:
    """Run the three."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repeats", type=int, default=5, help="turns timed, after one that is not")
    parser.add_argument("--pictures", type=int, default=6400, help="training pictures of an epoch of mnist-cnn2")
    options = parser.parse_args()
    torch.set_num_threads(int(os.environ.get("OMP_NUM_THREADS", torch.get_num_threads())))

    x, y = make_moons(200, noise=0.15, random_state=0)
    net = dense(2, 5, 2, np.float64)
    pair = {"glass": by_glass(net, x, y, 200, 0.1, 500), "NumPy by hand": by_hand(net, x, y, 200, 0.1, 500)}
    compare("moons 2-5-2, 500 full batches", pair, 4 * options.repeats, 2)

    x, y = mnist(60_000)
    net = dense(784, 100, 10, np.float32)
    pair = {"glass": by_glass(net, x, y, 64, 0.1), "NumPy by hand": by_hand(net, x, y, 64, 0.1)}
    compare("MNIST 784-100-10, one epoch, batch 64, float32", pair, options.repeats, 2)

    x, y = x[: options.pictures].reshape(-1, 1, 28, 28), y[: options.pictures]
    ours, theirs = convolutional(glass, dtype=np.float32), convolutional(nn)
    theirs.load_state_dict({name: torch.tensor(value.numpy()) for name, value in ours.state_dict().items()})
    pair = {"glass": by_glass(ours, x, y, 64, 0.1), "PyTorch": by_torch(theirs, x, y, 64, 0.1)}
    compare(f"mnist-cnn2, {len(x)} of 60,000 pictures, batch 64, float32", pair, max(1, options.repeats // 2), 12)


if __name__ == "__main__":
    main()
