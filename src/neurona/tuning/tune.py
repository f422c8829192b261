"""`tune`: from a recipe and what to search in it to the best run, with a report."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from neurona.files import check_free, free_path
from neurona.recipe import Recipe
from neurona.training import asked_for
from neurona.tuning.space import of
from neurona.tuning.tuning import Tuning
from neurona.validation import as_path

TRIALS = 30


def tune(
    what: str | Path | Recipe,
    over: Mapping[str, str | Sequence[Any]],
    *,
    trials: int = TRIALS,
    seeds: int | None = None,
    metric: str | None = None,
    seed: int = 0,
    prune: bool = True,
    storage: str | Path = "",
    target: str | None = None,
    out: str | Path | None = None,
    report: bool = True,
    **changes: Any,
) -> Tuning:
    """Search the options of a recipe and return what was found; `best_run` of it is the best run.

        found = neurona.tune("wine", {"fit.lr": "log:1e-4..1", "net.hidden": [[8], [32], [64, 64]]}, trials=40)
        found.best.values, found.best_run.metrics

    Args:
        what: the name of a recipe, the path of a recipe, or of a table, a text or a folder of pictures; or a `Recipe`,
            which stays as it is.
        over: by dotted key a range, "log:1e-4..1", "0.0..0.5" or "1..64", or a list of values.
        trials: how many combinations to try, all processes together.
        seeds: fits of each trial, whose mean counts; None for as many as the recipe says, usually one.
        metric: what trials are judged by, on validation; None for what the recipe monitors.
        seed: of the draws.
        prune: end trials early that are worse than half of the others were then.
        storage: the path of a file, or an address, of a study that several processes share; "" for one of its own.
        target: the column to predict, for a table, and for a recipe whose data are one.
        out: the directory of the search; None for `runs/NAME-TIME` below the current directory, with the recipe's name.
        report: write pictures and `report.html` at the end, of the search and of its best run.
        changes: fields of `[fit]`, such as `epochs=20`; or `data`, `net` and `fit` as dictionaries of such fields; or
            dotted keys, `**{"net.hidden": [50]}`.

    Raises:
        InputError: something given is wrong; nothing was written.
    """
    space = of(over)
    recipe = asked_for("nr.tune", what, target, changes)
    space.require_unset(recipe.overridden)
    path = as_path(out, "out") if out is not None else free_path(recipe.name)
    check_free(path)
    tuning = Tuning.begin(
        recipe,
        path,
        over=space.written(),
        trials=trials,
        seeds=recipe.seeds if seeds is None else seeds,
        metric=metric,
        seed=seed,
        prune=prune,
        storage=str(storage),
    )
    for _passed in tuning.follow():
        pass
    for _again in tuning.train_best():
        pass
    if report:
        from neurona.look.report import write

        if tuning.best_run is not None:
            write(tuning.best_run)
        write(tuning)
    return tuning
