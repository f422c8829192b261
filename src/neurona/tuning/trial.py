"""A trial: one combination of values, and what became of it."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from neurona.language import language
from neurona.tasks import higher_is_better
from neurona.tuning.space import shown

# What can become of a trial. One that was "given back" was interrupted; its values are tried again.
OUTCOMES = ("waiting", "running", "complete", "pruned", "diverged", "failed", "given back")
DONE = ("complete", "pruned", "diverged", "failed")


@dataclass(frozen=True)
class Trial:
    """One combination of values, and what became of it.

    Attributes:
        number: from 1, in the order in which trials were first begun; one that was interrupted keeps it when it is
            tried again, as another one of Optuna's.
        values: what it sets in the recipe, by dotted key.
        outcome: one of `OUTCOMES`.
        value: of the metric, with the weights that the fit ends with; of several seeds the mean. Of a pruned trial,
            the last one that was seen. None where there is none.
        seen: `(step, value)` for each time that the metric was looked at; ten steps make a fit (see `judge.TENTHS`).
        epochs: how many were trained, over all seeds.
        seconds: of training.
        reasons: why it failed, by language.
        own: whether it is the recipe as it stands.
    """

    number: int
    values: dict[str, Any]
    outcome: str
    value: float | None = None
    seen: list[tuple[int, float]] = field(default_factory=list)
    epochs: int = 0
    seconds: float = 0.0
    reasons: Mapping[str, str] = field(default_factory=dict)
    own: bool = False

    @property
    def reason(self) -> str:
        """Why it failed, in the language in use; "" where it did not."""
        return self.reasons.get(language(), "")

    @property
    def done(self) -> bool:
        """Whether something became of it."""
        return self.outcome in DONE

    @staticmethod
    def from_dict(saved: Mapping[str, Any]) -> Trial:
        """Rebuild what `to_dict` and JSON made of it."""
        return Trial(**{**saved, "seen": [(int(step), float(value)) for step, value in saved["seen"]]})

    def to_dict(self) -> dict[str, Any]:
        """Return it in a form that JSON can hold."""
        return asdict(self)


class LostError(Exception):
    """Another process took the one that trains a trial for dead, and the trial away from it."""


def best_of(trials: Sequence[Trial], metric: str) -> Trial | None:
    """Return the complete trial with the best value, of several equal ones the first; None where none is complete."""
    complete = [trial for trial in trials if trial.outcome == "complete" and trial.value is not None]
    return min(complete, key=lambda trial: cost(trial.value, metric), default=None)


def cost(value: float | None, metric: str) -> float:
    """Return a number that is the smaller, the better `value` of `metric` is; infinite where there is none."""
    if value is None or math.isnan(value):
        return math.inf
    return -value if higher_is_better(metric) else value


def values_text(values: Mapping[str, Any]) -> str:
    """Return values as people read them: "fit.lr 0.01, net.hidden [64, 64]"."""
    return ", ".join(f"{key} {shown(value)}" for key, value in values.items())
