"""Weight initialisation by name."""

from __future__ import annotations

from collections.abc import Callable

from torch import Tensor, nn

from neurona.registry import Registry

INITIALISATIONS: Registry[Callable[[Tensor], object]] = Registry("weight initialisation")

for _name, _fill, _summary in (
    ("xavier-uniform", nn.init.xavier_uniform_, "uniform, +-sqrt(6 / (fan_in + fan_out)) (Glorot and Bengio 2010)"),
    (
        "xavier-normal",
        nn.init.xavier_normal_,
        "normal, deviation sqrt(2 / (fan_in + fan_out)) (Glorot and Bengio 2010)",
    ),
    ("kaiming-uniform", lambda w: nn.init.kaiming_uniform_(w, nonlinearity="relu"), "uniform, for ReLU (He 2015)"),
    ("kaiming-normal", lambda w: nn.init.kaiming_normal_(w, nonlinearity="relu"), "normal, for ReLU (He 2015)"),
    ("orthogonal", nn.init.orthogonal_, "an orthogonal matrix (Saxe 2013)"),
    ("normal", lambda w: nn.init.normal_(w, std=0.05), "normal, deviation 0.05"),
    ("uniform", lambda w: nn.init.uniform_(w, -0.05, 0.05), "uniform from -0.05 to 0.05"),
    ("zeros", nn.init.zeros_, "all zero: hidden units then never become different"),
):
    INITIALISATIONS.register(_name, _summary)(_fill)


def initialise(net: nn.Module, name: str) -> nn.Module:
    """Fill the weights of every linear layer of `net` by the rule `name` and its biases with 0; "default" is PyTorch's.

    Raises:
        InputError: there is no rule of that name.
    """
    if name == "default":
        return net
    fill = INITIALISATIONS[name].make
    for layer in net.modules():
        if isinstance(layer, nn.Linear):
            fill(layer.weight)
            if layer.bias is not None:
                nn.init.zeros_(layer.bias)
    return net
