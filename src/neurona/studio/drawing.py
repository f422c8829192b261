"""The net as a drawing: units and weights of dense layers, or a list of layers with their shapes for any other net."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from neurona.data.class_names import class_names
from neurona.data.column_names import column_names, target_names
from neurona.data.dataset import Dataset
from neurona.data.inputs import Pixels
from neurona.look.summary import layers_of
from neurona.nets import ACTIVATIONS, shape_text
from neurona.studio.arrays import Packed, floats
from neurona.studio.pixel_places import most_varied

MOST_UNITS, MOST_INPUTS, MOST_ROWS = 8, 6, 60
BETWEEN = (nn.Flatten, nn.Dropout, nn.BatchNorm1d, *(entry.make for entry in ACTIVATIONS))


@dataclass(frozen=True)
class Dense:
    """A dense layer that is drawn unit by unit.

    Attributes:
        name: of the affine module.
        linear: it.
        after: the name of the last module before the next affine one, whose output the units show.
    """

    name: str
    linear: nn.Linear
    after: str

    @property
    def units(self) -> int:
        """How many there are."""
        return self.linear.out_features


class Drawing:
    """How a net is drawn.

    Attributes:
        layers: its dense layers in order; empty when it has others too.
        rows: otherwise a row for each layer: name, kind, shape of its output, parameters.
        inputs: the names of what it sees.
        sources: the numbers of the inputs that are drawn: of pixels those that vary most, else the first ones.
    """

    def __init__(self, net: nn.Module, data: Dataset) -> None:
        self.layers = _dense(net)
        self.rows = [] if self.layers else _rows(net, data)
        self.inputs = data.feature_names[: data.features] if len(data.shape) == 1 else ()
        self._data = data
        self.sources = self._sources()
        self.parameters = sum(p.numel() for p in net.parameters())

    @property
    def outputs(self) -> tuple[str, ...]:
        """The names of what it answers, in the language in use."""
        data = self._data
        return class_names(data) if len(data.classes) == data.outputs else target_names(data)

    def described(self) -> dict[str, Any]:
        """Return what does not change while the net learns."""
        return {
            "inputs": {
                "count": self._features,
                "names": list(column_names(self.inputs[: len(self.sources)], self._data)),
                "sources": self.sources,
            },
            "layers": [
                {"name": layer.name, "units": layer.units, "shown": min(MOST_UNITS, layer.units)}
                for layer in self.layers
            ],
            "outputs": list(self.outputs[:MOST_UNITS]),
            "rows": self.rows,
            "parameters": self.parameters,
        }

    @property
    def _features(self) -> int:
        return self.layers[0].linear.in_features if self.layers else len(self.inputs)

    def _sources(self) -> list[int]:
        few = min(MOST_INPUTS, self._features)
        if self.layers and isinstance(self._data.inputs, Pixels) and few < self._features:
            return most_varied(self._data, few)
        return list(range(few))

    def weights(self) -> list[dict[str, Packed]]:
        """Return for each dense layer the weights between units that are drawn, `(to, from)`, and their biases."""
        found, before = [], self.sources
        for layer in self.layers:
            weight = layer.linear.weight[:MOST_UNITS, before]
            bias = torch.zeros(len(weight)) if layer.linear.bias is None else layer.linear.bias[:MOST_UNITS]
            found.append({"w": floats(weight.cpu().numpy()), "b": floats(bias.cpu().numpy())})
            before = list(range(len(weight)))
        return found

    def activations(self, net: nn.Module, x: Tensor) -> Iterator[tuple[str, np.ndarray]]:
        """Yield the name of each dense layer and what its units that are drawn answer for `x`, `(n, units)`."""
        ends = {layer.after: layer.name for layer in self.layers}
        for name, module in net.named_children():
            x = module(x)
            if name in ends:
                yield ends[name], x[:, :MOST_UNITS].cpu().numpy()


def _dense(net: nn.Module) -> list[Dense]:
    """Return the layers of a net that consists of dense layers one after the other; nothing for any other."""
    if not isinstance(net, nn.Sequential):
        return []
    layers: list[Dense] = []
    for name, module in net.named_children():
        if isinstance(module, nn.Linear):
            layers.append(Dense(name, module, name))
        elif not isinstance(module, BETWEEN):
            return []
        elif layers:
            layers[-1] = Dense(layers[-1].name, layers[-1].linear, name)
    return layers


def _rows(net: nn.Module, data: Dataset) -> list[dict[str, Any]]:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            layers = layers_of(net, data.shape, tokens=data.tokens > 0)
    except Exception:  # a net that is not run with samples alone has no shapes to show; its layers it has
        return [
            {"name": name, "kind": type(module).__name__, "shape": "", "parameters": _own(module)}
            for name, module in net.named_modules()
            if name and not list(module.children())
        ][:MOST_ROWS]
    return [
        {"name": row.name, "kind": row.kind, "shape": shape_text(row.output), "parameters": row.parameters}
        for row in layers[:MOST_ROWS]
    ]


def _own(module: nn.Module) -> int:
    return sum(p.numel() for p in module.parameters())
