"""Tasks with an answer for each step of a sequence: labels, another sequence, or the token that comes next."""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from neurona.data.dataset import PADDING
from neurona.errors import InputError
from neurona.language import _
from neurona.tasks.task import Numbers, Task


class Labelling(Task):
    """One of k classes at each step: k logits for each, softmax. Steps beyond the end of a sequence do not count.

    Accuracy is the share of steps that are right, `exact` the share of sequences in which all are.
    """

    name = "labelling"
    default_loss = "cross-entropy"

    def __init__(self, loss: str | None = None, classes: int = 2) -> None:
        super().__init__(loss)
        self.classes = classes

    def loss(self, outputs: Any, y: Tensor, player: str = "net") -> Tensor:
        """Return the mean cross-entropy over all steps: `outputs` `(n, steps, k)`, `y` `(n, steps)`."""
        return self._loss(outputs.flatten(0, 1), y.flatten())

    def count(self, y: Tensor) -> Tensor:
        """Return how many steps the sequences have, padding left out."""
        return (y != PADDING).sum()

    def _wanted(self, y: Tensor) -> torch.Size:
        return torch.Size((*y.shape, self.classes))

    def sums(self, outputs: Any, y: Tensor, player: str = "net") -> Tensor:
        """Return `[right steps, steps, sequences all right, sequences]`."""
        there = y != PADDING
        right = outputs.argmax(-1) == y
        exact = (right | ~there).all(-1)
        return torch.stack((right.sum(), there.sum(), exact.sum(), exact.new_full((), len(y), dtype=torch.long)))

    def metrics(self, sums: Numbers, n: Numbers) -> dict[str, Numbers]:
        """Return the accuracy of the steps and the share of sequences without a mistake."""
        return {"accuracy": sums[..., 0] / sums[..., 1], "exact": sums[..., 2] / sums[..., 3]}

    def answer(self, outputs: Any) -> Tensor:
        """Return the probability of each class at each step, `(n, steps, k)`."""
        probabilities: Tensor = outputs.softmax(-1)
        return probabilities


class Translation(Labelling):
    """From one sequence to another, of any length, through an encoder and a decoder (Sutskever and others 2014).

    While it trains the decoder is told the right token before each step (teacher forcing); when it is evaluated it goes
    on from what it has written itself, so that loss and metrics of valid and test are those of a net on its own.
    """

    name = "translation"
    main = "exact"

    def forward(self, net: nn.Module, x: Tensor, y: Tensor | None = None, player: str = "net") -> Any:
        """Return logits for each step of the target, `(n, steps, k)`."""
        return net(x, y) if net.training else net(x)


class NextToken(Labelling):
    """Which token comes next, at each place of a text. `bits` is the mean of `-log2 p` of the token that came."""

    name = "next-token"
    main = "bits"

    def forward(self, net: nn.Module, x: Tensor, y: Tensor | None = None, player: str = "net") -> Any:
        """Return logits for the token after each step, `(n, steps, k)`.

        Raises:
            InputError: the net reads backwards too, and so sees the tokens that it is to foretell.
        """
        if any(getattr(module, "bidirectional", False) for module in net.modules()):
            problem = _("it reads backwards too, and so would see the token that it is to foretell.")
            raise InputError(problem, _("Write net.bidirectional = false."))
        return net(x)

    def sums(self, outputs: Any, y: Tensor, player: str = "net") -> Tensor:
        """Return `[right steps, steps, -log p summed over steps]`."""
        nats = functional.cross_entropy(outputs.flatten(0, 1).float(), y.flatten(), reduction="sum")
        there = y != PADDING
        return torch.stack(((outputs.argmax(-1) == y).sum(), there.sum(), nats))

    def metrics(self, sums: Numbers, n: Numbers) -> dict[str, Numbers]:
        """Return the accuracy and the bits for each token."""
        return {"accuracy": sums[..., 0] / sums[..., 1], "bits": sums[..., 2] / sums[..., 1] / math.log(2)}
