"""A net of a single unit with one or two inputs as the formula that it is, in the units of the data."""

from __future__ import annotations

from typing import Any

import numpy as np

from neurona.data.inputs import Columns
from neurona.studio.views.cells import Cells
from neurona.studio.views.view import OnDrawing
from neurona.studio.views.watched import Watched

MOST_TERMS = 2


class Formula(OnDrawing):
    """`y = slope x + intercept`, with what standardisation does to inputs and target taken in.

    Of two classes it is the logit of the second one; with the perceptron loss that class is answered from 0 on.
    """

    name = "formula"

    @staticmethod
    def suits(seen: Watched) -> bool:
        """Tell whether the net is a single affine unit over one or two numbers of a table, and answers one value."""
        layers, task = seen.drawing.layers, seen.fit.task.name
        if len(layers) != 1 or layers[0].after != layers[0].name or not isinstance(seen.data.inputs, Columns):
            return False
        linear = layers[0].linear
        few = linear.out_features == 1 and linear.in_features == len(seen.data.inputs.names) <= MOST_TERMS
        return few and (task == "binary" or seen.is_curve)

    def described(self) -> dict[str, Any]:
        """Return the names of the terms, of what they add up to (a value or a class), and which of the three it is."""
        assert isinstance(self.seen.data.inputs, Columns)
        step = self.seen.fit.task.loss_name == "perceptron"
        return {
            "terms": list(self.seen.called(self.seen.data.inputs.names)),
            "of": self.seen.targets[0] if self.seen.is_curve else self.seen.names[1],
            "kind": "value" if self.seen.is_curve else "step" if step else "logit",
        }

    def frame(self) -> dict[str, Any]:
        """Return `slopes`, a number for each term, and `intercept`; null where they are no finite numbers."""
        data, linear = self.seen.data, self.seen.drawing.layers[0].linear
        assert isinstance(data.inputs, Columns)
        means, scales = Cells(data.inputs).scales
        weight = linear.weight[0].double().cpu().numpy() / scales
        bias = 0.0 if linear.bias is None else float(linear.bias[0])
        up, by = (data.target.mean[0], data.target.scale[0]) if self.seen.is_curve else (0.0, 1.0)
        with np.errstate(all="ignore"):
            slopes, intercept = by * weight, by * (bias - float((weight * means).sum())) + up
        return {"slopes": [_finite(slope) for slope in slopes], "intercept": _finite(intercept)}


def _finite(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
