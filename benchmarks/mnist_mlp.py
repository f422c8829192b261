"""One epoch of MNIST, 784-100-10, batch 64, SGD 0.1: Neurona beside the loops that people write, in one run.

    NEURONA_DATA=... python benchmarks/mnist_mlp.py [--repeats 5]

Each contender trains a net of its own, turn by turn, so that all meet the machine in the same state. The medians and
their ratios are printed, and the test accuracy after all epochs, so that nobody wins by doing less.
"""

from __future__ import annotations

import argparse
import statistics
import struct
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import torch
from torch import nn
from torch.utils.data import DataLoader
from torchvision.datasets import MNIST
from torchvision.transforms import ToTensor

import neurona as nr

BATCH, RATE = 64, 0.1


def torchvision_set(data: nr.Dataset, folder: Path) -> MNIST:
    """Return torchvision's own MNIST over the same samples, written to `folder` in its layout."""
    raw = folder / "MNIST" / "raw"
    raw.mkdir(parents=True)
    for part, split in (("train", data.train), ("t10k", data.test)):
        images, labels = split.x.squeeze(1).contiguous(), split.y.to(torch.uint8)
        header = struct.pack(">4i", 0x803, *images.shape)
        (raw / f"{part}-images-idx3-ubyte").write_bytes(header + images.numpy().tobytes())
        (raw / f"{part}-labels-idx1-ubyte").write_bytes(
            struct.pack(">2i", 0x801, len(labels)) + labels.numpy().tobytes()
        )
    return MNIST(str(folder), transform=ToTensor())


def plain_net() -> nn.Sequential:
    """Return the net that every contender trains."""
    return nn.Sequential(nn.Flatten(), nn.Linear(784, 100), nn.ReLU(), nn.Linear(100, 10))


@dataclass
class Contender:
    """A way to train: its name, its net, and what trains one epoch."""

    name: str
    net: nn.Module
    epoch: Callable[[], object]
    seconds: list[float] = field(default_factory=list)


def data_loader(data: nr.Dataset) -> Contender:
    """Return the plain loop over a DataLoader of a torchvision data set with `ToTensor`."""
    with tempfile.TemporaryDirectory() as folder:
        samples = torchvision_set(data, Path(folder))
    loader = DataLoader(samples, batch_size=BATCH, shuffle=True)
    net, loss_of = plain_net(), nn.CrossEntropyLoss()
    optimizer = torch.optim.SGD(net.parameters(), lr=RATE)

    def epoch() -> None:
        for x, y in loader:
            optimizer.zero_grad()
            loss_of(net(x), y).backward()
            optimizer.step()

    return Contender("DataLoader of torchvision + ToTensor", net, epoch)


def over_tensors(data: nr.Dataset) -> Contender:
    """Return a hand-written loop over float tensors in memory."""
    x, y = data.train.x.float().div(255), data.train.y
    net, loss_of = plain_net(), nn.CrossEntropyLoss()
    optimizer = torch.optim.SGD(net.parameters(), lr=RATE)

    def epoch() -> None:
        order = torch.randperm(len(x))
        for start in range(0, len(x), BATCH):
            rows = order[start : start + BATCH]
            optimizer.zero_grad()
            loss_of(net(x[rows]), y[rows]).backward()
            optimizer.step()

    return Contender("loop over tensors by hand", net, epoch)


def ours(data: nr.Dataset, repeats: int) -> Contender:
    """Return `Fit`, with its metrics and its history."""
    net = plain_net()
    fit = nr.Fit(net, data, optimizer="sgd", lr=RATE, batch=BATCH, epochs=repeats + 1, device="cpu")
    epochs = iter(fit)
    return Contender("neurona", net, lambda: next(epochs))


def main() -> None:
    """Train, and print medians, ratios and accuracies."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repeats", type=int, default=5, help="epochs timed, after one that is not")
    repeats = parser.parse_args().repeats
    data = nr.load("mnist", valid=0.0)
    torch.manual_seed(0)
    contenders = [ours(data, repeats), over_tensors(data), data_loader(data)]
    for turn in range(repeats + 1):
        for contender in contenders:
            start = time.perf_counter()
            contender.epoch()
            if turn:
                contender.seconds.append(time.perf_counter() - start)
    reference = statistics.median(contenders[0].seconds)
    print(f"MNIST 784-100-10, batch {BATCH}: median of {repeats} epochs, {torch.get_num_threads()} threads")
    for contender in contenders:
        median = statistics.median(contender.seconds)
        span = f"{min(contender.seconds):.3f} to {max(contender.seconds):.3f}"
        share = accuracy(contender, data)
        print(f"{contender.name:38} {median:7.3f} s ({span})  {median / reference:5.2f} x  test {share:.4f}")


@torch.no_grad()
def accuracy(contender: Contender, data: nr.Dataset) -> float:
    """Return the share of right answers on the test set."""
    outputs = contender.net.eval()(data.test.x.float().div(255))
    return float((outputs.argmax(1) == data.test.y).double().mean())


if __name__ == "__main__":
    main()
