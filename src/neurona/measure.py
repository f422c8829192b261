"""Numbers of a finished run by name: what claims and comparisons speak of."""

from __future__ import annotations

import math

from neurona.errors import InputError, nearest
from neurona.language import _
from neurona.run import Run


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
    elif metric == "errors" and "accuracy" in run.metrics["train"]:
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
