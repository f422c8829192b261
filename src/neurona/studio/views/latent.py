"""The latent plane: where samples lie in it, and what any of its points stands for."""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import cached_property
from typing import Any

import numpy as np
import torch
from torch import Tensor

from neurona.data.inputs import Columns, Pixels
from neurona.errors import InputError
from neurona.language import _
from neurona.look.sheets import brightness
from neurona.look.style import thinned
from neurona.look.words import percent
from neurona.studio.arrays import bytes_, floats
from neurona.studio.views.measured import Measured, measured
from neurona.studio.views.view import View
from neurona.studio.views.watched import Watched, evaluating
from neurona.tasks.generative import Variational

MOST_POINTS, GRID, MARGIN = 1000, 11, 0.06
# No code lies as far from the middle, and what is computed of one that does stays a number.
FAR = 1e9


class Latent(View):
    """The codes of samples as points of a plane, and the picture or the row of a table that a held point is decoded to.

    The plane is spanned by two latent numbers, or by the first two principal components of the codes where there are
    more; then the other numbers (or components) of a held point are at their mean.
    """

    name = "latent"

    def __init__(self, seen: Watched) -> None:
        super().__init__(seen)
        self._before: np.ndarray | None = None

    @staticmethod
    def suits(seen: Watched) -> bool:
        """Tell whether the net writes samples down as codes of two numbers at least."""
        codes = seen.fit.task.name in ("reconstruction", "variational") and hasattr(seen.net, "encode")
        return codes and hasattr(seen.net, "decode") and _width(seen) > 1

    @cached_property
    def width(self) -> int:
        """How many numbers a code has."""
        return _width(self.seen)

    @cached_property
    def _points(self) -> np.ndarray:
        """The rows of the samples that are drawn."""
        return thinned(len(self.seen.judged_by), MOST_POINTS)

    def described(self) -> dict[str, Any]:
        """Return how many numbers a code has, the classes of the samples that are drawn (or null), and the columns."""
        classes, columns = self.seen.class_numbers, [one.column.name for one in self._columns]
        return {
            "width": self.width,
            "classes": None if classes is None else classes[self._points].tolist(),
            "columns": list(self.seen.called(columns)),
        }

    def frame(self) -> dict[str, Any]:
        """Return places `(n, 2)`, what the axes are, their ends, and what the held point is decoded to."""
        split = self.seen.judged_by
        codes = self._encoded(split.x[torch.from_numpy(self._points)])
        middle, axes, names = self._plane(codes)
        places = (codes - middle) @ axes.T + (middle @ axes.T if self._pair else 0)
        low, high = places.min(0), places.max(0)
        room = np.where(high > low, MARGIN * (high - low), 1.0)
        held = np.array(self.chosen.get("at", places.mean(0)))
        nearest = int(np.square(places - held).sum(1).argmin())
        return {
            "places": floats(places),
            "axes": names,
            "low": (low - room).tolist(),
            "high": (high + room).tolist(),
            "pair": list(self._pair) if self._pair else None,
            "at": held.tolist(),
            "nearest": nearest,
            "split": self.seen.judged,
            **self._pictures(held, nearest, middle, axes, low, high),
            **self._rows(held, nearest, middle, axes),
        }

    def _rows(self, held: np.ndarray, nearest: int, middle: np.ndarray, axes: np.ndarray) -> dict[str, Any]:
        """Return for each column of a table what the held point is decoded to, and what the nearest sample has."""
        if not self._columns:
            return {}
        row = int(self._points[nearest])
        sample = self.seen.data.inputs.prepare(self.seen.judged_by.x[row : row + 1])
        decoded = self._answered(held[None], middle, axes).reshape(1, -1)
        return {"row": [[one.texts(rows)[0] for one in self._columns] for rows in (decoded, sample)]}

    @cached_property
    def _columns(self) -> list[Measured]:
        """The columns of a table; none of pictures."""
        inputs = self.seen.data.inputs
        if not isinstance(inputs, Columns):
            return []
        train = self.seen.data.train.x
        return measured(inputs, inputs.prepare(train[torch.from_numpy(thinned(len(train), MOST_POINTS))]))

    def _pictures(
        self, held: np.ndarray, nearest: int, middle: np.ndarray, axes: np.ndarray, low: np.ndarray, high: np.ndarray
    ) -> dict[str, Any]:
        """Return the held point decoded, the sample nearest to it, and a grid of decoded points if it is asked for."""
        inputs = self.seen.data.inputs
        if not isinstance(inputs, Pixels):
            return {}
        row = int(self._points[nearest])
        sample = brightness(inputs, inputs.prepare(self.seen.judged_by.x[row : row + 1]))
        shown = {"decoded": self._decoded(held[None], middle, axes), "sample": bytes_(sample * 255 + 0.5)}
        if self.chosen.get("grid"):
            across, up = (np.linspace(low[i], high[i], GRID) for i in (0, 1))
            points = np.stack(np.meshgrid(across, up), axis=-1).reshape(-1, 2)
            shown["grid"] = self._decoded(points, middle, axes)
        return shown

    def look(self, wish: Mapping[str, Any]) -> None:
        """Hold a point (`at`), span the plane by two numbers (`pair`, null for components), or show a `grid`.

        Raises:
            InputError: there is no such point or number.
        """
        if "pair" in wish:
            self.chosen["pair"] = None if wish["pair"] is None else self._require_pair(wish["pair"])
            self.chosen.pop("at", None)
        if "at" in wish:
            at = wish["at"]
            if not (isinstance(at, list) and len(at) == 2 and all(isinstance(one, int | float) for one in at)):
                raise InputError(_("A point of the plane has two coordinates."), _("Click into the plane."))
            self.chosen["at"] = [min(max(float(one), -FAR), FAR) if math.isfinite(one) else 0.0 for one in at]
        if "grid" in wish:
            self.chosen["grid"] = bool(wish["grid"])

    def _require_pair(self, pair: Any) -> list[int]:
        whole = isinstance(pair, list) and len(pair) == 2 and all(type(one) is int for one in pair)
        if not whole or not all(0 <= one < self.width for one in pair) or pair[0] == pair[1]:
            problem = _("The plane needs two different latent numbers of {count}.").format(count=self.width)
            raise InputError(problem, _("They go from 0 to {last}.").format(last=self.width - 1))
        return list(pair)

    # ------------------------------------------------------------------ codes

    @property
    def _pair(self) -> list[int] | None:
        """The two latent numbers that span the plane; None for principal components."""
        pair: list[int] | None = self.chosen.get("pair") or ([0, 1] if self.width == 2 else None)
        return pair

    def _encoded(self, x: Tensor) -> np.ndarray:
        """Return the codes of samples, `(n, width)`: of a variational net their means."""
        found = []
        for part in x.split(MOST_POINTS):
            code = self.seen.net.encode(self.seen.data.inputs.prepare(part).to(self.seen.fit.device))  # type: ignore[operator]
            found.append((code[0] if isinstance(code, tuple) else code).cpu())
        codes: np.ndarray = np.nan_to_num(torch.cat(found).double().numpy())
        return codes

    def _plane(self, codes: np.ndarray) -> tuple[np.ndarray, np.ndarray, list[str]]:
        """Return the mean of all codes, the two directions of the plane, `(2, width)`, and what the axes are called."""
        middle = codes.mean(0)
        if self._pair:
            name = _("latent number {number}")
            return middle, np.eye(self.width)[self._pair], [name.format(number=one + 1) for one in self._pair]
        _left, sizes, directions = np.linalg.svd(codes - middle, full_matrices=False)
        axes = directions[:2]
        if self._before is not None:  # so that the plane does not turn over from one frame to the next
            axes = axes * np.where((axes * self._before).sum(1, keepdims=True) < 0, -1, 1)
        self._before = axes
        shares = sizes**2 / ((sizes**2).sum() or 1.0)
        name = _("principal component {number} ({share} of the variance)")
        return middle, axes, [name.format(number=i + 1, share=percent(shares[i])) for i in range(2)]

    def _decoded(self, places: np.ndarray, middle: np.ndarray, axes: np.ndarray) -> dict[str, Any]:
        """Return what points of the plane, `(n, 2)`, stand for, `(n, channels, height, width)` bytes."""
        inputs = self.seen.data.inputs
        assert isinstance(inputs, Pixels)
        pictures = self._answered(places, middle, axes).reshape(-1, *inputs.seen)
        return bytes_(np.nan_to_num(brightness(inputs, pictures)) * 255 + 0.5)

    def _answered(self, places: np.ndarray, middle: np.ndarray, axes: np.ndarray) -> Tensor:
        """Return what points of the plane are decoded to, as the net sees samples."""
        task = self.seen.fit.task
        rest = middle * (1 - axes.sum(0)) if self._pair else middle
        code = torch.from_numpy((rest + places @ axes).astype(np.float32)).to(self.seen.fit.device)
        outputs = self.seen.net.decode(code)  # type: ignore[operator]
        return torch.nan_to_num(task.answer((outputs,) if isinstance(task, Variational) else outputs).cpu())


def _width(seen: Watched) -> int:
    latent = getattr(seen.net, "latent", None)
    if isinstance(latent, int):
        return latent
    with evaluating(seen.net), torch.inference_mode():
        x = seen.data.inputs.prepare(seen.data.train.x[:1]).to(seen.fit.device)
        code = seen.net.encode(x)  # type: ignore[operator]
        return int((code[0] if isinstance(code, tuple) else code).shape[1])
