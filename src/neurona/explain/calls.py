"""A pass through any trained net, on glass: each module that was called with what it read and gave, and their graph."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from neurona import glass
from neurona.bridge import Crossing, Pane
from neurona.bridge.unknown import UnknownError
from neurona.errors import InputError
from neurona.explain.formula import Formula
from neurona.explain.graph import Array, Edge, Graph, Vertex, trace
from neurona.glass.node import numbers
from neurona.language import _
from neurona.tasks import Task

Place = tuple[int, ...]
INSIDE = "/"  # in the label of a node within a module; no module's name holds one


@dataclass(frozen=True)
class Call:
    """One call of a module that holds no others.

    Attributes:
        label: of its output in the graph: the module's name in the net, and which call of it if there are several.
        name: of the module in the net.
        module: the module.
        inputs: what it read, arrays of one sample `(1, ...)`.
        output: what it gave, or the first thing of several; `(1, ...)`.
        first, last: it made the nodes whose numbers lie between.
        node: the output on the tape.
    """

    label: str
    name: str
    module: nn.Module
    inputs: tuple[Array, ...]
    output: Array
    first: int
    last: int
    node: glass.Tensor

    @property
    def kind(self) -> str:
        """The module's class, by name."""
        return type(self.module).__name__


def at(name: str, place: Place) -> str:
    """Return the name of one number of an array, counted from 1: "hidden[3]"."""
    return f"{name}[{','.join(str(i + 1) for i in place)}]"


def weights(module: nn.Module, name: str) -> Array:
    """Return a parameter or a buffer of a module as an array; ones or zeros for one that normalisation leaves out."""
    found = getattr(module, name)
    if found is None:
        return (np.ones if name == "weight" else np.zeros)(len(weights(module, "running_mean")))
    return np.asarray(found.detach().numpy())


def result_line(call: Call, place: Place, template: str, values: Mapping[str, float]) -> Formula:
    """Return the line of one number of the output of a call."""
    return Formula(at(call.label, place[1:]), template, values, float(call.output[place]), call.label)


@dataclass(frozen=True)
class Pass:
    """One sample on its way through the net and back.

    Attributes:
        graph: of modules, parameters and what stands between; the loss J is its result.
        calls: in the order in which they were made; modules that changed nothing, such as dropout in use, are left out.
        gradients: of the loss, for each parameter that it depends on, by the name in `state_dict`.
    """

    graph: Graph
    calls: tuple[Call, ...]
    gradients: Mapping[str, Array] = field(default_factory=dict)

    def is_last(self, call: Call) -> bool:
        """Tell whether the loss alone reads what `call` gave, and no other module's output."""
        outputs = {other.label for other in self.calls}
        waiting, read = [self.graph.root.label], set()
        while waiting:
            for edge in self.graph[waiting.pop()].operands:
                if edge.source in outputs:
                    read.add(edge.source)
                elif edge.source not in self.gradients:
                    waiting.append(edge.source)
        return read == {call.label}


def run_through(net: nn.Module, task: Task, x: Tensor, y: Tensor) -> Pass:
    """Return the pass of one sample, in evaluation mode.

    Args:
        net: in float64, in evaluation mode.
        task: what it learned; of several players the first goes through.
        x: `(1, ...)`, float64 or tokens.
        y: what the outputs are held against.

    Raises:
        InputError: glass does not know a part of the net.
    """
    player = task.players[0]
    parameters = dict(net.named_parameters())
    seen = nn.Parameter(x) if x.is_floating_point() else x
    crossing = Crossing([*parameters.values(), *([seen] if isinstance(seen, nn.Parameter) else [])])
    calls: list[Call] = []
    with _recorded(net, calls), np.errstate(all="ignore"), crossing, torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)  # of a task that draws
        try:
            loss = task.loss(task.forward(net, seen, y, player), y, player)
        except UnknownError as error:
            hint = _("The net trains and answers all the same; only its steps cannot be opened.")
            raise InputError(error.problem, hint) from error
    assert isinstance(loss, Pane)
    names = {name: crossing.leaves[id(p)] for name, p in parameters.items() if id(p) in crossing.leaves}
    if isinstance(seen, nn.Parameter) and id(seen) in crossing.leaves:
        names["x"] = crossing.leaves[id(seen)]
    whole = trace(loss.node, {**names, **_labels(loss.node, calls, names), "J": loss.node})
    kept = _kept(whole, {call.label: call for call in calls})
    gradients = {v.label: v.gradient for v in whole.vertices if v.label in parameters and v.gradient is not None}
    return Pass(kept, tuple(call for call in calls if any(v.label == call.label for v in kept.vertices)), gradients)


@contextmanager
def _recorded(net: nn.Module, calls: list[Call]) -> Iterator[None]:
    """Within the block, note each call of a module of `net` that holds no others."""
    begun: list[tuple[int, tuple[Array, ...]]] = []
    counts: dict[str, int] = {}
    handles: list[Any] = []

    def begin(_module: nn.Module, inputs: tuple[Any, ...]) -> None:
        begun.append((next(numbers), tuple(_arrays(inputs))))  # before a module that works in place changes them

    def note(name: str, module: nn.Module, output: Any) -> None:
        (first, read), last = begun.pop(), next(numbers)
        given = output[0] if isinstance(output, tuple) else output
        if isinstance(given, Pane) and first < given.node.number < last:
            counts[name] = counts.get(name, 0) + 1
            label = name if counts[name] == 1 else f"{name} ({counts[name]})"
            calls.append(Call(label, name, module, read, _array(given), first, last, given.node))

    for name, module in net.named_modules():
        if not any(True for _child in module.children()):
            handles.append(module.register_forward_pre_hook(begin))
            handles.append(
                module.register_forward_hook(
                    lambda module, _inputs, output, name=name or "net": note(name, module, output)
                )
            )
    try:
        yield
    finally:
        for handle in handles:
            handle.remove()


def _arrays(value: Any) -> list[Array]:
    """Return the tensors of arguments as arrays, also those that lie in tuples."""
    if isinstance(value, tuple):
        return [array for part in value for array in _arrays(part)]
    return [_array(value)] if isinstance(value, Tensor) else []


def _array(value: Tensor) -> Array:
    """Return a tensor as an array of its own; to detach a pane would forbid what comes to change it in place."""
    return np.array(value.node.numpy() if isinstance(value, Pane) else value.detach().numpy())


def _labels(root: glass.Tensor, calls: Sequence[Call], named: Mapping[str, glass.Tensor]) -> dict[str, glass.Tensor]:
    """Return a label for each node that a module made: its own name for the output, others with `INSIDE`."""
    known = {id(tensor) for tensor in named.values()}
    outputs = {id(call.node): call.label for call in calls}
    labels: dict[str, Any] = {}
    for node in glass.graph(root):
        if id(node) in outputs:
            labels[outputs[id(node)]] = node
        elif id(node) not in known:
            owner = next((call for call in calls if call.first < node.number < call.last), None)
            if owner:
                labels[f"{owner.label}{INSIDE}{node.number}"] = node
    return labels


def _kept(whole: Graph, calls: Mapping[str, Call]) -> Graph:
    """Return the graph without the nodes inside modules: each module's output stands on what the module read."""
    vertices = {vertex.label: vertex for vertex in whole.vertices}
    sources: dict[str, list[str]] = {}
    for vertex in whole.vertices:
        if INSIDE not in vertex.label:
            sources[vertex.label] = _sources(vertex, vertices)
    uses = [source for found in sources.values() for source in found]
    kept = []
    for label, found in sources.items():
        vertex = vertices[label]
        if any(INSIDE in edge.source for edge in vertex.operands) or label in calls:
            edges = tuple(
                Edge(source, place, None, vertices[source].gradient if uses.count(source) == 1 else None)
                for place, source in enumerate(found)
            )
            kind = calls[label].kind if label in calls else vertex.operation
            read = [source for source in found if source.rpartition(".")[0] != label.partition(" (")[0]]
            vertex = replace(
                vertex, operation=kind, expression=f"{kind}({', '.join(read)})", words=tuple(found), operands=edges
            )
        kept.append(vertex)
    return Graph(tuple(kept))


def _sources(vertex: Vertex, vertices: Mapping[str, Vertex]) -> list[str]:
    """Return what `vertex` stands on, each once: modules by their outputs, and nodes that no module hides."""
    found: dict[str, None] = {}
    passed: set[str] = set()
    waiting = [edge.source for edge in reversed(vertex.operands)]
    while waiting:
        label = waiting.pop()
        owner, _slash, inside = label.partition(INSIDE)
        if not inside or owner != vertex.label:
            found[owner] = None
        elif label not in passed:
            passed.add(label)
            waiting += [edge.source for edge in reversed(vertices[label].operands)]
    return list(found)
