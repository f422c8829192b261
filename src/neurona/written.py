"""A recipe as it was written, before it is checked: its file, and what was changed in it."""

from __future__ import annotations

import os
import re
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from neurona.defaults import for_file
from neurona.document import parsed
from neurona.errors import InputError, NeuronaWarning, nearest, reason_of
from neurona.language import _

FOLDER = Path(__file__).parent / "recipes"


def names() -> list[str]:
    """Return the names of the recipes that come with the package."""
    return sorted(path.stem for path in FOLDER.glob("*.toml"))


def read(what: str | Path) -> tuple[str | None, dict[str, Any]]:
    """Return the text and the parsed content of a recipe; data become a recipe with defaults, and have no text.

    Args:
        what: the name of a recipe of the package, the path of a `.toml` file, or of data.

    Raises:
        InputError: there is no such recipe or file, or it is not TOML.
    """
    named = _file_of(what)
    if named is None:
        return None, for_file(Path(what))
    text = _text_of(named, Path(what))
    raw = parsed(Path(what), text)
    raw.setdefault("name", named.stem)
    data, net = raw.get("data"), raw.get("net")
    if isinstance(data, dict) and "path" in data:
        data["path"] = str((named.parent / str(data["path"])).resolve())
    if isinstance(net, dict) and (named.parent / str(net.get("weights", "none"))).exists():
        net["weights"] = str((named.parent / net["weights"]).resolve())
    return text, raw


def _file_of(what: str | Path) -> Path | None:
    """Return the TOML file that `what` names, or None where it is the path of data."""
    path, name = Path(what), str(what)
    if path.suffix == ".toml":
        return path
    if path.suffix or (name and path.is_dir() and name not in names()):
        return None
    if "/" in name.replace(os.sep, "/"):
        problem = _("There is no folder {path}.").format(path=path)
        raise InputError(problem, _("The path of a recipe ends in .toml; `neurona list recipes` shows names."))
    named = FOLDER / f"{name}.toml"
    if not re.fullmatch(r"[\w-]+", name) or not named.is_file():
        raise InputError(_("There is no recipe called {name!r}.").format(name=name), nearest(name, names()))
    return named


def _text_of(named: Path, path: Path) -> str:
    """Return what the file `named` holds; an error about it says the `path` that was asked for."""
    try:
        return named.read_text(encoding="utf-8-sig")  # editors on Windows begin a file with a mark of its encoding
    except (OSError, UnicodeDecodeError) as error:
        reason = reason_of(error) if isinstance(error, OSError) else _("it is not UTF-8 text")
        problem = _("The recipe {path} cannot be read: {reason}.").format(path=path, reason=reason)
        raise InputError(problem, _("`neurona list` shows the recipes that come with neurona.")) from None


def leave_out_foreign(raw: dict[str, Any], before: Mapping[str, Any], changed: Sequence[str]) -> None:
    """Take out of `[net]` what was written for the kind of net `before` and the new kind does not take.

    What is among the dotted keys that were `changed` stays: a person asked for it, and is told that it is wrong.
    """
    net = section(raw, "net")
    kind = net.pop("kind", None)
    if "kind" not in before or kind is None or kind == before["kind"]:
        return
    from neurona.nets.kinds import foreign

    asked = {key.split(".")[1] for key in changed if key.startswith("net.")}
    left = [name for name in foreign(str(kind), net) if name not in asked]
    if not left:
        return
    for name in left:
        del raw["net"][name]
    message = _("A net of kind {kind} does not take these options, which the recipe has for {before}: {names}.").format(
        kind=kind, before=before["kind"], names=", ".join(left)
    )
    warnings.warn(message + " " + _("They are left out."), NeuronaWarning, stacklevel=3)


def departures(recipe: Mapping[str, Any]) -> dict[str, Any]:
    """Return the options in which a recipe differs from that of the catalogue whose name and title it has.

    Args:
        recipe: as `Recipe.to_dict` gives it.

    Returns:
        By dotted key what the recipe says; None where it leaves out what the catalogue says.
    """
    if recipe.get("name") not in names():
        return {}
    _text, known = read(FOLDER / f"{recipe['name']}.toml")
    if known.get("title") != recipe.get("title"):
        return {}
    before, now = (
        {f"{part}.{key}": value for part in ("data", "net", "fit") for key, value in section(raw, part).items()}
        for raw in (known, recipe)
    )
    return {key: now.get(key) for key in [*now, *before] if now.get(key) != before.get(key)}


def section(raw: Mapping[str, Any], name: str) -> dict[str, Any]:
    """Return a copy of the section of `raw` that is called so; what is no section is an empty one."""
    found = raw.get(name)
    return dict(found) if isinstance(found, Mapping) else {}
