"""The loss around a small trained net: directions made as long as its weights, unit by unit, and the loss on them."""

from __future__ import annotations

from typing import Annotated

import numpy as np
from pydantic import Field

from neurona import glass
from neurona.errors import InputError
from neurona.explain.explanation import EXPLANATIONS, Parts, Quantity, Step, Table
from neurona.explain.formula import Formula, number
from neurona.explain.graph import Array, Graph, trace
from neurona.language import _

Weights = list[Array]
CODE = "neurona landscape runs/moons-…   # {what}"
# The exclusive or, which nothing linear divides; the third input is 1, for the bias.
X = np.array([[-1.0, -1.0, 1.0], [-1.0, 1.0, 1.0], [1.0, -1.0, 1.0], [1.0, 1.0, 1.0]])
Y = np.array([[-1.0], [1.0], [1.0], [-1.0]])


@EXPLANATIONS.register("loss-landscape", "The loss around a trained net, on two directions as long as its weights")
def loss_landscape(
    *,
    hidden: Annotated[int, Field(ge=2, le=20)] = 3,
    epochs: Annotated[int, Field(ge=0, le=2000)] = 40,
    lr: Annotated[float, Field(gt=0, le=10)] = 0.2,
    span: Annotated[float, Field(gt=0, le=10)] = 1.0,
    steps: Annotated[int, Field(ge=3, le=9)] = 5,
    seed: Annotated[int, Field(ge=0)] = 1,
) -> Parts:
    """Return how the landscape of a 3-hidden-1 net (tanh) that has learned the exclusive or is computed.

    Each row of a direction gets the length of the same row of the weights (Li and others 2018, section 4).

    Args:
        hidden: units.
        epochs: steps of gradient descent before.
        lr: its learning rate.
        span: how far the grid goes to either side.
        steps: points of the grid along each direction, an odd number.
        seed: of the weights and of the directions.

    Raises:
        InputError: `steps` is even, so that the trained weights are no point of the grid.
    """
    if steps % 2 == 0:
        raise InputError(_("steps = {steps} has no point in the middle.").format(steps=steps), _("Give an odd number."))
    rng = np.random.default_rng(seed)
    weights = _trained([rng.normal(size=(hidden, 3)), rng.normal(size=(1, hidden))], epochs, lr)
    raw = [[rng.normal(size=w.shape) for w in weights] for _direction in range(2)]
    directions = [[_as_long(d, w) for d, w in zip(ds, weights, strict=True)] for ds in raw]
    graph = _graph(weights)
    axis = np.linspace(-span, span, steps)
    grid = [[_loss(_moved(weights, directions, (a, b))).item() for a in axis] for b in axis]
    code = CODE.format(what=_("the same of a run: contours, a surface, the path of training"))
    return [
        Step(
            _("The trained net: y_hat = W2 tanh(W1 x), on the four points of the exclusive or; the third input is 1."),
            (Formula("J", "{J}", {"J": graph.root.value.item()}, graph.root.value.item(), "J"),),
            (Quantity("W1", weights[0]), Quantity("W2", weights[1])),
        ),
        Step(
            _("Two directions, drawn at random: a matrix for each matrix of weights."),
            values=tuple(Quantity(f"d{k}_W{n + 1}", raw[k - 1][n]) for k in (1, 2) for n in range(2)),
        ),
        Step(
            _(
                "Each row of a direction, the weights into one unit, gets the length of that row of the net: units "
                "with large weights are moved far, those with small ones a little. Written out for the first unit."
            ),
            tuple(_scaling(weights[0][0], raw[0][0][0], directions[0][0][0])),
            tuple(Quantity(f"D{k}_W{n + 1}", directions[k - 1][n]) for k in (1, 2) for n in range(2)),
        ),
        Step(
            _("A point of the plane: W + a D1 + b D2. Here a = {a}, b = {b}.").format(a=number(span), b=number(-span)),
            tuple(_point(weights, directions, span)),
        ),
        Step(
            _("The loss on the grid, b from above to below; the trained weights lie in the middle."),
            table=_table(axis, grid),
        ),
        Step(_("How wide the valley is, and how steep its sides: that is the landscape."), code=code),
    ], graph


def _trained(weights: Weights, epochs: int, lr: float) -> Weights:
    parameters = [glass.Tensor(w, requires_grad=True) for w in weights]
    optimizer = glass.SGD(parameters, lr=lr)
    for _epoch in range(epochs):
        loss = _loss(parameters)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return [parameter.numpy().copy() for parameter in parameters]


def _loss(weights: list[Array] | list[glass.Tensor]) -> glass.Tensor:
    first, second = (w if isinstance(w, glass.Tensor) else glass.Tensor(w) for w in weights)
    outputs = glass.tanh(glass.Tensor(X) @ first.T) @ second.T
    loss: glass.Tensor = glass.mse_loss(outputs, glass.Tensor(Y))
    return loss


def _graph(weights: Weights) -> Graph:
    n = {f"W{k}": glass.Tensor(w, requires_grad=True) for k, w in enumerate(weights, 1)}
    n["x"], n["y"] = glass.Tensor(X), glass.Tensor(Y)
    n["a"] = n["x"] @ n["W1"].T
    n["h"] = glass.tanh(n["a"])
    n["y_hat"] = n["h"] @ n["W2"].T
    n["J"] = glass.mse_loss(n["y_hat"], n["y"])
    return trace(n["J"], n)


def _as_long(direction: Array, weights: Array) -> Array:
    """Give each row the length of the same row of the weights."""
    ours, theirs = (np.linalg.norm(array, axis=1, keepdims=True) for array in (weights, direction))
    return np.asarray(direction * ours / theirs)


def _moved(weights: Weights, directions: list[Weights], place: tuple[float, float]) -> Weights:
    a, b = place
    return [w + a * d + b * e for w, d, e in zip(weights, *directions, strict=True)]


def _scaling(w: Array, d: Array, scaled: Array) -> list[Formula]:
    lengths = {"|w|": float(np.linalg.norm(w)), "|d|": float(np.linalg.norm(d))}
    squares = {"|w|": w, "|d|": d}
    lines = []
    for name, row in squares.items():
        symbols = {f"{name[1]}_{i}": float(value) for i, value in enumerate(row, 1)}
        total = " + ".join(f"{{{symbol}}}^2" for symbol in symbols)
        lines.append(Formula(name, f"sqrt({total})", symbols, lengths[name]))
    for i, value in enumerate(d, 1):
        values = {f"d_{i}": float(value), **lengths}
        lines.append(Formula(f"D_{i}", f"{{d_{i}}} * {{|w|}} / {{|d|}}", values, float(scaled[i - 1])))
    return lines


def _point(weights: Weights, directions: list[Weights], span: float) -> list[Formula]:
    place = (span, -span)
    moved = _moved(weights, directions, place)
    lines = []
    for i in range(weights[0].shape[1]):
        name = f"W1_1{i + 1}"
        values = {
            name: float(weights[0][0, i]),
            "a": place[0],
            f"D1_{i + 1}": float(directions[0][0][0, i]),
            "b": place[1],
            f"D2_{i + 1}": float(directions[1][0][0, i]),
        }
        template = f"{{{name}}} + {{a}} * {{D1_{i + 1}}} + {{b}} * {{D2_{i + 1}}}"
        lines.append(Formula(_("new {name}").format(name=name), template, values, float(moved[0][0, i])))
    outputs = np.tanh(X @ moved[0].T) @ moved[1].T
    errors = {f"y_hat_{k}": float(value) for k, value in enumerate(outputs[:, 0], 1)}
    terms = [f"({{y_hat_{k}}} - {{y_{k}}})^2" for k in range(1, len(X) + 1)]
    values = {**errors, **{f"y_{k}": float(value) for k, value in enumerate(Y[:, 0], 1)}}
    name = f"J({number(place[0])}, {number(place[1])})"
    return [*lines, Formula(name, f"({' + '.join(terms)}) / {len(X)}", values, _loss(moved).item())]


def _table(axis: Array, grid: list[list[float]]) -> Table:
    heads = ("b \\ a", *map(number, axis))
    rows = tuple((number(b), *(number(loss, 4) for loss in row)) for b, row in zip(axis, grid, strict=True))
    return Table(heads, rows[::-1])
