"""The words and numbers of figures and reports: metrics as people call them, and values with sensible digits."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from neurona.interval import Pair
from neurona.language import _, one_or_many

if TYPE_CHECKING:
    from neurona.compare import Comparison

MOST_PLACES = 7  # behind the point, beyond which a number is written with an exponent
LARGE = 1e9  # from which on an interval is written with exponents
SHARES = ("accuracy", "confidence", "exact", "precision")
SIGNS = {" ": "␣", "\n": "↵", "\t": "⇥"}  # what is seen in the place of what cannot be


def metric_name(name: str) -> str:
    """Return what people call a metric such as "rmse", or a measure such as "test.accuracy", in their language."""
    where, dot, rest = name.partition(".")
    if dot:
        return _measure_name(where, rest)
    if name.startswith("precision_at_"):
        return _("precision at {count}").format(count=name.removeprefix("precision_at_"))
    return metric_words().get(name, name)


def metric_words() -> dict[str, str]:
    """Return what people call each metric that has one name."""
    return {
        "loss": _("loss"),
        "accuracy": _("accuracy"),
        "exact": _("samples without any error"),
        "bits": _("bits per token"),
        "rmse": _("root mean squared error"),
        "mae": _("mean absolute error"),
        "r2": _("R² (share of variance explained)"),
        "seconds": _("training time (s)"),
        "epochs": _("epochs"),
        "errors": _("errors on train"),
        "reconstruction": _("reconstruction term (nats)"),
        "kl": _("divergence of the codes from N(0, 1) (nats)"),
        "elbo": _("evidence lower bound, ELBO (nats)"),
        "real": _("probability of being real, of real samples"),
        "fake": _("probability of being real, of made samples"),
        "discriminator_loss": _("loss of the discriminator"),
        "generator_loss": _("loss of the generator"),
        "sample_confidence": _("confidence of a classifier in new samples"),
        "real_confidence": _("confidence of a classifier in real samples"),
        "sample_classes": _("classes found among 1,000 new samples"),
        "classifier_accuracy": _("accuracy of that classifier on test"),
        "widening": _("deviation outside the training interval over that inside"),
        "weights": _("distance of the weights from the exact solution"),
        "counting": _("distance of U and W from 1"),
        "moved": _("largest change of a frozen weight"),
        "bits_below_ngram": _("bits per token fewer than n-grams need"),
    }


def heading(metric: str) -> str:
    """Return what a column of values of `metric` is called, each of which says its unit."""
    return _("training time") if metric == "seconds" else metric_name(metric)


def _measure_name(where: str, metric: str) -> str:
    if where == "history":
        column, _at, epoch = metric.partition("@")
        split, _under, name = column.partition("_")
        return _("{measure} at epoch {epoch}").format(measure=_measure_name(split, name), epoch=epoch)
    name = metric_name(metric)
    return {
        "train": _("train {metric}"),
        "valid": _("validation {metric}"),
        "test": _("test {metric}"),
        "gap": _("{metric}: train minus test"),
    }.get(where, f"{where} {{metric}}").format(metric=name)


def task_name(task: str) -> str:
    """Return what people call a task."""
    return {
        "binary": _("binary classification"),
        "multiclass": _("classification"),
        "multilabel": _("several labels at once"),
        "regression": _("regression"),
        "reconstruction": _("reconstruction"),
        "variational": _("variational reconstruction"),
        "adversarial": _("generation, two players"),
        "labelling": _("a label at each step"),
        "translation": _("sequence to sequence"),
        "next-token": _("next token"),
    }.get(task, task)


def is_share(metric: str) -> bool:
    """Tell whether a metric is a share from 0 to 1, which people read as per cent."""
    return any(word in metric for word in SHARES)


def bounds(metric: str) -> tuple[float, float]:
    """Return what values a metric such as "test.accuracy" can have: none below the first, none above the second."""
    where, _dot, name = metric.rpartition(".")
    if where == "gap":
        return -math.inf, math.inf
    if is_share(metric) or name in ("real", "fake"):
        return 0.0, 1.0
    return (0.0 if name in ("loss", "rmse", "mae", "bits", "seconds", "errors") else -math.inf), math.inf


def metric_value(metric: str, value: float | None) -> str:
    """Return a value of `metric` as people write it: "99.3 %", "0.0342", "12.5 s"; "–" where there is none."""
    if value is None or math.isnan(value):
        return "–"
    if is_share(metric):
        return percent(value)
    return seconds(value) if metric == "seconds" else number(value)


def interval_text(metric: str, mean: float, half: float) -> str:
    """Return a mean and half of its interval, both to the same place: "98.20 ± 0.41 %", "1.33 ± 0.86 s".

    Half of an interval has two digits. Where it is 0 or NaN the mean stands alone.
    """
    if not half > 0:
        return metric_value(metric, mean)
    factor, unit = (100.0, " %") if is_share(metric) else _unit(mean) if metric == "seconds" else (1.0, "")
    mean, half = factor * mean, factor * half
    places = 1 - math.floor(math.log10(half))
    if half < 1e-6 * abs(mean) or places > MOST_PLACES:
        return f"{mean:.6g} ± {half:.2g}{unit}"
    if max(abs(mean), half) >= LARGE:
        return f"{mean:.3g} ± {half:.2g}{unit}"
    rounded = (f"{round(value, places) + 0.0:.{max(0, places)}f}" for value in (mean, half))  # which is never -0
    return " ± ".join(rounded) + unit


def _unit(duration: float) -> tuple[float, str]:
    """Return what a duration in seconds is multiplied by to be told in the unit that suits it, and the unit."""
    if abs(duration) < 60:
        return 1.0, " s"
    return (1 / 60, " min") if abs(duration) < 3600 else (1 / 3600, " h")


def pair_text(metric: str, pair: Pair) -> str:
    """Return how a variant differs from the best one: "-0.72 ± 0.41 %, p = 0.0084"; or that it diverged."""
    if math.isnan(pair.mean):
        return outcome_name("diverged")
    chance = "" if math.isnan(pair.p) else f", p = {pair.p:.2g}" if pair.p >= 1e-4 else ", p < 0.0001"
    return f"{interval_text(metric, pair.mean, pair.half)}{chance}"


def different_data_texts(comparison: Comparison) -> list[str]:
    """Return a sentence where no variant can be called the best, because they are trained on different data."""
    said = _("The variants are trained on different data: their numbers do not say which one is better.")
    return [said] if comparison.on_different_data and not comparison.ranks else []


def left_out_texts(comparison: Comparison) -> list[str]:
    """Return a sentence for each variant that leaves out options of the recipe, as its optimizer or net has none."""
    from neurona.written import dotted  # with which --help would be slower

    text = _("{variant} leaves out what does not apply to it: {names}.")
    own, found = dotted(comparison.recipe.to_dict()), []
    for variant in comparison.variants:
        for run in comparison.runs[variant.label][:1]:
            used = {**dotted(run.recipe.to_dict()), **variant.changes}
            left = [key for key in own if key not in used and not key.startswith("data.")]
            if left:
                found.append(text.format(variant=variant.title, names=", ".join(left)))
    return found


def diverged_texts(comparison: Comparison) -> list[str]:
    """Return a sentence for each variant some of whose runs diverged."""
    text = _("{variant}: {count} of {total} runs diverged, their numbers became infinite.")
    return [
        text.format(variant=comparison.title(label), count=count, total=len(comparison.runs[label]))
        for label, count in comparison.diverged.items()
    ]


def outcome_name(outcome: str) -> str:
    """Return what people call the outcome of a trial."""
    return {
        "complete": _("complete"),
        "pruned": _("pruned"),
        "diverged": _("diverged"),
        "failed": _("failed"),
    }.get(outcome, outcome)


def outcome_count(outcome: str, count: int) -> str:
    """Return how many trials ended in a way, as people say it: "5 complete"; `outcome` is that of at least one."""
    one = {
        "complete": _("1 complete"),
        "pruned": _("1 pruned"),
        "diverged": _("1 diverged"),
        "failed": _("1 failed"),
    }
    many = {
        "complete": _("{count} complete"),
        "pruned": _("{count} pruned"),
        "diverged": _("{count} diverged"),
        "failed": _("{count} failed"),
    }
    return one_or_many(count, one[outcome], many[outcome]).format(count=number(count))


def counts_text(outcomes: Sequence[str]) -> str:
    """Return how many trials ended how, given the outcome of each: "60 trials: 35 complete, 25 pruned"."""
    count = len(outcomes)
    all_of_them = one_or_many(count, _("{count} trial"), _("{count} trials")).format(count=number(count))
    kinds = [kind for kind in ("complete", "pruned", "diverged", "failed") if kind in outcomes]
    parts = ", ".join(outcome_count(kind, outcomes.count(kind)) for kind in kinds)
    return f"{all_of_them}: {parts}" if parts else all_of_them


def percent(share: float) -> str:
    """Return a share as per cent. Only 1 is "100 %": a share just below it gets the digits to say so."""
    if share in (0.0, 1.0):
        return f"{share:.0%}".replace("%", " %")
    digits = 1
    while digits < 4 and float(f"{100 * share:.{digits}f}") in (0.0, 100.0):
        digits += 1
    return f"{100 * share:.{digits}f} %"


def number(value: float) -> str:
    """Return a number with four significant digits, whole numbers with all of theirs."""
    if not math.isfinite(value):
        return "∞" if value > 0 else "-∞" if value < 0 else "–"
    if float(value).is_integer() and abs(value) < 1e15:
        return f"{int(value):,}".replace(",", "\u202f") if abs(value) >= 10_000 else str(int(value))
    if 1e-4 <= abs(value) < 1e6:
        return f"{value:.{max(0, 3 - math.floor(math.log10(abs(value))))}f}"
    return f"{value:.3g}"


def seconds(duration: float) -> str:
    """Return a duration, given in seconds, in seconds, minutes or hours."""
    if duration < 60:
        return f"{duration:.2g} s" if duration < 10 else f"{duration:.0f} s"
    factor, unit = _unit(duration)
    return f"{factor * duration:.1f}{unit}"
