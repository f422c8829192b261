"""The recipe for data of a person's own, who has said nothing but where they are."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from neurona.files import TEXTS


def for_file(path: Path) -> dict[str, Any]:
    """Return a recipe for a table, a text or a folder of pictures, as it would be read from TOML, without its net.

    What is changed with `--set` comes on top of it; then `net_for` adds the net.
    """
    about = {"name": path.resolve().name.split(".")[0], "title": "", "data": {"path": str(path.absolute())}}
    if path.is_dir():
        # Of few pictures an epoch is a step or two, and batch normalisation evaluates badly before some dozens of them.
        return {**about, "fit": {"optimizer": "adamw", "lr": 0.002, "epochs": 30, "patience": 30, "weight_decay": 0.01}}
    if path.suffix in TEXTS:
        return {**about, "fit": {"optimizer": "adamw", "lr": 0.002, "epochs": 20, "clip": 1.0}}
    fit = {"optimizer": "adamw", "lr": 0.003, "epochs": 100, "patience": 15, "weight_decay": 0.01}
    return {**about, "fit": fit}


def from_table(data: Mapping[str, Any]) -> bool:
    """Whether the `[data]` of a recipe are a table, whose columns have names."""
    path = Path(str(data.get("path", "")))
    return "path" in data and not path.is_dir() and path.suffix not in TEXTS


def net_for(data: Mapping[str, Any]) -> dict[str, Any]:
    """Return the net for data of a person's own, given the `[data]` of the recipe."""
    path = Path(data["path"])
    if path.is_dir():
        layers = ["conv 32 3 pad 1", "bn", "relu", "pool 2", "conv 64 3 pad 1", "bn", "relu", "pool 2"]
        return {"kind": "conv", "layers": [*layers, "conv 128 3 pad 1", "bn", "relu", "global-pool", "dropout 0.2"]}
    if path.suffix in TEXTS:
        return {"kind": "sequence-labeller", "cell": "lstm", "hidden": 128, "embedding": 32, "layers": 1}
    if "text" in data:
        return {"kind": "sequence-classifier", "cell": "gru", "hidden": 64, "embedding": 32, "bidirectional": True}
    return {"kind": "mlp", "hidden": [64, 32]}
