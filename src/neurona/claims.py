"""Claims: what a recipe reached, held against the number that it claims."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise

from neurona.compare import Comparison, Interval
from neurona.errors import InputError, nearest
from neurona.language import _
from neurona.recipe import Claim
from neurona.run import Run


@dataclass(frozen=True)
class Verdict:
    """What became of a claim: the measured number (or order) as text, what was claimed, and whether it holds."""

    claim: Claim
    measured: str
    wanted: str
    holds: bool


def measure(run: Run, metric: str) -> float:
    """Return a number of a finished run.

    Args:
        run: the run.
        metric: "seconds", "epochs", "test.accuracy" (any split and metric), "gap.accuracy" (train minus test),
            "history.train_loss@1000" (a column of the history at an epoch), "errors" (wrong answers on train),
            "weights" (largest distance of any weight from the independent solution, see `solution.distance`), or
            "widening" (deviation of an ensemble outside the training interval over that inside, see `widening`).

    Raises:
        InputError: the run has no such number.
    """
    where, _dot, name = metric.partition(".")
    found: float | None = None
    if metric in ("seconds", "epochs"):
        found = run.metrics[metric]
    elif metric == "errors":
        samples = run.samples["train"]
        found = round((1 - run.metrics["train"]["accuracy"]) * samples)
    elif metric == "weights":
        from neurona.solution import distance

        found = distance(run)
    elif metric == "widening":
        found = widening(run)
    elif where == "gap":
        splits = [run.metrics[split].get(name, math.nan) for split in ("train", "test")]
        found = None if None in splits else splits[0] - splits[1]
    elif where == "history":
        column, _at, epoch = name.partition("@")
        found = next((row.get(column) for row in run.rows if row["epoch"] == int(epoch)), None)
    elif name in run.metrics.get(where, {}):
        found = run.metrics[where][name]
        found = math.nan if found is None else found  # JSON has no NaN: the run wrote null
    if found is None:
        known = [f"{split}.{name}" for split in ("train", "valid", "test") for name in run.metrics.get(split, {})]
        raise InputError(_("The run has no number {metric!r}.").format(metric=metric), nearest(metric, known))
    return float(found)


def widening(run: Run) -> float:
    """Return how much less sure an ensemble is outside the training interval of its single feature than inside.

    It is the mean standard deviation over the members in the half interval to either side of the training interval,
    over that inside it.

    Raises:
        InputError: the run holds no ensemble of one feature.
    """
    import torch

    x = run.data().train.x
    net = run.net()
    with torch.inference_mode():
        if x.shape[1:] != (1,) or net(x[:2]).dim() != 3:
            raise InputError(_("{path} holds no ensemble over one feature.").format(path=run.path))
        low, high = float(x.min()), float(x.max())
        half = (high - low) / 2
        grid = torch.linspace(low - half, high + half, 2001)[:, None]
        deviation = net(grid).std(0).squeeze(1)
    inside = (grid[:, 0] >= low) & (grid[:, 0] <= high)
    return float(deviation[~inside].mean() / deviation[inside].mean())


def judge(claim: Claim, runs: dict[str, list[Run]]) -> Verdict:
    """Hold `claim` against runs by variant (one variant, with any label, for a recipe that compares nothing)."""
    means = {label: Interval.of([measure(run, claim.metric) for run in of_label]) for label, of_label in runs.items()}
    if claim.best is not None:
        return _judge_best(claim, means)
    if claim.falls:
        order = [interval.mean for interval in means.values()]
        text = ", ".join(f"{value:.4g}" for value in order)
        return Verdict(claim, text, _("falls"), all(b < a for a, b in pairwise(order)))
    interval = means[claim.variant] if claim.variant else next(iter(means.values()))
    spread = f" ± {interval.half:.2g}" if interval.half else ""
    bounds = [f">= {claim.at_least:g}"] if claim.at_least is not None else []
    bounds += [f"<= {claim.at_most:g}"] if claim.at_most is not None else []
    low = -math.inf if claim.at_least is None else claim.at_least
    high = math.inf if claim.at_most is None else claim.at_most
    return Verdict(claim, f"{interval.mean:.5g}{spread}", ", ".join(bounds), low <= interval.mean <= high)


def _judge_best(claim: Claim, means: dict[str, Interval]) -> Verdict:
    best = sorted(means, key=lambda label: means[label].mean, reverse=higher_is_better(claim.metric))[0]
    text = ", ".join(f"{label} {interval.mean:.4f} ± {interval.half:.2g}" for label, interval in means.items())
    return Verdict(claim, text, _("best: {label}").format(label=claim.best), best == claim.best)


def higher_is_better(metric: str) -> bool:
    """Tell whether a larger value of `metric` is the better one: of accuracy, precision and r2, but not of a gap."""
    return not metric.startswith("gap") and any(word in metric for word in ("accuracy", "precision", "r2", "exact"))


def judge_all(result: Run | Comparison) -> list[Verdict]:
    """Return a verdict for each claim of the recipe that `result` was trained by."""
    runs = result.runs if isinstance(result, Comparison) else {"": [result]}
    return [judge(claim, runs) for claim in result.recipe.claim]
