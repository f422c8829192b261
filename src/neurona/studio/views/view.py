"""A view: something of a fit that can be watched."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

from neurona.studio.views.watched import Watched


class View(ABC):
    """Something of a fit that can be watched, and perhaps asked.

    Args:
        seen: the fit, which a view only reads, between two of its steps.

    Attributes:
        name: of the view, here and in the browser.
        tab: whether it can take the main place on the page, by a tab of its own.
        beside: whether it is shown beside whatever has the main place.
        chosen: what a person has asked for; a later fit on the same data goes on with it.
    """

    name: ClassVar[str]
    tab: ClassVar[bool] = True
    beside: ClassVar[bool] = False

    def __init__(self, seen: Watched) -> None:
        self.seen = seen
        self.chosen: dict[str, Any] = {}

    @staticmethod
    @abstractmethod
    def suits(seen: Watched) -> bool:
        """Tell whether there is something to see of this fit."""

    def described(self) -> dict[str, Any]:
        """Return what does not change while the net learns."""
        return {}

    @abstractmethod
    def frame(self) -> dict[str, Any]:
        """Return what is seen now; the net is in evaluation mode, and nothing may draw from the global generators."""

    def freshen(self) -> Iterator[None]:
        """Compute what the next frame of a net that rests shows, a bit at a time, where it takes long."""
        yield from ()

    def passed(self) -> None:  # noqa: B027 (few views keep anything)
        """Take note that an event of the training has passed; it happens often, and must cost next to nothing."""

    def look(self, wish: Mapping[str, Any]) -> None:  # noqa: B027 (most views cannot be asked anything)
        """Take up what a person wants to see.

        Raises:
            InputError: there is no such thing; the view is then as it was.
        """


class OnDrawing(View):
    """A view without a tab: it stands on the drawing of the net, beside whatever has the main place."""

    tab = False
    beside = True
