"""The five steps of every training loop, with the numbers of one step."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from pydantic import Field

from neurona import glass
from neurona.errors import InputError
from neurona.explain.explanation import EXPLANATIONS, Parts, Step, Table
from neurona.explain.formula import Formula, number
from neurona.explain.graph import Graph, trace
from neurona.language import _

Few = Field(min_length=1, max_length=10)
LINES = (
    "y_hat = w * x + b",
    "loss = glass.mse_loss(y_hat, y)",
    "optimizer.zero_grad()",
    "loss.backward()",
    "optimizer.step()",
)


@EXPLANATIONS.register("five-steps", "The five steps of every training loop: forward, loss, clear, backward, step")
def five_steps(
    *,
    x: Annotated[list[float], Few] = [1.0, 3.0],  # noqa: B006 (read, never changed)
    y: Annotated[list[float], Few] = [2.0, 4.0],  # noqa: B006
    w: float = 2.0,
    b: float = 1.0,
    lr: Annotated[float, Field(gt=0)] = 0.1,
    steps: Annotated[int, Field(ge=1, le=50)] = 6,
) -> Parts:
    """Return one step of gradient descent of `y_hat = w x + b` on the mean squared error, and the steps after it.

    Args:
        x: `(n,)` inputs.
        y: `(n,)` targets.
        w: the weight to begin with.
        b: the bias to begin with.
        lr: the learning rate.
        steps: how many to list.

    Raises:
        InputError: `x` and `y` are not equally long.
    """
    if len(x) != len(y):
        problem = _("x and y are not equally long: {x} and {y}.").format(x=len(x), y=len(y))
        raise InputError(problem, _("Give each input its target."))
    graph, rows = _train(x, y, w, b, lr, steps)
    return [
        Step(_("The loop: whatever the net, these five lines train it."), code=_code()),
        Step(_("Forward: the net answers for each sample."), tuple(_forward(graph, x, w, b))),
        Step(_("Loss: one number says how far off the answers are."), (_loss(graph, x, y),)),
        Step(
            _("Clear gradients: backward adds to what is there; without this step, two of them give the sum."),
            tuple(_uncleared(x, y, w, b)),
        ),
        Step(_("Backward: the gradient of the loss for each parameter."), tuple(_gradients(graph, x, y))),
        Step(
            _("Step: each parameter moves against its gradient, as far as the learning rate says."),
            tuple(_moves(graph, rows, lr)),
        ),
        Step(_("And again: the same five steps, until the loss no longer falls."), table=_table(rows)),
    ], graph


Row = tuple[float, float, float]  # w, b, loss


def _code() -> str:
    """Return the loop, each of its lines with the name of the step."""
    names = (_("forward"), _("loss"), _("clear gradients"), _("backward"), _("step"))
    lines = [f"    {line:<35}# {n}. {name}" for n, (line, name) in enumerate(zip(LINES, names, strict=True), 1)]
    return "\n".join(["for step in range(steps):", *lines])


def _train(x: list[float], y: list[float], w: float, b: float, lr: float, steps: int) -> tuple[Graph, list[Row]]:
    """Train as `LINES` say, and return the graph of the first step and the parameters and loss before each."""
    weight, bias = (glass.Tensor([float(value)], requires_grad=True) for value in (w, b))
    optimizer, inputs, targets = (
        glass.SGD([weight, bias], lr=lr),
        glass.Tensor(x).astype(float),
        glass.Tensor(y).astype(float),
    )
    rows: list[Row] = []
    first: Graph | None = None
    for _step in range(steps + 1):
        products = weight * inputs
        outputs = products + bias
        loss = glass.mse_loss(outputs, targets)
        names = {"w": weight, "b": bias, "x": inputs, "y": targets, "wx": products, "y_hat": outputs, "J": loss}
        first = first or trace(loss, names)
        rows.append((weight.numpy().item(), bias.numpy().item(), loss.item()))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    assert first is not None
    return first, rows


def _uncleared(x: list[float], y: list[float], w: float, b: float) -> list[Formula]:
    """Return what two backwards leave where nobody clears the gradients between them."""
    parameters = {name: glass.Tensor(float(value), requires_grad=True) for name, value in (("w", w), ("b", b))}
    lines: dict[str, list[float]] = {name: [] for name in parameters}
    for _time in range(2):
        outputs = parameters["w"] * glass.Tensor(x) + parameters["b"]
        glass.mse_loss(outputs, glass.Tensor(y)).backward()
        for name, tensor in parameters.items():
            assert tensor.grad is not None
            lines[name].append(tensor.grad.item())
    return [
        Formula(f"grad {name}", f"{{dJ/d{name}}} + {{dJ/d{name}}}", {f"dJ/d{name}": once}, twice)
        for name, (once, twice) in lines.items()
    ]


def _forward(graph: Graph, x: list[float], w: float, b: float) -> list[Formula]:
    found = graph["y_hat"].value
    return [
        Formula(f"y_hat{k}", f"{{w}} * {{x{k}}} + {{b}}", {"w": w, f"x{k}": value, "b": b}, found[k - 1], "y_hat")
        for k, value in enumerate(x, 1)
    ]


def _known(graph: Graph, x: list[float], y: list[float]) -> dict[str, float]:
    columns: dict[str, Sequence[float]] = {"x": x, "y": y, "y_hat": graph["y_hat"].value.tolist()}
    return {f"{name}{k}": float(v) for name, column in columns.items() for k, v in enumerate(column, 1)}


def _loss(graph: Graph, x: list[float], y: list[float]) -> Formula:
    squares = " + ".join(f"({{y_hat{k}}} - {{y{k}}})^2" for k in range(1, len(x) + 1))
    return Formula("J", f"({squares}) / {len(x)}", _known(graph, x, y), graph.root.value.item(), "J")


def _gradients(graph: Graph, x: list[float], y: list[float]) -> list[Formula]:
    lines, known = [], _known(graph, x, y)
    for name, factor in (("w", " * {{x{k}}}"), ("b", "")):
        terms = (
            f"({{y_hat{k}}} - {{y{k}}})" + factor.replace("{k}", str(k)).replace("{{", "{").replace("}}", "}")
            for k in range(1, len(x) + 1)
        )
        gradient = graph[name].gradient
        assert gradient is not None
        lines.append(
            Formula(f"dJ/d{name}", f"2 * ({' + '.join(terms)}) / {len(x)}", known, gradient.item(), name, True)
        )
    return lines


def _moves(graph: Graph, rows: list[Row], lr: float) -> list[Formula]:
    lines = []
    for place, name in enumerate("wb"):
        gradient = graph[name].gradient
        assert gradient is not None
        known = {name: rows[0][place], "lr": lr, f"dJ/d{name}": gradient.item()}
        template = f"{{{name}}} - {{lr}} * {{dJ/d{name}}}"
        lines.append(Formula(_("new {name}").format(name=name), template, known, rows[1][place]))
    return lines


def _table(rows: list[Row]) -> Table:
    cells = tuple((str(step), *map(number, row)) for step, row in enumerate(rows))
    return Table((_("step"), "w", "b", _("loss")), cells)
