"""One epoch of MNIST with `mnist-cnn2`, Adam, batch 100: Neurona beside the plain loop of a tutorial, in one run.

    NEURONA_DATA=... python benchmarks/mnist_cnn.py [--repeats 5]

Both train the same net from the same weights, turn by turn, so that both meet the machine in the same state; the loop
of the tutorial (`tutorial_cnn.py`) does so in a process of its own, where nothing that Neurona sets helps or hinders.
The medians and their ratio are printed, and the test accuracy after all epochs, so that nobody wins by doing less.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import torch
from mnist_mlp import torchvision_set
from tutorial_cnn import BATCH, RATE

import neurona as nr
from neurona.recipe import Recipe

TUTORIAL = Path(__file__).with_name("tutorial_cnn.py")


class Tutorial:
    """The loop of a tutorial, in a process of its own."""

    name = "loop of a tutorial: DataLoader, NCHW"

    def __init__(self, folder: Path, weights: Path) -> None:
        command = [sys.executable, str(TUTORIAL), str(folder), str(weights)]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def epoch(self) -> float:
        """Train one epoch and return its seconds."""
        assert self.process.stdin is not None
        self.process.stdin.write("epoch\n")
        self.process.stdin.flush()
        return self._answer()

    def accuracy(self) -> float:
        """Return the share of right answers on the test set, and end the process."""
        assert self.process.stdin is not None
        self.process.stdin.close()
        return self._answer()

    def _answer(self) -> float:
        assert self.process.stdout is not None
        return float(self.process.stdout.readline())


class Ours:
    """`Fit` with all its defaults, its metrics and its history."""

    name = "neurona"

    def __init__(self, net: torch.nn.Module, data: nr.Dataset, epochs: int) -> None:
        self.fit = nr.Fit(net, data, optimizer="adam", lr=RATE, batch=BATCH, epochs=epochs, device="cpu")
        self.epochs = iter(self.fit)

    def epoch(self) -> float:
        """Train one epoch and return its seconds."""
        start = time.perf_counter()
        next(self.epochs)
        return time.perf_counter() - start

    def accuracy(self) -> float:
        """Return the share of right answers on the test set."""
        return self.fit.evaluate(self.fit.data.test)["accuracy"]


def main() -> None:
    """Train, and print medians, their ratio and accuracies."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repeats", type=int, default=5, help="epochs timed, after one that is not")
    repeats = parser.parse_args().repeats
    data = nr.load("mnist", valid=0.0)
    net = Recipe.read("mnist-cnn2").build(data)
    with tempfile.TemporaryDirectory() as folder:
        torchvision_set(data, Path(folder))
        weights = Path(folder) / "weights.pt"
        torch.save(net.state_dict(), weights)
        contenders: list[Ours | Tutorial] = [
            Ours(net, data, repeats + 1),
            Tutorial(Path(folder), Path(folder) / "weights.pt"),
        ]
        seconds = [[contender.epoch() for contender in contenders] for _turn in range(repeats + 1)][1:]
        shares = [contender.accuracy() for contender in contenders]
    print(f"mnist-cnn2, batch {BATCH}: median of {repeats} epochs, {torch.get_num_threads()} threads")
    ours = statistics.median(turn[0] for turn in seconds)
    for number, contender in enumerate(contenders):
        of_one = [turn[number] for turn in seconds]
        median, span = statistics.median(of_one), f"{min(of_one):.2f} to {max(of_one):.2f}"
        print(f"{contender.name:38} {median:7.2f} s ({span})  {median / ours:5.2f} x  test {shares[number]:.4f}")


if __name__ == "__main__":
    main()
