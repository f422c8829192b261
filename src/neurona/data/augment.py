"""Augmentation: training pictures changed at random each time that they are seen.

A recipe says it in words, `augment = ["rotate 10", "crop 28 padding 2", "flip"]`, and each picture of a batch draws
numbers of its own, from PyTorch's global generator.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import Field
from torch import Tensor

from neurona.data.changes import Blend, Crop, Erase, Flip, Noise, ResizedCrop, Turn, black, grey, mean_grey
from neurona.errors import InputError, nearest
from neurona.language import _
from neurona.registered import usage as written
from neurona.registry import Registry
from neurona.validation import KeyedError

Shape = tuple[int, ...]
Step = Callable[[Tensor], Tensor]
Side = Annotated[int, Field(gt=0, le=10_000)]
Distance = Annotated[int, Field(gt=0, le=1_000)]
Degrees = Annotated[float, Field(gt=0, le=180)]
Share = Annotated[float, Field(gt=0, lt=1)]

CHANGES: Registry[Callable[..., Step]] = Registry("augmentation", given=("shape",))


@dataclass(frozen=True)
class Augmentation:
    """A pipeline of random changes to pictures.

    Attributes:
        words: what the recipe says, an entry for each change.
        steps: the changes, each `(n, channels, height, width)` uint8 -> the same of perhaps another size.
        crop: `(height, width)` of the middle of a picture that matches what is cut from training pictures, for those
            that are not changed; None for all of it.
        size: `(height, width)` that a picture has at the end; None for the one that it had.
    """

    words: tuple[str, ...]
    steps: tuple[Step, ...]
    crop: tuple[int, int] | None = None
    size: tuple[int, int] | None = None

    @staticmethod
    def read(words: Sequence[str], shape: Shape) -> Augmentation:
        """Return the pipeline for pictures of `shape`, `(channels, height, width)`.

        Raises:
            InputError: an entry is not understood, or does not suit the pictures.
        """
        steps: list[Step] = []
        crop = size = None
        for number, text in enumerate(words, start=1):
            step = _read(text, number, (shape[0], *(size or shape[1:])))
            if isinstance(step, Crop | ResizedCrop):
                if size is not None:
                    problem = _("a picture is cropped already")
                    raise _refused(text, number, problem, _("Keep one of the crops."))
                size = (step.side, step.side)
                crop = size if isinstance(step, Crop) and size != tuple(shape[1:]) else None
            steps.append(step)
        return Augmentation(tuple(words), tuple(_joined(steps)), crop, size)

    def __call__(self, x: Tensor) -> Tensor:
        """Return `(n, channels, height, width)` uint8 pictures, each changed at random."""
        for step in self.steps:
            x = step(x)
        return x


# ---------------------------------------------------------------------- their words


@CHANGES.register("rotate", "Turned by at most so many degrees to either side")
def _rotate(shape: Shape, degrees: Degrees) -> Step:
    return Turn(degrees=degrees)


@CHANGES.register("zoom", "Larger or smaller by at most this share")
def _zoom(shape: Shape, share: Share) -> Step:
    return Turn(zoom=share)


@CHANGES.register("shear", "Slanted by at most so many degrees to either side")
def _shear(shape: Shape, degrees: Annotated[float, Field(gt=0, lt=80)]) -> Step:
    return Turn(shear=degrees)


@CHANGES.register("shift", "Moved by at most so many pixels in each direction")
def _shift(shape: Shape, pixels: Distance) -> Step:
    if pixels >= min(shape[1:]):
        problem = _("a picture of {height} × {width} pixels would be moved out of sight")
        raise InputError(problem.format(height=shape[1], width=shape[2]), _("Shift it by fewer pixels."))
    return Turn(shift=pixels)


@CHANGES.register("crop", "A square of this side cut out at random, after so many black pixels were put around")
def _crop(shape: Shape, side: Side, *, padding: Distance = 0) -> Step:
    if side > min(shape[1:]) + 2 * padding:
        problem = _("the crop is larger than the picture, {height} × {width} pixels with a padding of {padding}")
        hint = _("Crop at most {most} pixels, or pad more: crop {side} padding {padding}.")
        most = min(shape[1:]) + 2 * padding
        raise InputError(
            problem.format(height=shape[1], width=shape[2], padding=padding),
            hint.format(most=most, side=side, padding=-(-(side - min(shape[1:])) // 2)),
        )
    return Crop(side, padding)


@CHANGES.register("resized-crop", "A part of at least this share of the picture, resized to a square of this side")
def _resized_crop(shape: Shape, side: Side, share: Share) -> Step:
    return ResizedCrop(side, share)


@CHANGES.register("flip", "Mirrored with a chance of one half: horizontal, or vertical")
def _flip(shape: Shape, direction: Literal["horizontal", "vertical"] = "horizontal") -> Step:
    return Flip(3 if direction == "horizontal" else 2)


@CHANGES.register("brightness", "Brighter or darker by at most this share")
def _brightness(shape: Shape, share: Share) -> Step:
    return Blend(share, black)


@CHANGES.register("contrast", "More or less contrast by at most this share")
def _contrast(shape: Shape, share: Share) -> Step:
    return Blend(share, mean_grey)


@CHANGES.register("saturation", "More or less colour by at most this share")
def _saturation(shape: Shape, share: Share) -> Step:
    if shape[0] == 1:
        raise InputError(_("the pictures are grey"), _("Leave it out."))
    return Blend(share, grey)


@CHANGES.register("erase", "In half of the pictures a rectangle of at most this share of them becomes black")
def _erase(shape: Shape, share: Share) -> Step:
    return Erase(share)


@CHANGES.register("noise", "Normal noise with a standard deviation of this share of the range")
def _noise(shape: Shape, share: Share) -> Step:
    return Noise(share)


# ---------------------------------------------------------------------- reading them


def usage(word: str) -> str:
    """Return how a change is written: "crop SIDE [padding N]"."""
    return written(word, inspect.signature(CHANGES[word].make))


def _read(text: str, number: int, shape: Shape) -> Step:
    word, *rest = text.split() or [""]
    if word not in CHANGES:
        problem = _("there is no such augmentation")
        raise _refused(text, number, problem, nearest(word, [entry.name for entry in CHANGES]))
    entry = CHANGES[word]
    try:
        return entry.make(shape, **entry.check(_arguments(word, rest), ""))
    except InputError as error:
        raise _refused(text, number, error.problem.rstrip("."), error.hint) from None


def _joined(steps: Sequence[Step]) -> Iterator[Step]:
    """Yield the steps, with turns of different kinds that follow each other as one: it costs, and blurs, less."""
    turn: Turn | None = None
    for step in steps:
        if isinstance(step, Turn) and turn is not None and not turn.kinds & step.kinds:
            turn = turn.joined(step)
            continue
        if turn is not None:
            yield turn
        turn = step if isinstance(step, Turn) else None
        if turn is None:
            yield step
    if turn is not None:
        yield turn


def _refused(text: str, number: int, problem: str, hint: str) -> KeyedError:
    place = _('data.augment, entry {number}, "{text}": {problem}.')
    return KeyedError("data.augment", place.format(number=number, text=text, problem=problem), hint)


def _arguments(word: str, rest: list[str]) -> dict[str, Any]:
    """Return the texts behind a word as arguments of what it stands for."""
    needed, optional, named = _parameters(word)
    hint = _("Write: {usage}").format(usage=usage(word))
    if len(rest) < len(needed):
        raise InputError(_("it lacks: {names}").format(names=", ".join(needed[len(rest) :])), hint)
    first = [*needed, *optional][: next((i for i, text in enumerate(rest) if text in named), len(rest))]
    found = dict(zip(first, map(_value, rest), strict=False))
    pairs = rest[len(first) :]
    for name, value in zip(pairs[::2], [*pairs[1::2], None], strict=False):
        if name not in named or name in found or value is None:
            raise InputError(_("{text!r} is not understood").format(text=" ".join(pairs)), hint)
        found[name] = _value(value)
    return found


def _parameters(word: str) -> tuple[list[str], list[str], list[str]]:
    """Return the arguments that a word needs, those that may follow, and those that follow by name."""
    parameters = [p for p in inspect.signature(CHANGES[word].make).parameters.values() if p.name != "shape"]
    named = [p.name for p in parameters if p.kind is p.KEYWORD_ONLY]
    needed = [p.name for p in parameters if p.default is p.empty and p.name not in named]
    return needed, [p.name for p in parameters if p.name not in [*needed, *named]], named


def _value(text: str) -> int | float | str:
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return text
