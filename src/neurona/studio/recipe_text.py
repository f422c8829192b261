"""The text of the recipe on the page: how it is written, how it is read, and what it may name there."""

from __future__ import annotations

import base64
import binascii
import re
import tomllib
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import tomli_w

from neurona.data import DATASETS
from neurona.document import Document, parsed
from neurona.errors import InputError, nearest
from neurona.language import _
from neurona.pretrained import RECIPE
from neurona.recipe import Recipe
from neurona.validation import KeyedError
from neurona.written import names

FILE = "recipe.toml"
LARGEST = 64 * 1024
WIDEST = 100


def written(raw: Mapping[str, Any]) -> str:
    """Return a recipe as TOML, with short lists on one line."""
    text = tomli_w.dumps(raw)
    inline = re.sub(r"\[\n((?:    [^\n\[\]]*,\n)+)\]", _on_one_line, text)
    return inline if tomllib.loads(inline) == tomllib.loads(text) else text


def _on_one_line(found: re.Match[str]) -> str:
    line = "[" + ", ".join(item.strip().rstrip(",") for item in found.group(1).splitlines()) + "]"
    return line if len(line) <= WIDEST else found.group(0)


def read(text: str) -> dict[str, Any]:
    """Return what TOML says.

    Raises:
        InputError: it is no TOML, or too long.
    """
    if len(text.encode()) > LARGEST:
        problem = _("The recipe is longer than {most} kB.").format(most=LARGEST // 1024)
        raise InputError(problem, _("Leave out what it does not need."))
    raw = parsed(Path(FILE), text)
    raw.setdefault("name", "recipe")
    return raw


def admitted(raw: Mapping[str, Any], text: str = "") -> Recipe:
    """Validate a recipe that came from the page: it reads no file of this machine but the visitor's own uploads.

    Uploads lie in the current directory, and a recipe names them without a folder. What compares variants is trained
    here without them.

    Raises:
        InputError: a key or value is wrong, or names a file that is not the visitor's.
    """
    single = {key: value for key, value in raw.items() if key not in ("vary", "seeds")}
    document = Document(FILE, text) if text else Document()
    with document.pointing():
        _check_values(single)
        _check_data(single.get("data"))
        _check_weights(single.get("net"), "net")
    return Recipe.of(single, document)


def _check_values(value: Any, key: str = "") -> None:
    """Raise an `InputError` where a value is one that no TOML can hold, and no message to the page."""
    inner = value.items() if isinstance(value, Mapping) else enumerate(value) if isinstance(value, list) else ()
    for name, one in inner:
        _check_values(one, f"{key}.{name}" if key else str(name))
    if type(value) is int and not -(2**63) <= value < 2**63:
        problem = _("{key} = {value} is too large for a whole number.").format(key=key, value=value)
        raise KeyedError(key, problem, _("Write a smaller one, or one with a point: 1e20."))
    if value is None:
        raise KeyedError(key, _("{key} has no value.").format(key=key), _("Give it one, or leave it out."))


def _check_data(data: Any) -> None:
    if not isinstance(data, Mapping):
        return  # the recipe says it better
    name, path = data.get("name"), data.get("path")
    if name is not None and name not in DATASETS:
        problem = _("There is no {noun} called {name!r}.").format(noun=_(DATASETS.noun), name=name)
        raise KeyedError("data.name", problem, nearest(str(name), [entry.name for entry in DATASETS]))
    if path is not None and (Path(str(path)).name != str(path) or not _is_there(Path(str(path)))):
        problem = _("data.path = {path!r} is not a file that you have uploaded here.").format(path=path)
        raise KeyedError("data.path", problem, _("Upload it on the left; under this name the recipe goes on with it."))


def lacks_file(raw: Mapping[str, Any]) -> bool:
    """Tell whether a recipe names a file that a visitor could have uploaded, and that is not here."""
    data = raw.get("data")
    path = data.get("path") if isinstance(data, Mapping) else None
    return isinstance(path, str) and Path(path).name == path and not _is_there(Path(path))


def _is_there(path: Path) -> bool:
    """Tell whether there is such an upload: a table, or a folder of pictures; no link, for we make none."""
    try:
        return (path.is_file() or path.is_dir()) and not path.is_symlink() and path.name not in ("", ".", "..")
    except OSError:  # a name that is too long for the system
        return False


def _check_weights(net: Any, where: str) -> None:
    if isinstance(net, Mapping):
        for key, value in net.items():
            if key == "weights" and value not in ("none", "imagenet", *(RECIPE + name for name in names())):
                problem = _("{key} = {value!r} cannot be used on this page.").format(key=f"{where}.{key}", value=value)
                raise KeyedError(f"{where}.{key}", problem, _('Write "none", "imagenet" or "recipe:NAME".'))
            _check_weights(value, f"{where}.{key}")


def line_of(problem: str) -> int:
    """Return the line of the recipe that an error is about; 0 when it names none."""
    found = re.search(rf"{re.escape(FILE)}\D+(\d+)", problem)
    return int(found.group(1)) if found else 0


def layers_of(text: str) -> list[str]:
    """Return the layers that a text writes, though the recipe be wrong; none where it is no TOML or writes no list."""
    try:
        net = tomllib.loads(text).get("net")
    except tomllib.TOMLDecodeError:
        return []
    layers = net.get("layers") if isinstance(net, dict) else None
    return [str(layer) for layer in layers] if isinstance(layers, list) else []


def link(text: str) -> str:
    """Return the text of a recipe as the part of an address behind `#`."""
    return "r=" + base64.urlsafe_b64encode(zlib.compress(text.encode(), 9)).decode().rstrip("=")


def from_link(fragment: str) -> str:
    """Return the text of the recipe in an address.

    Raises:
        InputError: the address is not whole.
    """
    packed = fragment.lstrip("#").removeprefix("r=")
    try:
        data = base64.b64decode(packed + "=" * (-len(packed) % 4), altchars=b"-_", validate=True)
        unpacking = zlib.decompressobj()
        text = unpacking.decompress(data, LARGEST).decode()
        if not unpacking.eof:
            raise ValueError(fragment)
        return text
    except (binascii.Error, zlib.error, ValueError) as error:
        problem = _("The link to a recipe is not whole.")
        raise InputError(problem, _("Copy it again, from its beginning to its end.")) from error
