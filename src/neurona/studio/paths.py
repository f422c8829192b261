"""Paths of the machine that Studio runs on: a page is told the names of files, and not where they lie."""

from __future__ import annotations

import os
import re
import sys
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from platformdirs import user_cache_dir

from neurona.data.cache import VARIABLE

# A path from the root of a file system; in words and numbers, and in addresses of the web, no slash begins one.
FOLDER, NAME = r"[^\s/\\'\"«»<>|:;,()]+[/\\]+", r"[^\s/\\'\"«»<>|:;,()]*[^\s/\\'\"«»<>|:;,.()]"
ABSOLUTE = re.compile(rf"(?<![\w/\\:.<)\]])(?:[A-Za-z]:[/\\]+|~?[/\\]{{1,2}})(?:{FOLDER})+({NAME})?")


def without_folders(sentence: str) -> str:
    """Return a sentence with the name of a file or folder wherever it says its path.

    >>> without_folders("No space left on device: '/srv/class/data/digits.npz'.")
    "No space left on device: 'digits.npz'."
    """
    for folder in _known():
        sentence = re.sub(rf"(?<![\w/\\.]){re.escape(folder)}(?=[/\\])", "/_", sentence)
        last = Path(folder).name.replace("\\", r"\\")
        sentence = re.sub(rf"(?<![\w/\\.]){re.escape(folder)}(?!\w)", last, sentence)
    return ABSOLUTE.sub(_last, sentence)


def _last(found: re.Match[str]) -> str:
    return str(found[1] or re.split(r"[/\\]+", found[0].rstrip("/\\"))[-1])


def _known() -> Iterator[str]:
    """Give the folders that sentences may speak of, whose names may hold blanks, long ones before those they lie in."""
    folders = {os.environ.get(VARIABLE, ""), user_cache_dir("neurona", appauthor=False), tempfile.gettempdir()}
    folders |= {str(Path(__file__).parents[1]), sys.prefix}
    with suppress(RuntimeError, OSError):  # no home, or the folder of a visitor who has left
        folders |= {str(Path.home()), str(Path.cwd())}
    found = {one.rstrip("/\\") for one in folders if Path(one).is_absolute()}
    yield from sorted((one for one in found if Path(one).name), key=len, reverse=True)
