"""What there is to know without a run: the lists, a net layer by layer, computations opened, claims."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Annotated

import typer

from neurona.cli import screen
from neurona.cli.app import AsJson, Overrides, app
from neurona.cli.usage import Command
from neurona.errors import InputError, nearest
from neurona.files import check_new
from neurona.language import _


@app.command(
    "list",
    cls=Command,
    help=_("Show the recipes, datasets, nets, activations, optimizers, losses and initialisations by name."),
)
def show_lists(
    what: Annotated[
        str | None,
        typer.Argument(
            metavar=_("KIND"), help=_("Show only one kind, such as recipes or datasets."), show_default=False
        ),
    ] = None,
) -> None:
    from neurona.cli.catalogue import KINDS, show

    if what is not None and what not in KINDS:
        raise InputError(_("There is no list of {name!r}.").format(name=what), nearest(what, KINDS))
    for kind in [what] if what else KINDS:
        show(kind)


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
    what: Annotated[
        str, typer.Argument(metavar=_("RECIPE|RUN"), help=_("A recipe, the directory of a run, or blocks."))
    ],
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
            metavar=_("NAME|RUN"),
            help=_("A name, such as reverse-mode, or the directory of a run."),
            show_default=False,
        ),
    ] = None,
    set_: Annotated[
        list[str] | None,
        typer.Option("--set", metavar=_("KEY=VALUE"), help=_("Change an input of a named explanation: --set w0=-1")),
    ] = None,
    sample: Annotated[int | None, typer.Option(metavar="N", help=_("Which sample of a run, from 0."))] = None,
    split: Annotated[
        str | None, typer.Option(metavar=_("SPLIT"), help=_("Where it is from: train, valid or test (the usual)."))
    ] = None,
    full: Annotated[bool, typer.Option("--full", help=_("Show every line and every number of large arrays."))] = False,
    svg: Annotated[Path | None, typer.Option(metavar=_("FILE"), help=_("Write the graph as a picture (SVG)."))] = None,
    html: Annotated[
        Path | None, typer.Option(metavar=_("FILE"), help=_("Write one page with a slider through the steps (HTML)."))
    ] = None,
) -> None:
    from neurona.cli.explain import opened, show, show_names, write

    if what is None:
        show_names()
        return
    for path, option in ((svg, "--svg"), (html, "--html")):
        if path is not None:
            check_new(path, option)
    explanation = opened(what, set_ or [], sample, split)
    if svg is None and html is None:
        show(explanation, full)
    write(explanation, svg, html, full)


@app.command(
    cls=Command,
    help=_(
        "Train every recipe and hold it against the number that it claims; exit with 1 if one falls short.\n\n"
        "neurona claims --only spiral --only wine"
    ),
)
def claims(
    only: Annotated[list[str] | None, typer.Option(metavar=_("RECIPE"), help=_("Check only these recipes."))] = None,
    fast: Annotated[
        bool, typer.Option("--fast", help=_("Leave out the recipes on downloaded data (MNIST, CIFAR-10)."))
    ] = False,
    keep: Annotated[Path | None, typer.Option(metavar=_("DIR"), help=_("Keep the runs in this directory."))] = None,
    as_json: AsJson = False,
) -> None:
    from neurona.cli.claims import check
    from neurona.written import names

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
