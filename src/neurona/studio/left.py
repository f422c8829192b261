"""Browsers that leave before they are answered: a page that is closed while it loads is nothing to tell anybody."""

from __future__ import annotations

import logging

# What Starlette raises then, in ours and in each layer that NiceGUI puts around it; so only what is logged can tell.
UNANSWERED = "No response returned."
LOGGERS = ("uvicorn.error", "nicegui")


def overlook() -> None:
    """Let whoever runs Studio hear nothing of them."""
    for name in LOGGERS:
        logging.getLogger(name).addFilter(concerns)


def concerns(record: logging.LogRecord) -> bool:
    """Tell whether a record is about something else."""
    error = record.exc_info[1] if record.exc_info else None
    return not (isinstance(error, RuntimeError) and str(error) == UNANSWERED)
