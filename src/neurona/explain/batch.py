"""`Batch`: the samples of one training step together: what each has of the loss and of its gradient, and their mean."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from neurona.explain.explanation import Quantity, Step, Table
from neurona.explain.formula import Formula, number
from neurona.explain.graph import Array
from neurona.explain.made import Made, made_next
from neurona.explain.subject import Subject
from neurona.explain.sums import SPELLED
from neurona.fit.device import may_draw
from neurona.fit.fit import Fit
from neurona.language import _, one_or_many

# Of a batch of at most so many samples, each is taken back by itself.
APART = 128
Place = tuple[int, ...]


@dataclass(frozen=True)
class Batch:
    """A batch and the step on it.

    Attributes:
        rows: which training samples.
        place: which of them is opened in full, from 0.
        made: the step.
        losses: of each sample, `(n,)`; empty where they have none of their own.
        gradients: of each sample, by the name of the parameter, `(n, ...)`; empty where they have none of their own.
        together: whether a sample's outputs depend on the others of its batch.
        drawn: whether random numbers are drawn in a step.
    """

    rows: Sequence[int]
    place: int
    made: Made
    losses: Array
    gradients: Mapping[str, Array]
    together: bool
    drawn: bool

    @staticmethod
    def coming(fit: Fit, subject: Subject, rows: Sequence[int], place: int) -> Batch:
        """Return the batch of these training samples, one of them opened, and the step that `fit` would make on it."""
        x, y = fit.batches.take(torch.tensor(rows))
        together = any(isinstance(module, nn.modules.batchnorm._BatchNorm) for module in fit.net.modules())
        drawn = may_draw(fit.net, fit.task)
        made = made_next(fit, x, y)
        alone = not together and not drawn and made.count == len(rows) <= APART and made.members == 1
        losses, gradients = _apart(fit, subject, x, y) if alone else (np.zeros(0), {})
        return Batch(rows, place, made, losses, gradients, together, drawn)


def _apart(fit: Fit, subject: Subject, x: Tensor, y: Tensor) -> tuple[Array, dict[str, Array]]:
    """Return the loss of each sample and its gradient, in float64."""
    twin = subject.twin()
    own = {id(parameter) for parameter in fit.players[0].parameters}
    names = [name for name, parameter in fit.net.named_parameters() if id(parameter) in own]
    parameters = [twin.get_parameter(name) for name in names]
    losses, found = [], []
    with torch.enable_grad():
        for row in range(len(x)):
            one = x[row : row + 1].cpu()
            loss = subject.loss(twin, one, subject.task.target(one, y[row : row + 1].cpu()))
            found.append(torch.autograd.grad(loss, parameters, materialize_grads=True))
            losses.append(loss.item())
    stacked = {name: torch.stack([each[k] for each in found]).numpy() for k, name in enumerate(names)}
    return np.array(losses), stacked


# ---------------------------------------------------------------------- in words


def of_batch(fit: Fit, batch: Batch) -> Step:
    """Return the step that says what the batch is."""
    text = one_or_many(
        len(batch.rows),
        _("The step that comes next is on a batch of {count} sample: sample {sample}, opened here in full."),
        _("The step that comes next is on a batch of {count} samples; number {place}, sample {sample}, is opened."),
    )
    words = [text.format(count=len(batch.rows), place=batch.place + 1, sample=batch.rows[batch.place])]
    if fit.ended:
        words.append(_("The training has ended: it makes no step any more."))
    if fit.data.augment is not None:
        words.append(_("Training changes pictures at random as it takes them; here they are as they are."))
    if batch.together:
        words.append(_("Batch normalisation looks at the samples of a batch together, in the sample opened as in use."))
    if fit.engine == "compiled" and batch.drawn:
        words.append(_("Dropout draws other units than the step itself will."))
    return Step(" ".join(words))


def batch_loss(batch: Batch) -> Step:
    """Return the step of the loss of the batch: the mean over its samples."""
    text = _("The loss of the batch (B) is the mean over its samples.")
    mean = batch.made.loss_before
    if len(batch.losses) == 0:
        return Step(text, values=(Quantity("B", np.asarray(mean)),), phase="loss")
    line = _mean("B", "J", batch.losses, batch.place, mean)
    return Step(text, (line,), (Quantity("J", batch.losses),), phase="loss")


def mean_step(batch: Batch, gradients: Mapping[str, Array], written: Sequence[tuple[str, Place, str]]) -> Step:
    """Return the step of the gradient of the batch, beside that of the sample that is opened.

    Args:
        batch: it.
        gradients: of the sample, by the names of the parameters.
        written: the weights that are written out: parameter, place, and name.
    """
    lines = [
        _mean(f"dB/d{called}", f"dJ/d{called}", _each(batch, name, place), batch.place, batch.made.means[name][place])
        for name, place, called in written
        if name in batch.gradients
    ]
    rows = tuple(
        (name, number(_length(gradients[name])), number(_length(mean)), _agreement(gradients[name], mean))
        for name, mean in batch.made.means.items()
        if name in gradients
    )
    text = _("The gradient of the batch is the mean over its samples; beside it that of the sample that is opened.")
    if not lines:
        text += " " + _why(batch)
    heads = (_("name"), _("length, this sample"), _("length, batch"), _("cosine between them"))
    return Step(text, tuple(lines), code="loss.backward()", table=Table(heads, rows), phase="backward")


def mean_lines(fit: Fit, made: Made, name: str, place: Place, called: str) -> list[Formula]:
    """Return the line from the gradient of the batch to what the optimizer is given of one weight."""
    options, mean = fit.options, f"dB/d{called}"
    values = {mean: float(made.means[name][place])}
    template = f"{{{mean}}}"
    if made.members != 1:
        template, values["members"] = f"{template} * {{members}}", float(made.members)
    if options.reduction == "sum":
        template, values["n"] = f"{template} * {{n}}", float(made.count)
    if options.l2 and made.before[name].ndim > 1:
        template = f"{template} + {{l2}} * {{{called}}}"
        values |= {"l2": float(options.l2), called: float(made.before[name][place])}
    if options.clip is not None and made.norm + 1e-6 > options.clip:
        template = f"({template}) * {{clip}} / ({{norm}} + 0.000001)"
        values |= {"clip": float(options.clip), "norm": made.norm}
    return [Formula(f"g({called})", template, values, float(made.gradients[name][place]))]


def _mean(left: str, name: str, addends: Array, own: int, mean: float) -> Formula:
    """Return the line of a mean: each addend where they are few, else that of the sample opened and the others' sum."""
    count = len(addends)
    if count > SPELLED:
        others = _("others")
        values = {name: float(addends[own]), others: float(addends.sum() - addends[own]), "n": float(count)}
        return Formula(left, f"({{{name}}} + {{{others}}}) / {{n}}", values, float(mean))
    names = [name if k == own else f"{name}({k + 1})" for k in range(count)]
    template = "(" + " + ".join(f"{{{one}}}" for one in names) + ") / {n}"
    return Formula(left, template, dict(zip(names, addends.tolist(), strict=True)) | {"n": float(count)}, float(mean))


def _each(batch: Batch, name: str, place: Place) -> Array:
    """Return the gradient of one weight for each sample, `(n,)`."""
    return np.array([gradient[place] for gradient in batch.gradients[name]])


def _length(array: Array) -> float:
    return float(np.linalg.norm(array))


def _agreement(one: Array, other: Array) -> str:
    length = _length(one) * _length(other)
    return number(float((one * other).sum()) / length, 3) if length else "-"


def _why(batch: Batch) -> str:
    """Say why the samples have no gradients of their own here."""
    if batch.together:
        return _("Samples have none of their own where batch normalisation looks at all of them together.")
    if batch.drawn:
        return _("Random numbers are drawn in the step, so that those of single samples are not told.")
    if batch.made.members != 1:
        return _("It follows the sum over the nets of the ensemble.")
    if batch.made.count != len(batch.rows):
        return _("The mean is over all steps of the sequences, {count} of them.").format(count=batch.made.count)
    return _("The batch is too large to take each sample back by itself.")
