"""`neurona landscape`: the loss around the trained weights of a run, into its directory."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np

from neurona.cli import screen
from neurona.data.split_names import split_name
from neurona.errors import InputError, reason_of
from neurona.files import write_together
from neurona.landscape import FACTS, GRID, PICTURE, Landscape, Survey
from neurona.language import _
from neurona.look.landscape import draw
from neurona.look.style import png
from neurona.look.words import number, percent
from neurona.run import Run


def show(path: Path, **options: Any) -> None:
    """Compute the landscape of the run at `path`, write it there, and print what it says and where it is.

    Args:
        path: of the run.
        options: see `neurona.landscape.Survey`.

    Raises:
        InputError: it is no run that has a landscape, an option is wrong, or the directory cannot be written.
    """
    run = Run.open(path)
    survey = Survey(run, **options)
    for _row in screen.advancing(survey, len(survey), run.recipe.name):
        pass
    found = survey.landscape
    write(found, path)
    for sentence in sentences(found):
        screen.out.print(sentence, markup=False)
    for name in (PICTURE, GRID):
        screen.out.print(str(path / name), markup=False)


def write(found: Landscape, folder: Path) -> None:
    """Write the picture, the grid and what else is known of a landscape, all of it or nothing.

    Raises:
        InputError: the folder cannot be written.
    """
    texts = {FACTS: found.facts(), GRID: found.grid()}
    contents = {PICTURE: png(draw(found)), **{name: text.encode() for name, text in texts.items()}}
    try:
        write_together(folder, contents)
    except OSError as error:
        problem = _("The landscape cannot be written to {path}: {reason}.")
        hint = _("Check that the disk has room and that you may write there.")
        raise InputError(problem.format(path=folder, reason=reason_of(error)), hint) from error


def sentences(found: Landscape) -> list[str]:
    """Return what a landscape says, in words."""
    finite = np.isfinite(found.losses)
    low = float(found.losses.min(initial=math.inf, where=finite))
    high = float(found.losses.max(initial=-math.inf, where=finite)) if finite.all() else math.inf
    text = _("Loss at the trained weights: {loss} ({split}, {count} samples); on the grid from {low} to {high}.")
    numbers = {"loss": number(found.centre), "low": number(low), "high": number(high)}
    said = [text.format(split=split_name(found.split), count=found.samples, **numbers)]
    if not len(found.path):
        said.append(_("The run keeps no snapshots (fit.snapshots), so that the path of training is not shown."))
    elif found.directions == "path":
        first, second = (percent(share) for share in found.shares)
        components = _("Principal components of the path of training: {first} and {second} of its variance.")
        said.append(components.format(first=first, second=second))
    else:
        plane = _("The path of training has {share} of its variance in this plane; --directions path shows it best.")
        said.append(plane.format(share=percent(found.explained)))
    return said
