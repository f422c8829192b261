"""The activation gallery: each function by name, as a `torch.nn.Module`."""

from __future__ import annotations

from torch import Tensor, nn

from neurona.registry import Registry

ACTIVATIONS: Registry[type[nn.Module]] = Registry("activation")


class Step(nn.Module):
    """Threshold: 1 where `x >= 0`, else 0. Its derivative is 0 everywhere, so nothing before it can be trained."""

    def forward(self, x: Tensor) -> Tensor:
        """Return zeros and ones in the shape of `x`."""
        return (x.sign() + 1).clamp(max=1)


class BipolarSigmoid(nn.Module):
    """Bipolar sigmoid: `2 / (1 + exp(-x)) - 1`, which is `tanh(x / 2)`, with values from -1 to 1."""

    def forward(self, x: Tensor) -> Tensor:
        """Return values in the shape of `x`."""
        return (x / 2).tanh()


for _name, _module, _formula in (
    ("identity", nn.Identity, "x"),
    ("step", Step, "1 if x >= 0 else 0"),
    ("sigmoid", nn.Sigmoid, "1 / (1 + exp(-x))"),
    ("bipolar-sigmoid", BipolarSigmoid, "2 / (1 + exp(-x)) - 1"),
    ("tanh", nn.Tanh, "(exp(x) - exp(-x)) / (exp(x) + exp(-x))"),
    ("relu", nn.ReLU, "max(0, x)"),
    ("leaky-relu", nn.LeakyReLU, "x if x > 0 else 0.01 x"),
    ("elu", nn.ELU, "x if x > 0 else exp(x) - 1"),
    ("selu", nn.SELU, "1.0507 (x if x > 0 else 1.6733 (exp(x) - 1))"),
    ("gelu", nn.GELU, "x Phi(x), Phi the normal distribution"),
    ("silu", nn.SiLU, "x / (1 + exp(-x))"),
    ("mish", nn.Mish, "x tanh(log(1 + exp(x)))"),
    ("softplus", nn.Softplus, "log(1 + exp(x))"),
    ("hard-tanh", nn.Hardtanh, "max(-1, min(1, x))"),
):
    ACTIVATIONS.register(_name, _formula)(_module)


def activation(name: str) -> nn.Module:
    """Return a new activation module.

    Raises:
        InputError: there is none of that name.
    """
    return ACTIVATIONS[name].make()
