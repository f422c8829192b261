"""Who is here, and who waits for a place: a class shares the cores and the memory of one machine."""

from __future__ import annotations

import asyncio
import os
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from math import inf
from typing import Any

from neurona.studio import greeting
from neurona.studio.visitor import Deliver, Visitor

Command = dict[str, Any]
# For so long a session is kept for a page that was left, in seconds: it may only be loaded anew.
KEPT = 6.0


@dataclass
class Waiting:
    """Someone for whom there is no place yet.

    Attributes:
        deliver: hands a message to their page.
        hello: the word that their session is to begin with.
    """

    deliver: Deliver
    hello: Command


class Classroom:
    """The visitors, each at a place of their own, and behind them a queue.

    Args:
        admit: makes a visitor, who may use so many bytes.

    Attributes:
        places: how many may be here at a time.
        allowance: the bytes of memory that each of them may use.
        visitors: those who are here, by name.
        waiting: those who are not in yet, first come first.
        keys: by which each of those who are here is known to their browser, by name.
        parted: those whose page was left, and when their session ends, by name.
    """

    def __init__(self, admit: Callable[[Deliver, float], Visitor] = Visitor) -> None:
        self.admit, self.places, self.allowance = admit, 1, inf
        self.visitors: dict[str, Visitor] = {}
        self.waiting: dict[str, Waiting] = {}
        self.keys: dict[str, str] = {}
        self.parted: dict[str, asyncio.TimerHandle] = {}

    def tell(self, name: str, deliver: Deliver, command: Command) -> None:
        """Hand on a command of the visitor `name`, who comes with the first."""
        if name in self.visitors:
            self.visitors[name].tell(command)
        elif command.get("do") == "hello" and self._comes_back(name, deliver, command):
            return
        elif command.get("do") == "hello":
            self.waiting[name] = Waiting(deliver, command)
            self._fill()
        elif name in self.waiting and command.get("do") == "language":
            self.waiting[name].hello["language"] = command.get("language")

    def _comes_back(self, name: str, deliver: Deliver, hello: Command) -> bool:
        """Give a page that is loaded anew the session that it had, and return whether there is one."""
        before = next((one for one, key in self.keys.items() if key == hello.get("session")), None)
        if before is None or before not in self.parted:
            return False
        self.parted.pop(before).cancel()
        visitor = self.visitors.pop(before)
        self.visitors[name], self.keys[name] = visitor, self.keys.pop(before)
        visitor.deliver = deliver
        deliver({"kind": "session", "key": self.keys[name], "second": False})
        visitor.tell({**hello, "do": "back"})
        return True

    def part(self, name: str) -> None:
        """Keep the session of a page that was left for a moment; whoever waits goes at once."""
        if name not in self.visitors:
            self.leave(name)
        elif name not in self.parted:
            self.parted[name] = asyncio.get_running_loop().call_later(KEPT, self.leave, name)

    def leave(self, name: str) -> None:
        """Let a visitor go, and the next one in."""
        self.waiting.pop(name, None)
        self.keys.pop(name, None)
        if timer := self.parted.pop(name, None):
            timer.cancel()
        visitor = self.visitors.pop(name, None)
        if visitor is not None:
            visitor.leave()
            self._share()
        self._fill()

    def close(self) -> None:
        """Let all go, and wait until they are gone: after a signal there may be no later."""
        self.waiting.clear()
        visitors = list(self.visitors.values())
        self.visitors.clear()
        for visitor in visitors:
            visitor.leave()
        for visitor in visitors:
            visitor.wait()

    def _fill(self) -> None:
        """Let those in who wait first, and tell the others how many are before them."""
        while self.waiting and len(self.visitors) < self.places:
            name = next(iter(self.waiting))
            first = self.waiting.pop(name)
            second = first.hello.get("session") in {*self.keys.values()} - {None, ""}
            self.visitors[name] = self.admit(first.deliver, self.allowance)
            self.keys[name] = secrets.token_urlsafe(16)
            first.deliver({"kind": "session", "key": self.keys[name], "second": second})
            self.visitors[name].tell(_greeted(first))
            self._share()
        for place, one in enumerate(self.waiting.values(), start=1):
            one.deliver({"kind": "full", "place": place, "visitors": self.places})

    def _share(self) -> None:
        """Tell each session how many cores are its own."""
        threads = max(1, cores() // max(1, len(self.visitors)))
        for visitor in self.visitors.values():
            visitor.share(threads)


def _greeted(one: Waiting) -> Command:
    """Greet a page that brings no recipe of its own; return its first word, which says so to the session."""
    if one.hello.get("link"):
        return one.hello
    messages = greeting.kept(str(one.hello.get("language")))
    for message in messages:
        one.deliver(message)
    return {**one.hello, "greeted": bool(messages)}


def cores() -> int:
    """Return how many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
