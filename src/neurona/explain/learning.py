"""One training step of a fit, on a sample or a batch: forward, loss, clear gradients, backward, step."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
from torch import Tensor, nn

from neurona.data.split_names import split_name
from neurona.errors import InputError
from neurona.explain.batch import Batch, batch_loss, mean_lines, mean_step, of_batch
from neurona.explain.calls import at
from neurona.explain.explanation import Explanation, Quantity, Step, Table
from neurona.explain.formula import Formula, number
from neurona.explain.graph import Array
from neurona.explain.made import Made, made_alone
from neurona.explain.subject import Subject
from neurona.explain.trained import Opened, against_torch, of_sample, opened
from neurona.explain.updates import Weight, update_lines
from neurona.fit.fit import Fit
from neurona.language import _, one_or_many

# So many parameters have an update that is written out, in the order of the net; all are in the table.
WRITTEN = 8
CALM = (nn.modules.dropout._DropoutNd, nn.modules.batchnorm._BatchNorm)


def explain_step(
    fit: Fit, sample: int, name: str, kind: str, *, split: str = "train", row: Tensor | None = None
) -> Explanation:
    """Open the step that `fit` would make now on one sample alone. Nothing of the fit changes.

    Args:
        fit: as far as it has trained; its optimizer's memory and learning rate are those of its next step.
        sample: which sample, from 0.
        name: of the recipe.
        kind: of the net, as the recipe says; "" for one of the user's own.
        split: whose sample it is; training itself sees those of "train" alone.
        row: encoded values, `(1, ...)`, that stand in place of the sample's own; what is right stays.

    Raises:
        InputError: there is no such sample, or a part of the net cannot be opened.
    """
    subject = Subject.of_fit(fit, name, kind)
    x, y = subject.sample(sample, split, row)
    found, made = opened(subject, x, y), made_alone(subject, fit, x, y)
    first = _alone(subject, of_sample(subject, x, y), split, changed=row is not None)
    last = (
        _step(fit, made, found[3]),
        _again(found[1].root.value.item(), made.loss),
        against_torch(subject, *_numbers(found), x, y),
    )
    if split == "train":
        words = _("{run}: one training step on sample {number}").format(run=name, number=sample)
    else:
        words = _("{run}: a training step as it would be on sample {number} of {split}")
        words = words.format(run=name, number=sample, split=split_name(split))
    return Explanation(name, words, (first, *_through(found), *last), found[1], {})


def explain_next(fit: Fit, sample: int | None, name: str, kind: str) -> Explanation:
    """Open the step that `fit` makes next, on a whole batch: one sample of it in full, beside the mean over all.

    Args:
        fit: see `explain_step`.
        sample: which training sample of the batch is opened; None, or one that is not in it, for the first.
        name: of the recipe.
        kind: of the net.

    Returns:
        The explanation; its `inputs` hold the batch, `rows`, and the `sample`.

    Raises:
        InputError: a part of the net cannot be opened, or the fit trains on kept features of a frozen trunk.
    """
    if fit.features or fit.stage.keeps:
        problem = _("The steps of this fit are on what its frozen trunk makes of the pictures, kept in memory.")
        raise InputError(problem, _("Walk the step of one sample."))
    subject, rows = Subject.of_fit(fit, name, kind), fit.coming().tolist()
    sample = rows[0] if sample is None or sample not in rows else sample
    x, y = subject.sample(sample, "train")
    found, batch = opened(subject, x, y), Batch.coming(fit, subject, rows, rows.index(sample))
    made, (_steps, _graph, gradients, labels) = batch.made, found
    through = _through(found)
    back = max((place for place, step in enumerate(through) if step.phase == "loss"), default=0) + 1
    every = (
        of_batch(fit, batch),
        of_sample(subject, x, y),
        *through[:back],
        batch_loss(batch),
        *through[back:],
        mean_step(batch, gradients, _written(made, labels)),
        _step(fit, made, labels, batch),
        _again(made.loss_before, made.loss, batch=True),
        against_torch(subject, *_numbers(found), x, y),
    )
    count = len(rows)
    title = one_or_many(
        count,
        _("{run}: the next training step, on a batch of {count} sample"),
        _("{run}: the next training step, on a batch of {count} samples"),
    )
    return Explanation(name, title.format(run=name, count=count), every, found[1], {"rows": rows, "sample": sample})


def _numbers(found: Opened) -> tuple[float, dict[str, Array]]:
    return found[1].root.value.item(), found[2]


def _through(found: Opened) -> list[Step]:
    """Return the steps of one sample, with the one that clears the gradients where the loop has it."""
    steps, _graph, gradients, _labels = found
    back = next((place for place, step in enumerate(steps) if step.phase == "backward"), len(steps))
    return [*steps[:back], _cleared(gradients), *steps[back:]]


def _alone(subject: Subject, step: Step, split: str, *, changed: bool) -> Step:
    text = step.text
    if changed:
        text += " " + _("Its values were changed by hand; what is right is still that of the sample.")
    text += " " + _("The step is made on this sample alone; a batch would take the mean of its gradients.")
    if split != "train":
        text += " " + _("It is none of the training samples: no step is ever made on it.")
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


# ---------------------------------------------------------------------- the update in words


def _written(made: Made, labels: Mapping[str, str]) -> list[tuple[str, tuple[int, ...], str]]:
    """Return which weights are written out: parameter, place and name of the one whose gradient is largest."""
    found = []
    for name in list(made.gradients)[:WRITTEN]:
        gradient, label = made.gradients[name], labels.get(name, name)
        place = tuple(int(i) for i in np.unravel_index(np.abs(gradient).argmax(), gradient.shape))
        called = at(name, place) if label == name else f"{label}_{','.join(str(i + 1) for i in place)}"
        found.append((name, place, called))
    return found


def _step(fit: Fit, made: Made, labels: Mapping[str, str], batch: Batch | None = None) -> Step:
    """Return the step of the update: written out for the number of each parameter whose gradient is largest."""
    lines: list[Formula] = []
    for name, place, called in _written(made, labels):
        lines += _lines(fit, made, name, place, called, labels.get(name, name), batch)
    rows = tuple(
        (name, _length(made.gradients[name]), _length(made.after[name] - made.before[name]), _length(before))
        for name, before in made.before.items()
        if name in made.gradients
    )
    text = _("The optimizer ({optimizer}) changes each parameter by its gradient; written out where that is largest.")
    if len(fit.players) > 1:
        text += " " + _("It is the turn of the first player, {name}; the others follow.")
    heads = (_("name"), _("length of the gradient"), _("length of the change"), _("length before"))
    return Step(
        text.format(optimizer=fit.options.optimizer, name=_(fit.players[0].name)),
        tuple(lines),
        code="optimizer.step()",
        table=Table(heads, rows),
        phase="step",
    )


def _lines(
    fit: Fit, made: Made, name: str, place: tuple[int, ...], called: str, label: str, batch: Batch | None
) -> Sequence[Formula]:
    plain = fit.options.clip is None and not fit.options.l2 and made.members == 1
    loss = "J" if batch is None else "B"
    player = fit.players[0]
    parameter = fit.net.get_parameter(name)
    state = {
        key: float(value if value.dim() == 0 else value[place])
        for key, value in player.optimizer.state.get(parameter, {}).items()
        if isinstance(value, Tensor)
    }
    given = f"d{loss}/d{called}" if plain and (batch is None or fit.options.reduction == "mean") else f"g({called})"
    weight = Weight(
        called,
        float(made.before[name][place]),
        float(made.after[name][place]),
        float(made.gradients[name][place]),
        given,
        player.optimizer.param_groups[0],
        state,
    )
    begun = [] if batch is None or given.startswith("dB") else mean_lines(fit, made, name, place, called)
    lines = [*begun, *update_lines(player.optimizer, weight)]
    return [replace(line, node=label, backward=True) for line in lines]


def _length(array: Array) -> str:
    return number(float(np.linalg.norm(array)))


def _again(before: float, after: float, *, batch: bool = False) -> Step:
    if batch:
        name, text = "B", _("Forward again: the loss of this batch with the new weights.")
    else:
        name, text = "J", _("Forward again: the loss of this sample with the new weights.")
    change = Formula(
        _("change"), f"{{{name}_after}} - {{{name}}}", {f"{name}_after": after, name: before}, after - before
    )
    return Step(text, (change,), (Quantity(name, np.asarray(before)), Quantity(f"{name}_after", np.asarray(after))))
