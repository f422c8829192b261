"""What each unit of a dense net answers over the plane, as small maps on the drawing of the net."""

from __future__ import annotations

from typing import Any

from neurona.studio.arrays import signed
from neurona.studio.views.surface import Surface
from neurona.studio.views.view import View
from neurona.studio.views.watched import Watched

SIDE = 24


class Units(View):
    """A small map for each unit that is drawn."""

    name = "units"
    tab = False
    beside = True

    @staticmethod
    def suits(seen: Watched) -> bool:
        """Tell whether the net is drawn unit by unit, over points of a plane."""
        return Surface.suits(seen) and bool(seen.drawing.layers)

    def frame(self) -> dict[str, Any]:
        """Return what each unit that is drawn answers at the points of a coarse grid, `(units, side, side)` a layer."""
        assert self.seen.plane is not None
        points = self.seen.plane.grid(SIDE).to(self.seen.fit.device)
        return {
            name: signed(values.T.reshape(-1, SIDE, SIDE), axis=(1, 2))
            for name, values in self.seen.drawing.activations(self.seen.net, points)
        }
