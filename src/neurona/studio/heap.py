"""Memory that is free: of the server between visitors, of a session between two recipes."""

from __future__ import annotations

import ctypes
import gc
import sys
from contextlib import suppress


def give_back() -> None:
    """Give memory that is free back to the system, such as what thirty visitors were told once they left.

    Pages and fits refer to themselves in circles, and the collector would look for those only when much more has come.
    """
    gc.collect()
    if sys.platform == "linux":
        with suppress(OSError, AttributeError):  # a C library that has no such function
            ctypes.CDLL(None).malloc_trim(0)
