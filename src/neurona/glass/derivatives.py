"""Forward mode, matrices of derivatives, and derivatives held against central differences."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from neurona.glass.errors import GlassError, ShapeError
from neurona.glass.node import Array, Node, array_of
from neurona.glass.primitives import Function
from neurona.glass.tape import grad, graph
from neurona.glass.tensor import Tensor


def jvp(function: Function, primals: Sequence[Any], tangents: Sequence[Any], create_graph: bool = False) -> Any:
    """Return `function(*primals)` and its Jacobian-vector product with `tangents`, pushed forward along the graph."""
    primals = [x if isinstance(x, Tensor) and x.requires_grad else Tensor(x, requires_grad=True) for x in primals]
    leaves = [x * 1 if any(x is other for other in primals[:k]) else x for k, x in enumerate(primals)]  # a node each
    output = function(*leaves)
    rates: dict[int, Any] = {}
    for leaf, tangent in zip(leaves, tangents, strict=True):
        if np.shape(array_of(tangent)) != leaf.shape:
            raise ShapeError(f"A tangent has shape {np.shape(array_of(tangent))} and its primal {leaf.shape}.")
        rates[id(leaf)] = tangent if create_graph else np.asarray(array_of(tangent), leaf.dtype)
    for node in graph(output):
        if node.operation is None or id(node) in rates:
            continue
        call = (node.parents, node, node.options) if create_graph else (node.arrays, node._array, node.options)
        for k, parent in enumerate(node.parents or ()):
            if isinstance(parent, Node) and id(parent) in rates:
                rates[id(node)] = rates.get(id(node), 0.0) + node.operation.jvp(k, rates[id(parent)], *call)
    rate = rates.get(id(output), np.zeros(output.shape, output.dtype))
    return output, rate if isinstance(rate, Tensor) else Tensor(rate)


def jacobian(function: Function, x: Any) -> Array:
    """Return the derivative of each element of `function(x)` for each of `x`, of shape `(*output, *x)`."""
    leaf = Tensor(x, requires_grad=True)
    output = function(leaf)
    rows = np.zeros((output.numpy().size, *leaf.shape), leaf.dtype)
    if output.requires_grad:  # else it is constant
        for row, seed in zip(rows, np.eye(len(rows)), strict=True):
            row[...] = grad(output, [leaf], seed.reshape(output.shape), retain_graph=True)[0].numpy()
    return rows.reshape(*output.shape, *leaf.shape)


def hessian(function: Function, x: Any) -> Array:
    """Return the second derivatives of `function(x)`, one number, of shape `(*x, *x)`."""
    return jacobian(lambda leaf: grad(function(leaf), [leaf], create_graph=True)[0], x)


def gradcheck(
    function: Function, inputs: Sequence[Any], eps: float = 1e-6, atol: float = 1e-6, rtol: float = 1e-5
) -> bool:
    """Hold the gradient at `inputs`, in float64, against central differences; a `GlassError` names one that is off."""
    leaves = [Tensor(x, dtype=np.float64, requires_grad=True) for x in inputs]
    output = function(*leaves) + 0.0 * sum(leaf.sum() for leaf in leaves)  # which need not depend on each of them
    weights = np.random.default_rng(0).normal(size=output.shape)
    gradients = grad(output, leaves, weights)
    for number, (leaf, gradient) in enumerate(zip(leaves, gradients, strict=True)):
        for place in np.ndindex(leaf.shape):
            array, value, sums = leaf.rewritten(), leaf.numpy()[place], []
            for array[place] in (value + eps, value - eps, value):
                sums.append((array_of(function(*leaves)) * weights).sum())
            found, expected = gradient.numpy()[place], (sums[0] - sums[1]) / (2 * eps)
            if not abs(found - expected) <= atol + rtol * abs(expected):
                what = f"{found:.10g} by the derivative and {expected:.10g} by differences"
                raise GlassError(f"The gradient for inputs[{number}] at {place} is {what}.")
    return True


def gradgradcheck(function: Function, inputs: Sequence[Any], **options: float) -> bool:
    """Hold second derivatives against central differences of the first; see `gradcheck`."""

    def slope(*leaves: Tensor) -> Any:
        output = function(*leaves) + 0.0 * sum(leaf.sum() for leaf in leaves)
        weights = np.random.default_rng(1).normal(size=output.shape)
        parts = grad(output, leaves, weights, create_graph=True)
        return sum((part * np.cos(np.arange(part.numpy().size)).reshape(part.shape)).sum() for part in parts)

    return gradcheck(slope, inputs, **options)
