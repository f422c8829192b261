"""One sample of a trained run: forward through the net, the loss, and every delta and gradient on the way back."""

from __future__ import annotations

import copy
from collections.abc import Mapping

import numpy as np
import torch
from torch import nn

from neurona.errors import InputError, nearest
from neurona.explain.dense import KINDS, run_through
from neurona.explain.explanation import Explanation, Step, Table, quantities
from neurona.explain.formula import number
from neurona.explain.graph import Array, Graph
from neurona.explain.modular import module_steps, whole_sequence
from neurona.explain.units import unit_steps
from neurona.language import _
from neurona.run import SPLITS, Run

TASKS = ("binary", "multiclass", "multilabel", "regression")


def explain_run(run: Run, sample: int = 0, split: str = "test") -> Explanation:
    """Open one sample of a run: unit by unit where its net is dense, else module by module.

    Args:
        run: the run.
        sample: which, from 0.
        split: "train", "valid" or "test".

    Raises:
        InputError: there is no such sample, or glass does not know a part of the net.
    """
    x, y = whole_sequence(run.task.name, *_sample(run, sample, split))
    net = run.net()
    if run.recipe.net["kind"] in KINDS and run.task.name in TASKS:
        steps, graph, gradients = _dense(run, net, x, y)
    else:
        steps, graph, gradients = module_steps(run, net, x, y)
    loss = graph.root.value.item()
    steps = [_of_sample(run, x, y), *steps, _against_torch(run, net, loss, gradients, x, y)]
    title = _("{run}: sample {number} of {split}, forward and backward")
    words = title.format(run=run.recipe.name, number=sample, split=split)
    return Explanation(str(run.path), words, tuple(steps), graph, {})


def _dense(run: Run, net: nn.Module, x: torch.Tensor, y: torch.Tensor) -> tuple[list[Step], Graph, dict[str, Array]]:
    assert isinstance(net, nn.Sequential)
    gone = run_through(net, x.flatten(1).double().numpy(), y.numpy(), run.task.loss_name)
    steps = unit_steps(run, gone, np.asarray(y.numpy()[0]))
    found = {name: gone.graph[label].gradient for name, label in gone.parameters.items()}
    return steps, gone.graph, {name: gradient for name, gradient in found.items() if gradient is not None}


def _sample(run: Run, sample: int, split: str) -> tuple[torch.Tensor, torch.Tensor]:
    """Return one sample as the net sees it, `(1, ...)`, and what its output is held against."""
    if split not in SPLITS:
        raise InputError(_("There is no split {name!r}.").format(name=split), nearest(split, SPLITS))
    part = getattr(run.data(), split)
    if not 0 <= sample < len(part):
        problem = _("There is no sample {number} in {split}, which has {count}.")
        hint = _("Write --sample with a number from 0 to {last}.") if len(part) else _("Choose another with --split.")
        raise InputError(problem.format(number=sample, split=split, count=len(part)), hint.format(last=len(part) - 1))
    x = run.inputs.prepare(part.x[sample : sample + 1])
    return x, run.task.target(x, part.y[sample : sample + 1])


def _of_sample(run: Run, x: torch.Tensor, y: torch.Tensor) -> Step:
    text = _("The sample as the net sees it (encoded, and standardised where the recipe says so), and its target.")
    if y.dim() == 1 and run.target.classes:
        text += " " + _("It is of class {name}.").format(name=run.target.classes[int(y)])
    return Step(text, values=quantities(x=x[0].numpy(), y=y[0].numpy()))


def _against_torch(
    run: Run, net: nn.Module, ours: float, gradients: Mapping[str, Array], x: torch.Tensor, y: torch.Tensor
) -> Step:
    """Hold the loss and each gradient against PyTorch's, in float64."""
    twin = copy.deepcopy(net).double()
    for parameter in twin.parameters():
        parameter.requires_grad_(True)
    x, y = (value.double() if value.is_floating_point() else value for value in (x, y))
    player = run.task.players[0]
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)  # of a task that draws
        loss = run.task.loss(run.task.forward(twin, x, y, player), y, player)
    loss.backward()
    rows = [(_("loss"), "-", number(ours), f"{abs(ours - loss.item()):.1e}")]
    for name, parameter in twin.named_parameters():
        theirs = np.zeros(parameter.shape) if parameter.grad is None else parameter.grad.numpy()
        found = gradients.get(name, np.zeros_like(theirs))
        size = " × ".join(map(str, found.shape))
        rows.append((name, size, number(float(np.linalg.norm(found))), f"{np.abs(found - theirs).max():.1e}"))
    heads = (_("name"), _("shape"), _("value, or length of the gradient"), _("largest difference from PyTorch"))
    return Step(_("PyTorch, on the same weights in float64, finds the same."), table=Table(heads, tuple(rows)))
