"""How a run goes on: what to write when it stopped, and what of it may change then."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from shlex import quote
from typing import Any

from neurona.cli import screen
from neurona.errors import InputError, NeuronaError, nearest, reason_of
from neurona.language import _
from neurona.override import Override
from neurona.result import kind_of

# By what each kind of directory goes on, the command that made it first.
RESUMED_BY = {"run": ("train",), "comparison": ("compare", "train"), "search": ("tune",)}
CAN_CHANGE = {"fit.epochs": "--epochs", "fit.engine": "--engine", "fit.device": "--device"}
SHORT = {**CAN_CHANGE, "fit.seed": "--seed", "net.weights": "--weights"}


def require_resumable(path: Path, command: str) -> None:
    """Refuse what `neurona COMMAND --resume` does not go on with.

    Raises:
        InputError: at `path` is something else, or nothing; it says what is there and which command goes on with it.
    """
    kind, wanted = kind_of(path), [kind for kind, takes in RESUMED_BY.items() if command in takes]
    if kind in wanted:
        return
    whole = next((parent for parent in path.parents if kind_of(parent) in (wanted if kind else RESUMED_BY)), None)
    if whole is not None:
        problem = _("{path} is a part of {whole}.").format(path=path, whole=whole)
        raise InputError(problem, _go_on(whole))
    if kind:
        problem = {
            "run": _("{path} is a single run."),
            "comparison": _("{path} is a comparison of several runs."),
            "search": _("{path} is a search of many trials."),
        }[kind]
        raise InputError(problem.format(path=path), _go_on(path))
    problem = {
        "train": _("There is no run at {path}."),
        "compare": _("There is no comparison at {path}."),
        "tune": _("There is no search at {path}."),
    }[command]
    folder = path if path.is_dir() else path.parent
    there = [str(one) for one in folder.iterdir() if kind_of(one) in wanted] if folder.is_dir() else []
    hint = _("Give a directory that `neurona {command}` has made.").format(command=command)
    raise InputError(problem.format(path=path), nearest(str(path), there) or hint)


def _go_on(path: Path) -> str:
    command = RESUMED_BY[kind_of(path)][0]
    return _("Go on with: {command}").format(command=resuming(command, path))


def on_the_way(path: Path, changes: list[str], options: Mapping[str, object]) -> dict[str, Any]:
    """Return what changes for the rest of a run, by the names of `Run.resume`.

    Args:
        path: of the run, or of a comparison, which goes on as it is.
        changes: to its recipe, such as "fit.epochs=20".
        options: others, None where they were left out.

    Raises:
        InputError: something is to change that must stay as it was.
    """
    asked = [Override.read(change, {}) for change in changes]
    wrong = [name for name, value in options.items() if value is not None]
    if kind_of(path) == "comparison":
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
    screen.err.print("\n" + _("Stopped. Go on with: {command}").format(command=resuming(command, path)), markup=False)


def broken_off(command: str, path: Path, error: OSError) -> NeuronaError:
    """Return what to say when the system refuses something on the way, mostly because the disk is full."""
    problem = _("Training broke off at {path}: {reason}.").format(path=error.filename or path, reason=reason_of(error))
    hint = _("Put that right; what was kept is whole. Go on then with: {command}")
    return NeuronaError(problem, hint.format(command=resuming(command, path)))


def resuming(command: str, path: Path) -> str:
    """Return the command line by which what `command` began at `path` goes on."""
    return f"neurona {command} --resume {quote(str(path))}"
