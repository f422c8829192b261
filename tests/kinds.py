"""A small recipe for each kind of net, for tests."""

from __future__ import annotations

from typing import Any

from neurona.fit import Fit
from neurona.recipe import Recipe

EPOCHS = 4
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
