"""Pictures that are downloaded once, or read from where they already are: MNIST and Fashion-MNIST."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPException
from pathlib import Path
from typing import Annotated

import numpy as np
from pydantic import Field

from neurona.data.cache import data_directory, workshop
from neurona.data.idx import read_idx
from neurona.data.sources import DATASETS, Samples
from neurona.errors import InputError
from neurona.language import _

FILES = ("train-images-idx3-ubyte", "train-labels-idx1-ubyte", "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte")
# torchvision's class for each name; its files lie in a folder of that name.
TORCHVISION = {"mnist": "MNIST", "fashion-mnist": "FashionMNIST"}
SIDE = 28
PATIENCE_SECONDS = 30.0

DIGITS = tuple("0123456789")
CLOTHES = (
    "T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot",
)  # fmt: skip

First = Annotated[int, Field(ge=1)]


@DATASETS.register(
    "mnist",
    "70,000 handwritten digits, 28 by 28 pixels.",
    task="multiclass",
    samples=70_000,
    shape=(1, SIDE, SIDE),
    download=True,
)
def mnist(*, samples: First | None = None) -> Samples:
    """Return MNIST (LeCun, Cortes and Burges, 1998), from `NEURONA_DATA` or downloaded into it.

    Args:
        samples: only the first so many training pictures; the 10,000 test pictures stay whole.

    Returns:
        `x` `(60000, 1, 28, 28)` uint8, bright ink on black; `y` `(60000,)`; the official test set in `test`.

    Raises:
        InputError: a file is damaged, or none is there and none can be downloaded.
    """
    return _collection("mnist", "digit", DIGITS, samples)


@DATASETS.register(
    "fashion-mnist",
    "70,000 pictures of clothes in ten kinds, 28 by 28 pixels.",
    task="multiclass",
    samples=70_000,
    shape=(1, SIDE, SIDE),
    download=True,
)
def fashion_mnist(*, samples: First | None = None) -> Samples:
    """Return Fashion-MNIST (Xiao, Rasul and Vollgraf, 2017); arguments, shapes and errors are those of `mnist`."""
    return _collection("fashion-mnist", "article", CLOTHES, samples)


def find_files(directory: Path, name: str) -> tuple[Path, ...] | None:
    """Return the paths of the four `FILES` of `name`, gzipped or not, or None where they are not all there.

    They lie in `directory/name`, or in `directory/MNIST/raw` (`FashionMNIST/raw`), where torchvision puts them.
    """
    for folder in (directory / name, directory / TORCHVISION[name] / "raw"):
        candidates = [(folder / file, folder / f"{file}.gz") for file in FILES]
        # Unlike Path.is_file this takes a locked folder for an absent one.
        found = [next((path for path in pair if os.path.isfile(path)), None) for pair in candidates]  # noqa: PTH113
        complete = tuple(path for path in found if path is not None)
        if len(complete) == len(FILES):
            return complete
    return None


def download(directory: Path, name: str) -> tuple[Path, ...]:
    """Download the four gzipped files of `name` through torchvision, which checks their MD5, into `directory/name`.

    Files come into place whole and checked, by renaming; a failed or interrupted download leaves none.

    Raises:
        InputError: no network, a wrong checksum, or a directory that cannot be written.
    """
    import torchvision.datasets

    folder = directory / name
    with workshop(directory) as temporary:
        try:
            with _patience():
                getattr(torchvision.datasets, TORCHVISION[name])(temporary, train=False, download=True)
            folder.mkdir(exist_ok=True)
            for file in FILES:
                (temporary / TORCHVISION[name] / "raw" / f"{file}.gz").replace(folder / f"{file}.gz")
        except (RuntimeError, OSError, HTTPException, EOFError) as error:
            raise _not_downloaded(folder, name, error) from error
    return tuple(folder / f"{file}.gz" for file in FILES)


def _collection(name: str, target: str, classes: tuple[str, ...], samples: int | None) -> Samples:
    directory = data_directory()
    paths = find_files(directory, name) or download(directory, name)
    x, y = _pictures(paths[0], paths[1], len(classes))
    test = _pictures(paths[2], paths[3], len(classes))
    note = _("The official test set of {count} samples is used whole; data.test has no effect.")
    notes = (note.format(count=len(test[0])),)
    return Samples(x[:samples], y[:samples], "multiclass", (), (target,), classes, test=test, notes=notes)


def _pictures(images: Path, labels: Path, classes: int) -> tuple[np.ndarray, np.ndarray]:
    x, y = read_idx(images, (SIDE, SIDE)), read_idx(labels, ())
    if len(x) != len(y):
        problem = _("{images} has {pictures} pictures, but {labels} has {count} labels.")
        raise InputError(
            problem.format(images=images, pictures=len(x), labels=labels, count=len(y)),
            _("Put files there that belong together, or delete both and run again."),
        )
    if len(y) == 0 or y.max() >= classes:
        found = _("{path} holds the label {label}.").format(path=labels, label=y.max()) if len(y) else ""
        problem = found or _("{path} holds no labels.").format(path=labels)
        raise InputError(problem, _("Labels go from 0 to {last}; put the right file there.").format(last=classes - 1))
    return x[:, None], y


def _not_downloaded(folder: Path, name: str, error: Exception) -> InputError:
    reason = " ".join(str(error).split()) or type(error).__name__
    problem = _("{name} is not in {directory} and could not be downloaded: {reason}")
    hint = _("Try again with a network, or put these files into {folder}, or point NEURONA_DATA elsewhere: {files}.")
    files = ", ".join(f"{file}.gz" for file in FILES)
    return InputError(
        problem.format(name=name, directory=folder.parent, reason=reason), hint.format(folder=folder, files=files)
    )


@contextmanager
def _patience() -> Iterator[None]:
    # torchvision sets no timeout: without one a network that drops packets would keep a class waiting for ever.
    before = socket.getdefaulttimeout()
    socket.setdefaulttimeout(PATIENCE_SECONDS)
    try:
        yield
    finally:
        socket.setdefaulttimeout(before)
