"""One sample of a trained run: forward through the net, the loss, and every delta and gradient on the way back."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import torch
from torch import nn

from neurona.data.split_names import split_name
from neurona.explain.dense import KINDS, run_through
from neurona.explain.explanation import Explanation, Step, Table, quantities
from neurona.explain.formula import number
from neurona.explain.graph import Array, Graph
from neurona.explain.modular import module_steps
from neurona.explain.subject import Subject
from neurona.explain.units import unit_steps
from neurona.language import _
from neurona.run import Run

TASKS = ("binary", "multiclass", "multilabel", "regression")
# The steps, the graph, the gradient of each parameter by its name, and the label of its node.
Opened = tuple[list[Step], Graph, dict[str, Array], Mapping[str, str]]


def explain_run(run: Run, sample: int = 0, split: str = "test") -> Explanation:
    """Open one sample of a run: unit by unit where its net is dense, else module by module.

    Args:
        run: the run.
        sample: which, from 0.
        split: "train", "valid" or "test".

    Raises:
        InputError: there is no such sample, or glass does not know a part of the net.
    """
    subject = Subject.of_run(run)
    x, y = subject.sample(sample, split)
    steps, graph, gradients, _labels = opened(subject, x, y)
    steps = [of_sample(subject, x, y), *steps, against_torch(subject, graph.root.value.item(), gradients, x, y)]
    title = _("{run}: sample {number} of {split}, forward and backward")
    words = title.format(run=subject.name, number=sample, split=split_name(split))
    return Explanation(str(run.path), words, tuple(steps), graph, {})


def opened(subject: Subject, x: torch.Tensor, y: torch.Tensor) -> Opened:
    """Return the steps forward, the loss and the steps back of one sample, `(1, ...)`, and what they are about."""
    if subject.kind in KINDS and subject.task.name in TASKS:
        return _dense(subject, x, y)
    steps, graph, gradients = module_steps(subject, x, y)
    return steps, graph, gradients, {name: name for name in gradients}


def _dense(subject: Subject, x: torch.Tensor, y: torch.Tensor) -> Opened:
    assert isinstance(subject.net, nn.Sequential)
    gone = run_through(subject.net, x.flatten(1).double().numpy(), y.numpy(), subject.task.loss_name)
    steps = unit_steps(subject, gone, np.asarray(y.numpy()[0]))
    found = {name: gone.graph[label].gradient for name, label in gone.parameters.items()}
    gradients = {name: gradient for name, gradient in found.items() if gradient is not None}
    return steps, gone.graph, gradients, gone.parameters


def of_sample(subject: Subject, x: torch.Tensor, y: torch.Tensor) -> Step:
    """Return the step that shows the sample and its target."""
    text = _("The sample as the net sees it (encoded, and standardised where the recipe says so), and its target.")
    if y.dim() == 1 and subject.target.classes:
        text += " " + _("It is of class {name}.").format(name=subject.target.classes[int(y)])
    return Step(text, values=quantities(x=x[0].numpy(), y=y[0].numpy()))


def against_torch(
    subject: Subject, ours: float, gradients: Mapping[str, Array], x: torch.Tensor, y: torch.Tensor
) -> Step:
    """Hold the loss and each gradient against PyTorch's, in float64."""
    twin = subject.twin()
    loss = subject.loss(twin, x, y)
    loss.backward()
    rows = [(_("loss"), "-", number(ours), f"{abs(ours - loss.item()):.1e}")]
    for name, parameter in twin.named_parameters():
        theirs = np.zeros(parameter.shape) if parameter.grad is None else parameter.grad.numpy()
        found = gradients.get(name, np.zeros_like(theirs))
        size = " × ".join(map(str, found.shape))
        rows.append((name, size, number(float(np.linalg.norm(found))), f"{np.abs(found - theirs).max():.1e}"))
    heads = (_("name"), _("shape"), _("value, or length of the gradient"), _("largest difference from PyTorch"))
    return Step(_("PyTorch, on the same weights in float64, finds the same."), table=Table(heads, tuple(rows)))
