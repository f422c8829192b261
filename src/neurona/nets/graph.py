"""Nets as directed acyclic graphs: a layer may read the output of any others."""

from __future__ import annotations

from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from typing import Annotated

import torch
from pydantic import Field
from torch import Tensor, nn

from neurona.errors import InputError, nearest
from neurona.language import _
from neurona.nets.kinds import NETS
from neurona.nets.layers import fresh_name, head, layer, require_layers_fit, within
from neurona.nets.shapes import output_shape, shape_text

INPUT = "input"
KEY = "net.nodes"


class GraphNet(nn.Module):
    """Layers that read the outputs of others, run one after the other.

    Args:
        layers: by name, in an order in which every layer comes after those that it reads.
        inputs: for each layer the names of those that it reads; "input" is the sample.
    """

    def __init__(self, layers: dict[str, nn.Module], inputs: dict[str, tuple[str, ...]]) -> None:
        super().__init__()
        self.layers = nn.ModuleDict(layers)
        self.inputs = inputs

    def forward(self, x: Tensor) -> Tensor:
        """Return the output of the last layer."""
        outputs = {"input": x}
        for name, module in self.layers.items():
            x = outputs[name] = module(*(outputs[before] for before in self.inputs[name]))
        return x

    def extra_repr(self) -> str:
        """Return the second argument of the constructor."""
        return f"inputs={self.inputs}"


class Add(nn.Module):
    """The sum of its inputs, which have one shape."""

    def forward(self, *inputs: Tensor) -> Tensor:
        """Return the sum, in the shape of each input."""
        return sum(inputs[1:], start=inputs[0])


class Concat(nn.Module):
    """Its inputs side by side as channels (or columns)."""

    def forward(self, *inputs: Tensor) -> Tensor:
        """Return `(n, sum of channels, ...)`."""
        return torch.cat(inputs, dim=1)


JOINS: dict[str, type[nn.Module]] = {"add": Add, "concat": Concat}


@dataclass(frozen=True)
class Node:
    """A line of the description: the `text` of a layer, its number, and the names of those that it reads."""

    number: int
    text: str
    inputs: tuple[str, ...]


@NETS.register("graph", "Layers in words, each of which may read the output of any others")
def graph(
    shape: tuple[int, ...], outputs: int, nodes: Annotated[list[str], Field(min_length=1)], *, tokens: int = 0
) -> GraphNet:
    """Return a net of layers in words that may branch and meet again, `(n, channels, height, width)` -> `(n, outputs)`.

    A node is written `NAME: LAYER <- INPUT, INPUT, ...`, with a layer as for the kind "conv", or `add` or `concat`,
    which alone take several inputs: "both: concat <- left, right". The sample is called `input`. A node without `<-`
    reads the one before it, and one without a name is called by its word and a number, as in "conv1". The one node that
    no other reads is the end; "output" (and "flatten") follow it by themselves.

    Args:
        shape: of one sample, `(channels, height, width)` or `(d,)`.
        outputs: units of the last layer, which has no activation.
        nodes: the descriptions, in any order.
        tokens: how many different tokens the input has; must be 0.

    Raises:
        InputError: a node is not understood, its name is taken, its inputs are not there or do not fit; or the nodes
            form a cycle or have several ends.
    """
    require_layers_fit(shape, tokens)
    known = _read(nodes)
    end = _end(known)
    shapes = {INPUT: shape}
    layers: dict[str, nn.Module] = {}
    for name, node in _ordered(known).items():
        layers[name], shapes[name] = _build(node, [(before, shapes[before]) for before in node.inputs])
    inputs = {name: known[name].inputs for name in layers}
    for name, module in head(shapes[end], outputs).items():
        layers[name], inputs[name], end = module, (end,), name
    return GraphNet(layers, inputs)


# ---------------------------------------------------------------------- reading


def _read(nodes: list[str]) -> dict[str, Node]:
    known: dict[str, Node] = {}
    named = {_parts(text)[0] for text in nodes}
    before = INPUT
    for number, text in enumerate(nodes, start=1):
        name, words, inputs = _parts(text)
        with within(KEY, _place(number, text)):
            hint = _('Write for instance "left: conv 16 3 pad 1 <- input".')
            if not words:
                raise InputError(_("It names no layer."), hint)
            if "<-" in text and not inputs:
                raise InputError(_("It names no input after the arrow."), hint)
            if name:
                _require_free(name, known)
        name = name or fresh_name(words, {*named, *known})
        known[name] = Node(number, words, inputs or (before,))
        before = name
    for node in known.values():
        _require_known(node, known)
    return known


def _parts(text: str) -> tuple[str, str, tuple[str, ...]]:
    """Return the name, the layer and the inputs of a node, each empty where it is not given."""
    front, _arrow, behind = text.partition("<-")
    name, _colon, words = front.rpartition(":")
    return name.strip(), words.strip(), tuple(part.strip() for part in behind.split(",") if part.strip())


def _require_free(name: str, known: dict[str, Node]) -> None:
    if name in known:
        problem = _("The name {name!r} is taken by node {number}.")
        raise InputError(problem.format(name=name, number=known[name].number), _("Give each node a name of its own."))
    if name in (INPUT, "output", "flatten") or hasattr(nn.ModuleDict, name):
        raise InputError(_("The name {name!r} has a meaning already.").format(name=name), _("Use another name."))
    if not name.isidentifier():
        problem = _("{name!r} is no name.").format(name=name)
        raise InputError(problem, _("Use letters, digits and _, with a letter at the beginning."))


def _require_known(node: Node, known: dict[str, Node]) -> None:
    for before in node.inputs:
        if before not in known and before != INPUT:
            problem = _("There is no node called {name!r}.").format(name=before)
            with within(KEY, _place(node.number, node.text)):
                raise InputError(problem, nearest(before, [INPUT, *known]))


def _end(known: dict[str, Node]) -> str:
    read = {before for node in known.values() for before in node.inputs}
    ends = [name for name in known if name not in read]
    if len(ends) > 1:
        problem = _("No node reads {names}, and a net has one end.").format(names=", ".join(ends))
        with within(KEY, _("Nodes")):
            raise InputError(problem, _('Join them, as in "both: concat <- {names}".').format(names=", ".join(ends)))
    return ends[0] if ends else next(iter(known))


def _ordered(known: dict[str, Node]) -> dict[str, Node]:
    """Return the nodes so that each comes after those that it reads, else in the order in which they were written."""
    try:
        TopologicalSorter({name: node.inputs for name, node in known.items()}).prepare()
    except CycleError as error:
        problem = _("They read each other in a circle: {names}.").format(names=" → ".join(error.args[1]))
        with within(KEY, _("Nodes")):
            raise InputError(problem, _("Let one of them read an earlier node.")) from None
    ordered: dict[str, Node] = {}
    while len(ordered) < len(known):
        done = {INPUT, *ordered}
        name = next(name for name, node in known.items() if name not in done and done.issuperset(node.inputs))
        ordered[name] = known[name]
    return ordered


# ---------------------------------------------------------------------- building


def _build(node: Node, inputs: list[tuple[str, tuple[int, ...]]]) -> tuple[nn.Module, tuple[int, ...]]:
    """Return the module of a node and the shape of its output, for inputs of these names and shapes."""
    shapes = [shape for _name, shape in inputs]
    with within(KEY, _place(node.number, node.text, inputs)):
        if node.text in JOINS:
            _require_joinable(node.text, shapes)
            module = JOINS[node.text]()
        elif len(inputs) > 1:
            problem = _("It takes one input, and {count} are given.").format(count=len(inputs))
            raise InputError(problem, _('Join them first with "add" or "concat".'))
        else:
            module = layer(node.text, shapes[0])
    return module, output_shape(module, *shapes)


def _require_joinable(word: str, shapes: list[tuple[int, ...]]) -> None:
    first = shapes[0]
    if len(shapes) < 2:
        raise InputError(_("It joins two inputs or more, and one is given."), _('Write "add <- left, right".'))
    if word == "add" and any(shape != first for shape in shapes):
        hint = _('Bring them to one shape, for instance with "conv {channels} 1", or join them with "concat".')
        raise InputError(_("It adds inputs of one shape, and these differ."), hint.format(channels=first[0]))
    if any(len(shape) != len(first) or shape[1:] != first[1:] for shape in shapes):
        hint = _("Bring them to one size with stride, pad or pool, or flatten them all.")
        raise InputError(_("It joins channels of one height and width, and these differ."), hint)


def _place(number: int, text: str, inputs: list[tuple[str, tuple[int, ...]]] | None = None) -> str:
    if inputs is None:
        return _('Node {number}, "{text}"').format(number=number, text=text)
    shown = ", ".join(f"{shape_text(shape)} ({name})" for name, shape in inputs)
    return _('Node {number}, "{text}", on an input of {shape}').format(number=number, text=text, shape=shown)
