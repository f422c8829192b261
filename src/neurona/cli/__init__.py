"""The command line: a thin face over recipes, runs and looks."""

from __future__ import annotations

import atexit
import io
import os
import sys
import warnings
from contextlib import suppress
from typing import NoReturn

from neurona.errors import InputError, NeuronaError, NeuronaWarning
from neurona.imports import load_libraries
from neurona.language import translate_libraries

# Commands that import PyTorch whatever else they are given.
WITH_PYTORCH = {"train", "compare", "tune", "report", "predict", "sample", "landscape", "export", "summary"}


def program() -> NoReturn:
    """Run the command line as a process of its own; see `main`."""
    try:
        main()
        code: object = 0
    except SystemExit as end:
        code = end.code
    except KeyboardInterrupt:  # while the commands were being imported
        code = 130
    leave(code if isinstance(code, int) else 0)


def leave(code: int) -> NoReturn:
    """End the process without taking apart what it imported: with PyTorch that takes half a second."""
    atexit._run_exitfuncs()
    with suppress(BrokenPipeError):
        sys.stdout.flush()
        sys.stderr.flush()
    os._exit(code)


def _write_what_the_place_can_hold() -> None:
    """Replace signs that a pipe or a terminal has no code for, such as an arrow in Windows' cp1252.

    On standard output, where results go, an escape is left in the place of such a sign, so that none is lost.
    """
    for stream, errors in ((sys.stdout, "backslashreplace"), (sys.stderr, "replace")):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors=errors)


def main() -> None:
    """Run the command line.

    It exits with 0, with 2 after a wrong input, with 130 after Ctrl-C, and with 1 after any other failure.
    """
    if WITH_PYTORCH & {*sys.argv[1:2]} and not {"-h", "--help"} & {*sys.argv}:
        load_libraries()
    translate_libraries()
    _write_what_the_place_can_hold()
    from typer import Abort

    from neurona.cli import screen
    from neurona.cli.commands import app
    from neurona.cli.usage import UsageError, explain

    warnings.showwarning = screen.Warnings().show  # type: ignore[assignment]  # the last arguments are not used
    warnings.filterwarnings("always", category=NeuronaWarning)
    try:
        sys.exit(app(standalone_mode=False))
    except UsageError as error:
        wrong = explain(error)
        if wrong:
            screen.show_error(wrong)
        sys.exit(2)
    except NeuronaError as error:
        screen.show_error(error)
        sys.exit(2 if isinstance(error, InputError) else 1)
    except (KeyboardInterrupt, Abort):
        sys.exit(130)
    except OSError as error:
        screen.show_failure(error)
        sys.exit(1)
