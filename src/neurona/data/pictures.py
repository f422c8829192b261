"""Pictures in files: read whatever their form, and standing in for a tensor where there are more than memory holds."""

from __future__ import annotations

import hashlib
import io
import os
import warnings
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image, ImageOps, UnidentifiedImageError
from torch import Tensor

from neurona.data.pixels import Pixels
from neurona.errors import InputError, reason_of
from neurona.language import _

# Pillow knows more forms than these; some of the others start programs to read a file.
FORMATS = ("JPEG", "PNG", "GIF", "BMP", "WEBP", "TIFF", "PPM")
SUFFIXES = (
    ".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".gif", ".bmp", ".webp", ".tif", ".tiff", ".ppm", ".pgm", ".pbm", ".pnm",
)  # fmt: skip
GREY_MODES = ("1", "L", "LA", "La", "I")
MOST_PIXELS = 89_000_000
# A worker takes so many pictures at a time, and so many batches are begun before the first of them is asked for.
BLOCK, AHEAD = 8, 3

Shape = tuple[int, int, int]


# ---------------------------------------------------------------------- one picture


def read(path: Path, inputs: Pixels) -> Tensor:
    """Return the picture in a file as it would be kept of the pictures that `inputs` was made for.

    Returns:
        `(channels, height, width)` uint8; see `decode`.

    Raises:
        InputError: there is no such file, or it cannot be read as a picture.
    """
    if not path.exists():
        raise InputError(_("There is no file {path}.").format(path=path))
    outcome = read_all([path], inputs.shape)
    if outcome.broken:
        problem = _("{path} cannot be read as a picture: {reason}.").format(path=path, reason=outcome.broken[0])
        raise InputError(
            problem, _("Give a whole file of one of these kinds: {kinds}.").format(kinds=", ".join(FORMATS))
        )
    return outcome.x[0]


def decode(content: bytes, shape: Shape) -> np.ndarray:
    """Return the picture in the bytes of a file as bytes of its pixels.

    It is turned as its EXIF data say, transparent parts become white, 16 bits become 8, and colour becomes grey (ITU-R
    601) or grey colour as `shape` asks for. Then it is scaled to cover height and width, its proportions kept, and
    cut to its middle.

    Args:
        content: of a file in one of the `FORMATS`; of several frames the first is taken.
        shape: `(channels, height, width)` of the result.

    Raises:
        Exception: of almost any kind, where the file is damaged, of another form, or far too large.
    """
    channels, height, width = shape
    with Image.open(io.BytesIO(content), formats=FORMATS) as opened:
        if opened.width * opened.height > MOST_PIXELS:
            raise _too_large()
        # A JPEG can be decoded at a half, a quarter or an eighth of its size at once.
        opened.draft(None, (2 * max(height, width),) * 2)
        picture = _in_eight_bits(ImageOps.exif_transpose(opened)).convert("L" if channels == 1 else "RGB")
    fitted = np.asarray(ImageOps.fit(picture, (width, height), Image.Resampling.BILINEAR))
    return fitted[None] if channels == 1 else np.moveaxis(fitted, 2, 0)


def _in_eight_bits(picture: Image.Image) -> Image.Image:
    """Return a picture without transparency and with 8 bits for each number, grey or in colour."""
    if picture.mode == "F":
        raise InputError(_("its pixels are fractions"))
    if picture.mode.startswith("I"):
        return Image.fromarray((np.asarray(picture).clip(0, 65535) // 257).astype(np.uint8))
    if not picture.has_transparency_data:
        return picture
    paper = Image.new("RGBA", picture.size, "white")
    paper.alpha_composite(picture.convert("RGBA"))
    return paper


def is_grey(path: Path) -> bool:
    """Tell whether a picture is stored as grey; one that cannot be opened does not speak against it."""
    try:
        with Image.open(path, formats=FORMATS) as picture:
            if picture.mode == "P" or picture.format == "WEBP":  # in these grey is stored as a colour like others
                return not np.ptp(np.asarray(picture.convert("RGB")), axis=2).any()
            return picture.mode in GREY_MODES or picture.mode.startswith("I;")
    except Exception:  # a decoder of a damaged file can raise anything
        return True


# ---------------------------------------------------------------------- many pictures


@dataclass(frozen=True)
class Outcome:
    """What came of reading pictures.

    Attributes:
        x: `(n, channels, height, width)` uint8, zeros where a picture is broken; empty where they were not kept.
        digests: `(n,)` a hash of each file.
        broken: why a picture cannot be read, by its number.
    """

    x: Tensor
    digests: list[bytes]
    broken: dict[int, str]


def read_all(paths: Sequence[Path], shape: Shape, *, keep: bool = True) -> Outcome:
    """Read every picture, by as many workers as there are processors.

    Args:
        paths: of the files.
        shape: `(channels, height, width)` of each.
        keep: False to find out what is broken and keep nothing.
    """
    x = torch.zeros((len(paths) if keep else 0, *shape), dtype=torch.uint8)
    found: list[tuple[bytes, str]] = []
    with _workers() as pool, warnings.catch_warnings():
        # Whatever Pillow finds odd about a file, either it can read it or we say why not.
        warnings.filterwarnings("ignore", module="PIL")
        blocks = [range(start, min(start + BLOCK, len(paths))) for start in range(0, len(paths), BLOCK)]
        for job in [pool.submit(_read_block, paths, block, shape, x.numpy() if keep else None) for block in blocks]:
            found += job.result()
    return Outcome(x, [digest for digest, _reason in found], {i: why for i, (_digest, why) in enumerate(found) if why})


def _read_block(paths: Sequence[Path], block: range, shape: Shape, x: np.ndarray | None) -> list[tuple[bytes, str]]:
    found = []
    for i in block:
        digest, reason = b"", ""
        try:
            content = paths[i].read_bytes()
            digest = hashlib.sha256(content).digest()
            pixels = decode(content, shape)
            if x is not None:
                x[i] = pixels
        except Exception as error:  # a decoder of a damaged file can raise anything
            reason = _reason(error)
        found.append((digest, reason))
    return found


def _reason(error: Exception) -> str:
    if isinstance(error, UnidentifiedImageError):
        return _("it is no picture of a known kind")
    if isinstance(error, Image.DecompressionBombError):
        error = _too_large()
    if isinstance(error, InputError):
        return error.problem
    if getattr(error, "errno", None):
        return reason_of(error)
    words = str(error).partition("\n")[0].rstrip(".") or type(error).__name__
    if "truncated" in words.lower():
        return _("it is truncated")
    return _("its content is damaged: “{words}”").format(words=words)


def _too_large() -> InputError:
    return InputError(_("it has more than {count} million pixels").format(count=MOST_PIXELS // 10**6))


@contextmanager
def _workers() -> Iterator[ThreadPoolExecutor]:
    """Yield threads, one for each processor: Pillow lets others run while it decodes. What is not begun is dropped."""
    pool = ThreadPoolExecutor(len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count())
    try:
        yield pool
    finally:
        pool.shutdown(cancel_futures=True)


# ---------------------------------------------------------------------- more pictures than memory


class Pictures:
    """Pictures that stay in their files, in place of the tensor `(n, channels, height, width)` uint8 of a split.

    It has what a split needs of a tensor. An index, whatever its kind, reads pictures and returns a tensor; `split`
    and `parts` return tensors one after the other, while workers read those that come next.

    Args:
        paths: of the files.
        shape: `(channels, height, width)` of one picture; see `decode`.
        digests: a hash of each file.
        device: where the tensors go.
    """

    dtype = torch.uint8

    def __init__(
        self, paths: Sequence[Path], shape: Shape, digests: Sequence[bytes], device: torch.device | str = "cpu"
    ) -> None:
        self.paths, self.digests, self.device = paths, digests, torch.device(device)
        self.shape = torch.Size((len(paths), *shape))

    def __len__(self) -> int:
        return len(self.paths)

    def __getitem__(self, index: Any) -> Tensor:
        """Read the pictures at an index, a slice, or whatever else a tensor takes for its first dimension."""
        rows = torch.arange(len(self))[index.cpu() if isinstance(index, Tensor) else index]
        pictures = next(self.parts([rows.reshape(-1)]))
        return pictures[0] if rows.dim() == 0 else pictures

    def index_select(self, dim: int, rows: Tensor) -> Tensor:
        """Read the pictures numbered `rows`; `dim` must be 0."""
        if dim != 0:
            raise ValueError(f"pictures are selected along dimension 0, not {dim}")
        return self[rows]

    def split(self, size: int) -> Iterator[Tensor]:
        """Yield all pictures in order, `size` at a time."""
        return self.parts(torch.arange(len(self)).split(size))

    def to(self, device: torch.device | str) -> Pictures:
        """Return the same pictures; their tensors go to `device`."""
        return Pictures(self.paths, self._one, self.digests, device)

    def parts(self, parts: Iterable[Tensor]) -> Iterator[Tensor]:
        """Yield the pictures of each part in turn, while workers read the next parts.

        Args:
            parts: the numbers of the pictures of each, `(k,)`.

        Raises:
            InputError: a picture could be read before and cannot any more.
        """
        with _workers() as pool:
            begun: deque[tuple[Tensor, list[Future[None]]]] = deque()
            for rows in parts:
                begun.append(self._begin(pool, rows.tolist()))
                if len(begun) == AHEAD:
                    yield self._ended(*begun.popleft())
            while begun:
                yield self._ended(*begun.popleft())

    def digest(self) -> bytes:
        """Return a hash of what was in the files when they were first read, in order."""
        return hashlib.sha256(b"".join(self.digests)).digest()

    @property
    def _one(self) -> Shape:
        _n, channels, height, width = self.shape
        return channels, height, width

    def _begin(self, pool: ThreadPoolExecutor, rows: list[int]) -> tuple[Tensor, list[Future[None]]]:
        x = torch.empty((len(rows), *self._one), dtype=torch.uint8)
        blocks = [range(start, min(start + BLOCK, len(rows))) for start in range(0, len(rows), BLOCK)]
        return x, [pool.submit(self._read_into, x.numpy(), rows, block) for block in blocks]

    def _read_into(self, x: np.ndarray, rows: list[int], block: range) -> None:
        for place in block:
            path = self.paths[rows[place]]
            try:
                x[place] = decode(path.read_bytes(), self._one)
            except Exception as error:  # a decoder of a damaged file can raise anything
                problem = _("{path} cannot be read as a picture any more: {reason}.")
                raise InputError(
                    problem.format(path=path, reason=_reason(error)), _("Put it back, or train anew.")
                ) from error

    def _ended(self, x: Tensor, jobs: list[Future[None]]) -> Tensor:
        for job in jobs:
            job.result()
        return x.to(self.device)

    def __repr__(self) -> str:
        return f"Pictures({tuple(self.shape)}, on disk)"


def one_after_another(x: Tensor | Pictures, parts: Sequence[Tensor]) -> Iterator[Tensor]:
    """Yield the samples numbered in each of `parts`; pictures on disk are read ahead."""
    return x.parts(parts) if isinstance(x, Pictures) else (x.index_select(0, rows) for rows in parts)
