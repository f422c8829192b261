"""What each unit of the first layer of a dense net looks for, as small pictures on the drawing of the net."""

from __future__ import annotations

from typing import Any

from neurona.data.inputs import Pixels
from neurona.studio.arrays import signed
from neurona.studio.drawing import MOST_UNITS
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

    def frame(self) -> dict[str, Any]:
        """Return pictures `(units, height, width)`, signed each by itself, by the name of the layer."""
        name = self.seen.drawing.layers[0].name
        return {name: signed(kernels_of(self.seen)[name][:MOST_UNITS], axis=(1, 2))}
