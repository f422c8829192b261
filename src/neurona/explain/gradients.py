"""What a gradient tape can do: record, go back and forward, stop, and learn new functions."""

from __future__ import annotations

from typing import Any

import numpy as np

from neurona import glass
from neurona.explain.explanation import EXPLANATIONS, Parts, Step, Table, quantities
from neurona.explain.formula import Formula, number
from neurona.explain.graph import trace
from neurona.language import _

POINT, OUTSIDE, TANGENT = (3.0, 2.0), (1.0, 10.0), (1.0, 0.5)
EXTERNAL = """p, q = v[0], v[1]
u = glass.stack([p * q, p ** 2])
u.backward([1.0, 10.0])"""
FORWARD = "u, rate = glass.jvp(function, [v], [[1.0, 0.5]])"
PRIMITIVE = """@glass.primitive(lambda x, y: y)    # {what}
def exponential(x):
    return np.exp(x)"""


@EXPLANATIONS.register(
    "gradient-tape", "What a gradient tape can do: record, go back, go forward, stop, learn new functions"
)
def gradient_tape(*, x: float = 5.0) -> Parts:
    """Return what the tape does with `x^3` at `x`, with a vector, and with a new primitive."""
    value = float(x)
    n = {"x": glass.Tensor(value, requires_grad=True)}
    n["z"] = n["x"] ** 3
    graph = trace(n["z"], n)
    return [
        Step(
            _("The tape records z = x^3, and backward gives its derivative."),
            _cube(value),
            code="z = x ** 3\nz.backward()",
        ),
        Step(
            _("Gradients are tensors too: recorded, they are differentiated again."),
            (_second(value),),
            code="(first,) = glass.grad(z, [x], create_graph=True)\n(second,) = glass.grad(first, [x])",
        ),
        Step(
            _(
                "A vector has no single derivative: backward takes a gradient from outside, and gives its product with "
                "the Jacobian."
            ),
            *_reverse(),
            code=EXTERNAL,
        ),
        Step(
            _("Forward mode pushes a tangent through the same graph: the Jacobian times a vector."),
            tuple(_forward()),
            code=FORWARD,
        ),
        Step(_("Both ways agree: g (J t) is (g J) t."), tuple(_both())),
        Step(
            _("Inside no_grad nothing is recorded; detach cuts a tensor off the graph."),
            table=_stopped(value),
            code="with glass.no_grad():\n    z = x ** 3\nz = x * x.detach()",
        ),
        Step(
            _("A function that the tape does not know is taught with its derivative, and checked against differences."),
            _taught(value),
            code=PRIMITIVE.format(what=_("the derivative at x, where y is exp(x)")),
        ),
    ], graph


def _function(v: Any) -> Any:
    return glass.stack([v[0] * v[1], v[0] ** 2])


def _cube(value: float) -> tuple[Formula, ...]:
    x = glass.Tensor(value, requires_grad=True)
    z = x**3
    z.backward()
    assert x.grad is not None
    known = {"x": value}
    return Formula("z", "{x}^3", known, z.item(), "z"), Formula("dz/dx", "3 * {x}^2", known, x.grad.item(), "x", True)


def _second(value: float) -> Formula:
    x = glass.Tensor(value, requires_grad=True)
    (first,) = glass.grad(x**3, [x], create_graph=True)
    (second,) = glass.grad(first, [x])
    return Formula("d2z/dx2", "6 * {x}", {"x": value}, second.item())


def _known() -> dict[str, float]:
    names = ("p", "q", "g1", "g2", "t1", "t2")
    return dict(zip(names, (*POINT, *OUTSIDE, *TANGENT), strict=True))


def _reverse() -> tuple[tuple[Formula, ...], Any]:
    v = glass.Tensor(POINT, requires_grad=True)
    _function(v).backward(np.array(OUTSIDE))
    assert v.grad is not None
    found = v.grad.numpy()
    lines = (
        Formula("(g J)_1", "{g1} * {q} + {g2} * 2 * {p}", _known(), found[0]),
        Formula("(g J)_2", "{g1} * {p} + {g2} * 0", _known(), found[1]),
    )
    return lines, quantities(v=POINT, g=OUTSIDE, J=glass.jacobian(_function, np.array(POINT)))


def _forward() -> list[Formula]:
    _u, rate = glass.jvp(_function, [np.array(POINT)], [np.array(TANGENT)])
    return [
        Formula("(J t)_1", "{q} * {t1} + {p} * {t2}", _known(), rate.numpy()[0]),
        Formula("(J t)_2", "2 * {p} * {t1} + 0 * {t2}", _known(), rate.numpy()[1]),
    ]


def _both() -> list[Formula]:
    (back_1, back_2), (ahead_1, ahead_2) = ([line.result for line in lines] for lines in (_reverse()[0], _forward()))
    known = {**_known(), "(g J)_1": back_1, "(g J)_2": back_2, "(J t)_1": ahead_1, "(J t)_2": ahead_2}
    backs, aheads = np.array([back_1, back_2]), np.array([ahead_1, ahead_2])
    return [
        Formula("g (J t)", "{g1} * {(J t)_1} + {g2} * {(J t)_2}", known, float(np.array(OUTSIDE) @ aheads)),
        Formula("(g J) t", "{(g J)_1} * {t1} + {(g J)_2} * {t2}", known, float(backs @ np.array(TANGENT))),
    ]


def _stopped(value: float) -> Table:
    x = glass.Tensor(value, requires_grad=True)
    with glass.no_grad():
        unrecorded = x**3
    recorded, cut = x * x, x * x.detach()
    rows = []
    for name, z in (("x ** 3, no_grad", unrecorded), ("x * x", recorded), ("x * x.detach()", cut)):
        slope = number(glass.grad(z, [x])[0].item()) if z.requires_grad else "-"
        rows.append((name, number(z.item()), str(z.requires_grad), slope))
    return Table(("z", _("value"), "requires_grad", "dz/dx"), tuple(rows))


def _taught(value: float) -> tuple[Formula, ...]:
    @glass.primitive(lambda x, y: y)
    def exponential(x: Any) -> Any:
        return np.exp(x)

    small = min(value, 1.0)
    glass.gradcheck(exponential, [np.array([small])])
    x = glass.Tensor(small, requires_grad=True)
    y = exponential(x)
    y.backward()
    assert x.grad is not None
    h, known = 1e-3, {"x": small, "h": 1e-3, "y": y.item()}
    difference = (exponential(np.array(small + h)) - exponential(np.array(small - h))) / (2 * h)
    return (
        Formula("y", "exp({x})", known, y.item()),
        Formula("dy/dx", "{y}", known, x.grad.item()),
        Formula(_("by differences"), "(exp({x} + {h}) - exp({x} - {h})) / (2 * {h})", known, float(difference)),
    )
