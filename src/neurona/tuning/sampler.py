"""What draws the values of a trial: TPE, seeded anew for each trial, so that a search goes on as it would have."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from optuna.distributions import BaseDistribution
from optuna.samplers import BaseSampler, TPESampler
from optuna.study import Study
from optuna.trial import FrozenTrial, TrialState


class Reseeded(BaseSampler):
    """The Tree-structured Parzen Estimator (Bergstra et al. 2011), multivariate, seeded anew for each trial.

    What a trial is given depends on the seed, on how many trials there were before it, and on what became of those:
    a search that was interrupted draws what it would have drawn.

    Args:
        seed: of the search.
        rank: says how many trials count before one, given the study and its number.
    """

    def __init__(self, seed: int, rank: Callable[[Study, int], int]) -> None:
        self.seed, self.rank = seed, rank
        self._sampler = TPESampler(seed=seed)

    def before_trial(self, study: Study, trial: FrozenTrial) -> None:
        """Seed the draws of `trial`."""
        words = np.random.SeedSequence([self.seed, self.rank(study, trial.number)]).generate_state(1)
        self._sampler = TPESampler(seed=int(words[0]))
        self._sampler.before_trial(study, trial)

    def infer_relative_search_space(self, study: Study, trial: FrozenTrial) -> dict[str, BaseDistribution]:
        """Return what is drawn together."""
        return self._sampler.infer_relative_search_space(study, trial)

    def sample_relative(
        self, study: Study, trial: FrozenTrial, search_space: dict[str, BaseDistribution]
    ) -> dict[str, Any]:
        """Draw what is drawn together."""
        return self._sampler.sample_relative(study, trial, search_space)

    def sample_independent(
        self, study: Study, trial: FrozenTrial, param_name: str, param_distribution: BaseDistribution
    ) -> Any:
        """Draw one value by itself."""
        return self._sampler.sample_independent(study, trial, param_name, param_distribution)

    def after_trial(self, study: Study, trial: FrozenTrial, state: TrialState, values: Sequence[float] | None) -> None:
        """Let the sampler know what became of a trial."""
        self._sampler.after_trial(study, trial, state, values)
