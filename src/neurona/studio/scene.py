"""What of a fit can be watched: its data as points, its net as a drawing, and what both look like at this moment."""

from __future__ import annotations

from functools import cached_property
from typing import Any

import numpy as np
import torch
from torch import Tensor

from neurona.data.inputs import Columns, Number
from neurona.fit.loop import Fit
from neurona.look.confusion import counts
from neurona.look.evidence import each_class
from neurona.look.style import thinned
from neurona.studio.arrays import Packed, bytes_, floats, shares, signed
from neurona.studio.drawing import Drawing

SIDE, UNIT_SIDE, LINE = 60, 24, 200
MARGIN = 0.08
MOST_POINTS = {"train": 1200, "valid": 600, "test": 600}
MOST_CLASSES, MOST_ANSWERS = 30, 2000


class Scene:
    """The views of a fit, computed from it when asked.

    Args:
        fit: what is trained. It is only read, between two of its events.
    """

    def __init__(self, fit: Fit) -> None:
        self.fit = fit
        self.drawing = Drawing(fit.net, fit.data)

    # ------------------------------------------------------------------ what can be seen

    @property
    def classes(self) -> int:
        """How many classes each sample is one of; 0 for other tasks."""
        return len(self.fit.data.classes) if self.fit.task.name in ("binary", "multiclass") else 0

    @cached_property
    def numbers(self) -> tuple[Number, ...]:
        """The one or two numeric columns that samples consist of, so that they can be drawn; else nothing."""
        inputs = self.fit.data.inputs
        columns = inputs.columns if isinstance(inputs, Columns) else ()
        numbers = tuple(column for column in columns if isinstance(column, Number))
        return numbers if len(numbers) == len(columns) and len(columns) in (1, 2) else ()

    @cached_property
    def views(self) -> list[str]:
        """The views that fit the data: "surface", "line", "units", "confusion"."""
        regression = self.fit.task.name == "regression" and self.fit.data.outputs == 1
        views = []
        if len(self.numbers) == 2 and (1 < self.classes <= MOST_CLASSES or regression):
            views += ["surface", "units"] if self.drawing.layers else ["surface"]
        elif len(self.numbers) == 1 and regression:
            views += ["line"]
        if 1 < self.classes <= MOST_CLASSES:
            views.append("confusion")
        return views

    @cached_property
    def judged(self) -> str:
        """The split that a net is judged by: test, else valid, else train."""
        return next(name for name in ("test", "valid", "train") if len(getattr(self.fit.data, name)) or name == "train")

    def described(self) -> dict[str, Any]:
        """Return what does not change while the net learns: data, points, axes and the drawing."""
        data = self.fit.data
        return {
            "name": data.name,
            "task": data.task,
            "classes": list(data.classes),
            "target": data.target.names[0] if data.target.names else "",
            "samples": {name: len(getattr(data, name)) for name in ("train", "valid", "test")},
            "shape": list(data.shape),
            "notes": list(data.notes),
            "views": self.views,
            "judged": self.judged,
            "points": self._points() if self.numbers and self.views else None,
            "net": self.drawing.described(),
        }

    def _points(self) -> dict[str, Any]:
        splits = {name: self._shown(name) for name in ("train", self.judged)}
        low, high = self.bounds
        wanted = np.concatenate([answer for _x, answer in splits.values()])
        return {
            "axes": [column.name for column in self.numbers],
            "low": low.tolist(),
            "high": high.tolist(),
            "range": [float(wanted.min()), float(wanted.max())],
            "splits": {name: {"x": floats(x), "y": floats(y)} for name, (x, y) in splits.items()},
        }

    def _shown(self, name: str) -> tuple[np.ndarray, np.ndarray]:
        """Return samples of a split in their units, `(n, d)`, and their class numbers or values, `(n,)`."""
        split = getattr(self.fit.data, name)
        chosen = torch.from_numpy(thinned(len(split), MOST_POINTS[name]))
        y = split.y[chosen].double().reshape(len(chosen), -1)[:, 0].numpy()
        return self._in_units(split.x[chosen]), y if self.classes else self._value(y)

    # ------------------------------------------------------------------ units and scales

    @cached_property
    def _scales(self) -> tuple[np.ndarray, np.ndarray]:
        return np.array([n.scale for n in self.numbers]), np.array([n.mean for n in self.numbers])

    def _in_units(self, x: Tensor) -> np.ndarray:
        scale, mean = self._scales
        measured: np.ndarray = x.double().numpy() * scale + mean
        return measured

    def _encoded(self, values: np.ndarray) -> Tensor:
        scale, mean = self._scales
        return torch.from_numpy(((values - mean) / scale).astype(np.float32))

    def _value(self, y: np.ndarray) -> np.ndarray:
        """Return standardised targets in their own units."""
        target = self.fit.data.target
        measured: np.ndarray = y * target.scale[0] + target.mean[0]
        return measured

    @cached_property
    def bounds(self) -> tuple[np.ndarray, np.ndarray]:
        """The least and the largest values that are drawn, `(d,)` both: those of the data with a margin."""
        points = np.concatenate([self._in_units(getattr(self.fit.data, s).x) for s in ("train", "valid", "test")])
        low, high = points.min(0), points.max(0)
        room = np.where(high > low, MARGIN * (high - low), 1.0)
        return low - room, high + room

    def _grid(self, side: int) -> Tensor:
        """Return `side` by `side` encoded points, row by row from below."""
        low, high = self.bounds
        x, y = (np.linspace(low[i], high[i], side) for i in (0, 1))
        return self._encoded(np.stack(np.meshgrid(x, y), axis=-1).reshape(-1, 2))

    # ------------------------------------------------------------------ at this moment

    def frame(self) -> dict[str, Any]:
        """Return what the net answers now, for each view, and its weights."""
        net = self.fit.net
        training = net.training
        net.eval()
        try:
            with torch.inference_mode():
                shown = {name: getattr(self, f"_{name}")() for name in self.views}
                return {**shown, "weights": self.drawing.weights()}
        finally:
            net.train(training)

    def _outputs(self, x: Tensor) -> Any:
        return self.fit.task.forward(self.fit.net, x.to(self.fit.device))

    def _answers(self, x: Tensor) -> np.ndarray:
        """Return probabilities of all classes `(n, k)`, or values in the target's units `(n, 1)`."""
        parts = [self.fit.task.answer(self._outputs(part)).cpu() for part in x.split(8192)]
        answers = torch.cat(parts).double().numpy()
        return each_class(answers) if self.classes else self._value(answers)

    def _surface(self) -> dict[str, Any]:
        answers = self._answers(self._grid(SIDE))
        if not self.classes:
            low, high = self._points_range
            return {"side": SIDE, "values": shares((answers[:, 0] - low) / (high - low or 1.0))}
        count = answers.shape[1]
        sure = (answers.max(1) - 1 / count) / (1 - 1 / count)
        return {"side": SIDE, "classes": bytes_(answers.argmax(1)), "sure": shares(sure)}

    @cached_property
    def _points_range(self) -> tuple[float, float]:
        values = self._value(self.fit.data.train.y.double().numpy())
        return float(values.min()), float(values.max())

    def _line(self) -> dict[str, Any]:
        low, high = self.bounds
        outputs = self._outputs(self._encoded(np.linspace(low, high, LINE))).cpu().double().numpy()
        values = self._value(outputs[..., 0] if outputs.ndim == 3 else outputs[None, :, 0])
        return {"values": floats(np.nan_to_num(values))}

    def _units(self) -> dict[str, Packed]:
        """Return what each unit that is drawn answers at the points of a coarse grid, `(units, side, side)` a layer."""
        maps = {}
        for name, values in self.drawing.activations(self.fit.net, self._grid(UNIT_SIDE).to(self.fit.device)):
            maps[name] = signed(values.T.reshape(-1, UNIT_SIDE, UNIT_SIDE), axis=(1, 2))
        return maps

    def _confusion(self) -> dict[str, Any]:
        split = getattr(self.fit.data, self.judged)
        chosen = torch.from_numpy(thinned(len(split), MOST_ANSWERS))
        truth = split.y[chosen].reshape(-1).long().numpy()
        seen = self.fit.data.inputs.prepare(split.x[chosen])
        predicted = self._answers(seen).argmax(1)
        matrix = counts(truth, predicted, self.classes)
        return {"split": self.judged, "counts": matrix.tolist(), "samples": len(truth), "of": len(split)}
