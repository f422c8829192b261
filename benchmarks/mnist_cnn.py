"""One epoch of MNIST with `mnist-cnn2`, Adam, batch 100: Neurona beside the plain loop of a tutorial, in one run.

    NEURONA_DATA=... python benchmarks/mnist_cnn.py [--repeats 3]

Both train the same net from the same weights, turn by turn, so that both meet the machine in the same state. The
medians and their ratio are printed, and the test accuracy after all epochs, so that nobody wins by doing less.
"""

from __future__ import annotations

import argparse
import copy
import statistics
import tempfile
import time
from pathlib import Path

import torch
from mnist_mlp import Contender, torchvision_set
from torch import nn
from torch.utils.data import DataLoader

import neurona as nr
from neurona.recipe import Recipe

BATCH, RATE = 100, 1e-3
PART = 1000


def tutorial(net: nn.Module, data: nr.Dataset) -> Contender:
    """Return the loop of a tutorial: a `DataLoader` of torchvision's data set, pictures channels first, Adam."""
    with tempfile.TemporaryDirectory() as folder:
        samples = torchvision_set(data, Path(folder))
    loader = DataLoader(samples, batch_size=BATCH, shuffle=True)
    loss_of = nn.CrossEntropyLoss()
    optimizer = torch.optim.Adam(net.parameters(), lr=RATE)

    def epoch() -> None:
        net.train()
        for x, y in loader:
            optimizer.zero_grad()
            loss_of(net(x), y).backward()
            optimizer.step()

    return Contender("loop of a tutorial: DataLoader, NCHW", net, epoch)


def ours(net: nn.Module, data: nr.Dataset, repeats: int) -> Contender:
    """Return `Fit` with all its defaults, its metrics and its history."""
    fit = nr.Fit(net, data, optimizer="adam", lr=RATE, batch=BATCH, epochs=repeats + 1, device="cpu")
    epochs = iter(fit)
    return Contender("neurona", net, lambda: next(epochs))


def main() -> None:
    """Train, and print medians, their ratio and accuracies."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repeats", type=int, default=3, help="epochs timed, after one that is not")
    repeats = parser.parse_args().repeats
    data = nr.load("mnist", valid=0.0)
    net = Recipe.read("mnist-cnn2").build(data)
    contenders = [ours(copy.deepcopy(net), data, repeats), tutorial(net, data)]
    for turn in range(repeats + 1):
        for contender in contenders:
            start = time.perf_counter()
            contender.epoch()
            if turn:
                contender.seconds.append(time.perf_counter() - start)
    reference = statistics.median(contenders[0].seconds)
    print(f"mnist-cnn2, batch {BATCH}: median of {repeats} epochs, {torch.get_num_threads()} threads")
    for contender in contenders:
        median = statistics.median(contender.seconds)
        span = f"{min(contender.seconds):.2f} to {max(contender.seconds):.2f}"
        share = accuracy(contender.net, data)
        print(f"{contender.name:38} {median:7.2f} s ({span})  {median / reference:5.2f} x  test {share:.4f}")


@torch.no_grad()
def accuracy(net: nn.Module, data: nr.Dataset) -> float:
    """Return the share of right answers on the test set."""
    net.eval()
    parts = zip(data.test.x.split(PART), data.test.y.split(PART), strict=True)
    right = sum(int((net(x.float().div(255)).argmax(1) == y).sum()) for x, y in parts)
    return right / len(data.test)


if __name__ == "__main__":
    main()
