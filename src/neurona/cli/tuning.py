"""`neurona tune`: the options of a recipe searched for the best ones."""

from __future__ import annotations

import json
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from neurona.cli import screen
from neurona.cli.app import AsJson, Epochs, Overrides, Target, WithReport, app, changes_of
from neurona.cli.resuming import broken_off, require_resumable, resuming, say_stopped
from neurona.cli.training import What
from neurona.cli.usage import Command
from neurona.errors import InputError, TrainingError
from neurona.files import jsonable
from neurona.language import _

if TYPE_CHECKING:
    from neurona.tuning import Tuning


@app.command(
    cls=Command,
    help=_(
        "Search the options of a recipe for the best ones on validation: trials drawn by Optuna, hopeless ones ended "
        "early. The best run is kept, with a report of the search.\n\n"
        "neurona tune spiral --over fit.lr=log:1e-4..1 --over net.hidden=[8],[32],[64,64] --trials 40\n\n"
        "neurona tune houses.csv --target price --over fit.lr=log:1e-4..0.1 --over net.dropout=0.0..0.5\n\n"
        "neurona tune spiral --over fit.lr=log:1e-4..1 --storage study.journal     (the same in a second terminal "
        "shares the work)\n\n"
        "neurona tune --resume runs/spiral-… --trials 80"
    ),
)
def tune(
    what: What = None,
    over: Annotated[
        list[str] | None,
        typer.Option(
            metavar=_("KEY=VALUES"),
            help=_(
                "What is searched: a list (A,B,C), whole or real numbers (1..64, 0.0..0.5), or logarithmic ones "
                "(log:1e-4..1)."
            ),
        ),
    ] = None,
    trials: Annotated[
        int | None, typer.Option(metavar="N", help=_("Combinations to try, all processes together; 30 unless said."))
    ] = None,
    seeds: Annotated[
        int | None,
        typer.Option(metavar="N", help=_("Fits of each trial, with seeds of their own; their mean counts. Usually 1.")),
    ] = None,
    metric: Annotated[
        str | None,
        typer.Option(
            metavar="valid.M",
            help=_("What trials are judged by, such as valid.accuracy; else what the recipe monitors."),
        ),
    ] = None,
    seed: Annotated[int | None, typer.Option(metavar="N", help=_("Of the draws; 0 unless said."))] = None,
    prune: Annotated[
        bool, typer.Option(help=_("End trials early that are worse than half of the others were then."))
    ] = True,
    storage: Annotated[
        str | None,
        typer.Option(
            metavar=_("FILE|ADDRESS"),
            help=_("A study that several processes share: a file, or a database (postgresql://user@host/studies)."),
        ),
    ] = None,
    set_: Overrides = None,
    epochs: Epochs = None,
    target: Target = None,
    out: Annotated[
        Path | None, typer.Option(metavar=_("DIR"), help=_("The directory of the search; else runs/NAME-TIME."))
    ] = None,
    resume: Annotated[
        Path | None, typer.Option(metavar=_("DIR"), help=_("Go on with a search that was interrupted."))
    ] = None,
    report: WithReport = True,
    as_json: AsJson = False,
) -> None:
    if (what is None) == (resume is None):
        problem = _("Say what to search: options of a recipe or a table, or a search to resume.")
        hint = _("Write `neurona tune spiral --over fit.lr=log:1e-4..1`, or `neurona tune --resume DIR`.")
        raise InputError(problem, hint)
    from neurona.tuning.tune import TRIALS

    _check(TRIALS if trials is None else trials, seeds, seed or 0)
    if resume is not None:
        changed = (over, seeds, metric, seed, set_, epochs, target, out)
        if any(value is not None for value in changed) or not prune:
            problem = _("A search goes on as it began; only --trials can be changed with --resume.")
            raise InputError(problem, _("Leave the other options out, or search anew."))
        require_resumable(resume, "tune")
        tuning = _resumed(resume, trials, storage)
    else:
        assert what is not None
        changes = changes_of(set_, {"fit.epochs": epochs})
        tuning = _begun(
            what,
            over or [],
            changes,
            target,
            out,
            trials=TRIALS if trials is None else trials,
            seeds=seeds,
            metric=metric,
            seed=seed or 0,
            prune=prune,
            storage=storage or "",
        )
    _follow(tuning, trials if resume is not None else None)
    _finish(tuning, report, as_json)


def _check(trials: int, seeds: int | None, seed: int) -> None:
    """Refuse numbers of trials or seeds that are too small, and a seed that is."""
    if trials < 1:
        raise InputError(_("--trials {count} tries nothing.").format(count=trials), _("Write --trials 30"))
    if seeds is not None and seeds < 1:
        raise InputError(_("--seeds {count} trains nothing.").format(count=seeds), _("Write --seeds 3"))
    if seed < 0:
        raise InputError(_("--seed {seed} is below 0.").format(seed=seed), _("Write --seed 0"))


def _begun(
    what: str,
    over: list[str],
    changes: list[str],
    target: str | None,
    out: Path | None,
    *,
    seeds: int | None,
    metric: str | None,
    storage: str,
    trials: int,
    seed: int,
    prune: bool,
) -> Tuning:
    from neurona.cli.first import train_first
    from neurona.files import check_free, free_path
    from neurona.recipe import Recipe
    from neurona.tuning import Tuning
    from neurona.tuning.space import read

    space = read(over)
    recipe = Recipe.read(what, changes, target)
    space.require_unset(recipe.overridden)
    path = out or free_path(recipe.name)
    check_free(path)
    train_first(recipe)
    tuning = Tuning.begin(
        recipe,
        path,
        over=space.written(),
        trials=trials,
        seeds=seeds or recipe.seeds,
        metric=metric,
        seed=seed,
        prune=prune,
        storage=storage,
    )
    if tuning.search.total < trials:
        text = _("The choices make {count} combinations, fewer than {trials} trials: each is tried once.")
        screen.err.print(text.format(count=tuning.search.total, trials=trials))
    return tuning


def _resumed(path: Path, trials: int | None, storage: str | None) -> Tuning:
    from neurona.tuning import Tuning

    tuning = Tuning.open(path, storage or "")
    if trials is not None and trials < len(tuning.done):
        problem = _("The search {path} has done more trials already: {count}.").format(
            path=path, count=len(tuning.done)
        )
        raise InputError(problem, _("Leave --trials out, or give a larger number."))
    return tuning


def _follow(tuning: Tuning, trials: int | None) -> None:
    from rich.markup import escape

    from neurona.cli.trials import watching

    screen.err.print(escape(_(tuning.recipe.title) if tuning.recipe.title else tuning.recipe.name))
    try:
        passed = tuning.follow(trials=trials)
        if tuning.finished:
            screen.err.print(_("This search has reached its end; --trials N would take it further."))
        with closing(passed), watching(tuning) as watch:
            for event in passed:
                watch.show(event)
        again = tuning.train_best()
        first = next(again, None)
        if first is None:
            return
        screen.err.print(_("Another process has trained the best trial; it is trained here again, to be kept."))
        with screen.watching(first[0].options.epochs, tuning.recipe.name) as bar:
            bar.show(first[1])
            for _fit, epoch in again:
                bar.show(epoch)
    except KeyboardInterrupt:
        say_stopped("tune", tuning.path)
        raise typer.Exit(130) from None
    except OSError as error:
        raise broken_off("tune", tuning.path, error) from error


def _finish(tuning: Tuning, report: bool, as_json: bool) -> None:
    from neurona.cli.trials import show_tuning

    page = None
    run = tuning.best_run
    if report:
        from neurona.look.report import write

        if run is not None:
            write(run)
        page = write(tuning)
    if as_json:
        about = {"run": str(tuning.path), "recipe": tuning.recipe.name}
        typer.echo(json.dumps(jsonable({**about, **tuning.summary()}), ensure_ascii=False))
    else:
        show_tuning(tuning)
        if run is not None:
            screen.out.print(_("Best run: {path}").format(path=run.path))
        if page:
            screen.out.print(_("Report: {path}").format(path=page))
    if tuning.best is None:
        raise _fruitless(tuning)


def _fruitless(tuning: Tuning) -> TrainingError:
    """Return why a search has no best trial, which whoever calls it from a script is to notice."""
    from neurona.look.words import counts_text

    counts = counts_text([trial.outcome for trial in tuning.done])
    problem = _("The search {path} has no best trial, for none is complete ({counts}).")
    reasons = [trial.reason for trial in tuning.done if trial.reason]
    hint = _("Search a smaller range, such as lower learning rates.")
    if any(trial.outcome == "running" for trial in tuning.trials):
        hint = _("Look again when the other processes are done: {command}")
        hint = hint.format(command=resuming("tune", tuning.path))
    elif reasons:
        hint = _("The first that failed: {reason}").format(reason=reasons[0])
    return TrainingError(problem.format(path=tuning.path, counts=counts), hint)
