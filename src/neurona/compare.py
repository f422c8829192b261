"""A comparison: every variant of a recipe trained with several seeds, a directory of runs side by side."""

from __future__ import annotations

import itertools
import json
import math
import statistics
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from neurona.errors import InputError, NeuronaWarning, TrainingError, nearest
from neurona.files import check_free, whole_folder, write_text
from neurona.fit.history import Epoch
from neurona.language import _
from neurona.measure import measure
from neurona.recipe import Recipe
from neurona.run import Run
from neurona.tasks import higher_is_better

if TYPE_CHECKING:
    import pandas as pd

    from neurona.fit.loop import Fit


@dataclass(frozen=True)
class Variant:
    """One choice that is compared.

    Attributes:
        label: what tells it from the others, such as "relu" or "adam, 0.01".
        changes: what it sets in the recipe, by dotted key.
    """

    label: str
    changes: dict[str, Any]


@dataclass(frozen=True)
class Interval:
    """A mean over seeds, the standard deviation `std` of single runs, and `half`, half of the 95 % interval.

    The interval is Student's, `t(0.975, n - 1) std / sqrt(n)`; std and half are 0 for a single seed.
    """

    mean: float
    std: float
    half: float

    @staticmethod
    def of(values: list[float]) -> Interval:
        """Return the interval of `values`, one for each seed."""
        if len(values) < 2:
            return Interval(values[0] if values else math.nan, 0.0, 0.0)
        from scipy.stats import t

        deviation = statistics.stdev(values)
        half = float(t.ppf(0.975, len(values) - 1)) * deviation / math.sqrt(len(values))
        return Interval(statistics.fmean(values), deviation, half)


def variants(recipe: Recipe) -> list[Variant]:
    """Return every combination of the choices in `recipe.vary`, in the order in which they are written.

    Keys with values come before words with labels, as they must when TOML is written.
    """
    written = sorted(recipe.vary.items(), key=lambda item: isinstance(item[1], dict))
    combinations = itertools.product(*(_choices(key, options) for key, options in written))
    return [
        Variant(
            ", ".join(choice.label for choice in choices),
            {key: value for choice in choices for key, value in choice.changes.items()},
        )
        for choices in combinations
    ]


def _choices(key: str, options: list[Any] | dict[str, dict[str, Any]]) -> list[Variant]:
    """Return what `key` of `vary` offers: a variant for each value of it, or for each label."""
    if isinstance(options, list):
        return [Variant(_label(value), {key: value}) for value in options]
    return [Variant(label, dict(_dotted(piece))) for label, piece in options.items()]


def _dotted(piece: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Yield the dotted keys of a piece of a recipe, `{"fit": {"lr": 0.1}}` or `{"fit.lr": 0.1}`, and their values."""
    for section, value in piece.items():
        if isinstance(value, Mapping):
            yield from ((f"{section}.{key}", inner) for key, inner in value.items())
        else:
            yield section, value


@dataclass(frozen=True)
class Comparison:
    """The directory of a comparison: `recipe.toml`, and a run `N-LABEL/seed-S` for each variant and seed.

    One of seeds alone has its runs `seed-S` beside the recipe.

    Attributes:
        path: of the directory.
    """

    path: Path

    @staticmethod
    def begin(recipe: Recipe, path: Path) -> Comparison:
        """Check every variant and create the directory, whole or not at all.

        Raises:
            InputError: a variant is wrong, or `path` exists already.
        """
        check_free(path)
        labels = [variant.label for variant in variants(recipe)]
        if len(set(labels)) < len(labels):
            raise InputError(_("[vary] names the same variant twice."), _("Leave one of them out."))
        for label in [label for claim in recipe.claim for label in (claim.best, claim.variant) if label]:
            if label not in labels:
                problem = _("The claim speaks of {label!r}, which is no variant.").format(label=label)
                raise InputError(problem, nearest(label, labels))
        for variant in variants(recipe):
            recipe.with_changes(variant.changes).start()
        with whole_folder(path) as aside:
            write_text(aside / "recipe.toml", recipe.to_toml())
            write_text(aside / "comparison.json", json.dumps([v.label for v in variants(recipe)], ensure_ascii=False))
        return Comparison(path)

    @staticmethod
    def is_one(path: Path) -> bool:
        """Tell whether `path` is the directory of a comparison."""
        return (path / "comparison.json").is_file()

    @cached_property
    def recipe(self) -> Recipe:
        """The recipe, with what it varies."""
        return Recipe.read(self.path / "recipe.toml")

    @property
    def variants(self) -> list[Variant]:
        """The variants, in the order of the recipe."""
        return variants(self.recipe)

    def follow(self) -> Iterator[tuple[Variant, int, Fit, Epoch]]:
        """Train every run that is not finished, one after the other, and yield what passes by."""
        for variant, seed in itertools.product(self.variants, self._seeds):
            path = self._path(variant, seed)
            run = Run(path)
            if run.finished:
                continue
            recipe = self._recipe(variant, seed)
            if path.exists():
                fit = run.resume()
            else:
                path.parent.mkdir(exist_ok=True)
                fit = recipe.start()
                run = Run.begin(fit, path, recipe)
            try:
                for epoch in run.follow(fit):
                    yield variant, seed, fit, epoch
            except TrainingError as error:
                where = _("{variant}, seed {seed}").format(variant=variant.label or self.recipe.name, seed=seed)
                raise TrainingError(f"{where}: {error.problem}", error.hint) from error
            run.finish(fit)

    @property
    def runs(self) -> dict[str, list[Run]]:
        """The finished runs of each variant, by label, in the order of the seeds."""
        return {
            variant.label: [run for seed in self._seeds if (run := Run(self._path(variant, seed))).finished]
            for variant in self.variants
        }

    @property
    def finished(self) -> bool:
        """Whether every run reached its end."""
        return all(len(runs) == len(self._seeds) for runs in self.runs.values())

    def values(self, metric: str) -> dict[str, list[float]]:
        """Return a metric such as "test.accuracy" or "seconds" of each run, by variant."""
        return {label: [measure(run, metric) for run in runs] for label, runs in self.runs.items()}

    def table(self) -> pd.DataFrame:
        """Return a row for each variant: seeds, and mean, std and half interval of each test metric and the time."""
        import pandas as pd

        rows = []
        for label, runs in self.runs.items():
            row: dict[str, Any] = {"variant": label, "seeds": len(runs)}
            split = "test" if runs and runs[0].metrics["test"] else "train"
            names = [f"{split}.{name}" for name in runs[0].metrics[split]] if runs else []
            for metric in [*names, "seconds"]:
                interval = Interval.of(self.values(metric)[label])
                row |= {metric: interval.mean, f"{metric} std": interval.std, f"{metric} 95%": interval.half}
            rows.append(row)
        return pd.DataFrame(rows).set_index("variant")

    def summary(self) -> dict[str, Any]:
        """Return each variant's mean, std and half interval by metric, and the means of the best variant."""
        main = self.values(self.main)
        means = {label: Interval.of(values).mean for label, values in main.items()}
        best = sorted(means, key=lambda label: means[label], reverse=higher_is_better(self.main))[0]
        runs = self.runs
        splits = {split: _mean([run.metrics[split] for run in runs[best]]) for split in ("train", "valid", "test")}
        everything = [run.metrics for of_label in runs.values() for run in of_label]
        return {
            "epochs": sum(metrics["epochs"] for metrics in everything),
            "seconds": round(sum(metrics["seconds"] for metrics in everything), 3),
            "best": best,
            **splits,
            "variants": self.table().to_dict("index"),
        }

    @property
    def main(self) -> str:
        """The metric that the variants are judged by: the claim's, or the main one of the task on test."""
        if self.recipe.claim:
            return self.recipe.claim[0].metric
        first = next(run for runs in self.runs.values() for run in runs)
        return f"test.{first.task.main}"

    @property
    def _seeds(self) -> range:
        return range(self.recipe.fit.seed, self.recipe.fit.seed + self.recipe.seeds)

    def _recipe(self, variant: Variant, seed: int) -> Recipe:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", NeuronaWarning)  # `begin` has said it
            single = self.recipe.with_changes({**variant.changes, **seeded(seed)})
        return single.model_copy(update={"vary": {}, "seeds": 1, "claim": []})

    def _path(self, variant: Variant, seed: int) -> Path:
        if not self.recipe.vary:
            return self.path / f"seed-{seed}"
        number = [v.label for v in self.variants].index(variant.label) + 1
        word = "".join(letter if letter.isalnum() else "-" for letter in variant.label).strip("-")
        return self.path / f"{number}-{word}".rstrip("-") / f"seed-{seed}"

    def _repr_html_(self) -> str:
        from neurona.look.report import fragment

        return fragment(self)


def seeded(seed: int) -> dict[str, Any]:
    """Return the changes that give a recipe another seed: of weights and order, and of the data's split."""
    return {"fit.seed": seed, "data.seed": seed}


def _mean(rows: list[dict[str, float]]) -> dict[str, float]:
    """Return the mean of each metric; NaN where one is missing (null in JSON)."""
    return {name: statistics.fmean(math.nan if row[name] is None else row[name] for row in rows) for name in rows[0]}


def _label(value: Any) -> str:
    if isinstance(value, list):
        return "-".join(str(item) for item in value) or "none"
    return str(value)
