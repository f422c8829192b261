"""What one convolution or one pooling does to a picture, with its numbers."""

from __future__ import annotations

import numpy as np
import torch
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from torch import Tensor
from torch.nn import functional

from neurona.errors import InputError, nearest
from neurona.language import _
from neurona.look.style import BLUE, INK, MUTED, PAPER, RULE, SMALL, VERMILION, dress, figure, panels
from neurona.nets import sizes

Array = np.ndarray | Tensor

KINDS = ("mean", "max", "min")
MOST_FILTERS = 6
MOST_CELLS = 14
MOST_WEIGHTS = 7
SAMPLE_SIZE = (415, 620)
NUMBERS = np.array([[2, 7, 5, 4, 3], [4, 6, 8, 2, 6], [1, 5, 3, 9, 7], [6, 2, 4, 7, 5], [3, 0, 5, 8, 6]])
LETTER = 0.62  # the width of a digit for its height


# ---------------------------------------------------------------------- numbers


def filtered(picture: Array, kernel: Array, *, stride: int = 1, padding: int = 0) -> np.ndarray:
    """Return a picture after a convolution as nets compute it: sums of products, the kernel not turned round.

    Args:
        picture: `(h, w)` or `(channels, h, w)`.
        kernel: `(f, g)`, one filter that goes over each channel by itself; `(n, f, g)`, n of them over each channel; or
            `(n, channels, f, g)`, n filters that see all channels at once, such as the weights of a `Conv2d`.
        stride: pixels from one place of the kernel to the next.
        padding: zeros around the picture.

    Returns:
        `(h', w')` with `h' = (h + 2 padding - f) // stride + 1` and the same for the width, `(n, h', w')` of several
        filters; and one of these for each channel of the picture, unless filters see all of them.

    Raises:
        InputError: the shapes do not fit, or nothing is left of the picture.
    """
    x, weights = _picture(picture), _tensor(kernel)
    if weights.dim() not in (2, 3, 4):
        problem = _("A kernel of shape {shape} is none.").format(shape=tuple(weights.shape))
        raise InputError(problem, _kernel_hint())
    for side, reach in zip(x.shape[-2:], weights.shape[-2:], strict=True):
        sizes.convolved(side, reach, stride, padding)
    if weights.dim() == 4:
        channels = x if x.dim() == 3 else x[None]
        if weights.shape[1] != len(channels):
            problem = _("The filters see {wanted} channels, and the picture has {count}.")
            raise InputError(problem.format(wanted=weights.shape[1], count=len(channels)), _kernel_hint())
        seen: np.ndarray = functional.conv2d(channels[None], weights, stride=stride, padding=padding)[0].numpy()
        return seen
    planes, filters = x.reshape(-1, 1, *x.shape[-2:]), weights.reshape(-1, 1, *weights.shape[-2:])
    done = functional.conv2d(planes, filters, stride=stride, padding=padding)
    shaped: np.ndarray = done.reshape(*x.shape[:-2], *weights.shape[:-2], *done.shape[-2:]).numpy()
    return shaped


def pooled(picture: Array, kind: str, size: int = 3, stride: int = 2) -> np.ndarray:
    """Return the mean, the largest or the smallest number of each window of a picture.

    Args:
        picture: `(h, w)` or `(channels, h, w)`.
        kind: "mean", "max" or "min".
        size: of the square window.
        stride: pixels from one window to the next.

    Returns:
        `(..., (h - size) // stride + 1, (w - size) // stride + 1)`.

    Raises:
        InputError: there is no such kind, or the window is larger than the picture.
    """
    if kind not in KINDS:
        raise InputError(_("There is no pooling called {name!r}.").format(name=kind), nearest(kind, KINDS))
    x = _picture(picture)
    for side in x.shape[-2:]:
        sizes.pooled(side, size, stride)
    planes = x.reshape(-1, 1, *x.shape[-2:])
    if kind == "mean":
        done = functional.avg_pool2d(planes, size, stride)
    else:
        sign = 1 if kind == "max" else -1  # the smallest is the largest of the negatives
        done = sign * functional.max_pool2d(sign * planes, size, stride)
    shaped: np.ndarray = done.reshape(*x.shape[:-2], *done.shape[-2:]).numpy()
    return shaped


def sample_picture() -> np.ndarray:
    """Return a grey photograph of a Chinese temple, `(415, 620)` uint8: the middle of one that scikit-learn brings."""
    from sklearn.datasets import load_sample_image

    colour = load_sample_image("china.jpg")
    top, left = ((whole - part) // 2 for whole, part in zip(colour.shape, SAMPLE_SIZE, strict=False))
    cut = colour[top : top + SAMPLE_SIZE[0], left : left + SAMPLE_SIZE[1]]
    grey: np.ndarray = (cut @ [0.299, 0.587, 0.114]).round().astype(np.uint8)  # luma of ITU-R BT.601
    return grey


# ---------------------------------------------------------------------- figures


def convolution(
    picture: Array | None = None, kernel: Array | None = None, *, stride: int = 1, padding: int = 0
) -> Figure:
    """Return a picture, a kernel, and what the convolution makes of them; small pictures as numbers.

    Args:
        picture: `(h, w)` or `(channels, h, w)`; None for a photograph of 415 by 620.
        kernel: as for `filtered`, of which 6 filters are drawn; None for a mean filter of 10 by 10.
        stride: as for `filtered`.
        padding: as for `filtered`.

    Raises:
        InputError: see `filtered`.
    """
    before = _picture(sample_picture() if picture is None else picture).numpy()
    weights = _tensor(np.full((10, 10), 0.01) if kernel is None else kernel).numpy()
    after = filtered(before, weights, stride=stride, padding=padding)
    if weights.ndim == 2:
        weights, after = weights[None], after[..., None, :, :]
    results = np.moveaxis(after, -3, 0)[:MOST_FILTERS]
    drawn = figure(10.4, (4.4 * before.shape[-2] / before.shape[-1] + 0.9) * (0.3 + 0.7 * len(results)))
    grid = drawn.add_gridspec(len(results), 3, width_ratios=(4, 1.5, 4))
    _before(drawn.add_subplot(grid[:, 0]), before, weights.shape[-2:], stride, padding)
    for row, (weight, result) in enumerate(zip(weights, results, strict=False)):
        _kernel(drawn.add_subplot(grid[row, 1]), weight)
        _after(drawn.add_subplot(grid[row, 2]), result, before, weights.shape[-2:], stride, padding)
    return drawn


def pooling(picture: Array | None = None, kind: str | None = None, size: int = 3, stride: int = 2) -> Figure:
    """Return a picture beside what a pooling leaves of it; small pictures as numbers.

    Args:
        picture: `(h, w)` or `(channels, h, w)`; None for 5 by 5 numbers.
        kind: "mean", "max" or "min"; None for all three.
        size: as for `pooled`.
        stride: as for `pooled`.

    Raises:
        InputError: see `pooled`.
    """
    before = _picture(NUMBERS if picture is None else picture).numpy()
    kinds = KINDS if kind is None else (kind,)
    results = [pooled(before, each, size, stride) for each in kinds]
    width = 2.7 if _is_small(before) else 4.6
    drawn, axes = panels(1, 1 + len(kinds), width * (1 + len(kinds)), width * before.shape[-2] / before.shape[-1] + 0.8)
    _before(axes[0, 0], before, (size, size), stride)
    names = {"mean": _("mean"), "max": _("maximum"), "min": _("minimum")}
    for panel, each, result in zip(axes[0, 1:], kinds, results, strict=True):
        _after(panel, result, before, (size, size), stride, name=f"{names[each]}: ")
    return drawn


def _before(axes: Axes, values: np.ndarray, window: tuple[int, ...], stride: int, padding: int = 0) -> None:
    """Draw what goes in; of numbers also the padding, and the first two windows."""
    _dress(axes, _size(values))
    axes.set_anchor("NW")
    if not _is_small(values):
        _image(axes, values, values.max())
        return
    padded = np.pad(values, padding)
    _cells(axes, padded, padding)
    _outline(axes, padded, window, stride)


def _after(
    axes: Axes,
    values: np.ndarray,
    before: np.ndarray,
    window: tuple[int, ...],
    stride: int,
    padding: int = 0,
    name: str = "",
) -> None:
    """Draw what comes out, with how its size comes about; numbers in cells as large as those of `before`."""
    arithmetic = _arithmetic(before, window, stride, padding)
    _dress(axes, f"{name}{_size(values)}", "" if _is_small(values) else arithmetic)
    axes.set_anchor("NW")
    if not _is_small(values):
        _image(axes, values, before.max())
        return
    _cells(axes, values)
    _outline(axes, values, (1, 1), 1)
    axes.text(-0.5, len(values) - 0.35, arithmetic, va="top", fontsize=SMALL, color=MUTED)
    if _is_small(before):
        rows, columns = (max(sides) for sides in zip(values.shape, np.pad(before, padding).shape, strict=True))
        axes.set(xlim=(-0.5, columns - 0.5), ylim=(rows - 0.5, -0.5))


def _kernel(axes: Axes, weight: np.ndarray) -> None:
    as_numbers = weight.ndim == 2 and max(weight.shape) <= MOST_WEIGHTS
    same = weight.min() == weight.max() and not as_numbers
    below = _("each {value}").format(value=f"{weight.flat[0]:.3g}") if same else ""
    _dress(axes, _("kernel {size}").format(size=_size(weight)), below)
    axes.set_anchor("N")
    if as_numbers:
        _cells(axes, weight)
    else:
        flat = weight if weight.ndim == 2 else weight.mean(0)
        reach = 2 * np.abs(flat).max() or 1.0
        axes.imshow(flat, cmap="RdBu_r", vmin=-reach, vmax=reach)


def _dress(axes: Axes, title: str, below: str = "") -> None:
    dress(axes, title, below, rules=False)
    axes.xaxis.label.set(fontsize=SMALL, color=MUTED)
    axes.set(xticks=[], yticks=[])
    for spine in axes.spines.values():
        spine.set_visible(False)


def _image(axes: Axes, values: np.ndarray, brightest: float) -> None:
    """Draw a picture on the scale of what went in; one with as much below 0 as above in red and blue."""
    flat = values if values.ndim == 2 else values.mean(0)
    low, high = np.quantile(flat, (0.005, 0.995))
    if low < -high / 2:
        axes.imshow(flat, cmap="RdBu_r", vmin=-max(-low, high), vmax=max(-low, high))
    elif len(values) == 3 == values.ndim:
        axes.imshow(np.moveaxis(values, 0, -1).clip(0, brightest) / (brightest or 1))
    else:
        axes.imshow(flat, cmap="gray", vmin=0, vmax=brightest or 1)


def _cells(axes: Axes, values: np.ndarray, ring: int = 0) -> None:
    """Write numbers into cells; `ring` cells around them are padding."""
    rows, columns = values.shape
    axes.set(xlim=(-0.5, columns - 0.5), ylim=(rows - 0.5, -0.5), aspect="equal")
    texts = [f"{value:.3g}" for value in values.flat]
    drawn = axes.get_figure(root=True)
    assert drawn is not None
    cell = 72 * axes.get_position().width * drawn.get_figwidth() / max(columns, rows)
    size = min(11.0, 0.8 * cell / (LETTER * max(map(len, texts))))
    for (row, column), text in zip(np.ndindex(values.shape), texts, strict=True):
        padding = not (ring <= row < rows - ring and ring <= column < columns - ring)
        fill = RULE if padding else PAPER
        axes.add_patch(Rectangle((column - 0.5, row - 0.5), 1, 1, facecolor=fill, edgecolor=MUTED, clip_on=False))
        axes.text(column, row, text, ha="center", va="center", fontsize=size, color=MUTED if padding else INK)


def _outline(axes: Axes, values: np.ndarray, window: tuple[int, ...], stride: int) -> None:
    """Mark the first window and its neighbour to the right, each in the colour of the number that it becomes."""
    for step, colour in ((1, VERMILION), (0, BLUE)):
        left = step * stride
        if left + window[1] <= values.shape[1]:
            inset = 0.05 + 0.06 * (1 - step)
            corner, extent = (left - 0.5 + inset, -0.5 + inset), (window[1] - 2 * inset, window[0] - 2 * inset)
            axes.add_patch(
                Rectangle(corner, *extent, fill=False, edgecolor=colour, linewidth=2.2, zorder=3, clip_on=False)
            )


def _is_small(values: np.ndarray) -> bool:
    return values.ndim == 2 and max(values.shape) <= MOST_CELLS


def _size(values: np.ndarray) -> str:
    return f"{values.shape[-2]} × {values.shape[-1]}"


def _arithmetic(before: np.ndarray, window: tuple[int, ...], stride: int, padding: int) -> str:
    """Return how height and width come about, `(w + 2p - f) / s + 1`, rounded down where it does not divide."""
    lines = []
    for side, reach in zip(before.shape[-2:], window, strict=True):
        room = side + 2 * padding - reach
        share = f"({side} + 2·{padding} − {reach}) / {stride}"
        rounded = share if room % stride == 0 else f"⌊{share}⌋"
        lines.append(f"{rounded} + 1 = {room // stride + 1}")
    return "\n".join(dict.fromkeys(lines))


# ---------------------------------------------------------------------- what was given


def _tensor(values: Array) -> Tensor:
    given = values.detach().cpu() if isinstance(values, Tensor) else torch.from_numpy(np.ascontiguousarray(values))
    return given.double()


def _picture(values: Array) -> Tensor:
    x = _tensor(values)
    if x.dim() not in (2, 3):
        problem = _("An array of shape {shape} is no picture.").format(shape=tuple(x.shape))
        raise InputError(problem, _("Give it as (height, width) or (channels, height, width)."))
    return x


def _kernel_hint() -> str:
    return _("Give one filter (f, g), several (n, f, g), or several that see all channels (n, channels, f, g).")
