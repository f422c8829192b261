"""The process of one visitor: it hears commands, trains in between, and ends when nobody listens any more."""

from __future__ import annotations

import contextlib
import os
import signal
import traceback
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
    while True:
        while connection.poll(workshop.wait()):
            _guarded(workshop, orjson.loads(connection.recv_bytes()))
            if workshop.running:
                break
        _guarded(workshop, None)


def _guarded(workshop: Any, command: dict[str, Any] | None) -> None:
    """Handle a command, or take a turn; a mistake of ours is told as one, and never ends the session."""
    try:
        if command is None:
            workshop.turn()
        elif command.get("do") == "share":
            limits.compute_on(int(command["threads"]))
        else:
            workshop.handle(command)
    except (EOFError, OSError):
        raise
    except Exception as error:
        traceback.print_exc()  # for whoever started Studio; the page says what it was in one line
        workshop.running = False
        workshop.send({"kind": "fault", "error": f"{type(error).__name__}: {error}"})
