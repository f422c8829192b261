"""The study: Optuna's record of a search, shared by processes, asked for trials and told what became of them."""

from __future__ import annotations

import random
import threading
import time
from bisect import bisect_left
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Literal

import optuna
from optuna.trial import FrozenTrial, TrialState

from neurona.errors import InputError
from neurona.language import _, in_each
from neurona.tasks import higher_is_better
from neurona.tuning import life
from neurona.tuning.about import difference
from neurona.tuning.judge import TENTHS
from neurona.tuning.sampler import Reseeded
from neurona.tuning.space import Space
from neurona.tuning.storage import opened, put_back, speaking
from neurona.tuning.trial import LostError, Trial

WARM_UP, LEAST = 3 * TENTHS // 10, 5
"""Steps before a trial can be pruned, and complete trials before any is."""
PATIENCE = 5.0
"""Seconds to wait for the process that makes a study to write down what it is about."""
MOST_DEATHS = 2
"""How often a trial whose process died is tried again."""

optuna.logging.set_verbosity(optuna.logging.ERROR)


@dataclass(frozen=True)
class Asked:
    """A trial that is to be trained: its number, its values, and Optuna's record of it."""

    number: int
    values: dict[str, Any]
    record: optuna.Trial


class Study:
    """A study in its storage.

    Args:
        storage: an address or a path; see `storage.opened`.
        name: of the study; a storage may hold several.
        about: what the study is of: recipe, space, metric and so on. Whoever joins must be after the same.
        space: what is searched.
        own: what would be drawn for the values that the recipe itself has; None where they are not within the space.
        total: how many trials are wanted; as many combinations, or fewer, are each tried once.
        new: whether it is made where it is not there.

    Raises:
        InputError: the storage cannot be opened, or its study of that name is not there or about something else.
    """

    def __init__(
        self,
        storage: str,
        name: str,
        about: Mapping[str, Any],
        space: Space,
        own: Mapping[str, Any] | None,
        total: int,
        *,
        new: bool = True,
    ) -> None:
        self.storage, self.space, self.about = storage, space, about
        backend = opened(storage, new=new)
        with speaking(storage):
            if not new and name not in optuna.get_all_study_names(backend):
                problem = _("The storage {storage} does not hold the study {name!r} any more.")
                raise InputError(problem.format(storage=self._shown, name=name), put_back())
            try:
                self._study = optuna.create_study(storage=backend, study_name=name, direction=_direction(about))
                self._begin(own, total)
            except optuna.exceptions.DuplicatedStudyError:
                self._study = optuna.load_study(study_name=name, storage=backend)
                self._join(name, own, total)
        self._study.sampler = Reseeded(
            int(about["seed"]), lambda _study, number: self._numbers(self._all())[number] - 1
        )
        median = optuna.pruners.MedianPruner(n_startup_trials=LEAST, n_warmup_steps=WARM_UP)
        self._study.pruner = median if about["prune"] else optuna.pruners.NopPruner()

    # ------------------------------------------------------------------ beginning

    def _begin(self, own: Mapping[str, Any] | None, total: int) -> None:
        """Queue the recipe's own values, and all combinations where they are no more than the trials."""
        if own is not None:
            self._study.enqueue_trial(dict(own), user_attrs={"own": True}, skip_if_exists=True)
        self._queue(own, total)
        self._study.set_user_attr("neurona", dict(self.about))

    def _queue(self, own: Mapping[str, Any] | None, total: int) -> None:
        """Queue the combinations that were not drawn yet, where all of them are no more than the trials."""
        if self.space.size <= total:
            for drawn in self._combinations():
                if drawn != own:
                    self._study.enqueue_trial(drawn, skip_if_exists=True)

    def _combinations(self) -> list[dict[str, Any]]:
        """Return all combinations, shuffled."""
        found: list[dict[str, Any]] = [{}]
        for parameter in self.space.parameters:
            words = [parameter.drawn(value) for value in _all_of(parameter.distribution())]
            found = [{**one, parameter.key: word} for one in found for word in words]
        random.Random(int(self.about["seed"])).shuffle(found)
        return found

    def _join(self, name: str, own: Mapping[str, Any] | None, total: int) -> None:
        """Check that a study that is there already is about the same."""
        theirs = self._study.user_attrs.get("neurona")
        end = time.monotonic() + PATIENCE
        while theirs is None and time.monotonic() < end:  # who makes it may not have written it all yet
            time.sleep(0.05)
            theirs = self._study.user_attrs.get("neurona")
        if theirs is None and all(one.state == TrialState.WAITING for one in self._all()):
            self._begin(own, total)  # who began it has died
            return
        if theirs is None:
            problem = _("The storage {storage} holds a study {name!r} that neurona has not made.")
            raise InputError(problem.format(storage=self._shown, name=name), _other())
        other = difference(theirs, self.about)
        if other is not None:
            problem = _("The storage {storage} holds a study {name!r} that differs in the {what}.")
            if other.part != "data":
                problem = _(
                    "The storage {storage} holds a study {name!r} that differs in the {what}: {key} is {theirs} there "
                    "and {ours} here."
                )
            facts = {"what": _parts()[other.part], "key": other.key, "theirs": other.theirs, "ours": other.ours}
            raise InputError(problem.format(storage=self._shown, name=name, **facts), _other())
        self._queue(own, total)  # there may be fewer combinations than trials by now

    @property
    def _shown(self) -> str:
        from neurona.tuning.storage import without_password

        return without_password(self.storage)

    # ------------------------------------------------------------------ asking and telling

    def ask(self, total: int) -> Asked | None:
        """Return a trial to be trained; None when the study has `total` of them, done or running."""
        with speaking(self.storage):
            self.bury()
            void = self._void
            if sum(one.number not in void and one.state != TrialState.WAITING for one in self._all()) >= total:
                return None
            record = self._study.ask(self.space.distributions())
            number = self._numbers(self._all())[record.number]
            if number > total:  # another process was quicker
                self._let_go(record.number)
                return None
            record.set_user_attr("by", life.sign())
            return Asked(number, self.space.values(record.params), record)

    def same(self, asked: Asked) -> Trial | None:
        """Return an earlier trial of the same values whose outcome is known; None where there is none."""
        known = (one for one in self.trials() if one.outcome in ("complete", "pruned", "diverged"))
        return next((one for one in known if one.values == asked.values), None)

    def report(self, asked: Asked, step: int, value: float) -> bool:
        """Note the metric of a trial at a step, and return whether the trial should end there.

        Raises:
            LostError: another process took this one for dead, and the trial away from it.
        """
        with speaking(self.storage), _unless_lost():
            asked.record.report(value, step)
            return bool(asked.record.should_prune())

    def tell(self, asked: Asked, outcome: str, value: float | None = None, **facts: Any) -> Trial:
        """Note what became of a trial: "complete" with its value, "pruned", "diverged" or "failed".

        Optuna takes a trial that diverged for one that was pruned before it was seen, so that the sampler avoids what
        is near to it.

        Raises:
            LostError: another process took this one for dead, and the trial away from it.
        """
        states = {"complete": TrialState.COMPLETE, "failed": TrialState.FAIL}
        with speaking(self.storage), _unless_lost():
            asked.record.set_user_attr("result", {"outcome": outcome, **facts})
            done = self._study.tell(asked.record, value, states.get(outcome, TrialState.PRUNED))
            return self._trial(done, asked.number, {})

    def give_back(self, asked: Asked) -> None:
        """Let a trial that was interrupted be tried again, by this process or another one."""
        with speaking(self.storage):
            self._try_again(asked.record.number, asked.record.params, asked.record.user_attrs)

    def bury(self) -> None:
        """Let the trials of processes that are dead be tried again; one that dies a third time has failed."""
        for one in self._all():
            if one.state != TrialState.RUNNING or life.shows(one):
                continue
            deaths = one.user_attrs.get("deaths", 0) + 1
            if deaths <= MOST_DEATHS:
                self._try_again(one.number, one.params, {**one.user_attrs, "deaths": deaths})
            elif self._end(one.number):
                self._study.set_user_attr(f"dead {one.number}", deaths)

    @contextmanager
    def living(self, asked: Asked) -> Iterator[None]:
        """Within the block, signs of life of the trial are written to the storage now and then."""
        ended = threading.Event()

        def beat() -> None:
            while not ended.wait(life.BEAT):
                try:
                    asked.record.set_user_attr("by", life.sign())
                except Exception:  # the next report says what is wrong with the storage
                    continue

        thread = threading.Thread(target=beat, daemon=True)
        thread.start()
        try:
            yield
        finally:
            ended.set()

    def _try_again(self, number: int, drawn: Mapping[str, Any], facts: Mapping[str, Any]) -> None:
        kept = {"again": number, **{name: facts[name] for name in ("own", "deaths", "again") if name in facts}}
        if self._let_go(number):
            self._study.enqueue_trial(dict(drawn), user_attrs=kept)

    def _let_go(self, number: int) -> bool:
        """Let a trial that is running not count; return whether that was up to us."""
        if not self._end(number):
            return False
        self._study.set_user_attr(f"void {number}", True)
        return True

    def _end(self, number: int) -> bool:
        try:
            self._study.tell(number, state=TrialState.FAIL)
        except (ValueError, optuna.exceptions.UpdateFinishedTrialError):  # another process has ended it
            return False
        return True

    # ------------------------------------------------------------------ what it holds

    def trials(self) -> list[Trial]:
        """Return all trials, in the order of their numbers; those that were given back too."""
        with speaking(self.storage):
            facts, every = self._study.user_attrs, self._all()
            numbers = self._numbers(every)
            found = [self._trial(one, numbers[one.number], facts) for one in every]
        return sorted(found, key=lambda trial: trial.number)

    def _all(self) -> list[FrozenTrial]:
        return self._study.get_trials(deepcopy=False)

    @property
    def _void(self) -> set[int]:
        """The numbers of the trials that do not count, because they were interrupted and are tried again."""
        return {int(name.removeprefix("void ")) for name in self._study.user_attrs if name.startswith("void ")}

    def _numbers(self, every: list[FrozenTrial]) -> dict[int, int]:
        """Return the numbers of all trials, from 1, by Optuna's; one that is tried again has the same as before."""
        places = {one.number: one.user_attrs.get("again", one.number) for one in every}
        void = self._void
        counted = sorted(place for number, place in places.items() if number not in void)
        return {number: 1 + bisect_left(counted, place) for number, place in places.items()}

    def _trial(self, one: FrozenTrial, number: int, facts: Mapping[str, Any]) -> Trial:
        result: dict[str, Any] = dict(one.user_attrs.get("result", {}))
        outcome = result.pop("outcome", "")
        if not one.state.is_finished():
            outcome = one.state.name.lower()
        elif f"void {one.number}" in facts:
            outcome = "given back"
        elif not outcome:
            outcome = {TrialState.COMPLETE: "complete", TrialState.PRUNED: "pruned"}.get(one.state, "failed")
        if f"dead {one.number}" in facts:
            result["reasons"] = in_each(_("The process that trained it died, each time that it was tried."))
        seen = sorted(one.intermediate_values.items())
        last = seen[-1][1] if seen and outcome == "pruned" else None
        value = one.value if outcome == "complete" else last
        drawn = one.params or one.system_attrs.get("fixed_params", {})
        own = bool(one.user_attrs.get("own"))
        return Trial(number, self.space.values(drawn), outcome, value, seen, own=own, **result)


@contextmanager
def _unless_lost() -> Iterator[None]:
    try:
        yield
    except optuna.exceptions.UpdateFinishedTrialError as error:
        raise LostError from error
    except ValueError as error:
        if "Cannot tell a " not in str(error):
            raise
        raise LostError from error


def _direction(about: Mapping[str, Any]) -> Literal["minimize", "maximize"]:
    return "maximize" if higher_is_better(str(about["metric"])) else "minimize"


def _parts() -> dict[str, str]:
    return {
        "recipe": _("recipe"),
        "data": _("data"),
        "over": _("search space"),
        "metric": _("metric"),
        "seeds": _("number of seeds"),
        "seed": _("seed"),
        "prune": _("choice about pruning"),
    }


def _other() -> str:
    return _("Give another --storage, or name this search otherwise: --set name=second")


def _all_of(distribution: optuna.distributions.BaseDistribution) -> list[Any]:
    if isinstance(distribution, optuna.distributions.CategoricalDistribution):
        return list(distribution.choices)
    assert isinstance(distribution, optuna.distributions.IntDistribution)
    return list(range(distribution.low, distribution.high + 1))
