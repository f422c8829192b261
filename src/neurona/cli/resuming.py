"""How a run goes on: what to write when it stopped, and what of it may change then."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from shlex import quote
from typing import Any

from neurona.cli import screen
from neurona.errors import InputError, NeuronaError, reason_of
from neurona.language import _
from neurona.override import Override

CAN_CHANGE = {"fit.epochs": "--epochs", "fit.engine": "--engine", "fit.device": "--device"}
SHORT = {**CAN_CHANGE, "fit.seed": "--seed", "net.weights": "--weights"}


def on_the_way(path: Path, changes: list[str], options: Mapping[str, object]) -> dict[str, Any]:
    """Return what changes for the rest of a run, by the names of `Run.resume`.

    Args:
        path: of the run, or of a comparison, which goes on as it is.
        changes: to its recipe, such as "fit.epochs=20".
        options: others, None where they were left out.

    Raises:
        InputError: something is to change that must stay as it was.
    """
    from neurona.compare import Comparison

    asked = [Override.read(change, {}) for change in changes]
    wrong = [name for name, value in options.items() if value is not None]
    if Comparison.is_one(path):
        problem = _("A comparison goes on as it began; {names} cannot be changed with --resume.")
        wrong += [change.key for change in asked]
    else:
        problem = _("A run goes on as it began, and {names} cannot be changed with --resume: only {kept} can.")
        wrong += [change.key for change in asked if change.key not in CAN_CHANGE]
    if wrong:
        names = ", ".join(SHORT.get(key, key) for key in wrong)
        said = problem.format(names=names, kept=", ".join(CAN_CHANGE.values()))
        raise InputError(said, _("Leave the other options out, or train anew."))
    return {change.path[1]: change.value for change in asked}


def say_stopped(command: str, path: Path) -> None:
    """Say, after Ctrl-C, how what `command` ("train" or "tune") left at `path` goes on."""
    screen.err.print("\n" + _("Stopped. Go on with: {command}").format(command=_resuming(command, path)), markup=False)


def broken_off(command: str, path: Path, error: OSError) -> NeuronaError:
    """Return what to say when the system refuses something on the way, mostly because the disk is full."""
    problem = _("Training broke off at {path}: {reason}.").format(path=error.filename or path, reason=reason_of(error))
    hint = _("Put that right; what was kept is whole. Go on then with: {command}")
    return NeuronaError(problem, hint.format(command=_resuming(command, path)))


def _resuming(command: str, path: Path) -> str:
    return f"neurona {command} --resume {quote(str(path))}"
