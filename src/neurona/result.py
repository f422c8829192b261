"""What training leaves: the directory of a run, of a comparison or of a search, told apart and opened."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Literal

from neurona.errors import InputError, nearest
from neurona.language import _

if TYPE_CHECKING:
    from neurona.compare import Comparison
    from neurona.run import Run
    from neurona.tuning import Tuning

Kind = Literal["run", "comparison", "search", ""]

# A file that only directories of a kind hold, those of the whole before those of what may be a part of it.
_MARKS: dict[str, Kind] = {"search.toml": "search", "comparison.json": "comparison", "data.json": "run"}


def kind_of(path: Path) -> Kind:
    """Return what the directory at `path` is: "run", "comparison", "search", or "" for none of them."""
    return next((kind for mark, kind in _MARKS.items() if (path / mark).is_file()), "")


def require_run(path: Path) -> None:
    """Refuse what is not the directory of a run.

    Raises:
        InputError: at `path` is something else, or nothing; it says what is there, and which run may be meant.
    """
    if not path.is_dir():
        siblings = [str(recipe.parent) for recipe in path.parent.glob("*/recipe.toml")]
        raise InputError(_("There is no run at {path}.").format(path=path), nearest(str(path), siblings))
    kind = kind_of(path)
    if kind == "comparison":
        inner = [str(one.parent) for one in sorted(path.rglob("seed-*/recipe.toml"))]
        problem = _("{path} is a comparison of several runs.").format(path=path)
        raise InputError(problem, _("Name one of them, such as {run}.").format(run=inner[0] if inner else "…"))
    if kind == "search":
        problem = _("{path} is a search of many trials.").format(path=path)
        raise InputError(problem, _("Name its best run, {run}.").format(run=path / "best"))
    if not kind or not (path / "recipe.toml").is_file():
        problem = _("{path} is not a run: it lacks recipe.toml or data.json.").format(path=path)
        raise InputError(problem, _("Give a directory that `neurona train` has made."))


def open(path: str | Path) -> Run | Comparison | Tuning:  # noqa: A001
    """Return what training left at `path`: a run, a comparison or a search.

    Args:
        path: of the directory.

    Raises:
        InputError: it is no such directory, or what is searched was changed since the search began.
    """
    from neurona.validation import as_path  # which the command line need not wait for

    path = as_path(path, "path")
    kind = kind_of(path)
    if kind == "search":
        from neurona.tuning import Tuning

        return Tuning.open(path)
    if kind == "comparison":
        from neurona.compare import Comparison

        return Comparison(path)
    from neurona.run import Run

    return Run.open(path)
