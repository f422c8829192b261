"""Files and folders that are either whole or not there: written aside and renamed."""

from __future__ import annotations

import glob
import json
import os
import re
import shutil
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import Any

from neurona.errors import DamagedError, InputError, reason_of
from neurona.language import _

# The ends of names of files that hold running text.
TEXTS = (".txt", ".text", ".md")
# Those of tables.
TABLES = (".csv", ".tsv", ".csv.gz", ".tsv.gz", ".parquet")
# So many bytes of a name stand in that of a directory, which may have 255 with the time and what is written aside.
LONGEST = 150
# Whether files are to outlast a failure of the machine, for which each write waits for the disk.
LASTING = ContextVar("lasting", default=True)


def write_whole(path: Path, write: Callable[[Path], object]) -> None:
    """Let `write` write a temporary file beside `path`, then rename it: a reader sees the old file or the new one.

    Raises:
        OSError: it cannot be written; it names `path`.
    """
    aside = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        write(aside)
        if LASTING.get():
            with aside.open("rb+") as file:
                os.fsync(file.fileno())
        aside.replace(path)
    except OSError as error:  # where the disk is full it names nothing, and else what nobody has heard of
        if error.errno is None:
            raise
        raise OSError(error.errno, error.strerror, str(path)) from error
    finally:
        aside.unlink(missing_ok=True)


def write_together(folder: Path, contents: Mapping[str, bytes]) -> None:
    """Write several files of a folder, by name: all of them are written aside before the first is renamed."""
    asides = {folder / name: folder / f".{name}.{os.getpid()}.part" for name in contents}
    try:
        for path, aside in asides.items():
            with aside.open("wb") as file:
                file.write(contents[path.name])
                file.flush()
                if LASTING.get():
                    os.fsync(file.fileno())
        for path, aside in asides.items():
            aside.replace(path)
    finally:
        for aside in asides.values():
            aside.unlink(missing_ok=True)


def clear_away(folder: Path) -> None:
    """Remove what processes that were killed have left half-written in a folder, where this one writes nothing yet."""
    for aside in folder.glob(".*.part"):
        process = aside.name.split(".")[-2]
        if not process.isdecimal() or (int(process) != os.getpid() and _lives(int(process))):
            continue
        if aside.is_dir():
            shutil.rmtree(aside, ignore_errors=True)
        else:
            aside.unlink(missing_ok=True)


def _lives(process: int) -> bool:
    """Tell whether there is a process of that number; one that has ended and that nobody has asked after is none."""
    import psutil

    try:
        ended: bool = psutil.Process(process).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
    except psutil.Error:
        return True
    return not ended


def write_text(path: Path, text: str) -> None:
    """Write UTF-8 text as a whole."""
    write_whole(path, lambda aside: aside.write_text(text, encoding="utf-8"))


@contextmanager
def whole_folder(path: Path) -> Iterator[Path]:
    """Hand out a temporary folder beside `path` to fill, and rename it to `path` when the block ends well.

    Raises:
        InputError: `path` is taken or cannot be written.
    """
    check_free(path)
    aside = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        aside.mkdir(parents=True)
        yield aside
        if path.exists():
            path.rmdir()  # it is empty: `check_free`
        aside.rename(path)
    except OSError as error:
        raise InputError(
            _("The run cannot be written to {path}: {reason}.").format(path=path, reason=reason_of(error)),
            _("Name another place, on the command line with --out DIR."),
        ) from error
    finally:
        shutil.rmtree(aside, ignore_errors=True)


def require_suffix(path: Path, ends: tuple[str, ...]) -> None:
    """Refuse a path whose name has no suffix, where a file is there, or one that has.

    Args:
        path: what was given as a name or a path.
        ends: the suffixes of the files that may be meant.

    Raises:
        InputError: there is such a file; it says what its name is to end in, or which file may be meant.
    """
    if path.name and path.is_file():
        problem = _("The name of the file {path} does not say what it holds.").format(path=path)
        raise InputError(problem, of_suffixes())
    beside = sorted(path.parent.glob(f"{glob.escape(path.name)}.*")) if path.name and path.parent.is_dir() else []
    meant = [one for one in beside if one.name.lower() in {f"{path.name}{end}".lower() for end in ends}]
    if meant:
        problem = _("There is no file {path}.").format(path=path)
        raise InputError(problem, _("Did you mean {name!r}?").format(name=str(meant[0])))


def of_suffixes() -> str:
    """Return the hint that says by which suffixes files of data are told apart."""
    return _("The name of a table ends in .csv, .tsv or .parquet, that of a text in .txt.")


def check_new(path: Path, option: str = "--out") -> None:
    """Raise an `InputError` when `path` cannot be written, or is there; `option` names it on the command line."""
    if path.is_file():
        hint = _("Name another file, on the command line with {option} FILE.").format(option=option)
        raise InputError(_("{path} exists already.").format(path=path), hint)
    if path.is_dir() or not path.absolute().parent.is_dir():
        problem = _("{path} cannot be written: its folder is not there, or it is a folder.").format(path=path)
        hint = _("Name a file in a folder that exists, on the command line with {option} FILE.").format(option=option)
        raise InputError(problem, hint)


def check_free(path: Path) -> None:
    """Raise an `InputError` when a run cannot be written to `path` because something is there."""
    try:
        taken = path.exists() and (not path.is_dir() or path.samefile(Path.cwd()) or any(path.iterdir()))
    except OSError as error:
        problem = _("The run cannot be written to {path}: {reason}.").format(path=path, reason=reason_of(error))
        raise InputError(problem, _("Name another place, on the command line with --out DIR.")) from error
    if taken:
        problem = _("{path} exists already.").format(path=path)
        raise InputError(
            problem, _("Name another directory, on the command line with --out DIR; runs are never overwritten.")
        )
    parent = next(p for p in path.absolute().parents if p.exists())
    if not parent.is_dir() or not os.access(parent, os.W_OK):
        problem = _("A run cannot be written below {parent}.").format(parent=parent)
        raise InputError(problem, _("Name another place, on the command line with --out DIR."))


def short(name: str) -> str:
    """Return a name, or as much of it as a file's may be long; no sign is cut in two."""
    return name.encode()[:LONGEST].decode(errors="ignore")


def free_path(name: str) -> Path:
    """Return `runs/NAME-TIME` below the current directory, with a number when it is taken."""
    plain = re.sub(r"[/\\\x00-\x1f]+", "-", name).strip("-. ")  # neither hidden nor like an option
    stem = f"{short(plain) or 'recipe'}-{time.strftime('%Y%m%d-%H%M%S')}"
    path, number = Path("runs") / stem, 2
    while path.exists():
        path, number = Path("runs") / f"{stem}-{number}", number + 1
    return path


def reserved_path(name: str) -> Path:
    """Make an empty directory `runs/NAME-TIME` that no other process takes, and return it."""
    while True:
        path = free_path(name)
        try:
            path.mkdir(parents=True)
            return path
        except FileExistsError:  # another process was quicker: the next number
            continue


def read_json(path: Path, needs: tuple[str, ...]) -> dict[str, Any]:
    """Return the object in a JSON file.

    Raises:
        DamagedError: the file cannot be read, holds something else, or lacks a key that it `needs`.
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        if not isinstance(content, dict) or any(key not in content for key in needs):
            raise ValueError(_("something is missing in it"))
    except (OSError, ValueError) as error:
        problem = _("{path} cannot be read: {reason}").format(path=path, reason=reason_of(error))
        raise DamagedError(problem) from error
    return content


def jsonable(value: Any) -> Any:
    """Replace NaN and infinity, which JSON lacks, with null."""
    if isinstance(value, dict):
        return {key: jsonable(inner) for key, inner in value.items()}
    if isinstance(value, float) and not (abs(value) < float("inf")):
        return None
    return value
