"""100 epochs of a new head on a frozen ResNet-18: features kept once beside running the trunk every time, in one run.

    NEURONA_DATA=... python benchmarks/transfer_features.py [--epochs 100] [--samples 400] [--side 64]

Both train the head 512-200-10 by the same `Fit`, epoch by epoch in turn, so that both meet the machine in the same
state. The first epoch of the one that keeps features includes computing them. The weights of the trunk are new: what it
costs does not depend on them. Both must end with the same loss, so that nobody wins by doing less.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import torch

import neurona as nr
from neurona.making import fitting
from neurona.nets import build


@dataclass
class Contender:
    """A way to train: its name, its fit, and the seconds of each epoch."""

    name: str
    fit: nr.Fit
    seconds: list[float] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.epochs: Iterator[object] = iter(self.fit)

    def train(self) -> None:
        """Train one epoch."""
        start = time.perf_counter()
        next(self.epochs)
        self.seconds.append(time.perf_counter() - start)


def contender(name: str, data: nr.Dataset, epochs: int, views: int) -> Contender:
    """Return a training of the head; `views` is 1 to keep features, 0 to run the trunk each time."""
    torch.manual_seed(0)
    net = build("transfer", {"trunk": "resnet18", "head": [200]}, fitting(data))
    options: dict[str, Any] = {
        "optimizer": "adam",
        "lr": 1e-3,
        "batch": 64,
        "epochs": epochs,
        "frozen": ["trunk.*"],
        "device": "cpu",
    }
    return Contender(name, nr.Fit(net, data, views=views, **options))


def main() -> None:
    """Train, and print seconds, their ratio, and the losses that must agree."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--epochs", type=int, default=100)
    parser.add_argument("--samples", type=int, default=400, help="training pictures of CIFAR-10")
    parser.add_argument("--side", type=int, default=64, help="pixels that pictures are resized to")
    given = parser.parse_args()
    data = nr.load("cifar10", samples=given.samples, valid=0.0, resize=given.side)
    contenders = [
        contender("features kept", data, given.epochs, views=1),
        contender("trunk run every time", data, given.epochs, views=0),
    ]
    for _turn in range(given.epochs):
        for one in contenders:
            one.train()
    print(
        f"ResNet-18 frozen, {len(data.train)} pictures of {given.side} x {given.side}, head 512-200-10, "
        f"{given.epochs} epochs, {torch.get_num_threads()} threads"
    )
    least = sum(contenders[0].seconds)
    for one in contenders:
        total, first = sum(one.seconds), one.seconds[0]
        loss = one.fit.history[-1]["train_loss"]
        print(
            f"{one.name:22} {total:8.2f} s (first epoch {first:.2f} s)  {total / least:6.1f} x  train loss {loss:.6f}"
        )


if __name__ == "__main__":
    main()
