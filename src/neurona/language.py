"""The language that people read: English in the source, Spanish from the catalogue in `locale/`."""

from __future__ import annotations

import gettext
import locale
import os
from collections.abc import Callable, Iterable
from functools import lru_cache
from pathlib import Path
from typing import overload

LANGUAGES = ("en", "es")
CATALOGUES = Path(__file__).parent / "locale"
DOMAIN = "neurona"

_chosen: list[str] = []


def language() -> str:
    """Return the language in use: the one given to `use`, else `NEURONA_LANG`, else the locale, else English."""
    if _chosen:
        return _chosen[0]
    wanted = os.environ.get("NEURONA_LANG") or _locale()
    code = wanted.replace("-", "_").split("_")[0].split(".")[0].lower()
    return code if code in LANGUAGES else "en"


def use(code: str) -> None:
    """Use the language `code` ("en" or "es") from now on, in this process.

    Raises:
        ValueError: when there is no catalogue for `code`.
    """
    if code not in LANGUAGES:
        raise ValueError(f"no language {code!r}; there are {', '.join(LANGUAGES)}")
    _chosen[:] = [code]


def _(message: str) -> str:
    """Return `message`, an English sentence of ours, in the language in use."""
    return Sentence.made(_catalogue(language()).gettext(message), lambda: _(message)) if message else ""


class Sentence(str):
    """A sentence of ours that knows what it is made of, so that it can be said `again` in another language.

    What is filled in and what is added to it are said again, too. In all else it is a `str`: pickled or copied, or
    after any other method, it is a plain one.
    """

    __slots__ = ("_again",)
    _again: Callable[[], str]

    @staticmethod
    def made(said: str, again: Callable[[], str]) -> Sentence:
        """Return what is `said` now, and by `again` in the language that is in use then."""
        sentence = Sentence(said)
        sentence._again = again
        return sentence

    def format(self, *values: object, **named: object) -> Sentence:
        """Return the sentence with values filled in."""

        def anew() -> str:
            return again(self).format(*map(again, values), **{name: again(value) for name, value in named.items()})

        return self.made(str.format(self, *values, **named), anew)

    def __add__(self, more: str) -> Sentence:
        """Return the sentence with more behind it."""
        return self.made(str.__add__(self, more), lambda: again(self) + again(more))

    def __radd__(self, before: str) -> Sentence:
        """Return the sentence with more before it."""
        return self.made(str.__add__(before, self), lambda: again(before) + again(self))

    def __reduce__(self) -> tuple[type[str], tuple[str]]:
        """Pickle and copy as a plain `str`."""
        return str, (str(self),)


def joined(between: str, parts: Iterable[str]) -> Sentence:
    """Return sentences of ours, or names, in a row."""
    row = list(parts)
    return Sentence.made(between.join(row), lambda: joined(between, map(again, row)))


@overload
def again(said: str) -> str: ...
@overload
def again(said: object) -> object: ...
def again(said: object) -> object:
    """Return a sentence of ours in the language that is in use now, and anything else as it is."""
    return said._again() if isinstance(said, Sentence) else said


def in_each(said: str) -> dict[str, str]:
    """Return a sentence of ours in each language, by its code, to be kept for those who read it later."""
    before = list(_chosen)
    found = {}
    try:
        for code in LANGUAGES:
            use(code)
            found[code] = str(again(said))
    finally:
        _chosen[:] = before
    return found


def one_or_many(count: float, one: str, many: str) -> str:
    """Return `one`, a sentence about one thing, when `count` is 1, else `many`: English and Spanish have these two."""
    return one if count == 1 else many


def translate_libraries() -> None:
    """Let the sentences of the command-line library itself ("Usage", "Options") come from our catalogue too."""
    os.environ["LANGUAGE"] = language()
    gettext.bindtextdomain(DOMAIN, str(CATALOGUES))
    gettext.textdomain(DOMAIN)


@lru_cache
def _catalogue(code: str) -> gettext.NullTranslations:
    return gettext.translation(DOMAIN, CATALOGUES, languages=[code], fallback=code == "en")


def _locale() -> str:
    for variable in ("LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG"):
        if os.environ.get(variable):
            return os.environ[variable].split(":")[0]
    return locale.getlocale()[0] or "en"
