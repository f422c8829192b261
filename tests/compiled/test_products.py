"""Products of small matrices, sixteen samples at once, are those of NumPy, and touch nothing beside their result."""

from __future__ import annotations

import numpy as np
import pytest

from neurona.compiled.products import FEW, MANY, NEAR, affine, back, gradients, inner, is_inner
from neurona.fit import dense  # noqa: F401  which finds the BLAS of larger products

# Outputs, inputs and samples: below, at and above a whole number of lanes and of rows; and two that BLAS takes.
SIZES = [(1, 1, 1), (3, 5, 16), (5, 13, 12), (4, 2, 17), (9, 7, 33), (2, 5, 200), (20, 20, 32), (40, 60, 100)]
ROOM = 7.0


def framed(rows: int, columns: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """A matrix in the middle of a vector, and the vector."""
    whole = np.full(rows * columns + 64, ROOM, np.float32)
    part = whole[32 : 32 + rows * columns].reshape(rows, columns)
    part[:] = np.random.default_rng(seed).standard_normal((rows, columns))
    return part, whole


def untouched(whole: np.ndarray) -> bool:
    return bool((whole[:32] == ROOM).all() and (whole[-32:] == ROOM).all())


@pytest.mark.parametrize(("outputs", "inputs", "n"), SIZES)
def test_a_small_product_is_that_of_numpy(outputs: int, inputs: int, n: int) -> None:
    weights, x = framed(outputs, inputs, 0)[0], framed(inputs, n, 1)[0]
    bias, (values, whole) = framed(1, outputs, 2)[0][0], framed(outputs, n, 3)
    affine(weights, bias, x, False, values)
    np.testing.assert_allclose(values, weights.astype(float) @ x + bias[:, None], rtol=1e-5, atol=1e-5)
    affine(weights, bias[:0], x, False, values)
    np.testing.assert_allclose(values, weights.astype(float) @ x, rtol=1e-5, atol=1e-5)
    assert untouched(whole)


@pytest.mark.parametrize(("outputs", "inputs", "n"), SIZES)
def test_the_way_back_is_the_product_with_some_columns_of_the_weights(outputs: int, inputs: int, n: int) -> None:
    weights, delta, first = framed(outputs, inputs, 0)[0], framed(outputs, n, 1)[0], inputs // 3
    values, whole = framed(inputs - first, n, 2)
    back(weights, delta, first, values)
    np.testing.assert_allclose(values, weights[:, first:].T.astype(float) @ delta, rtol=1e-5, atol=1e-5)
    assert untouched(whole)


@pytest.mark.parametrize(("outputs", "inputs", "n"), SIZES)
def test_gradients_are_sums_over_samples_beside_what_was_there(outputs: int, inputs: int, n: int) -> None:
    delta, x = framed(outputs, n, 0)[0], framed(inputs, n, 1)[0]
    (weights, whole), bias = framed(outputs, inputs, 2), framed(1, outputs, 3)[0][0]
    product, sums = delta.astype(float) @ x.T, delta.astype(float).sum(1)
    gradients(delta, x, False, np.float32(1), weights, bias, np.float32(0))
    np.testing.assert_allclose(weights, product, rtol=1e-5, atol=2e-5)
    gradients(delta, x, False, np.float32(-3), weights, bias, np.float32(1))
    np.testing.assert_allclose(weights, -2 * product, rtol=1e-5, atol=8e-5)
    np.testing.assert_allclose(bias, -2 * sums, rtol=1e-5, atol=8e-5)
    assert untouched(whole)


# Rows, numbers of each and samples: below, at and above whole numbers of rows and samples that are taken at once.
ROWS = [(1, 16, 4), (5, 32, 8), (6, 48, 9), (9, 256, 5), (13, 784, 64), (50, 784, 17)]


@pytest.mark.parametrize(("outputs", "inputs", "n"), ROWS)
def test_samples_that_lie_row_by_row_are_multiplied_as_numpy_does(outputs: int, inputs: int, n: int) -> None:
    weights, x = framed(outputs, inputs, 0)[0], framed(n, inputs, 1)[0]
    bias, (values, whole) = framed(1, outputs, 2)[0][0], framed(outputs, n, 3)
    inner(weights, bias, x, values)
    np.testing.assert_allclose(values, weights.astype(float) @ x.T + bias[:, None], rtol=1e-5, atol=1e-4)
    inner(weights, bias[:0], x, values)
    np.testing.assert_allclose(values, weights.astype(float) @ x.T, rtol=1e-5, atol=1e-4)
    assert untouched(whole)


@pytest.mark.parametrize("inputs", [250, 256, 784])
@pytest.mark.parametrize("outputs", [FEW - 1, FEW, MANY, MANY + 1])
@pytest.mark.parametrize("n", [1, 3, 4, 64])
def test_the_first_product_of_a_batch_is_the_same_whoever_computes_it(outputs: int, inputs: int, n: int) -> None:
    weights, x = framed(outputs, inputs, 0)[0], framed(n, inputs, 1)[0]
    bias, (values, whole) = framed(1, outputs, 2)[0][0], framed(outputs, n, 3)
    affine(weights, bias, x, True, values)
    np.testing.assert_allclose(values, weights.astype(float) @ x.T + bias[:, None], rtol=1e-5, atol=1e-4)
    assert untouched(whole)


def test_only_rows_of_whole_lanes_that_the_cache_holds_are_multiplied_here() -> None:
    assert not is_inner(50, 785, 64) and not is_inner(50, 784, 3) and not is_inner(50, 784, NEAR // 784 + 1)
