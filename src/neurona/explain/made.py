"""`Made`: a step of a fit, made by PyTorch on a copy of its net."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor, nn

from neurona.explain.graph import Array
from neurona.explain.subject import Subject
from neurona.fit.device import may_draw, threads_for
from neurona.fit.fit import Fit
from neurona.fit.optim import optimizer, remember
from neurona.fit.options import FitOptions
from neurona.fit.stages import Player
from neurona.nets import freezing


@dataclass(frozen=True)
class Made:
    """What a step does.

    Attributes:
        before, after: each parameter by its name, float64.
        means: the gradient of the loss for it, a mean over the batch.
        gradients: what the optimizer is given for it: that, with the penalty, summed or clipped where the fit asks so.
        norm: the length of all of them before clipping.
        count: the samples, or steps of sequences, that the loss is a mean over.
        members: how many nets side by side there are.
        loss_before, loss: of the same samples before the step and after it.
    """

    before: Mapping[str, Array]
    after: Mapping[str, Array]
    means: Mapping[str, Array]
    gradients: Mapping[str, Array]
    norm: float
    count: int
    members: int
    loss_before: float
    loss: float


def made_alone(subject: Subject, fit: Fit, x: Tensor, y: Tensor) -> Made:
    """Make the step on one sample alone, `(1, ...)`, in float64 and as in use.

    A task that draws random numbers draws the same ones each time; see `Subject.loss`.
    """
    twin, player = subject.twin(), fit.players[0]
    with torch.no_grad():
        members = subject.task.members(subject.task.forward(subject.net, x, y, subject.task.players[0]))
    count = int(subject.task.count(y))
    loss = subject.loss(twin, x, y)
    return _made(fit, _player_of(twin, fit, player), player, loss, count, members, lambda: subject.loss(twin, x, y))


def made_next(fit: Fit, x: Tensor, y: Tensor) -> Made:
    """Make the step that `fit` makes next, on the batch `(x, y)` as its net sees it: that of its first player.

    Forward and backward are as in training, with the random numbers that the fit draws next; in float64 where none are
    drawn, else as the fit computes them, for wider ones would be others. The update is in float64.
    """
    player, task = fit.players[0], fit.task
    twin = copy.deepcopy(fit.net)
    patterns, names = fit.stage.options.frozen, [name for name, p in twin.named_parameters() if p.requires_grad]
    if patterns:
        freezing.freeze(twin, freezing.matching(twin, patterns), names)
    freezing.train(twin)
    if not may_draw(fit.net, task) and x.device.type != "mps":
        twin, x, y = twin.double(), _wide(x), _wide(y)
    y = task.target(x, y)

    def forward() -> tuple[Any, Tensor]:
        with fit.random.ahead(), fit.precision():
            outputs = task.forward(twin, x, y, player.name)
            return outputs, task.loss(outputs, y, player.name)

    # On as many threads as the fit, whose sums are added in the same order then.
    with torch.enable_grad(), threads_for(3.0 * fit.forward * fit.batches.size):
        outputs, loss = forward()
        count, members = int(task.count(y)), task.members(outputs)
        return _made(fit, _player_of(twin, fit, player), player, loss, count, members, lambda: forward()[1])


def _wide(x: Tensor) -> Tensor:
    return x.double() if x.is_floating_point() else x


def _player_of(twin: nn.Module, fit: Fit, player: Player) -> Player:
    """Return the player of a copy of the net, with an optimizer that remembers what the fit's does."""
    named = {id(parameter): name for name, parameter in fit.net.named_parameters()}
    parameters = [twin.get_parameter(named[id(parameter)]) for parameter in player.parameters]
    return replace(player, parameters=parameters)


def _made(
    fit: Fit, own: Player, player: Player, loss: Tensor, count: int, members: int, again: Callable[[], Tensor]
) -> Made:
    """Go back from `loss`, and make the update; `again` returns the loss with the weights as they are then."""
    named = {id(parameter): name for name, parameter in fit.net.named_parameters()}
    names = [named[id(parameter)] for parameter in player.parameters]
    parameters = own.parameters
    means = torch.autograd.grad(loss, parameters, retain_graph=True, allow_unused=True)
    given = torch.autograd.grad(own.objective(loss, count, members), parameters, allow_unused=True)
    before = {name: _array(p) for name, p in zip(names, parameters, strict=True)}
    wide = [nn.Parameter(p.detach().double()) for p in parameters]
    for parameter, gradient in zip(wide, given, strict=True):
        parameter.grad = None if gradient is None else gradient.double()
    norm = float(nn.utils.get_total_norm([p.grad for p in wide if p.grad is not None]))
    if fit.stage.options.clip is not None:
        nn.utils.clip_grad_norm_(wide, fit.stage.options.clip)
    gradients = {name: _array(p.grad) for name, p in zip(names, wide, strict=True) if p.grad is not None}
    _optimizer_like(player.optimizer, wide, fit.stage.options).step()
    with torch.no_grad():
        for parameter, new in zip(parameters, wide, strict=True):
            parameter.copy_(new)
        after = {name: _array(new) for name, new in zip(names, wide, strict=True)}
        mean_of = {name: _array(g) for name, g in zip(names, means, strict=True) if g is not None}
        return Made(before, after, mean_of, gradients, norm, count, members, loss.item(), again().item())


def _optimizer_like(
    fitted: torch.optim.Optimizer, parameters: list[nn.Parameter], options: FitOptions
) -> torch.optim.Optimizer:
    """Return an optimizer of `parameters` that remembers what `fitted` does of its own."""
    made = optimizer(parameters, options.model_copy(update={"engine": "torch"}))
    remember(made, fitted.state_dict())
    for group, theirs in zip(made.param_groups, fitted.param_groups, strict=True):
        group["lr"] = float(theirs["lr"])
    return made


def _array(tensor: Tensor) -> Array:
    found: Array = tensor.detach().cpu().double().numpy().copy()
    return found
