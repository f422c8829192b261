"""What a report says about a search: which figures suit it, what was found, and what to do next."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence
from functools import partial

from neurona.language import _, one_or_many
from neurona.look import trials
from neurona.look.looks import Look
from neurona.look.page import Headline, Table
from neurona.look.words import metric_name, metric_value, number, outcome_count, outcome_name, seconds
from neurona.tuning import Trial, Tuning
from neurona.tuning.importance import importances
from neurona.tuning.space import Range, shown
from neurona.tuning.trial import values_text
from neurona.tuning.tuning import COMPARISON

MOST_ROWS = 120
NEAR = 0.05
"""A best value in this part of a range, at either end, suggests that the range is too narrow."""


def looks(tuning: Tuning) -> Iterator[Look]:
    """Yield the figures that suit a search."""
    if not any(trial.value is not None for trial in tuning.done):
        return
    yield Look(
        "search-history",
        _("The trials one after the other"),
        _(
            "Each dot is a trial, judged on validation; the line is the best one so far. Once it stays flat, more "
            "trials bring little."
        ),
        partial(trials.history, tuning),
    )
    yield Look(
        "search-slices",
        _("What each parameter does"),
        _of_slices(tuning),
        partial(trials.slices, tuning),
    )
    logarithms = trials.on_logarithms(tuning)
    shares = importances(tuning.done, tuning.search.space, logarithms=logarithms)
    if shares:
        of_what = _("of the logarithm of the metric") if logarithms else _("of the metric")
        caption = _(
            "The share of the variance {of_what} over the whole space that each parameter explains alone (fANOVA, "
            "Hutter, Hoos and Leyton-Brown 2014; pruned trials count with their last value). A parameter with a small "
            "share can be left as it is."
        )
        yield Look(
            "search-importance",
            _("Which parameters matter"),
            caption.format(of_what=of_what),
            partial(trials.importance, shares),
        )
    if any(len(trial.seen) > 1 for trial in tuning.done):
        yield Look(
            "search-curves", _("The trials while they trained"), _of_curves(tuning), partial(trials.curves, tuning)
        )
    if len(tuning.search.space.parameters) > 2 and tuning.best is not None:
        yield Look(
            "search-parallel",
            _("Parameters together"),
            _(
                "Each line is a complete trial, dark for good ones; the thick one is the best. Lines that run together "
                "show which values go well with each other."
            ),
            partial(trials.parallel, tuning),
        )


def _of_slices(tuning: Tuning) -> str:
    told = _(
        "The metric against each parameter, dark dots for late trials, crosses for pruned ones, the star for the best. "
        "Where dots are dense the search expected good values; a star at the edge of a range asks for a wider one."
    )
    if len(tuning.search.over) > trials.MOST_PANELS:
        told += " " + _("These are the first {count} parameters.").format(count=trials.MOST_PANELS)
    return told


def _of_curves(tuning: Tuning) -> str:
    """Return what the curves show, and why one may rise at once, or end above what its trial is worth."""
    told = _(
        "The metric at each tenth of the training. A cross is where a trial was ended because it was worse than half "
        "of the others were then (median rule)."
    )
    if tuning.search.seeds > 1:
        told += " " + _("Seeds are trained one after the other: a new one begins where the lines jump.")
    if tuning.recipe.fit.patience is not None:
        told += " " + _("What counts in the end is the best epoch (fit.patience), where a line may have been lower.")
    return told


# ---------------------------------------------------------------------- in words


def headlines(tuning: Tuning) -> list[Headline]:
    """Return the best value, what it is on test, how many trials there were, and how long they took."""
    done, best, metric = tuning.done, tuning.best, tuning.search.metric
    found = []
    if best is not None:
        found.append(Headline(metric_name(metric), metric_value(metric, best.value), _trial_name(best)))
    run = tuning.best_run
    if run is not None and run.metrics["test"]:
        name = f"test.{run.task.main}"
        value = metric_value(name, run.metrics["test"][run.task.main])
        # Of several seeds, each may have split the data in another way.
        whose = _("best run; not used by the search") if tuning.search.seeds == 1 else _("best run")
        found.append(Headline(metric_name(name), value, whose))
    own = tuning.own
    if own is not None:
        found.append(Headline(_("the recipe itself"), metric_value(metric, own.value), metric_name(metric)))
    pruned = sum(trial.outcome == "pruned" for trial in done)
    ended = outcome_count("pruned", pruned) if pruned else ""
    found.append(Headline(_("trials"), number(len(done)), ended))
    found.append(Headline(_("training time in all"), seconds(sum(trial.seconds for trial in done))))
    return found


def _trial_name(trial: Trial) -> str:
    return _("trial {number}").format(number=trial.number)


def remarks(tuning: Tuning) -> list[str]:
    """Return what was found and what to do next, as sentences."""
    return [*_found(tuning), *_ended(tuning), *([_next(tuning)] if tuning.finished else [])]


def _found(tuning: Tuning) -> Iterator[str]:
    if not tuning.finished:
        text = _("Trials done so far: {done} of {total}. Go on with: {command}")
        command = f"neurona tune --resume {shlex.quote(str(tuning.path))}"
        yield text.format(done=len(tuning.done), total=tuning.search.total, command=command)
    best, own, metric = tuning.best, tuning.own, tuning.search.metric
    if best is None:
        return
    name, value = metric_name(metric), metric_value(metric, best.value)
    yield _("Best is trial {number} with {values}: {metric} {value}.").format(
        number=best.number, values=values_text(best.values), metric=name, value=value
    )
    ties = sum(trial.outcome == "complete" and trial.value == best.value for trial in tuning.done)
    if ties > 1:
        text = _("{count} trials have this same value, the first of which is kept: {metric} does not tell them apart.")
        yield text.format(count=ties, metric=metric)
    if own is not None and own.number == best.number:
        yield _("That is the recipe as it stands: no other trial was better.")
    elif own is not None:
        yield _("The recipe as it stands has {value}.").format(value=metric_value(metric, own.value))
    elif outside := tuning.outside:
        text = _("The recipe as it stands was not tried: the search leaves out its {values}.")
        said = {key: _("not set") if value is None else value for key, value in outside.items()}
        yield text.format(values=values_text(said))
    yield _(
        "The best of many trials looks better on validation than it is, because it was chosen there. Its value on "
        "test, which the search has not seen, is the honest one."
    )
    if tuning.search.seeds > 1:
        yield _(
            "With several seeds that holds where the data have a test part of their own. Else each seed splits them "
            "anew, and what is test for one was train or validation for another: test looks better than it is, too."
        )


def _ended(tuning: Tuning) -> Iterator[str]:
    done = tuning.done
    pruned = [trial for trial in done if trial.outcome == "pruned"]
    if pruned:
        most = max(trial.epochs for trial in done)
        spared, trained = sum(most - trial.epochs for trial in pruned), sum(trial.epochs for trial in done)
        text = _("Pruned: {count} of {total} trials, which saved {share} of the epochs.")
        yield text.format(count=len(pruned), total=len(done), share=f"{100 * spared / (spared + trained):.0f} %")
    diverged = [trial for trial in done if trial.outcome == "diverged"]
    if diverged:
        text = one_or_many(
            len(diverged),
            _("{count} trial diverged: numbers became infinite, with {values}."),
            _("{count} trials diverged: numbers became infinite, as with {values}."),
        )
        yield text.format(count=len(diverged), values=values_text(diverged[0].values))
    failed = [trial for trial in done if trial.outcome == "failed"]
    if failed:
        text = one_or_many(
            len(failed),
            _("{count} trial failed, with {values}: {reason}"),
            _("{count} trials failed, as with {values}: {reason}"),
        )
        yield text.format(count=len(failed), values=values_text(failed[0].values), reason=failed[0].reason)


def _next(tuning: Tuning) -> str:
    """Return the one thing that helps most."""
    best = tuning.best
    if best is None:
        return _("Next: no trial came to its end; search a smaller range, such as lower learning rates.")
    edge = next((hint for p in tuning.search.space.parameters if (hint := _at_edge(p, best))), "")
    if edge:
        return edge
    last = max(trial.number for trial in tuning.done)
    if best.number > 0.8 * last and last >= 10 and len(tuning.done) < tuning.search.space.size:
        more = f"neurona tune --resume {shlex.quote(str(tuning.path))} --trials {2 * tuning.search.trials}"
        return _("Next: the best trial is a late one, so that more trials may find a better one: {command}").format(
            command=more
        )
    if not (tuning.path / COMPARISON).is_file():
        return _("Next: search other keys, for this one makes no difference.")
    text = _("Next: make sure over several seeds that it is better than the recipe as it stands: {command}")
    if best.own:
        text = _("Next: make sure over several seeds that the second best is no better than the recipe: {command}")
    return text.format(command=compared(tuning))


def _at_edge(parameter: object, best: Trial) -> str:
    if not isinstance(parameter, Range):
        return ""
    height = trials._height(parameter, best)
    if NEAR < height < 1 - NEAR or (height <= NEAR and parameter.low == 0):
        return ""
    low, high = parameter.low, parameter.high
    if height >= 1 - NEAR:
        wider = (low, high * 10 if parameter.log else high + (high - low))
    else:
        wider = (low / 10 if parameter.log else low - (high - low), high)
        if not parameter.log and low > 0:
            wider = (min(low, 0), high)
    if parameter.whole:
        wider = (max(1, round(wider[0])), round(wider[1]))
    span = f"--over {parameter.key}={'log:' if parameter.log else ''}{wider[0]:g}..{wider[1]:g}"
    text = _("Next: the best {key}, {value}, lies at the end of its range; search a wider one: {option}")
    return text.format(key=parameter.key, value=shown(best.values[parameter.key]), option=span)


def compared(tuning: Tuning) -> str:
    """Return the command that compares the best trial with the recipe as it stands, over several seeds."""
    return f"neurona compare {shlex.quote(str(tuning.path / COMPARISON))}"


def commands(tuning: Tuning) -> list[tuple[str, str]]:
    """Return commands with what each is for."""
    path = shlex.quote(str(tuning.path))
    more = (_("Search further"), f"neurona tune --resume {path} --trials {2 * tuning.search.trials}")
    if tuning.best is None:
        return [more]
    compare = _("Compare the best values with those of the recipe, over several seeds")
    if tuning.best.own:
        compare = _("Compare the second best values with those of the recipe, over several seeds")
    return [
        *([(compare, compared(tuning))] if (tuning.path / COMPARISON).is_file() else []),
        (_("Train the best recipe again"), f"neurona train {path}/best.toml"),
        (_("Use the best run: predict, export, explain"), f"neurona export {path}/best"),
        *([more] if tuning.search.trials <= len(tuning.done) < tuning.search.space.size else []),
    ]


def table(tuning: Tuning) -> Table:
    """Return a row for each trial, the best first."""
    metric, keys = tuning.search.metric, list(tuning.search.over)
    rows: list[Sequence[str]] = []
    for trial in tuning.ranked()[:MOST_ROWS]:
        values = (shown(trial.values[key]) if key in trial.values else "" for key in keys)
        mark = _("{outcome}, the recipe itself") if trial.own else "{outcome}"
        outcome = mark.format(outcome=outcome_name(trial.outcome))
        value = metric_value(metric, trial.value)
        rows.append((number(trial.number), *values, value, outcome, number(trial.epochs), seconds(trial.seconds)))
    header = (_("trial"), *keys, metric_name(metric), _("outcome"), _("epochs"), _("time"))
    left_out = len(tuning.done) - len(rows)
    title = _("Left out: {count} more.").format(count=left_out) if left_out > 0 else ""
    return Table(header, rows, title)
