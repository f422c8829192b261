"""The server of Studio: an address that is free, who may come in, the page, and a clean end."""

from __future__ import annotations

import errno
import secrets
import socket
import threading
from collections.abc import Callable
from functools import partial

import psutil

from neurona.errors import InputError, reason_of
from neurona.imports import swift
from neurona.language import LANGUAGES, _
from neurona.studio import greeting, left, limits, malformed
from neurona.studio.classroom import cores
from neurona.studio.gate import Gate, is_local

# For so long a session is kept for a visitor whose connection is lost, in seconds.
RECONNECT = 20.0
# So often Studio looks whether the first page can be shown, in seconds.
LOOK = 0.02


def serve(
    host: str,
    port: int,
    *,
    browser: bool,
    visitors: int | None = None,
    loading: Callable[[], None],
    announce: Callable[[str, bool], None],
) -> None:
    """Serve the page until Ctrl-C, as soon as it can be shown whole at once.

    Args:
        host: the address to listen on. Any but those of this machine alone asks visitors for a token.
        port: the port to listen on.
        browser: whether to open the page in a browser.
        visitors: how many may be here at a time; None for as many as memory and cores have room for.
        loading: is told that an address is free, and that the server will take some seconds.
        announce: is told the link, and whether others can come in, when the server starts.

    Raises:
        InputError: the port is taken, or there is no such address here.
    """
    _require_free(host, port)
    token = None if is_local(host) else secrets.token_urlsafe(12)
    loading()
    from neurona.studio.visitor import warm_up

    memory = psutil.virtual_memory().available
    warming = threading.Thread(target=warm_up, daemon=True)
    warming.start()  # on another core, while this one imports what serves
    with swift():
        from nicegui import app, core, ui

        from neurona.studio.page import CLASSROOM, page

    CLASSROOM.places = visitors or limits.places_for(memory, cores())
    # Whoever is alone with Studio may have it all; those who share it have equal parts.
    CLASSROOM.allowance = limits.allowance_of(memory, CLASSROOM.places if token or visitors else 1)
    CLASSROOM.roomy = partial(limits.has_room, memory)
    app.add_middleware(Gate, token=token)
    left.overlook()
    malformed.overlook(core.sio)
    core.sio.eio.cors_allowed_origins = None  # its own origin alone; the gate checks that too
    app.on_shutdown(CLASSROOM.close)
    ui.page("/", title="Neurona Studio")(page)
    _wait_for_first_page(warming)
    announce(link(host, port, token), token is not None)
    ui.run(
        host=host,
        port=port,
        reload=False,
        show=browser and (f"/?token={token}" if token else "/"),
        show_welcome_message=False,
        tailwind=False,
        reconnect_timeout=RECONNECT,
        binding_refresh_interval=None,
        message_history_length=100,
        timeout_graceful_shutdown=1,
    )


def _wait_for_first_page(warming: threading.Thread) -> None:
    """Wait until a page can be whole at once: what it is told first is kept, or sessions are ready to say it."""
    while warming.is_alive() and not all(map(greeting.kept, LANGUAGES)):
        warming.join(LOOK)


def link(host: str, port: int, token: str | None) -> str:
    """Return the address that visitors open."""
    name = _reachable() if host in ("0.0.0.0", "::", "") else f"[{host}]" if ":" in host else host
    return f"http://{name}:{port}/" + (f"?token={token}" if token else "")


def _reachable() -> str:
    """Return the address by which others reach this machine, or its name where it has no network."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # nothing is sent; the address is one for documentation (RFC 5737)
            return str(probe.getsockname()[0])
        except OSError:
            return socket.gethostname()


def _require_free(host: str, port: int) -> None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except (OSError, OverflowError) as error:
            raise _unusable(host, port, error) from error


def _unusable(host: str, port: int, error: Exception) -> InputError:
    if isinstance(error, OSError) and error.errno == errno.EADDRINUSE:
        problem = _("Port {port} is in use, perhaps by another Studio.").format(port=port)
        return InputError(problem, _("Choose another one: neurona studio --port {port}").format(port=port + 1))
    if isinstance(error, OSError) and error.errno == errno.EACCES:
        problem = _("Port {port} is reserved for the system.").format(port=port)
        return InputError(problem, _("Choose one from 1024 on, such as --port 8400."))
    problem = _("Studio cannot listen on {host}, port {port}: {reason}.")
    hint = _("Leave --host out for this machine alone, or write --host 0.0.0.0 for all of its addresses.")
    return InputError(problem.format(host=host, port=port, reason=reason_of(error)), hint)
