"""Messages that no page of ours sends: whoever tries such things on the websocket is not answered."""

from __future__ import annotations

import logging
from types import TracebackType
from typing import Any

# Who tells of an error in a message: the event loop, the layers of the websocket, and the server below them.
LOGGERS = ("asyncio", "engineio.server", "socketio.server", "uvicorn.error")
LAYERS = ("engineio", "socketio")
# What a message raises that lacks a part, or has one of another kind. What our handlers raise is told by NiceGUI.
KINDS = (AttributeError, LookupError, TypeError, ValueError)


def overlook(server: Any) -> None:
    """Let whoever runs Studio hear nothing of them.

    Args:
        server: of the websockets (`socketio.AsyncServer`).
    """
    for name in LOGGERS:
        logging.getLogger(name).addFilter(concerns)
    server.on("log", _nothing)  # by which a browser writes into the terminal


def concerns(record: logging.LogRecord) -> bool:
    """Tell whether a record is about something else."""
    _kind, error, trace = record.exc_info or (None, None, None)
    return not (isinstance(error, KINDS) and _came_in(trace))


def _came_in(trace: TracebackType | None) -> bool:
    """Tell whether an error arose while a message was taken in."""
    while trace is not None:
        if trace.tb_frame.f_globals.get("__name__", "").split(".")[0] in LAYERS:
            return True
        trace = trace.tb_next
    return False


def _nothing(*_message: Any) -> None:
    pass
