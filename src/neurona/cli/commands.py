"""The commands: each reads its arguments, calls the library, and shows what came back."""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TextIO

import typer
from rich.markup import escape

from neurona.cli import screen
from neurona.cli.usage import Command, Group
from neurona.errors import InputError, NeuronaError, nearest
from neurona.files import jsonable
from neurona.language import _

if TYPE_CHECKING:
    from neurona.compare import Comparison
    from neurona.fit.loop import Fit
    from neurona.recipe import Recipe
    from neurona.run import Run

app = typer.Typer(
    name="neurona",
    cls=Group,
    help=_(
        "An open laboratory for neural networks: train any of the classic networks, watch it learn, open it, and take "
        "it away as plain PyTorch.\n\nStart with: neurona train spiral"
    ),
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

What = Annotated[
    str | None,
    typer.Argument(
        metavar="RECIPE|FILE|FOLDER",
        help=_(
            "A recipe that `neurona list` shows, the path of a recipe (.toml), a table (.csv, .tsv, .parquet), a text "
            "(.txt), or a folder with a sub-folder of pictures for each class."
        ),
        show_default=False,
    ),
]
RunPath = Annotated[Path, typer.Argument(metavar="RUN", help=_("The directory of a run, such as runs/spiral-…"))]
Overrides = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        metavar="KEY=VALUE",
        help=_("Change anything in the recipe: --set fit.lr=0.1 --set net.hidden='[50, 50]'"),
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help=_("Make the last line on standard output one JSON object."))]


def _version(wanted: bool) -> None:
    if wanted:
        from neurona import __version__

        typer.echo(f"neurona {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help=_("Print the version and leave."))
    ] = False,
) -> None:
    pass


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
    target: Annotated[str | None, typer.Option(metavar="COLUMN", help=_("The column of the table to predict."))] = None,
    set_: Overrides = None,
    epochs: Annotated[
        int | None, typer.Option(metavar="N", help=_("Passes over the training samples (fit.epochs)."))
    ] = None,
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
                "torch, compiled for dense nets as native code, or glass for Neurona's own library on NumPy "
                "(fit.engine); chosen by itself when left out."
            ),
        ),
    ] = None,
    out: Annotated[
        Path | None, typer.Option(metavar="DIR", help=_("The directory of the run; else runs/NAME-TIME."))
    ] = None,
    resume: Annotated[
        Path | None, typer.Option(metavar="RUN", help=_("Go on with a run that was interrupted."))
    ] = None,
    weights: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help=_(
                "What the trunk of a net of kind transfer starts from (net.weights): a file of safetensors or of "
                "PyTorch, or a run."
            ),
        ),
    ] = None,
    report: Annotated[bool, typer.Option(help=_("Write pictures and report.html at the end."))] = True,
    as_json: AsJson = False,
) -> None:
    if (what is None) == (resume is None):
        problem = _("Say what to train: a recipe or a table, or a run to resume.")
        raise InputError(problem, _("Write `neurona train spiral`, or `neurona train --resume RUN`."))
    shorthands = {
        "fit.epochs": epochs,
        "fit.seed": seed,
        "fit.device": device,
        "fit.engine": engine,
        "net.weights": weights.absolute() if weights else None,
    }
    changes = [*(set_ or []), *(f"{key}={value}" for key, value in shorthands.items() if value is not None)]
    result: Run | Comparison
    if resume is not None:
        result = _resume(resume, changes, epochs, out, target)
    else:
        from neurona.recipe import Recipe

        assert what is not None
        recipe = Recipe.read(what, changes, target)
        if weights is not None and recipe.net.get("kind") != "transfer":
            problem = _("--weights is for a net of kind transfer, and this one is {kind!r}.")
            hint = _("Write --set net.kind=transfer --set net.trunk=resnet18 too.")
            raise InputError(problem.format(kind=recipe.net.get("kind")), hint)
        result = _start(recipe, out)
    _end(result, report, as_json)


def _start(recipe: Recipe, out: Path | None) -> Run | Comparison:
    from neurona.cli.first import train_first
    from neurona.compare import Comparison
    from neurona.files import check_free, free_path, reserved_path
    from neurona.run import Run

    check_free(out or free_path(recipe.name))
    train_first(recipe)
    if recipe.vary or recipe.seeds > 1:
        return _follow_comparison(Comparison.begin(recipe, out or free_path(recipe.name)))
    fit = recipe.start()
    if recipe.title:
        screen.err.print(_(recipe.title))
    for note in fit.data.notes:
        screen.err.print(f"• {escape(note)}")
    return _follow(Run.begin(fit, out or reserved_path(recipe.name), recipe), fit)


def _resume(
    path: Path, changes: list[str], epochs: int | None, out: Path | None, target: str | None
) -> Run | Comparison:
    from neurona.compare import Comparison
    from neurona.run import Run

    if out is not None or target is not None or len(changes) > (epochs is not None):
        problem = _("A run goes on as it began; only --epochs can be changed with --resume.")
        raise InputError(problem, _("Leave the other options out, or train anew."))
    if Comparison.is_one(path):
        if epochs is not None:
            problem = _("A comparison goes on as it began; --epochs cannot be changed with --resume.")
            raise InputError(problem, _("Leave the other options out, or train anew."))
        comparison = Comparison(path)
        if comparison.finished:
            screen.err.print(_("This comparison has reached its end."))
        return _follow_comparison(comparison)
    run = Run.open(path)
    fit = run.resume(epochs)
    if run.finished and fit.stopped_early:
        screen.err.print(_("This run has stopped early (fit.patience) and is at its end."))
        return run
    if run.finished and fit.epoch >= fit.options.epochs:
        screen.err.print(_("This run has reached its end; --epochs N would train it further."))
        return run
    return _follow(run, fit)


def _follow(run: Run, fit: Fit) -> Run:
    try:
        with screen.watching(fit.options.epochs, run.recipe.name) as watch:
            for epoch in run.follow(fit):
                watch.show(epoch)
        return run.finish(fit)
    except KeyboardInterrupt:
        _say_how_to_resume(run.path)
    except NeuronaError:
        _say_what_is_kept(run)
        raise
    raise typer.Exit(130)


def _follow_comparison(comparison: Comparison) -> Comparison:
    recipe = comparison.recipe
    screen.err.print(_(recipe.title) if recipe.title else recipe.name)
    passed = comparison.follow()
    try:
        event = next(passed, None)
        while event is not None:
            variant, seed, fit, _epoch = event
            with screen.watching(
                fit.options.epochs, _("{variant}, seed {seed}").format(variant=variant.label or recipe.name, seed=seed)
            ) as watch:
                while event is not None and event[2] is fit:
                    watch.show(event[3])
                    event = next(passed, None)
    except KeyboardInterrupt:
        _say_how_to_resume(comparison.path)
        raise typer.Exit(130) from None
    return comparison


def _say_how_to_resume(path: Path) -> None:
    screen.err.print("\n" + _("Stopped. Go on with: neurona train --resume {path}").format(path=path))


def _say_what_is_kept(run: Run) -> None:
    rows = run.rows
    last = rows[-1]["epoch"] if rows else 0
    screen.err.print(_("{path} keeps the last good checkpoint, of epoch {epoch}.").format(path=run.path, epoch=last))


def _end(result: Run | Comparison, report: bool, as_json: bool) -> None:
    """Write the report, and print the results for people or for programs."""
    from neurona.run import Run

    page = None
    if report:
        from neurona.look.report import write

        page = write(result)
    if as_json:
        typer.echo(json.dumps(jsonable(_as_dict(result)), ensure_ascii=False))
        return
    if isinstance(result, Run):
        from neurona.look.findings import findings

        screen.show_run(result)
        screen.show_sentences(findings(result))
    else:
        screen.show_comparison(result)
    screen.out.print(_("Run: {path}").format(path=result.path))
    if page:
        screen.out.print(_("Report: {path}").format(path=page))


def _as_dict(result: Run | Comparison) -> dict[str, Any]:
    from neurona.run import Run

    about = {"run": str(result.path), "recipe": result.recipe.name}
    return {**about, **(result.metrics if isinstance(result, Run) else result.summary())}


@app.command(
    "list",
    cls=Command,
    help=_("Show the recipes, datasets, nets, activations, optimizers, losses and initialisations by name."),
)
def show_lists(
    what: Annotated[
        str | None,
        typer.Argument(metavar="KIND", help=_("Show only one kind, such as recipes or datasets."), show_default=False),
    ] = None,
) -> None:
    from neurona.cli.catalogue import KINDS, show

    if what is not None and what not in KINDS:
        raise InputError(_("There is no list of {name!r}.").format(name=what), nearest(what, KINDS))
    for kind in [what] if what else KINDS:
        show(kind)


@app.command(
    cls=Command, help=_("Write the report of a run again, report.html and its pictures, in the language in use.")
)
def report(run: RunPath) -> None:
    from neurona.look.report import write

    screen.out.print(str(write(_opened(run))))


@app.command(
    cls=Command,
    help=_(
        "Predict with a trained run for the rows of a table, for a picture, or for all pictures in a folder: classes "
        "and probabilities, or values, as CSV.\n\n"
        "neurona predict runs/wine-… new-wines.csv --out answers.csv\n\n"
        "neurona predict runs/photos-… holiday/\n\n"
        "neurona predict runs/reviews-… --text 'Good and cheap'"
    ),
)
def predict(
    run: RunPath,
    file: Annotated[
        Path | None,
        typer.Argument(
            metavar="FILE|FOLDER",
            help=_(
                "A table with the columns of the training table; for a net that sees pictures, a picture or a folder."
            ),
            show_default=False,
        ),
    ] = None,
    text: Annotated[
        str | None, typer.Option(metavar="TEXT", help=_("A text instead, for a net that was trained on texts."))
    ] = None,
    out: Annotated[Path | None, typer.Option(metavar="FILE", help=_("Where to write; else standard output."))] = None,
    set_: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            metavar="KEY=VALUE",
            help=_(
                "How the table is written: data.missing, data.delimiter, data.decimal or data.encoding. For pictures: "
                "data.invert=true turns light and dark round."
            ),
        ),
    ] = None,
) -> None:
    from neurona.files import write_whole
    from neurona.predict import write_csv
    from neurona.run import Run
    from neurona.texts import predict_text

    opened, reading = Run.open(run), _reading(set_ or [])
    if (file is None) == (text is None):
        raise InputError(_("Say what to predict: a file, a folder or a text."), _("Write: neurona predict RUN FILE"))

    def write_to(stream: TextIO) -> None:
        if text is not None:
            predict_text(opened, text).to_csv(stream, index=False, lineterminator="\n")
        elif file is not None:
            write_csv(opened, file, stream, reading)

    if out is None:
        write_to(sys.stdout)
        return
    _require_new(out)

    def write(aside: Path) -> None:
        with aside.open("w", encoding="utf-8", newline="") as stream:
            write_to(stream)

    write_whole(out, write)
    screen.err.print(str(out))


@app.command(
    cls=Command,
    help=_(
        "Let a net that was trained on a text write one.\n\n"
        "neurona train book.txt\n\n"
        "neurona sample runs/book-… --prompt 'Once upon a time' --temperature 0.7"
    ),
)
def sample(
    run: RunPath,
    length: Annotated[int, typer.Option(metavar="N", help=_("Characters (or words) to write."))] = 500,
    prompt: Annotated[str, typer.Option(metavar="TEXT", help=_("What the text begins with."))] = "",
    temperature: Annotated[
        float, typer.Option(metavar="T", help=_("Below 1 more careful, above 1 bolder; 0 takes the likeliest always."))
    ] = 1.0,
    seed: Annotated[int, typer.Option(metavar="N", help=_("Of the draws."))] = 0,
) -> None:
    from neurona.cli.sample import show

    show(run, length, prompt, temperature, seed)


@app.command(
    cls=Command,
    help=_(
        "Show the loss around the trained weights of a run, on a plane of two directions, with the path that training "
        "took: landscape.png and landscape.csv in its directory, and in its report from then on.\n\n"
        "neurona landscape runs/spiral-…\n\n"
        "neurona landscape runs/spiral-… --directions path"
    ),
)
def landscape(
    run: RunPath,
    steps: Annotated[
        int,
        typer.Option(metavar="N", help=_("Points of the grid in each direction; the net is evaluated N x N times.")),
    ] = 25,
    span: Annotated[
        float,
        typer.Option(
            metavar="S",
            help=_(
                "How far the grid goes to each side: 1 is as far as the weights are large, or a quarter farther than "
                "the path goes."
            ),
        ),
    ] = 1.0,
    directions: Annotated[
        str,
        typer.Option(
            metavar="random|path",
            help=_(
                "Two random directions, filter-normalised, or those in which the path of training is widest, for a run "
                "with snapshots (fit.snapshots)."
            ),
        ),
    ] = "random",
    seed: Annotated[int, typer.Option(metavar="N", help=_("Of the random directions and the draw of samples."))] = 0,
    samples: Annotated[
        int, typer.Option(metavar="N", help=_("The loss is the mean over at most so many samples."))
    ] = 1000,
    split: Annotated[str, typer.Option(metavar="SPLIT", help=_("train, valid or test."))] = "train",
    device: Annotated[
        str, typer.Option(metavar="D", help=_("cpu, cuda or mps; auto takes the fastest that is there."))
    ] = "auto",
) -> None:
    from neurona.cli.landscape import show

    options = {"steps": steps, "span": span, "directions": directions, "seed": seed, "samples": samples, "split": split}
    show(run, device=device, **options)


def _reading(changes: list[str]) -> dict[str, Any]:
    """Return how a table is to be read, from changes such as "data.delimiter=;"."""
    from neurona.predict import READING
    from neurona.recipe import apply

    raw: dict[str, Any] = {}
    for change in changes:
        apply(raw, change)
    given: dict[str, Any] = raw.pop("data", {})
    unknown = [*raw, *(f"data.{key}" for key in given if key not in READING)]
    if unknown:
        problem = _("{key} cannot be set for a prediction.").format(key=unknown[0])
        raise InputError(problem, nearest(unknown[0], [f"data.{key}" for key in READING]))
    return given


@app.command(
    cls=Command,
    help=_(
        "Take a trained net away: as one plain PyTorch file that needs nothing of ours, or as ONNX.\n\n"
        "neurona export runs/spiral-… --to pytorch"
    ),
)
def export(
    run: RunPath,
    to: Annotated[str, typer.Option(metavar="pytorch|onnx", help=_("The form to export to."))] = "pytorch",
    out: Annotated[Path | None, typer.Option(metavar="FILE", help=_("Where to write; else beside you."))] = None,
) -> None:
    from neurona.export import FORMS
    from neurona.run import Run

    opened = Run.open(run)
    if to not in FORMS:
        raise InputError(_("There is no form {name!r} to export to.").format(name=to), nearest(to, FORMS))
    path = out or Path(f"{opened.recipe.name}{FORMS[to].suffix}")
    _require_new(path)
    screen.err.print(FORMS[to].write(opened, path))
    screen.out.print(str(path))


@app.command(
    cls=Command,
    help=_(
        "Train every recipe and hold it against the number that it claims; exit with 1 if one falls short.\n\n"
        "neurona claims --only spiral --only wine"
    ),
)
def claims(
    only: Annotated[list[str] | None, typer.Option(metavar="RECIPE", help=_("Check only these recipes."))] = None,
    fast: Annotated[bool, typer.Option("--fast", help=_("Leave out the recipes on downloaded data (MNIST)."))] = False,
    keep: Annotated[Path | None, typer.Option(metavar="DIR", help=_("Keep the runs in this directory."))] = None,
    as_json: AsJson = False,
) -> None:
    from neurona.cli.claims import check
    from neurona.recipe import names

    chosen = only or names()
    for name in chosen:
        if name not in names():
            raise InputError(_("There is no recipe called {name!r}.").format(name=name), nearest(name, names()))
    with tempfile.TemporaryDirectory() as folder:
        results = check(chosen, keep or Path(folder), fast=fast)
    short = [result for result in results if result["holds"] is False]
    if as_json:
        typer.echo(json.dumps({"claims": results, "short": len(short)}, ensure_ascii=False))
    else:
        held = sum(result["holds"] is True for result in results)
        screen.out.print(_("{held} of {total} claims hold.").format(held=held, total=held + len(short)))
        if unchecked := len(results) - held - len(short):
            screen.out.print(_("{count} could not be checked.").format(count=unchecked))
    raise typer.Exit(1 if short else 0)


@app.command(
    cls=Command,
    help=_(
        "Show a net layer by layer: shapes, parameters, operations and receptive fields.\n\n"
        "neurona summary spiral --set net.hidden='[50, 50]'\n\n"
        "neurona summary runs/spiral-…\n\n"
        "neurona summary blocks     (the building blocks of known architectures, side by side)"
    ),
)
def summary(
    what: Annotated[str, typer.Argument(metavar="RECIPE|RUN", help=_("A recipe, the directory of a run, or blocks."))],
    set_: Overrides = None,
) -> None:
    from neurona.cli.summary import show

    show(what, set_ or [])


@app.command(
    cls=Command,
    help=_(
        "Open a computation so that each number can be read: forward values, local derivatives, gradients; by name, or "
        "one sample of a trained run. Without a name, show what there is.\n\n"
        "neurona explain reverse-mode\n\n"
        "neurona explain backprop-2-2-1 --set x1=0.5 --html page.html\n\n"
        "neurona explain runs/spiral-… --sample 3"
    ),
)
def explain(
    what: Annotated[
        str | None,
        typer.Argument(
            metavar="NAME|RUN", help=_("A name, such as reverse-mode, or the directory of a run."), show_default=False
        ),
    ] = None,
    set_: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="KEY=VALUE", help=_("Change an input of a named explanation: --set w0=-1")),
    ] = None,
    sample: Annotated[int | None, typer.Option(metavar="N", help=_("Which sample of a run, from 0."))] = None,
    split: Annotated[
        str | None, typer.Option(metavar="SPLIT", help=_("Where it is from: train, valid or test (the usual)."))
    ] = None,
    full: Annotated[bool, typer.Option("--full", help=_("Show every line and every number of large arrays."))] = False,
    svg: Annotated[Path | None, typer.Option(metavar="FILE", help=_("Write the graph as a picture (SVG)."))] = None,
    html: Annotated[
        Path | None, typer.Option(metavar="FILE", help=_("Write one page with a slider through the steps (HTML)."))
    ] = None,
) -> None:
    from neurona.cli.explain import opened, show, show_names, write

    if what is None:
        show_names()
        return
    for path, option in ((svg, "--svg"), (html, "--html")):
        if path is not None:
            _require_new(path, option)
    explanation = opened(what, set_ or [], sample, split)
    if svg is None and html is None:
        show(explanation, full)
    write(explanation, svg, html, full)


def _opened(path: Path) -> Run | Comparison:
    from neurona.compare import Comparison
    from neurona.run import Run

    return Comparison(path) if Comparison.is_one(path) else Run.open(path)


def _require_new(path: Path, option: str = "--out") -> None:
    if path.is_file():
        hint = _("Name another file with {option} FILE.").format(option=option)
        raise InputError(_("{path} exists already.").format(path=path), hint)
    if path.is_dir() or not path.absolute().parent.is_dir():
        problem = _("{path} cannot be written: its folder is not there, or it is a folder.").format(path=path)
        raise InputError(problem, _("Name a file in a folder that exists with {option} FILE.").format(option=option))
