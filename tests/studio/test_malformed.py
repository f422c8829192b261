"""What no page of ours sends is no error of Studio's; everything else is told."""

from __future__ import annotations

import asyncio
import logging
import re
import sys
import urllib.request
from typing import Any

import socketio

from neurona.studio import malformed

EVENTS = ("handshake", "event", "ack", "log", "javascript_response", "nonsense")
GARBAGE = (None, 3, "x", [], {}, {"client_id": []})
PACKETS = ("", "x", "42", "42[", '42["event"', "9", "43", "42" + "[" * 2000)


async def pester(address: str) -> None:
    """Send all kinds of nonsense to a Studio, once as messages and once below them."""
    html = urllib.request.urlopen(address).read().decode()
    found = re.search(r"[0-9a-f]{8}-[0-9a-f-]{27}", html)
    assert found is not None
    client = socketio.AsyncClient()
    await client.connect(address, socketio_path="/_nicegui_ws/socket.io", transports=["websocket"])
    for event in EVENTS:
        for garbage in (*GARBAGE, {"client_id": found[0]}, {"client_id": found[0], "level": "error", "message": "me"}):
            await client.emit(event, garbage)
        await client.emit(event)
        await client.emit(event, (1, 2, 3))
    await asyncio.sleep(0.3)
    await client.disconnect()
    for packet in PACKETS:
        client = socketio.AsyncClient(reconnection=False)
        await client.connect(address, socketio_path="/_nicegui_ws/socket.io", transports=["websocket"])
        assert client.eio.ws is not None
        await client.eio.ws.send_str(f"4{packet}")
        await client.disconnect()


def test_whoever_runs_studio_hears_nothing_of_nonsense_and_it_goes_on(serve: Any) -> None:
    with serve() as address:  # which ends with no word but that it has stopped
        asyncio.run(pester(address))
        assert b"Neurona Studio" in urllib.request.urlopen(address).read()


def test_an_error_of_another_kind_or_in_another_place_is_told() -> None:
    async def fails(_sid: str, kind: type[Exception]) -> None:
        raise kind

    def told(kind: type[Exception], *, there: bool) -> bool:
        server = socketio.AsyncServer(async_mode="asgi")
        server.on("event", fails)
        try:
            asyncio.run(server._trigger_event("event", "/", "sid", kind) if there else fails("", kind))
        except kind:
            return malformed.concerns(logging.LogRecord("asyncio", logging.ERROR, "", 0, "", (), sys.exc_info()))
        raise AssertionError

    assert not told(KeyError, there=True) and not told(TypeError, there=True)
    assert told(KeyError, there=False) and told(RuntimeError, there=True) and told(OSError, there=True)
    assert malformed.concerns(logging.LogRecord("asyncio", logging.ERROR, "", 0, "", (), None))
