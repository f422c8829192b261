"""Before a net can be there: the recipe that it takes its weights from is trained first, in sight of the page."""

from __future__ import annotations

import time
import warnings
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from neurona.errors import NeuronaWarning
from neurona.language import _
from neurona.pretrained import first_to_train, train_for_weights
from neurona.recipe import Recipe
from neurona.studio import limits

if TYPE_CHECKING:
    from neurona.fit.fit import Fit
    from neurona.studio.workshop import Workshop

# Seconds between two looks at what the page says.
LOOK = 0.1
# What ends it. A page that is loaded anew is told how far it is; all else has no place yet.
ENDS = ("stop", "hello", "open", "link", "toml", "change", "uploaded", "table", "points")


class EndedError(Exception):
    """Ends the training of a recipe for its weights, before it has any.

    Attributes:
        command: what is wanted in its place.
    """

    def __init__(self, command: Mapping[str, Any]) -> None:
        super().__init__()
        self.command = command


class Beforehand:
    """Trains the recipe that another one takes its weights from, while the page is heard and sees how far it is.

    Args:
        workshop: whose recipe it is.
    """

    def __init__(self, workshop: Workshop) -> None:
        self.workshop = workshop
        self._first: Recipe | None = None
        self._share = self._begun = 0.0
        self._next_look = 0.0

    def train(self, recipe: Recipe) -> None:
        """Train what `recipe` takes its weights from, unless they are kept from an earlier time.

        Raises:
            EndedError: something else is wanted meanwhile.
            InputError: either of the recipes is wrong; that of `recipe` is found before anything is trained.
            TrainingError: a loss became NaN.
        """
        first = first_to_train(recipe)
        if first is None:
            return
        self._first, self._share, self._begun = first, 0.0, time.monotonic()
        try:
            self._tell()
            recipe.with_changes({"net.weights": "none"}).start()
            self._begun = time.monotonic()
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", NeuronaWarning)  # the page says it all along
                for _epoch in train_for_weights(first, self._followed(first.start())):
                    pass
        finally:
            self._first = None
            self._tell()

    def _followed(self, fit: Fit) -> Fit:
        """Let the page be heard between two steps of a fit."""
        limits.check(fit.memory)

        def attend(share: float) -> None:
            with fit.random.fixed(True):  # what is drawn to look at another net is none of its random numbers
                self._attend((fit.epoch + share * fit.options.every) / fit.options.epochs)

        fit.between = attend
        return fit

    def _attend(self, share: float) -> None:
        """Hear what the page says, and tell it how far this is."""
        hear = self.workshop.midway.hear
        if hear is None or time.monotonic() < self._next_look:
            return
        while (command := hear(0.0)) is not None:
            self._do(command)
        self._share = share
        self._tell()
        self._next_look = time.monotonic() + LOOK

    def _do(self, command: Mapping[str, Any]) -> None:
        what = command.get("do")
        if what in ENDS:
            raise EndedError(command)
        if what in ("share", "language"):
            self.workshop.handle(command)
        elif what == "back":
            self.workshop.speak(command)
            self.workshop.tell_all()

    def _tell(self) -> None:
        """Tell the page what is trained, how far it is, and what is left in seconds; nothing once that is over."""
        first, text = self._first, ""
        if first is not None:
            words = _("The recipe {name} is trained first, for its weights: {title}. It is done once.")
            text = words.format(name=first.name, title=_(first.title))
        spent, share = time.monotonic() - self._begun, self._share
        left = spent * (1 - share) / share if share else None
        self.workshop.send({"kind": "wait", "text": text, "share": share, "left": left})
