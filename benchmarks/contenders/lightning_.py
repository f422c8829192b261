"""Lightning: a `Trainer` in its bare mode, which leaves out logging, checkpoints, progress bar and sanity checks."""

from __future__ import annotations

import logging
import warnings
from typing import Any

import torch
from lightning import LightningModule, Trainer
from torch import Tensor
from torch.optim.lr_scheduler import LambdaLR
from torch.utils.data import DataLoader, TensorDataset

from benchmarks.contenders.torch_ import OPTIMIZERS, Orders, criterion, factors, network, settings, take
from benchmarks.setting import Array, Setting

logging.getLogger("lightning.pytorch").setLevel(logging.ERROR)
warnings.filterwarnings("ignore", module="lightning")


class Module(LightningModule):  # type: ignore[misc]
    """The net, its loss and its optimizer."""

    def __init__(self, setting: Setting) -> None:
        super().__init__()
        self.setting, self.net, self.loss_of = setting, network(setting), criterion(setting)

    def training_step(self, batch: tuple[Tensor, Tensor], number: int) -> Tensor:
        """Return the loss of a batch."""
        x, y = batch
        loss: Tensor = self.loss_of(self.net(x), y)
        return loss

    def configure_optimizers(self) -> Any:
        """Return the optimizer, and the schedule where there is one."""
        optimizer = OPTIMIZERS[self.setting.optimizer](self.net.parameters(), **settings(self.setting))
        if self.setting.constant:
            return optimizer
        schedule = LambdaLR(optimizer, factors(self.setting))
        return [optimizer], [{"scheduler": schedule, "interval": "step"}]


class Lightning:
    """`Trainer.fit` over a DataLoader of tensors."""

    def __init__(self, setting: Setting) -> None:
        self.setting, self.notes = setting, list[str]()
        self.module = Module(setting)
        self.samples = TensorDataset(torch.from_numpy(setting.x), torch.from_numpy(setting.y))

    def begin(self, epochs: int) -> None:
        """Take the first weights and a new trainer."""
        take(self.module.net, self.setting.weights)
        sampler = Orders(self.setting.orders, len(self.samples))
        self.loader = DataLoader(self.samples, batch_size=self.setting.batch, sampler=sampler)
        self.trainer = Trainer(
            max_epochs=epochs, accelerator="cpu", devices=1, barebones=True, use_distributed_sampler=False
        )

    def train(self) -> None:
        """Call `fit`."""
        self.trainer.fit(self.module, self.loader)

    def weights(self) -> list[Array]:
        """Return what was learned."""
        return [p.detach().numpy() for p in self.module.net.parameters()]
