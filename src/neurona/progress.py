"""How far the reading of data has come, for whoever wants to know."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

# Is told what is read, such as the name of a file, and the share of the work that is done, from 0 to 1.
Listener = Callable[[str, float], None]
_listener: ContextVar[Listener | None] = ContextVar("listener", default=None)


@contextmanager
def told_to(listener: Listener) -> Iterator[None]:
    """Within the block, `listener` is told how far the reading of a large file has come."""
    before = _listener.set(listener)
    try:
        yield
    finally:
        _listener.reset(before)


def tell(what: str, share: float) -> None:
    """Say how much of `what` has been read and made ready."""
    if listener := _listener.get():
        listener(what, min(share, 1.0))
