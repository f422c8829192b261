"""Originals beside what an autoencoder makes of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch

from neurona.data.inputs import Pixels
from neurona.look.sheets import brightness
from neurona.studio.arrays import bytes_
from neurona.studio.views.view import View
from neurona.studio.views.watched import Watched

COUNT = 10


class Reconstructions(View):
    """Ten pictures that a net is judged by, each above what the net gives back; first one of each class."""

    name = "reconstructions"

    @staticmethod
    def suits(seen: Watched) -> bool:
        """Tell whether the net gives pictures back."""
        return seen.fit.task.name in ("reconstruction", "variational") and isinstance(seen.data.inputs, Pixels)

    def frame(self) -> dict[str, Any]:
        """Return the pictures, `(n, channels, height, width)` bytes, before and after, and their errors.

        The error is the root mean squared one, in the numbers that the net sees.
        """
        inputs, rows = self.seen.data.inputs, self._rows()
        assert isinstance(inputs, Pixels)
        x = inputs.prepare(self.seen.judged_by.x[torch.from_numpy(rows)])
        back = self.seen.fit.task.answer(self.seen.outputs(x)).cpu().reshape(x.shape)
        errors = (back - x).square().flatten(1).mean(1).sqrt()
        classes = self.seen.class_numbers
        names = ["" if classes is None else self.seen.names[classes[row]] for row in rows]
        return {
            "originals": bytes_(brightness(inputs, x) * 255 + 0.5),
            "back": bytes_(np.nan_to_num(brightness(inputs, back)) * 255 + 0.5),
            "errors": [float(error) for error in torch.nan_to_num(errors)],
            "names": names,
            "split": self.seen.judged,
            "page": self.chosen.get("page", 0),
        }

    def look(self, wish: Mapping[str, Any]) -> None:
        """Leaf on by so many times ten pictures: `move`."""
        if isinstance(wish.get("move"), int):
            pages = 1 + -(-len(self.seen.judged_by) // COUNT)
            self.chosen["page"] = (self.chosen.get("page", 0) + wish["move"]) % pages

    def _rows(self) -> np.ndarray:
        """Return the first sample of each class on page 0, then ten after ten in their own order."""
        count, page = len(self.seen.judged_by), self.chosen.get("page", 0)
        classes = self.seen.class_numbers
        if page == 0 and classes is not None:
            firsts: np.ndarray = np.unique(classes, return_index=True)[1][:COUNT]
            return firsts
        begin = COUNT * max(0, page - 1)
        return np.arange(begin if begin < count else 0, min(begin + COUNT, count))
