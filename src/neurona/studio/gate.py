"""Who may come in: browsers on this machine, or those that bring the token; and only pages of ours may talk to us."""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable, MutableMapping
from http.cookies import CookieError, SimpleCookie
from ipaddress import ip_address
from typing import Any
from urllib.parse import parse_qs, urlsplit

from neurona.html import template
from neurona.language import LANGUAGES, _, language, use
from neurona.studio.place import TEMPLATES

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

COOKIE, PARAMETER, LANGUAGE = "neurona_studio", "token", "language"
# Each language by its own name.
NAMES = {"en": "English", "es": "Español"}


def is_local(host: str) -> bool:
    """Tell whether a name or address means this machine alone."""
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost"


class Gate:
    """Lets through requests and websockets that may come in, and answers the others with a page that says why.

    Without a token only names of this machine are served, so that no other site can borrow its name (DNS rebinding).
    A websocket or an upload of another origin is refused in any case.

    Args:
        app: what is behind the gate.
        token: what visitors must bring; None where Studio listens on this machine alone.
    """

    def __init__(self, app: App, token: str | None) -> None:
        self.app, self.token = app, token

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request or websocket (ASGI)."""
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return
        headers = {key.decode("latin-1").lower(): value.decode("latin-1") for key, value in scope["headers"]}
        if not self._is_ours(headers):
            await _refuse(scope, send, headers, _elsewhere)
        elif self.token is None or self._brings_token(headers):
            await self.app(scope, receive, send)
        elif scope["type"] == "http" and self._is_invited(scope):
            await _welcome(scope, send, self.token)
        else:
            await _refuse(scope, send, headers, _uninvited)

    def _is_ours(self, headers: dict[str, str]) -> bool:
        """Tell whether the address is ours, and the page that asks is too."""
        host = headers.get("host", "")
        if self.token is None and not is_local(urlsplit(f"//{host}").hostname or ""):
            return False
        origin = headers.get("origin")
        return origin is None or urlsplit(origin).netloc == host

    def _brings_token(self, headers: dict[str, str]) -> bool:
        try:
            cookie = SimpleCookie(headers.get("cookie", "")).get(COOKIE)
        except CookieError:
            return False
        return cookie is not None and self._is_token(cookie.value)

    def _is_invited(self, scope: Scope) -> bool:
        return self._is_token(_given(scope, PARAMETER))

    def _is_token(self, given: str) -> bool:
        return self.token is not None and secrets.compare_digest(given.encode(), self.token.encode())


def _given(scope: Scope, name: str) -> str:
    """Return what an address says behind its question mark; "" where it does not."""
    return str(parse_qs(scope.get("query_string", b"").decode("latin-1")).get(name, [""])[0])


async def _welcome(scope: Scope, send: Send, token: str) -> None:
    """Keep the token as a cookie and go to the page itself, so that the token leaves the address."""
    cookie = f"{COOKIE}={token}; Path=/; HttpOnly; SameSite=Lax"
    headers = [(b"location", scope["path"].encode()), (b"set-cookie", cookie.encode())]
    await send({"type": "http.response.start", "status": 303, "headers": headers})
    await send({"type": "http.response.body", "body": b""})


def _elsewhere() -> str:
    return _("This page can only be opened under its own address.")


def _uninvited() -> str:
    return _("This Studio is open to those who have its link, which holds a token.")


async def _refuse(scope: Scope, send: Send, headers: dict[str, str], reason: Callable[[], str]) -> None:
    if scope["type"] == "websocket":
        await send({"type": "websocket.close", "code": 1008})
        return
    asked = _given(scope, LANGUAGE)
    page = _refusal(reason, asked if asked in LANGUAGES else _preferred(headers.get("accept-language", "")))
    about = [(b"content-type", b"text/html; charset=utf-8"), (b"cache-control", b"no-store")]
    await send({"type": "http.response.start", "status": 403, "headers": about})
    await send({"type": "http.response.body", "body": page.encode()})


def _refusal(reason: Callable[[], str], code: str) -> str:
    """Return the page that says in the language `code` why somebody does not come in."""
    before = language()
    use(code)
    try:
        hint = _("Ask whoever started it for the whole link, from http to the last letter, and open that.")
        others = {other: name for other, name in NAMES.items() if other != code}
        words = {"lang": code, "reason": reason(), "hint": hint, "others": others, "parameter": LANGUAGE}
        return str(template(TEMPLATES, "refused.html").render(words))
    finally:
        use(before)


def _preferred(accepted: str) -> str:
    """Return the first language of ours that a browser asks for, else the one in use."""
    codes = (part.strip()[:2].lower() for part in accepted.split(","))
    return next((code for code in codes if code in LANGUAGES), language())
