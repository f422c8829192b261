"""How weights, activations and gradients of each layer are distributed."""

from __future__ import annotations

from functools import cached_property
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from neurona.data.inputs import Steps, Tokens
from neurona.look.style import thinned
from neurona.studio.arrays import shares
from neurona.studio.views.layers import noted
from neurona.studio.views.view import View
from neurona.studio.views.watched import Watched

# Samples that go through the net forward and backward; of a large net as many as take about so many operations.
SAMPLES, FEWEST, OPERATIONS = 64, 4, 4e9
MOST_LAYERS, BINS = 16, 41
MOST_NUMBERS = 100_000


class Distributions(View):
    """A histogram for each layer with weights: of these, of what leaves it, and of the gradient of the loss by them.

    Activations and gradients are those of the first training samples, with the net as it answers: without dropout, and
    with the means of batch normalisation that it has collected.
    """

    name = "distributions"

    @staticmethod
    def suits(seen: Watched) -> bool:
        """Tell whether the net has weights."""
        return any(p.dim() > 1 for p in seen.net.parameters())

    def described(self) -> dict[str, Any]:
        """Return how many samples activations and gradients are of."""
        return {"samples": self._count}

    @cached_property
    def _count(self) -> int:
        inputs, each = self.seen.data.inputs, 3 * self.seen.fit.forward
        if isinstance(inputs, Tokens | Steps):
            each *= self.seen.data.train.x.shape[1]
        return min(len(self.seen.data.train), SAMPLES, max(FEWEST, int(OPERATIONS / each)))

    def frame(self) -> dict[str, Any]:
        """Return for each layer its name and the histograms of `weights`, `activations` and `gradients`.

        A histogram has `bars`, shares of the highest, from `-reach` to `reach`; mean, standard deviation, and the share
        of numbers that are exactly 0. It is null where there are no such numbers.
        """
        weights = self._weights()
        kept = [list(weights)[i] for i in thinned(len(weights), MOST_LAYERS)]
        with torch.inference_mode(False), torch.enable_grad():
            activations, gradients = self._passed(weights)
        return {
            "layers": [
                {
                    "name": name,
                    "weights": _histogram(weights[name]),
                    "activations": _histogram(activations.get(name, [])),
                    "gradients": _histogram(gradients.get(name, [])),
                }
                for name in kept
            ]
        }

    def _weights(self) -> dict[str, list[nn.Parameter]]:
        """Return the weights of each layer that has any, biases left out, by the name of the layer."""
        found: dict[str, list[nn.Parameter]] = {}
        for name, parameter in self.seen.net.named_parameters():
            if parameter.dim() > 1:
                found.setdefault(name.rpartition(".")[0], []).append(parameter)
        return found

    def _passed(
        self, weights: dict[str, list[nn.Parameter]]
    ) -> tuple[dict[str, list[Tensor]], dict[str, list[Tensor]]]:
        """Return activations and gradients of a batch by layer; nothing of the net or its random numbers changes."""
        fit, net = self.seen.fit, self.seen.net
        for module in net.modules():
            if isinstance(module, nn.RNNBase):
                module.train()  # its own dropout is 0; cuDNN goes backward in this mode alone
        split = fit.data.train
        x = fit.data.inputs.prepare(split.x[: self._count]).to(fit.device)
        y = fit.task.target(x, split.y[: len(x)].to(fit.device))
        gradients: dict[str, list[Tensor]] = {}
        activations: dict[str, list[Tensor]] = {}
        with fit.random.fixed(True):
            for player in fit.task.players:
                with noted(net) as found:
                    loss = fit.task.loss(fit.task.forward(net, x, y, player), y, player)
                activations |= {name: [values] for name, values in found.items() if name not in activations}
                theirs = {id(parameter) for parameter in fit.task.parameters(net, player)}
                mine = {name: [p for p in ps if id(p) in theirs] for name, ps in weights.items()}
                flat = [p for ps in mine.values() for p in ps]
                by_weight = dict(zip(map(id, flat), torch.autograd.grad(loss, flat, allow_unused=True), strict=True))
                for name, ps in mine.items():
                    parts = [by_weight[id(p)] for p in ps]
                    gradients.setdefault(name, []).extend(part for part in parts if part is not None)
        return activations, gradients


def _histogram(parts: list[Any]) -> dict[str, Any] | None:
    """Return how numbers are distributed; of very many every so-manieth."""
    if not parts:
        return None
    whole = torch.cat([part.detach().flatten() for part in parts])
    values = whole[:: max(1, len(whole) // MOST_NUMBERS)].cpu().float().numpy()
    values = values[np.isfinite(values)]
    if not len(values):
        return None
    reach = float(np.abs(values).max())
    bars, _edges = np.histogram(values, BINS, (-reach or -1.0, reach or 1.0))
    return {
        "bars": shares(bars / bars.max()),
        "reach": reach,
        "mean": float(values.mean()),
        "std": float(values.std()),
        "zero": float((values == 0).mean()),
    }
