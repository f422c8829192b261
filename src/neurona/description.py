"""What a run directory says about its fit: the recipe, the data and the environment."""

from __future__ import annotations

import platform
import time
from dataclasses import asdict
from typing import Any

import torch

from neurona.data.dataset import SPLITS, Dataset
from neurona.fit.fit import Fit
from neurona.making import fitting


def recipe_of(fit: Fit, name: str) -> dict[str, Any]:
    """Describe a fit that was made in Python: its net is a module of the user's own."""
    origin = {key: value for key, value in fit.data.origin.items() if value is not None}
    return {"name": name, "data": origin or {"in_memory": repr(fit.data)}, "fit": _set_options(fit)}


def _set_options(fit: Fit) -> dict[str, Any]:
    given = fit.options.model_dump(mode="json", exclude_unset=True)
    return {key: value for key, value in given.items() if value is not None}


def described(data: Dataset) -> dict[str, Any]:
    """Return what `data.json` holds: names, preprocessing, sizes, notes, and a hash of all samples."""
    return {
        "name": data.name,
        "task": data.task,
        "inputs": data.inputs.to_dict(),
        "fitting": asdict(fitting(data)),
        "target": data.target.to_dict(),
        "samples": {split: len(getattr(data, split)) for split in SPLITS},
        "largest_class": _largest_class(data),
        "notes": list(data.notes),
        "fingerprint": data.fingerprint(),
    }


def _largest_class(data: Dataset) -> float:
    if data.task not in ("binary", "multiclass"):
        return 0.0
    return float(torch.bincount(data.train.y.flatten().long()).max() / len(data.train))


def environment(fit: Fit) -> dict[str, Any]:
    """Return what `environment.json` holds: versions, platform, device, engine, threads, seed and start."""
    import numpy

    import neurona

    return {
        "neurona": neurona.__version__,
        "python": platform.python_version(),
        "torch": torch.__version__,
        "numpy": numpy.__version__,
        "platform": platform.platform(),
        "device": str(fit.device),
        "engine": fit.engine,
        "threads": torch.get_num_threads(),
        "seed": fit.options.seed,
        "started": time.strftime("%Y-%m-%dT%H:%M:%S%z"),
    }
