"""Numbers of a finished run by name: what claims and comparisons speak of."""

from __future__ import annotations

import importlib
import math
import re
from collections.abc import Callable

from neurona.data.dataset import SPLITS
from neurona.errors import InputError, nearest
from neurona.language import _
from neurona.registry import Registry
from neurona.run import Run

Measure = Callable[[Run], float]
MEASURES: Registry[Measure] = Registry("measure")


def measure(run: Run, metric: str) -> float:
    """Return a number of a finished run.

    Args:
        run: the run.
        metric: "seconds", "epochs", "test.accuracy" (any split and metric), "gap.accuracy" (train minus test),
            "history.train_loss@1000" (a column of the history at an epoch), or a name of `MEASURES`.

    Raises:
        InputError: the run has no such number.
    """
    where, _dot, name = str(metric).partition(".")
    found: float | None = None
    if metric in ("seconds", "epochs"):
        found = run.metrics[metric]
    elif metric in MEASURES:
        found = MEASURES[metric].make(run)
    elif where == "gap":
        splits = [run.metrics[split].get(name, math.nan) for split in ("train", "test")]
        found = None if None in splits else splits[0] - splits[1]
    elif where == "history" and (at := re.fullmatch(r"(.+)@(\d+)", name)):
        column, epoch = at.groups()
        found = next((row.get(column) for row in run.rows if row["epoch"] == int(epoch)), None)
        last = run.rows[-1]["epoch"] if run.rows else 0
        if found is None and last < int(epoch):
            problem = _("The run ended with epoch {last}, and epoch {epoch} is asked for.")
            raise InputError(problem.format(last=last, epoch=epoch), _("Train it further with --resume and --epochs."))
    elif where in SPLITS and name in run.metrics[where]:
        found = run.metrics[where][name]
        found = math.nan if found is None else found  # JSON has no NaN: the run wrote null
    if found is None:
        known = [f"{split}.{name}" for split in SPLITS for name in run.metrics.get(split, {})]
        raise InputError(_("The run has no number {metric!r}.").format(metric=metric), nearest(str(metric), known))
    return float(found)


@MEASURES.register("errors", "Wrong answers on train.")
def errors(run: Run) -> float:
    """Return how many training samples the net answers wrongly.

    Raises:
        InputError: the run's task has no accuracy.
    """
    if "accuracy" not in run.metrics["train"]:
        raise InputError(_("The run has no number {metric!r}.").format(metric="errors"))
    return float(round((1 - run.metrics["train"]["accuracy"]) * run.samples["train"]))


@MEASURES.register("weights", "Largest distance of any weight from an independent solution.")
def weights(run: Run) -> float:
    """Return the largest distance of any weight from the independent solution; see `solution.distance`."""
    from neurona.solution import distance

    return distance(run)


@MEASURES.register("widening", "Deviation of an ensemble outside the training interval over that inside.")
def widening(run: Run) -> float:
    """Return how much less sure an ensemble is outside the training interval of its single feature than inside.

    It is the mean standard deviation over the members in the half interval to either side of the training interval,
    over that inside it.

    Raises:
        InputError: the run holds no ensemble of one feature.
    """
    import torch

    x = run.inputs.prepare(run.data().train.x)
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


def _in_room(room: str, name: str) -> Measure:
    """Return the measure `name` of a room of `neurona`, which is imported when it is first asked for."""

    def measured(run: Run) -> float:
        return float(getattr(importlib.import_module(f"neurona.{room}"), name)(run))

    return measured


for _room, _name, _summary in (
    ("ngram", "bits_below_ngram", "Bits for each token of test: those of n-grams less those of the net."),
    ("recurrence", "counting", "Largest distance of U and W from 1, the weights that count."),
    ("pretrained", "moved", "Largest change of a frozen number since the weights that a run started from."),
    ("generation", "sample_confidence", "How sure a classifier is, on the mean, about 1,000 new samples."),
    ("generation", "real_confidence", "How sure that classifier is about real samples."),
    ("generation", "sample_classes", "How many classes it finds among 1,000 new samples, at least 5 of each."),
    ("generation", "classifier_accuracy", "Right answers of that classifier on real samples of test."),
):
    MEASURES.register(_name, _summary)(_in_room(_room, _name))
