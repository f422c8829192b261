"""`train`: from a recipe, or a table of one's own, to a finished run with its report."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from neurona.compare import Comparison
from neurona.errors import InputError
from neurona.files import check_free, free_path, reserved_path
from neurona.fit.options import FitOptions
from neurona.language import _
from neurona.recipe import Recipe
from neurona.run import Run
from neurona.validation import as_path, require_trainable
from neurona.vary import SECTIONS, sections_with


def train(
    what: str | Path | Recipe,
    *,
    target: str | None = None,
    out: str | Path | None = None,
    report: bool = True,
    **changes: Any,
) -> Run | Comparison:
    """Train a recipe and return its run; one with `[vary]` returns a `Comparison`.

    Args:
        what: the name of a recipe (`neurona list`), the path of a recipe, of a table, a text or a folder of pictures;
            or a `Recipe`, which stays as it is.
        target: the column to predict, for a table, and for a recipe whose data are one.
        out: the directory of the run; None for `runs/NAME-TIME` below the current directory, with the recipe's name.
        report: write pictures and `report.html` at the end.
        changes: fields of `[fit]`, such as `epochs=20`; or `data`, `net` and `fit` as dictionaries of such fields; or
            dotted keys, `**{"net.hidden": [50]}`.

    Raises:
        InputError: something given is wrong; nothing was written.
        TrainingError: the loss became NaN; the run keeps its last good checkpoint.
    """
    recipe = asked_for("nr.train", what, target, changes)
    path = as_path(out, "out") if out is not None else None
    check_free(path or free_path(recipe.name))
    result: Run | Comparison
    if recipe.vary or recipe.seeds > 1:
        result = Comparison.begin(recipe, path or free_path(recipe.name))
        for _passed in result.follow():
            pass
    else:
        fit = recipe.start()
        result = Run.begin(fit, path or reserved_path(recipe.name), recipe)
        for _epoch in result.follow(fit):
            pass
        result = result.finish(fit)
    if report:
        from neurona.look.report import write

        write(result)
    return result


def asked_for(verb: str, what: str | Path | Recipe, target: str | None, changes: Mapping[str, Any]) -> Recipe:
    """Return the recipe that `verb`, in code, was asked for, with the keywords that it was given.

    Raises:
        InputError: there is no such recipe or file, or something in it or in the keywords is wrong.
    """
    if not isinstance(what, Recipe):
        require_trainable(what, verb)
        return Recipe.read(what, dotted(changes), target)
    return what.settled().with_changes(dotted(changes), target=target)


def dotted(changes: Mapping[str, Any]) -> dict[str, Any]:
    """Return keywords such as `epochs=20`, `net={...}` or `**{"fit.lr": 0.1}` as changes of a recipe, by dotted key.

    Raises:
        InputError: a keyword is a field of another section than `[fit]`.
    """
    dotted: dict[str, Any] = {}
    for key, value in changes.items():
        if key in SECTIONS and isinstance(value, dict):
            dotted |= {f"{key}.{inner}": item for inner, item in value.items()}
        elif "." in key or key in Recipe.model_fields:
            dotted[key] = value
        elif key not in FitOptions.model_fields and (where := sections_with(key)):
            problem = _("{key} is no field of [fit].").format(key=key)
            raise InputError(problem, _("Write {written}.").format(written=f"{where[0]}={{{key!r}: {value!r}}}"))
        else:
            dotted[f"fit.{key}"] = value
    return dotted
