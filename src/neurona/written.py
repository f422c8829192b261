"""A recipe as it was written, before it is checked: its file, and what was changed in it."""

from __future__ import annotations

import os
import re
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from neurona.defaults import for_file
from neurona.document import parsed
from neurona.errors import InputError, NeuronaWarning, nearest, reason_of
from neurona.files import TABLES, TEXTS, of_suffixes, require_suffix
from neurona.fit.options import OF_OPTIMIZERS, FitOptions
from neurona.language import _
from neurona.result import kind_of
from neurona.validation import plain

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
        if not kind_of(path):
            return None
        problem = _("{path} was made from a recipe, and is neither a recipe nor data.").format(path=path)
        hint = _("Name its recipe, {recipe}, or go on with it: --resume {path}")
        raise InputError(problem, hint.format(recipe=path / "recipe.toml", path=path))
    if name not in names():
        require_suffix(path, (".toml", *TABLES, *TEXTS))
    if "/" in name.replace(os.sep, "/"):
        problem = _("There is no folder {path}.").format(path=path)
        hint = _("The path of a recipe ends in .toml; `neurona list recipes` shows names.")
        raise InputError(problem, f"{hint} {of_suffixes()}")
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
    """Take out of `raw` what was written for the kind of net, or the optimizer, of `before` where the new one has none.

    What is among the dotted keys that were `changed` stays: a person asked for it, and is told that it is wrong.

    Args:
        raw: a recipe that was changed.
        before: the recipe that it was, sections as in `raw`.
        changed: the dotted keys that were set.
    """
    net, fit = section(raw, "net"), section(raw, "fit")
    kind, old = net.pop("kind", None), section(before, "net").get("kind")
    if None not in (kind, old) and kind != old:
        from neurona.nets.kinds import foreign

        left = _taken_out(raw["net"], foreign(str(kind), net), "net", changed)
        message = _("A net of kind {kind} does not take these options, which the recipe has for {before}: {names}.")
        _say_left_out(message, left, kind=kind, before=old)
    usual = FitOptions.model_fields["optimizer"].default
    name, old = (given.get("optimizer", usual) for given in (fit, section(before, "fit")))
    if name != old and any(option in fit for option in OF_OPTIMIZERS):
        from neurona.fit.optim import foreign_options

        left = _taken_out(raw["fit"], foreign_options(name, fit), "fit", changed)
        message = _("The optimizer {name} does not take these options, which the recipe has for {before}: {names}.")
        _say_left_out(message, left, name=name, before=old)


def _taken_out(options: dict[str, Any], foreign: Sequence[str], part: str, changed: Sequence[str]) -> list[str]:
    """Take those `foreign` names out of the options of a section that were not `changed`, and return them."""
    left = [name for name in foreign if f"{part}.{name}" not in changed]
    for name in left:
        del options[name]
    return left


def _say_left_out(message: str, left: Sequence[str], **about: Any) -> None:
    if left:
        said = message.format(names=", ".join(left), **about) + " " + _("They are left out.")
        warnings.warn(said, NeuronaWarning, stacklevel=5)


def departures(recipe: Mapping[str, Any]) -> dict[str, Any]:
    """Return the options in which a recipe differs from that of the catalogue whose name and title it has.

    Args:
        recipe: as `Recipe.to_dict` gives it.

    Returns:
        By dotted key what the recipe says; None where it leaves out what the catalogue says. A value that holds where
        nothing is said is no difference.
    """
    if recipe.get("name") not in names():
        return {}
    _text, known = read(FOLDER / f"{recipe['name']}.toml")
    if known.get("title") != recipe.get("title"):
        return {}
    before, now = dotted(known), dotted(recipe)
    was, holds = {**usual(known), **before}, {**usual(recipe), **now}
    return {key: now.get(key) for key in [*now, *before] if holds.get(key) != was.get(key)}


def dotted(raw: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the sections of a recipe say, by dotted key."""
    return {f"{part}.{key}": value for part in ("data", "net", "fit") for key, value in section(raw, part).items()}


def usual(raw: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values that hold in a recipe where it says nothing, by dotted key."""
    from neurona.data import DATASETS
    from neurona.data.splits import SplitOptions
    from neurona.nets.kinds import NETS

    name, kind = (str(section(raw, part).get(key)) for part, key in (("data", "name"), ("net", "kind")))
    fields: list[tuple[str, type[BaseModel]]] = [("fit", FitOptions), ("data", SplitOptions)]
    fields += [("data", DATASETS[name].options)] if name in DATASETS else []
    fields += [("net", NETS[kind].options)] if kind in NETS else []
    return {
        f"{part}.{key}": plain(field.default)
        for part, options in fields
        for key, field in options.model_fields.items()
        if not field.is_required()
    }


def section(raw: Mapping[str, Any], name: str) -> dict[str, Any]:
    """Return a copy of the section of `raw` that is called so; what is no section is an empty one."""
    found = raw.get(name)
    return dict(found) if isinstance(found, Mapping) else {}
