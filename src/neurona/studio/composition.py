"""What a dataset is made of: how many samples there are of each class, with a picture, or how its values are spread."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import Tensor

from neurona.data.class_names import class_names
from neurona.data.column_names import target_names
from neurona.data.dataset import SPLITS, Dataset
from neurona.data.pixels import Pixels
from neurona.look.style import thinned
from neurona.look.words import number
from neurona.studio.arrays import bytes_
from neurona.studio.choosing import SIDE

# Classes that are listed, the frequent ones where there are more; bars of values; samples that values are read of.
MOST_CLASSES, BINS, MOST_SAMPLES = 16, 14, 20_000


def composition(data: Dataset) -> dict[str, Any] | None:
    """Return how the samples of a dataset are spread over what is to be answered; None where that says nothing.

    Returns:
        Of classes and labels `{kind: "classes" | "labels" | "steps", rows, of, pictures}`: for each row its number
        among the classes (`place`), its name, how many samples (of "steps": steps of sequences) of each split have it,
        and of "pictures" one for each row, bytes `(rows, h, w)` or `(rows, 3, h, w)`, null where samples are none. Of
        values `{kind: "values", name, ends, bars}`: `(3, 14)` counts, a row for each split.
    """
    targets = [getattr(data, name).y for name in SPLITS]
    if data.classes and data.task != "next-token" and data.task != "translation":
        return _of_classes(data, targets)
    return _of_values(data, targets) if data.task == "regression" else None


def _of_classes(data: Dataset, targets: list[Tensor]) -> dict[str, Any] | None:
    labels = data.task == "multilabel"
    counts = np.stack([_counts(y, len(data.classes), labels) for y in targets])
    rows = np.sort(np.argsort(-counts.sum(0), kind="stable")[:MOST_CLASSES])
    if not counts.any():
        return None
    names = class_names(data)
    return {
        "kind": "labels" if labels else "steps" if data.steps else "classes",
        "rows": [
            {"place": int(k), "name": names[k], **dict(zip(SPLITS, counts[:, k].tolist(), strict=True))} for k in rows
        ],
        "of": len(names),
        "pictures": None if labels or data.steps else _pictures(data, targets[0], rows),
    }


def _counts(y: Tensor, classes: int, labels: bool) -> np.ndarray:
    """Return how many there are of each class, `(classes,)`; where a sequence has ended stands a negative number."""
    numbers = y.numpy()
    if labels:
        there: np.ndarray = (numbers > 0.5).sum(0)
        return there
    numbers = numbers.reshape(-1).astype(np.int64)
    return np.bincount(numbers[numbers >= 0], minlength=classes)


def _pictures(data: Dataset, y: Tensor, rows: np.ndarray) -> Any:
    """Return the first picture of train of each class, small; those of a class that train has none of stay empty."""
    if not isinstance(data.inputs, Pixels) or data.inputs.shape[0] not in (1, 3):
        return None
    first = dict(zip(*(found.tolist() for found in np.unique(y.reshape(-1).numpy(), return_index=True)), strict=True))
    there = [i for i, k in enumerate(rows) if k in first]
    pictures = torch.zeros(len(rows), *data.inputs.shape, dtype=torch.uint8)
    pictures[there] = data.train.x[torch.tensor([first[rows[i]] for i in there], dtype=torch.long)]
    step = max(1, max(data.inputs.shape[1:]) // SIDE)
    small = pictures[..., ::step, ::step].numpy()
    return bytes_(small[:, 0] if small.shape[1] == 1 else small)


def _of_values(data: Dataset, targets: list[Tensor]) -> dict[str, Any]:
    mean, scale = data.target.mean[0], data.target.scale[0]
    values = [y[thinned(len(y), MOST_SAMPLES), 0].double().numpy() * scale + mean for y in targets]
    there = np.concatenate(values)
    low, high = float(there.min()), float(there.max())
    bars = [np.histogram(one, BINS, (low, high if high > low else low + 1))[0].tolist() for one in values]
    return {"kind": "values", "name": target_names(data)[0], "ends": [_end(low), _end(high)], "bars": bars}


def _end(value: float) -> str:
    """Return a number with four significant digits at most."""
    text = number(value)
    return text.rstrip("0").rstrip(".") if "." in text and "e" not in text else text
