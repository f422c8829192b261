"""The output size of a convolution or a pooling along one axis, and which combinations do not exist."""

from __future__ import annotations

import math
from collections.abc import Sequence

from neurona.errors import InputError
from neurona.language import _


def convolved(size: int, kernel: int, stride: int = 1, padding: int = 0, dilation: int = 1) -> int:
    """Return how many pixels a convolution leaves of `size`: `(w + 2p - d(f - 1) - 1) // s + 1`.

    Args:
        size: w, pixels of the input along one axis.
        kernel: f, weights of the kernel along it.
        stride: s, pixels from one position of the kernel to the next.
        padding: p, zeros added on either side.
        dilation: d, pixels from one weight of the kernel to the next.

    Raises:
        InputError: a number is out of range, or the kernel covers more than the padded input.
    """
    _require_range(size, kernel, stride, padding, dilation)
    reach, padded = dilation * (kernel - 1) + 1, size + 2 * padding
    if reach > padded:
        raise _leaves_nothing(size, reach, padded, dilation)
    return (padded - reach) // stride + 1


def pooled(
    size: int,
    kernel: int,
    stride: int | None = None,
    padding: int = 0,
    dilation: int = 1,
    *,
    ceil_mode: bool = False,
) -> int:
    """Return how many pixels a pooling leaves of `size`.

    Args:
        size: pixels of the input along one axis.
        kernel: pixels of a window along it.
        stride: pixels from one window to the next; None for the size of a window.
        padding: pixels added on either side, which are never chosen or (mean) count as 0.
        dilation: pixels from one pixel of a window to the next.
        ceil_mode: keep the last window where it begins within the input but reaches over its end.

    Raises:
        InputError: a number is out of range, the padding is more than half a window, or nothing is left.
    """
    stride = kernel if stride is None else stride
    _require_range(size, kernel, stride, padding, dilation)
    reach, padded = dilation * (kernel - 1) + 1, size + 2 * padding
    if padding > kernel // 2:
        problem = _("A padding of {padding} is more than half of a window of {kernel}.")
        hint = _("Pad by at most {padding}.").format(padding=kernel // 2)
        raise InputError(problem.format(padding=padding, kernel=kernel), hint)
    count = (padded - reach + (stride - 1 if ceil_mode else 0)) // stride + 1
    if ceil_mode and (count - 1) * stride >= size + padding:
        count -= 1  # a window must not begin in the padding behind the input
    if count < 1:
        raise _leaves_nothing(size, reach, padded, dilation, most=kernel // 2)
    return count


def require_groups(channels: int, filters: int, groups: int) -> None:
    """Check that a convolution can split its `channels` and its `filters` (output channels) into `groups`.

    Raises:
        InputError: one of them is no multiple of `groups`.
    """
    for count, what in ((channels, _("input channels")), (filters, _("output channels"))):
        if groups < 1 or count % groups:
            problem = _("{count} {what} cannot be split into {groups} equal groups.")
            fitting = [g for g in range(1, channels + 1) if channels % g == 0 and filters % g == 0]
            hint = _("Groups that fit: {groups}.").format(groups=", ".join(map(str, fitting)))
            raise InputError(problem.format(count=count, what=what, groups=groups), hint)


def same_padding(kernel: int, dilation: int = 1) -> int:
    """Return the padding with which a convolution of stride 1 keeps the size: `d(f - 1) / 2`.

    Raises:
        InputError: there is none, because the kernel covers an even number of pixels.
    """
    reach = dilation * (kernel - 1)
    if reach % 2:
        problem = _("A kernel of {kernel} covers an even number of pixels, so that no padding keeps the size.")
        raise InputError(problem.format(kernel=kernel), _("Use a kernel of {kernel}.").format(kernel=kernel + 1))
    return reach // 2


def require_alike(sides: Sequence[int], kernel: int, stride: int, dilation: int = 1) -> None:
    """Check that `pad same` has a meaning for a convolution of stride 2 or more: as much padding on either side.

    Such a convolution keeps no size; with a kernel that covers an odd number of pixels it leaves `w / s`, rounded up.

    Args:
        sides: height and width of its input in pixels.
        kernel: f, weights of the kernel along an axis.
        stride: s, pixels from one position of the kernel to the next.
        dilation: d, pixels from one weight of the kernel to the next.

    Raises:
        InputError: the kernel covers an even number of pixels.
    """
    reach = dilation * (kernel - 1)
    if reach % 2 == 0:
        return
    fits = (p for p in range(reach) if all(_left(w, reach, stride, p) == -(-w // stride) for w in sides))
    padding = next(fits, (reach + 1) // 2)
    problem = _(
        "With stride {stride} no padding keeps the size, and for a kernel of {kernel} pixels, an even number, "
        "`pad same` has none that is alike on both sides."
    )
    hint = _("Write pad {padding} instead, which leaves {sides} pixels.")
    sides_left = " × ".join(str(_left(w, reach, stride, padding)) for w in sides)
    raise InputError(problem.format(stride=stride, kernel=kernel), hint.format(padding=padding, sides=sides_left))


def _left(size: int, reach: int, stride: int, padding: int) -> int:
    return (size + 2 * padding - reach - 1) // stride + 1


def _require_range(size: int, kernel: int, stride: int, padding: int, dilation: int) -> None:
    least = {"size": (size, 1), "kernel": (kernel, 1), "stride": (stride, 1), "dilation": (dilation, 1)}
    for name, (value, low) in {**least, "padding": (padding, 0)}.items():
        if value < low:
            problem = _("{name} = {value} is not valid.").format(name=name, value=value)
            raise InputError(problem, _("It must be at least {ge}.").format(ge=low))


def _leaves_nothing(size: int, reach: int, padded: int, dilation: int, most: float = math.inf) -> InputError:
    """Return the error, with a kernel and a padding (of at most `most`) that would leave something."""
    problem = _("It covers {reach} pixels, and its input, with the padding, has only {padded}: nothing is left.")
    kernel, padding = (padded - 1) // dilation + 1, math.ceil((reach - size) / 2)
    if padding <= most:
        hint = _("A kernel of at most {kernel} fits, or a padding of at least {padding}.")
    else:
        hint = _("A kernel of at most {kernel} fits.")
    return InputError(problem.format(reach=reach, padded=padded), hint.format(kernel=kernel, padding=padding))
