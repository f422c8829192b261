"""Who may come in."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from commandline import cli

from neurona.language import language
from neurona.studio.gate import Gate, is_local
from neurona.studio.server import link

TOKEN = "right"


def ask(token: str | None, kind: str = "http", query: str = "", **headers: str) -> list[dict[str, Any]]:
    """Return what the gate answers; `{"through": True}` where it let the request through."""
    sent: list[dict[str, Any]] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        sent.append({"through": True})

    async def receive() -> dict[str, Any]:
        return {}

    async def send(message: Any) -> None:
        sent.append(message)

    pairs = [(key.encode(), value.encode()) for key, value in {"host": "127.0.0.1:8400", **headers}.items()]
    scope = {"type": kind, "path": "/", "query_string": query.encode(), "headers": pairs}
    asyncio.run(Gate(app, token)(scope, receive, send))
    return sent


@pytest.mark.parametrize("kind", ["http", "websocket"])
def test_this_machine_comes_in(kind: str) -> None:
    assert ask(None, kind) == [{"through": True}]
    assert ask(None, kind, host="localhost:8400", origin="http://localhost:8400") == [{"through": True}]
    assert ask(None, kind, host="[::1]:8400") == [{"through": True}]


@pytest.mark.parametrize(
    "headers",
    [
        {"host": "evil.example"},
        {"origin": "http://evil.example"},
        {"origin": "http://127.0.0.1:9999"},
        {"origin": "null"},
    ],
)
def test_other_names_and_pages_of_others_do_not(headers: dict[str, str]) -> None:
    assert ask(None, **headers)[0]["status"] == 403
    assert ask(None, "websocket", **headers) == [{"type": "websocket.close", "code": 1008}]


def test_others_bring_the_token_once_and_then_a_cookie() -> None:
    start, _body = ask(TOKEN, query="token=right", host="10.0.0.5:8400")
    headers = dict(start["headers"])
    assert start["status"] == 303 and headers[b"location"] == b"/"
    cookie = headers[b"set-cookie"].decode()
    assert "HttpOnly" in cookie and "SameSite" in cookie
    assert ask(TOKEN, host="10.0.0.5:8400", cookie=cookie.split(";")[0]) == [{"through": True}]
    assert ask(TOKEN, "websocket", host="10.0.0.5:8400", cookie=cookie.split(";")[0]) == [{"through": True}]


@pytest.mark.parametrize("given", [{}, {"query": "token=wrong"}, {"cookie": "neurona_studio=wrong"}, {"cookie": "é;="}])
def test_without_the_token_a_page_says_what_is_needed(given: dict[str, str]) -> None:
    start, body = ask(TOKEN, **given)
    assert start["status"] == 403
    assert "Ask whoever started it for the whole link" in body["body"].decode()
    assert "right" not in body["body"].decode()


@pytest.mark.parametrize(("asked", "spoken"), [("es-MX,es;q=0.9,en;q=0.8", "es"), ("de,en;q=0.5", "en"), ("fr", "en")])
def test_the_page_speaks_the_language_of_the_browser(asked: str, spoken: str) -> None:
    _start, body = ask(TOKEN, **{"accept-language": asked})
    page = body["body"].decode()
    assert f'<html lang="{spoken}">' in page and ("Ask whoever" in page) == (spoken == "en")
    assert language() == "en", "all others go on in theirs"


@pytest.mark.parametrize(("asked", "other", "name"), [("en", "es", "Español"), ("es", "en", "English")])
def test_the_page_leads_to_itself_in_the_other_language(asked: str, other: str, name: str) -> None:
    _start, body = ask(TOKEN, query="token=wrong", **{"accept-language": asked})
    page = body["body"].decode()
    assert f'<a href="?language={other}" lang="{other}" hreflang="{other}">{name}</a>' in page
    _start, body = ask(TOKEN, query=f"language={other}", **{"accept-language": asked})
    assert f'<html lang="{other}">' in body["body"].decode()


@pytest.mark.parametrize(
    ("host", "local"), [("127.0.0.1", True), ("::1", True), ("localhost", True), ("0.0.0.0", False)]
)
def test_what_listens_beyond_this_machine_needs_a_token(host: str, local: bool) -> None:
    assert is_local(host) is local


def test_links_can_be_opened() -> None:
    assert link("127.0.0.1", 8400, None) == "http://127.0.0.1:8400/"
    assert link("::1", 8400, None) == "http://[::1]:8400/"
    assert link("0.0.0.0", 8400, "abc").endswith(":8400/?token=abc") and "0.0.0.0" not in link("0.0.0.0", 8400, "abc")


def test_a_port_in_use_is_explained(tmp_path: Any) -> None:
    import socket

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        answer = cli("studio", "--port", port, "--no-browser", cwd=tmp_path)
    assert answer.code == 2
    assert f"Port {port} is in use" in answer.words and f"--port {port + 1}" in answer.words


@pytest.mark.parametrize(
    ("arguments", "words"), [(["--port", "0"], "--port"), (["--host", "192.0.2.7"], "cannot listen")]
)
def test_a_wrong_address_is_explained(tmp_path: Any, arguments: list[str], words: str) -> None:
    answer = cli("studio", *arguments, "--no-browser", cwd=tmp_path)
    assert answer.code == 2 and words in answer.words
