"""Claims: what a recipe reached, held against the number that it claims."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise

from neurona.claim import Claim
from neurona.compare import Comparison
from neurona.interval import Interval
from neurona.language import _
from neurona.measure import measure
from neurona.run import Run
from neurona.tasks import higher_is_better


@dataclass(frozen=True)
class Verdict:
    """What became of a claim: the measured number (or order) as text, what was claimed, and whether it holds."""

    claim: Claim
    measured: str
    wanted: str
    holds: bool


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
    bounds = [f">= {claim.at_least:g}"] if claim.at_least is not None else []
    bounds += [f"<= {claim.at_most:g}"] if claim.at_most is not None else []
    low = -math.inf if claim.at_least is None else claim.at_least
    high = math.inf if claim.at_most is None else claim.at_most
    return Verdict(claim, f"{interval.mean:.5g}{_spread(interval)}", ", ".join(bounds), low <= interval.mean <= high)


def _judge_best(claim: Claim, means: dict[str, Interval]) -> Verdict:
    best = sorted(means, key=lambda label: means[label].mean, reverse=higher_is_better(claim.metric))[0]
    text = ", ".join(f"{label} {interval.mean:.4f}{_spread(interval)}" for label, interval in means.items())
    return Verdict(claim, text, _("best: {label}").format(label=claim.best), best == claim.best)


def _spread(interval: Interval) -> str:
    """Return half of the interval in words; nothing of a single seed, which has none."""
    return f" ± {interval.half:.2g}" if interval.half else ""


def judge_all(result: Run | Comparison) -> list[Verdict]:
    """Return a verdict for each claim of the recipe that `result` was trained by."""
    runs = result.runs if isinstance(result, Comparison) else {"": [result]}
    return [judge(claim, runs) for claim in result.recipe.claim]
