"""One training step of a fit on a single sample: forward, loss, clear gradients, backward, step."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor, nn

from neurona.explain.calls import at
from neurona.explain.explanation import Explanation, Quantity, Step, Table
from neurona.explain.formula import Formula, number
from neurona.explain.graph import Array
from neurona.explain.subject import Subject
from neurona.explain.trained import against_torch, of_sample, opened
from neurona.explain.updates import Weight, update_lines
from neurona.fit.loop import Fit
from neurona.fit.optim import optimizer, remember
from neurona.fit.options import FitOptions
from neurona.language import _, one_or_many

# So many parameters have an update that is written out, in the order of the net; all are in the table.
WRITTEN = 8
CALM = (nn.modules.dropout._DropoutNd, nn.modules.batchnorm._BatchNorm)


@dataclass(frozen=True)
class Update:
    """What a step on one sample does.

    Attributes:
        before, after: each parameter by its name, float64.
        gradients: what the optimizer is given for it.
        members: how many nets side by side there are.
        loss: after the step.
    """

    before: Mapping[str, Array]
    after: Mapping[str, Array]
    gradients: Mapping[str, Array]
    members: int
    loss: float


def explain_step(fit: Fit, sample: int, name: str, kind: str) -> Explanation:
    """Open the step that `fit` would make now on one training sample alone. Nothing of the fit changes.

    Args:
        fit: as far as it has trained; its optimizer's memory and learning rate are those of its next step.
        sample: which sample of the training data, from 0.
        name: of the recipe.
        kind: of the net, as the recipe says; "" for one of the user's own.

    Raises:
        InputError: there is no such sample, or a part of the net cannot be opened.
    """
    subject = Subject.of_fit(fit, name, kind)
    x, y = subject.sample(sample, "train")
    steps, graph, gradients, labels = opened(subject, x, y)
    back = next((place for place, step in enumerate(steps) if step.phase == "backward"), len(steps))
    loss, update = graph.root.value.item(), _updated(subject, fit, x, y)
    every = [
        _alone(subject, of_sample(subject, x, y)),
        *steps[:back],
        _cleared(gradients),
        *steps[back:],
        _step(fit, update, labels),
        _again(loss, update.loss),
        against_torch(subject, loss, gradients, x, y),
    ]
    words = _("{run}: one training step on sample {number}").format(run=name, number=sample)
    return Explanation(name, words, tuple(every), graph, {})


def _alone(subject: Subject, step: Step) -> Step:
    text = step.text + " " + _("The step is made on this sample alone; a batch would take the mean of its gradients.")
    if any(isinstance(module, CALM) for module in subject.net.modules()):
        text += " " + _("Dropout and batch normalisation are as in use.")
    return replace(step, text=text)


def _cleared(gradients: Mapping[str, Array]) -> Step:
    count = len(gradients)
    text = one_or_many(
        count,
        _("That of {count} parameter is set to nothing, for backward adds to what is there."),
        _("Those of {count} parameters are set to nothing, for backward adds to what is there."),
    )
    return Step(text.format(count=count), code="optimizer.zero_grad()", phase="clear")


# ---------------------------------------------------------------------- the update, by PyTorch


def _updated(subject: Subject, fit: Fit, x: Tensor, y: Tensor) -> Update:
    """Let PyTorch's optimizer make the step on a copy of the net in float64."""
    twin, player = subject.twin(), fit.players[0]
    learned = {id(parameter) for parameter in player.parameters}
    names = [name for name, parameter in fit.net.named_parameters() if id(parameter) in learned]
    parameters = [twin.get_parameter(name) for name in names]
    chosen = _optimizer_like(player.optimizer, parameters, fit.options)
    with torch.no_grad():
        members = subject.task.members(subject.task.forward(subject.net, x, y, subject.task.players[0]))
    loss = subject.loss(twin, x, y) * members  # the objective of `Fit`, for a single sample
    if fit.options.l2:
        loss = loss + fit.options.l2 / 2 * sum(w.square().sum() for w in parameters if w.dim() > 1)
    loss.backward()
    if fit.options.clip is not None:
        nn.utils.clip_grad_norm_(parameters, fit.options.clip)
    before = {name: _array(parameter) for name, parameter in zip(names, parameters, strict=True)}
    gradients = {name: _array(p.grad) for name, p in zip(names, parameters, strict=True) if p.grad is not None}
    chosen.step()
    after = {name: _array(parameter) for name, parameter in zip(names, parameters, strict=True)}
    with torch.no_grad():
        return Update(before, after, gradients, members, subject.loss(twin, x, y).item())


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


# ---------------------------------------------------------------------- in words


def _step(fit: Fit, update: Update, labels: Mapping[str, str]) -> Step:
    """Return the step of the update: written out for the number of each parameter whose gradient is largest."""
    lines: list[Formula] = []
    plain = fit.options.clip is None and not fit.options.l2 and update.members == 1
    for name in list(update.gradients)[:WRITTEN]:
        lines += _lines(fit, update, name, labels.get(name, name), plain)
    rows = tuple(
        (name, _length(update.gradients[name]), _length(update.after[name] - update.before[name]), _length(before))
        for name, before in update.before.items()
        if name in update.gradients
    )
    text = _("The optimizer ({optimizer}) changes each parameter by its gradient; written out where that is largest.")
    heads = (_("name"), _("length of the gradient"), _("length of the change"), _("length before"))
    return Step(
        text.format(optimizer=fit.options.optimizer),
        tuple(lines),
        code="optimizer.step()",
        table=Table(heads, rows),
        phase="step",
    )


def _lines(fit: Fit, update: Update, name: str, label: str, plain: bool) -> list[Formula]:
    before, after, gradient = update.before[name], update.after[name], update.gradients[name]
    place = tuple(int(i) for i in np.unravel_index(np.abs(gradient).argmax(), before.shape))
    player = fit.players[0]
    parameter = fit.net.get_parameter(name)
    state = {
        key: float(value if value.dim() == 0 else value[place])
        for key, value in player.optimizer.state.get(parameter, {}).items()
        if isinstance(value, Tensor)
    }
    called = at(name, place) if label == name else f"{label}_{','.join(str(i + 1) for i in place)}"
    weight = Weight(
        called,
        float(before[place]),
        float(after[place]),
        float(gradient[place]),
        f"dJ/d{called}" if plain else f"g({called})",
        player.optimizer.param_groups[0],
        state,
    )
    return [replace(line, node=label, backward=True) for line in update_lines(player.optimizer, weight)]


def _length(array: Array) -> str:
    return number(float(np.linalg.norm(array)))


def _again(before: float, after: float) -> Step:
    text = _("Forward again: the loss of this sample with the new weights.")
    change = Formula(_("change"), "{J_after} - {J}", {"J_after": after, "J": before}, after - before)
    return Step(text, (change,), (Quantity("J", np.asarray(before)), Quantity("J_after", np.asarray(after))))
