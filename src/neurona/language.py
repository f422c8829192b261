"""The language that people read: English in the source, Spanish from the catalogue in `locale/`."""

from __future__ import annotations

import gettext
import locale
import os
from functools import lru_cache
from pathlib import Path

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
    return _catalogue(language()).gettext(message) if message else ""


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
