"""The process of one visitor: it hears commands, trains in between, and ends when nobody listens any more."""

from __future__ import annotations

import contextlib
import os
import signal
from math import inf
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import orjson

from neurona.files import LASTING
from neurona.studio import limits

NICENESS = 5


def work(connection: Connection, folder: str, allowance: float = inf) -> None:
    """Serve one visitor until the other end of `connection` is closed.

    Args:
        connection: commands come in and messages go out, each one JSON object.
        folder: of the visitor, with uploads in `uploads/`.
        allowance: the bytes of memory that it may use.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the server's affair, which then closes the connection
    with contextlib.suppress(OSError):
        os.nice(NICENESS)  # the page of a visitor goes before the training of all
    os.chdir(Path(folder) / "uploads")
    limits.hold_to(allowance)
    LASTING.set(False)  # what a session writes ends with it, and thirty that wait for one disk stand still
    with contextlib.suppress(EOFError, BrokenPipeError, ConnectionResetError):
        _serve(connection, Path(folder))


def _serve(connection: Connection, folder: Path) -> None:
    from neurona.studio.workshop import Workshop

    workshop = Workshop(folder, lambda message: connection.send_bytes(orjson.dumps(message)))

    def hear(seconds: float | None) -> Any:
        if not connection.poll(seconds):
            return None
        command = orjson.loads(connection.recv_bytes())
        workshop.telling.heard = command.get("wish", workshop.telling.heard)
        return command

    workshop.midway.hear = hear
    while True:
        while (command := hear(workshop.wait())) is not None:
            _guarded(workshop, command)
            if workshop.running:
                break
        _guarded(workshop, None)


def _guarded(workshop: Any, command: dict[str, Any] | None) -> None:
    """Handle a command, or take a turn; a mistake of ours is told as one, and never ends the session."""
    try:
        if command is None:
            workshop.turn()
        else:
            workshop.handle(command)
    except (EOFError, ConnectionError):  # nobody listens any more
        raise
    except Exception as error:
        from neurona.studio.midway import tell_fault

        tell_fault(workshop, error)
