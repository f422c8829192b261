"""A comparison: every variant of a recipe trained with several seeds, a directory of runs side by side."""

from __future__ import annotations

import itertools
import json
import math
import statistics
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from neurona.data.dataset import SPLITS
from neurona.errors import InputError, NeuronaWarning
from neurona.files import check_free, clear_away, short, whole_folder, write_text
from neurona.fit.history import Epoch
from neurona.fit.memory import lanes_that_fit
from neurona.fit.optim import in_force
from neurona.fit.population import Population
from neurona.interval import Interval, Pair, best_of, differences, equal_means
from neurona.language import _
from neurona.loaded import Loaded, by_data
from neurona.measure import measure
from neurona.part import Part, unharmed
from neurona.recipe import Recipe
from neurona.run import Run
from neurona.tasks import higher_is_better
from neurona.validation import as_path
from neurona.vary import Variant, of_combination, require_comparable, variants

if TYPE_CHECKING:
    import pandas as pd

    from neurona.fit.fit import Fit
    from neurona.tasks import Task

# What is predicted, and from what.
QUESTION = ("data.name", "data.path", "data.target", "data.task")


@dataclass(frozen=True)
class Comparison:
    """The directory of a comparison: `recipe.toml`, and a run `N-LABEL/seed-S` for each variant and seed.

    One of seeds alone has its runs `seed-S` beside the recipe.

    Attributes:
        path: of the directory.
    """

    path: Path
    _loaded: Loaded = field(default_factory=Loaded, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "path", as_path(self.path, "path"))

    @staticmethod
    def begin(recipe: Recipe, path: Path, lanes: int | None = None) -> Comparison:
        """Check every variant and create the directory, whole or not at all.

        Args:
            recipe: what is compared.
            path: of the directory.
            lanes: how many are to train side by side; see `follow`.

        Raises:
            InputError: a variant is wrong, `path` exists already, or so many do not fit in memory.
        """
        check_free(path)
        require_comparable(recipe)
        every = variants(recipe)
        labels = [variant.label for variant in every]
        loaded = Loaded()
        seed = seeded(recipe.fit.seed)
        singles = [variant.of(recipe).with_changes(seed) for variant in every]

        def start(variant: Variant) -> Fit:
            single = variant.of(recipe).with_changes(seed)
            return single.start(loaded.of(single))

        needs, judged = [], dict[str, str]()
        for place in by_data(singles):
            try:
                fit = singles[place].start(loaded.of(singles[place]))
            except InputError as error:
                raise of_combination(error, every[place], every, start) from None
            needs.append(fit.memory)
            parts = {split: len(getattr(fit.data, split)) for split in SPLITS}
            judged.setdefault(_judged(parts, fit.task), labels[place])
        if len(judged) > 1 and not recipe.claim:
            problem = _("The variants {first!r} and {second!r} are not judged by the same number: {numbers}.")
            first, second, *_rest = judged.values()
            problem = problem.format(first=first, second=second, numbers=", ".join(judged))
            raise InputError(
                problem, _("Give them the same task, and all of them samples for test (data.test), or none.")
            )
        lanes_that_fit(max(needs), lanes)
        _warn_of_equals(every, singles)
        with whole_folder(path) as aside:
            write_text(aside / "recipe.toml", recipe.placed().to_toml())
            write_text(aside / "comparison.json", json.dumps(labels, ensure_ascii=False))
        return Comparison(path, loaded)

    @cached_property
    def recipe(self) -> Recipe:
        """The recipe, with what it varies."""
        return Recipe.kept(self.path)

    @cached_property
    def variants(self) -> list[Variant]:
        """The variants, in the order of the recipe."""
        return variants(self.recipe)

    def title(self, label: str) -> str:
        """Return what the variant with this label is called: "boxes 5"; of one variant alone the recipe's name."""
        title = next((variant.title for variant in self.variants if variant.label == label), label)
        return title or self.recipe.name

    def follow(self, lanes: int | None = None) -> Iterator[tuple[Part, Epoch]]:
        """Train every run that is not finished, several side by side, and yield what passes by.

        Args:
            lanes: how many at once; None for as many as PyTorch has threads, where that is faster and fits in memory.

        Raises:
            InputError: so many do not fit in memory, the data of runs that are finished have changed, or a file of a
                run cannot be read.
            TrainingError: one of them diverged, and the recipe says `fit.divergence = "error"`.
        """
        finished = list(self.runs.values())
        for run in itertools.chain(*finished):
            with unharmed(run.path):
                _read = run.metrics
        if sum(map(len, finished)) < len(finished) * len(self._seeds):
            # What finished runs were trained on is still there: one of each kind of data that variants have.
            firsts = [runs[0] for runs in finished if runs]
            kinds = {json.dumps({**run.recipe.data, "seed": 0}, sort_keys=True, default=str): run for run in firsts}
            for run in kinds.values():
                run.data()
        for folder in self._folders.values():
            clear_away(folder)
        yield from Population(self._parts(), lanes)

    def _parts(self) -> Iterator[Part]:
        """Yield each run that is not finished, ready to be trained: seed by seed, so that variants share their data."""
        for seed in self._seeds:
            for variant, recipe in self._due(seed):
                yield self._part(variant, seed, recipe)
        self._loaded.let_go()

    def _due(self, seed: int) -> list[tuple[Variant, Recipe]]:
        """Return the variants that are not finished with a seed, and their recipes."""
        due = [variant for variant in self.variants if not Run(self._path(variant, seed)).finished]
        recipes = [self._recipe(variant, seed) for variant in due]
        return [(due[place], recipes[place]) for place in by_data(recipes)]

    def _part(self, variant: Variant, seed: int, recipe: Recipe) -> Part:
        """Return a run that has not begun, or goes on where it was interrupted."""
        path = self._path(variant, seed)
        if path.exists():
            run = Run(path)
            with unharmed(path):
                return Part(run.resume(), variant, seed, run)
        path.parent.mkdir(exist_ok=True)
        fit = recipe.start(self._loaded.of(recipe))
        return Part(fit, variant, seed, Run.begin(fit, path, recipe))

    @property
    def runs(self) -> dict[str, list[Run]]:
        """The finished runs of each variant, by label, in the order of the seeds."""
        return {
            variant.label: [run for seed in self._seeds if (run := Run(self._path(variant, seed))).finished]
            for variant in self.variants
        }

    @property
    def missing(self) -> int:
        """How many runs have not reached their end."""
        return sum(len(self._seeds) - len(runs) for runs in self.runs.values())

    @property
    def finished(self) -> bool:
        """Whether every run reached its end."""
        return not self.missing

    @property
    def diverged(self) -> dict[str, int]:
        """How many runs of a variant ended with infinite numbers, by the label of each variant that has any."""
        counts = {label: sum(bool(run.metrics["diverged"]) for run in runs) for label, runs in self.runs.items()}
        return {label: count for label, count in counts.items() if count}

    def values(self, metric: str) -> dict[str, list[float]]:
        """Return a metric such as "test.accuracy" or "seconds" of each run, by variant."""
        return {label: [measure(run, metric) for run in runs] for label, runs in self.runs.items()}

    @property
    def ranks(self) -> bool:
        """Whether the main metric says which variant is better.

        It does not of GANs, judged each by its own rival, nor of variants on different data, where no claim says so.
        """
        first = self._first
        if first is None or self.recipe.claim:
            return bool(self.recipe.claim)
        return first.task.name != "adversarial" and not self.on_different_data

    @property
    def on_different_data(self) -> bool:
        """Whether variants predict different things: the numbers that they are judged by do not compare."""
        data = {f"data.{key}": value for key, value in self.recipe.data.items()}
        asked = ({**data, **variant.changes} for variant in self.variants)
        return len({tuple(str(one.get(key)) for key in QUESTION) for one in asked}) > 1

    @property
    def best(self) -> str:
        """The variant with the best mean of the main metric; of several equal ones the first, see `tied`."""
        return best_of(self.values(self.main), higher_is_better(self.main))

    @property
    def tied(self) -> list[str]:
        """The variants whose mean of the main metric is that of the best one, which comes first."""
        return equal_means(self.values(self.main), self.best)

    def pairs(self, metric: str | None = None) -> dict[str, Pair]:
        """Return how each variant differs from the best one, seed by seed; only of variants that have all its seeds.

        Args:
            metric: such as "test.accuracy"; the main one if left out.
        """
        return differences(self.values(metric or self.main), self.best)

    def table(self) -> pd.DataFrame:
        """Return a row for each variant: seeds, and mean, std and half interval of each metric and of the time.

        The metrics are those of the split that the variants are judged on, and what they are judged by where that is
        another one.
        """
        import pandas as pd

        metrics = ["seconds"]
        if (first := self._first) is not None:
            split = _judged_on(first.metrics)
            names = [f"{split}.{name}" for name in first.metrics[split]]
            metrics = [*([self.main] if self.main not in names else []), *names, "seconds"]
        rows: dict[str, dict[str, Any]] = {label: {"seeds": len(runs)} for label, runs in self.runs.items()}
        for metric in dict.fromkeys(metrics):
            for label, values in self.values(metric).items():
                interval = Interval.of(values)
                rows[label] |= {metric: interval.mean, f"{metric} std": interval.std, f"{metric} 95%": interval.half}
        return pd.DataFrame.from_dict(rows, orient="index").rename_axis("variant")

    def summary(self) -> dict[str, Any]:
        """Return each variant's mean, std and half interval by metric, and the means of the best one; see `pairs`.

        Where the metric does not rank them there is no best one, and the means are those of the first.
        """
        best, runs = self.best if self.ranks else self.variants[0].label, self.runs
        splits = {split: _mean([run.metrics[split] for run in runs[best]]) for split in SPLITS}
        everything = [run.metrics for of_label in runs.values() for run in of_label]
        return {
            "epochs": sum(metrics["epochs"] for metrics in everything),
            "seconds": round(sum(metrics["seconds"] for metrics in everything), 6),
            "best": best if self.ranks else None,
            **splits,
            "metric": self.main,
            "differences": {label: asdict(pair) for label, pair in self.pairs().items()} if self.ranks else {},
            "diverged": self.diverged,
            "variants": self.table().to_dict("index"),
        }

    @property
    def main(self) -> str:
        """The metric that the variants are judged by: the claim's, or the task's on test, else valid, else train.

        A claim about an epoch that not every run has reached judges none of them.
        """
        first = self._first
        if self.recipe.claim and (first is None or self._reaches(self.recipe.claim[0].metric)):
            return self.recipe.claim[0].metric
        if first is None:
            raise InputError(_("No run of {path} has reached its end.").format(path=self.path))
        return _judged(first.metrics, first.task)

    def _reaches(self, metric: str) -> bool:
        try:
            return not metric.startswith("history.") or bool(self.values(metric))
        except InputError:
            return False

    @property
    def _first(self) -> Run | None:
        return next((run for runs in self.runs.values() for run in runs), None)

    @property
    def _seeds(self) -> range:
        return range(self.recipe.fit.seed, self.recipe.fit.seed + self.recipe.seeds)

    def _recipe(self, variant: Variant, seed: int) -> Recipe:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", NeuronaWarning)  # `begin` has said it
            # That a variant diverges is a result of the comparison, and no reason to leave the others out.
            divergence = {} if "divergence" in self.recipe.fit.model_fields_set else {"fit.divergence": "end"}
            single = self.recipe.with_changes({**divergence, **variant.changes, **seeded(seed)})
        return single.model_copy(update={"vary": {}, "seeds": 1, "claim": []})

    def _path(self, variant: Variant, seed: int) -> Path:
        return self._folders[variant.label] / f"seed-{seed}"

    @cached_property
    def _folders(self) -> dict[str, Path]:
        """The directory of each variant, by label."""
        if not self.recipe.vary:
            return {"": self.path}
        words = {v.label: "".join(one if one.isalnum() else "-" for one in v.label).strip("-") for v in self.variants}
        # Where the word is cut the number still tells the variants apart.
        numbered = enumerate(words.items(), start=1)
        return {label: self.path / f"{number}-{short(word)}".rstrip("-") for number, (label, word) in numbered}

    def _repr_html_(self) -> str:
        from neurona.look.report import fragment

        return fragment(self)


def _judged(parts: Mapping[str, Any], task: Task) -> str:
    """Return the main metric of a task on test, else valid, else train, whichever of these `parts` is not empty."""
    return f"{_judged_on(parts)}.{task.main}"


def _judged_on(parts: Mapping[str, Any]) -> str:
    return next((split for split in ("test", "valid") if parts[split]), "train")


def _warn_of_equals(every: list[Variant], singles: list[Recipe]) -> None:
    """Say which variants train the same net on the same data in the same way, `singles` one by one."""
    firsts: list[tuple[Any, Variant]] = []
    for variant, single in zip(every, singles, strict=True):
        training = single.data, single.net, in_force(single.fit)
        first = next((other for known, other in firsts if known == training), None)
        if first is None:
            firsts.append((training, variant))
            continue
        message = _("The variants {first!r} and {second!r} are trained in the same way: leave one of them out.")
        message = message.format(first=first.title, second=variant.title)
        warnings.warn(message, NeuronaWarning, stacklevel=4)


def seeded(seed: int) -> dict[str, Any]:
    """Return the changes that give a recipe another seed: of weights and order, and of the data's split."""
    return {"fit.seed": seed, "data.seed": seed}


def _mean(rows: list[dict[str, float]]) -> dict[str, float]:
    """Return the mean of each metric; NaN where one is missing (null in JSON)."""
    return {name: statistics.fmean(math.nan if row[name] is None else row[name] for row in rows) for name in rows[0]}
