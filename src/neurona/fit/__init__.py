"""How a net is trained: the loop, its options, optimizers, schedules, batches and history."""

from typing import Any

from neurona.fit.options import FitOptions

__all__ = ["OPTIMIZERS", "Epoch", "Fit", "FitOptions"]


def __getattr__(name: str) -> Any:
    """Import what needs torch only when it is asked for."""
    if name == "Fit":
        from neurona.fit.fit import Fit

        return Fit
    if name == "Epoch":
        from neurona.fit.history import Epoch

        return Epoch
    if name == "OPTIMIZERS":
        from neurona.fit.optim import OPTIMIZERS

        return OPTIMIZERS
    raise AttributeError(name)
