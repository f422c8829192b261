"""A recipe that is trained for its weights, before the one that starts from them."""

from __future__ import annotations

from neurona.cli import screen
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
