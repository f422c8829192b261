"""How much each parameter of a search matters."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from neurona.tuning.space import Choices, Parameter, Space, word
from neurona.tuning.trial import Trial

if TYPE_CHECKING:
    from optuna.distributions import BaseDistribution

LEAST = 8
"""Trials below which nothing can be said."""


def importances(trials: list[Trial], space: Space, *, logarithms: bool) -> dict[str, float]:
    """Return the share of the variance of the metric, over the whole space, that each parameter explains alone.

    It is fANOVA (Hutter, Hoos and Leyton-Brown, "An Efficient Approach for Assessing Hyperparameter Importance", ICML
    2014): a random forest learns the metric from the parameters, and its variance is taken apart. Shares are of what
    the parameters explain alone, so that their sum is 1. A pruned trial counts with the last value that was seen.

    Args:
        trials: those that were tried.
        space: what they were drawn from.
        logarithms: of the metric are taken, so that a few very bad trials do not make up all of the variance.

    Returns:
        The shares by key, the largest first; empty for a single parameter, or where there are fewer than 8 trials with
        different values.
    """
    known = [trial for trial in trials if trial.value is not None and math.isfinite(trial.value)]
    values = [trial.value for trial in known if trial.value is not None]
    if len(space.parameters) < 2 or len(known) < LEAST or len(set(values)) < 2:
        return {}
    import optuna
    from optuna.importance import FanovaImportanceEvaluator, get_param_importances

    optuna.logging.set_verbosity(optuna.logging.ERROR)
    study = optuna.create_study()
    axes = {parameter.key: _axis(parameter) for parameter in space.parameters}
    for trial, value in zip(known, values, strict=True):
        places = {parameter.key: _place(parameter, trial.values[parameter.key]) for parameter in space.parameters}
        told = math.log(value) if logarithms else value
        study.add_trial(optuna.trial.create_trial(value=told, params=places, distributions=axes))
    return dict(get_param_importances(study, evaluator=FanovaImportanceEvaluator(seed=0)))


# Optuna's fANOVA takes all numbers of a range for equally likely, also those of a logarithmic one, where nearly all of
# them lie in its last power of ten. So it is given the logarithms.


def _axis(parameter: Parameter) -> BaseDistribution:
    from optuna.distributions import FloatDistribution

    if isinstance(parameter, Choices) or not parameter.log:
        return parameter.distribution()
    return FloatDistribution(math.log(parameter.low), math.log(parameter.high))


def _place(parameter: Parameter, value: Any) -> Any:
    if isinstance(parameter, Choices):
        return word(value)
    if not parameter.log:
        return value
    return min(max(math.log(value), math.log(parameter.low)), math.log(parameter.high))
