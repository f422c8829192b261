"""Rows of histories as the page gets them: what metrics are called, and what several seeds come to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from neurona.files import jsonable
from neurona.interval import Interval
from neurona.look.words import metric_name

Rows = Sequence[Mapping[str, float]]


def metric_names(rows: Rows) -> dict[str, str]:
    """Return what people call each metric of a history."""
    columns = [column.removeprefix("train_") for column in (rows[0] if rows else ()) if column.startswith("train_")]
    return {name: metric_name(name) for name in columns if not name.endswith("_std")}


def band(rows: Rows) -> dict[str, Any]:
    """Return mean and half 95 % interval of each number of rows, one row for each seed; the epoch as it is."""
    found: dict[str, Any] = {}
    for name in rows[0]:
        if name == "epoch":
            found[name] = rows[0][name]
        elif not name.endswith("_std"):
            interval = Interval.of([row[name] for row in rows])
            found[name] = [jsonable(interval.mean), jsonable(interval.half)]
    return found
