"""A pad to draw on: what the net answers to a drawing, while it is drawn."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from functools import cached_property
from typing import Any

import numpy as np

from neurona.data.inputs import Pixels
from neurona.errors import InputError
from neurona.language import _
from neurona.studio.views.inside import sees_pictures, through
from neurona.studio.views.pen import Pen
from neurona.studio.views.view import View
from neurona.studio.views.watched import Watched

LARGEST_SIDE, LARGEST_PICTURE = 256, 64


class Pad(View):
    """A drawing, made into a picture as those of train were, on its way through the net."""

    name = "pad"

    @staticmethod
    def suits(seen: Watched) -> bool:
        """Tell whether the net tells small grey pictures apart."""
        inputs = seen.data.inputs
        small = isinstance(inputs, Pixels) and inputs.shape == inputs.seen and max(inputs.shape) <= LARGEST_PICTURE
        return small and seen.data.shape[0] == 1 and seen.classes > 1 and sees_pictures(seen)

    @cached_property
    def pen(self) -> Pen:
        """How drawings become pictures."""
        return Pen.of(self.seen.data)

    def described(self) -> dict[str, Any]:
        """Return how thick the pen is, as a share of the larger side of a drawing, and the size of a picture."""
        return {"pen": self.pen.width, "size": list(self.pen.size)}

    def frame(self) -> dict[str, Any]:
        """Return what `inside.through` does for the drawing, and whether there is any."""
        inputs, ink = self.seen.data.inputs, self.chosen.get("ink")
        assert isinstance(inputs, Pixels)
        blank = ink is None or not ink.any()
        picture = self.pen.picture(np.zeros((1, 1), np.uint8) if ink is None else ink)
        return {**through(self.seen, inputs.prepare(picture)), "blank": blank}

    def look(self, wish: Mapping[str, Any]) -> None:
        """Take up a drawing: `ink`, bytes packed as `(h, w)`, bright where there is ink; null clears the pad.

        Raises:
            InputError: it is no drawing.
        """
        if "ink" in wish:
            self.chosen["ink"] = None if wish["ink"] is None else _unpacked(wish["ink"])


def _unpacked(packed: Any) -> np.ndarray:
    try:
        height, width = map(int, packed["shape"])
        content = base64.b64decode(packed["data"], validate=True)
        if min(height, width) < 1 or max(height, width) > LARGEST_SIDE or len(content) != height * width:
            raise ValueError(packed["shape"])
    except (binascii.Error, KeyError, TypeError, ValueError) as error:
        problem = _("The drawing did not arrive whole.")
        raise InputError(problem, _("Clear the pad and draw again.")) from error
    return np.frombuffer(content, np.uint8).reshape(height, width)
