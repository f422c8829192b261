"""Search: the options of a recipe tried in many trials, by Optuna, for the best ones on validation."""

from neurona.tuning.trial import Trial
from neurona.tuning.tuning import Tuning

__all__ = ["Trial", "Tuning"]
