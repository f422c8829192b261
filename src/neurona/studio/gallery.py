"""What the page offers to begin with: datasets as thumbnails, and the recipes of the package."""

from __future__ import annotations

import tomllib
from functools import lru_cache
from typing import Any

import numpy as np

from neurona.data import DATASETS, load
from neurona.errors import InputError, nearest
from neurona.families import FAMILIES, family_of
from neurona.language import _
from neurona.look.style import thinned
from neurona.recipe import Recipe
from neurona.studio import recipe_text
from neurona.studio.arrays import Packed, bytes_
from neurona.written import FOLDER, names

SHOWN = ("spiral", "moons", "circles", "xor", "blobs", "houses", "curve")
POINTS = 150


def tiles() -> list[dict[str, Any]]:
    """Return a thumbnail of each dataset that can be drawn: points `x`, `y` and their classes, from 0 to 255 each."""
    return [{"name": name, "summary": _(DATASETS[name].summary), **_thumbnail(name)} for name in SHOWN]


def about(name: str) -> str:
    """Return a line about a dataset of the package that has no thumbnail, in the language in use; "" for any other."""
    return _(DATASETS[name].summary) if name in DATASETS and name not in SHOWN else ""


@lru_cache
def _thumbnail(name: str) -> dict[str, Packed | bool]:
    data = load(name)
    chosen = thinned(len(data.train), POINTS)
    x, y = data.train.x.numpy()[chosen].astype(float), data.train.y.numpy()[chosen].reshape(len(chosen)).astype(float)
    across, up = (x[:, 0], x[:, 1]) if x.shape[1] == 2 else (x[:, 0], y)
    colour = y if data.classes else 255 * _from_0_to_1(y)
    points = {"x": bytes_(255 * _from_0_to_1(across)), "y": bytes_(255 * _from_0_to_1(up)), "c": bytes_(colour)}
    return {**points, "classes": bool(data.classes)}


def _from_0_to_1(values: np.ndarray) -> np.ndarray:
    low, high = values.min(), values.max()
    scaled: np.ndarray = (values - low) / (high - low or 1.0)
    return scaled


def recipes() -> list[dict[str, str]]:
    """Return name, title (in the language in use), data, kind of net and family of each recipe, family by family."""
    rows = [(row["title"], row) for row in sorted(_rows(), key=lambda row: FAMILIES.index(row["family"]))]
    return [{**row, "title": _(title)} for title, row in rows]


@lru_cache
def _rows() -> tuple[dict[str, str], ...]:
    rows = []
    for name in names():
        raw = tomllib.loads((FOLDER / f"{name}.toml").read_text(encoding="utf-8"))
        data, net = raw.get("data", {}), raw.get("net", {})
        about = {"data": data["name"], "net": net["kind"], "family": family_of(net["kind"])}
        rows.append({"name": name, "title": raw.get("title", ""), **about})
    return tuple(rows)


def recipe_on(name: str) -> str | None:
    """Return the name of a recipe that trains a single net on a dataset, the first by name; None when there is none."""
    for row in _rows():
        raw = tomllib.loads((FOLDER / f"{row['name']}.toml").read_text(encoding="utf-8"))
        if row["data"] == name and not raw.get("vary"):
            return row["name"]
    return None


def packaged(name: str) -> str:
    """Return the text of a recipe of the package, without what compares variants.

    Raises:
        InputError: there is none of that name.
    """
    if name not in names():
        raise InputError(_("There is no recipe called {name!r}.").format(name=name), nearest(name, names()))
    raw = Recipe.read(name).to_dict()
    if raw.pop("vary", None):
        raw.pop("claim", None)
    raw.pop("seeds", None)
    return recipe_text.written(raw)
