"""Elementwise primitives: name, function, and for each operand the derivative, `y` the output; softmax and losses."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from neurona.glass.errors import ShapeError, require
from neurona.glass.maps import mean_over, reshape, sum_over
from neurona.glass.node import Array, array_of
from neurona.glass.primitives import Primitive, elementwise, general, multilinear

SCALE, ALPHA = 1.0507009873554804934, 1.6732632423543772848  # of SELU, Klambauer et al. 2017


def _erfc(x: Array) -> Array:
    return np.array([math.erfc(value) for value in x.flat], x.dtype).reshape(x.shape)  # NumPy has none


@np.errstate(over="ignore")
def _sigmoid(x: Array) -> Any:
    return 1 / (1 + np.exp(-x))  # where exp(-x) overflows, 0 is right


def _elu(x: Array, alpha: float = 1.0) -> Any:
    return np.where(x > 0, x, alpha * np.expm1(np.minimum(x, 0)))


def _above(a: Any, b: Any) -> Any:
    return (1 + sign(a - b)) / 2  # a tie is shared


def _mish_derivative(x: Any, y: Any) -> Any:
    t = tanh(softplus(x))
    return t + x * sigmoid(x) * (1 - t * t)


# Arithmetic
add = elementwise("add", np.add, 1, 1)
subtract = elementwise("subtract", np.subtract, 1, -1)
multiply = elementwise("multiply", np.multiply, lambda a, b, y: b, lambda a, b, y: a)
divide = elementwise("divide", np.divide, lambda a, b, y: 1 / b, lambda a, b, y: -y / b)
negative = elementwise("negative", np.negative, -1)
power = elementwise("power", np.power, lambda a, b, y: b * a ** (b - (b != 0)), lambda a, b, y: y * log(a + (a == 0)))
sign = elementwise("sign", np.sign, 0)
where = elementwise("where", np.where, 0, lambda c, a, b, y: c, lambda c, a, b, y: 1 - c)
absolute = elementwise("absolute", np.abs, lambda x, y: sign(x))
maximum = elementwise("maximum", np.maximum, lambda a, b, y: _above(a, b), lambda a, b, y: _above(b, a))
minimum = elementwise("minimum", np.minimum, lambda a, b, y: _above(b, a), lambda a, b, y: _above(a, b))
clip = elementwise("clip", lambda x, low, high: np.clip(x, low, high), lambda x, y, low, high: (x >= low) & (x <= high))

# Elementary functions
exp = elementwise("exp", np.exp, lambda x, y: y)
log: Primitive = elementwise("log", np.log, lambda x, y: 1 / x)
sqrt = elementwise("sqrt", np.sqrt, lambda x, y: 0.5 / y)
sin = elementwise("sin", np.sin, lambda x, y: cos(x))
cos: Primitive = elementwise("cos", np.cos, lambda x, y: -sin(x))
erfc = elementwise("erfc", _erfc, lambda x, y: -2 / math.sqrt(math.pi) * exp(-x * x))

# The gallery of activations
identity = elementwise("identity", lambda x: x, 1)
step = elementwise("step", lambda x: (x >= 0).astype(x.dtype), 0)
sigmoid = elementwise("sigmoid", _sigmoid, lambda x, y: y * (1 - y))
bipolar_sigmoid = elementwise("bipolar_sigmoid", lambda x: np.tanh(x / 2), lambda x, y: (1 - y * y) / 2)
tanh = elementwise("tanh", np.tanh, lambda x, y: 1 - y * y)
relu = elementwise("relu", lambda x: np.maximum(x, 0), lambda x, y: x > 0)
leaky_relu = elementwise(
    "leaky_relu",
    lambda x, negative_slope=0.01: np.where(x > 0, x, negative_slope * x),
    lambda x, y, negative_slope=0.01: where(x > 0, 1, negative_slope),
)
elu = elementwise("elu", _elu, lambda x, y, alpha=1.0: where(x > 0, 1, y + alpha))
selu = elementwise("selu", lambda x: SCALE * _elu(x, ALPHA), lambda x, y: where(x > 0, SCALE, y + SCALE * ALPHA))
gelu = elementwise(
    "gelu",
    lambda x: x * _erfc(-math.sqrt(0.5) * x) / 2,
    lambda x, y: erfc(-math.sqrt(0.5) * x) / 2 + x * exp(-x * x / 2) / math.sqrt(2 * math.pi),
)
silu = elementwise("silu", lambda x: x * _sigmoid(x), lambda x, y: y + sigmoid(x) * (1 - y))
mish = elementwise("mish", lambda x: x * np.tanh(np.logaddexp(x, 0)), _mish_derivative)
softplus = elementwise("softplus", lambda x: np.logaddexp(x, 0), lambda x, y: sigmoid(x))
hardtanh = elementwise("hardtanh", lambda x: np.clip(x, -1, 1), lambda x, y: (x > -1) & (x < 1))

# Losses; `reduction` is "mean", "sum", or "none" for one number each
TINY = math.exp(-100)  # the logarithm of a probability stops at -100, as PyTorch's
REDUCTIONS: dict[str, Callable[[Any], Any]] = {"mean": mean_over, "sum": sum_over, "none": lambda losses: losses}


def _log_softmax(x: Array, dim: int = -1) -> Any:
    if dim and x.shape[dim] < 64:
        x = np.asfortranarray(x)  # NumPy reduces a short last axis several times faster in this order
    x = x - np.maximum.reduce(x, dim, keepdims=True)  # the largest power is 1: nothing overflows
    return x - np.log(np.add.reduce(np.exp(x), dim, keepdims=True))


def _pick(x: Array, target: Array, scale: float | None) -> Any:
    picked = x[np.arange(len(target)), target]
    return -picked if scale is None else np.add.reduce(picked) * -scale


def _pick_adjoint(g: Any, x: Any, target: Array, scale: float | None) -> Any:
    weights = np.zeros_like(array_of(x))
    weights[np.arange(len(target)), target] = -1 if scale is None else -scale
    return (reshape(g, shape=(-1, 1)) if scale is None else g) * weights


log_softmax = general(
    "log_softmax",
    _log_softmax,
    vjps=(lambda g, x, y, dim=-1: g - exp(y) * sum_over(g, dim=dim, keepdim=True),),
    jvps=(lambda t, x, y, dim=-1: t - sum_over(exp(y) * t, dim=dim, keepdim=True),),
)
_nll = multilinear("nll_loss", _pick, _pick_adjoint)
_binary_cross_entropy = elementwise(
    "binary_cross_entropy",
    lambda p, y: -y * np.log(np.maximum(p, TINY)) - (1 - y) * np.log(np.maximum(1 - p, TINY)),
    lambda p, y, loss: (p - y) / maximum(p * (1 - p), 1e-12),
    lambda p, y, loss: log(1 - p) - log(p),
)


def softmax(x: Any, dim: int = -1) -> Any:
    """Return `exp(x)` divided by its sum along `dim`."""
    return exp(log_softmax(x, dim=dim))


def nll_loss(log_probabilities: Any, target: Any, reduction: str = "mean") -> Any:
    """Return minus the logarithm in `(n, classes)` at each sample's class, integers `(n,)`; else a `GlassError`."""
    if len(log_probabilities.shape) != 2:
        raise ShapeError(f"Classes are scored in a matrix (n, classes), not in shape {log_probabilities.shape}.")
    target, (n, classes) = np.array(array_of(target)), log_probabilities.shape
    if target.shape != (n,) or (n and not 0 <= np.minimum.reduce(target) <= np.maximum.reduce(target) < classes):
        what = f"of shape {target.shape}" + f", from {target.min()} to {target.max()}" * bool(target.size)
        raise ShapeError(f"{n} samples of {classes} classes need {n} targets from 0 to {classes - 1}, not {what}.")
    require(target.dtype.kind in "iu", "target.dtype", str(target.dtype), "of integers: write target.astype(int)")
    require(reduction in REDUCTIONS, "reduction", reduction, "one of " + ", ".join(REDUCTIONS))
    return _nll(log_probabilities, target=target, scale={"mean": 1 / max(n, 1), "sum": 1, "none": None}[reduction])


def cross_entropy(logits: Any, target: Any, reduction: str = "mean") -> Any:
    """Return minus the logarithm of the softmax of `logits (n, classes)` at the class `target (n,)`; see `nll_loss`."""
    return nll_loss(log_softmax(logits), target, reduction)


def _paired(loss: Callable[[Any, Any], Any]) -> Callable[..., Any]:
    def reduced(x: Any, target: Any, reduction: str = "mean") -> Any:
        if x.shape != target.shape:
            raise ShapeError(f"Outputs of shape {x.shape} and targets of shape {target.shape} must have the same.")
        require(reduction in REDUCTIONS, "reduction", reduction, "one of " + ", ".join(REDUCTIONS))
        return REDUCTIONS[reduction](loss(x, target))

    return reduced


mse_loss = _paired(lambda x, y: (x - y) ** 2)
binary_cross_entropy = _paired(_binary_cross_entropy)
binary_cross_entropy_with_logits = _paired(lambda x, y: softplus(x) - x * y)  # the same of sigmoid(x), and stable
