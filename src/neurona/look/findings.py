"""What a run's numbers say in words: what went wrong, and why, and what to try."""

from __future__ import annotations

import math

import numpy as np

from neurona.data.dataset import Dataset
from neurona.errors import InputError
from neurona.language import _
from neurona.look.words import number, percent
from neurona.run import Run

GAP = 0.05
STILL_FALLING = 0.02
# A net that knows something is right so much more often than one that always answers the most frequent class: by two
# hundredths, or, where those would be most of what is left, by a quarter of it. From RARE on, the rest is rare.
BETTER, OF_THE_REST, RARE = 0.02, 0.25, 0.9
# What a net must explain of the variance to be better than the mean, and how far train and test may lie apart in it.
EXPLAINED, APART = 0.02, 0.2
# On fewer samples than these a result says little: of ten, one more that is right is a tenth.
FEW = 10


def findings(run: Run) -> list[str]:
    """Return sentences about a finished run, the most important first; empty when nothing stands out."""
    if run.metrics.get("diverged"):
        return [_diverged(run)]
    found = [_perceptron(run), _chance(run) or _chance_on_test(run), _gap(run), _few(run), _still_learning(run)]
    return [sentence for sentence in found if sentence]


def _diverged(run: Run) -> str:
    return _(
        "Loss or weights became infinite in epoch {epoch}, and training ended there. Try a smaller learning rate "
        "(fit.lr), or gradient clipping (fit.clip)."
    ).format(epoch=run.metrics["epochs"])


def _perceptron(run: Run) -> str:
    """Say that the perceptron rule failed, and whether it could have succeeded at all."""
    if run.task.loss_name != "perceptron":
        return ""
    errors = round((1 - run.metrics["train"]["accuracy"]) * run.samples["train"])
    if errors == 0:
        return _("The perceptron rule reached 0 errors on train: it has found a separating line and stops changing.")
    try:
        data = run.data()
    except InputError:
        return _("Errors that the perceptron leaves on train: {errors}.").format(errors=errors)
    if separable(data):
        return _(
            "Errors that the perceptron leaves: {errors}. But a separating line exists: train for more epochs "
            "(fit.epochs)."
        ).format(errors=errors)
    return _(
        "The perceptron fails; errors that remain: {errors}. No straight line (or plane) separates these classes, so "
        'its rule never comes to rest; a net with a hidden layer can bend the boundary (net.kind = "mlp").'
    ).format(errors=errors)


def separable(data: Dataset) -> bool:
    """Tell whether a plane separates the two classes of train exactly: a linear program has a solution.

    It looks for `w, b` with `s (w x + b) >= 1` for every sample, s being -1 or 1.
    """
    from scipy.optimize import linprog

    x = data.inputs.prepare(data.train.x).double().flatten(1).numpy()
    sign = data.train.y.double().numpy().reshape(-1, 1) * 2 - 1
    rows = -sign * np.column_stack([x, np.ones(len(x))])
    solved = linprog(np.zeros(rows.shape[1]), A_ub=rows, b_ub=-np.ones(len(rows)), bounds=(None, None))
    return bool(solved.status == 0)


def _chance(run: Run) -> str:
    if run.task.name == "regression":
        return _no_better_than_the_mean(run)
    if run.task.name not in ("binary", "multiclass"):
        return ""
    data_train = run.metrics["train"]
    share = run.largest_class
    if share == 1:
        return _("Train has samples of a single class alone, so that there was nothing to tell apart.")
    if data_train["accuracy"] > share + min(BETTER, OF_THE_REST * (1 - share)):
        return ""
    if data_train["loss"] is None or data_train["loss"] > 2 * math.log(max(2, len(run.target.classes))):
        return _(
            "The loss is far above that of guessing: training went astray. Try a smaller learning rate (fit.lr) or "
            "gradient clipping (fit.clip)."
        )
    sentence = _(
        "The net is no better than always answering the most frequent class ({share}). Try a larger learning rate, "
        "more epochs, or more units."
    ).format(share=percent(share))
    if share < RARE:
        return sentence
    return f"{sentence} " + _("Of classes as rare as the others the confusion matrix says more than accuracy does.")


def _chance_on_test(run: Run) -> str:
    """Say that what is better than the most frequent class on train is not so on test."""
    test = run.metrics["test"].get("accuracy") if run.metrics["test"] else None
    if run.task.name not in ("binary", "multiclass") or test is None or run.samples["test"] < FEW:
        return ""
    if test > run.largest_class + 0.5 / run.samples["test"]:
        return ""
    return _(
        "On test the net is right in {test}, which is no more than always answering the most frequent class would be "
        "(about {share}). Look at the confusion matrix and at precision and recall of each class."
    ).format(test=percent(test), share=percent(run.largest_class))


def _no_better_than_the_mean(run: Run) -> str:
    explained = run.metrics["train"].get("r2")
    if explained is None or explained > EXPLAINED:
        return ""
    return _(
        "The net is no better than always answering the mean of the target. Try another learning rate, more epochs, or "
        "more units; and look whether the columns have to do with the target."
    )


def _gap(run: Run) -> str:
    if run.task.name == "regression":
        return _gap_in_variance(run)
    if run.task.main != "accuracy" or not run.metrics["test"]:
        return ""
    train, test = run.metrics["train"]["accuracy"], run.metrics["test"]["accuracy"]
    noise = 2 * math.sqrt(test * (1 - test) / run.samples["test"])  # two standard errors of the test accuracy
    if train - test < max(GAP, noise) or train <= run.largest_class + GAP or run.task.loss_name == "perceptron":
        return ""
    return _(
        "Accuracy on train ({train}) is well above that on test ({test}): the net overfits. Try dropout "
        "(net.dropout), weight decay (fit.weight_decay), early stopping (fit.patience) or more data."
    ).format(train=percent(train), test=percent(test)) + _more_numbers_than_samples(run)


def _few(run: Run) -> str:
    count = run.samples["test"]
    if not 0 < count < FEW:
        return ""
    return _("Samples in test: {count}. What is measured on so few says little about others.").format(count=count)


def _gap_in_variance(run: Run) -> str:
    train, test = (run.metrics[split].get("r2") for split in ("train", "test"))
    if train is None or test is None or train - test < APART:
        return ""
    return _(
        "The net explains {train} of the variance on train and {test} on test: it overfits, or a few values "
        "far from the rest decide. Try dropout (net.dropout), weight decay (fit.weight_decay), early stopping "
        "(fit.patience) or more data."
    ).format(train=percent(train), test=percent(max(0.0, test))) + _more_numbers_than_samples(run)


def _more_numbers_than_samples(run: Run) -> str:
    """Return what to try where hidden layers overfit since a sample has more numbers than there are samples."""
    seen, count = math.prod(run.inputs.seen), run.samples["train"]
    if seen <= count or run.recipe.net.get("kind") != "mlp" or not run.recipe.net.get("hidden"):
        return ""
    sentence = _(
        "A sample has {seen} numbers, and there are {count} samples to train on: a net without hidden layers "
        "(net.hidden = []) may do better."
    )
    return " " + sentence.format(seen=number(seen), count=number(count))


def _still_learning(run: Run) -> str:
    rows = run.rows
    column = "valid_loss" if rows and "valid_loss" in rows[-1] else "train_loss"
    if len(rows) < 10 or run.metrics["stopped_early"] or run.recipe.fit.schedule in ("one-cycle", "cosine"):
        return ""
    losses = [row[column] for row in rows]
    before, after = losses[-len(losses) // 10 - 1], losses[-1]
    perfect = run.metrics["train"].get("accuracy") == 1.0
    if (
        run.task.loss_name == "perceptron"
        or perfect
        or after != min(losses)
        or before - after < STILL_FALLING * abs(before)
    ):
        return ""
    return _("The loss was still falling at the end: more epochs (--epochs {more}) may help.").format(
        more=2 * run.metrics["epochs"]
    )
