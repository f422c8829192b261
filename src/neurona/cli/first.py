"""The weights that a net starts from: a recipe that is trained for them first, and nets that take none."""

from __future__ import annotations

import json
import shlex
from pathlib import Path

from neurona.cli import screen
from neurona.errors import InputError
from neurona.language import _
from neurona.pretrained import first_to_train, train_for_weights
from neurona.recipe import Recipe


def train_first(recipe: Recipe) -> None:
    """Train what `recipe` takes its weights from and show it, unless its weights are kept from an earlier time.

    Raises:
        InputError: either of them is wrong; that of `recipe` is found before anything is trained.
    """
    first = first_to_train(recipe)
    if first is None:
        return
    recipe.with_changes({"net.weights": "none"}).start()
    with screen.watching(first.fit.epochs, first.name) as watch:
        for epoch in train_for_weights(first):
            watch.show(epoch)


def no_place_for(weights: Path, recipe: Recipe) -> InputError:
    """Return the error of `--weights` for a net that takes none, with what makes its net a trunk that does."""
    if not weights.exists():
        problem = _("There is no file of weights at {path}.").format(path=weights)
        return InputError(problem, _("Give a file of safetensors or of PyTorch, or the directory of a run."))
    kind = recipe.net["kind"]
    options = [f"{key} = {json.dumps(value)}" for key, value in recipe.net.items() if key not in ("kind", "weights")]
    trunk = f"{{ kind = {json.dumps(kind)}, {', '.join(options)} }}" if options else kind
    problem = _("Only the trunk of a net of kind transfer takes weights, and this net is of kind {kind}.")
    hint = _("If they are of this net, write: {options}").format(
        options=f"--set net.kind=transfer --set {shlex.quote(f'net.trunk={trunk}')}"
    )
    return InputError(problem.format(kind=kind), hint)
