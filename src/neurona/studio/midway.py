"""Within an epoch: the page is heard and sees the net between two steps, however long the epoch takes."""

from __future__ import annotations

import time
import traceback
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from neurona.errors import InputError
from neurona.language import _
from neurona.studio import limits
from neurona.studio.paths import without_folders

if TYPE_CHECKING:
    from torch import nn

    from neurona.fit.fit import Fit
    from neurona.studio.workshop import Command, Workshop

# Seconds between two looks at what the page says, each of which takes some microseconds.
LOOK = 0.02
# What can be done between two steps. Anything else waits for the end of the epoch, when weights, optimizer, random
# numbers and history belong together; of a changed recipe, what goes on with the same net does.
AT_ONCE = (
    *("pause", "play", "step", "batch", "speed", "drawn", "language", "look", "reset", "uploaded", "seeds"),
    *("walk", "samples"),
    *("hello", "back", "open", "link", "table", "toml", "change"),
)
# What waits for the end of an epoch is meant for this training, and for none that takes its place.
OF_THIS = ("take", "pin", "weight", "points", "change", "toml")
Hear = Callable[[float | None], Mapping[str, Any] | None]


class AbandonedError(Exception):
    """Ends an event of a fit that nobody wants any more."""


class LaterError(Exception):
    """Ends a command that has to wait for the end of the epoch."""


class Midway:
    """What happens between two steps of the training, while an event of it runs within this as a context.

    Args:
        workshop: whose training it is.

    Attributes:
        hear: returns the next command, if there is one within some seconds (None: however long it takes); None where
            nobody speaks meanwhile.
        share: of the event that is trained; 0 between two events.
        within: whether a command is handled, or a frame made, between two steps.
    """

    def __init__(self, workshop: Workshop) -> None:
        self.workshop = workshop
        self.hear: Hear | None = None
        self.share = 0.0
        self.within = False
        self._active = self._halted = self._rests = self._single = False
        self._later: list[Mapping[str, Any]] = []
        self._net: nn.Module | None = None
        self._next_look = 0.0

    @property
    def steps(self) -> tuple[int, int] | None:
        """How many batches of the event are done, and how many it has; None between two events."""
        batches = self.workshop.fit.steps[1]
        return (round(self.share * batches), batches) if self.share else None

    @property
    def commands(self) -> Mapping[str, Command]:
        """What each command of this part does."""
        return {"share": lambda command: limits.compute_on(int(command["threads"]))}

    def __enter__(self) -> None:
        """Begin an event."""
        self._active, self._halted, self._single, self._next_look = True, False, False, time.monotonic() + LOOK
        self._net = self.workshop.fit.net

    def __exit__(self, kind: type[BaseException] | None, *_rest: object) -> bool:
        """End the event, which may have been abandoned, and do what had to wait for that."""
        gone = self.workshop.fit.net is not self._net
        self._active = self._rests = False
        self.share = 0.0
        waiting, self._later = self._later, []
        for command in waiting:
            if gone and command.get("do") in OF_THIS:
                self._leave_out(command)
            else:
                self._guarded(command)
        return kind is AbandonedError

    def _leave_out(self, command: Mapping[str, Any]) -> None:
        problem = _("What was to be done at the end of the epoch is left out, for that training is gone.")
        error = InputError(problem, _("Ask for it again, if it is wanted of this one."))
        self.workshop.telling.problem(error, {"do": command["do"]})

    @contextmanager
    def resting(self) -> Iterator[None]:
        """Within the block a net that rests is looked at; the first word of the page ends it, and is then heard."""
        self._rests = True
        try:
            with self:
                yield
        finally:
            self._rests = False

    def between(self, share: float) -> None:
        """Hear what the page says, and show it the net, when it is time for that; see `Fit.between`.

        Raises:
            AbandonedError: another fit has taken the place of this one.
        """
        if self.hear is None or not self._active or self.within or time.monotonic() < self._next_look:
            return
        self.share, self.within = 0.0 if self._rests else share, True
        fit = self.workshop.fit
        try:
            with fit.random.fixed(True):  # what is drawn to look at a net is none of its training's random numbers
                if self._single:
                    self._single = False
                    self.workshop.telling.frame()
                self._attend(fit)
                if self.workshop.running and self.workshop.pace.frame_is_due():
                    self.workshop.telling.frame()
        finally:
            self.within = False
            self._next_look = 0.0 if self._single else time.monotonic() + LOOK

    def _attend(self, fit: Fit) -> None:
        """Do what the page asks for; while it has asked to pause, wait for what it asks next."""
        assert self.hear is not None
        while True:
            held = self._halted and not self._later
            command = self.hear(None if held else 0.0)
            if command is None:
                return
            self._do(command)
            if self.workshop.fit is not fit:
                raise AbandonedError
            if self._single:
                return

    def _do(self, command: Mapping[str, Any]) -> None:
        what = command.get("do")
        if self._rests and what != "drawn":
            self._later.append(command)
            raise AbandonedError
        if what not in AT_ONCE:
            self._later.append(command)
        elif what in ("step", "batch"):  # the event that has begun is the step, its next batch the batch
            self._halted, self._single = what == "batch", what == "batch"
            self.workshop.running = False
        else:
            self._halted = what in ("pause", "walk") or (self._halted and what != "play")
            self._guarded(command)

    def _guarded(self, command: Mapping[str, Any]) -> None:
        try:
            self.workshop.handle(command)
        except LaterError:
            self._later.append(command)
            self.workshop.telling.remark(_("It takes effect when this epoch has ended."))
        except ConnectionError:  # nobody listens any more
            raise
        except Exception as error:
            tell_fault(self.workshop, error)


def tell_fault(workshop: Workshop, error: Exception) -> None:
    """Tell a mistake of ours: the page in one line, whoever started Studio in full."""
    traceback.print_exception(error)
    workshop.running = False
    workshop.send({"kind": "fault", "error": without_folders(f"{type(error).__name__}: {error}")})
