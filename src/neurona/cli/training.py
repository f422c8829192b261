"""`neurona train`: a recipe or data of one's own, followed on the screen to its end."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.markup import escape

from neurona.cli import screen
from neurona.cli.app import AsJson, Epochs, Overrides, Target, WithReport, app, changes_of
from neurona.cli.resuming import broken_off, on_the_way, require_resumable, say_stopped
from neurona.cli.usage import Command
from neurona.errors import InputError, NeuronaError
from neurona.files import jsonable
from neurona.imports import swift
from neurona.language import _
from neurona.result import kind_of

if TYPE_CHECKING:
    from neurona.compare import Comparison
    from neurona.data import Dataset
    from neurona.fit.fit import Fit
    from neurona.look.writer import Writer
    from neurona.recipe import Recipe
    from neurona.run import Run

What = Annotated[
    str | None,
    typer.Argument(
        metavar=_("RECIPE|FILE|FOLDER"),
        help=_(
            "A recipe that `neurona list` shows, the path of a recipe (.toml), a table (.csv, .tsv, .parquet), a text "
            "(.txt), or a folder with a sub-folder of pictures for each class."
        ),
        show_default=False,
    ),
]


@app.command(
    cls=Command,
    help=_(
        "Train a recipe, or a net on data of your own (a table, pictures, a text), and leave a run with a report.\n\n"
        "neurona train spiral\n\n"
        "neurona train wine --epochs 50 --set fit.lr=0.1\n\n"
        "neurona train houses.csv --target price\n\n"
        "neurona train photos/\n\n"
        "neurona train book.txt\n\n"
        "neurona train --resume runs/spiral-…"
    ),
)
def train(
    what: What = None,
    target: Target = None,
    set_: Overrides = None,
    epochs: Epochs = None,
    seed: Annotated[
        int | None,
        typer.Option(metavar="N", help=_("Of the weights, the order of the samples and dropout (fit.seed).")),
    ] = None,
    device: Annotated[
        str | None, typer.Option(metavar="D", help=_("cpu, cuda or mps (fit.device); chosen by itself when left out."))
    ] = None,
    engine: Annotated[
        str | None,
        typer.Option(
            metavar="E",
            help=_(
                "torch, compiled for dense nets as native code, graph for steps recorded on CUDA, or glass for "
                "Neurona's own library on NumPy (fit.engine); chosen by itself when left out."
            ),
        ),
    ] = None,
    out: Annotated[
        Path | None, typer.Option(metavar=_("DIR"), help=_("The directory of the run; else runs/NAME-TIME."))
    ] = None,
    resume: Annotated[
        Path | None, typer.Option(metavar=_("RUN"), help=_("Go on with a run that was interrupted."))
    ] = None,
    weights: Annotated[
        Path | None,
        typer.Option(
            metavar=_("FILE"),
            help=_(
                "What the trunk of a net of kind transfer starts from (net.weights): a file of safetensors or of "
                "PyTorch, or a run."
            ),
        ),
    ] = None,
    report: WithReport = True,
    as_json: AsJson = False,
) -> None:
    if what is not None and resume is not None:
        problem = _("{what} begins a run and --resume goes on with one: only one of them at a time.").format(what=what)
        raise InputError(problem, _("Write `neurona train spiral`, or `neurona train --resume RUN`."))
    if what is None and resume is None:
        problem = _("Say what to train: a recipe or a table, or a run to resume.")
        raise InputError(problem, _("Write `neurona train spiral`, or `neurona train --resume RUN`."))
    shorthands = {
        "fit.epochs": epochs,
        "fit.seed": seed,
        "fit.device": device,
        "fit.engine": engine,
        "net.weights": weights.absolute() if weights else None,
    }
    changes = changes_of(set_, shorthands)
    if resume is not None:
        require_resumable(resume, "train")
        outcome = resumed(resume, on_the_way(resume, changes, {"--out": out, "--target": target}), report)
    else:
        from neurona.recipe import Recipe

        assert what is not None
        recipe = Recipe.read(what, changes, target)
        if weights is not None and recipe.net.get("kind", "transfer") != "transfer":
            from neurona.cli.first import no_place_for

            raise no_place_for(weights, recipe)
        outcome = start(recipe, out, report)
    finish(outcome, report, as_json)


@dataclass(frozen=True)
class Outcome:
    """What was trained, and who can write its report; None where nobody got ready for it."""

    result: Run | Comparison
    writer: Writer | None = None


def start(recipe: Recipe, out: Path | None, report: bool = False, lanes: int | None = None) -> Outcome:
    """Train a recipe, or all that it compares, into `out` or a new directory in runs/.

    Args:
        recipe: what to train.
        out: where to.
        report: get ready to write the report of a run while it trains.
        lanes: how many runs of a comparison train side by side.
    """
    with swift():
        from neurona.cli.first import train_first
        from neurona.compare import Comparison
        from neurona.files import check_free, free_path, reserved_path
        from neurona.run import Run

    check_free(out or free_path(recipe.name))
    train_first(recipe)
    if recipe.vary or recipe.seeds > 1:
        return _follow_comparison(Comparison.begin(recipe, out or free_path(recipe.name), lanes), lanes)
    with swift(), screen.reading():
        data = recipe.load()
    with _ready_to_write(data, report) as writer:
        with swift():
            fit = recipe.start(data)
        if recipe.title:
            screen.err.print(_(recipe.title))
        for note in fit.data.notes:
            screen.err.print(f"• {escape(note)}")
        return _follow(Run.begin(fit, out or reserved_path(recipe.name), recipe), fit, writer)


def resumed(
    path: Path, changes: Mapping[str, Any] | None = None, report: bool = False, lanes: int | None = None
) -> Outcome:
    """Go on with a run, or with a comparison, to its end; `changes` are those that `Run.resume` takes."""
    with swift():
        from neurona.compare import Comparison
        from neurona.run import Run

    if kind_of(path) == "comparison":
        comparison = Comparison(path)
        if comparison.finished:
            screen.err.print(_("This comparison has reached its end."))
        return _follow_comparison(comparison, lanes)
    run = Run.open(path)
    with screen.reading():
        fit = run.resume(**(changes or {}))
    if run.finished and fit.stopped_early:
        screen.err.print(_("This run has stopped early (fit.patience) and is at its end."))
        return Outcome(run)
    if run.finished and fit.epoch >= fit.options.epochs:
        screen.err.print(_("This run has reached its end; --epochs N would train it further."))
        return Outcome(run)
    with _ready_to_write(fit.data, report) as writer:
        return _follow(run, fit, writer)


@contextmanager
def _ready_to_write(data: Dataset, report: bool) -> Iterator[Writer | None]:
    """Hand out who gets ready to write the report of a run on `data`, and do without when the block fails."""
    from neurona.look.writer import Writer

    writer = Writer(data) if report else None
    try:
        yield writer
    except BaseException:
        if writer:
            writer.dismiss()
        raise


def _follow(run: Run, fit: Fit, writer: Writer | None) -> Outcome:
    try:
        with screen.watching(fit.options.epochs, run.recipe.name) as watch:
            for epoch in run.follow(fit):
                watch.show(epoch)
        return Outcome(run.finish(fit), writer)
    except KeyboardInterrupt:
        say_stopped("train", run.path)
    except NeuronaError:
        _say_what_is_kept(run)
        raise
    except OSError as error:
        raise broken_off("train", run.path, error) from error
    raise typer.Exit(130)


def _follow_comparison(comparison: Comparison, lanes: int | None = None) -> Outcome:
    recipe = comparison.recipe
    screen.err.print(_(recipe.title) if recipe.title else recipe.name)
    try:
        with screen.watching_several(comparison.missing, recipe.name) as watches:
            for part, epoch in comparison.follow(lanes):
                watches.show(part, epoch)
    except KeyboardInterrupt:
        say_stopped("compare", comparison.path)
        raise typer.Exit(130) from None
    except OSError as error:
        raise broken_off("compare", comparison.path, error) from error
    return Outcome(comparison)


def _say_what_is_kept(run: Run) -> None:
    rows = run.rows
    last = rows[-1]["epoch"] if rows else 0
    screen.err.print(_("{path} keeps the last good checkpoint, of epoch {epoch}.").format(path=run.path, epoch=last))


def finish(outcome: Outcome, report: bool, as_json: bool) -> None:
    """Print the results for people or for programs, and write the report."""
    from neurona.run import Run

    result = outcome.result
    if not as_json and isinstance(result, Run):
        from neurona.look.findings import findings

        screen.show_run(result)
        screen.show_sentences(findings(result))
    page = _write(outcome) if report else None
    if as_json:
        typer.echo(json.dumps(jsonable(_as_dict(result)), ensure_ascii=False))
        return
    if not isinstance(result, Run):
        screen.show_comparison(result)
    screen.out.print(_("Run: {path}").format(path=result.path))
    if page:
        screen.out.print(_("Report: {path}").format(path=page))


def _write(outcome: Outcome) -> Path:
    from neurona.run import Run

    if outcome.writer and isinstance(outcome.result, Run):
        return outcome.writer.write(outcome.result)
    from neurona.look.report import write

    return write(outcome.result)


def _as_dict(result: Run | Comparison) -> dict[str, Any]:
    from neurona.run import Run

    about = {"run": str(result.path), "recipe": result.recipe.name}
    return {**about, **(result.metrics if isinstance(result, Run) else result.summary())}
