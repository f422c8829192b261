"""Browsers that are not answered any more: they leave while a page loads, or wait for news when Studio is stopped."""

from __future__ import annotations

import asyncio
import logging

# What Starlette raises then, in ours and in each layer that NiceGUI puts around it; so only what is logged can tell.
UNANSWERED = "No response returned."
# What Uvicorn says of requests that are open when it stops, and whose task it cancels with the same words.
STOPPED = "timeout graceful shutdown exceeded"
LOGGERS = ("uvicorn.error", "nicegui")


def overlook() -> None:
    """Let whoever runs Studio hear nothing of them."""
    for name in LOGGERS:
        logging.getLogger(name).addFilter(concerns)


def concerns(record: logging.LogRecord) -> bool:
    """Tell whether a record is about something else."""
    error = record.exc_info[1] if record.exc_info else None
    has_left = isinstance(error, RuntimeError) and str(error) == UNANSWERED
    waited = STOPPED in (str(error) if isinstance(error, asyncio.CancelledError) else record.getMessage())
    return not (has_left or waited)
