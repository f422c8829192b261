"""Hints as the page can follow them: what is an option of the command line is a key of the recipe here."""

from __future__ import annotations

import re
import shlex

from neurona.errors import NeuronaError
from neurona.language import _, again
from neurona.override import Override
from neurona.pretrained import AbsentError
from neurona.studio import recipe_text
from neurona.studio.paths import without_folders

# A change as a shell takes it, in quotes or not; what ends a sentence behind it is none of its own.
CHANGE = r"--set (?:'[^']*'(?:\"'\"'[^']*')*|[^\s=']+=\S+?(?=[.;,:)]*(?:\s|$)))"
CHANGES = re.compile(rf"{CHANGE}(?: {CHANGE})*")
# A key that TOML takes without quotes.
BARE = re.compile(r"[A-Za-z0-9_-]+")
# A recipe on the page loses a key when its line is deleted.
TAKES_OUT = re.compile(r"; --set [^\s=]+=none [^.;]*")


def hint_of(error: NeuronaError) -> str:
    """Return what to do about an error, in the language in use, for whoever has a page and no command line."""
    if isinstance(error, AbsentError):
        return _('Try again with a network; with net.weights = "none" the net begins with random weights.')
    return on_the_page(again(error.hint))


def hint_of_file(error: NeuronaError) -> str:
    """Return what to do about a file that was not taken in, so that there is no recipe of it yet to change."""
    hint = again(error.hint)
    return hint_of(error) if _in_toml(hint) == hint else _("Change the file, and bring it anew.")


def on_the_page(sentence: str) -> str:
    """Return a sentence with `--set KEY=VALUE` as the line of a recipe that it stands for, and files without folders.

    >>> on_the_page("Write --set data.task=regression.")
    'Write data.task = "regression". That stands in the recipe: press TOML.'
    """
    sentence = without_folders(sentence)
    written = _in_toml(sentence)
    return sentence if written == sentence else written + " " + _("That stands in the recipe: press TOML.")


def _in_toml(sentence: str) -> str:
    known = TAKES_OUT.sub("", sentence).replace("--target", "data.target")
    return CHANGES.sub(lambda found: ", ".join(map(_line, re.findall(CHANGE, found[0]))), known)


def _line(option: str) -> str:
    """Return `--set KEY=VALUE` as TOML has it."""
    text = option.removeprefix("--set ")
    change = Override.read(shlex.split(text)[0] if text.startswith("'") else text, {})
    value = recipe_text.written({"value": change.value}).removeprefix("value = ").strip()
    key = ".".join(part if BARE.fullmatch(part) else f'"{part}"' for part in change.path)
    return f"{key} = {value}"
