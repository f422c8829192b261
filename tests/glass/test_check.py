"""Central differences find a derivative that is not the one of its function."""

from __future__ import annotations

import numpy as np
import pytest

from neurona import glass

X = np.array([[0.3, -1.2], [2.0, 0.7]])


def test_right_derivatives_pass() -> None:
    assert glass.gradcheck(lambda a, b: glass.tanh(a @ b) * a, [X, X.T])
    assert glass.gradgradcheck(lambda a, b: glass.tanh(a @ b) * a, [X, X.T])
    picture = np.random.default_rng(0).normal(size=(1, 2, 5, 5))
    assert glass.gradgradcheck(
        lambda x, w: glass.conv2d(x, w, stride=2, padding=1) ** 2, [picture, picture[:, :, :3, :3]]
    )


def test_a_wrong_derivative_is_found_with_its_place() -> None:
    wrong = glass.elementwise("cube", lambda x: x**3, lambda x, y: 2 * x**2)
    with pytest.raises(glass.GlassError, match=r"inputs\[0\] at \(0, 0\) is 0.0?\d+ by the derivative and 0"):
        glass.gradcheck(wrong, [X])


def test_a_wrong_second_derivative_is_found() -> None:
    @glass.primitive(lambda x, y: np.cos(x.numpy() if isinstance(x, glass.Tensor) else x))  # right, but not recorded
    def sine(x: np.ndarray) -> np.ndarray:
        return np.sin(x)

    assert glass.gradcheck(sine, [X])
    with pytest.raises(glass.GlassError, match=r"inputs\[0\]"):
        glass.gradgradcheck(sine, [X])


def test_primitives_of_every_kind() -> None:
    scale = glass.multilinear("triple", lambda x: 3 * x, lambda g, x: 3 * g)
    outer = glass.multilinear("outer", lambda a, b: a[:, None] * b, lambda g, a, b: g @ b, lambda g, a, b: a @ g)
    square = glass.general(
        "sum of squares",
        lambda x: np.square(x).sum(),
        vjps=(lambda g, x, y: 2 * g * x,),
        jvps=(lambda t, x, y: 2 * (t * x).sum(),),
    )
    a, b = X[0], X.ravel()
    for function, inputs in ((scale, [X]), (outer, [a, b]), (square, [X])):
        assert glass.gradcheck(function, inputs)
        assert glass.gradgradcheck(function, inputs)
        tangents = [np.cos(x) for x in inputs]
        _, rate = glass.jvp(function, inputs, tangents)
        step = 1e-6
        ahead, behind = (function(*(x + s * t for x, t in zip(inputs, tangents, strict=True))) for s in (step, -step))
        np.testing.assert_allclose(rate.numpy(), (ahead - behind) / (2 * step), rtol=1e-7)


def test_a_tangent_of_another_shape_is_refused() -> None:
    with pytest.raises(glass.ShapeError, match="tangent"):
        glass.jvp(glass.exp, [X], [np.ones(3)])
