"""The errors that people meet, each with what was wrong and what to write instead."""

from __future__ import annotations

import difflib
import errno
from collections.abc import Iterable

from neurona.language import _


class NeuronaError(Exception):
    """An error that is explained to a person: `problem` says what and where, `hint` what to do instead."""

    def __init__(self, problem: str, hint: str = "") -> None:
        super().__init__(f"{problem}\n{hint}" if hint else problem)
        self.problem = problem
        self.hint = hint

    def __reduce__(self) -> tuple[object, ...]:
        """Be sent from one process to another as it is, whatever the parameters of its class."""
        return _anew, (type(self), self.args, self.__dict__)


def _anew(kind: type[NeuronaError], args: tuple[object, ...], facts: dict[str, object]) -> NeuronaError:
    error = kind.__new__(kind, *args)
    error.__dict__.update(facts)
    return error


class InputError(NeuronaError, ValueError):
    """Something that a person gave is wrong: a name, an option, a file, a table. Exit code 2."""


class UnknownNameError(InputError):
    """An `InputError` about a `name` that nothing has, so that the reader of a file can add the line number."""

    def __init__(self, name: str, problem: str, hint: str = "") -> None:
        super().__init__(problem, hint)
        self.name = name


class DamagedError(InputError):
    """An `InputError` about a file of a run that is not there any more or cannot be read."""

    def __init__(self, problem: str) -> None:
        super().__init__(problem, _("Restore it from a copy, or train anew."))


class TrainingError(NeuronaError, RuntimeError):
    """Training began and could not go on, for instance because the loss became NaN. Exit code 1."""


class NeuronaWarning(UserWarning):
    """Something worth saying that does not stop the work, for instance a batch larger than the data."""


def reason_of(error: Exception) -> str:
    """Return why the system refused something, in the language in use where it is one of the usual reasons."""
    usual = {
        errno.ENOENT: _("No such file or directory"),
        errno.EACCES: _("Permission denied"),
        errno.EPERM: _("Operation not permitted"),
        errno.EISDIR: _("Is a directory"),
        errno.ENOTDIR: _("Not a directory"),
        errno.EEXIST: _("File exists"),
        errno.ENOSPC: _("No space left on device"),
        errno.EDQUOT: _("Disk quota exceeded"),
        errno.EFBIG: _("File too large"),
        errno.EROFS: _("Read-only file system"),
        errno.ENAMETOOLONG: _("File name too long"),
        errno.EIO: _("Input/output error"),
        errno.ENOTEMPTY: _("Directory not empty"),
    }
    if not isinstance(error, OSError):
        return str(error)
    return usual.get(error.errno or 0) or error.strerror or str(error)


def nearest(word: str, choices: Iterable[str]) -> str:
    """Return a hint that names the choice nearest to `word`, or lists the choices when none is near.

    >>> nearest("spirall", ["spiral", "moons"])
    "Did you mean 'spiral'?"
    """
    known = sorted(choices)
    meant = near(word, known)
    if meant or not known:
        return meant
    shown = known if len(known) <= 40 else [*known[:40], "…"]
    return _("Known are: {names}.").format(names=", ".join(shown))


def near(word: str, choices: Iterable[str]) -> str:
    """Return a hint that names the choice nearest to `word`; empty when none is near."""
    lowered = {choice.lower(): choice for choice in sorted(choices, reverse=True)}
    close = difflib.get_close_matches(word.lower(), lowered, n=1, cutoff=0.6)
    return _("Did you mean {name!r}?").format(name=lowered[close[0]]) if close else ""
