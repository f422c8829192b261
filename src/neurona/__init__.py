"""Neurona: an open laboratory for neural networks.

import neurona as nr

run = nr.train("spiral")                                 # by recipe
run = nr.train("my.csv", target="price")                 # a table of one's own

data = nr.load("spiral", classes=3, noise=0.2)           # or step by step
net = nr.nets.mlp(data.features, [100], data.outputs)    # any torch.nn.Module
fit = nr.Fit(net, data, optimizer="adam", lr=1e-2, epochs=200)
for epoch in fit:                                        # break is early stopping
    print(epoch)
run = fit.save("runs/spiral")
run.look()
"""

from __future__ import annotations

import importlib
import os
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from neurona import glass, look, nets, tasks
    from neurona.compare import Comparison
    from neurona.data import Dataset, load
    from neurona.errors import InputError, NeuronaError, NeuronaWarning, TrainingError
    from neurona.fit.fit import Fit
    from neurona.fit.history import Epoch
    from neurona.recipe import Recipe
    from neurona.result import open as open  # noqa: A004
    from neurona.run import Run
    from neurona.training import train
    from neurona.tuning import Tuning
    from neurona.tuning.tune import tune

__version__ = "0.1.0"

# Threads that wait by spinning make two trainings on one machine ten times slower, not twice, and threads that sleep at
# once make a convolutional net alone a quarter slower; so they spin for some microseconds, the pause between two
# operations. OpenMP reads this when torch is first imported; the second word is one of GNU's.
if "OMP_WAIT_POLICY" not in os.environ:
    os.environ["OMP_WAIT_POLICY"] = "PASSIVE"
    os.environ.setdefault("GOMP_SPINCOUNT", "10000")

# Each name is imported when it is first asked for, so that `import neurona` does not wait for torch.
_HOMES = {
    "Comparison": "neurona.compare",
    "Dataset": "neurona.data",
    "Epoch": "neurona.fit.history",
    "Fit": "neurona.fit.fit",
    "InputError": "neurona.errors",
    "NeuronaError": "neurona.errors",
    "NeuronaWarning": "neurona.errors",
    "Recipe": "neurona.recipe",
    "Run": "neurona.run",
    "TrainingError": "neurona.errors",
    "Tuning": "neurona.tuning",
    "load": "neurona.data",
    "open": "neurona.result",
    "train": "neurona.training",
    "tune": "neurona.tuning.tune",
}
_ROOMS = ("glass", "look", "nets", "tasks")
# These need no PyTorch; the others do, and are imported faster with its libraries loaded beside.
_WITHOUT_PYTORCH = ("Epoch", "InputError", "NeuronaError", "NeuronaWarning", "TrainingError", "glass", "look")

# `open` is left out, so that `from neurona import *` leaves Python's own in its place.
__all__ = [
    "Comparison",
    "Dataset",
    "Epoch",
    "Fit",
    "InputError",
    "NeuronaError",
    "NeuronaWarning",
    "Recipe",
    "Run",
    "TrainingError",
    "Tuning",
    "glass",
    "load",
    "look",
    "nets",
    "tasks",
    "train",
    "tune",
]


def __getattr__(name: str) -> Any:
    """Import a public name on first use."""
    home = f"neurona.{name}" if name in _ROOMS else _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module 'neurona' has no attribute {name!r}")
    if name in _WITHOUT_PYTORCH:
        module = importlib.import_module(home)
    else:
        from neurona.imports import with_pytorch

        module = with_pytorch(home)
    value = globals()[name] = module if name in _ROOMS else getattr(module, name)
    return value
