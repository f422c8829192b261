"""What a finished run offers: its report, predictions, a text of its own, its landscape, and a file to take away."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Any, TextIO

import typer

from neurona.cli import screen
from neurona.cli.app import RunPath, app
from neurona.cli.usage import Command
from neurona.errors import InputError, nearest
from neurona.files import check_new
from neurona.language import _


@app.command(
    cls=Command,
    help=_(
        "Write the report of a run again, report.html and its pictures, in the language in use.\n\n"
        "neurona report runs/digits-cnn2-… --sample 7"
    ),
)
def report(
    run: RunPath,
    sample: Annotated[
        int | None,
        typer.Option(metavar="N", help=_("Which sample the report opens, forward and backward, from 0.")),
    ] = None,
    split: Annotated[
        str | None, typer.Option(metavar=_("SPLIT"), help=_("Where it is from: train, valid or test (the usual)."))
    ] = None,
) -> None:
    from neurona import result as results
    from neurona.look.looks import Looks
    from neurona.look.report import write
    from neurona.run import Run

    result = results.open(run)
    wanted = None if sample is None and split is None else (sample or 0, split or "test")
    if wanted and not isinstance(result, Run):
        problem = _("--sample and --split choose a sample of a run, and {name} is none.").format(name=run)
        raise InputError(problem, _("Name one of the runs in it."))
    looks = Looks(result)
    path = write(result, wanted, looks)
    for reason in looks.lacks:
        screen.err.print(reason, markup=False)
    if looks.lacks:
        screen.err.print(_("Figures and tables that need what is missing are left out of this report."))
    screen.out.print(str(path))


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
            metavar=_("FILE|FOLDER"),
            help=_(
                "A table with the columns of the training table; for a net that sees pictures, a picture or a folder."
            ),
            show_default=False,
        ),
    ] = None,
    text: Annotated[
        str | None, typer.Option(metavar=_("TEXT"), help=_("A text instead, for a net that was trained on texts."))
    ] = None,
    out: Annotated[
        Path | None, typer.Option(metavar=_("FILE"), help=_("Where to write; else standard output."))
    ] = None,
    set_: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            metavar=_("KEY=VALUE"),
            help=_(
                "How the table is written: data.missing, data.delimiter, data.decimal or data.encoding. For pictures: "
                "data.invert=true turns light and dark round."
            ),
        ),
    ] = None,
) -> None:
    from neurona.files import write_whole
    from neurona.predict import require_answers, write_csv
    from neurona.run import Run
    from neurona.texts import predict_text

    opened, reading = Run.open(run), _reading(set_ or [])
    if file is not None and text is not None:
        raise InputError(_("A file and --text are given, and only one can be predicted."), _("Give one or the other."))
    if file is None and text is None:
        raise InputError(_("Say what to predict: a file, a folder or a text."), _("Write: neurona predict RUN FILE"))

    require_answers(opened)

    def write_to(stream: TextIO) -> None:
        if text is not None:
            predict_text(opened, text).to_csv(stream, index=False, lineterminator="\n")
        elif file is not None:
            write_csv(opened, file, stream, reading)

    if out is None:
        write_to(sys.stdout)
        return
    check_new(out)

    def write(aside: Path) -> None:
        with aside.open("w", encoding="utf-8", newline="") as stream:
            write_to(stream)

    write_whole(out, write)
    screen.err.print(str(out))


def _reading(changes: list[str]) -> dict[str, Any]:
    """Return how a table is to be read, from changes such as "data.delimiter=;"."""
    from neurona.override import Override
    from neurona.predict import READING

    raw: dict[str, Any] = {}
    asked = [Override.read(change, {"data": READING}) for change in changes]
    for change in asked:
        change.apply(raw)
    given: dict[str, Any] = raw.get("data", {})
    unknown = [change.key for change in asked if change.path[0] != "data" or change.path[1] not in READING]
    if unknown:
        problem = _("{key} cannot be set for a prediction.").format(key=unknown[0])
        raise InputError(problem, nearest(unknown[0], [f"data.{key}" for key in READING]))
    return given


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
    prompt: Annotated[str, typer.Option(metavar=_("TEXT"), help=_("What the text begins with."))] = "",
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
    split: Annotated[str, typer.Option(metavar=_("SPLIT"), help=_("train, valid or test."))] = "train",
    device: Annotated[
        str, typer.Option(metavar="D", help=_("cpu, cuda or mps; auto takes the fastest that is there."))
    ] = "auto",
) -> None:
    from neurona.cli.landscape import show

    options = {"steps": steps, "span": span, "directions": directions, "seed": seed, "samples": samples, "split": split}
    show(run, device=device, **options)


@app.command(
    cls=Command,
    help=_(
        "Take a trained net away: as one plain PyTorch file that needs nothing of ours, or as ONNX.\n\n"
        "neurona export runs/spiral-… --to pytorch"
    ),
)
def export(
    run: RunPath,
    to: Annotated[
        str | None,
        typer.Option(
            metavar="pytorch|onnx", help=_("The form; else what the name of FILE ends with says, or pytorch.")
        ),
    ] = None,
    out: Annotated[Path | None, typer.Option(metavar=_("FILE"), help=_("Where to write; else beside you."))] = None,
) -> None:
    from neurona.export import export
    from neurona.run import Run

    path, said = export(Run.open(run), out, to)
    screen.err.print(said)
    screen.out.print(str(path))
