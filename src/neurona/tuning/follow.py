"""One trial from being asked for to its outcome: what trains it yields epochs, and the study hears about them."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from neurona.errors import InputError, TrainingError
from neurona.fit.history import Epoch
from neurona.language import _, in_each
from neurona.recipe import Recipe
from neurona.tuning.judge import Judgement, Training
from neurona.tuning.storage import StorageError
from neurona.tuning.trial import LostError, Trial

if TYPE_CHECKING:
    from neurona.fit.fit import Fit
    from neurona.tuning.study import Asked, Study


@dataclass(frozen=True)
class Passed:
    """An epoch of a trial that has passed; `fit` is that of one seed, `value` the metric so far, over the seeds."""

    number: int
    values: dict[str, Any]
    fit: Fit
    epoch: Epoch
    value: float


def follow_trial(
    study: Study, asked: Asked, recipes: Callable[[], Sequence[Recipe]], metric: str, training: Training
) -> Generator[Passed, None, tuple[Trial | None, Fit | None]]:
    """Train a trial, yield each epoch as it passes, and tell the study what became of it.

    Args:
        study: that asked for it.
        asked: the trial.
        recipes: returns its recipes, one for each seed.
        metric: what it is judged by.
        training: what trains the recipes.

    Returns:
        The trial, None where another process has taken it over; and the fit of the first seed of a complete one.

    Raises:
        StorageError: the storage of the study does not answer any more.
    """
    judgement = Judgement(metric)
    reasons: dict[str, str] = {}
    try:
        same = study.same(asked)
        if same is not None:
            return _repeated(study, asked, same), None
        try:
            outcome = yield from _train(study, asked, recipes(), judgement, training)
        except TrainingError:
            outcome = "diverged"
        except StorageError:
            raise
        except (InputError, MemoryError, RuntimeError) as error:
            outcome, reasons = "failed", in_each(_reason(error))
        value = judgement.final if outcome == "complete" else None
        facts = {"epochs": judgement.epochs, "seconds": round(judgement.seconds, 3)}
        done = study.tell(asked, outcome, value, reasons=reasons, **facts)
    except LostError:
        return None, None
    return done, judgement.fits[0] if outcome == "complete" else None


def _train(
    study: Study, asked: Asked, recipes: Sequence[Recipe], judgement: Judgement, training: Training
) -> Generator[Passed, None, str]:
    """Train the recipes of a trial and yield each epoch; return what became of it."""
    with closing(training(recipes)) as passing:
        for number, fit, epoch in passing:
            step = judgement.see(number, fit, epoch)
            yield Passed(asked.number, asked.values, fit, epoch, judgement.value)
            if judgement.diverged:
                return "diverged"
            behind = step is not None and study.report(asked, step, judgement.value)
            if behind and not judgement.over(len(recipes)):
                return "pruned"
    return "complete"


def _repeated(study: Study, asked: Asked, same: Trial) -> Trial:
    """Tell what is known already of the values that were asked for."""
    for step, value in same.seen:
        study.report(asked, step, value)
    return study.tell(asked, same.outcome, same.value if same.outcome == "complete" else None)


def _reason(error: Exception) -> str:
    """Return why a trial failed; what is neither a wrong recipe nor a lack of memory is raised again."""
    if isinstance(error, InputError):
        return error.problem
    if isinstance(error, MemoryError) or "memory" in str(error):  # torch has no error of its own for it on a CPU
        return _("memory was not enough")
    raise error
