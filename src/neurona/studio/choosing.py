"""Choosing the sample that is walked by what it is: a point, a picture, a row of a table, a text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from neurona.data.dataset import SPLITS, Split
from neurona.data.inputs import Category, Columns, Number, Pixels, Steps, Tokens
from neurona.data.pictures import one_after_another
from neurona.errors import InputError
from neurona.explain.formula import number
from neurona.explain.modular import whole_sequence
from neurona.language import _
from neurona.look.gates import are_words, step_labels
from neurona.studio.arrays import bytes_
from neurona.studio.part import Part
from neurona.studio.views.picker import Picker
from neurona.studio.views.watched import Watched

if TYPE_CHECKING:
    from neurona.studio.workshop import Command

# Samples of a page; pixels of a thumbnail; columns of a row; letters of a text.
MOST, SIDE, WIDE, LONG = 60, 32, 4, 60
# Views that show one of the samples that the net is judged by.
PICKED = ("picture", "gates", "whatif")
# No point of a plane is as far from its middle, and the square of this is a number.
FAR = 1e100


class Choosing(Part):
    """The command that tells what samples look like."""

    @property
    def commands(self) -> Mapping[str, Command]:
        """What each command of this part does."""
        return {"samples": self._samples}

    def _samples(self, command: Mapping[str, Any]) -> None:
        """Tell a page of samples of a split, of one class if wished, or those of the rows that are asked for."""
        seen = self.workshop.scene.seen
        split = _split_name(command)
        part: Split = getattr(seen.data, split)
        rows = _rows(seen, part, command)
        begun = command.get("from")
        begun = min(begun, max(0, len(rows) - 1)) if isinstance(begun, int) and begun > 0 else 0
        shown = rows[begun : begun + MOST]
        told = {"split": split, "rows": shown, "from": begun, "of": len(rows), "labels": labels(seen, part, shown)}
        self.workshop.send({"kind": "samples", **told, **_faces(seen, part, shown)})


def chosen_sample(seen: Watched, view: Any, command: Mapping[str, Any], before: tuple[str, int]) -> tuple[str, int]:
    """Return the split and the number of the sample that is meant, of train where the split is empty.

    It is the one that `command` names: the `sample` of that number, or the one next to a place (`at`) in the plane.
    Else it is the one in sight, else the one `before`.

    Args:
        seen: the fit.
        view: the view in sight; None for none.
        command: of the page.
        before: the split and the number that were walked last.
    """
    split = _split_name(command)
    split = split if len(getattr(seen.data, split)) else "train"
    part: Split = getattr(seen.data, split)
    if isinstance(at := command.get("at"), list) and seen.plane is not None:
        return split, _nearest(seen, part, at)
    if isinstance(wanted := command.get("sample"), int):
        return split, min(max(wanted, 0), len(part) - 1)
    if view is not None and view.name in PICKED:
        return seen.judged, Picker(seen, view.chosen).number
    split, sample = before
    return split, min(sample, len(getattr(seen.data, split)) - 1)


def _split_name(command: Mapping[str, Any]) -> str:
    split = command.get("split")
    return split if split in SPLITS else "train"


def _nearest(seen: Watched, part: Split, at: Sequence[Any]) -> int:
    """Return the sample next to a point in the units of the axes, of a curve those of its value too.

    Raises:
        InputError: it is no point.
    """
    if len(at) != 2 or not all(isinstance(one, int | float) and np.isfinite(one) for one in at):
        raise InputError(_("This is no point of the plane."), _("Click on a sample."))
    places = points(seen, part, range(len(part)))
    spread = np.ptp(places, axis=0)
    away = (places - np.clip(at, -FAR, FAR)) / np.where(spread > 0, spread, 1)
    return int((away**2).sum(1).argmin())


def points(seen: Watched, part: Split, rows: Sequence[int]) -> np.ndarray:
    """Return where samples lie in the plane, `(n, 2)`, in the units of its axes; the value is the height of a curve."""
    assert seen.plane is not None
    chosen = torch.tensor(list(rows), dtype=torch.long)
    x = seen.plane.in_units(part.x[chosen])
    if x.shape[1] == 2:
        return x
    y = part.y[chosen].double().flatten(1)[:, :1].numpy() if part.y.dim() > 1 else part.y[chosen, None].double().numpy()
    scale, mean = (seen.data.target.scale or (1.0,))[0], (seen.data.target.mean or (0.0,))[0]
    return np.concatenate([x, y if seen.classes else y * scale + mean], axis=1)


def _rows(seen: Watched, part: Split, command: Mapping[str, Any]) -> list[int]:
    """Return the samples that are asked for: some rows, or all, or all of one class."""
    asked, kept = command.get("rows"), command.get("class")
    if isinstance(asked, list):
        return [row for row in asked if isinstance(row, int) and 0 <= row < len(part)]
    if isinstance(kept, int) and seen.data.classes and part.y.numel() == len(part):
        return [int(row) for row in (part.y.reshape(-1).long() == kept).nonzero()]
    return list(range(len(part)))


def labels(seen: Watched, part: Split, rows: Sequence[int]) -> list[str]:
    """Return what each sample is in truth, in a word; "" where that is no single thing."""
    data, y = seen.data, part.y[torch.tensor(list(rows), dtype=torch.long)]
    if data.classes and y.numel() == len(y):
        return [seen.names[int(one)] for one in y.reshape(-1)]
    if data.task == "multilabel":
        return [", ".join(seen.names[int(k)] for k in one.nonzero()) for one in y]
    if data.task == "regression" and data.target.scale:
        values = data.target.in_units(y).numpy()
        return [", ".join(number(value, 4) for value in row) for row in values[:, :WIDE]]
    return [""] * len(y)


def _faces(seen: Watched, part: Split, rows: Sequence[int]) -> dict[str, Any]:
    """Return how samples look: `pictures`, or `cells` of a table with their `columns`."""
    inputs = seen.data.inputs
    if seen.plane is not None or not rows:
        return {}
    (x,) = one_after_another(part.x, [torch.tensor(list(rows))])
    if isinstance(inputs, Pixels):
        step = max(1, max(x.shape[-2:]) // SIDE)
        return {"pictures": bytes_(x[..., ::step, ::step].numpy())}
    if isinstance(inputs, Tokens | Steps):
        return {"columns": [_("What is read")], "cells": [[_read(seen, one)] for one in x]}
    return _table(seen, x)


def _read(seen: Watched, one: torch.Tensor) -> str:
    """Return a sequence in one line."""
    inputs = seen.data.inputs
    assert isinstance(inputs, Tokens | Steps)
    x, _y = whole_sequence("", inputs.prepare(one[None]), torch.zeros(1))
    if isinstance(inputs, Steps):
        text = "  ".join(" ".join(f"{float(value):.3g}" for value in step) for step in x[0][:LONG])
    else:
        words = step_labels(x[0], inputs)
        text = (" " if are_words(words) else "").join(words)
    return text if len(text) <= LONG else text[: LONG - 1] + "…"


def _table(seen: Watched, x: torch.Tensor) -> dict[str, Any]:
    """Return the first columns of rows as they were measured."""
    inputs = seen.data.inputs
    assert isinstance(inputs, Columns)
    measured, cells, names = inputs.measured(x), [], []
    for column in inputs.read:
        if isinstance(column, Number):
            scale = 1e-6 * column.scale  # what is less is an error of rounding
            cells.append([f"{float(v):.4g}" if abs(v) > scale else "0" for v in measured[column.name]])
        elif isinstance(column, Category):
            block = x[:, inputs.places[column.name]]
            cells.append([column.values[int(one.argmax())] if one.any() else "-" for one in block])
        else:
            continue
        names.append(column.name)
        if len(names) == WIDE:
            break
    return {
        "columns": list(seen.called(names)),
        "cells": [list(row) for row in zip(*cells, strict=True)] or [[] for _one in x],
    }
