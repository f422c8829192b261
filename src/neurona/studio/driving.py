"""Driving the training: play, pause, step, start anew, and how fast."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from neurona.studio.part import Part

if TYPE_CHECKING:
    from neurona.studio.workshop import Command

# A frame is sent at most so often, and takes at most this share of the time; one that is not confirmed is waited for.
FRAMES, SHARE, PATIENCE = 1 / 20, 0.3, 3.0
SPEEDS = {"slow": 2.0, "medium": 10.0, "fast": 30.0, "full": 0.0}


class Pace:
    """When the next event of the training and the next frame are due.

    Attributes:
        speed: events a second, by name: see `SPEEDS`.
    """

    def __init__(self) -> None:
        self.speed = "fast"
        self._next_event = self._next_frame = 0.0
        self._unconfirmed = -PATIENCE

    def choose(self, speed: str) -> None:
        """Take another speed; a name that is none changes nothing."""
        self.speed = speed if speed in SPEEDS else self.speed
        self._next_event = 0.0

    def wait(self) -> float:
        """Return how many seconds there are until the next event."""
        return max(0.0, self._next_event - time.monotonic())

    def trained(self) -> None:
        """Note that there was an event just now."""
        if rate := SPEEDS[self.speed]:
            self._next_event = max(self._next_event + 1 / rate, time.monotonic())

    def frame_is_due(self) -> bool:
        """Tell whether the page is to get a frame: it has drawn the last one, and some time has gone by."""
        now = time.monotonic()
        return now >= self._next_frame and now - self._unconfirmed >= PATIENCE

    def framed(self, spent: float) -> None:
        """Note that a frame was sent just now, which took so many seconds of the processor.

        By the clock a frame takes longer while others train, and its page would then wait longer too.
        """
        now = time.monotonic()
        self._unconfirmed = now
        self._next_frame = now + max(FRAMES, spent * (1 / SHARE - 1))

    def drawn(self) -> None:
        """Note that the page has drawn the last frame."""
        self._unconfirmed = -PATIENCE


class Driving(Part):
    """The commands that drive the training."""

    @property
    def commands(self) -> Mapping[str, Command]:
        """What each command of this part does."""
        return {
            "play": self._play,
            "pause": self._pause,
            "step": self._step,
            "batch": self._batch,
            "reset": self._reset,
            "speed": self._speed,
            "drawn": self._drawn,
        }

    def _play(self, command: Mapping[str, Any]) -> None:
        workshop = self.workshop
        if workshop.over:
            workshop.begin(workshop.recipe)
        workshop.running, workshop.word = True, ""
        workshop.telling.frame()

    def _pause(self, command: Mapping[str, Any]) -> None:
        self.workshop.running = False
        self.workshop.telling.frame()

    def _step(self, command: Mapping[str, Any]) -> None:
        if not self.workshop.over:
            self.workshop.running = False
            with self.workshop.diverging("step"):
                self.workshop.advance()
        self.workshop.telling.frame()

    def _batch(self, command: Mapping[str, Any]) -> None:
        """Train on a single batch: one step of the optimizer."""
        fit = self.workshop.fit
        if not self.workshop.over:
            self.workshop.running = False
            done, count = fit.steps
            with self.workshop.diverging("batch"):
                if count - done > 1:
                    fit.step()
                else:
                    self.workshop.advance()  # the last one of an event, which goes into the history and the run
        self.workshop.telling.frame()

    def _reset(self, command: Mapping[str, Any]) -> None:
        self.workshop.begin(self.workshop.recipe)
        self.workshop.running = False
        self.workshop.telling.state()

    def _speed(self, command: Mapping[str, Any]) -> None:
        self.workshop.pace.choose(str(command.get("speed")))

    def _drawn(self, command: Mapping[str, Any]) -> None:
        self.workshop.pace.drawn()
