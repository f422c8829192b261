"""Originals beside what an autoencoder gives back."""

from __future__ import annotations

import numpy as np
import torch
from matplotlib.figure import Figure
from torch import Tensor

from neurona.data.inputs import Pixels
from neurona.data.split_names import split_name
from neurona.language import _
from neurona.look.evidence import Evidence
from neurona.look.sheets import brightness, name_columns, name_rows, show
from neurona.look.style import figure, plain
from neurona.look.words import number
from neurona.run import Run

COLUMNS = 10


def suits(seen: Evidence) -> bool:
    """Tell whether the run gives pictures back."""
    return seen.run.task.name in ("reconstruction", "variational") and isinstance(seen.run.inputs, Pixels)


def originals_and_reconstructions(run: Run | Evidence) -> Figure:
    """Return test (else valid, else train) pictures above what the net makes of them: one of each class, and the worst.

    Raises:
        InputError: the figure does not suit the run, or its data or net are not to be had.
    """
    seen = Evidence.of(run, suits)
    inputs, split = seen.run.inputs, seen.judged
    assert isinstance(inputs, Pixels)
    errors = _errors(seen, split)
    some, worst = one_of_each(seen, split), np.argsort(-errors, kind="stable")[:COLUMNS]
    drawn = figure(8.4, 3.0 * inputs.seen[1] / inputs.seen[2] + 1.4)
    axes = drawn.subplots(2, 1)
    titles = (
        _("Pictures of {split}").format(split=split_name(split)),
        _("The worst of {count}, with their root mean squared errors").format(count=number(len(errors))),
    )
    names = ([plain(name, 12) for name in class_names(seen, split, some)], [f"{errors[i]:.2f}" for i in worst])
    for panel, rows, title, below in zip(axes, (some, worst), titles, names, strict=True):
        x = inputs.prepare(seen.split(split).x[torch.from_numpy(rows)])
        back = torch.from_numpy(seen.answers(split)[rows])
        pictures = brightness(inputs, torch.cat([x, back.reshape(x.shape)]))
        show(panel, pictures, len(rows), title)
        name_rows(panel, pictures, (_("original"), _("given back")))
        name_columns(panel, pictures, below)
    return drawn


def one_of_each(seen: Evidence, split: str) -> np.ndarray:
    """Return the rows of the first sample of each class, at most 10; the first samples where there are no classes."""
    classes = class_numbers(seen, split)
    if classes is None:
        return np.arange(min(COLUMNS, len(seen.split(split))))
    return np.unique(classes, return_index=True)[1][:COLUMNS]


def class_numbers(seen: Evidence, split: str) -> np.ndarray | None:
    """Return the class of each sample, `(n,)`; None where the data have no single class for each."""
    y = seen.split(split).y
    if not seen.classes or y.numel() != len(y):
        return None
    numbers: np.ndarray = y.reshape(-1).numpy().astype(int)
    return numbers


def class_names(seen: Evidence, split: str, rows: np.ndarray) -> list[str]:
    """Return the name of the class of each row, empty where the data have no classes."""
    classes = class_numbers(seen, split)
    return [""] * len(rows) if classes is None else [seen.classes[i] for i in classes[rows]]


def _errors(seen: Evidence, split: str) -> np.ndarray:
    """Return the root mean squared error of each sample of a split, `(n,)`."""
    inputs, answers = seen.run.inputs, torch.from_numpy(seen.answers(split))
    parts = zip(seen.split(split).x.split(1000), answers.split(1000), strict=True)

    def error(x: Tensor, back: Tensor) -> Tensor:
        return (inputs.prepare(x).flatten(1) - back.flatten(1)).square().mean(1).sqrt()

    errors: np.ndarray = torch.cat([error(x, back) for x, back in parts]).numpy()
    return errors
