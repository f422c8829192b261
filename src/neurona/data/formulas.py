"""Formulas over columns, such as `x1^2`, `x1*x2` and `sin(3*x1)`: read sign by sign, never run as code."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from neurona.errors import nearest
from neurona.language import _
from neurona.validation import KeyedError

KEY = "data.features"
LONGEST, DEEPEST = 300, 20

FUNCTIONS: Mapping[str, Callable[..., Any]] = {
    "sin": torch.sin,
    "cos": torch.cos,
    "tanh": torch.tanh,
    "exp": torch.exp,
    "log": torch.log,
    "sqrt": torch.sqrt,
    "abs": torch.abs,
}
OPERATORS: Mapping[str, Callable[..., Any]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
    "^": operator.pow,
}
CONSTANTS = {"pi": torch.pi}
TOKEN = re.compile(
    r"\s*(?:(?P<number>(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)|(?P<name>[^\W\d]\w*)|`(?P<quoted>[^`]+)`"
    r"|(?P<sign>\*\*|[-+*/^()]))"
)


@dataclass(frozen=True)
class Column:
    """The values of a column, in the units in which they were measured."""

    name: str


@dataclass(frozen=True)
class Applied:
    """A function, or an operator, applied to what stands in its places."""

    name: str
    places: tuple[Term, ...]


Term = float | Column | Applied


@dataclass(frozen=True)
class Formula:
    """A formula over columns.

    Attributes:
        text: as it was written.
        term: what it says.
    """

    text: str
    term: Term

    @staticmethod
    def read(text: str, columns: Collection[str]) -> Formula:
        """Read a formula.

        It may hold numbers, `pi`, names of `columns` (in backquotes where they hold other signs than letters, digits
        and underscores), `+ - * / ^`, parentheses, and the functions `FUNCTIONS`. The name of a column alone is that
        column, whatever signs it holds.

        Raises:
            InputError: it cannot be read, names no column, or one that there is not.
        """
        return Formula(text, Column(text) if text in columns else _Reader(text, columns).whole())

    @property
    def column(self) -> str | None:
        """The name of the column that it is, if it is one as it stands."""
        return self.term.name if isinstance(self.term, Column) else None

    @property
    def reads(self) -> tuple[str, ...]:
        """The names of the columns that it computes with, each once."""
        return tuple(dict.fromkeys(_columns(self.term)))

    def values(self, columns: Mapping[str, Tensor]) -> Tensor:
        """Return its value for each row of `columns`, `(n,)` each."""
        found: Tensor = _value(self.term, columns)
        return found

    def code(self, column: Callable[[str], str]) -> str:
        """Return it as a Python expression of PyTorch's functions, where `column` says how a column is written."""
        return _code(self.term, column)


def _columns(term: Term) -> list[str]:
    if isinstance(term, Column):
        return [term.name]
    return [name for place in term.places for name in _columns(place)] if isinstance(term, Applied) else []


def _value(term: Term, columns: Mapping[str, Tensor]) -> Any:
    if isinstance(term, Column):
        return columns[term.name]
    if isinstance(term, Applied):
        places = [_value(place, columns) for place in term.places]
        beside = next((place for place in places if isinstance(place, Tensor)), None)
        if term.name in "+-*/" and beside is not None:
            places = [place if isinstance(place, Tensor) else constant(place, beside) for place in places]
        return (FUNCTIONS if len(places) == 1 else OPERATORS)[term.name](*places)
    return term


def constant(value: float, beside: Tensor) -> Tensor:
    """Return a number as a tensor of no dimension, of the type of `beside`: the ONNX of a plain one is float32."""
    return torch.tensor(value, dtype=beside.dtype)


def _code(term: Term, column: Callable[[str], str]) -> str:
    if isinstance(term, Column):
        return column(term.name)
    if isinstance(term, Applied):
        places = [_code(place, column) for place in term.places]
        if len(places) == 1:
            return f"torch.{term.name}({places[0]})"
        return f"({places[0]} {'**' if term.name == '^' else term.name} {places[1]})"
    return f"({term!r})" if term < 0 else repr(term)


class _Reader:
    """Reads a formula by recursive descent, with the usual precedence: `-x^2` is `-(x^2)`, `2^3^2` is `2^(3^2)`."""

    def __init__(self, text: str, columns: Collection[str]) -> None:
        self.text, self.columns = text, columns
        self.at, self.depth = 0, 0
        self.kind, self.token = "", ""
        if len(text) > LONGEST:
            problem = _("{key}: a formula of {count} signs is too long.").format(key=KEY, count=len(text))
            raise KeyedError(KEY, problem, _("Write at most {most}.").format(most=LONGEST))
        self._next()

    def whole(self) -> Term:
        term = self._sum()
        if self.kind != "end":
            raise self._unexpected()
        if not _columns(term):
            raise self._wrong(_("it names no column"), nearest("", self.columns))
        return term

    def _next(self) -> None:
        rest = self.text[self.at :]
        found = TOKEN.match(rest)
        if found is not None:
            self.at += found.end()
            self.kind = str(found.lastgroup)
            self.token = found.group(self.kind).replace("**", "^")
        elif not rest.strip():
            self.kind, self.token = "end", ""
        else:
            raise self._wrong(_("{sign!r} is no part of a formula").format(sign=rest.strip()[0]), _how())

    def _taken(self, signs: str) -> str:
        """Return the sign that stands here if it is one of `signs`, and go on behind it; else nothing."""
        if self.kind != "sign" or self.token not in signs:
            return ""
        sign = self.token
        self._next()
        return sign

    def _sum(self) -> Term:
        self.depth += 1
        if self.depth > DEEPEST:
            raise self._wrong(_("it has too many parentheses within each other"), _("Write it with fewer."))
        term = self._product()
        while sign := self._taken("+-"):
            term = self._applied(sign, term, self._product())
        self.depth -= 1
        return term

    def _product(self) -> Term:
        term = self._signed()
        while sign := self._taken("*/"):
            term = self._applied(sign, term, self._signed())
        return term

    def _signed(self) -> Term:
        negative = False
        while sign := self._taken("+-"):
            negative ^= sign == "-"
        term = self._power()
        return self._applied("*", -1.0, term) if negative else term

    def _power(self) -> Term:
        term = self._atom()
        if not self._taken("^"):
            return term
        self.depth += 1
        if self.depth > DEEPEST:
            raise self._wrong(_("it has too many powers within each other"), _("Write it with fewer."))
        exponent = self._signed()
        self.depth -= 1
        return self._applied("^", term, exponent)

    def _atom(self) -> Term:
        if self._taken("("):
            return self._closed()
        kind, token = self.kind, self.token
        if kind not in ("number", "name", "quoted"):
            raise self._unexpected()
        self._next()
        if kind == "number":
            return self._applied("abs", float(token))  # which refuses what is too large for a number
        if kind == "name" and self.kind == "sign" and self.token == "(":
            return self._called(token)
        if token in self.columns:
            return Column(token)
        if kind == "name" and token in CONSTANTS:
            return CONSTANTS[token]
        if kind == "name" and token in FUNCTIONS:
            hint = _("Write what it is of in parentheses, such as {example}.")
            raise self._wrong(_("{name} stands alone").format(name=token), hint.format(example=f"{token}(x)"))
        raise self._wrong(_("there is no column {name!r}").format(name=token), nearest(token, self.columns))

    def _called(self, name: str) -> Term:
        if name not in FUNCTIONS:
            raise self._wrong(_("there is no function {name!r}").format(name=name), nearest(name, FUNCTIONS))
        self._next()
        return self._applied(name, self._closed())

    def _closed(self) -> Term:
        term = self._sum()
        if not self._taken(")"):
            raise self._unexpected()
        return term

    def _applied(self, name: str, *places: Term) -> Term:
        """Return an application, or its value where all places are numbers."""
        term = Applied(name, places)
        if _columns(term):
            return term
        given = tuple(torch.tensor(place, dtype=torch.float64) for place in places)
        value = float((FUNCTIONS if len(places) == 1 else OPERATORS)[name](*given))
        if value - value != 0:
            raise self._wrong(_("a part of it is no finite number"), _how())
        return value

    def _unexpected(self) -> KeyedError:
        if self.kind == "end":
            return self._wrong(_("it ends too soon"), _how())
        return self._wrong(_("{sign!r} is not expected there").format(sign=self.token), _how())

    def _wrong(self, reason: str, hint: str) -> KeyedError:
        problem = _("{key}, {formula!r}: {reason}.").format(key=KEY, formula=self.text, reason=reason)
        return KeyedError(KEY, problem, hint)


def _how() -> str:
    hint = _(
        "Write a column, or a formula such as x1^2, x1*x2 or sin(3*x1), with {names}; a name with other signs stands "
        "in backquotes."
    )
    return hint.format(names=", ".join(FUNCTIONS))
