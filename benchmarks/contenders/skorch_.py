"""skorch: `NeuralNet` over arrays, with no validation split and nothing printed."""

from __future__ import annotations

from typing import Any

from skorch import NeuralNet
from skorch.callbacks import LRScheduler
from torch.optim.lr_scheduler import LambdaLR

from benchmarks.contenders.torch_ import OPTIMIZERS, Orders, criterion, factors, network, settings, take
from benchmarks.setting import Array, Setting


class Skorch:
    """Its `partial_fit`, which does not build the net anew."""

    def __init__(self, setting: Setting) -> None:
        self.setting, self.notes = setting, list[str]()
        self.module = network(setting)
        self.x, self.y = setting.x, setting.y

    def begin(self, epochs: int) -> None:
        """Take the first weights and a new optimizer."""
        setting = self.setting
        callbacks: list[Any] = []
        if not setting.constant:
            callbacks = [LRScheduler(LambdaLR, lr_lambda=factors(setting), step_every="batch")]
        optimizer = {f"optimizer__{key}": value for key, value in settings(setting).items()}
        self.model = NeuralNet(
            take(self.module, setting.weights), criterion=criterion(setting), optimizer=OPTIMIZERS[setting.optimizer],
            **optimizer, batch_size=setting.batch, max_epochs=epochs, train_split=None, callbacks=callbacks, verbose=0,
            iterator_train__sampler=Orders(setting.orders, len(self.x)),
        ).initialize()  # fmt: skip

    def train(self) -> None:
        """Call `partial_fit`."""
        self.model.partial_fit(self.x, self.y)

    def weights(self) -> list[Array]:
        """Return what was learned."""
        return [p.detach().numpy() for p in self.model.module_.parameters()]
