"""The best trial of a search: kept as a run like any other, and held against the recipe itself."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from neurona.files import write_text
from neurona.recipe import Recipe
from neurona.run import Run

if TYPE_CHECKING:
    from neurona.fit.fit import Fit

BEST = "best"
SEEDS = 10


def keep(folder: Path, recipe: Recipe, fit: Fit) -> None:
    """Write the run of `fit`, which is trained, and its recipe in the place of the best ones so far."""
    aside, before = folder / f".{BEST}.part", folder / f".{BEST}.before"
    for left in (aside, before):
        shutil.rmtree(left, ignore_errors=True)
    Run.begin(fit, aside, recipe).finish(fit)
    if (folder / BEST).exists():
        (folder / BEST).rename(before)
    aside.rename(folder / BEST)
    shutil.rmtree(before, ignore_errors=True)
    write_text(folder / f"{BEST}.toml", recipe.to_toml())


def holds(folder: Path, recipe: Recipe) -> bool:
    """Tell whether the run that is kept is that of `recipe`."""
    run = Run(folder / BEST)
    return run.finished and run.recipe.to_dict() == Recipe.of(recipe.to_dict()).to_dict()


def side_by_side(recipe: Recipe, label: str, values: Mapping[str, Any]) -> Recipe:
    """Return the recipe that compares `recipe` as it stands with other `values`, over several seeds."""
    sections: dict[str, Any] = {}
    for key, value in values.items():
        section, _dot, name = key.partition(".")
        sections.setdefault(section, {})[name] = value
    vary = {"values": {"recipe": {}, label: sections}}
    return Recipe.of({**recipe.to_dict(), "vary": vary, "seeds": SEEDS})
