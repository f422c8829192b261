"""The activation gallery: each function with its derivative beside it."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from neurona.compiled.elementary import HALF, ONE, TWO, ZERO, F, exp, expm1, log1p, normal
from neurona.compiled.elementary import sigmoid as logistic
from neurona.compiled.elementary import tanh as hyperbolic
from neurona.compiled.native import exact, native

Array = NDArray[np.float32]
Pair = tuple[F, F]

LEAK = F(0.01)
SELU_SCALE, SELU_ALPHA = F(1.0507009873554804934193349852946), F(1.6732632423543772848170429916717)
ROOT_TWO_PI = F(0.3989422804014327)
# From here on PyTorch takes softplus(a) and tanh(softplus(a)) for a and 1, as float32 rounds them.
LARGE = F(20)


@exact
def identity(a: F) -> Pair:
    """Return `a` and 1."""
    return a, ONE


@exact
def step(a: F) -> Pair:
    """Return 1 from 0 on, else 0; its derivative is 0."""
    return (ONE if a >= ZERO else a * ZERO), ZERO


@exact
def sigmoid(a: F) -> Pair:
    """Return `y = 1 / (1 + e^-a)` and `y (1 - y)`."""
    y = logistic(a)
    return y, y * (ONE - y)


@exact
def bipolar_sigmoid(a: F) -> Pair:
    """Return `y = tanh(a / 2)` and `(1 - y^2) / 2`."""
    y = hyperbolic(HALF * a)
    return y, HALF * (ONE - y * y)


@exact
def tanh(a: F) -> Pair:
    """Return `y`, the hyperbolic tangent of `a`, and `1 - y^2`."""
    y = hyperbolic(a)
    return y, ONE - y * y


@exact
def relu(a: F) -> Pair:
    """Return `max(0, a)` and whether `a > 0`."""
    return (ZERO if a <= ZERO else a), (ONE if a > ZERO else ZERO)


@exact
def leaky_relu(a: F) -> Pair:
    """Return `a` and 1 above 0, else `a / 100` and 1/100."""
    return (a if a > ZERO else LEAK * a), (ONE if a > ZERO else LEAK)


@exact
def elu(a: F) -> Pair:
    """Return `a` and 1 above 0, else `e^a - 1` and `e^a`."""
    y = expm1(a if a < ZERO else a * ZERO)
    return (a if a > ZERO else y), (ONE if a > ZERO else y + ONE)


@exact
def selu(a: F) -> Pair:
    """Return ELU and its derivative, scaled so that means of 0 and variances of 1 stay (Klambauer and others 2017)."""
    y, slope = elu(a)
    below = SELU_SCALE * SELU_ALPHA
    return (SELU_SCALE * y if a > ZERO else below * y), (SELU_SCALE if a > ZERO else below * slope)


@exact
def gelu(a: F) -> Pair:
    """Return `a Phi(a)` and `Phi(a) + a phi(a)`, of the normal distribution (Hendrycks and Gimpel 2016)."""
    share = normal(a)
    return a * share, share + a * ROOT_TWO_PI * exp(-HALF * a * a)


@exact
def silu(a: F) -> Pair:
    """Return `a s` and `s (1 + a (1 - s))`, with `s` the sigmoid of `a`."""
    y = logistic(a)
    return a * y, y * (ONE + a * (ONE - y))


@exact
def mish(a: F) -> Pair:
    """Return `a t` and `t + a (1 - t^2) s`, with `t = tanh(log(1 + e^a))` and `s` the sigmoid of `a` (Misra 2019)."""
    # tanh(log(1 + e)) = (e^2 + 2e) / (e^2 + 2e + 2)
    e = exp(LARGE if a > LARGE else a)
    part = e * (e + TWO)
    t = part / (part + TWO)
    return a * t, t + a * (ONE - t * t) * e / (ONE + e)


@exact
def softplus(a: F) -> Pair:
    """Return `log(1 + e^a)` and the sigmoid of `a`."""
    z = exp(-a if a > ZERO else a)
    y = log1p(z) + (a if a > ZERO else ZERO)
    return (a if a > LARGE else y), (ONE if a > LARGE else logistic(a))


@exact
def hard_tanh(a: F) -> Pair:
    """Return `a` and 1 within -1 and 1, else the nearer end and 0."""
    inside = a > -ONE and a < ONE
    return (-ONE if a <= -ONE else (ONE if a >= ONE else a)), (ONE if inside else ZERO)


def _over(function: Callable[[F], Pair]) -> Callable[[Array, Array], None]:
    """Return `function` over arrays: it reads `a` from `slopes`, and leaves values and derivatives."""

    @native
    def loop(values: Array, slopes: Array) -> None:
        for j in range(len(values)):
            values[j], slopes[j] = function(slopes[j])

    return loop


_identity, _step, _sigmoid, _bipolar_sigmoid = _over(identity), _over(step), _over(sigmoid), _over(bipolar_sigmoid)
_tanh, _relu, _leaky_relu, _elu, _selu = _over(tanh), _over(relu), _over(leaky_relu), _over(elu), _over(selu)
_gelu, _silu, _mish, _softplus, _hard_tanh = _over(gelu), _over(silu), _over(mish), _over(softplus), _over(hard_tanh)


@native
def activate(number: int, values: Array, slopes: Array) -> None:
    """Apply the activation with this place in `call.ACTIVATIONS`.

    Args:
        number: of the activation.
        values: becomes `f(a)`, `(m,)`.
        slopes: holds `a`, `(m,)`, and becomes `f'(a)`.
    """
    if number == 0:
        _identity(values, slopes)
    elif number == 1:
        _step(values, slopes)
    elif number == 2:
        _sigmoid(values, slopes)
    elif number == 3:
        _bipolar_sigmoid(values, slopes)
    elif number == 4:
        _tanh(values, slopes)
    elif number == 5:
        _relu(values, slopes)
    elif number == 6:
        _leaky_relu(values, slopes)
    elif number == 7:
        _elu(values, slopes)
    elif number == 8:
        _selu(values, slopes)
    elif number == 9:
        _gelu(values, slopes)
    elif number == 10:
        _silu(values, slopes)
    elif number == 11:
        _mish(values, slopes)
    elif number == 12:
        _softplus(values, slopes)
    else:
        _hard_tanh(values, slopes)
