"""Where pixels on the drawing of a dense net lie, and what each unit of its first layer looks for, as pictures."""

from __future__ import annotations

from typing import Any

from neurona.data.inputs import Pixels
from neurona.studio.arrays import shares, signed
from neurona.studio.drawing import MOST_UNITS
from neurona.studio.pixel_places import pictures, place_of
from neurona.studio.views.inside import kernels_of
from neurona.studio.views.view import OnDrawing
from neurona.studio.views.watched import Watched


class Weights(OnDrawing):
    """The weights of each unit of the first layer that is drawn, as a picture."""

    name = "pixels"

    @staticmethod
    def suits(seen: Watched) -> bool:
        """Tell whether the net is drawn unit by unit, and sees pixels."""
        layers = seen.drawing.layers
        return isinstance(seen.data.inputs, Pixels) and bool(layers) and layers[0].name in kernels_of(seen)

    def described(self) -> dict[str, Any]:
        """Return the mean of training pictures, its brightest pixel at 1, and the pixels that are drawn.

        The mean is `(1, height, width)`, or `(1, 3, height, width)` in colour.

        `places` has channel, row and column of each, from 0.
        """
        inputs, drawing = self.seen.data.inputs, self.seen.drawing
        assert isinstance(inputs, Pixels)
        mean = pictures(self.seen.data).mean(0).reshape(inputs.seen)
        shown = mean[None] if len(mean) == 3 else mean.mean(0)[None]
        return {
            "mean": shares(shown / max(shown.max(), 1e-6)),
            "places": [place_of(pixel, inputs.seen) for pixel in drawing.sources],
        }

    def frame(self) -> dict[str, Any]:
        """Return pictures `(units, height, width)`, signed each by itself, by the name of the layer."""
        name = self.seen.drawing.layers[0].name
        return {name: signed(kernels_of(self.seen)[name][:MOST_UNITS], axis=(1, 2))}
