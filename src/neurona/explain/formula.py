"""A line of a derivation: the formula in its symbols, the same with the numbers put in, and what it comes to."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

SYMBOL = re.compile(r"\{([^{}]+)\}")
# With so many digits a number is written: the first that makes the printed line come out right is taken.
DIGITS = (6, 9, 12, 17)
TOLERANCE = 1e-5  # of the result, when the printed line is computed
ROUNDING = 1e-15  # what float64 leaves of a sum that should be 0


def _exp(value: float) -> float:
    """Return e to a power, and infinity where the computation that is written out has that."""
    try:
        return math.exp(value)
    except OverflowError:
        return math.inf


FUNCTIONS = {name: getattr(math, name) for name in ("log", "sqrt", "sin", "cos", "asin", "tanh", "erf")} | {"exp": _exp}


@dataclass(frozen=True)
class Formula:
    """One line, such as `delta_2 = g'(a_2) * e = 0.196612 * 2.0 = 0.393224`.

    Attributes:
        left: what is computed.
        template: the right side, its symbols in braces: "{g'(a_2)} * {e}".
        values: the number of each symbol.
        result: what it comes to, as the computation itself found it, not as this line would.
        node: the node of the graph that the line is about, if any.
        backward: whether the line gives that node's gradient rather than its value.
    """

    left: str
    template: str
    values: Mapping[str, float]
    result: float
    node: str = ""
    backward: bool = False

    @property
    def symbols(self) -> str:
        """The right side in symbols: "g'(a_2) * e"."""
        return SYMBOL.sub(lambda found: found[1], self.template)

    @property
    def numbers(self) -> str:
        """The right side with the numbers put in: "0.196612 * 2.0"."""
        return self._with_numbers(self.digits)

    @property
    def text(self) -> str:
        """The whole line; a side that would only repeat the one before it is left out."""
        result = number(self.result, self.digits)
        sides = [self.left, self.symbols, self.numbers, result] if SYMBOL.search(self.template) else [self.left, result]
        return " = ".join(side for place, side in enumerate(sides) if place == 0 or side != sides[place - 1])

    @cached_property
    def digits(self) -> int:
        """How many digits its numbers need, so that whoever computes the printed line finds the printed result."""
        return next((digits for digits in DIGITS if self._holds(digits)), DIGITS[-1])

    def _holds(self, digits: int) -> bool:
        try:
            found = evaluate(self._with_numbers(digits))
        except (ValueError, TypeError, ArithmeticError):  # such as the logarithm of what was rounded to 0
            return False
        return math.isclose(found, self.result, rel_tol=TOLERANCE, abs_tol=ROUNDING)

    def _with_numbers(self, digits: int) -> str:
        def written(found: re.Match[str]) -> str:
            text = number(self.values[found[1]], digits)
            before = self.template[: found.start()].rstrip()
            raised = self.template[found.end() :].lstrip().startswith("^")
            alone = (not before or before.endswith(("(", ","))) and not raised
            return text if alone or not text.startswith("-") else f"({text})"

        return SYMBOL.sub(written, self.template)


def evaluate(line: str) -> float:
    """Return what a line of numbers comes to; `^` is a power.

    >>> evaluate("(0.75 - 0.5)^2 / 2")
    0.03125
    """
    names = {**FUNCTIONS, "max": max, "min": min, "abs": abs, "inf": math.inf, "nan": math.nan, "__builtins__": {}}
    return float(eval(line.replace("^", "**"), names))  # our own formulas, with numbers in them


def number(value: float, digits: int = 6) -> str:
    """Return a number as derivations write it: so many digits, and 2.0 for a whole one.

    >>> number(0.19661193), number(2), number(-0.0)
    ('0.196612', '2.0', '0.0')
    """
    value = float(value) + 0.0  # no -0.0
    return f"{value:.1f}" if abs(value) < 1e6 and value == round(value) else f"{value:.{digits}g}"
