"""The text of a recipe, to say in which line of it a mistake stands."""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from neurona.errors import InputError, UnknownNameError
from neurona.language import _
from neurona.validation import KeyedError

# So much of a line that is wrong is shown.
LONGEST = 100


@dataclass(frozen=True)
class Document:
    """The text that a recipe was read from, to say in which line of it a mistake stands.

    Attributes:
        file: its path, or the name of the recipe.
        text: its content.
        changed: dotted keys whose values did not come from it but from overrides.
        asked: those of them that were asked for beside the recipe, and are not its own by now.
        chosen: dotted keys whose values come from its `[vary]`, and where they stand in it: "vary.fit.lr".
    """

    file: str = ""
    text: str = ""
    changed: tuple[str, ...] = ()
    asked: tuple[str, ...] = ()
    chosen: Mapping[str, str] = field(default_factory=dict)

    def with_changed(self, keys: Sequence[str]) -> Document:
        """Return the document of the recipe in which what stands at `keys` was changed."""
        return replace(self, changed=(*self.changed, *keys), asked=(*self.asked, *keys))

    @contextmanager
    def pointing(self) -> Iterator[None]:
        """Within the block, an error about a key or a name is raised with the file and the line of it before it."""
        try:
            yield
        except KeyedError as error:
            written = self._written(error.key)
            overridden = any(_within([written], key) for key in self.changed)
            line = 0 if overridden else _line_of(written, self.text)
            if overridden or not (line or self.file.endswith(".toml")):
                raise
            place = _("{file}, line {line}: ").format(file=self.file, line=line) if line else f"{self.file}: "
            raise KeyedError(error.key, place + error.problem, error.hint) from None
        except UnknownNameError as error:
            line = _line_with(error.name, self.text)
            if not line:
                raise
            place = _("{file}, line {line}: ").format(file=self.file, line=line)
            raise UnknownNameError(error.name, place + error.problem, error.hint) from None

    def _written(self, key: str) -> str:
        """Return the dotted key under which the value of `key` stands in the text."""
        chosen = next((chosen for chosen in self.chosen if _within([key], chosen)), None)
        return key if chosen is None else self.chosen[chosen] + key[len(chosen) :]


def parsed(path: Path, text: str) -> dict[str, Any]:
    """Return what `text`, the content of the file `path`, says as TOML.

    Raises:
        InputError: it is no TOML, and in which line.
    """
    try:
        return tomllib.loads(text)
    except (ValueError, RecursionError) as error:  # also a number of 5,000 digits, or as many brackets
        raise _unparsable(path, text, error) from None


def _unparsable(path: Path, text: str, error: Exception) -> InputError:
    """Return the error that shows the line of `text` which is not TOML."""
    where, lines = re.search(r"line (\d+)", str(error)), text.splitlines()
    number = int(where.group(1)) if where else len(lines)
    if not isinstance(error, tomllib.TOMLDecodeError):  # which names the line
        number = 1 + max(range(len(lines)), key=lambda line: len(lines[line]))
    shown = lines[number - 1].strip()[:LONGEST] if 0 < number <= len(lines) else ""
    problem = _("{path}, line {line} is not TOML: {shown}").format(path=path, line=number, shown=shown)
    hint = _('Write KEY = VALUE: numbers as 0.1, text in quotes ("adam"), lists in brackets ([100, 50]). ({error})')
    return InputError(problem, hint.format(error=_reason(str(error))))


def _reason(said: str) -> str:
    """Return what the parser found wrong, in the language in use; what is rare stays in the parser's words."""
    found = re.fullmatch(r"(.*) \((?:at line \d+, column (\d+)|at end of document)\)", said, re.DOTALL)
    if found is None:
        return said
    what, column = found.groups()
    known = {
        "Invalid value": _("this value cannot be read"),
        "Invalid statement": _("a key or a [section] must come first"),
        "Cannot overwrite a value": _("this key has a value already"),
        "Cannot declare": _("this section is there already"),
        "Expected '='": _("there is no = after the key"),
        "Expected newline": _("something follows the value"),
        "Expected ']": _("the name of the section is not closed by a bracket"),
        "Unclosed": _("a bracket is not closed"),
        "Unterminated string": _("a text is not closed by quotes"),
        "Found invalid character": _("a text is not closed by quotes"),
    }
    reason = next((ours for theirs, ours in known.items() if what.startswith(theirs)), what)
    return _("column {column}: {reason}").format(column=column, reason=reason) if column else reason


def _line_of(key: str, text: str) -> int:
    """Return the line of `text` where the dotted `key` is set, or its section begins; 0 when it does not occur."""
    # [claim] is read as a list of one, so that its keys are "claim.0.metric" and the like.
    wanted = (key, re.sub(r"\.0(?=\.|$)", "", key))
    counts: Counter[str] = Counter()
    section, found = "", 0
    for number, line in enumerate(text.splitlines(), start=1):
        header = re.match(r"\s*(\[+)\s*([^\]]+?)\s*\]", line)
        setting = re.match(r"""\s*((?:[\w.-]|"[^"]*"|'[^']*')+)\s*=""", line)
        if header:
            section = re.sub("[\"']", "", header.group(2))
            if header.group(1) == "[[":
                counts[section] += 1
                section = f"{section}.{counts[section] - 1}"
            found = number if _within(wanted, section) else found
        elif setting:
            name = re.sub("[\"']", "", setting.group(1))
            if _within(wanted, f"{section}.{name}" if section else name):
                return number
    return found


def _line_with(name: str, text: str) -> int:
    """Return the first line of `text` where `name` stands in quotes, or 0."""
    quoted = re.compile(rf"""(["']){re.escape(name)}\1""")
    return next((number for number, line in enumerate(text.splitlines(), start=1) if quoted.search(line)), 0)


def _within(keys: Sequence[str], path: str) -> bool:
    return any(key == path or key.startswith(f"{path}.") for key in keys)
