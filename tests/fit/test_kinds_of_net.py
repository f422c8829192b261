"""Whatever is trained, the same seed gives the same numbers, and an interrupted fit goes on as if it never was."""

from __future__ import annotations

import io
from typing import Any

import pytest
import torch
from training import assert_same_weights

from neurona.fit import Fit
from neurona.recipe import Recipe

EPOCHS, HALF = 4, 2
DIGITS = {"name": "digits", "samples": 200}
LAYERS = ["conv 4 3 pad 1", "bn", "relu", "pool 2", "dropout 0.3"]
RECIPES: dict[str, dict[str, Any]] = {
    "convolutions": {
        "data": {**DIGITS, "augment": ["rotate 10", "shift 1"]},
        "net": {"kind": "conv", "layers": LAYERS},
    },
    "transfer": {
        "data": {**DIGITS, "augment": ["shift 1"]},
        "net": {"kind": "transfer", "trunk": {"kind": "conv", "layers": LAYERS}, "standardise": True},
        "fit": {"frozen": ["trunk.*"], "views": 3},
    },
    "autoencoder": {
        "data": {**DIGITS, "task": "reconstruction"},
        "net": {"kind": "conv-autoencoder", "channels": [4], "latent": 2},
    },
    "variational": {"data": {**DIGITS, "task": "variational"}, "net": {"kind": "vae", "hidden": [16], "latent": 2}},
    "adversarial": {
        "data": {**DIGITS, "task": "adversarial"},
        "net": {"kind": "conv-gan", "channels": [4, 8], "noise": 4, "dropout": 0.3},
    },
    "classified sequences": {
        "data": {"name": "remember", "samples": 100, "length": 10},
        "net": {"kind": "sequence-classifier", "cell": "gru", "hidden": 8, "layers": 2, "dropout": 0.2},
    },
    "translated sequences": {
        "data": {"name": "reverse", "samples": 100},
        "net": {"kind": "encoder-decoder", "hidden": 8, "attention": True, "dropout": 0.2},
    },
    "a text": {
        "data": {"name": "characters", "window": 50, "stride": 40},
        "net": {"kind": "sequence-labeller", "hidden": 8, "embedding": 4, "dropout": 0.2, "embedding_dropout": 0.2},
        "fit": {"clip": 1.0, "schedule": "one-cycle"},
    },
}


def begin(recipe: dict[str, Any], **fit: Any) -> Fit:
    options = {"epochs": EPOCHS, "batch": 32, "seed": 3, **recipe.get("fit", {}), **fit}
    return Recipe.of({"name": "small", **recipe, "fit": options}).start()


def finish(fit: Fit) -> Fit:
    for _epoch in fit:
        pass
    return fit


@pytest.mark.parametrize("kind", RECIPES)
def test_the_same_seed_gives_the_same_numbers_also_after_an_interruption(kind: str) -> None:
    recipe = RECIPES[kind]
    whole, again, half = (begin(recipe) for _time in range(3))
    finish(whole)
    assert finish(again).history == whole.history
    for epoch in half:
        if epoch.index >= whole.epoch * HALF // EPOCHS:
            break
    file = io.BytesIO()
    torch.save(half.state(), file)
    file.seek(0)
    resumed = begin(recipe)
    resumed.restore(torch.load(file, weights_only=True))
    assert finish(resumed).history == whole.history
    assert_same_weights(resumed.net, whole.net, 0)


@pytest.mark.parametrize("kind", RECIPES)
def test_another_seed_gives_other_numbers(kind: str) -> None:
    recipe = RECIPES[kind]
    assert finish(begin(recipe, epochs=1)).history != finish(begin(recipe, epochs=1, seed=4)).history
