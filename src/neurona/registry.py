"""Named things that a recipe can ask for (datasets, nets, activations, optimizers) and the options each one takes."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, wraps
from types import SimpleNamespace
from typing import Any, Generic, TypeVar, cast, get_type_hints

from pydantic import BaseModel, ConfigDict, Field, ValidationError, create_model

from neurona.errors import UnknownNameError, nearest
from neurona.language import _
from neurona.validation import explain, plain

F = TypeVar("F", bound=Callable[..., Any])


@dataclass(frozen=True)
class Entry(Generic[F]):
    """A registered function: its name, what a person reads about it (an English sentence), and its facts."""

    name: str
    make: F
    summary: str
    facts: Mapping[str, Any]
    given: tuple[str, ...] = ()

    @property
    def options(self) -> type[BaseModel]:
        """A pydantic model of the options that a recipe may give: the parameters of `make` less the `given` ones."""
        return _options(self.make, self.given)

    def check(self, options: Mapping[str, Any], where: str, common: Sequence[str] = ()) -> dict[str, Any]:
        """Validate `options` and return them with their types.

        Args:
            options: what a person gave.
            where: the recipe section that they stand in.
            common: further keys that the section takes, to name the nearest to an unknown one.

        Raises:
            InputError: an option is unknown, missing, or of the wrong type or range.
        """
        try:
            return dict(self.options(**options))
        except ValidationError as error:
            raise explain(error, where, [*self.options.model_fields, *common]) from None


class Registry(Generic[F]):
    """Names to functions. The options that a recipe may set are a function's parameters, less those `given` by us.

    Args:
        noun: what they make.
        given: the parameters that no recipe sets.
        called: the section of a recipe that options stand in, where programs call the functions themselves, and what
            they give is checked as what a recipe says; "" where they do not.
    """

    def __init__(self, noun: str, given: tuple[str, ...] = (), called: str = "") -> None:
        self.noun, self.given, self.called = noun, given, called
        self._entries: dict[str, Entry[F]] = {}

    def register(self, name: str, summary: str, **facts: Any) -> Callable[[F], F]:
        """Register the decorated function as `name`; `summary` is one English sentence, translated when shown."""

        def add(make: F) -> F:
            entry = self._entries[name] = Entry(name, make, summary, facts, self.given)
            return cast(F, _checked(entry, self.called)) if self.called else make

        return add

    def __getitem__(self, name: str) -> Entry[F]:
        entry = self._entries.get(name) if isinstance(name, str) else None
        if entry is None:
            problem = _("There is no {noun} called {name!r}.").format(noun=_(self.noun), name=name)
            raise UnknownNameError(str(name), problem, nearest(str(name), self._entries))
        return entry

    def __iter__(self) -> Iterator[Entry[F]]:
        return iter(self._entries.values())

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and name in self._entries


def _checked(entry: Entry[F], section: str) -> Callable[..., Any]:
    """Return what makes the same with options that are checked first."""
    signature = inspect.signature(entry.make)

    @wraps(entry.make)
    def make(*positional: Any, **named: Any) -> Any:
        bound = signature.bind(*positional, **named)
        options = {name: plain(value) for name, value in bound.arguments.items() if name not in entry.given}
        bound.arguments.update(entry.check(options, section))
        return entry.make(*bound.args, **bound.kwargs)

    return make


@cache
def _options(make: Callable[..., Any], given: tuple[str, ...]) -> type[BaseModel]:
    # What it returns may have a type that is only imported when types are checked.
    parameters = {name: hint for name, hint in make.__annotations__.items() if name != "return"}
    hints = get_type_hints(SimpleNamespace(__annotations__=parameters), make.__globals__, include_extras=True)
    fields: dict[str, Any] = {
        name: (hints[name], ... if parameter.default is inspect.Parameter.empty else Field(parameter.default))
        for name, parameter in inspect.signature(make).parameters.items()
        if name not in given
    }
    config = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False, arbitrary_types_allowed=True)
    return create_model(f"{make.__name__}_options", __config__=config, **fields)
