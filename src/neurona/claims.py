"""Claims: what a recipe reached, held against the number that it claims."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from types import MappingProxyType

from neurona.claim import Claim
from neurona.compare import Comparison
from neurona.interval import Interval, best_of
from neurona.language import _
from neurona.measure import measure
from neurona.run import Run
from neurona.tasks import higher_is_better


@dataclass(frozen=True)
class Verdict:
    """What became of a claim.

    Attributes:
        claim: it.
        measured: the number, or the order, as text.
        wanted: what was claimed.
        holds: whether it holds.
        variant: what the variant is called that it is about; "" where it is about all of them.
    """

    claim: Claim
    measured: str
    wanted: str
    holds: bool
    variant: str = ""


def judge(claim: Claim, runs: Mapping[str, list[Run]], titles: Mapping[str, str] = MappingProxyType({})) -> Verdict:
    """Hold `claim` against runs.

    Args:
        claim: a number, or an order of variants.
        runs: by variant; one variant, with any label, for a recipe that compares nothing.
        titles: what people call a variant, by label; those that are not there are called by their label.
    """
    values = {label: [measure(run, claim.metric) for run in of_label] for label, of_label in runs.items()}
    if claim.best is not None:
        return _judge_best(claim, values, titles)
    means = {label: Interval.of(numbers) for label, numbers in values.items()}
    if claim.falls:
        order = [interval.mean for interval in means.values()]
        text = ", ".join(f"{value:.4g}" for value in order)
        return Verdict(claim, text, _("falls"), all(b < a for a, b in pairwise(order)))
    interval = means[claim.variant] if claim.variant else next(iter(means.values()))
    bounds = [f">= {claim.at_least:g}"] if claim.at_least is not None else []
    bounds += [f"<= {claim.at_most:g}"] if claim.at_most is not None else []
    low = -math.inf if claim.at_least is None else claim.at_least
    high = math.inf if claim.at_most is None else claim.at_most
    about = titles.get(claim.variant, claim.variant) if claim.variant else ""
    text = f"{interval.mean:.5g}{_spread(interval)}"
    return Verdict(claim, text, ", ".join(bounds), low <= interval.mean <= high, about)


def _judge_best(claim: Claim, values: Mapping[str, list[float]], titles: Mapping[str, str]) -> Verdict:
    means = {titles.get(label, label): Interval.of(numbers) for label, numbers in values.items()}
    best, claimed = best_of(values, higher_is_better(claim.metric)), str(claim.best)
    text = ", ".join(f"{title} {interval.mean:.4f}{_spread(interval)}" for title, interval in means.items())
    wanted, holds = titles.get(claimed, claimed), best == claimed and math.isfinite(Interval.of(values[best]).mean)
    return Verdict(claim, text, _("best: {label}").format(label=wanted), holds)


def _spread(interval: Interval) -> str:
    """Return half of the interval in words; nothing of a single seed, which has none."""
    return f" ± {interval.half:.2g}" if interval.half else ""


def judge_all(result: Run | Comparison) -> list[Verdict]:
    """Return a verdict for each claim of the recipe that `result` was trained by."""
    if isinstance(result, Run):
        return [judge(claim, {"": [result]}) for claim in result.recipe.claim]
    titles = {variant.label: variant.title for variant in result.variants}
    return [judge(claim, result.runs, titles) for claim in result.recipe.claim]
