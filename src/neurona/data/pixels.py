"""Preprocessing of pictures: bytes in memory, numbers for the net batch by batch."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from neurona.data.columns import Columns, Number
from neurona.errors import InputError
from neurona.language import _

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Pixels:
    """The preprocessing of pictures: bytes in memory, cut, resized and `byte * scale + shift` batch by batch.

    Attributes:
        shape: `(channels, height, width)` as they are kept.
        scale, shift: what turns a byte into the number that the net sees, one for all channels or one for each; 1/255
            and 0 give the range 0 to 1.
        size: `(height, width)` that pictures are resized to for the net; None to leave them as they are.
        crop: `(height, width)` of the middle of a picture that is kept before it is resized, with black around where it
            is smaller; None for all of it.
    """

    shape: tuple[int, int, int]
    scale: tuple[float, ...] = (1 / 255,)
    shift: tuple[float, ...] = (0.0,)
    size: tuple[int, int] | None = None
    crop: tuple[int, int] | None = None

    @property
    def seen(self) -> tuple[int, ...]:
        """The shape of one sample as the net sees it: `(channels, height, width)`."""
        return (self.shape[0], *(self.size or self.crop or self.shape[1:]))

    @property
    def names(self) -> tuple[str, ...]:
        """`pixel0`, `pixel1`, ... in the order channel, row, column."""
        return tuple(f"pixel{i}" for i in range(math.prod(self.shape)))

    def prepare(self, x: Tensor) -> Tensor:
        """Return a batch of bytes `(n, channels, height, width)` as the net sees it, float32."""
        if self.crop is not None:
            down, across = (want - have for have, want in zip(x.shape[2:], self.crop, strict=True))
            x = functional.pad(x, (across // 2, across - across // 2, down // 2, down - down // 2))
        x = x.to(torch.float32, copy=True)
        if self.size is not None and tuple(x.shape[2:]) != self.size:
            x = functional.interpolate(x, self.size, mode="bilinear", antialias=True)
        if len(self.scale) == len(self.shift) == 1:
            return x.mul_(self.scale[0]).add_(self.shift[0])
        return x.mul_(_by_channel(self.scale, x)).add_(_by_channel(self.shift, x))

    @property
    def line(self) -> tuple[float, float] | None:
        """The factor and the summand of each byte, where a pixel of the picture is a number for the net; else None."""
        kept = self.crop is None and self.size in (None, self.shape[1:])
        if not kept or not len(self.scale) == len(self.shift) == 1:
            return None
        return self.scale[0], self.shift[0]

    def encode(self, frame: pd.DataFrame) -> Tensor:
        """Encode a table with a picture in each row, as columns `pixel0`, `pixel1`, ... of bytes.

        Returns:
            `(n, channels, height, width)` uint8.

        Raises:
            InputError: a pixel column is missing, or a value is no whole number from 0 to 255.
        """
        Columns(tuple(Number(name) for name in self.names)).require(list(frame.columns))
        values = frame[list(self.names)].to_numpy(dtype=np.float64)
        wrong = ~((values >= 0) & (values <= 255) & (values == np.floor(values)))
        if wrong.any():
            row, pixel = np.argwhere(wrong)[0]
            problem = _("Row {row}, column {name!r}: {value} is no pixel.").format(
                row=row + 1, name=self.names[pixel], value=values[row, pixel]
            )
            raise InputError(problem, _("Pixels are whole numbers from 0 to 255."))
        return torch.from_numpy(values.astype(np.uint8)).reshape(-1, *self.shape)

    def to_dict(self) -> dict[str, Any]:
        """Return a form that JSON can hold."""
        values = {name: getattr(self, name) for name in ("shape", "scale", "shift", "size", "crop")}
        return {"kind": "pixels", **{name: list(value) if value else None for name, value in values.items()}}

    @staticmethod
    def from_dict(saved: Mapping[str, Any]) -> Pixels:
        """Rebuild the preprocessing from what `to_dict` returned."""
        kept: dict[str, Any] = {name: tuple(value) for name, value in saved.items() if name != "kind" and value}
        return Pixels(**kept)


def _by_channel(values: tuple[float, ...], x: Tensor) -> Tensor:
    return torch.tensor(values, device=x.device)[:, None, None]
