"""Native code on a first start: made behind what visitors do, while PyTorch trains in its place."""

from __future__ import annotations

import contextlib
import os
import signal
import warnings

from neurona.compiled.call import run
from neurona.recipe import Recipe

# Whatever else there is to do goes first.
NICENESS = 19


def make() -> None:
    """Compile it, in a process of its own, unless it is kept; whoever begins a fit after that trains with it."""
    if run.kept():
        return
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the server ends it
    with contextlib.suppress(OSError):
        os.nice(NICENESS)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # nobody waits for it
        next(iter(Recipe.read("spiral", ["fit.engine=compiled"]).start()))


def unhindered(recipe: Recipe) -> Recipe:
    """Return a recipe whose fit need not wait for native code, where nobody asked for that engine by name."""
    kept = recipe.fit.engine != "auto" or bool(run.kept())
    return recipe if kept else recipe.with_changes({"fit.engine": "torch"})
