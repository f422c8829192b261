"""Where a study is kept: a journal file, an SQLite file, or a database that many machines reach."""

from __future__ import annotations

import json
import os
import re
import sqlite3
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from neurona.errors import InputError, reason_of
from neurona.language import _

if TYPE_CHECKING:
    from optuna.storages import BaseStorage

SQLITE = (".db", ".sqlite", ".sqlite3")
PACKAGES = {"psycopg": "'psycopg[binary]'", "psycopg2": "psycopg2-binary", "MySQLdb": "mysqlclient"}
WAIT, LOCKED = 30, 3
"""Seconds to wait for a file that another process is writing, and before it counts as locked as it is opened."""
ATTEMPTS = 5


class StorageError(InputError):
    """A storage cannot be opened, or does not answer any more."""


def address(storage: str, folder: Path) -> str:
    """Return `storage`, an address or the path of a file below `folder`, so that it means the same everywhere."""
    return storage if "://" in storage else str((folder / storage).absolute())


def without_password(storage: str) -> str:
    """Return an address as it may be written down and shown."""
    return re.sub(r"(://[^:/@]*):.*@", r"\1:***@", storage)


def lacks_password(storage: str) -> bool:
    """Tell whether `without_password` has taken something out of it."""
    return ":***@" in storage


def opened(storage: str, *, new: bool = True) -> BaseStorage:
    """Open the storage at `storage`: an address ("postgresql://..."), or the path of a file.

    A file whose name ends in .db, .sqlite or .sqlite3 is an SQLite database, any other one Optuna's journal. One that
    is not there is made where it may be `new`.

    Raises:
        StorageError: it cannot be opened, or is locked.
        InputError: it holds something else.
    """
    with speaking(storage):
        if "://" in storage and not storage.startswith("sqlite:"):
            return _database(storage)
        path = Path(storage.removeprefix("sqlite:///"))
        if storage.startswith("sqlite:") or path.suffix.lower() in SQLITE:
            _check_folder(path, storage, new=new)
            _check_sqlite(path)
            return _database(f"sqlite:///{path}")
        _check_folder(path, storage, new=new)
        return _journal(path)


@contextmanager
def speaking(storage: str) -> Iterator[None]:
    """Within the block, what goes wrong with a storage is raised as a `StorageError` that says what to do."""
    shown = without_password(storage)
    try:
        yield
    except ImportError as error:
        missing = getattr(error.__cause__, "name", None) or str(error)
        problem = _("The storage {storage} needs a driver that is not installed: {name}.")
        raise StorageError(
            problem.format(storage=shown, name=missing),
            _("Write: pip install {name}").format(name=PACKAGES.get(missing, missing)),
        ) from error
    except OSError as error:
        raise _closed(shown, reason_of(error)) from error
    except json.JSONDecodeError as error:
        problem = _("The storage {storage} is damaged: one of its lines cannot be read.").format(storage=shown)
        raise StorageError(problem, _("Put a copy of it back, or begin a new search.")) from error
    except _database_errors() as error:
        cause = getattr(error, "orig", None) or getattr(error.__cause__, "orig", None) or error
        text = str(cause).strip().partition("\n")[0]
        if "locked" in text:
            raise _locked(shown) from error
        raise _closed(shown, without_password(text)) from error


def _database_errors() -> tuple[type[Exception], ...]:
    from optuna.exceptions import StorageInternalError

    if "sqlalchemy" not in sys.modules:
        return (sqlite3.Error, StorageInternalError)
    from sqlalchemy.exc import SQLAlchemyError

    return (sqlite3.Error, StorageInternalError, SQLAlchemyError)


def _closed(storage: str, reason: str) -> StorageError:
    problem = _("The storage {storage} cannot be opened: {reason}.").format(storage=storage, reason=reason)
    return StorageError(problem, _("Write the path of a file, or an address such as postgresql://user@host/studies."))


def put_back() -> str:
    """Return the advice where the study of a search is not there any more."""
    return _("Put it back as it was, or begin a new search.")


def _locked(storage: str) -> StorageError:
    problem = _("The storage {storage} is locked by another program.").format(storage=storage)
    return StorageError(problem, _("Close the other program, then write the same again; or give another --storage."))


def _foreign(path: Path) -> InputError:
    problem = _("{path} is no storage of studies: it holds something else.").format(path=path)
    return InputError(problem, _("Give --storage the path of a new file."))


# ---------------------------------------------------------------------- databases


def _database(url: str) -> BaseStorage:
    from optuna.storages import RDBStorage
    from sqlalchemy.exc import IntegrityError, OperationalError, ProgrammingError

    options = {"connect_args": {"timeout": WAIT}} if url.startswith("sqlite:") else {"pool_pre_ping": True}
    for attempt in range(ATTEMPTS):
        try:
            return RDBStorage(url, engine_kwargs=options)
        except (IntegrityError, OperationalError, ProgrammingError) as error:
            # Two processes that make the tables at the same time get into each other's way.
            if attempt == ATTEMPTS - 1 or not re.search("exists|unique|duplicate", str(error), re.IGNORECASE):
                raise
            time.sleep(0.5)
    raise AssertionError


def _check_folder(path: Path, storage: str, *, new: bool) -> None:
    if path.is_dir():
        raise _closed(storage, _("Is a directory"))
    if not path.absolute().parent.is_dir():
        raise _closed(storage, _("there is no folder {path}").format(path=path.absolute().parent))
    if not new and not path.exists():
        raise StorageError(_closed(storage, _("No such file or directory")).problem, put_back())
    if not os.access(path if path.exists() else path.absolute().parent, os.W_OK):
        raise _closed(storage, _("Permission denied"))


def _check_sqlite(path: Path) -> None:
    """Refuse a file that holds no database or that of another program, and one that is locked."""
    if not path.exists() or not path.stat().st_size:
        return
    with path.open("rb") as file:
        if file.read(16) != b"SQLite format 3\0":
            raise _foreign(path)
    with closing(sqlite3.connect(path, timeout=LOCKED, isolation_level=None)) as database:
        names = {name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        if names and not names & {"studies", "version_info"}:
            raise _foreign(path)
        database.execute("BEGIN IMMEDIATE")
        database.execute("ROLLBACK")


# ---------------------------------------------------------------------- journals


def _journal(path: Path) -> BaseStorage:
    from optuna.storages import JournalStorage
    from optuna.storages.journal import JournalFileBackend, JournalFileOpenLock

    lock = JournalFileOpenLock(str(path), grace_period=WAIT)
    if path.exists() and path.stat().st_size:
        _check_journal(path)
        lock.acquire()
        try:
            _mend(path)
        finally:
            lock.release()
    return JournalStorage(JournalFileBackend(str(path), lock_obj=lock))


def _check_journal(path: Path) -> None:
    with path.open("rb") as file:
        first = file.readline(1_000_000)
    try:
        entry = json.loads(first)
    except ValueError:
        raise _foreign(path) from None
    if not isinstance(entry, dict) or "op_code" not in entry:
        raise _foreign(path)


def _mend(path: Path) -> None:
    """Cut off a last line that a power cut left unfinished: what is appended to it could not be read."""
    with path.open("rb+") as file:
        size = file.seek(0, os.SEEK_END)
        file.seek(max(0, size - 100_000))
        tail = file.read()
        if not tail.endswith(b"\n"):
            file.truncate(size - len(tail) + tail.rfind(b"\n") + 1)
