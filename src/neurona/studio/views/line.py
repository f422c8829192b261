"""What a net answers along a single axis."""

from __future__ import annotations

from typing import Any

import numpy as np

from neurona.studio.arrays import doubles
from neurona.studio.views.view import View
from neurona.studio.views.watched import Watched, in_units

POINTS = 200


class Line(View):
    """The curve that the net has found; one for each net of an ensemble."""

    name = "line"

    @staticmethod
    def suits(seen: Watched) -> bool:
        """Tell whether a value is to be found for a single number."""
        return seen.plane is not None and len(seen.plane.numbers) == 1 and seen.is_curve

    def frame(self) -> dict[str, Any]:
        """Return the values of each net at evenly spread places, `(members, points)`."""
        assert self.seen.plane is not None
        low, high = self.seen.plane.bounds
        outputs = self.seen.outputs(self.seen.plane.encoded(np.linspace(low, high, POINTS))).cpu().double().numpy()
        values = in_units(self.seen.data, outputs[..., 0] if outputs.ndim == 3 else outputs[None, :, 0])
        return {"values": doubles(np.nan_to_num(values))}
