"""`neurona summary`: the layers of a net as a table, of a recipe before it trains or of a run."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from neurona.cli import screen
from neurona.data import DATASETS
from neurona.errors import InputError
from neurona.language import _, one_or_many
from neurona.look import summary
from neurona.making import fitting
from neurona.nets import Fitting, blocks_table, build, shape_text
from neurona.nets.freezing import freeze, matching
from neurona.recipe import Recipe
from neurona.run import Run

if TYPE_CHECKING:
    from torch import nn

BLOCKS = "blocks"
# Of every dataset that is downloaded, to show a net without it.
CLASSES = 10


def show(what: str, overrides: Sequence[str] = ()) -> None:
    """Print the net of a recipe or of a run layer by layer, or the building blocks of known architectures.

    Args:
        what: the name or path of a recipe, data of a person's own, the directory of a run, or "blocks".
        overrides: changes to the recipe, such as "net.hidden=[50]".

    Raises:
        InputError: there is no such thing, or the net does not fit the data.
    """
    path = Path(what)
    is_run = any((path / name).is_file() for name in ("recipe.toml", "comparison.json"))
    if overrides and (is_run or what == BLOCKS):
        problem = _("--set changes a recipe, and {what} is none.").format(what=what)
        raise InputError(problem, _("Leave --set out, or name a recipe."))
    if what == BLOCKS:
        _print(summary.lines(summary.blocks(blocks_table()), total=False))
    elif is_run:
        _print(summary.text(Run.open(path)))
    else:
        _of_recipe(Recipe.read(what, overrides))


def _of_recipe(recipe: Recipe) -> None:
    net, fits = _built(recipe)
    freeze(net, matching(net, recipe.fit.frozen), [name for name, _parameter in net.named_parameters()])
    sentence = one_or_many(
        fits.outputs,
        _("{name}: a net of kind {kind} for samples of {shape}, with {outputs} output."),
        _("{name}: a net of kind {kind} for samples of {shape}, with {outputs} outputs."),
    )
    kind = recipe.net["kind"]
    _print(sentence.format(name=recipe.name, kind=kind, shape=shape_text(fits.shape), outputs=fits.outputs))
    _print(summary.lines(summary.table(summary.layers_of(net, fits.shape, tokens=fits.tokens > 0)), total=True))


def _built(recipe: Recipe) -> tuple[nn.Module, Fitting]:
    """Return the net of a recipe and what it fits; where the data cannot be had, it fits what is known of them."""
    try:
        with screen.reading():
            data = recipe.load()
    except InputError as error:
        name = str(recipe.data.get("name"))
        facts = DATASETS[name].facts if name in DATASETS else {}
        if not facts.get("download") or not recipe.net.get("kind"):
            raise
        fits = Fitting(math.prod(facts["shape"]), facts["shape"], CLASSES)
        screen.err.print(error.problem, markup=False)
        options = {key: value for key, value in recipe.net.items() if key != "kind"}
        net = build(recipe.net["kind"], options, fits)
        screen.err.print(_("Without its data, this is the net for samples of the shape that they are known to have."))
        return net, fits
    return recipe.build(data), fitting(data)


def _print(text: str) -> None:
    screen.out.print(text, markup=False)
