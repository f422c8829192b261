"""What a page is told first, kept from the last time, so that it is whole before PyTorch is loaded.

The first recipe and its fit are the same each time. What a session says of them is kept in the user's cache directory,
by the digest of Neurona's sources and the version of PyTorch; the server hands it to a page at once, while the session
begins behind it.
"""

from __future__ import annotations

import hashlib
from contextlib import suppress
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

import orjson
from platformdirs import user_cache_dir

import neurona
from neurona.files import write_whole
from neurona.language import LANGUAGES

Message = dict[str, Any]
SOURCES = ("*.py", "*.toml", "*.mo")


def kept(language: str) -> list[Message]:
    """Return the messages; nothing when they were not kept for these sources, or cannot be read."""
    with suppress(OSError, ValueError):
        return list(orjson.loads(_path(language).read_bytes()))
    return []


def keep() -> None:
    """Keep what a session says first, in each language, for the next time."""
    from neurona.studio.workshop import Workshop

    for language in LANGUAGES:
        if not kept(language):
            said: list[Message] = []
            Workshop(Path(), said.append).handle({"do": "hello", "language": language})
            with suppress(OSError):  # no place to write to: the next time is as slow as this one
                _write(_path(language), orjson.dumps(said))


def _write(path: Path, text: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    write_whole(path, lambda aside: aside.write_bytes(text))


@cache
def _path(language: str) -> Path:
    return Path(user_cache_dir("neurona", appauthor=False)) / "studio" / _digest() / f"{language}.json"


@cache
def _digest() -> str:
    digest = hashlib.sha256(version("torch").encode())
    folder = Path(neurona.__file__).parent
    for pattern in SOURCES:
        for source in sorted(folder.rglob(pattern)):
            digest.update(source.read_bytes())
    return digest.hexdigest()[:16]
