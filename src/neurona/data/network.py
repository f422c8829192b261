"""Downloads that do not keep anybody waiting for a network that is not there."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from http.client import HTTPException
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

from neurona.language import _

# A server that says nothing for so long is not there; within a download it may be silent for longer. In seconds.
ANSWER, PATIENCE = 6.0, 30.0


@contextmanager
def patience(addresses: Sequence[str]) -> Iterator[None]:
    """Within the block something is downloaded: a connection that says nothing for half a minute fails.

    Args:
        addresses: where it may be fetched from. Unless one of them answers within some seconds, nothing is tried: to
            look for the name of a server alone can take minutes where a network drops packets.

    Raises:
        OSError: none of the servers answers.
    """
    _require_one(addresses)
    # torchvision sets no timeout: without one a network that drops packets would keep a class waiting for ever.
    before = socket.getdefaulttimeout()
    socket.setdefaulttimeout(PATIENCE)
    try:
        yield
    finally:
        socket.setdefaulttimeout(before)


def _require_one(addresses: Sequence[str]) -> None:
    """Raise an OSError unless one of the servers answers, whatever it says; all are asked at the same time."""
    decided, answered, failed = threading.Event(), list[str](), dict[str, str]()

    def ask(address: str) -> None:
        try:
            urlopen(Request(address, method="HEAD"), timeout=ANSWER).close()
            answered.append(address)
        except HTTPError as error:  # which is an answer
            error.close()
            answered.append(address)
        except (OSError, HTTPException, ValueError) as error:
            failed[address] = _reason(error)
        if answered or len(failed) == len(addresses):
            decided.set()

    for address in addresses:
        # The look-up of a name cannot be ended; its thread is left behind.
        threading.Thread(target=ask, args=(address,), daemon=True).start()
    decided.wait(ANSWER)
    if not answered:
        silent = _("no answer within {seconds:.0f} seconds").format(seconds=ANSWER)
        raise OSError("; ".join(f"{urlsplit(one).netloc}: {failed.get(one, silent)}" for one in addresses))


def _reason(error: Exception) -> str:
    reason = error.reason if isinstance(error, URLError) else error
    told = reason.strerror if isinstance(reason, OSError) and reason.strerror else str(reason)
    return told or type(error).__name__
