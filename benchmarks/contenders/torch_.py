"""Plain PyTorch: the loop over tensors in memory, the same over a DataLoader, and that of a tutorial on MNIST."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader, Sampler, TensorDataset

from benchmarks.setting import Array, Cannot, Setting

OPTIMIZERS: dict[str, Any] = {"sgd": torch.optim.SGD, "adam": torch.optim.Adam, "adamw": torch.optim.AdamW}


def network(setting: Setting) -> nn.Sequential:
    """Return the net with its first weights."""
    makers: dict[str, Any] = {
        "linear": nn.Linear, "relu": nn.ReLU, "sigmoid": nn.Sigmoid, "pool": nn.MaxPool2d, "flatten": nn.Flatten,
        "conv": lambda channels, filters, kernel, padding: nn.Conv2d(channels, filters, kernel, padding=padding),
    }  # fmt: skip
    net = nn.Sequential(*(makers[kind](*sizes) for kind, *sizes in setting.layers))
    return take(net, setting.weights)


@torch.no_grad()
def take(net: nn.Sequential, weights: list[Array]) -> nn.Sequential:
    """Give a net its weights."""
    for parameter, given in zip(net.parameters(), weights, strict=True):
        parameter.copy_(torch.tensor(given))
    return net


def settings(setting: Setting) -> dict[str, float]:
    """Return what the optimizer takes beside the rate."""
    momentum = {"momentum": setting.momentum} if setting.optimizer == "sgd" else {}
    return {"lr": float(setting.rates[0]), "weight_decay": setting.weight_decay, **momentum}


def criterion(setting: Setting) -> nn.Module:
    """Return the loss that is minimised."""
    if setting.loss == "mse":
        return nn.MSELoss()
    return nn.CrossEntropyLoss(reduction="sum" if setting.summed else "mean")


def factors(setting: Setting) -> Any:
    """Return what the learning rate of a step is, as a multiple of the first one."""
    rates = setting.rates / setting.rates[0]
    return lambda step: float(rates[min(step, len(rates) - 1)])


class Orders(Sampler[int]):
    """The order of the samples that all contenders share, epoch after epoch."""

    def __init__(self, orders: Array, count: int) -> None:
        self.orders = orders if orders.shape[1] else np.tile(np.arange(count), (1, 1))
        self.count, self.epoch = count, 0

    def __len__(self) -> int:
        return self.count

    def __iter__(self) -> Iterator[int]:
        order = self.orders[self.epoch % len(self.orders)]
        self.epoch += 1
        return iter(order.tolist())


class OverTensors:
    """Samples are tensors in memory, and a batch is picked by its rows."""

    def __init__(self, setting: Setting) -> None:
        self.setting, self.notes = setting, list[str]()
        self.net, self.loss_of = network(setting), criterion(setting)
        self.x, self.y = torch.from_numpy(setting.x), torch.from_numpy(setting.y)
        self.orders = torch.from_numpy(setting.orders)

    def begin(self, epochs: int) -> None:
        """Take the first weights and a new optimizer."""
        self.epochs, self.rates = epochs, iter(self.setting.rates.tolist())
        take(self.net, self.setting.weights)
        self.optimizer = OPTIMIZERS[self.setting.optimizer](self.net.parameters(), **settings(self.setting))

    def train(self) -> None:
        """Go over the batches."""
        self.net.train()
        for epoch in range(self.epochs):
            for x, y in self._batches(epoch):
                self._step(x, y)

    def _batches(self, epoch: int) -> Iterator[tuple[Tensor, Tensor]]:
        if self.setting.full:
            yield self.x, self.y
            return
        for rows in self.orders[epoch].split(self.setting.batch):
            yield self.x[rows], self.y[rows]

    def _step(self, x: Tensor, y: Tensor) -> None:
        if not self.setting.constant:
            rate = next(self.rates)
            for group in self.optimizer.param_groups:
                group["lr"] = rate
        self.optimizer.zero_grad()
        self.loss_of(self.net(x), y).backward()
        self.optimizer.step()

    def weights(self) -> list[Array]:
        """Return what was learned."""
        return [p.detach().numpy() for p in self.net.parameters()]


class OverLoader(OverTensors):
    """Samples come from a DataLoader over a TensorDataset, in this process."""

    def begin(self, epochs: int) -> None:
        """Take the first weights, a new optimizer and a new loader."""
        super().begin(epochs)
        sampler = Orders(self.setting.orders, len(self.x))
        self.loader = DataLoader(TensorDataset(self.x, self.y), batch_size=self.setting.batch, sampler=sampler)

    def _batches(self, epoch: int) -> Iterator[tuple[Tensor, Tensor]]:
        yield from self.loader


class Tutorial(OverTensors):
    """Pictures come from torchvision's MNIST with `ToTensor`, as tutorials have it."""

    def __init__(self, setting: Setting) -> None:
        if not (setting.folder / "MNIST").exists():
            raise Cannot("The samples are no pictures.")
        super().__init__(setting)
        from torchvision.datasets import MNIST
        from torchvision.transforms import ToTensor

        self.pictures = MNIST(str(setting.folder), transform=ToTensor())
        self.flatten = not setting.convolutional

    def begin(self, epochs: int) -> None:
        """Take the first weights, a new optimizer and a new loader."""
        super().begin(epochs)
        sampler = Orders(self.setting.orders, len(self.pictures))
        self.loader = DataLoader(self.pictures, batch_size=self.setting.batch, sampler=sampler)

    def _batches(self, epoch: int) -> Iterator[tuple[Tensor, Tensor]]:
        for x, y in self.loader:
            x = x.flatten(1) if self.flatten else x
            yield x, x if self.setting.loss == "mse" else y
