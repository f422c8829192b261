"""`neurona studio`: the page where a network is built, watched as it learns, and taken away."""

from __future__ import annotations

import contextlib
import signal
from typing import Annotated, Any, NoReturn

import typer

from neurona.cli import leave, screen
from neurona.cli.app import app
from neurona.cli.usage import Command
from neurona.language import _

PORT = 8400


@app.command(
    cls=Command,
    help=_(
        "Open a page where a network is built, watched as it learns, and taken away as PyTorch.\n\n"
        "neurona studio\n\n"
        "neurona studio --host 0.0.0.0 --no-browser"
    ),
)
def studio(
    port: Annotated[int, typer.Option(metavar="N", min=1, max=65535, help=_("The port to listen on."))] = PORT,
    host: Annotated[
        str,
        typer.Option(
            metavar="H",
            help=_("The address to listen on; any but this machine's own asks visitors for the token in the link."),
        ),
    ] = "127.0.0.1",
    visitors: Annotated[
        int | None,
        typer.Option(
            metavar="N",
            min=1,
            help=_("How many may work at the same time, others wait; chosen from memory and cores when left out."),
        ),
    ] = None,
    browser: Annotated[bool, typer.Option(help=_("Open the page in a browser."))] = True,
) -> None:
    from neurona.studio.server import serve

    signal.signal(signal.SIGINT, _stop)  # the usual end; while it serves, what is open is closed before
    serve(host, port, browser=browser, visitors=visitors, loading=_loading, announce=_announce)
    _stop()


def _loading() -> None:
    typer.echo(_("Studio is loading; its address follows in some seconds."), err=True)


def _announce(link: str, shared: bool) -> None:
    screen.out.print(_("Studio: {link}").format(link=link), soft_wrap=True, highlight=False, markup=False)
    if shared:
        screen.err.print(_("Whoever has this link can train here. Give it to those who may, and to nobody else."))
    screen.err.print(_("Stop it with Ctrl-C."))


def _stop(*_signal: Any) -> NoReturn:
    """End at once: an exception in the midst of an import may be swallowed there, and Ctrl-C with it."""
    with contextlib.suppress(RuntimeError):  # in the midst of another sentence
        typer.echo(_("Studio has stopped."), err=True)
    leave(0)
