"""A population: fits that train side by side, each in a thread of its own.

Native code and PyTorch's large operations leave Python free for others while they run, so that as many fits advance at
once as there are cores. Each draws its own random numbers, so that what comes out of it does not depend on the others.
"""

from __future__ import annotations

import ctypes
import queue
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import suppress
from typing import Generic, Protocol, Self, TypeVar

import torch

from neurona.errors import InputError
from neurona.fit.history import Epoch
from neurona.fit.memory import free, lanes_that_fit
from neurona.language import _

# Events of a member are handed over together, those of so many seconds: whoever looks at them takes a core for it.
TOGETHER = 0.01
# So many of these may wait to be looked at before the fits wait for who looks.
WAITING = 100
# Seconds after which a fit that is to stop is told so again.
PATIENCE = 1.0


class Member(Protocol):
    """What a population consists of, such as a `Fit`: it is iterated, and says whether it may be beside others."""

    @property
    def shares(self) -> bool:
        """Whether it may advance in a thread beside others, and gains by it."""

    @property
    def memory(self) -> int:
        """The bytes that it takes, about."""

    def __iter__(self) -> Iterator[Epoch]:
        """Advance by an event, and yield it."""


Of = TypeVar("Of", bound=Member)


class Population(Generic[Of]):
    """Members that advance side by side, as many at once as there are lanes.

    Iterating it yields `(member, epoch)` as they pass by; leaving the iteration early stops them all. Members that
    share no machine (see `Member.shares`) have it for themselves when their turn comes.

    Args:
        members: in the order in which they begin; each is asked for when there is room for it.
        lanes: how many advance at once; None for as many as PyTorch has threads, or fewer where memory is short.

    Raises:
        InputError: there are no lanes, a member is no fit, or the memory that is free does not hold so many.
        Exception: what a member raises, after the others were stopped.
    """

    def __init__(self, members: Iterable[Of], lanes: int | None = None) -> None:
        if lanes is not None and (not hasattr(lanes, "__index__") or lanes < 1):
            problem = _("lanes = {lanes}: at least one fit has to advance.").format(lanes=repr(lanes))
            raise InputError(problem, _("Write 1 or more, or leave it out."))
        self.members, self.lanes = members, lanes

    def __iter__(self) -> Iterator[tuple[Of, Epoch]]:
        """Yield each event of each member."""
        count = room = 0
        with _Lanes[Of]() as lanes:
            for member in self.members:
                _check_member(member)
                count = count or lanes_that_fit(member.memory, self.lanes)
                room = room or free()
                if count == 1 or not member.shares:
                    yield from lanes.passed(until=0)
                    for epoch in member:
                        yield member, epoch
                else:
                    while lanes.taken and lanes.taken + member.memory > room:
                        yield from lanes.passed(until=lanes.count - 1)
                    lanes.begin(member)
                del member  # with its data, before the next one loads its own
                yield from lanes.passed(until=count - 1)
            yield from lanes.passed(until=0)


def _check_member(member: object) -> None:
    """Raise an `InputError` unless `member` is such as a `Fit`."""
    if not hasattr(member, "shares"):
        problem = _("A population is made of fits, and holds a {kind}.").format(kind=type(member).__name__)
        raise InputError(problem, _("Give a list of them: Population([nr.Fit(net, data), ...])."))


def _trained(member: object) -> int:
    """Return what tells members apart: the net of a fit."""
    return id(getattr(member, "net", member))


class _Stopped(SystemExit):
    """Ends the thread that it is raised in, without a word."""


class _Lanes(Generic[Of]):
    """Threads that advance members, and what comes of them."""

    def __init__(self) -> None:
        self._events: queue.Queue[tuple[Of, list[Epoch], BaseException | bool]] = queue.Queue(WAITING)
        self._advancing: dict[int, tuple[threading.Thread, int]] = {}  # by what is trained: who does, and the bytes
        self._stopping = False

    @property
    def count(self) -> int:
        """How many advance."""
        return len(self._advancing)

    @property
    def taken(self) -> int:
        """The bytes that they take, about."""
        return sum(bytes_taken for _thread, bytes_taken in self._advancing.values())

    def begin(self, member: Of) -> None:
        """Let `member` advance to its end.

        Raises:
            InputError: its net is trained by another one that advances.
        """
        if _trained(member) in self._advancing:
            problem = _("Two fits of the population train the same net.")
            raise InputError(problem, _("Give each fit a net of its own, such as copy.deepcopy(net)."))
        thread = threading.Thread(target=self._advance, args=(member,), daemon=True)
        self._advancing[_trained(member)] = (thread, member.memory)
        thread.start()

    def passed(self, until: int) -> Iterator[tuple[Of, Epoch]]:
        """Yield what passes by until at most so many members advance; of what has passed already, all.

        Raises:
            Exception: what one of them raised.
        """
        while self.count > until or not self._events.empty():
            member, events, end = self._events.get()
            for event in events:
                yield member, event
            if not end:
                continue
            thread, _bytes = self._advancing.pop(_trained(member))
            thread.join()
            if isinstance(end, BaseException):
                raise end

    def _advance(self, member: Of) -> None:
        torch.set_num_threads(1)  # of operations that this thread begins
        end: BaseException | bool = True
        events, due = list[Epoch](), 0.0
        try:
            for epoch in member:
                events.append(epoch)
                if (now := time.monotonic()) >= due:
                    self._events.put((member, events, False))
                    events, due = [], now + TOGETHER
                if self._stopping:
                    return
        except BaseException as error:
            end = error
        self._events.put((member, events, end))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Stop what still advances, at the next step that Python makes in it, and wait for it."""
        self._stopping = True
        asked = 0.0
        while alive := [thread for thread, _bytes in self._advancing.values() if thread.is_alive()]:
            if time.monotonic() - asked > PATIENCE:  # again, for Python drops it where it comes in a destructor
                asked = time.monotonic()
                for thread in alive:
                    number, end = ctypes.c_ulong(thread.ident or 0), ctypes.py_object(_Stopped)
                    ctypes.pythonapi.PyThreadState_SetAsyncExc(number, end)
            with suppress(queue.Empty):
                self._events.get(timeout=0.01)
