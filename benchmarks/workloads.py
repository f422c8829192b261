"""The workloads: which part of which recipe is timed, and what it asks of a machine."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

import neurona as nr
from benchmarks.setting import Array, Setting
from neurona.fit.optim import learning_rate
from neurona.fit.schedule import factor
from neurona.recipe import Recipe

PLAIN = ("net.hidden=[100]", "net.activation=relu", "fit.optimizer=sgd", "fit.lr=0.1", "fit.schedule=constant",
         "fit.weight_decay=0", "fit.epochs=5", "data.valid=0.0")  # fmt: skip


@dataclass(frozen=True)
class Workload:
    """The first epochs of a recipe.

    Attributes:
        name: by which it is asked for.
        title: what is trained, in a line.
        recipe, changes: the recipe, and what is changed in it.
        epochs: how many of its epochs are timed.
        part: how many of them contenders of much Python train; their time is counted up.
    """

    name: str
    title: str
    recipe: str
    epochs: int
    part: int
    changes: tuple[str, ...] = ()

    def brief(self) -> Workload:
        """Return a workload of a few steps, for a look whether all works."""
        epochs = min(self.epochs, 100 if self.recipe == "moons" else 2)
        changes = (*self.changes, "data.samples=2000") if self.recipe.startswith("mnist") else self.changes
        return Workload(self.name, self.title, self.recipe, epochs, min(self.part, epochs), changes)


WORKLOADS = {
    one.name: one
    for one in (
        Workload("moons", "2-5-2 sigmoid, 200 samples, full batch, SGD", "moons", 20_000, 500),
        Workload("spiral", "2-100-3 ReLU, 1,050 samples, batch 32, Adam, cosine", "spiral", 100, 10),
        Workload("wine", "13-5-5-5-3 ReLU, 124 samples, batch 16, momentum", "wine", 60, 20),
        Workload("mnist", "784-100-10 ReLU, 60,000 pictures, batch 64, SGD", "mnist-mlp", 1, 1, PLAIN),
        Workload("mnist-mlp", "784-256-10 sigmoid, 48,000 pictures, batch 64, AdamW, one-cycle", "mnist-mlp", 1, 1),
        Workload("mnist-deep", "784-100-50-10 ReLU, 54,001 pictures, batch 64, SGD", "mnist-deep", 1, 1,
                 ("net.hidden=[100,50]",)),
        Workload("mnist-autoencoder", "784-128-128-128-784 ReLU, 54,001 pictures, batch 128, Adam",
                 "mnist-autoencoder", 1, 1),
        Workload("mnist-cnn2", "conv 16 and 32 @5x5, 12,000 of the 60,000 pictures, batch 100, Adam, one-cycle",
                 "mnist-cnn2", 1, 1, ("data.samples=12000", "data.valid=0.0")),
    )
}  # fmt: skip


class Prepared:
    """A workload with its data and its net: the folder of its setting, and the loss of any weights.

    Args:
        workload: to be loaded.
        folder: an empty directory for the arrays.

    Raises:
        InputError: the data are not at hand.
    """

    def __init__(self, workload: Workload, folder: Path) -> None:
        self.workload, self.folder = workload, folder
        recipe = Recipe.read(workload.recipe, list(workload.changes))
        self.data = recipe.load()
        self.net = recipe.build(self.data).eval()
        options, train = recipe.fit, self.data.train
        self.x = self.data.inputs.prepare(train.x)
        self.batch = options.batch_of(len(train))
        self.steps = -(-len(train) // self.batch)
        rates = [learning_rate(options) * factor(options, i, self.steps) for i in range(workload.epochs * self.steps)]
        generator = torch.Generator().manual_seed(options.seed)  # the order that `Fit` draws
        orders = [torch.randperm(len(train), generator=generator) for _ in range(workload.epochs)]
        self.setting = Setting(
            workload.name, workload.recipe, workload.changes, tuple(_layers(self.net)),
            "mse" if self.data.task == "reconstruction" else "cross-entropy", options.optimizer,
            options.momentum or 0.0, options.weight_decay, options.reduction == "sum", self.batch, workload.epochs,
            workload.part, folder,
        )  # fmt: skip
        x = self.x if self.setting.convolutional else self.x.flatten(1)
        self.setting.write(
            x.contiguous().numpy(),
            x.flatten(1).numpy() if self.setting.loss == "mse" else train.y.numpy(),
            [p.detach().numpy() for p in self.net.parameters()],
            np.zeros((workload.epochs, 0)) if self.batch >= len(train) else torch.stack(orders).numpy(),
            np.array(rates),
        )
        if self.data.train.x.dtype == torch.uint8:
            write_idx(self.data, folder)

    @torch.no_grad()
    def loss(self, weights: Sequence[Array]) -> float:
        """Return the loss of the net with these weights over all training samples."""
        for parameter, given in zip(self.net.parameters(), weights, strict=True):
            parameter.copy_(torch.tensor(given))
        total = 0.0
        for x, y in zip(self.x.split(1000), self.data.train.y.split(1000), strict=True):
            total += self._loss(self.net(x), x, y) * len(x)
        return total / len(self.x)

    def _loss(self, outputs: Tensor, x: Tensor, y: Tensor) -> float:
        if self.setting.loss == "mse":
            return nn.functional.mse_loss(outputs, x).item()
        return nn.functional.cross_entropy(outputs, y).item()

    @property
    def operations(self) -> float:
        """Floating-point operations of the products and convolutions of the timed epochs.

        2 for each weight and place that it is used at, forward; as many for its gradient; as many for what goes back,
        but for the first layer, behind which nothing learns.
        """
        forward = [2.0 * uses for _kind, uses in products(self.setting)]
        return (3 * sum(forward) - forward[0]) * len(self.x) * self.workload.epochs

    @property
    def bytes_moved(self) -> float:
        """Bytes that the timed epochs read and write at least, float32.

        Each sample once; in each step the weights forward and back, the gradient twice (written, read), weights and
        what the optimizer remembers twice (read, written).
        """
        weights = sum(p.numel() for p in self.net.parameters())
        memory = {"sgd": 1 if self.setting.momentum else 0}.get(self.setting.optimizer, 2)
        each_step = 4.0 * weights * (2 + 2 + 2 * (1 + memory))
        return self.workload.epochs * (4.0 * self.x.numel() + self.steps * each_step)


def products(setting: Setting) -> list[tuple[str, int]]:
    """Return "conv" or "linear" and the multiplications for a sample, forward, of each layer that has weights."""
    found, side = [], setting.x.shape[-1]
    for kind, *sizes in setting.layers:
        if kind == "linear":
            found.append((kind, sizes[0] * sizes[1]))
        elif kind == "conv":
            side = side + 2 * sizes[3] - sizes[2] + 1
            found.append((kind, sizes[0] * sizes[1] * sizes[2] ** 2 * side**2))
        elif kind == "pool":
            side //= sizes[0]
    return found


def write_idx(data: nr.Dataset, folder: Path) -> None:
    """Write the training pictures as the files that torchvision's MNIST reads from `folder`."""
    raw = folder / "MNIST" / "raw"
    raw.mkdir(parents=True)
    for part, split in (("train", data.train), ("t10k", data.test)):
        images, labels = split.x.squeeze(1).contiguous(), split.y.flatten().to(torch.uint8)
        header = struct.pack(">4i", 0x803, *images.shape)
        (raw / f"{part}-images-idx3-ubyte").write_bytes(header + images.numpy().tobytes())
        header = struct.pack(">2i", 0x801, len(labels))
        (raw / f"{part}-labels-idx1-ubyte").write_bytes(header + labels.numpy().tobytes())


def _layers(net: nn.Module) -> list[tuple[str | int, ...]]:
    """Return the layers of a chain in words; see `Setting.layers`."""
    found: list[tuple[str | int, ...]] = []
    for module in net.modules():
        match module:
            case nn.Linear():
                found.append(("linear", module.in_features, module.out_features))
            case nn.Conv2d():
                padding = module.padding[0]
                assert not isinstance(padding, str)
                found.append(("conv", module.in_channels, module.out_channels, module.kernel_size[0], padding))
            case nn.MaxPool2d():
                found.append(("pool", int(str(module.kernel_size))))
            case nn.ReLU() | nn.Sigmoid() | nn.Flatten():
                found.append((type(module).__name__.lower(),))
    return found
