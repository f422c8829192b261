"""Whoever closes a page while it loads is no error of Studio's; everything else is told."""

from __future__ import annotations

import asyncio
import json
import logging
import time
from collections.abc import Iterator
from typing import Any

import pytest
from nicegui.middlewares import RedirectWithPrefixMiddleware, SetCacheControlMiddleware

from neurona.studio import left
from neurona.studio.gate import Gate


@pytest.fixture
def overlooked() -> Iterator[None]:
    left.overlook()
    yield
    for name in left.LOGGERS:
        logging.getLogger(name).removeFilter(left.concerns)


async def leaves(scope: Any, receive: Any, send: Any) -> None:
    """End without an answer, as what serves a browser that has left."""


async def fails(scope: Any, receive: Any, send: Any) -> None:
    raise RuntimeError("No response at all.")


class Heard(logging.Handler):
    """What is told."""

    def __init__(self) -> None:
        super().__init__()
        self.words: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        assert record.exc_info is not None
        self.words.append(str(record.exc_info[1]))


@pytest.mark.parametrize("logger", left.LOGGERS)
@pytest.mark.parametrize(
    ("app", "words", "told"), [(leaves, "No response returned.", False), (fails, "No response at all.", True)]
)
def test_only_what_is_an_error_is_told(app: Any, words: str, told: bool, logger: str, overlooked: None) -> None:
    """As NiceGUI serves it: the gate within two layers of its own, and what they raise is logged."""

    async def nothing(*_message: Any) -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    served = SetCacheControlMiddleware(RedirectWithPrefixMiddleware(Gate(app, None)))
    scope = {"type": "http", "method": "GET", "path": "/", "query_string": b"", "headers": [(b"host", b"localhost")]}
    with pytest.raises(RuntimeError, match=words) as raised:
        asyncio.run(served(scope, nothing, nothing))
    heard = Heard()
    logging.getLogger(logger).addHandler(heard)
    logging.getLogger(logger).error("Exception in ASGI application", exc_info=raised.value)
    logging.getLogger(logger).removeHandler(heard)
    assert heard.words == ([words] if told else [])


def test_who_waits_for_news_when_studio_is_stopped_is_no_error(serve: Any) -> None:
    """Without websockets a browser asks, and its request stays open until there is something to tell."""
    import http.client

    with serve() as address:
        words = http.client.HTTPConnection("127.0.0.1", int(address.rsplit(":", 1)[1].strip("/")), timeout=30)
        where = "/_nicegui_ws/socket.io/?EIO=4&transport=polling"
        words.request("GET", where)
        opened = json.loads(words.getresponse().read()[1:])
        words.request("GET", f"{where}&sid={opened['sid']}")  # it is open when `serve` ends, and looks at what was said
        time.sleep(0.5)
