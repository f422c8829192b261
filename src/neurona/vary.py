"""What a comparison compares: the variants of a recipe, from its `[vary]` or from `--vary`."""

from __future__ import annotations

import itertools
import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import BeforeValidator, Discriminator, Field, Tag

from neurona.errors import InputError
from neurona.language import _
from neurona.validation import KeyedError

if TYPE_CHECKING:
    from neurona.recipe import Recipe

# What stands between commas, which may themselves stand in brackets or quotes.
VALUE = re.compile(r"""((?:\[[^\]]*\]|"[^"]*"|'[^']*'|[^,\["'])*)(?:,|$)""")

SEEDS = {"fit.seed", "data.seed"}


def _with_dots(vary: Any) -> Any:
    """Return `[vary]` with its keys as one word each, which TOML takes apart where they stand without quotes."""
    if not isinstance(vary, Mapping):
        return vary
    whole: dict[str, Any] = {}
    for key, given in vary.items():
        apart = isinstance(given, Mapping) and given and all(isinstance(inner, list) for inner in given.values())
        whole |= {f"{key}.{inner}": values for inner, values in given.items()} if apart else {key: given}
    return whole


# What is compared: the values of one key, or choices by label, each a piece of a recipe. Errors leave the tags out.
Values = Annotated[list[Any], Field(min_length=2), Tag("list[values]")]
Choices = Annotated[dict[str, dict[str, Any]], Field(min_length=2), Tag("dict[choices]")]
Varied = Annotated[
    Values | Choices,
    Discriminator(lambda given: "dict[choices]" if isinstance(given, Mapping) else "list[values]"),
]
Vary = Annotated[dict[str, Varied], BeforeValidator(_with_dots)]


@dataclass(frozen=True)
class Variant:
    """One choice that is compared.

    Attributes:
        label: what tells it from the others, such as "relu" or "adam, 0.01".
        changes: what it sets in the recipe, by dotted key.
        places: the key in `vary` that each change stands under: "vary.fit.lr", "vary.rule.fast.fit.lr".
    """

    label: str
    changes: dict[str, Any]
    places: dict[str, str] = field(default_factory=dict)

    @property
    def title(self) -> str:
        """What it is called: its values, a number, true or false with the option that has it ("boxes 5")."""
        parts = self.label.split(", ")
        if len(parts) != len(self.changes):
            return self.label
        told = zip(parts, self.changes.items(), strict=True)
        return ", ".join(_titled(part, key, value) for part, (key, value) in told)

    def of(self, recipe: Recipe) -> Recipe:
        """Return the recipe with this choice made.

        Raises:
            InputError: a key or a value is wrong; it says the line of `[vary]` where it stands.
        """
        return recipe.with_changes(self.changes, self.places)


def variants(recipe: Recipe) -> list[Variant]:
    """Return every combination of the choices in `recipe.vary`, in the order in which they are written.

    Keys with values come before words with labels, as they must when TOML is written.
    """
    written = sorted(recipe.vary.items(), key=lambda item: isinstance(item[1], dict))
    combinations = itertools.product(*(_choices(key, options) for key, options in written))
    return [
        Variant(
            ", ".join(choice.label for choice in choices),
            {key: value for choice in choices for key, value in choice.changes.items()},
            {key: place for choice in choices for key, place in choice.places.items()},
        )
        for choices in combinations
    ]


def _choices(key: str, options: list[Any] | dict[str, dict[str, Any]]) -> list[Variant]:
    """Return what `key` of `vary` offers: a variant for each value of it, or for each label."""
    if isinstance(options, list):
        return [Variant(_label(value), {key: value}, {key: f"vary.{key}"}) for value in options]
    pieces = {label: dict(_dotted(piece)) for label, piece in options.items()}
    return [
        Variant(label, piece, {inner: f"vary.{key}.{label}.{inner}" for inner in piece})
        for label, piece in pieces.items()
    ]


def require_comparable(recipe: Recipe) -> None:
    """Refuse a comparison whose variants are not told apart, or that varies what each variant has all of.

    Raises:
        InputError: two variants are called the same, or a seed is varied.
    """
    with recipe.pointing():
        seen: set[str] = set()
        for variant in variants(recipe):
            if variant.label in seen:
                problem = _("Two variants are called {label!r}.").format(label=variant.label)
                raise KeyedError("vary", problem, _("Leave one of them out, or give it another label."))
            seen.add(variant.label)
            for key in SEEDS & variant.changes.keys():
                problem = _("Seeds are no variants: each variant has the same ones.")
                raise KeyedError(variant.places[key], problem, _("Write seeds = 10 above the sections, or --seeds 10"))


def _dotted(piece: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Yield the dotted keys of a piece of a recipe, `{"fit": {"lr": 0.1}}` or `{"fit.lr": 0.1}`, and their values."""
    for section, value in piece.items():
        if isinstance(value, Mapping):
            yield from ((f"{section}.{key}", inner) for key, inner in value.items())
        else:
            yield section, value


def _titled(part: str, key: str, value: Any) -> str:
    if not isinstance(value, int | float) or part != str(value):
        return part
    return f"{key.rpartition('.')[2]} {part.lower() if isinstance(value, bool) else part}"


def _label(value: Any) -> str:
    if isinstance(value, list):
        return "-".join(str(item) for item in value) or "none"
    return str(value)


def read(options: Sequence[str]) -> dict[str, list[Any]]:
    """Return what `--vary` options say, as a recipe's `[vary]`: "net.activation=relu,tanh" gives two values.

    Values are TOML, or else text: "net.hidden=[50],[100, 50]".

    Raises:
        InputError: one is no list of values, gives a key twice, or the values are fewer than two.
    """
    found: dict[str, list[Any]] = {}
    for option in options:
        key, equals, text = option.partition("=")
        key = key.strip()
        example = _("Write for instance --vary net.activation=relu,tanh,sigmoid")
        if not equals or "." not in key.strip("."):
            raise InputError(_("--vary {option!r} is not KEY=VALUE,VALUE.").format(option=option), example)
        if key in found:
            raise InputError(_("--vary gives {key} twice.").format(key=key), _("Give all its values in one."))
        if key in SEEDS:
            raise InputError(_("Seeds are no variants: each variant has the same ones."), _("Write --seeds 10"))
        values = [read_value(part.strip()) for part in VALUE.findall(text) if part.strip()]
        if len(values) < 2:
            problem = _(
                "--vary {option!r} leaves nothing to compare: it has {count} value, and two or more are needed."
            )
            raise InputError(problem.format(option=option, count=len(values)), example)
        found[key] = values
    return found


def read_value(text: str) -> Any:
    """Return a value that is TOML, or else text."""
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        return text
