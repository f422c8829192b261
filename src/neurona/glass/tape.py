"""The tape: the graph that operations leave behind, and the sweep over it that is the chain rule in reverse."""

from collections.abc import Iterator, Sequence
from operator import attrgetter
from typing import Any

import numpy as np

from neurona.glass.errors import GraphError, NaNError, ShapeError
from neurona.glass.node import Array, Node, array_of, describe, first_nan, has_nan, last_change, watching


def graph(root: Node) -> list[Node]:
    """Return `root` and all that it came from and that requires gradients, operands before results."""
    found, seen = [root], {id(root)}
    for node in found:  # grows on the way
        if node.parents is None:
            raise GraphError("This graph was freed by an earlier backward: write backward(retain_graph=True) there.")
        for parent in node.parents:
            if isinstance(parent, Node) and parent._tracked and id(parent) not in seen:
                seen.add(id(parent))
                found.append(parent)
    return sorted(found, key=attrgetter("number"))


def sweep(
    root: Node, gradient: Any = None, retain_graph: bool | None = None, create_graph: bool = False
) -> Iterator[tuple[Node, Any]]:
    """Yield each node, results first, with its gradient: an array, or with `create_graph` a tensor; see `backward`."""
    order = graph(root)
    pending = {id(root): _seed(root, gradient, create_graph)}
    while order:
        node = order.pop()  # the last reference to what is done: memory is freed on the way
        total = pending.pop(id(node))
        yield node, total
        if node.operation is None or node.parents is None:
            continue
        operands, output = (node.parents, node) if create_graph else (node.arrays, node._array)
        for k, parent in enumerate(node.parents):
            if isinstance(parent, Node) and parent._tracked:
                if last_change[0] > node.number:
                    _check_unchanged(node, node.operation.reads(k, node.parents, node))
                part = _checked(node.operation.vjp(k, total, operands, output, node.options), node, parent)
                pending[id(parent)] = pending[id(parent)] + part if id(parent) in pending else part
        if not (create_graph if retain_graph is None else retain_graph):
            node.parents, node.arrays = None, ()


def backward(root: Node, gradient: Any = None, retain_graph: bool | None = None, create_graph: bool = False) -> None:
    """Add to `grad` of each leaf the gradient of `root`, or of a result after it, whose `gradient` for it is given.

    The graph is freed on the way, unless `retain_graph`. `create_graph` keeps it and records the gradients as well, so
    that they can be differentiated.

    Raises:
        ShapeError: `gradient` is missing although `root` is not one number, or has another shape.
        GraphError: nothing requires gradients, the graph was freed, or a number that is needed was changed in place.
        NaNError: `root` is NaN; the error names the node that NaN was met first at.
    """
    for node, total in sweep(root, gradient, retain_graph, create_graph):
        if node.operation is None or node.retains_grad:
            total = total if node.grad is None else node.grad + total
            node.grad = total if isinstance(total, Node) else _shared(root, total)


def grad(
    root: Node, inputs: Sequence[Node], gradient: Any = None,
    retain_graph: bool | None = None, create_graph: bool = False,
) -> list[Any]:  # fmt: skip
    """Return the gradient of `root` for each of `inputs`, and leave every `grad` as it is; see `backward`."""
    wanted = {id(node) for node in inputs}
    swept = sweep(root, gradient, retain_graph, create_graph)
    found = {id(node): total for node, total in swept if id(node) in wanted}
    if missing := [f"inputs[{k}], {describe(node)}" for k, node in enumerate(inputs) if id(node) not in found]:
        raise GraphError(f"The result does not depend on {missing[0]}.")
    return [t if isinstance(t, Node) else _shared(root, t) for t in (found[id(node)] for node in inputs)]


def _seed(root: Node, gradient: Any, create_graph: bool) -> Any:
    shape, dtype = root._array.shape, root._array.dtype
    if not root._tracked:
        raise GraphError("Nothing to differentiate: no operand has requires_grad=True, or all ran inside no_grad.")
    if gradient is None:
        if root._array.size != 1:
            hint = f"Give backward a gradient of shape {shape}, or sum the tensor up first."
            raise ShapeError(f"backward without a gradient begins at one number, and this has shape {shape}. {hint}")
        if root._array != root._array:  # NaN alone differs from itself
            raise NaNError(f"NaN was met first at {first_nan(graph(root))}.")
        return np.array(1, dtype, ndmin=len(shape))
    if not (create_graph and isinstance(gradient, Node)):
        gradient = np.array(array_of(gradient), dtype)
    if gradient.shape != shape:
        raise ShapeError(f"The gradient has shape {gradient.shape}, and the tensor {shape}: they must be the same.")
    return gradient


def _check_unchanged(node: Node, read: Sequence[Any]) -> None:
    for value in read:
        if isinstance(value, Node) and value._changed[0] > node.number:
            what = f"{describe(value)} was changed in place after {describe(node)} was recorded"
            raise GraphError(f"The gradient would be wrong: {what}. Change it after backward, or make a new tensor.")


def _checked(part: Any, node: Node, parent: Node) -> Any:
    """Return the gradient that `node` passes to `parent`, in its dtype."""
    if part.shape != parent._array.shape:
        what = f"a gradient of shape {part.shape} for {describe(parent)}"
        raise ShapeError(f"The derivative of {describe(node)} is wrong: it gives {what}.")
    if watching.get() and has_nan(part):
        raise NaNError(f"NaN was met first on the way back, in what {describe(node)} passes to {describe(parent)}.")
    return part if part.dtype == parent._array.dtype else part.astype(parent._array.dtype)


def _shared(like: Node, array: Array) -> Node:
    """Return a node over an array that other gradients may share; writing into the node copies it first."""
    view = np.asarray(array).view()
    view.setflags(write=False)
    return type(like).over(view)
