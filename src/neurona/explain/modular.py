"""One sample of a trained net of any kind, module by module: forward, the loss, and back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from torch import Tensor

from neurona.explain.arrays import shape
from neurona.explain.calls import Call, Pass, at, run_through
from neurona.explain.explanation import Quantity, Step
from neurona.explain.graph import Array, Graph
from neurona.explain.layers import forward_lines, largest, passed_lines, products, weight_lines
from neurona.explain.units import loss_step
from neurona.language import _
from neurona.tasks.supervised import Supervised

if TYPE_CHECKING:
    from neurona.explain.subject import Subject


def module_steps(subject: Subject, x: Tensor, y: Tensor) -> tuple[list[Step], Graph, dict[str, Array]]:
    """Return the steps, the graph, and the gradients by the names of the parameters.

    Args:
        subject: whose net it is.
        x: `(1, ...)`, one sample as the net sees it.
        y: what its output is held against.
    """
    twin = subject.twin()
    x, y = (value.double() if value.is_floating_point() else value for value in (x, y))
    gone = run_through(twin, subject.task, x, y)
    steps = [_forward(gone, call) for call in gone.calls]
    steps.append(_loss(subject, gone, y.numpy()[0]))
    steps += [_backward(gone, call) for call in reversed(gone.calls)]
    return steps, gone.graph, dict(gone.gradients)


def whole_sequence(task: str, x: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
    """Return a sample without the padding of its sequence, and its target cut with it where each step has one."""
    if x.dim() == 3 and x.is_floating_point() and bool(x.isnan().any()):
        length = max(1, int((~x.isnan().any(-1)).sum()))
    elif x.dim() == 2 and not x.is_floating_point():
        length = max(1, int((x != 0).sum()))
    else:
        return x, y
    return x[:, :length], y[:, :length] if task in ("labelling", "next-token") else y


def _delta(gone: Pass, call: Call) -> Array | None:
    return gone.graph[call.label].gradient


def _forward(gone: Pass, call: Call) -> Step:
    text = _("{name} ({kind}), forward: {before} becomes {after}.")
    before = ", ".join(shape(array[0]) or "1" for array in call.inputs if array.ndim) or "-"
    words = text.format(name=call.label, kind=call.kind, before=before, after=shape(call.output[0]))
    delta = _delta(gone, call)
    place = largest(call.output if delta is None else delta)
    lines = tuple(forward_lines(call, place))
    if lines:
        words += " " + _("Written out where the loss depends on it most: {place}.").format(
            place=at(call.label, place[1:])
        )
    read = (Quantity(name, array) for name, array in products(call, place)) if lines else ()
    return Step(words, lines, (*read, Quantity(call.label, call.output[0])), phase="forward", node=call.label)


def _loss(subject: Subject, gone: Pass, target: Array) -> Step:
    last, loss = gone.calls[-1], gone.graph.root.value.item()
    if isinstance(subject.task, Supervised) and last.output.ndim == 2 and gone.is_last(last):
        return loss_step(subject, loss, last.output[0], target, last.label)
    text = _("The loss of this sample ({loss}).").format(loss=subject.task.loss_name)
    return Step(text, values=(Quantity("J", gone.graph.root.value),), phase="loss")


def _backward(gone: Pass, call: Call) -> Step:
    delta = _delta(gone, call)
    if delta is None:
        return Step(
            _("{name} ({kind}): no gradient flows here.").format(name=call.label, kind=call.kind), phase="backward"
        )
    names = [name for name in gone.gradients if name.rpartition(".")[0] == call.name]
    text = _("{name} ({kind}), backward: delta is the gradient of the loss for its output.")
    words = text.format(name=call.label, kind=call.kind)
    once = sum(other.name == call.name for other in gone.calls) == 1  # else gradients are sums over the calls
    lines = tuple(weight_lines(call, gone.gradients, delta)) if once else ()
    if lines:
        words += " " + _("Each weight gets the sum of the deltas that it reached times what it was multiplied by.")
    values = (Quantity(f"dJ/d{name}", gone.gradients[name]) for name in names)
    below = _below(gone, call)
    if below:
        lines = (*lines, *passed_lines(call, delta, *below))
    return Step(words, lines, (Quantity("delta", delta[0]), *values), phase="backward", node=call.label)


def _below(gone: Pass, call: Call) -> tuple[str, Array] | None:
    """Return the one thing that the module read, and its gradient, if nothing else read it."""
    parameters = {f"{call.name}.{name}" for name, _parameter in call.module.named_parameters()}
    edges = [edge for edge in gone.graph[call.label].operands if edge.source not in parameters]
    if len(edges) != 1 or edges[0].gradient is None or edges[0].gradient.shape != call.inputs[0].shape:
        return None
    return edges[0].source, edges[0].gradient
