"""What each unit of a dense net answers over the plane, as small maps on the drawing of the net."""

from __future__ import annotations

from typing import Any

import numpy as np

from neurona.studio.arrays import signed
from neurona.studio.drawing import MOST_INPUTS
from neurona.studio.views.surface import Surface
from neurona.studio.views.view import OnDrawing
from neurona.studio.views.watched import Watched

SIDE = 24


def centred(values: np.ndarray) -> np.ndarray:
    """Return columns `(n, d)` with 0 in the middle between the least and the largest value of each."""
    moved: np.ndarray = values - (values.min(0) + values.max(0)) / 2
    return moved


class Units(OnDrawing):
    """A small map for each unit that is drawn."""

    name = "units"

    @staticmethod
    def suits(seen: Watched) -> bool:
        """Tell whether the net is drawn unit by unit, over points of a plane."""
        return Surface.suits(seen) and bool(seen.drawing.layers)

    def described(self) -> dict[str, Any]:
        """Return what the net sees of each point, `(features, side, side)`, the first ones."""
        assert self.seen.plane is not None
        features = self.seen.plane.grid(SIDE)[:, :MOST_INPUTS].numpy()
        return {"inputs": signed(centred(features).T.reshape(-1, SIDE, SIDE), axis=(1, 2))}

    def frame(self) -> dict[str, Any]:
        """Return what each unit that is drawn answers at the points of a coarse grid, `(units, side, side)` a layer."""
        assert self.seen.plane is not None
        points = self.seen.plane.grid(SIDE).to(self.seen.fit.device)
        return {
            name: signed(values.T.reshape(-1, SIDE, SIDE), axis=(1, 2))
            for name, values in self.seen.drawing.activations(self.seen.net, points)
        }
