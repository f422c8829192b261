"""Tasks without labels: give the sample back, give it back through a distribution, or make new ones."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from neurona.errors import InputError
from neurona.language import _
from neurona.tasks.task import Numbers, Task


class Reconstruction(Task):
    """The sample itself, through a net that is narrow somewhere: outputs in the shape of the sample.

    With mean squared error outputs are the sample's numbers; with binary cross-entropy they are logits of numbers from
    0 to 1, such as the brightness of pixels.
    """

    name = "reconstruction"
    main = "rmse"
    default_loss = "mse"

    def target(self, x: Tensor, y: Tensor) -> Tensor:
        """Return the samples as the net sees them."""
        return x

    def forward(self, net: nn.Module, x: Tensor, y: Tensor | None = None, player: str = "net") -> Any:
        """Return the reconstruction in the shape of `x`; a net that gives it flat will do."""
        outputs = net(x)
        return outputs.reshape(x.shape) if isinstance(outputs, Tensor) and outputs.numel() == x.numel() else outputs

    def check(self, outputs: Any, y: Tensor) -> None:
        """Raise an `InputError` unless outputs and samples suit each other and the loss."""
        if isinstance(outputs, tuple) and len(outputs) == 3:
            problem = _("The net gives a reconstruction with mean and log-variance of its code.")
            raise InputError(problem, _('Write data.task = "variational".'))
        super().check(outputs, y)
        _require_shares(self.loss_name, y)

    def sums(self, outputs: Any, y: Tensor, player: str = "net") -> Tensor:
        """Return the squared error of each sample, the mean over its numbers, added up."""
        return (self.answer(outputs) - y).square().flatten(1).mean(1).sum()

    def metrics(self, sums: Numbers, n: Numbers) -> dict[str, Numbers]:
        """Return the root mean squared error over all numbers of all samples."""
        return {"rmse": np.sqrt(sums[..., 0] / n)}

    def answer(self, outputs: Any) -> Tensor:
        """Return the reconstruction, `(n, ...)`, in the numbers that the net sees."""
        answer: Tensor = outputs.sigmoid() if self.loss_name == "binary-cross-entropy" else outputs
        return answer


class Generative(Task):
    """A task whose net makes new samples from noise, drawn from N(0, 1)."""

    draws = True

    @abstractmethod
    def noise(self, net: Any) -> int:
        """Return how many numbers of noise `net` makes a sample from."""

    @abstractmethod
    def made(self, net: Any, noise: Tensor) -> Tensor:
        """Return new samples for noise `(n, k)`: `(n, ...)`, in the numbers that the net sees."""


class Variational(Generative):
    """The sample through a distribution over a few latent numbers (Kingma and Welling 2013).

    The loss is the negative of the evidence lower bound (ELBO, equation 7 there), the mean over samples, in nats:
    binary cross-entropy summed over the numbers of a sample, plus the divergence of `N(mu, sigma^2)` from `N(0, 1)`
    summed over the latent numbers, `-1/2 sum(1 + log sigma^2 - mu^2 - sigma^2)`.
    """

    name = "variational"
    main = "elbo"
    default_loss = "binary-cross-entropy"

    def target(self, x: Tensor, y: Tensor) -> Tensor:
        """Return the samples as the net sees them."""
        return x

    def forward(self, net: Any, x: Tensor, y: Tensor | None = None, player: str = "net") -> Any:
        """Return reconstruction, mu and log-variance.

        While a net is trained or judged (`y` is given) the code is drawn from its distribution. An answer is what the
        mean of the distribution stands for, the same each time, where the net has `encode` and `decode`.
        """
        if y is not None or not hasattr(net, "encode"):
            return net(x)
        mu, log_variance = net.encode(x)
        return net.decode(mu), mu, log_variance

    def loss(self, outputs: Any, y: Tensor, player: str = "net") -> Tensor:
        """Return the negative ELBO, the mean over samples."""
        return self._terms(outputs, y).sum(0) / len(y)

    def _terms(self, outputs: Any, y: Tensor) -> Tensor:
        """Return reconstruction term and divergence, each summed over the batch, `(2,)`."""
        logits, mu, log_variance = outputs
        if self.loss_name == "binary-cross-entropy":
            reconstruction = functional.binary_cross_entropy_with_logits(logits.reshape(y.shape), y, reduction="sum")
        else:
            reconstruction = functional.mse_loss(logits.reshape(y.shape), y, reduction="sum") / 2
        divergence = -0.5 * (1 + log_variance - mu.square() - log_variance.exp()).sum()
        return torch.stack((reconstruction, divergence))

    def check(self, outputs: Any, y: Tensor) -> None:
        """Raise an `InputError` unless the net returns logits, mu and log-variance that suit the samples."""
        if not (isinstance(outputs, tuple) and len(outputs) == 3 and all(isinstance(part, Tensor) for part in outputs)):
            problem = _("A variational task needs a net that returns (reconstruction, mu, log variance).")
            raise InputError(problem, _('Write net.kind = "vae".'))
        super().check(outputs[0].reshape(len(y), -1), y.flatten(1))
        _require_shares(self.loss_name, y)

    def sums(self, outputs: Any, y: Tensor, player: str = "net") -> Tensor:
        """Return reconstruction term and divergence, each summed over the batch."""
        return self._terms(outputs, y)

    def metrics(self, sums: Numbers, n: Numbers) -> dict[str, Numbers]:
        """Return both terms of the loss and the ELBO, in nats for each sample."""
        reconstruction, divergence = sums[..., 0] / n, sums[..., 1] / n
        return {"reconstruction": reconstruction, "kl": divergence, "elbo": -reconstruction - divergence}

    def answer(self, outputs: Any) -> Tensor:
        """Return the reconstruction, `(n, ...)`, in the numbers that the net sees."""
        answer: Tensor = outputs[0].sigmoid() if self.loss_name == "binary-cross-entropy" else outputs[0]
        return answer

    def noise(self, net: Any) -> int:
        """Return how many latent numbers `net` has."""
        return int(net.latent)

    def made(self, net: Any, noise: Tensor) -> Tensor:
        """Return what `net` decodes latent numbers `(n, latent)` to."""
        return self.answer((net.decode(noise),))


class Adversarial(Generative):
    """New samples from noise: a generator against a discriminator, turn by turn (Goodfellow and others 2014).

    The discriminator learns to tell real samples from made ones, the generator to have its own taken for real (the
    non-saturating loss of section 3 there). `real` and `fake` are the means of what the discriminator gives to real
    samples and to made ones, as probabilities of being real; at the game's rest both are 0.5.
    """

    name = "adversarial"
    main = "fake"
    default_loss = "binary-cross-entropy"
    players = ("discriminator", "generator")

    def target(self, x: Tensor, y: Tensor) -> Tensor:
        """Return the real samples as the net sees them."""
        return x

    def parameters(self, net: nn.Module, player: str) -> list[nn.Parameter]:
        """Return the parameters of the player's own part of the net."""
        return [p for p in getattr(net, player).parameters() if p.requires_grad]

    def forward(self, net: Any, x: Tensor, y: Tensor | None = None, player: str = "discriminator") -> Any:
        """Return logits of being real: `(2, n, 1)` of real and made samples, or `(1, n, 1)` of made ones.

        Raises:
            InputError: the net does not consist of a generator and a discriminator.
        """
        if not hasattr(net, "generator"):
            problem = _("An adversarial task needs a net with a generator and a discriminator.")
            raise InputError(problem, _('Write net.kind = "gan".'))
        noise = torch.randn(len(x), net.noise, device=x.device, dtype=x.dtype)
        if player == "generator":
            return net.discriminator(net.generator(noise))[None]
        with torch.no_grad():
            made = net.generator(noise)
        return torch.stack((net.discriminator(x), net.discriminator(made)))

    def loss(self, outputs: Any, y: Tensor, player: str = "discriminator") -> Tensor:
        """Return the player's loss, the mean over the batch."""
        if player == "generator":
            return self._loss(outputs[0], torch.ones_like(outputs[0]))
        real, made = outputs
        loss: Tensor = self._loss(real, torch.ones_like(real)) + self._loss(made, torch.zeros_like(made))
        return loss

    def check(self, outputs: Any, y: Tensor) -> None:
        """Raise an `InputError` unless the discriminator gives one logit for each sample."""
        if not isinstance(outputs, Tensor) or outputs.shape[1:] != (len(y), 1):
            problem = _("The discriminator must give one logit for each sample.")
            raise InputError(problem, _('Write net.kind = "gan".'))
        if y.dim() == 4 and _beyond_shares(y):
            problem = _("A generator of pictures makes numbers from 0 to 1, and those of the real ones go beyond.")
            raise InputError(problem, _("Write data.standardise = false."))

    def sums(self, outputs: Any, y: Tensor, player: str = "discriminator") -> Tensor:
        """Return what the discriminator gives to real and made samples, summed; nothing in the generator's turn."""
        logits: Tensor = outputs[:0] if player == "generator" else outputs
        return logits.sigmoid().sum((1, 2))

    def metrics(self, sums: Numbers, n: Numbers) -> dict[str, Numbers]:
        """Return the mean probability of being real that the discriminator gives to real and to made samples."""
        return {"real": sums[..., 0] / n, "fake": sums[..., 1] / n}

    def answer(self, outputs: Any) -> Tensor:
        """Return the probability of being real that the discriminator gives to the samples, `(n, 1)`."""
        answer: Tensor = outputs[0].sigmoid()
        return answer

    def noise(self, net: Any) -> int:
        """Return how many numbers of noise the generator makes a sample from."""
        return int(net.noise)

    def made(self, net: Any, noise: Tensor) -> Tensor:
        """Return what the generator makes of noise `(n, noise)`."""
        made: Tensor = net.generator(noise)
        return made


def _require_shares(loss: str, y: Tensor) -> None:
    if loss == "binary-cross-entropy" and _beyond_shares(y):
        problem = _("Binary cross-entropy needs samples whose numbers go from 0 to 1.")
        raise InputError(problem, _('Write data.standardise = false for pictures, or fit.loss = "mse".'))


def _beyond_shares(y: Tensor) -> bool:
    return bool(y.min() < 0 or y.max() > 1)
