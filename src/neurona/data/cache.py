"""Where downloaded data lives: the directory `NEURONA_DATA`, else the user's cache directory."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from neurona.errors import InputError, reason_of
from neurona.language import _

VARIABLE = "NEURONA_DATA"


def data_directory() -> Path:
    """Return the directory of downloaded data, which need not exist yet.

    Raises:
        InputError: it exists and is no directory.
    """
    given = os.environ.get(VARIABLE)
    directory = Path(given).expanduser() if given else _user_cache()
    # Unlike Path.exists these take a locked folder for an absent one; writing to it then says what is wrong.
    if os.path.exists(directory) and not os.path.isdir(directory):  # noqa: PTH110, PTH112
        problem = _("{variable} = {directory} is not a directory.").format(variable=VARIABLE, directory=directory)
        raise InputError(problem, _("Point NEURONA_DATA at a directory, or leave it out."))
    return directory


@contextmanager
def workshop(directory: Path) -> Iterator[Path]:
    """Yield a temporary directory inside `directory`, gone afterwards, so that moving from it is a mere renaming.

    Raises:
        InputError: `directory` cannot be made or written.
    """
    try:
        directory.mkdir(parents=True, exist_ok=True)
        temporary = tempfile.TemporaryDirectory(prefix="unfinished-", dir=directory, ignore_cleanup_errors=True)
    except OSError as error:
        problem = _("Nothing can be written to {directory}: {reason}.")
        raise InputError(
            problem.format(directory=directory, reason=reason_of(error)),
            _("Point NEURONA_DATA at a directory that you may write to."),
        ) from error
    with temporary as path:
        yield Path(path)


def _user_cache() -> Path:
    import platformdirs

    return Path(platformdirs.user_cache_dir("neurona", appauthor=False))
