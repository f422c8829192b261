"""A fit that goes on with other options, without starting anew."""

from __future__ import annotations

from neurona.fit.loop import Fit
from neurona.fit.options import FitOptions

# Changing one of these takes effect while a net learns. Others decide what it starts from, or what computes.
LIVE = {
    *("optimizer", "lr", "schedule", "warmup", "step_size", "gamma", "momentum", "nesterov", "alpha", "rho", "betas"),
    *("eps", "batch", "epochs", "weight_decay", "l2", "clip", "reduction"),
}
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


def _begun(fit: Fit) -> float:
    """Return how many epochs of the coming event are done."""
    done, batches = fit.steps
    return done / batches * min(fit.options.every, fit.options.epochs - fit.epoch) if done else 0.0
