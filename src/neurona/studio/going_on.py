"""A fit that goes on with other options, or with other data, without starting anew."""

from __future__ import annotations

from neurona.data.dataset import Dataset
from neurona.fit.fit import Fit
from neurona.fit.options import FitOptions
from neurona.recipe import Recipe
from neurona.studio.native import unhindered

# Changing one of these takes effect while a net learns. Others decide what it starts from, or what computes.
LIVE = {
    *("optimizer", "lr", "schedule", "warmup", "step_size", "gamma", "momentum", "nesterov", "alpha", "rho", "betas"),
    *("eps", "batch", "epochs", "weight_decay", "l2", "clip", "reduction"),
}
NEVER = 1e9
MEMORY = ("optimizer", "momentum", "nesterov", "alpha", "rho", "betas", "eps")


def can_go_on(fit: Fit, before: FitOptions, options: FitOptions) -> bool:
    """Tell whether `fit`, of options `before`, can go on: only what is `LIVE` differs, and it has a single stage."""
    old, new = before.model_dump(), options.model_dump()
    differs = {key for key in old if old[key] != new[key]}
    finite = not fit.diverged and options.epochs >= fit.epoch
    return bool(differs) and differs <= LIVE and not options.stages and finite and not fit.stopped_early


def gone_on(fit: Fit, options: FitOptions, *, within: bool = False) -> Fit | None:
    """Return a fit of the same net that goes on where `fit` stands, with `options`, from its next batch on.

    The optimizer keeps what it remembers unless it is another one. The schedule stands as far along as before.

    Args:
        fit: which cannot go on itself then.
        options: for what comes.
        within: whether `fit` is in the middle of an event.

    Returns:
        The fit; None where it can only go on between two events, and `fit` stands within one.

    Raises:
        InputError: an option is wrong; `fit` is then as it was.
    """
    after = Fit(fit.net, fit.data, **options.model_dump(exclude_unset=True))
    state = fit.state()
    keeps = all(getattr(fit.options, name) == getattr(options, name) for name in MEMORY)
    for player, saved in zip(after.players, state["players"], strict=True):
        fresh = player.state()
        if keeps:
            saved["optimizer"]["param_groups"] = fresh["optimizer"]["param_groups"]
        else:
            saved["optimizer"] = fresh["optimizer"]
        saved["schedule"]["step"] = round((fit.epoch + _begun(fit)) * len(after.batches))
        if options.schedule != fit.options.schedule:
            saved["schedule"] |= {"plateau": 1.0, "waited": 0}
    after.restore(state)
    if after.take_over(fit) or not within:
        return after
    return None


def joined(fit: Fit, data: Dataset, options: FitOptions) -> Fit:
    """Return a fit of the same net that goes on where `fit` stands, on other samples, from its coming epoch on.

    What is the best so far was measured on the samples before, and is not carried on.

    Args:
        fit: which cannot go on itself then; it stands between two steps.
        data: of the same task, with the same features.
        options: for what comes.

    Raises:
        InputError: an option does not suit the data; `fit` is then as it was.
    """
    after = Fit(fit.net, data, **options.model_dump(exclude_unset=True))
    state = fit.state()
    for saved in state["players"]:
        saved["schedule"]["step"] = fit.epoch * len(after.batches)
    state["best"] = after.state()["best"]
    after.restore(state)
    return after


def seldom_written(recipe: Recipe) -> Recipe:
    """Return the recipe for a fit that writes no checkpoint before its end.

    Its run lasts no longer than the session, and one that waits for the disk answers no click meanwhile; nor does one
    that waits for native code.
    """
    return unhindered(recipe.with_changes({"fit.checkpoint_seconds": NEVER}))


def _begun(fit: Fit) -> float:
    """Return how many epochs of the coming event are done."""
    done, batches = fit.steps
    return done / batches * min(fit.options.every, fit.options.epochs - fit.epoch) if done else 0.0
