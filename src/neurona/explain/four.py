"""One function differentiated by hand, numerically, symbolically and automatically: error and time of each."""

from __future__ import annotations

import math
import timeit
from collections.abc import Callable
from fractions import Fraction
from typing import Annotated, Any

from pydantic import Field

from neurona import glass
from neurona.explain.chain import backward, forward
from neurona.explain.explanation import EXPLANATIONS, Parts, Step, Table
from neurona.explain.formula import Formula, number
from neurona.explain.graph import Graph, trace
from neurona.language import _

EXPONENTS = range(1, 13)
DEEPEST = 6
SHOWN = 1e-3  # the step whose difference is written out


@EXPLANATIONS.register(
    "four-derivatives", "One function differentiated by hand, numerically, symbolically and automatically"
)
def four_derivatives(
    *, x: Annotated[float, Field(gt=0, lt=1)] = 0.3, depth: Annotated[int, Field(ge=2, le=8)] = 4
) -> Parts:
    """Return four derivatives of the logistic map, `l_1 = x`, `l_(k+1) = 4 l_k (1 - l_k)`, at `l_depth`.

    The map and the swelling of its derivative are those of Baydin et al. (2018), "Automatic differentiation in machine
    learning: a survey", section 2. Errors are held against the derivative in exact fractions.

    Args:
        x: where.
        depth: how often the map is applied, plus one.
    """
    exact = _exact(x, depth)
    graph = _graph(x, depth)
    compared = _compared(x, depth, exact)
    return [
        Step(_("The function: x goes through l = 4 l (1 - l) again and again."), tuple(forward(graph))),
        Step(
            _("By hand: one must know that the function is sin^2(2^(n - 1) asin(sqrt(x))), and differentiate that."),
            (_by_hand(x, depth),),
        ),
        Step(_("Numerically: a difference of two values, at one step size."), (_difference(x, depth),)),
        Step(
            _("A smaller step is better until rounding takes over: the error has a minimum (marked)."),
            table=_errors(x, depth, exact),
        ),
        _symbolic(x, depth),
        Step(
            _("Automatically: the chain rule on numbers, node by node, in as many steps as the function has."),
            tuple(line for _vertex, lines in backward(graph) for line in lines),
        ),
        Step(_("Side by side: what each gives, how far it is off, and how long it takes."), table=compared),
    ], graph


def logistic(x: Any, depth: int) -> Any:
    """Return the map after `depth - 1` rounds: of a number, a fraction, a tensor or a symbol."""
    for _round in range(depth - 1):
        x = 4 * x * (1 - x)
    return x


def _exact(x: float, depth: int) -> Fraction:
    """Return the derivative at the float `x` in exact arithmetic, by the product rule."""
    value, slope = Fraction(x), Fraction(1)
    for _round in range(depth - 1):
        value, slope = 4 * value * (1 - value), 4 * slope * (1 - 2 * value)
    return slope


def _graph(x: float, depth: int) -> Graph:
    n = {"x": glass.Tensor(x, requires_grad=True)}
    last = n["x"]
    for k in range(2, depth + 1):
        n[f"q{k}"] = 4 * last
        n[f"r{k}"] = 1 - last
        last = n[f"l{k}"] = n[f"q{k}"] * n[f"r{k}"]
    return trace(last, n)


def _hand(x: float, depth: int) -> float:
    return float(2 ** (depth - 1)) * math.sin(2**depth * math.asin(math.sqrt(x))) / (2 * math.sqrt(x * (1 - x)))


def _by_hand(x: float, depth: int) -> Formula:
    template = f"2^{depth - 1} * sin(2^{depth} * asin(sqrt({{x}}))) / (2 * sqrt({{x}} * (1 - {{x}})))"
    return Formula(f"dl{depth}/dx", template, {"x": x}, _hand(x, depth))


def _central(x: float, depth: int, h: float) -> float:
    return float((logistic(x + h, depth) - logistic(x - h, depth)) / (2 * h))


def _one_sided(x: float, depth: int, h: float) -> float:
    return float(logistic(x + h, depth) - logistic(x, depth)) / h


def _difference(x: float, depth: int) -> Formula:
    values = {"f(x + h)": logistic(x + SHOWN, depth), "f(x - h)": logistic(x - SHOWN, depth), "h": SHOWN}
    result = _central(x, depth, SHOWN)
    return Formula(f"dl{depth}/dx", "({f(x + h)} - {f(x - h)}) / (2 * {h})", values, result)


def _off(value: float, exact: Fraction) -> float:
    """Return how far a float is from the exact derivative."""
    return abs(float(Fraction(value) - exact))


def _errors(x: float, depth: int, exact: Fraction) -> Table:
    columns = []
    for method in (_one_sided, _central):
        errors = [_off(method(x, depth, 10.0**-k), exact) for k in EXPONENTS]
        columns.append([f"{error:.2e}" + (" ←" if error == min(errors) else "") for error in errors])
    steps = [f"1e-{k:02}" for k in EXPONENTS]
    heads = (_("step h"), _("error of (f(x + h) - f(x)) / h"), _("error of (f(x + h) - f(x - h)) / 2h"))
    return Table(heads, tuple(zip(steps, *columns, strict=True)))


def _symbolic(x: float, depth: int) -> Step:
    try:
        import sympy
    except ImportError:
        return Step(_("Symbolically: this needs SymPy. Write: pip install 'neurona[explain]'"))
    rows, symbol = [], sympy.Symbol("x")
    for k in range(1, max(DEEPEST, depth) + 1):
        function = logistic(symbol, k)
        derivative = sympy.diff(function, symbol)
        row = (k, sympy.count_ops(function), sympy.count_ops(derivative), len(str(derivative)), 3 * (k - 1) + 1)
        rows.append(tuple(map(str, row)))
    heads = (_("depth"), _("operations of f"), _("operations of its derivative"), _("letters"), _("nodes of the tape"))
    text = _("Symbolically: exact, but the expression swells with depth, while the tape grows by three nodes a round.")
    return Step(text, table=Table(heads, tuple(rows)), code=str(sympy.diff(logistic(symbol, min(depth, 3)), symbol)))


def _compared(x: float, depth: int, exact: Fraction) -> Table:
    def tape() -> float:
        leaf = glass.Tensor(x, requires_grad=True)
        return float(glass.grad(logistic(leaf, depth), [leaf])[0].item())

    def tangent() -> float:
        return float(glass.jvp(lambda v: logistic(v, depth), [x], [1.0])[1].item())

    ways: dict[str, Callable[[], float]] = {
        _("by hand"): lambda: _hand(x, depth),
        _("numerically, h = 1e-05"): lambda: _central(x, depth, 1e-5),
        **_symbolic_ways(x, depth),
        _("automatically, reverse mode"): tape,
        _("automatically, forward mode"): tangent,
    }
    rows = [(name, number(way(), 12), f"{_off(way(), exact):.1e}", _time(way)) for name, way in ways.items()]
    heads = (_("derivative"), f"dl{depth}/dx", _("error"), _("time"))
    return Table(heads, ((_("in exact fractions"), number(float(exact), 12), "0", "-"), *rows))


def _symbolic_ways(x: float, depth: int) -> dict[str, Callable[[], float]]:
    try:
        import sympy
    except ImportError:
        return {}
    symbol = sympy.Symbol("x")

    def derive() -> float:
        return float(sympy.lambdify(symbol, sympy.diff(logistic(symbol, depth), symbol))(x))

    ready = sympy.lambdify(symbol, sympy.diff(logistic(symbol, depth), symbol))
    return {_("symbolically, derived anew"): derive, _("symbolically, derived before"): lambda: float(ready(x))}


def _time(way: Callable[[], float]) -> str:
    """Return the best of some times of one evaluation, as text."""
    once = timeit.timeit(way, number=1)
    count = max(1, min(200, int(0.005 / max(once, 1e-9))))
    return f"{min(timeit.repeat(way, number=count, repeat=3)) / count * 1e6:.3g} µs"
