"""What several seeds say: a mean with its interval, and how two variants differ seed by seed."""

from __future__ import annotations

import math
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

# A spread of so small a share of the numbers is what rounding leaves of none.
ROUNDING = 1e-12


@dataclass(frozen=True)
class Interval:
    """A mean over seeds, the standard deviation `std` of single runs, and `half`, half of the 95 % interval.

    The interval is Student's, `t(0.975, n - 1) std / sqrt(n)`; std and half are 0 for a single seed. All are NaN where
    one of the runs has no finite value.
    """

    mean: float
    std: float
    half: float

    @staticmethod
    def of(values: list[float]) -> Interval:
        """Return the interval of `values`, one for each seed."""
        if len(values) < 2:
            return Interval(values[0] if values else math.nan, 0.0, 0.0)
        if not all(map(math.isfinite, values)):  # a run that diverged
            return Interval(math.nan, math.nan, math.nan)
        from scipy.stats import t

        deviation = statistics.stdev(values)
        half = float(t.ppf(0.975, len(values) - 1)) * deviation / math.sqrt(len(values))
        return Interval(statistics.fmean(values), deviation, half)


@dataclass(frozen=True)
class Pair:
    """How a variant differs from another one, over seeds that both have: the paired t-test (Student 1908).

    Attributes:
        mean: of the differences.
        half: half of their 95 % interval.
        p: how likely a mean so far from 0, or farther, is where the variants are equally good; NaN for a single seed,
            and where every seed has the same difference, whose spread the test needs.
    """

    mean: float
    half: float
    p: float

    @staticmethod
    def of(values: Sequence[float], others: Sequence[float]) -> Pair:
        """Return how `values` differ from `others`, `(seeds,)` each, in the same order."""
        differences = [a - b for a, b in zip(values, others, strict=True)]
        interval = Interval.of(differences)
        if len(differences) < 2 or math.isnan(interval.std):
            return Pair(interval.mean, interval.half, math.nan)
        if interval.std <= ROUNDING * max(map(abs, [*values, *others])):
            return Pair(interval.mean, interval.half, math.nan if any(differences) else 1.0)
        from scipy.stats import t

        statistic = abs(interval.mean) / interval.std * math.sqrt(len(differences))
        return Pair(interval.mean, interval.half, 2 * float(t.sf(statistic, len(differences) - 1)))


def best_of(values: Mapping[str, list[float]], higher: bool) -> str:
    """Return the variant with the best mean, of several equal ones the first; one that became NaN is the worst."""
    means = {label: Interval.of(numbers).mean for label, numbers in values.items()}
    sign = -1 if higher else 1
    return min(means, key=lambda label: math.inf if math.isnan(means[label]) else sign * means[label])


def equal_means(values: Mapping[str, list[float]], best: str) -> list[str]:
    """Return `best`, and the variants whose mean is that of `best` but for rounding."""
    means = {label: Interval.of(numbers).mean for label, numbers in values.items()}
    equal = [label for label in means if math.isclose(means[label], means[best], rel_tol=ROUNDING)]
    return [best, *(label for label in equal if label != best)]


def differences(values: Mapping[str, list[float]], best: str) -> dict[str, Pair]:
    """Return how each variant that has as many seeds as `best` differs from it, seed by seed.

    The more variants are held against the best, the likelier one of them seems worse by chance; each `p` is therefore
    what Holm (1979) makes of them together. That the best one was chosen by the same numbers is not accounted for.
    """
    whole = {label: numbers for label, numbers in values.items() if len(numbers) == len(values[best])}
    pairs = {label: Pair.of(numbers, values[best]) for label, numbers in whole.items() if label != best}
    tested = sorted((label for label in pairs if not math.isnan(pairs[label].p)), key=lambda label: pairs[label].p)
    least = 0.0
    for place, label in enumerate(tested):
        least = min(1.0, max(least, (len(tested) - place) * pairs[label].p))
        pairs[label] = replace(pairs[label], p=least)
    return pairs
