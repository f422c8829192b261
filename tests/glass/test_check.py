"""Central differences find a derivative that is not the one of its function."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from neurona import glass

X = np.array([[0.3, -1.2], [2.0, 0.7]])


def test_right_derivatives_pass() -> None:
    assert glass.gradcheck(lambda a, b: glass.tanh(a @ b) * a, [X, X.T])
    assert glass.gradgradcheck(lambda a, b: glass.tanh(a @ b) * a, [X, X.T])
    picture = np.random.default_rng(0).normal(size=(1, 2, 5, 5))
    assert glass.gradgradcheck(
        lambda x, w: glass.conv2d(x, w, stride=2, padding=1) ** 2, [picture, picture[:, :, :3, :3]]
    )


def test_a_function_need_not_depend_on_each_input() -> None:
    for function in (lambda a, b: a * 2, lambda a, b: glass.exp(b) * (a > 0), lambda a, b: np.ones(3)):
        assert glass.gradcheck(function, [X, X])
        assert glass.gradgradcheck(function, [X, X])
    with pytest.raises(glass.GlassError, match=r"inputs\[1\] at \(0, 0\) is 0 by the derivative and"):
        glass.gradcheck(lambda a, b: a * b.numpy(), [X, X])


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


def test_one_tensor_as_two_primals_has_a_tangent_for_each() -> None:
    x = glass.Tensor([1.0, 2.0], requires_grad=True)
    same = torch.tensor([1.0, 2.0], dtype=torch.float64)
    for tangents in ([[1.0, 1.0], [0.0, 0.0]], [[0.0, 3.0], [5.0, -1.0]]):
        _, expected = torch.autograd.functional.jvp(
            lambda a, b: a**2 * b, (same, same), tuple(torch.tensor(t, dtype=torch.float64) for t in tangents)
        )
        arrays = [np.array(tangent) for tangent in tangents]
        _, rate = glass.jvp(lambda a, b: a**2 * b, [x, x], arrays, create_graph=True)
        np.testing.assert_allclose(rate.numpy(), expected.numpy())
        (slope,) = glass.grad(rate.sum(), [x])  # of 2 x^2 s + x^2 t
        np.testing.assert_allclose(slope.numpy(), 4 * x.numpy() * arrays[0] + 2 * x.numpy() * arrays[1])
