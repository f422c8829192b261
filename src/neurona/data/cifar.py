"""CIFAR-10: sixty thousand small photographs, downloaded once or read from where they already are."""

from __future__ import annotations

import os
import zipfile
import zlib
from dataclasses import replace
from http.client import HTTPException
from pathlib import Path
from typing import Any

import numpy as np

from neurona.data.cache import data_directory, workshop
from neurona.data.images import First, Names, not_downloaded, only, test_note
from neurona.data.network import patience
from neurona.data.sources import DATASETS, Samples
from neurona.errors import InputError
from neurona.language import _

SIDE = 32
CLASSES = ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")
FOLDER = "cifar-10-batches-py"
SUBSET = "cifar10-subset.npz"

Part = tuple[np.ndarray, np.ndarray]


@DATASETS.register(
    "cifar10",
    "60,000 colour photographs of ten kinds of things, 32 by 32 pixels.",
    task="multiclass",
    samples=60_000,
    shape=(3, SIDE, SIDE),
    download=True,
)
def cifar10(*, samples: First | None = None, classes: Names | None = None) -> Samples:
    """Return CIFAR-10 (Krizhevsky, 2009), from `NEURONA_DATA` or downloaded into it.

    A file `cifar10/cifar10-subset.npz` there, a part of it, is used where the whole is not.

    Args:
        samples: only the first so many training pictures (of `classes`), in their own order and so only about as many
            of each class; valid is cut from them. The test pictures stay whole.
        classes: only these classes, such as `["airplane", "ship"]`, numbered in this order.

    Returns:
        `x` `(50000, 3, 32, 32)` uint8; `y` `(50000,)`; the official test set in `test`.

    Raises:
        InputError: a file is damaged, or none is there and none can be downloaded, or there is no such class.
    """
    directory = data_directory()
    found, notes = find(directory), []
    if found is None and os.path.isfile(subset := directory / "cifar10" / SUBSET):  # noqa: PTH113
        train, test = _read_subset(subset)
        note = _("Only a part of CIFAR-10 is there, {path}: {train} pictures to train on and {test} to test.")
        notes.append(note.format(path=f"cifar10/{SUBSET}", train=len(train[0]), test=len(test[0])))
    else:
        train, test = read_batches(found or download(directory))
    chosen = only(Samples(*train, "multiclass", (), ("object",), CLASSES, test=test), samples, classes)
    return replace(chosen, notes=(*notes, test_note(chosen)))


def find(directory: Path) -> Path | None:
    """Return the folder that torchvision's `cifar-10-batches-py` is in, or None.

    That is `directory/cifar10`, or `directory` itself, where torchvision puts it.
    """
    # Unlike Path.is_dir this takes a locked folder for an absent one.
    return next((f for f in (directory / "cifar10", directory) if os.path.isdir(f / FOLDER)), None)  # noqa: PTH112


def download(directory: Path) -> Path:
    """Download CIFAR-10 through torchvision, which checks its MD5, into `directory/cifar10`, and return that.

    It comes into place whole and checked, by renaming; a failed or interrupted download leaves nothing.

    Raises:
        InputError: no network, a wrong checksum, or a directory that cannot be written.
    """
    from torchvision.datasets import CIFAR10

    folder = directory / "cifar10"
    with workshop(directory) as temporary:
        try:
            with patience([CIFAR10.url]):
                CIFAR10(temporary, download=True)
            folder.mkdir(exist_ok=True)
            (temporary / FOLDER).replace(folder / FOLDER)
        except (RuntimeError, OSError, HTTPException, EOFError) as error:
            raise not_downloaded(
                folder, "cifar10", error, [f"{FOLDER}/", _("or {file}").format(file=SUBSET)]
            ) from error
    return folder


def read_batches(folder: Path) -> tuple[Part, Part]:
    """Return train and test of the `cifar-10-batches-py` in `folder`, each `(n, 3, 32, 32)` uint8 and `(n,)`.

    The files are pickles, which can run code when they are read: only those whose MD5 is the published one are.

    Raises:
        InputError: a file is missing, or is not the published one.
    """
    from torchvision.datasets import CIFAR10
    from torchvision.datasets.utils import check_integrity

    published = [*CIFAR10.train_list, *CIFAR10.test_list, [CIFAR10.meta["filename"], CIFAR10.meta["md5"]]]
    for name, checksum in published:
        path = folder / FOLDER / name
        if not check_integrity(path, checksum):
            problem = _("{path} is missing, or is not the published file: its MD5 is not {checksum}.")
            hint = _("Delete the folder {folder} and run again to download it, or put the right files there.")
            raise InputError(problem.format(path=path, checksum=checksum), hint.format(folder=folder / FOLDER))
    train, test = (_read_part(CIFAR10(folder, train=part)) for part in (True, False))
    return train, test


def _read_part(part: Any) -> Part:
    return np.moveaxis(part.data, 3, 1), np.array(part.targets)


def _read_subset(path: Path) -> tuple[Part, Part]:
    """Return train and test of a file of arrays.

    Raises:
        InputError: it is damaged, or lacks an array, or one is of another kind.
    """
    try:
        with np.load(path, allow_pickle=False) as arrays:
            train, test = ((arrays[f"x_{part}"], arrays[f"y_{part}"]) for part in ("train", "test"))
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile, zlib.error) as error:
        raise _damaged(path, str(error)) from error
    for name, (x, y) in {"train": train, "test": test}.items():
        if x.dtype != np.uint8 or x.ndim != 4 or x.shape[1:] != (SIDE, SIDE, 3):
            raise _damaged(path, _("x_{name} is not (n, 32, 32, 3) uint8").format(name=name))
        if y.shape != (len(x),) or y.dtype.kind not in "iu" or not len(y) or y.min() < 0 or y.max() >= len(CLASSES):
            raise _damaged(path, _("y_{name} is not a class from 0 to 9 for each picture").format(name=name))
    first, last = ((np.moveaxis(x, 3, 1), y.astype(np.int64)) for x, y in (train, test))
    return first, last


def _damaged(path: Path, reason: str) -> InputError:
    problem = _("{path} is damaged or is another file: {reason}.").format(path=path, reason=reason.rstrip("."))
    return InputError(problem, _("Put the right file there, or delete it to download the whole of CIFAR-10."))
