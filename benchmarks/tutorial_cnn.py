"""The plain loop of a PyTorch tutorial on MNIST, for `mnist_cnn.py`, in a process that knows nothing of Neurona.

    python benchmarks/tutorial_cnn.py FOLDER WEIGHTS

FOLDER holds MNIST as torchvision keeps it, WEIGHTS the state dict to begin with. For each line on standard input it
trains an epoch and answers with the seconds; at the end of the input, with the share of right answers on the test set.
"""

from __future__ import annotations

import sys
import time

import torch
from torch import nn
from torch.utils.data import DataLoader
from torchvision.datasets import MNIST
from torchvision.transforms import ToTensor

BATCH, RATE = 100, 1e-3


def main() -> None:
    """Train as long as standard input says so."""
    folder, weights = sys.argv[1:]
    net = nn.Sequential(
        *(nn.Conv2d(1, 16, 5, padding=2), nn.ReLU(), nn.MaxPool2d(2)),
        *(nn.Conv2d(16, 32, 5, padding=2), nn.ReLU(), nn.MaxPool2d(2)),
        *(nn.Flatten(), nn.Linear(1568, 10)),
    )
    given = torch.load(weights, weights_only=True)
    net.load_state_dict(dict(zip(net.state_dict(), given.values(), strict=True)))
    loader = DataLoader(MNIST(folder, transform=ToTensor()), batch_size=BATCH, shuffle=True)
    loss_of = nn.CrossEntropyLoss()
    optimizer = torch.optim.Adam(net.parameters(), lr=RATE)
    for _line in sys.stdin:
        start = time.perf_counter()
        net.train()
        for x, y in loader:
            optimizer.zero_grad()
            loss_of(net(x), y).backward()
            optimizer.step()
        print(time.perf_counter() - start, flush=True)
    net.eval()
    with torch.no_grad():
        test = DataLoader(MNIST(folder, train=False, transform=ToTensor()), batch_size=1000)
        print(sum(int((net(x).argmax(1) == y).sum()) for x, y in test) / 10_000, flush=True)


if __name__ == "__main__":
    main()
