"""A network that is not there is found out at once, however it is not there."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from neurona.data import network
from neurona.data.network import patience


@pytest.fixture(autouse=True)
def near(monkeypatch: pytest.MonkeyPatch) -> None:
    """Servers that answer may take long to, as on a machine that is busy."""
    monkeypatch.setattr(network, "ANSWER", 30.0)
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.setenv(name, "127.0.0.1")


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(network, "ANSWER", 0.2)


@pytest.fixture
def silent() -> Iterator[str]:
    """The address of a server that takes connections and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"http://127.0.0.1:{server.getsockname()[1]}/file"


@pytest.fixture
def refusing() -> Iterator[str]:
    """The address of a server that is there, and forbids what it is asked."""

    class Handler(BaseHTTPRequestHandler):
        def do_HEAD(self) -> None:
            self.send_error(403)

        def log_message(self, *_args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/file"
    server.shutdown()
    server.server_close()


def tried(*addresses: str) -> bool:
    """Return whether a download from these addresses is begun."""
    with patience(addresses):
        return True


@pytest.mark.usefixtures("quick")
def test_a_server_that_says_nothing_is_named(silent: str) -> None:
    with pytest.raises(OSError, match=r"127\.0\.0\.1:\d+: (no answer within|timed out)"):
        tried(silent)


@pytest.mark.usefixtures("quick")
def test_a_look_up_of_its_name_that_does_not_end_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    ended = threading.Event()

    def look_up(*_args: object, **_more: object) -> list[tuple[object, ...]]:
        ended.wait(30)
        raise OSError("too late")

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    try:
        with pytest.raises(OSError, match=r"example\.org: no answer within"):
            tried("https://example.org/file")
    finally:
        ended.set()


def test_a_connection_that_is_refused_says_why() -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
        with pytest.raises(OSError, match=f"127.0.0.1:{port}: Connection refused"):
            tried(f"http://127.0.0.1:{port}/file")


def test_any_answer_of_one_server_is_enough(silent: str, refusing: str) -> None:
    assert tried(silent, refusing)
    assert tried(refusing)


def test_a_download_may_be_silent_for_longer_and_afterwards_nothing_is_held_to_that(refusing: str) -> None:
    with patience([refusing]):
        assert socket.getdefaulttimeout() == network.PATIENCE
    assert socket.getdefaulttimeout() is None
