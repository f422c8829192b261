"""A trained dense net moved into `neurona.glass`: the same layers, weights and loss, on the tape."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from torch import nn

from neurona import glass
from neurona.errors import InputError
from neurona.explain.graph import Array, Graph, trace
from neurona.language import _

KINDS = ("mlp", "linear", "perceptron")
# Batch normalisation in use is one line of arithmetic: one node.
batch_norm = glass.elementwise(
    "batch norm",
    lambda a, gamma, beta, mean, std: gamma * (a - mean) / std + beta,
    lambda a, gamma, beta, mean, std, n: gamma / std,
    lambda a, gamma, beta, mean, std, n: (a - mean) / std,
    1,
    lambda a, gamma, beta, mean, std, n: -gamma / std,
    lambda a, gamma, beta, mean, std, n: -gamma * (a - mean) / (std * std),
)
ACTIVATIONS: Mapping[str, glass.Primitive] = {
    "Identity": glass.identity,
    "Step": glass.step,
    "Sigmoid": glass.sigmoid,
    "BipolarSigmoid": glass.bipolar_sigmoid,
    "Tanh": glass.tanh,
    "ReLU": glass.relu,
    "LeakyReLU": glass.leaky_relu,
    "ELU": glass.elu,
    "SELU": glass.selu,
    "GELU": glass.gelu,
    "SiLU": glass.silu,
    "Mish": glass.mish,
    "Softplus": glass.softplus,
    "Hardtanh": glass.hardtanh,
}


@dataclass(frozen=True)
class Layer:
    """What became of one affine layer of the net, by the labels of its nodes in the graph.

    Attributes:
        number: from 1.
        below: its input.
        normalised: the node after batch normalisation; that of the sums where there is none.
        activation: the function of `neurona.glass`, by name; "" for the output.
        is_normalised: whether batch normalisation stands between.
    """

    number: int
    below: str
    normalised: str
    activation: str = ""
    is_normalised: bool = False

    @property
    def sums(self) -> str:
        """The node of `W y + b`."""
        return f"a{self.number}"

    @property
    def output(self) -> str:
        """The node that the next layer reads."""
        return f"y{self.number}" if self.activation else self.normalised


@dataclass(frozen=True)
class Pass:
    """One sample on its way through the net and back.

    Attributes:
        graph: of all that was computed, J the loss.
        layers: from the inputs to the outputs.
        parameters: for each name in the net's `state_dict`, the label of its node.
    """

    graph: Graph
    layers: tuple[Layer, ...]
    parameters: Mapping[str, str]


def run_through(net: nn.Sequential, x: Array, y: Array, loss: str) -> Pass:
    """Return the pass of one sample, in float64.

    Args:
        net: of one of `KINDS`, in evaluation mode.
        x: `(1, d)`.
        y: `(1,)` a class, or `(1, k)` values, zeros and ones.
        loss: one of `neurona.tasks.LOSSES`.

    Raises:
        InputError: there is a layer in the net that cannot be opened.
    """
    moved = _moved(net)
    nodes, parameters = {"x": glass.Tensor(x, dtype=np.float64, requires_grad=True)}, {}
    layers: list[Layer] = []
    here = "x"
    for name, module in net.named_children():
        number = len(layers)
        if isinstance(module, nn.Linear):
            number += 1
            layer: Any = getattr(moved, name)
            nodes[f"W{number}"], parameters[f"{name}.weight"] = layer.weight, f"W{number}"
            nodes[f"b{number}"], parameters[f"{name}.bias"] = layer.bias, f"b{number}"
            nodes[f"a{number}"] = layer(nodes[here])
            layers.append(Layer(number, here, f"a{number}"))
            here = f"a{number}"
        elif isinstance(module, nn.BatchNorm1d):
            layer = getattr(moved, name)
            nodes[f"gamma{number}"], parameters[f"{name}.weight"] = layer.weight, f"gamma{number}"
            nodes[f"beta{number}"], parameters[f"{name}.bias"] = layer.bias, f"beta{number}"
            nodes[f"mean{number}"] = layer.running_mean
            nodes[f"std{number}"] = glass.sqrt(layer.running_var + layer.eps)
            names = (here, *(f"{name}{number}" for name in ("gamma", "beta", "mean", "std")))
            nodes[f"n{number}"] = batch_norm(*(nodes[name] for name in names))
            layers[-1] = replace(layers[-1], normalised=f"n{number}", is_normalised=True)
            here = f"n{number}"
        elif type(module).__name__ in ACTIVATIONS:
            function = ACTIVATIONS[type(module).__name__]
            nodes[f"y{number}"] = function(nodes[here])
            layers[-1] = replace(layers[-1], activation=function.name)
            here = f"y{number}"
    nodes["y"] = glass.Tensor(y) if y.ndim == 1 else glass.Tensor(y, dtype=np.float64)
    nodes["J"] = LOSSES[loss](nodes[here], nodes["y"])
    return Pass(trace(nodes["J"], nodes), tuple(layers), parameters)


def _moved(net: nn.Module) -> glass.Module:
    """Return the layers with weights as a module of glass with the same `state_dict`."""
    moved = glass.Module()
    for name, module in net.named_children():
        if isinstance(module, nn.Linear):
            setattr(moved, name, glass.Linear(module.in_features, module.out_features, module.bias is not None))
        elif isinstance(module, nn.BatchNorm1d):
            setattr(moved, name, glass.BatchNorm1d(module.num_features, module.eps))
        elif not isinstance(module, nn.Flatten | nn.Dropout) and type(module).__name__ not in ACTIVATIONS:
            problem = _("The net has a layer of kind {kind}, which cannot be opened.")
            raise InputError(
                problem.format(kind=type(module).__name__), _("Known are: {names}.").format(names=", ".join(KINDS))
            )
    moved.load_state_dict({name: tensor.detach().cpu().numpy() for name, tensor in net.state_dict().items()})
    return moved.eval()


def _perceptron(a: Any, y: Any) -> Any:
    return (((a.numpy() >= 0) - y.numpy()) * a).mean()


def _huber(a: Any, y: Any) -> Any:
    error = a - y
    size = error.abs()
    return glass.where(size.numpy() < 1, error * error / 2, size - 0.5).mean()


LOSSES: Mapping[str, Callable[[Any, Any], Any]] = {
    "cross-entropy": glass.cross_entropy,
    "binary-cross-entropy": glass.binary_cross_entropy_with_logits,
    "perceptron": _perceptron,
    "mse": glass.mse_loss,
    "half-mse": lambda a, y: glass.mse_loss(a, y) / 2,
    "mae": lambda a, y: (a - y).abs().mean(),
    "huber": _huber,
}
