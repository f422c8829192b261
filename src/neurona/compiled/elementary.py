"""Elementary functions in float32, without branches and calls, so that loops over them run in vector units.

Each is within a few units in the last place of what it should be, and gives NaN for NaN. The polynomials are those of
Moshier's Cephes library (single precision), and for the normal distribution of Press and others, Numerical Recipes.
"""

from __future__ import annotations

import numpy as np

from neurona.compiled.native import exact

F = np.float32
ZERO, HALF, ONE, TWO = F(0), F(0.5), F(1), F(2)

LEAST, MOST = F(-86.6), F(89.5)
LOG2_E = F(1.4426950408889634)
# ln 2 in two parts, the first of few bits, so that its products with whole numbers are exact.
LN2_HIGH, LN2_LOW = F(0.693359375), F(-2.12194440e-4)
# Added to a number of moderate size, it leaves the nearest whole number in the last bits.
SHIFTER, SHIFTER_BITS = F(12582912), np.int32(0x4B400000)
E2, E3, E4, E5 = F(5.0000001201e-1), F(1.6666665459e-1), F(4.1665795894e-2), F(8.3334519073e-3)
E6, E7 = F(1.3981999507e-3), F(1.9875691500e-4)

MANTISSA, BIAS, ROOT_HALF_BITS = np.int32(23), np.int32(126), np.int32(0x3F3504F3)
L3, L5, L7, L9 = F(1 / 3), F(1 / 5), F(1 / 7), F(1 / 9)

NEAR_ZERO = F(0.625)
T3, T5, T7 = F(-3.33332819422e-1), F(1.33314422036e-1), F(-5.37397155531e-2)
T9, T11 = F(2.06390887954e-2), F(-5.70498872745e-3)

ROOT_HALF = F(0.7071067811865476)
N0, N1, N2, N3, N4 = F(-1.26551223), F(1.00002368), F(0.37409196), F(0.09678418), F(-0.18628806)
N5, N6, N7, N8, N9 = F(0.27886807), F(-1.13520398), F(1.48851587), F(-0.82215223), F(0.17087277)


@exact
def to_bits(x: F) -> np.int32:
    """Return the 32 bits of `x` as a whole number."""
    return np.float32(x).view(np.int32)


@exact
def of_bits(bits: np.int32) -> F:
    """Return the number whose 32 bits these are."""
    return np.int32(bits).view(np.float32)


@exact
def exp(x: F) -> F:
    """Return `e^x = 2^n e^r`, n the whole number nearest to `x / ln 2`; 0 below e^-86.6."""
    z = MOST if x > MOST else x
    shifted = z * LOG2_E + SHIFTER
    n = shifted - SHIFTER
    r = z - n * LN2_HIGH - n * LN2_LOW
    series = (((((E7 * r + E6) * r + E5) * r + E4) * r + E3) * r + E2) * r * r + r + ONE
    # 2^(n - 1) and then twice that, because 2^n overflows before the largest results do.
    power = of_bits((to_bits(shifted) - SHIFTER_BITS + BIAS) << MANTISSA)
    return ZERO if x < LEAST else series * power * TWO


@exact
def log1p(x: F) -> F:
    """Return `log(1 + x)` for finite `x >= 0`, small ones as exactly as others.

    With `1 + x = 2^e m` it is `e ln 2 + 2 artanh((m - 1) / (m + 1))`; what `1 + x` rounds away is added.
    """
    u = ONE + x
    bits = to_bits(u)
    e = np.int32((bits - ROOT_HALF_BITS) >> MANTISSA)
    m = of_bits(bits - (e << MANTISSA))
    s = (m - ONE) / (m + ONE)
    q = s * s
    artanh = s + s * q * (L3 + q * (L5 + q * (L7 + q * L9)))
    n = F(e)
    return n * LN2_HIGH + (TWO * artanh + (n * LN2_LOW + (x - (u - ONE)) / u))


@exact
def tanh(x: F) -> F:
    """Return `(e^x - e^-x) / (e^x + e^-x)`, by its series near 0."""
    q = x * x
    series = x + x * q * ((((T11 * q + T9) * q + T7) * q + T5) * q + T3)
    size = -x if x < ZERO else x
    far = ONE - TWO / (exp(TWO * size) + ONE)
    return series if size < NEAR_ZERO else (-far if x < ZERO else far)


@exact
def expm1(x: F) -> F:
    """Return `e^x - 1` for `x <= 0`, small ones as exactly as others: `2 t / (1 - t)` with `t = tanh(x / 2)`."""
    t = tanh(HALF * x)
    return TWO * t / (ONE - t)


@exact
def sigmoid(x: F) -> F:
    """Return `1 / (1 + e^-x)`."""
    return ONE / (ONE + exp(-x))


@exact
def normal(x: F) -> F:
    """Return `Phi(x)`, the share of the normal distribution below `x`, within 1e-7."""
    z = ROOT_HALF * (-x if x < ZERO else x)
    t = ONE / (ONE + HALF * z)
    upper = t * (N5 + t * (N6 + t * (N7 + t * (N8 + t * N9))))
    tail = HALF * t * exp(-z * z + (N0 + t * (N1 + t * (N2 + t * (N3 + t * (N4 + upper))))))
    return tail if x < ZERO else ONE - tail
