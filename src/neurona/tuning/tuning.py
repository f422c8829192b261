"""A search: a recipe's options tried in many trials, a directory with the study, the best run and a report."""

from __future__ import annotations

import json
import warnings
from collections.abc import Generator, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from neurona.compare import seeded
from neurona.data.dataset import SPLITS
from neurona.errors import InputError, NeuronaWarning
from neurona.files import check_free, jsonable, read_json, whole_folder, write_text
from neurona.fit.history import Epoch
from neurona.language import _
from neurona.override import as_changes
from neurona.recipe import Recipe
from neurona.result import kind_of
from neurona.run import Run
from neurona.tuning import check, search
from neurona.tuning.about import account, difference
from neurona.tuning.best import BEST, holds, keep, side_by_side
from neurona.tuning.follow import Passed, follow_trial
from neurona.tuning.judge import OneByOne, Training
from neurona.tuning.search import Search
from neurona.tuning.storage import StorageError, address, lacks_password, without_password
from neurona.tuning.trial import Trial, best_of, cost
from neurona.validation import as_path
from neurona.vary import warn_of_fixed_data

if TYPE_CHECKING:
    import pandas as pd

    from neurona.fit.fit import Fit
    from neurona.tuning.space import Space
    from neurona.tuning.study import Study

TRIALS, COMPARISON = "trials.json", "compare.toml"


@dataclass(frozen=True)
class Tuning:
    """The directory of a search.

    It holds `recipe.toml` and `search.toml`; `study.journal`, unless the study is elsewhere; `trials.json`, all trials
    as this process last saw them; `best.toml`, the recipe of the best one, and `best/`, its run; at the end
    `compare.toml`, which compares it with the recipe itself.

    Attributes:
        path: of the directory.
        storage: the address of the study, where that in `search.toml` lacks its password.
    """

    path: Path
    storage: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "path", as_path(self.path, "path"))

    @staticmethod
    def begin(recipe: Recipe, path: Path, *, metric: str | None = None, storage: str = "", **wanted: Any) -> Tuning:
        """Check the search, create the directory, whole or not at all, and begin or join the study.

        Args:
            recipe: what is searched.
            path: of the directory.
            metric: what trials are judged by, on validation; None for what the recipe monitors.
            storage: the path of a file, or an address, of a study that several processes may share; "" for one in the
                directory.
            wanted: the other fields of `Search`: `over`, `trials`, `seeds`, `seed`, `prune`.

        Raises:
            InputError: something given is wrong, `path` exists already, or the storage cannot be opened.
        """
        check_free(path)
        recipe = _single(recipe)
        given = Search.of(metric=metric or "", **wanted)
        if given.seeds > 1:
            warn_of_fixed_data(recipe, given.seeds)
        training = _training(given.space)
        alone = recipe.start(training.data(recipe))  # what is wrong with the recipe itself is said first
        if "fit.batch" in given.over and recipe.fit.batch == "auto":
            recipe = recipe.with_changes({"fit.batch": alone.batches.size})  # which may be within the space
        space = check.fitted(given.space, recipe, training.data)
        chosen = check.metric_of(recipe, metric, space, training.data)
        over = space.written()
        place = address(storage, Path.cwd()) if storage else search.JOURNAL
        given = given.model_copy(update={"metric": chosen, "over": over, "storage": without_password(place)})
        about = account(recipe, given, alone.data.fingerprint())
        tuning = Tuning(path, place if lacks_password(given.storage) else "")
        if storage:
            tuning._study_of(recipe, given, about)
        with whole_folder(path) as aside:
            write_text(aside / "recipe.toml", recipe.placed().to_toml())
            write_text(aside / search.FILE, given.to_toml())
            write_text(aside / TRIALS, json.dumps({"about": about, "trials": []}))
        if not storage:
            tuning._study_of(recipe, given, about)
        return tuning

    @staticmethod
    def open(path: str | Path, storage: str = "") -> Tuning:
        """Return the search at `path`.

        Args:
            path: of its directory.
            storage: the address of its study, where that was written down without its password.

        Raises:
            InputError: it is no directory of a search, or what is searched was changed since it began.
        """
        path = as_path(path, "path")
        if kind_of(path) != "search":
            problem = _("There is no search at {path}.").format(path=path)
            raise InputError(problem, _("Give a directory that `neurona tune` has made."))
        tuning = Tuning(path, storage)
        tuning._check_unchanged()
        return tuning

    def _check_unchanged(self) -> None:
        """Refuse a directory whose recipe or `search.toml` is not what its trials were drawn and trained by."""
        wanted, about = self.search, self._saved["about"]
        changed = difference(about, account(self.recipe, wanted, about["data"]))
        if changed is None:
            return
        path = self.path / ("recipe.toml" if changed.part == "recipe" else search.FILE)
        problem = _("{path}: {key} was {before} when the search began, and is {now} now.")
        raise InputError(
            problem.format(path=path, key=changed.key, before=changed.theirs, now=changed.ours),
            _("Put the old value back, or begin a new search: the trials of one are all drawn from the same."),
        )

    # ------------------------------------------------------------------ what it is after

    @cached_property
    def recipe(self) -> Recipe:
        """The recipe that is searched, as it stands."""
        return Recipe.kept(self.path)

    @property
    def search(self) -> Search:
        """What it is after."""
        return Search.read(self.path / search.FILE)

    def recipe_of(self, trial: Trial) -> Recipe:
        """Return the recipe of a trial, of several seeds that of the first."""
        return self._recipes(trial.values)[0]

    # ------------------------------------------------------------------ searching

    def follow(self, training: Training | None = None, trials: int | None = None) -> Generator[Passed | Trial]:
        """Return what trains trials until there are enough; it yields each epoch as it passes, each trial as it ends.

        Args:
            training: what trains the recipes of a trial, one for each seed; None for one after the other.
            trials: how many there are to be; None for as many as were wanted before.

        Raises:
            InputError: the storage cannot be opened, its study is about something else, or the data have changed. The
                search is still as it was then.
        """
        wanted, about = self.search, self._saved["about"]
        if trials is not None:
            wanted = wanted.model_copy(update={"trials": trials})
        study = self._study_of(self.recipe, wanted, about, new=not self._saved["trials"])
        own = _training(wanted.space)
        if self.trials and own.data(self.recipe).fingerprint() != about["data"]:
            problem = _("The data have changed since the search {path} began.").format(path=self.path)
            raise InputError(problem, _("Put the old file back, or begin a new search."))
        if trials is not None:
            write_text(self.path / search.FILE, wanted.to_toml())
        return self._follow(study, wanted, training or own)

    def _follow(self, study: Study, wanted: Search, training: Training) -> Generator[Passed | Trial]:
        while asked := study.ask(wanted.total):
            recipes = partial(self._to_train, asked.values)
            try:
                with study.living(asked):
                    done, fit = yield from follow_trial(study, asked, recipes, wanted.metric, training)
            except BaseException:  # Ctrl-C, a full disk, or whoever listened went away
                with suppress(StorageError):
                    study.give_back(asked)
                    self._write_trials(study)
                raise
            self._write_trials(study)
            if done is None:
                continue
            best = self.best
            if fit is not None and best is not None and best.number == done.number:
                keep(self.path, self.recipe_of(done), fit)
            yield done
        self._write_trials(study)
        self._write_comparison()

    def _to_train(self, values: Mapping[str, Any]) -> list[Recipe]:
        # That a trial diverges is a result of the search, and no reason to end it.
        divergence = {} if "divergence" in self.recipe.fit.model_fields_set else {"fit.divergence": "end"}
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", NeuronaWarning)
            return [recipe.with_changes(divergence) for recipe in self._recipes(values)]

    def _recipes(self, values: Mapping[str, Any]) -> list[Recipe]:
        """Return the recipe with `values`, for each seed."""
        first, count = self.recipe.fit.seed, self.search.seeds
        seeds = [seeded(seed) for seed in range(first, first + count)] if count > 1 else [{}]
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", NeuronaWarning)  # `begin` has said it
            return [self.recipe.with_changes({**as_changes(values), **seed}) for seed in seeds]

    # ------------------------------------------------------------------ the best one

    def train_best(self) -> Iterator[tuple[Fit, Epoch]]:
        """Train the best trial again where its run is not kept here, because another process has trained it."""
        best = self.best
        if best is None or holds(self.path, self.recipe_of(best)):
            return
        recipe = self.recipe_of(best)
        fit = recipe.start()
        for epoch in fit:
            yield fit, epoch
        keep(self.path, recipe, fit)

    @property
    def best_run(self) -> Run | None:
        """The run of the best trial; None where it is not there."""
        best = self.best
        return Run(self.path / BEST) if best is not None and holds(self.path, self.recipe_of(best)) else None

    @property
    def best(self) -> Trial | None:
        """The best trial; None where none is complete."""
        return best_of(self.trials, self.search.metric)

    # ------------------------------------------------------------------ what it found

    @property
    def trials(self) -> list[Trial]:
        """The trials that count, as they were when this process last looked at the study."""
        return [trial for trial in map(Trial.from_dict, self._saved["trials"]) if trial.outcome != "given back"]

    @property
    def done(self) -> list[Trial]:
        """The trials of which something became."""
        return [trial for trial in self.trials if trial.done]

    @property
    def finished(self) -> bool:
        """Whether there are as many trials as were wanted."""
        return len(self.done) >= self.search.total

    @property
    def own(self) -> Trial | None:
        """The trial of the recipe as it stands; None where it is not within the space or not complete."""
        return next((trial for trial in self.done if trial.own and trial.outcome == "complete"), None)

    @property
    def outside(self) -> dict[str, Any]:
        """What the recipe as it stands has that is not within the space, by dotted key; None where it says nothing."""
        own = check.values_of(self.recipe)
        parameters = self.search.space.parameters
        return {p.key: own.get(p.key) for p in parameters if p.drawn(own.get(p.key)) is None}

    def table(self) -> pd.DataFrame:
        """Return a row for each trial that is done: its values, the metric, what became of it, epochs and seconds."""
        import pandas as pd

        rows = [
            {
                "trial": trial.number,
                **{key: str(v) if isinstance(v, list) else v for key, v in trial.values.items()},
                self.search.metric: trial.value,
                "outcome": trial.outcome,
                "epochs": trial.epochs,
                "seconds": trial.seconds,
            }
            for trial in self.done
        ]
        return pd.DataFrame(rows).set_index("trial") if rows else pd.DataFrame()

    def ranked(self) -> list[Trial]:
        """Return the trials that are done, complete ones first, each kind from the best value to the worst."""
        metric = self.search.metric
        return sorted(self.done, key=lambda trial: (trial.outcome != "complete", cost(trial.value, metric)))

    def summary(self) -> dict[str, Any]:
        """Return what was found: how many trials ended how, the best one, and the metrics of its run."""
        done, best, own, run = self.done, self.best, self.own, self.best_run
        metrics = run.metrics if run else {}
        return {
            "metric": self.search.metric,
            "trials": {
                name: sum(t.outcome == name for t in done) for name in ("complete", "pruned", "diverged", "failed")
            },
            "epochs": sum(trial.epochs for trial in done),
            "seconds": round(sum(trial.seconds for trial in done), 3),
            "best": {"trial": best.number, "value": best.value, "values": best.values} if best else None,
            "recipe_itself": own.value if own else None,
            "best_run": str(run.path) if run else None,
            **{split: metrics.get(split, {}) for split in SPLITS},
        }

    @property
    def _saved(self) -> dict[str, Any]:
        return read_json(self.path / TRIALS, ("about", "trials"))

    def _write_trials(self, study: Study) -> None:
        saved = {"about": dict(study.about), "trials": [trial.to_dict() for trial in study.trials()]}
        write_text(self.path / TRIALS, json.dumps(jsonable(saved), ensure_ascii=False))

    def _write_comparison(self) -> None:
        """Write the recipe that compares the best trial with the recipe itself over several seeds."""
        own = check.values_of(self.recipe)
        complete = [trial for trial in self.ranked() if trial.outcome == "complete"]
        other = next(
            (t for t in complete if any(own.get(key) != value for key, value in as_changes(t.values).items())), None
        )
        if other is not None:
            label = "best" if other is complete[0] else "second"
            write_text(self.path / COMPARISON, side_by_side(self.recipe, label, other.values).to_toml())

    def _study_of(self, recipe: Recipe, wanted: Search, about: Mapping[str, Any], *, new: bool = True) -> Study:
        from neurona.tuning.study import Study

        storage = self.storage or wanted.storage
        if lacks_password(storage):
            problem = _("The password of {storage} is not kept.").format(storage=storage)
            raise InputError(problem, _("Give the whole address again: --resume DIR --storage ADDRESS"))
        space = wanted.space
        own = space.drawn(check.values_of(recipe))
        return Study(address(storage, self.path), recipe.name, about, space, own, wanted.total, new=new)

    def _repr_html_(self) -> str:
        from neurona.look.report import fragment

        return fragment(self)


def _training(space: Space) -> OneByOne:
    return OneByOne(keeps=not any(key.startswith("data.") for key in space.keys))


def _single(recipe: Recipe) -> Recipe:
    if recipe.vary:
        problem = _("{name} is a comparison of several variants ([vary]), and cannot be searched.")
        hint = _("Write --set vary=none to leave them out; --over net.activation=relu,tanh tries choices too.")
        raise InputError(problem.format(name=recipe.name), hint)
    kept: dict[str, Any] = {"claim": [], "seeds": 1}
    return recipe.model_copy(update={key: kept[key] for key in kept if key in recipe.model_fields_set})
