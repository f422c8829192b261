"""Random changes to a batch of pictures, each picture by numbers of its own.

They are those of `torchvision.transforms.v2`, whose classes draw numbers once for a whole batch. A picture at a time
through them is more than ten times slower, so here a batch is changed at once.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

import torch
from torch import Tensor
from torch.nn import functional

# ---------------------------------------------------------------------- where pixels lie


@dataclass(frozen=True)
class Turn:
    """Rotation, zoom and shear about the middle and then a shift, as one resampling; what comes in becomes black.

    Attributes:
        degrees, shear: at most so many degrees to either side.
        zoom: at most this share larger or smaller.
        shift: at most so many whole pixels in each direction.
    """

    degrees: float = 0.0
    zoom: float = 0.0
    shear: float = 0.0
    shift: int = 0

    @property
    def kinds(self) -> set[str]:
        """Which of its four amounts it has."""
        return {name for name, amount in vars(self).items() if amount}

    def joined(self, other: Turn) -> Turn:
        """Return one turn for this and another of other kinds."""
        return replace(self, **{name: vars(other)[name] for name in other.kinds})

    def __call__(self, x: Tensor) -> Tensor:
        """Turn each picture by numbers of its own."""
        n, device = len(x), x.device
        shift = torch.randint(-self.shift, self.shift + 1, (n, 2), device=device)
        degrees, shear = _around(0, self.degrees, n, device), _around(0, self.shear, n, device)
        return turned(x, degrees, _around(1, self.zoom, n, device), shear, shift)


def turned(x: Tensor, degrees: Tensor, zoom: Tensor, shear: Tensor, shift: Tensor) -> Tensor:
    """Return pictures rotated clockwise, zoomed and sheared about their middle, then shifted.

    Each pixel is interpolated from where it comes from, `A^-1 (p - shift)` with `A = zoom R(degrees) S(shear)`, as
    `affine` of torchvision does it.

    Args:
        x: `(n, channels, height, width)` uint8.
        degrees: `(n,)`.
        zoom: `(n,)`, 1 for as large as it was.
        shear: `(n,)` degrees.
        shift: `(n, 2)` pixels to the right and down.
    """
    height, width = x.shape[2:]
    angle, slope = degrees.deg2rad(), shear.deg2rad().tan()
    cos, sin = angle.cos() / zoom, angle.sin() / zoom
    rows = torch.stack((cos - slope * sin, sin + slope * cos, -sin, cos), 1).reshape(-1, 2, 2)
    # The grid goes from -1 to 1 along both sides, however long they are.
    sides = rows.new_tensor((width, height))
    rows = rows * (sides[None, None, :] / sides[None, :, None])
    moved = -(rows @ (2 * shift / sides)[:, :, None])
    grid = functional.affine_grid(torch.cat((rows, moved), 2), [len(x), 1, height, width], align_corners=False)
    return _bytes(functional.grid_sample(x.float(), grid, align_corners=False))


@dataclass(frozen=True)
class Crop:
    """A square cut out at random, after black was put around the picture."""

    side: int
    padding: int = 0

    def __call__(self, x: Tensor) -> Tensor:
        """Cut a square from each picture."""
        x = functional.pad(x, (self.padding,) * 4)
        n, _channels, height, width = x.shape
        top = torch.randint(height - self.side + 1, (n,), device=x.device)
        left = torch.randint(width - self.side + 1, (n,), device=x.device)
        windows = x.unfold(2, self.side, 1).unfold(3, self.side, 1)  # a view: nothing is copied before the choice
        return windows[torch.arange(n, device=x.device), :, top, left]


@dataclass(frozen=True)
class ResizedCrop:
    """A part of at least so large a share of the picture, at most a third wider or higher, resized to a square."""

    side: int
    share: float

    def __call__(self, x: Tensor) -> Tensor:
        """Cut a part from each picture and resize it, as `RandomResizedCrop` of torchvision."""
        from torchvision.transforms.v2.functional import resized_crop

        n, _channels, height, width = x.shape
        area = torch.empty(n).uniform_(self.share, 1)
        ratio = (torch.empty(n).uniform_(-1, 1) * (-area.log()).clamp(max=math.log(4 / 3))).exp()
        heights = (height * (area / ratio).sqrt()).round().clamp(min=1)
        widths = (width * (area * ratio).sqrt()).round().clamp(min=1)
        tops = (torch.rand(n) * (height - heights + 1)).floor()
        lefts = (torch.rand(n) * (width - widths + 1)).floor()
        boxes = torch.stack((tops, lefts, heights, widths), 1).int().tolist()
        return torch.stack([resized_crop(one, *box, [self.side] * 2) for one, box in zip(x, boxes, strict=True)])


@dataclass(frozen=True)
class Flip:
    """Half of the pictures in a mirror."""

    dimension: int

    def __call__(self, x: Tensor) -> Tensor:
        """Flip each picture or leave it, with equal chances."""
        chosen = torch.rand(len(x), device=x.device) < 0.5
        return torch.where(chosen[:, None, None, None], x.flip(self.dimension), x)


# ---------------------------------------------------------------------- what pixels hold


@dataclass(frozen=True)
class Blend:
    """A picture mixed with another one made of it, by a factor near 1: below 1 toward the other, above 1 away."""

    amount: float
    other: Callable[[Tensor], Tensor]

    def __call__(self, x: Tensor) -> Tensor:
        """Mix each picture by a factor of its own."""
        factor = _around(1, self.amount, len(x), x.device)
        return blended(x, self.other(x), factor)


def blended(x: Tensor, other: Tensor, factor: Tensor) -> Tensor:
    """Return `factor x + (1 - factor) other` for pictures `(n, channels, height, width)` uint8; `factor` is `(n,)`."""
    factor = factor[:, None, None, None]
    return _bytes(x * factor + other * (1 - factor))


def black(x: Tensor) -> Tensor:
    """Return what a picture is mixed with to change its brightness."""
    return x.new_zeros(())


def mean_grey(x: Tensor) -> Tensor:
    """Return what a picture is mixed with to change its contrast: the mean of its grey version, `(n, 1, 1, 1)`."""
    return grey(x).mean((1, 2, 3), keepdim=True)


def grey(x: Tensor) -> Tensor:
    """Return pictures without colour, `(n, 1, height, width)` float32 (ITU-R 601)."""
    if x.shape[1] == 1:
        return x.float()
    weights = torch.tensor((0.299, 0.587, 0.114), device=x.device)[:, None, None]
    return (x * weights).sum(1, keepdim=True)


@dataclass(frozen=True)
class Erase:
    """In half of the pictures a rectangle of at most this share of the area becomes black (Zhong and others 2017)."""

    share: float

    def __call__(self, x: Tensor) -> Tensor:
        """Blacken a rectangle in each picture, or leave it, with equal chances."""
        n, device = len(x), x.device
        chosen = torch.rand(n, device=device) < 0.5
        area = torch.rand(n, device=device) * self.share * chosen
        ratio = torch.empty(n, device=device).uniform_(math.log(1 / 3), math.log(3)).exp()
        rows = _interval(x.shape[2], (area / ratio).sqrt())
        columns = _interval(x.shape[3], (area * ratio).sqrt())
        return x.masked_fill((rows[:, :, None] & columns[:, None, :])[:, None], 0)


@dataclass(frozen=True)
class Noise:
    """Normal noise added to every number, with a standard deviation that is this share of the whole range."""

    deviation: float

    def __call__(self, x: Tensor) -> Tensor:
        """Add noise to each picture."""
        return _bytes(x + 255 * self.deviation * torch.randn(x.shape, device=x.device))


# ---------------------------------------------------------------------- numbers


def _around(middle: float, amount: float, n: int, device: torch.device) -> Tensor:
    return torch.empty(n, device=device).uniform_(middle - amount, middle + amount)


def _interval(length: int, share: Tensor) -> Tensor:
    """Return `(n, length)`, true in an interval of about `share` `(n,)` of the length, anywhere in it."""
    size = (share * length).round().clamp(max=length)
    start = (torch.rand(len(share), device=share.device) * (length - size + 1)).floor()
    along = torch.arange(length, device=share.device)
    return (along >= start[:, None]) & (along < (start + size)[:, None])


def _bytes(x: Tensor) -> Tensor:
    return x.round_().clamp_(0, 255).to(torch.uint8)
