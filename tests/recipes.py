"""Small recipes and tables for tests, and what trains them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from neurona.compare import Comparison
from neurona.recipe import Recipe
from neurona.run import Run
from neurona.tuning import Tuning

MOONS: dict[str, Any] = {
    "name": "moons",
    "data": {"name": "moons"},
    "net": {"kind": "mlp", "hidden": [8]},
    "fit": {"lr": 0.05, "epochs": 3, "snapshots": 1000},
}


def changed(recipe: Mapping[str, Any], **sections: Any) -> dict[str, Any]:
    """Return `recipe` with fields of its sections replaced: `changed(MOONS, fit={"epochs": 5})`."""
    both = {
        key: {**recipe.get(key, {}), **value} if isinstance(value, dict) and key in ("data", "net", "fit") else value
        for key, value in sections.items()
    }
    return {**recipe, **both}


def train(recipe: Mapping[str, Any], path: Path) -> Run:
    """Train a recipe into `path`, without a report."""
    read = Recipe.of(recipe)
    fit = read.start()
    run = Run.begin(fit, path, read)
    for _epoch in run.follow(fit):
        pass
    return run.finish(fit)


def compare(recipe: Mapping[str, Any], path: Path) -> Comparison:
    """Train a recipe that varies something into `path`, without a report."""
    comparison = Comparison.begin(Recipe.of(recipe), path)
    for _passed in comparison.follow():
        pass
    return comparison


def sloped(path: Path, power: int) -> None:
    """Write a table of sixty rows, `y` twice the row's number and `a` a power of it."""
    rows = "\n".join(f"{i**power},{i % 7},{2 * i}" for i in range(60))
    path.write_text(f"a,b,y\n{rows}\n")


def flats(rows: int = 90) -> pd.DataFrame:
    """Return flats with a number, a category, a date and a truth value, some of them missing, and two targets."""
    rng, n = np.random.default_rng(3), 90
    area = rng.uniform(30, 150, n).round(1)
    town = rng.choice(["Vigo", "Lugo", "A Coruña"], n)
    lift = rng.random(n) < 0.5
    sold = pd.Timestamp("2020-01-01") + pd.to_timedelta(rng.integers(0, 1500, n), "D")
    price = 2000 * area + 30_000 * (town == "Vigo") + 10_000 * lift + rng.normal(0, 5000, n)
    frame = pd.DataFrame(
        {
            "area": area.astype(object),
            "town": town.astype(object),
            "sold": sold.strftime("%Y-%m-%d").astype(object),
            "lift": np.where(lift, "true", "false"),
            "price": price.round(2),
            "dear": np.where(price > np.median(price), "dear", "cheap"),
        }
    )
    for column, row in (("area", 4), ("town", 7), ("sold", 9), ("area", 20), ("town", 21)):
        frame.loc[row, column] = None
    return frame.head(rows)


def search(recipe: Mapping[str, Any], over: Mapping[str, Any], path: Path, **wanted: Any) -> Tuning:
    """Search a recipe into `path`, without a report; see `Tuning.begin`."""
    tuning = Tuning.begin(Recipe.of(recipe), path, over=dict(over), **wanted)
    for _passed in tuning.follow():
        pass
    return Tuning.open(tuning.path)
