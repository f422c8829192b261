"""The command line's application, and the arguments that several commands take."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer

from neurona.cli.usage import Group
from neurona.language import _

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

RunPath = Annotated[Path, typer.Argument(metavar=_("RUN"), help=_("The directory of a run, such as runs/spiral-…"))]
Overrides = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        metavar=_("KEY=VALUE"),
        help=_("Change anything in the recipe: --set fit.lr=0.1 --set net.hidden='[50, 50]'"),
    ),
]
Epochs = Annotated[int | None, typer.Option(metavar="N", help=_("Passes over the training samples (fit.epochs)."))]
Target = Annotated[str | None, typer.Option(metavar=_("COLUMN"), help=_("The column of the table to predict."))]
WithReport = Annotated[bool, typer.Option("--report/--no-report", help=_("Write pictures and report.html at the end."))]
AsJson = Annotated[bool, typer.Option("--json", help=_("Make the last line on standard output one JSON object."))]


def changes_of(overrides: list[str] | None, shorthands: Mapping[str, object]) -> list[str]:
    """Return the changes that `--set` and its shorthands, such as {"fit.epochs": 3}, make to a recipe."""
    return [*(overrides or []), *(f"{key}={value}" for key, value in shorthands.items() if value is not None)]


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
