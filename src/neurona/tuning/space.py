"""The space that a search goes through: for each key of a recipe the values that it may take, from `--over`."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from neurona.errors import InputError
from neurona.language import _
from neurona.override import NONE, read_value
from neurona.validation import plain, require_written
from neurona.vary import between_commas, outside_sections

if TYPE_CHECKING:
    from optuna.distributions import BaseDistribution

# Values of these choose the samples that a trial is judged on: the numbers of two trials would not be comparable.
JUDGES = ("data.name", "data.path", "data.target", "data.task", "data.seed", "data.valid", "data.test")
DIGITS = 4


@dataclass(frozen=True)
class Choices:
    """A key of a recipe with a list of values.

    Attributes:
        key: dotted, such as "net.activation".
        values: what it may be, two values or more, all different.
    """

    key: str
    values: tuple[Any, ...]

    @property
    def written(self) -> list[Any]:
        """What `of` takes for it."""
        return list(self.values)

    @property
    def tried(self) -> tuple[Any, ...]:
        """Values that tell whether the key can be searched: all of them."""
        return self.values

    @property
    def count(self) -> int | None:
        """How many values there are."""
        return len(self.values)

    def distribution(self) -> BaseDistribution:
        """Return what Optuna draws from: the words of the values."""
        from optuna.distributions import CategoricalDistribution

        return CategoricalDistribution(tuple(word(value) for value in self.values))

    def value(self, drawn: Any) -> Any:
        """Return the value that was drawn."""
        return next(value for value in self.values if word(value) == drawn)

    def drawn(self, value: Any) -> Any | None:
        """Return what Optuna would have drawn for `value`; None where it is no choice."""
        value = NONE if value is None else list(value) if isinstance(value, tuple) else value
        return word(value) if any(word(one) == word(value) for one in self.values) else None


@dataclass(frozen=True)
class Range:
    """A key of a recipe with a range of numbers.

    Attributes:
        key: dotted, such as "fit.lr".
        low, high: the ends, both included.
        log: whether each power of ten in it is as likely as any other.
        whole: whether only whole numbers are meant.
    """

    key: str
    low: float
    high: float
    log: bool = False
    whole: bool = False

    @property
    def written(self) -> str:
        """What `of` takes for it."""
        return f"{'log:' if self.log else ''}{self.low!r}..{self.high!r}"

    @property
    def tried(self) -> tuple[Any, ...]:
        """Values that tell whether the key can be searched: the ends."""
        return (self.low, self.high)

    @property
    def count(self) -> int | None:
        """How many values there are; None for real numbers."""
        return int(self.high - self.low) + 1 if self.whole else None

    @property
    def middle(self) -> float:
        """A number between the ends that is not whole."""
        middle = (self.low + self.high) / 2
        return middle if middle % 1 else middle + min(0.25, (self.high - self.low) / 4)

    def distribution(self) -> BaseDistribution:
        """Return what Optuna draws from."""
        from optuna.distributions import FloatDistribution, IntDistribution

        if self.whole:
            return IntDistribution(int(self.low), int(self.high), log=self.log)
        return FloatDistribution(float(self.low), float(self.high), log=self.log)

    def value(self, drawn: Any) -> Any:
        """Return the number that was drawn; a real one with four significant digits, which are enough to say it."""
        if self.whole:
            return int(drawn)
        return min(max(float(f"{drawn:.{DIGITS}g}"), float(self.low)), float(self.high))

    def drawn(self, value: Any) -> Any | None:
        """Return what Optuna would have drawn for `value`; None where it is not in the range."""
        if isinstance(value, bool) or not isinstance(value, int | float) or (self.whole and value % 1):
            return None
        return value if self.low <= value <= self.high else None


Parameter = Choices | Range


@dataclass(frozen=True)
class Space:
    """The parameters of a search, in the order in which they were given."""

    parameters: tuple[Parameter, ...]

    @property
    def keys(self) -> list[str]:
        """The dotted keys."""
        return [parameter.key for parameter in self.parameters]

    @property
    def size(self) -> float:
        """How many combinations there are; infinite where real numbers are among them."""
        return math.prod(parameter.count or math.inf for parameter in self.parameters)

    def distributions(self) -> dict[str, BaseDistribution]:
        """Return what Optuna draws from, by key."""
        return {parameter.key: parameter.distribution() for parameter in self.parameters}

    def require_unset(self, keys: Sequence[str]) -> None:
        """Raise an `InputError` where a key that is searched is among those that were set for every trial."""
        for key in self.keys:
            if key in keys:
                problem = _("{key} is both set and searched.").format(key=key)
                raise InputError(problem, _("Leave it out of --set (or --epochs), or out of --over."))

    def values(self, drawn: Mapping[str, Any]) -> dict[str, Any]:
        """Return what a trial sets in the recipe, by dotted key, given what was drawn."""
        return {p.key: p.value(drawn[p.key]) for p in self.parameters if p.key in drawn}

    def drawn(self, values: Mapping[str, Any]) -> dict[str, Any] | None:
        """Return what would have been drawn for `values`; None where they are not all there and within the space."""
        drawn = {p.key: p.drawn(values[p.key]) for p in self.parameters if p.key in values}
        return drawn if len(drawn) == len(self.parameters) and None not in drawn.values() else None

    def written(self) -> dict[str, Any]:
        """Return what `of` takes for it, in a form that TOML and JSON can hold."""
        return {parameter.key: parameter.written for parameter in self.parameters}

    def real(self, key: str) -> Space:
        """Return the space with real numbers in the range of `key`."""
        return Space(
            tuple(
                replace(p, whole=False, low=float(p.low), high=float(p.high))
                if isinstance(p, Range) and p.key == key
                else p
                for p in self.parameters
            )
        )


def word(value: Any) -> Any:
    """Return a value of a list as Optuna keeps it: a number, a truth value, a text, or the text of a list."""
    return value if isinstance(value, str | int | float) else json.dumps(value, ensure_ascii=False)


def shown(value: Any) -> str:
    """Return a value as one types it: "true", "[64, 32]", "relu"; what is not there is "none"."""
    if value is None or isinstance(value, str):
        return value or "none"
    return json.dumps(value, ensure_ascii=False)


def read(options: Sequence[str]) -> Space:
    """Return what `--over` options say: "fit.lr=log:1e-4..1", "net.hidden=[32],[64,64]".

    Raises:
        InputError: one is no list and no range, gives a key twice, or leaves nothing to search.
    """
    given: dict[str, str] = {}
    for option in options:
        key, equals, text = option.partition("=")
        key = key.strip()
        if not (equals and key) or text.startswith("="):
            raise InputError(_("--over {option!r} is not KEY=VALUES.").format(option=option), example())
        if key in given:
            raise InputError(_("--over gives {key} twice.").format(key=key), _("Give all its values in one."))
        given[key] = text.strip()
    return of(given)


def of(over: Mapping[str, str | Sequence[Any]]) -> Space:
    """Return the space of `over`: by key a text as `--over` takes it, or a list of values.

    Raises:
        InputError: it is empty or has no keys, a key cannot be searched, or its values are no list and no range.
    """
    if not over:
        raise InputError(_("Nothing is said about what to search."), example())
    if not isinstance(over, Mapping) or not all(isinstance(key, str) for key in over):
        problem = _("What to search is given by key, and this is a {kind}.").format(kind=type(over).__name__)
        raise InputError(problem, _("Write {example}.").format(example='{"fit.lr": "log:1e-4..1"}'))
    for key in over:
        _check(key)
    return Space(tuple(_parameter(key, values) for key, values in over.items()))


def example() -> str:
    """Return a hint that shows how a search is written."""
    return _("Write for instance --over fit.lr=log:1e-4..1 --over net.activation=relu,tanh")


def _check(key: str) -> None:
    if hint := outside_sections(key):
        raise InputError(_("{key} cannot be searched: only keys of data, net and fit can.").format(key=key), hint)
    if key == "fit.seed" or key in JUDGES:
        problem = _("{key} cannot be searched: trials are compared on the same samples, with the same seeds.")
        hint = _("Write --seeds 3 to judge each trial by the mean over three seeds.")
        raise InputError(problem.format(key=key), hint)


def _parameter(key: str, values: str | Sequence[Any]) -> Parameter:
    if not isinstance(values, str):
        return _choices(key, [plain(value) for value in values] if isinstance(values, Iterable) else [values])
    parts = between_commas(key, values)
    if values.startswith("log:") or (len(parts) == 1 and ".." in values):
        return _range(key, values)
    return _choices(key, [read_value(part) for part in parts])


def _choices(key: str, values: list[Any]) -> Choices:
    for value in values:
        require_written(key, value)
    if len(values) < 2:
        problem = (
            _("{key} has a single value, and a search needs two or more.") if values else _("{key} has no values.")
        )
        hint = _("Write a list, A,B,C, or a range of numbers, 0.1..0.5 or log:1e-4..1; one value is set with --set.")
        raise InputError(problem.format(key=key), hint)
    values = [NONE if value is None else value for value in values]
    words = [word(value) for value in values]
    twice = [shown for shown in words if words.count(shown) > 1]
    if twice:
        problem = _("{key} has the value {value} twice.").format(key=key, value=twice[0])
        raise InputError(problem, _("Leave one of them out."))
    return Choices(key, tuple(values))


def _range(key: str, text: str) -> Range:
    log = text.startswith("log:")
    found = re.fullmatch(r"(.+?)\.\.(.+)", text.removeprefix("log:").strip())
    ends = [read_value(end.strip()) for end in found.groups()] if found else []
    if not ends or not all(_is_number(end) for end in ends):
        problem = _("{key}={text} is not a range of numbers.").format(key=key, text=text)
        hint = _("Write a range as 0.1..0.5, 1..64 or log:1e-4..1, and choices with commas between them: A,B,C.")
        raise InputError(problem, hint)
    low, high = ends
    if low == high:
        problem = _("{key}={text} is a range of one number.").format(key=key, text=text)
        raise InputError(problem, _("Write the smaller end first and the larger one last; a value is set with --set."))
    if log and min(ends) <= 0:
        problem = _("{key}={text}: a logarithmic range begins above 0.").format(key=key, text=text)
        top = max(ends)
        begin, end = (1, top) if isinstance(top, int) and top > 1 else (top / 1000, top) if top > 0 else (0.001, 1.0)
        raise InputError(problem, _("Write {range}").format(range=f"{key}=log:{begin!r}..{end!r}"))
    if low > high:
        problem = _("{key}={text} begins above its end.").format(key=key, text=text)
        turned = f"{key}={'log:' if log else ''}{high!r}..{low!r}"
        raise InputError(problem, _("Write {range}").format(range=turned))
    return Range(key, low, high, log, whole=isinstance(low, int) and isinstance(high, int))


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
