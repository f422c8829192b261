"""One sample of a trained run: forward through the net, the loss, and every delta and gradient on the way back."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn

from neurona.errors import InputError, nearest
from neurona.explain.dense import KINDS, Layer, Pass, run_through
from neurona.explain.explanation import Explanation, Quantity, Step, Table, quantities
from neurona.explain.formula import Formula, number
from neurona.explain.graph import Array
from neurona.explain.losses import SPELLED, delta_line, loss_lines, softmax
from neurona.explain.operations import FORWARD, filled
from neurona.language import _
from neurona.run import SPLITS, Run

TASKS = ("binary", "multiclass", "multilabel", "regression")


def explain_run(path: Path, sample: int = 0, split: str = "test") -> Explanation:
    """Open one sample of a run whose net is dense.

    Args:
        path: of the run.
        sample: which, from 0.
        split: "train", "valid" or "test".

    Raises:
        InputError: it is no run, its net is of a kind that cannot be opened, or there is no such sample.
    """
    run = Run.open(path)
    _require_dense(run)
    x, y = _sample(run, sample, split)
    net = run.net()
    assert isinstance(net, nn.Sequential)
    loss = run.task.loss_name
    gone = run_through(net, x.flatten(1).double().numpy(), y.numpy(), loss)
    outputs, target = gone.graph[gone.layers[-1].output].value[0], np.asarray(y.numpy()[0])
    steps = [
        _of_sample(run, x, y),
        *(_forward(gone, layer) for layer in gone.layers),
        _loss(run, gone, outputs, target),
        *(_delta(gone, layer, loss, outputs, target) for layer in reversed(gone.layers)),
        *(_gradient(gone, layer) for layer in reversed(gone.layers)),
        _against_torch(run, net, gone, x, y),
    ]
    title = _("{run}: sample {number} of {split}, forward and backward")
    return Explanation(
        str(path), title.format(run=run.recipe.name, number=sample, split=split), tuple(steps), gone.graph, {}
    )


def _require_dense(run: Run) -> None:
    kind = run.recipe.net.get("kind")
    if kind not in KINDS:
        problem = _("A net of kind {kind} cannot be opened sample by sample.").format(kind=kind)
        raise InputError(problem, _("Those that can are: {names}.").format(names=", ".join(KINDS)))
    if run.task.name not in TASKS:
        problem = _("A net for a {task} task cannot be opened sample by sample.").format(task=run.task.name)
        raise InputError(problem, _("Those that can are: {names}.").format(names=", ".join(TASKS)))


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


# ---------------------------------------------------------------------- the steps


def _of_sample(run: Run, x: torch.Tensor, y: torch.Tensor) -> Step:
    text = _("The sample as the net sees it (encoded, and standardised where the recipe says so), and its target.")
    if y.dim() == 1 and run.target.classes:
        text += " " + _("It is of class {name}.").format(name=run.target.classes[int(y)])
    return Step(text, values=quantities(x=x[0].numpy(), y=y[0].numpy()))


def _forward(gone: Pass, layer: Layer) -> Step:
    graph, number_ = gone.graph, layer.number
    unit = _chosen(gone, layer)
    text = _(
        "Layer {layer}, forward: a = W y + b, then the activation; written out for unit {unit}, whose delta is largest."
    )
    lines = [_sum_line(gone, layer, unit)]
    if layer.is_normalised:
        lines.append(_norm_line(gone, layer, unit))
    if layer.activation:
        name = f"{layer.normalised}_{unit + 1}"
        value = {name: graph[layer.normalised].value[0, unit]}
        template = filled(FORWARD[layer.activation], [name], "")
        result = graph[layer.output].value[0, unit]
        lines.append(Formula(f"{layer.output}_{unit + 1}", template, value, result, layer.output))
    names = dict.fromkeys([f"W{number_}", f"b{number_}", layer.sums, layer.normalised, layer.output])
    values = tuple(Quantity(name, _row(graph[name].value)) for name in names)
    return Step(text.format(layer=number_, unit=unit + 1), tuple(lines), values)


def _loss(run: Run, gone: Pass, outputs: Array, target: Array) -> Step:
    loss, output = run.task.loss_name, gone.layers[-1].output
    lines = loss_lines(loss, outputs, target, gone.graph["J"].value.item(), output)
    text = _("The loss of this sample ({loss}).").format(loss=loss)
    if loss == "cross-entropy":
        shares = softmax(outputs)
        answer = _("The net answers {name}, with probability {share}.")
        text += " " + answer.format(name=run.target.classes[shares.argmax()], share=f"{shares.max():.2%}")
    return Step(text, tuple(lines), () if lines else quantities(J=gone.graph["J"].value))


def _delta(gone: Pass, layer: Layer, loss: str, outputs: Array, target: Array) -> Step:
    delta = _gradient_of(gone, layer.sums)[0]
    values = (Quantity(f"delta{layer.number}", delta),)
    if layer is gone.layers[-1]:
        text = _("The delta of each output: the derivative of the loss for it.")
        units = range(len(outputs)) if len(outputs) <= SPELLED else [_chosen(gone, layer)]
        lines = [
            delta_line(loss, outputs, target, k, delta[k], f"delta{layer.number}_{k + 1}", layer.sums) for k in units
        ]
        return Step(text, tuple(lines), values)
    unit = _chosen(gone, layer)
    text = _(
        "Layer {layer}, backward: the deltas above, back through the weights, times the slope; written out for unit "
        "{unit}."
    )
    return Step(text.format(layer=layer.number, unit=unit + 1), (_delta_line(gone, layer, unit, delta[unit]),), values)


def _gradient(gone: Pass, layer: Layer) -> Step:
    unit, below = _chosen(gone, layer), gone.graph[layer.below].value[0]
    i, n = int(np.abs(below).argmax()), layer.number
    delta = float(_gradient_of(gone, layer.sums)[0, unit])
    names = (f"delta{n}_{unit + 1}", f"{layer.below}_{i + 1}")
    weights, biases = _gradient_of(gone, f"W{n}"), _gradient_of(gone, f"b{n}")
    left = f"dJ/dW{n}_{unit + 1},{i + 1}"
    lines = (
        Formula(
            left,
            f"{{{names[0]}}} * {{{names[1]}}}",
            {names[0]: delta, names[1]: below[i]},
            weights[unit, i],
            f"W{n}",
            True,
        ),
        Formula(f"dJ/db{n}_{unit + 1}", f"{{{names[0]}}}", {names[0]: delta}, biases[unit], f"b{n}", True),
    )
    text = _(
        "Layer {layer}, gradients: the delta of a unit times what it read; written out for one weight and one bias."
    )
    return Step(text.format(layer=n), lines, (Quantity(f"dJ/dW{n}", weights), Quantity(f"dJ/db{n}", biases)))


def _against_torch(run: Run, net: nn.Module, gone: Pass, x: torch.Tensor, y: torch.Tensor) -> Step:
    """Hold each gradient against PyTorch's, in float64."""
    twin = copy.deepcopy(net).double()
    for parameter in twin.parameters():
        parameter.requires_grad_(True)
    loss = run.task.loss(run.task.forward(twin, x.double()), y.double() if y.is_floating_point() else y)
    loss.backward()
    rows: list[tuple[str, ...]] = []
    ours = gone.graph["J"].value.item()
    rows.append((_("loss"), "-", number(ours), f"{abs(ours - loss.item()):.1e}"))
    for name, parameter in twin.named_parameters():
        found = _gradient_of(gone, gone.parameters[name])
        theirs = np.zeros_like(found) if parameter.grad is None else parameter.grad.numpy()
        size = " × ".join(map(str, found.shape))
        rows.append((name, size, number(float(np.linalg.norm(found))), f"{np.abs(found - theirs).max():.1e}"))
    heads = (_("name"), _("shape"), _("value, or length of the gradient"), _("largest difference from PyTorch"))
    return Step(_("PyTorch, on the same weights in float64, finds the same."), table=Table(heads, tuple(rows)))


# ---------------------------------------------------------------------- their lines


def _chosen(gone: Pass, layer: Layer) -> int:
    """Return the unit to write out, from 0: the one that the loss depends on most."""
    return int(np.abs(_gradient_of(gone, layer.sums)[0]).argmax())


def _gradient_of(gone: Pass, label: str) -> Array:
    gradient = gone.graph[label].gradient
    assert gradient is not None
    return gradient


def _row(array: Array) -> Array:
    return array[0] if array.ndim == 2 and len(array) == 1 else array


def _sum_line(gone: Pass, layer: Layer, unit: int) -> Formula:
    graph, n = gone.graph, layer.number
    below, weights = graph[layer.below].value[0], graph[f"W{n}"].value[unit]
    bias, result = f"b{n}_{unit + 1}", graph[layer.sums].value[0, unit]
    template, values = _product(f"W{n}_{unit + 1}", weights, layer.below, below)
    values[bias] = graph[f"b{n}"].value[unit]
    return Formula(f"{layer.sums}_{unit + 1}", f"{template} + {{{bias}}}", values, result, layer.sums)


def _delta_line(gone: Pass, layer: Layer, unit: int, delta: float) -> Formula:
    graph, n = gone.graph, layer.number
    above, weights = _gradient_of(gone, f"a{n + 1}")[0], graph[f"W{n + 1}"].value[:, unit]
    template, values = _product(f"delta{n + 1}", above, f"W{n + 1}", weights, f",{unit + 1}")
    template = f"({template})" if len(above) <= SPELLED else template
    slope = f"g'({layer.normalised}_{unit + 1})"
    local = graph[layer.output].operands[0].local
    values[slope] = 1.0 if local is None else local[0, unit]
    template += f" * {{{slope}}}"
    if layer.is_normalised:
        names = [f"{name}{n}_{unit + 1}" for name in ("gamma", "std")]
        template += " * {{{}}} / {{{}}}".format(*names)
        values |= {names[0]: graph[f"gamma{n}"].value[unit], names[1]: graph[f"std{n}"].value[unit]}
    return Formula(f"delta{n}_{unit + 1}", template, values, delta, layer.sums, True)


def _norm_line(gone: Pass, layer: Layer, unit: int) -> Formula:
    graph, n = gone.graph, layer.number
    values = {f"{name}{n}_{unit + 1}": graph[f"{name}{n}"].value[unit] for name in ("gamma", "mean", "std", "beta")}
    gamma, mean, std, beta = values
    total = f"a{n}_{unit + 1}"
    template = f"{{{gamma}}} * ({{{total}}} - {{{mean}}}) / {{{std}}} + {{{beta}}}"
    values[total] = graph[layer.sums].value[0, unit]
    return Formula(f"n{n}_{unit + 1}", template, values, graph[layer.normalised].value[0, unit], layer.normalised)


def _product(left: str, a: Array, right: str, b: Array, suffix: str = "") -> tuple[str, dict[str, Any]]:
    """Return the sum of products of two vectors: written out when it is short, else as one number."""
    if len(a) > SPELLED:
        name = f"{left} . {right}{suffix}"
        return f"{{{name}}}", {name: float(a @ b)}
    values: dict[str, Any] = {}
    terms = []
    for k, (one, other) in enumerate(zip(a, b, strict=True), 1):
        names = (f"{left}_{k}" if suffix else f"{left},{k}", f"{right}_{k}{suffix}")
        values |= dict(zip(names, (float(one), float(other)), strict=True))
        terms.append(f"{{{names[0]}}} * {{{names[1]}}}")
    return " + ".join(terms), values
