"""Who is here, and who waits for a place: a class shares the cores and the memory of one machine."""

from __future__ import annotations

import asyncio
import os
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from math import inf
from typing import Any

from neurona.studio import greeting
from neurona.studio.visitor import Deliver, Visitor

Command = dict[str, Any]
# For so long a session is kept for a page that was left, in seconds: it may only be loaded anew.
KEPT = 6.0
# Whoever has done nothing for so long, and trains nothing, gives the place to those who wait; a warning comes before.
IDLE, WARNING, LOOK = 600.0, 60.0, 5.0


@dataclass
class Waiting:
    """Someone for whom there is no place yet.

    Attributes:
        deliver: hands a message to their page.
        hello: the word that their session is to begin with.
        visitor: the one who was here before, and gave the place to others; None for a new one.
    """

    deliver: Deliver
    hello: Command
    visitor: Visitor | None = None


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
        resting: those who gave their place to others, by name: their sessions are kept, as many as there are places and
            memory has room for.
        given_up: the names of those who rest and whose session was not kept.
        roomy: tells whether memory has room for one more session.
        active: when each of those who are here did something last, in seconds of a clock.
        warned: those who were told that their place is wanted, and since when.
        later: does something in so many seconds; it needs an event loop.
    """

    def __init__(self, admit: Callable[[Deliver, float], Visitor] = Visitor) -> None:
        self.admit, self.places, self.allowance = admit, 1, inf
        self.visitors: dict[str, Visitor] = {}
        self.waiting: dict[str, Waiting] = {}
        self.keys: dict[str, str] = {}
        self.parted: dict[str, asyncio.TimerHandle] = {}
        self.resting: dict[str, Visitor] = {}
        self.given_up: set[str] = set()
        self.roomy: Callable[[], bool] = lambda: True
        self.active: dict[str, float] = {}
        self.warned: dict[str, float] = {}
        self._looks: asyncio.TimerHandle | None = None
        self.later = _later

    def tell(self, name: str, deliver: Deliver, command: Command) -> None:
        """Hand on a command of the visitor `name`, who comes with the first."""
        if name in self.visitors:
            self._note(name, command)
            self.visitors[name].tell(command)
        elif name in self.resting:
            if command.get("do") == "awake":
                self.waiting[name] = Waiting(deliver, {}, self.resting.pop(name))
                self._fill()
            elif command.get("do") == "language":
                self.resting[name].tell(command)
        elif name in self.given_up and command.get("do") == "awake":
            self.given_up.discard(name)
            deliver({"kind": "gone", "why": "rest"})  # the page begins anew with its recipe
        elif command.get("do") == "hello" and self._comes_back(name, deliver, command):
            return
        elif command.get("do") == "hello":
            self.waiting[name] = Waiting(deliver, command)
            self._fill()
        elif name in self.waiting and command.get("do") == "language":
            self.waiting[name].hello["language"] = command.get("language")

    # ------------------------------------------------------------------ places that nobody uses

    def _note(self, name: str, command: Command) -> None:
        """Note that somebody is there; a page that has drawn a picture says so by itself."""
        if command.get("do") != "drawn":
            self.active[name] = time.monotonic()
            self.warned.pop(name, None)

    def look_round(self) -> None:
        """Warn who has done nothing for long while others wait, and let them give their place after a while."""
        self._looks, now = None, time.monotonic()
        wanted = len(self.waiting)
        for name in sorted(self.visitors, key=lambda one: self.active.get(one, now)):
            visitor = self.visitors[name]
            if wanted <= 0 or visitor.trains or now - self.active.get(name, now) < IDLE:
                self._spare(name)
                continue
            wanted -= 1
            since = self.warned.setdefault(name, now)
            if now - since >= WARNING:
                self._rest(name)
            else:
                visitor.deliver({"kind": "idle", "seconds": round(WARNING - (now - since))})
        self._look_later()

    def _spare(self, name: str) -> None:
        """Take a warning back."""
        if self.warned.pop(name, None) is not None:
            self.visitors[name].deliver({"kind": "idle", "seconds": 0})

    def _look_later(self) -> None:
        if self.waiting and self._looks is None:
            self._looks = self.later(LOOK, self.look_round)

    def _rest(self, name: str) -> None:
        """Let a visitor give the place to others; the session stays as it is, where there is room for it."""
        self.warned.pop(name, None)
        self.resting[name] = self.visitors.pop(name)
        self.resting[name].deliver({"kind": "rest"})
        self._fill()

    def _give_up(self) -> None:
        """End the session of whoever rests longest; that page is told when somebody comes back to it."""
        name = next(iter(self.resting))
        self.resting.pop(name).leave()
        self.keys.pop(name, None)
        self.given_up.add(name)

    @property
    def _sessions(self) -> int:
        """How many sessions there are: at work, at rest, and on the way back to a place."""
        return len(self.visitors) + len(self.resting) + sum(one.visitor is not None for one in self.waiting.values())

    # ------------------------------------------------------------------ coming and going

    def _comes_back(self, name: str, deliver: Deliver, hello: Command) -> bool:
        """Give a page that is loaded anew the session that it had, and return whether there is one."""
        before = next((one for one, key in self.keys.items() if key == hello.get("session")), None)
        if before is None or before not in self.parted:
            return False
        self.parted.pop(before).cancel()
        here = self.visitors if before in self.visitors else self.resting
        visitor = here.pop(before)
        here[name], self.keys[name] = visitor, self.keys.pop(before)
        visitor.deliver = deliver
        self.active.pop(before, None)
        self._note(name, hello)
        deliver({"kind": "session", "key": self.keys[name], "second": False})
        visitor.tell({**hello, "do": "back"})
        if name in self.resting:
            deliver({"kind": "rest"})
        return True

    def part(self, name: str) -> None:
        """Keep the session of a page that was left for a moment; whoever waits goes at once."""
        if name not in self.visitors and name not in self.resting:
            self.leave(name)
        elif name not in self.parted:
            self.parted[name] = self.later(KEPT, lambda: self.leave(name))

    def leave(self, name: str) -> None:
        """Let a visitor go, and the next one in."""
        waiting = self.waiting.pop(name, None)
        resting = self.resting.pop(name, None) or (waiting.visitor if waiting else None)
        if resting is not None:
            resting.leave()
        for kept in (self.keys, self.active, self.warned):
            kept.pop(name, None)
        self.given_up.discard(name)
        if timer := self.parted.pop(name, None):
            timer.cancel()
        visitor = self.visitors.pop(name, None)
        if visitor is not None:
            visitor.leave()
            self._share()
        self._fill()

    def close(self) -> None:
        """Let all go, and wait until they are gone: after a signal there may be no later."""
        back = [one.visitor for one in self.waiting.values() if one.visitor]
        self.waiting.clear()
        visitors = [*self.visitors.values(), *self.resting.values(), *back]
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
            self.active[name] = time.monotonic()
            if first.visitor is not None:
                self.visitors[name] = first.visitor
                first.deliver({"kind": "awake"})
                if "language" in first.hello:
                    first.visitor.tell({"do": "language", **first.hello})
                self._share()
                continue
            if self.resting and (self._sessions >= 2 * self.places or not self.roomy()):
                self._give_up()
            before = first.hello.get("session") or ""
            second = before in self.keys.values()
            self.visitors[name] = self.admit(first.deliver, self.allowance)
            self.keys[name] = secrets.token_urlsafe(16)
            first.deliver({"kind": "session", "key": self.keys[name], "second": second})
            if before and not second and first.hello.get("link"):
                first.hello.setdefault("lost", "away")
            self.visitors[name].tell(_greeted(first))
            self._share()
        for place, one in enumerate(self.waiting.values(), start=1):
            one.deliver({"kind": "full", "place": place, "visitors": self.places})
        self._look_later()

    def _share(self) -> None:
        """Tell each session how many cores are its own."""
        threads = max(1, cores() // max(1, len(self.visitors)))
        for visitor in self.visitors.values():
            visitor.share(threads)


def _later(seconds: float, what: Callable[[], None]) -> asyncio.TimerHandle:
    return asyncio.get_running_loop().call_later(seconds, what)


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
