"""`Ground`: what a net is trained on, the samples, or its head, the features that a frozen trunk makes of them."""

from __future__ import annotations

import torch
from torch import nn

from neurona.data.dataset import Dataset, Split
from neurona.data.inputs import Inputs
from neurona.fit.batches import Batches, batch_size
from neurona.fit.device import Randomness, operations
from neurona.fit.features import Features, keep
from neurona.fit.options import FitOptions


class Ground:
    """What a net is trained on: the samples at first.

    Args:
        net: on its device.
        data: the samples.
        options: of the fit.
        random: whose generator draws the order.
        memory_format: how pictures lie in memory.

    Attributes:
        batches: of the training samples, or of their features.
        features: those that are kept; None on the samples themselves.
        due: whether features are to be kept before the net trains.
    """

    def __init__(
        self, net: nn.Module, data: Dataset, options: FitOptions, random: Randomness, memory_format: torch.memory_format
    ) -> None:
        self.net, self.data, self.options, self.random, self.memory_format = net, data, options, random, memory_format
        self.features: Features | None = None
        self.due = False
        self.batches = self._made(data, warn=True)

    @property
    def learner(self) -> nn.Module:
        """The net, or the part of it that learns from features."""
        return self.features.head if self.features else self.net

    def of(self, split: Split) -> tuple[nn.Module, Inputs, Split]:
        """Return what answers for a split, how that sees samples, and the samples: features where they are kept."""
        if self.features and (kept := self.features.of(split)):
            return self.features.head, self.features.data.inputs, kept
        return self.net, self.data.inputs, split

    def operations(self, whole: float) -> float:
        """Return the floating-point operations of a step: of the forward pass once forward and twice backward.

        Args:
            whole: those of a forward pass of the net for one sample.
        """
        each = operations(self.learner, self.features.data.train.x[:1]) if self.features else whole
        return 3.0 * each * self.batches.size

    def enter(self, *, keeps: bool) -> None:
        """Go back to the samples themselves; where a stage `keeps` features, they are due."""
        self.due = keeps
        if self.features:
            self.features = None
            self.batches = self._made(self.data, warn=False)

    def keep(self) -> None:
        """Go on with the features of the net's trunk, which is frozen; after a restart they are the same again."""
        self.due = False
        self.features = keep(self.net, self.data, self.options.views, self.random.device, self.memory_format)
        if self.features:
            self.batches = self._made(self.features.data, warn=False)

    def _made(self, data: Dataset, *, warn: bool) -> Batches:
        norm = any(isinstance(module, nn.modules.batchnorm._BatchNorm) for module in self.net.modules())
        size = batch_size(self.options, len(data.train), norm=norm, warn=warn)
        order, form = self.random.order, self.memory_format
        return Batches(data, size, self.random.device, order, skip_single=norm, memory_format=form)
