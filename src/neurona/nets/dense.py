"""Dense nets: perceptron, linear models, multilayer perceptrons, ensembles of them, and boxes that build a function.

Every net is a plain `torch.nn.Module` that returns logits or values, never probabilities.
"""

from __future__ import annotations

from collections import OrderedDict
from numbers import Integral
from typing import Annotated, Literal

import torch
from pydantic import Field
from torch import Tensor, nn

from neurona.errors import InputError
from neurona.language import _, one_or_many
from neurona.nets.activations import activation as activation_module
from neurona.nets.initialise import initialise
from neurona.nets.kinds import NETS

Units = Annotated[int, Field(gt=0, le=1_000_000)]
Share = Annotated[float, Field(ge=0.0, lt=1.0)]


@NETS.register("mlp", "Multilayer perceptron: any number of hidden layers")
def mlp(
    features: int,
    hidden: list[Units],
    outputs: int,
    *,
    activation: str | list[str] = "relu",
    dropout: Share = 0.0,
    batch_norm: bool = False,
    init: str = "default",
) -> nn.Sequential:
    """Return a multilayer perceptron, `(n, ...)` with `features` numbers a sample -> `(n, outputs)`.

    Args:
        features: numbers in one sample; pictures are flattened.
        hidden: units of each hidden layer; `[]` gives one affine layer.
        outputs: units of the last layer, which has no activation.
        activation: a name of the gallery for all hidden layers, or one for each.
        dropout: share of hidden activations set to 0 while training.
        batch_norm: normalise each hidden layer before its activation.
        init: a rule of `initialise` for the weights, or "default" for PyTorch's.

    Raises:
        InputError: a layer without units, an unknown name, or not one activation for each hidden layer.
    """
    _check_units(features, outputs)
    names = [activation] * len(hidden) if isinstance(activation, str) else activation
    if len(names) != len(hidden):
        problem = one_or_many(
            len(hidden),
            _("net.activation names {given} functions for {wanted} hidden layer."),
            _("net.activation names {given} functions for {wanted} hidden layers."),
        )
        raise InputError(
            problem.format(given=len(names), wanted=len(hidden)), _("Give one name for all, or one for each layer.")
        )
    layers: OrderedDict[str, nn.Module] = OrderedDict(flatten=nn.Flatten())
    width = features
    for i, (units, name) in enumerate(zip(hidden, names, strict=True), start=1):
        layers[f"hidden{i}"] = nn.Linear(width, units)
        if batch_norm:
            layers[f"norm{i}"] = nn.BatchNorm1d(units)
        layers[f"{name.replace('-', '_')}{i}"] = activation_module(name)
        if dropout:
            layers[f"dropout{i}"] = nn.Dropout(dropout)
        width = units
    layers["output"] = nn.Linear(width, outputs)
    net = nn.Sequential(layers)
    initialise(net, init)
    return net


def _check_units(features: object, outputs: object) -> None:
    """Raise an `InputError` unless a net begins and ends with whole numbers of units."""
    for key, given in (("features", features), ("outputs", outputs)):
        if not isinstance(given, Integral) or int(given) < 1:
            problem = _("{key} = {given} is not valid.").format(key=key, given=repr(given))
            raise InputError(problem, _("A layer has a whole number of units, 1 or more."))


@NETS.register("linear", "One affine layer: linear, logistic or softmax regression")
def linear(features: int, outputs: int, *, init: str = "zeros") -> nn.Module:
    """Return one affine layer `x W + b`, `(n, features) -> (n, outputs)`, its weights drawn by the rule `init`."""
    return mlp(features, [], outputs, init=init)


@NETS.register("perceptron", "Rosenblatt's perceptron: one unit with a step activation (use fit.loss = perceptron)")
def perceptron(features: int, outputs: int) -> nn.Module:
    """Return one unit from zero weights; its output before the step, `(n, features) -> (n, 1)`.

    The step is applied by the task when it predicts; the rule `w += lr (y - step(a)) x` is the gradient descent of the
    perceptron loss (Rosenblatt 1958; Bishop 2006, equation 4.54).

    Raises:
        InputError: the task needs more than one output.
    """
    if outputs != 1:
        problem = _("A perceptron answers yes or no and cannot tell {count} classes apart.").format(count=outputs)
        raise InputError(problem, _('Use data of two classes, or net.kind = "linear".'))
    return mlp(features, [], 1, init="zeros")


class Ensemble(nn.Module):
    """Several nets side by side: `(n, ...)` -> `(members, n, outputs)`."""

    def __init__(self, nets: list[nn.Module]) -> None:
        super().__init__()
        self.nets = nn.ModuleList(nets)

    def forward(self, x: Tensor) -> Tensor:
        """Return the outputs of each net, stacked."""
        return torch.stack([net(x) for net in self.nets])


@NETS.register("ensemble", "Several multilayer perceptrons trained side by side; their spread is an error bar")
def ensemble(
    features: int,
    hidden: list[Units],
    outputs: int,
    *,
    activations: Annotated[list[str], Field(min_length=1)] = ["relu", "tanh"],  # noqa: B006 (read, never changed)
    copies: Annotated[int, Field(gt=0, le=1000)] = 5,
) -> Ensemble:
    """Return `copies` nets for each name in `activations`, each from weights of its own.

    Returns:
        A module `(n, features) -> (len(activations) * copies, n, outputs)`, in the order of `activations`.
    """
    return Ensemble(
        [mlp(features, hidden, outputs, activation=name) for name in activations for _copy in range(copies)]
    )


@NETS.register("boxcar", "A function built of boxes, each the difference of two sigmoid (or step) units")
def boxcar(
    features: int,
    outputs: int,
    *,
    boxes: Annotated[int, Field(gt=0)] = 10,
    low: float = -1.0,
    high: float = 1.0,
    activation: Literal["sigmoid", "step"] = "sigmoid",
    steepness: Annotated[float, Field(gt=0)] = 12.0,
) -> nn.Sequential:
    """Return boxes of equal width that tile `[low, high]`; only their heights (the output weights) are trained.

    Box k is `s(c (x - a_k)) - s(c (x - a_(k+1)))` for edges a_k, with s the sigmoid or the step. This is the
    constructive proof of universal approximation in one dimension (Nielsen, Neural Networks and Deep Learning, ch. 4).

    Args:
        features: must be 1.
        outputs: values to approximate at once.
        boxes: how many; the error falls as they become narrower.
        low: where the interval to tile begins.
        high: where it ends.
        activation: of the edge units.
        steepness: sigmoid slope in units of a box's width: how sharp the edges are.

    Raises:
        InputError: the data have more than one feature, or `low >= high`.
    """
    if features != 1:
        problem = _("Boxes tile one axis, and the data have {count} features.").format(count=features)
        raise InputError(problem, _('Use data such as "curve", or net.kind = "mlp".'))
    if low >= high:
        raise InputError(_("net.low = {low} is not below net.high = {high}.").format(low=low, high=high))
    edges = torch.linspace(low, high, boxes + 1)
    slope = steepness * boxes / (high - low)
    units, difference = nn.Linear(1, boxes + 1), nn.Linear(boxes + 1, boxes, bias=False)
    with torch.no_grad():
        units.weight.fill_(slope)
        units.bias.copy_(-slope * edges)
        difference.weight.copy_(torch.eye(boxes, boxes + 1) - torch.eye(boxes, boxes + 1).roll(1, 1))
    for layer in (units, difference):
        layer.requires_grad_(False)
    layers = OrderedDict(edges=units, activation=activation_module(activation), boxes=difference)
    layers["heights"] = nn.Linear(boxes, outputs)
    return nn.Sequential(layers)
