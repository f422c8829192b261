"""What goes on inside a recurrent net: the states and gates of its layers, and how far back its gradient reaches."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor, nn

from neurona.data.dataset import PADDING as NO_ANSWER
from neurona.data.inputs import Steps, Tokens
from neurona.data.tokens import PADDING as NO_TOKEN
from neurona.errors import InputError
from neurona.language import _
from neurona.nets import LinearRecurrent, Recurrent
from neurona.nets.unrolled import Unrolled, unrolled
from neurona.tasks import Task

if TYPE_CHECKING:
    from neurona.run import Run

KEPT_THROUGH_TIME = ("hidden", "cell")
"""What a layer hands on from step to step."""


def reader(net: nn.Module) -> Recurrent | None:
    """Return the recurrent layers that read the samples (of an encoder-decoder the encoder's), if a net has any."""
    found = next((module for module in net.modules() if isinstance(module, Recurrent)), None)
    return None if found is not None and getattr(net, "decoder", None) is found else found


def steps(x: Tensor, inputs: Tokens | Steps) -> Tensor:
    """Return how many steps each sample has, `(n,)`, padding left out."""
    there = x != NO_TOKEN if isinstance(inputs, Tokens) else ~x.isnan().any(-1)
    return there.sum(1)


def read(net: nn.Module, task: Task, x: Tensor) -> list[dict[str, Tensor]]:
    """Return what each layer computes, forwards, while it reads samples.

    Args:
        net: with recurrent layers that read the samples.
        task: that it was trained for.
        x: samples as the net sees them.

    Returns:
        For each layer the states and gates by name, `(n, t, hidden)` each; see `nets.unrolled.Unrolled`.
    """
    copy = unrolled(net).eval()
    with torch.no_grad():
        task.forward(copy, x)
    return [{name: torch.stack(kept, 1) for name, kept in layer.kept.items()} for layer in _forwards(copy)]


def gradients_through_time(net: nn.Module, task: Task, x: Tensor, y: Tensor) -> list[dict[str, Tensor]]:
    """Return how strongly the loss of a sample depends on what each layer holds at each step.

    It is the norm of the derivative of one sample's loss by the hidden state (of an LSTM also by the cell), the mean
    over the samples. Where each step has an answer, the loss is that of the last one alone.

    Args:
        net: with recurrent layers that read the samples.
        task: that it is trained for.
        x: samples as the net sees them, all of the same number of steps.
        y: what is known of them.

    Returns:
        For each layer "hidden" and, of an LSTM, "cell", `(t,)` each.
    """
    copy = unrolled(net).eval().requires_grad_(True)
    if task.name in ("labelling", "next-token"):
        y = last_alone(y)
    whole = task.loss(task.forward(copy, x, y), y) * task.count(y)
    found = []
    for layer in _forwards(copy):
        kept = {name: layer.kept[name] for name in KEPT_THROUGH_TIME if name in layer.kept}
        by_step = {name: torch.autograd.grad(whole, states, retain_graph=True) for name, states in kept.items()}
        found.append({name: torch.stack(parts).norm(dim=-1).mean(1) for name, parts in by_step.items()})
    return found


def _forwards(copy: nn.Module) -> list[Unrolled]:
    layers = reader(copy)
    return [layer for layer in layers.forwards if isinstance(layer, Unrolled)] if layers is not None else []


def last_alone(y: Tensor) -> Tensor:
    """Return targets `(n, t)` of which only the last step before the padding counts."""
    last = (y != NO_ANSWER).sum(1, keepdim=True) - 1
    return y.where(torch.arange(y.shape[1]) == last, NO_ANSWER)


def powers(radius: float, count: int, size: int = 20, seed: int = 0) -> np.ndarray:
    """Return the spectral norms of `W, W^2, ..., W^count`, `(count,)`, for a random matrix W.

    Between two states of a linear recurrent net m steps apart lies `ds_t / ds_(t-m) = W^m`. W has normal entries, and
    is scaled so that its largest eigenvalue has the absolute value `radius`, its spectral radius; the norms grow or
    fall like `radius^m` in the end (Gelfand's formula).

    Args:
        radius: the spectral radius.
        count: how many powers.
        size: rows and columns of W.
        seed: of its entries.
    """
    entries = np.random.default_rng(seed).normal(size=(size, size))
    matrix = entries * radius / np.abs(np.linalg.eigvals(entries)).max()
    return np.array([np.linalg.norm(np.linalg.matrix_power(matrix, m), 2) for m in range(1, count + 1)])


def counting(run: Run) -> float:
    """Return the largest distance of the weights U and W of a linear recurrent unit from 1, with which it counts.

    Raises:
        InputError: the run holds another net.
    """
    net = run.net()
    if not isinstance(net, LinearRecurrent):
        raise InputError(_("{path} holds no linear recurrent unit.").format(path=run.path))
    return max(abs(float(weight) - 1) for weight in (net.u.detach(), net.w.detach()))
