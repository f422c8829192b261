"""One change to a recipe, as the command line writes it: `fit.lr=0.1`, `net.hidden=[10, 10]`, `fit.clip=none`."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from neurona.errors import InputError
from neurona.language import _

NONE = "none"


@dataclass(frozen=True)
class Override:
    """A value for one key of a recipe.

    Attributes:
        path: the parts of the dotted key, such as `("fit", "lr")`.
        value: what it becomes; None takes the key out.
    """

    path: tuple[str, ...]
    value: Any

    @property
    def key(self) -> str:
        """The dotted key, such as "fit.lr"."""
        return ".".join(self.path)

    @staticmethod
    def read(written: str, known: Mapping[str, Collection[str]]) -> Override:
        """Read a change such as "fit.lr=0.1"; the value is TOML, or else text, and the word none is no value.

        Args:
            written: the change.
            known: the keys of each section, to say which one was left out; those of the whole recipe are at "".

        Raises:
            InputError: it has no "=", or no section before a dot.
        """
        key, equals, value = _key_and_value(written)
        path = _path(key)
        if equals and len(path) == 1 and path[0] and path[0] not in known.get("", ()):
            raise InputError(_("{key} is not a known key.").format(key=path[0]), _full(written, path, known))
        if not equals or not all(path):
            problem = _("--set {override!r} is not KEY=VALUE.").format(override=written)
            raise InputError(problem, _example(known))
        return Override(path, None if value.strip() == NONE else read_value(value))

    def apply(self, raw: dict[str, Any]) -> None:
        """Change `raw`, a recipe as it was read from TOML.

        Raises:
            InputError: what should hold the key is a value.
        """
        put(raw, self.path, self.value)


def read_value(text: str) -> Any:
    """Return a value that is TOML, a list of words without quotes, as shells leave them, or else text."""
    text = text.strip()
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except (ValueError, RecursionError):  # also a number of 5,000 digits, or as many brackets
        listed = text.startswith("[") and text.endswith("]") and "[" not in text[1:]
    parts = apart(text[1:-1]) if listed else None
    return text if parts is None else [read_value(part) for part in parts]


def apart(text: str) -> list[str] | None:
    """Return what stands between the commas of `text`, those within brackets or quotes aside, without empty pieces.

    None where a bracket or a quote is not closed.
    """
    parts, depth, quote = [""], 0, ""
    for letter in text:
        if quote:
            quote = "" if letter == quote else quote
        elif letter in "\"'":
            quote = letter
        else:
            depth += (letter in "[{") - (letter in "]}")
        if letter == "," and not depth and not quote:
            parts.append("")
        else:
            parts[-1] += letter
    return None if depth or quote else [part.strip() for part in parts if part.strip()]


def as_changes(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values of some keys, as people write them, as changes of a recipe: the word none is no value."""
    return {key: None if value == NONE else value for key, value in values.items()}


def put(raw: dict[str, Any], path: Sequence[str], value: Any) -> None:
    """Set the value at `path` in a recipe as it was read from TOML, or take it out where `value` is None.

    Data have a name or a path, never both. Other variants leave claims behind, which speak of those that were there.

    Raises:
        InputError: what should hold the key is a value.
    """
    if path[0] == "vary":
        raw.pop("claim", None)
    if value is None:
        _take_out(raw, path)
        return
    section = raw
    for part in path[:-1]:
        inner = section.setdefault(part, {})
        if not isinstance(inner, dict):
            raise InputError(_("{key} is a value, not a section.").format(key=part))
        section = inner
    section[path[-1]] = value
    if path[0] == "data" and path[-1] in ("name", "path"):
        raw["data"].pop("path" if path[-1] == "name" else "name", None)


def _take_out(raw: dict[str, Any], path: Sequence[str]) -> None:
    section: Any = raw
    for part in path[:-1]:
        section = section.get(part, {}) if isinstance(section, dict) else {}
    if isinstance(section, dict):
        section.pop(path[-1], None)


def _key_and_value(written: str) -> tuple[str, str, str]:
    """Split at the first "=" that is not within quotes."""
    found = re.match(r"((?:\"[^\"]*\"|[^=\"])*)(=?)(.*)", written, re.DOTALL)
    assert found is not None
    return found.group(1), found.group(2), found.group(3)


def _path(key: str) -> tuple[str, ...]:
    """Return the parts of a dotted key; a part in quotes may hold dots itself: data.types."price.usd"."""
    outside_quotes = r"\.(?=(?:[^\"]*\"[^\"]*\")*[^\"]*$)"
    return tuple(part.strip().strip('"') for part in re.split(outside_quotes, key.strip()))


def _full(written: str, path: Sequence[str], known: Mapping[str, Collection[str]]) -> str:
    """Return the hint that names the section of a key which was written without it."""
    for section, keys in known.items():
        if section and len(path) == 1 and path[0] in keys:
            return _("The section comes first: --set {override}").format(override=f"{section}.{written.strip()}")
    return _example(known)


def _example(known: Mapping[str, Collection[str]]) -> str:
    if "fit" in known or not known:
        return _("Write for instance --set fit.lr=0.1 or --set net.hidden='[100, 50]'.")
    keys = [f"{section}.{key}" for section, keys in known.items() for key in keys]
    return _("Known are: {names}.").format(names=", ".join(sorted(keys)))
