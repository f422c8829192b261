"""Which figures suit a run or a comparison, with their titles and with captions that say how to read them."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from neurona.compare import Comparison
from neurona.data.dataset import SELF_SUPERVISED
from neurona.language import _
from neurona.look import (
    animation,
    augmented,
    boundary,
    boxes,
    confusion,
    curves,
    ensemble,
    gallery,
    landscape,
    regression,
    samples,
    trend,
    variants,
)
from neurona.look import weights as weights_of
from neurona.look.convolutional import convolutional_looks
from neurona.look.evidence import Evidence
from neurona.look.generative import generative_looks
from neurona.look.looks import ANIMATION, Look, Moving
from neurona.look.recurrent import recurrent_comparison_looks, recurrent_looks
from neurona.look.words import bounds, is_share


def of_run(seen: Evidence) -> Iterator[Look | Moving]:
    """Yield the figures that suit a run. Without its data or net, only those that the history is enough for."""
    if seen.run.task.name in SELF_SUPERVISED:
        yield from generative_looks(seen)
    else:
        yield from _of_answers(seen)
    if not seen.lacks:
        yield from _of_weights(seen)
    if landscape.suits(seen):
        yield Look(
            "landscape",
            _("The loss landscape"),
            _(
                "The loss where the weights are moved away from the trained ones along two directions; dark is low. A "
                "wide valley forgives small changes of the weights, a narrow one does not. The line, where the run "
                "kept snapshots, is the way that training took, projected on this plane: the less of its variance "
                "lies here, the less it shows."
            ),
            partial(landscape.of_run, seen),
        )


def _of_answers(seen: Evidence) -> Iterator[Look | Moving]:
    yield Look(
        "curves",
        _("Learning curves"),
        _(
            "Solid: train, measured while the net was changing, with a band of one standard deviation over batches. "
            "Dashed: validation. When the dashed line turns up while the solid one falls, the net overfits."
        )
        + curves.two_measures(seen),
        partial(curves.learning_curves, seen),
    )
    if seen.lacks:
        return
    yield from _of_plane(seen)
    if regression.suits(seen):
        yield from _of_values(seen)
    elif seen.classifies:
        yield from _of_classes(seen)
    yield from recurrent_looks(seen)


def _of_plane(seen: Evidence) -> Iterator[Look | Moving]:
    if boundary.suits(seen):
        yield Look(
            "boundary",
            _("Decision regions"),
            _(
                "The colour is the class that the net answers at that point, the stronger the surer it is; along the "
                "line two classes are equally likely. Ringed points lie on the wrong side."
            ),
            partial(boundary.decision_regions, seen),
        )
    if animation.has_snapshots(seen):
        yield Moving(
            ANIMATION,
            _("The boundary over training"),
            _(
                "The same regions from the untrained net to the last epoch: the line finds its place and, where the "
                "net has hidden layers, bends."
            ),
            partial(animation.boundary_animation, seen),
        )


def _of_values(seen: Evidence) -> Iterator[Look]:
    if boxes.suits(seen):
        yield _boxes(seen)
    if ensemble.suits(seen):
        yield Look(
            "ensemble",
            _("The ensemble and its doubt"),
            _(
                "Thin: each net. Thick: their mean, with bands of one and two standard deviations. Below: standard "
                "deviation and variance. Shaded is the interval of the training data: where there are points the nets "
                "agree, elsewhere they part."
            ),
            partial(ensemble.ensemble_bands, seen),
        )
    elif regression.suits_curve(seen):
        yield Look(
            "fitted",
            _("Fitted curve"),
            _("The line is what the net answers; the shaded interval is where it had data to learn from."),
            partial(regression.fitted_curve, seen),
        )
    if seen.run.metrics.get("diverged"):
        return  # there is no answer to hold against a true value
    yield Look(
        "predictions",
        _("Predicted against true"),
        _(
            "Left: each point is a sample, right where it lies on the diagonal. Right: how far off the answers are; "
            "a pile in the middle and no long tail is what one hopes for."
        ),
        partial(regression.predicted_against_true, seen),
    )


def _boxes(seen: Evidence) -> Look:
    return Look(
        "boxes",
        _("A function built of boxes"),
        _(
            "Left: two units, one at each edge; their difference is a box. Right: every box times its trained height, "
            "and their sum, which is what the net answers."
        ),
        partial(boxes.boxes_and_sum, seen),
    )


def _of_classes(seen: Evidence) -> Iterator[Look]:
    if not confusion.suits(seen):
        yield Look(
            "labels",
            _("Label by label"),
            _(
                "Precision: how many of the labels given are true. Recall: how many of the true labels were given. "
                "F1: their harmonic mean."
            ),
            partial(confusion.label_scores, seen),
        )
        return
    yield Look(
        "confusion",
        _("Confusion matrix"),
        _("A row for each true class, a column for each answer: what lies off the diagonal is an error."),
        partial(confusion.confusion_matrix, seen),
    )
    if samples.suits(seen):
        yield Look(
            "mistakes",
            _("The surest mistakes"),
            _(
                "Pictures that the net gets wrong and is surest about: some are odd, some are labelled oddly. Where it "
                "gets all right, those that it is least sure about."
            ),
            partial(samples.surest_mistakes, seen),
        )


def _of_weights(seen: Evidence) -> Iterator[Look]:
    if augmented.suits(seen):
        yield Look(
            "augmented",
            _("Augmented samples"),
            _("Left: a training picture as it is. Right: what the net may see in its place, another each time."),
            partial(augmented.augmented_samples, seen),
        )
    yield from convolutional_looks(seen)
    if weights_of.suits_pictures(seen):
        yield Look(
            "first-layer",
            _("Weights of the first layer"),
            _(
                "Each picture is one unit: red pixels excite it, blue ones inhibit it, white ones do not matter. "
                "Strokes and blobs show what it looks for; plain noise, that it has not learned much."
            ),
            partial(weights_of.first_layer, seen),
        )
    if weights_of.suits_bars(seen):
        yield Look(
            "weights",
            _("Weights"),
            _("How much each feature (standardised where the data were) moves the output, and in which direction."),
            partial(weights_of.weight_bars, seen),
        )


def of_comparison(result: Comparison) -> Iterator[Look | Moving]:
    """Yield the figures that suit a comparison; one of seeds alone also shows its first run."""
    runs = [run for of_variant in result.runs.values() for run in of_variant]
    if not runs:
        return
    several, alone = result.recipe.seeds > 1, len(result.variants) == 1
    cut = (
        " " + _("Intervals end where values do, at 0 % and 100 %.")
        if bounds(result.main)[1] == 1 and is_share(result.main)
        else ""
    )
    yield Look(
        "variants-curves",
        _("Learning curves"),
        _("The mean over the seeds, with a band of one standard deviation.")
        if alone
        else _(
            "A line for each variant, the mean over its seeds, with a band of one standard deviation. Bands that "
            "overlap mean that the difference may be chance."
        )
        if several and result.ranks
        else _("A line for each variant, the mean over its seeds, with a band of one standard deviation.")
        if several
        else _("A line for each variant."),
        partial(variants.learning_curves, result),
    )
    yield Look(
        "variants-scores",
        _("The seeds side by side") if alone else _("The variants side by side"),
        _("Faint dots: single seeds. Large dot: their mean, with its 95 % confidence interval.") + cut
        if several and (alone or not result.ranks)
        else _(
            "Faint dots: single seeds. Large dot: their mean, with its 95 % confidence interval. Variants whose "
            "intervals lie apart really differ."
        )
        + cut
        if several
        else _("One seed each: only with several (`seeds = 5` in the recipe) is it seen how much of it is chance."),
        partial(variants.scores_and_times, result),
    )
    if trend.numeric_key(result):
        yield Look(
            "variants-trend",
            _("The metric against the value"),
            _("The mean over seeds for each value that was tried, with its 95 % confidence interval.")
            if several
            else _("The metric for each value that was tried."),
            partial(trend.trend, result),
        )
    yield from recurrent_comparison_looks(result)
    yield from _of_first_seeds(result)


def _of_first_seeds(result: Comparison) -> Iterator[Look | Moving]:
    first = [Evidence.of(of_variant[0]) for of_variant in result.runs.values() if of_variant]
    fewer = " " + _("Only the first {count} variants are drawn.").format(count=variants.MOST_MULTIPLES)
    fewer = fewer if len(first) > variants.MOST_MULTIPLES else ""
    if len(result.variants) == 1:
        yield from (look for look in of_run(first[0]) if look.name != "curves")
    elif any(boundary.suits(seen) and not seen.lacks for seen in first):
        yield Look(
            "variants-regions",
            _("Decision regions of each variant"),
            _("The first seed of each variant: the shape of the boundary says what the variant changes.") + fewer,
            partial(variants.regions_of_each, result),
        )
    elif shown := [seen for seen in first if not seen.lacks and regression.suits_curve(seen)]:
        yield Look(
            "variants-fits",
            _("Fitted curve of each variant"),
            _("The first seed of each variant: the line is what the net answers, the points are what it was shown.")
            + fewer,
            partial(variants.fits_of_each, result),
        )
        middle = shown[len(shown) // 2]
        if boxes.suits(middle):
            yield _boxes(middle)
    names = gallery.varied(result.recipe.vary)
    if names:
        yield Look(
            "activations",
            _("The activations compared"),
            _("Solid: the function. Dashed: its derivative, which multiplies every gradient that passes through."),
            partial(gallery.activations, names),
        )
