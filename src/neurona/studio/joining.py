"""Points that join a training: net, optimizer, random numbers and curves go on, with the data as they are now."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import chain

import numpy as np
import torch

from neurona.data.dataset import SPLITS, Dataset, Split
from neurona.data.inputs import Columns, Number
from neurona.data.splits import SplitOptions, split_rows
from neurona.fit.fit import Fit
from neurona.language import _

Point = tuple[float, float, str]
Parts = Mapping[str, Sequence[Point]]


def points_of(data: Dataset, split: str, axes: Sequence[str], decimals: int) -> list[Point]:
    """Return the points of a split in the order of its rows; nothing where they are no points of these axes.

    Args:
        data: of a table of points.
        split: train, valid or test.
        axes: the columns that hold their coordinates.
        decimals: that the table keeps of them.
    """
    inputs, part = data.inputs, getattr(data, split)
    columns = {column.name: column for column in inputs.columns} if isinstance(inputs, Columns) else {}
    numbers = [column for name in axes if isinstance(column := columns.get(name), Number)]
    if not isinstance(inputs, Columns) or len(numbers) < len(axes) or not data.classes:
        return []
    at = [part.x[:, inputs.places[one.name].start].double() * one.scale + one.mean for one in numbers]
    kinds = (data.classes[int(number)] for number in part.y.reshape(-1))
    rows = zip(*(values.numpy().round(decimals).tolist() for values in at), kinds, strict=True)
    return [(float(x), float(y), kind) for x, y, kind in rows]


def arranged(points: Sequence[Point], before: Parts, options: Mapping[str, object]) -> list[Point]:
    """Return points in an order in which the split of the recipe leaves each in the part that it was in before.

    New points fill what a part lacks, drawn by the seed. So data and recipe are what whoever loads them gets, but for
    what `kept_apart` must keep back.

    Args:
        points: of the table, `(x, y, class)`.
        before: the points of each part until now.
        options: of the data in the recipe; see `SplitOptions`.
    """
    chosen = SplitOptions.read({key: options[key] for key in ("valid", "test", "seed") if key in options})
    parts = _parts([point[2] for point in points], chosen)
    known = {name: Counter(before[name]) for name in SPLITS}
    old: dict[str, list[Point]] = {name: [] for name in SPLITS}
    new: list[Point] = []
    for place in np.random.default_rng(chosen.seed).permutation(len(points)):
        point = points[place]
        part = next((name for name in SPLITS if known[name][point]), None)
        (new if part is None else old[part]).append(point)
        if part is not None:
            known[part][point] -= 1
    order: list[Point] = list(points)
    for kind in sorted({point[2] for point in points}):
        free = {name: [row for row in parts[name] if points[row][2] == kind] for name in SPLITS}
        for row, point in _filled(free, {name: _of(old[name], kind) for name in SPLITS}, _of(new, kind)):
            order[row] = point
    return order


def _parts(kinds: Sequence[str], options: SplitOptions) -> dict[str, list[int]]:
    """Return the rows of each part, as a table of rows of these classes is split."""
    names = sorted(set(kinds))
    y = np.array([names.index(kind) for kind in kinds])
    shares = (1.0, options.valid, options.test)
    for groups in (y, None):  # classes too small to be cut in three are cut together: `data.tables`
        parts = split_rows(len(y), groups, options.valid, options.test, options.seed)
        if all(len(part) or not share for part, share in zip(parts, shares, strict=True)):
            break
    return {name: sorted(map(int, rows)) for name, rows in zip(SPLITS, parts, strict=True)}


def _of(points: Sequence[Point], kind: str) -> list[Point]:
    return [point for point in points if point[2] == kind]


def _filled(free: dict[str, list[int]], old: dict[str, list[Point]], new: list[Point]) -> list[tuple[int, Point]]:
    """Return which point comes into each free row: who was there, then new ones, then who has not been learned from."""
    stay = {name: old[name][: len(free[name])] for name in SPLITS}
    leave = {name: old[name][len(free[name]) :] for name in SPLITS}
    spare = [*new, *leave["valid"], *leave["test"], *leave["train"]]
    filled: list[tuple[int, Point]] = []
    for name in ("test", "valid", "train"):
        count = len(free[name]) - len(stay[name])
        here, spare = [*stay[name], *spare[:count]], spare[count:]
        filled += zip(free[name], here, strict=True)
    return filled


def kept_apart(data: Dataset, before: Parts, now: Parts) -> Dataset:
    """Return data in which no point of train before is one of valid or test: such points are of train still.

    Where a part should grow by more points than are new, it waits for those to come.

    Args:
        data: the points as they are, as the recipe loads them.
        before: the points of each part until now.
        now: those of `data`, in the order of its rows.
    """
    new = Counter(chain(*now.values())) - Counter(chain(*before.values()))
    free = Counter([*before["valid"], *before["test"]]) + new
    test, back = _cut(data.test, [_taken(free, point) for point in now["test"]])
    valid, more = _cut(data.valid, [_taken(free, point) for point in now["valid"]])
    if not len(back) + len(more):
        return data
    parts = (data.train, back, more)
    train = Split(torch.cat([part.x for part in parts]), torch.cat([part.y for part in parts]))
    return replace(data, train=train, valid=valid, test=test)


def _cut(split: Split, stays: Sequence[bool]) -> tuple[Split, Split]:
    """Return the samples that stay, and the others."""
    here = torch.tensor(stays, dtype=torch.bool)
    return Split(split.x[here], split.y[here]), Split(split.x[~here], split.y[~here])


def _taken(free: Counter[Point], point: Point) -> bool:
    """Take a point from those that are free, and return whether it was among them."""
    free[point] -= 1
    return free[point] >= 0


def why_not(fit: Fit, data: Dataset) -> str | None:
    """Return why a fit cannot go on with other data, as a sentence; None where it can."""
    same = (fit.data.task, fit.data.shape) == (data.task, data.shape)
    if fit.data.classes != data.classes:
        return _("Training starts anew, for there are other classes.")
    if _scales(fit.data) != _scales(data):
        words = _("Training starts anew, for the points are standardised anew; with {option} they would join.")
        return words.format(option="data.standardise = false")
    full = all(bool(len(getattr(data, name))) == bool(len(getattr(fit.data, name))) for name in SPLITS)
    if not same or not full or fit.stopped_early or fit.diverged or fit.options.stages:
        return _("Training starts anew, for the net starts from other weights or data.")
    return None


def _scales(data: Dataset) -> list[tuple[float, float]]:
    """Return mean and scale of all that is standardised."""
    if not isinstance(data.inputs, Columns):
        return []
    numbers = [(one.mean, one.scale) for one in data.inputs.columns if isinstance(one, Number)]
    return [*numbers, *((one.mean, one.scale) for one in data.inputs.features)]
