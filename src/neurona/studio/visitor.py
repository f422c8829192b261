"""A visitor of the page: the process that trains for them, their folder, and the messages in both directions."""

from __future__ import annotations

import asyncio
import contextlib
import multiprocessing
import shutil
import sys
import tempfile
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from math import inf
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import orjson

from neurona.studio.heap import give_back
from neurona.studio.session import work

# What a session needs is imported once, by the process that all sessions are forked from, and so is shared memory.
PRELOADED = ("neurona.studio.preloaded",)
QUIET = "ignore::UserWarning:multiprocessing.resource_tracker"
Deliver = Callable[[dict[str, Any]], None]


def context() -> Any:
    """Return how processes are started: forked from one that has imported everything, where the system can fork."""
    if "forkserver" not in multiprocessing.get_all_start_methods():
        return multiprocessing.get_context("spawn")
    found = multiprocessing.get_context("forkserver")
    found.set_forkserver_preload(list(PRELOADED))
    # Where Studio is stopped while it loads, Python tidies up after it, and need not say so.
    if QUIET not in sys.warnoptions:
        sys.warnoptions.append(QUIET)
    return found


def warm_up() -> None:
    """Start the process that sessions are forked from, wait until it is ready, and let it make native code."""
    first = context().Process(target=_nothing)
    first.start()
    first.join()
    context().Process(target=_make_native_code, daemon=True).start()


def _nothing() -> None:
    pass


def _make_native_code() -> None:
    from neurona.studio import native

    native.make()


class Visitor:
    """Someone who has the page open.

    Args:
        deliver: hands a message of the session to the page, in the event loop.
        allowance: the bytes of memory that the session may use.

    Attributes:
        trains: whether a net is in training, or one for its weights, as far as the page was told.
    """

    def __init__(self, deliver: Deliver, allowance: float = inf) -> None:
        self.deliver, self.allowance = deliver, allowance
        self._threads = 0
        self.trains = False
        self.folder = Path(tempfile.mkdtemp(prefix="neurona-studio-"))
        self.uploads = self.folder / "uploads"
        self.uploads.mkdir()
        self.files: dict[str, tuple[Path, str]] = {}
        self._loop = asyncio.get_running_loop()
        # One thread, so that commands arrive in their order; a session in a long step lets only this thread wait.
        self._hand = ThreadPoolExecutor(1)
        self._connection: Connection | None = None
        self._process: Any = None
        self._left = False

    def tell(self, command: dict[str, Any]) -> None:
        """Send a command to the session, which is started when there is none."""
        if not self._left:
            self._hand.submit(self._send, command)

    def share(self, threads: int) -> None:
        """Let the session compute on so many threads, and one that takes its place."""
        if threads != self._threads:
            self._threads = threads
            if not self._left:
                self._hand.submit(self._share)

    def _share(self) -> None:
        if self._threads and self._connection is not None:
            self._send({"do": "share", "threads": self._threads})

    def _send(self, command: dict[str, Any]) -> None:
        with contextlib.suppress(OSError):
            if self._connection is None:
                self._start()
            assert self._connection is not None
            self._connection.send_bytes(orjson.dumps(command))

    def _start(self) -> None:
        ours, theirs = multiprocessing.Pipe()
        process = context().Process(target=work, args=(theirs, str(self.folder), self.allowance), daemon=True)
        process.start()
        theirs.close()
        self._connection, self._process = ours, process
        self._share()
        if self._left:
            self._end()
            return
        threading.Thread(target=self._listen, args=(ours,), daemon=True).start()

    def _listen(self, connection: Connection) -> None:
        """Hand on messages until the session ends; its end is a message too, unless the visitor has left."""
        try:
            while True:
                self._call(orjson.loads(connection.recv_bytes()))
        except (EOFError, OSError):
            self._connection = None
            if not self._left:
                self._call({"kind": "gone", "why": "memory"})

    def _call(self, message: dict[str, Any]) -> None:
        with contextlib.suppress(RuntimeError):  # the server has stopped
            self._loop.call_soon_threadsafe(self._hear, message)

    def _hear(self, message: dict[str, Any]) -> None:
        if self._left:
            return
        if message["kind"] == "frame":
            self.trains = bool(message["running"])
        if message["kind"] == "wait":
            self.trains = bool(message["text"])
        if message["kind"] == "file":
            self.files[message["what"]] = (Path(message.pop("file")), message["name"])
        self.deliver(message)

    def leave(self) -> None:
        """End the session, and delete what it has written, soon."""
        if not self._left:
            self._left = True
            self._hand.submit(self._end)

    def wait(self) -> None:
        """Wait until a visitor who leaves is gone."""
        self._hand.shutdown(wait=True)

    def _end(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.join()
        if self._connection is not None:
            self._connection.close()
        shutil.rmtree(self.folder, ignore_errors=True)
        give_back()
        self._hand.shutdown(wait=False)
