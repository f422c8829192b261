"""Pictures that are downloaded once, or read from where they already are: MNIST and Fashion-MNIST."""

from __future__ import annotations

import os
from dataclasses import replace
from http.client import HTTPException
from pathlib import Path
from typing import Annotated

import numpy as np
from pydantic import Field

from neurona.data.cache import data_directory, workshop
from neurona.data.idx import read_idx
from neurona.data.network import patience
from neurona.data.sources import DATASETS, Samples
from neurona.errors import InputError, nearest
from neurona.language import _
from neurona.validation import KeyedError

FILES = ("train-images-idx3-ubyte", "train-labels-idx1-ubyte", "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte")
# torchvision's class for each name; its files lie in a folder of that name.
TORCHVISION = {"mnist": "MNIST", "fashion-mnist": "FashionMNIST"}
SIDE = 28

DIGITS = tuple("0123456789")
CLOTHES = (
    "T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot",
)  # fmt: skip

First = Annotated[int, Field(ge=1)]
Names = Annotated[list[str], Field(min_length=2)]


@DATASETS.register(
    "mnist",
    "70,000 handwritten digits, 28 by 28 pixels.",
    task="multiclass",
    samples=70_000,
    shape=(1, SIDE, SIDE),
    download=True,
    ink="bright",
)
def mnist(*, samples: First | None = None, classes: Names | None = None) -> Samples:
    """Return MNIST (LeCun, Cortes and Burges, 1998), from `NEURONA_DATA` or downloaded into it.

    Args:
        samples: only the first so many training pictures (of `classes`), in their own order and so only about as many
            of each class; valid is cut from them. The test pictures stay whole.
        classes: only these classes, such as `["3", "8"]`, numbered in this order.

    Returns:
        `x` `(60000, 1, 28, 28)` uint8, bright ink on black; `y` `(60000,)`; the official test set in `test`.

    Raises:
        InputError: a file is damaged, or none is there and none can be downloaded, or there is no such class.
    """
    return _collection("mnist", "digit", DIGITS, samples, classes)


@DATASETS.register(
    "fashion-mnist",
    "70,000 pictures of clothes in ten kinds, 28 by 28 pixels.",
    task="multiclass",
    samples=70_000,
    shape=(1, SIDE, SIDE),
    download=True,
    ink="bright",
)
def fashion_mnist(*, samples: First | None = None, classes: Names | None = None) -> Samples:
    """Return Fashion-MNIST (Xiao, Rasul and Vollgraf, 2017); arguments, shapes and errors are those of `mnist`."""
    return _collection("fashion-mnist", "article", CLOTHES, samples, classes)


def only(samples: Samples, first: int | None, classes: list[str] | None) -> Samples:
    """Return the `first` samples of those in `classes`, numbered in that order, and the test samples in `classes`.

    Raises:
        InputError: there is no such class, or one is named twice.
    """
    if classes is not None:
        kept = _numbers(samples.classes, classes)
        x, y = _of_classes(samples.x, samples.y, kept)
        test = samples.test and _of_classes(*samples.test, kept)
        samples = replace(samples, x=x, y=y, test=test, classes=tuple(classes))
    return replace(samples, x=samples.x[:first], y=samples.y[:first])


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
            published = getattr(torchvision.datasets, TORCHVISION[name])
            with patience(published.mirrors):
                published(temporary, train=False, download=True)
            folder.mkdir(exist_ok=True)
            for file in FILES:
                (temporary / TORCHVISION[name] / "raw" / f"{file}.gz").replace(folder / f"{file}.gz")
        except (RuntimeError, OSError, HTTPException, EOFError) as error:
            raise not_downloaded(folder, name, error, [f"{file}.gz" for file in FILES]) from error
    return tuple(folder / f"{file}.gz" for file in FILES)


def _collection(
    name: str, target: str, classes: tuple[str, ...], first: int | None, wanted: list[str] | None
) -> Samples:
    directory = data_directory()
    paths = find_files(directory, name) or download(directory, name)
    x, y = _pictures(paths[0], paths[1], len(classes))
    test = _pictures(paths[2], paths[3], len(classes))
    whole = first is None and wanted is None  # what was chosen from more is copied, so that the rest can be let go
    found = only(Samples(x, y, "multiclass", (), (target,), classes, test=test, fresh=whole), first, wanted)
    return replace(found, notes=(test_note(found),))


def test_note(samples: Samples) -> str:
    """Return the sentence about an official test set."""
    assert samples.test is not None
    note = _("The official test set of {count} samples is used whole; data.test has no effect.")
    return note.format(count=len(samples.test[0]))


def _numbers(known: tuple[str, ...], wanted: list[str]) -> np.ndarray:
    for place, name in enumerate(wanted):
        if name not in known:
            raise KeyedError(
                "data.classes", _("There is no class called {name!r}.").format(name=name), nearest(name, known)
            )
        if name in wanted[:place]:
            raise KeyedError("data.classes", _("The class {name!r} is named twice.").format(name=name))
    return np.array([known.index(name) for name in wanted])


def _of_classes(x: np.ndarray, y: np.ndarray, kept: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the samples whose class is among `kept`, with its place there as their class."""
    rows = np.flatnonzero(np.isin(y, kept))
    return x[rows], (y[rows, None] == kept).argmax(1)


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


def not_downloaded(folder: Path, name: str, error: Exception, files: list[str]) -> InputError:
    """Return what is said when `files` of a dataset are not in `folder` and cannot be fetched."""
    reason = " ".join(str(error).split()) or type(error).__name__
    problem = _("{name} is not in {directory} and could not be downloaded: {reason}")
    hint = _("Try again with a network, or put these files into {folder}, or point NEURONA_DATA elsewhere: {files}.")
    return InputError(
        problem.format(name=name, directory=folder.parent, reason=reason),
        hint.format(folder=folder, files=", ".join(files)),
    )
