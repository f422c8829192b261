"""The dataset from a person's own pictures: a folder with a sub-folder for each class."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Any, cast

import numpy as np
from pydantic import Field
from torch import Tensor

from neurona.data.dataset import SELF_SUPERVISED, SPLITS, Dataset, Split, Target
from neurona.data.pictures import SUFFIXES, Outcome, Pictures, Shape, is_grey, read_all
from neurona.data.splits import PictureOptions, Size, encode_y, fit_pixels, split_rows
from neurona.errors import InputError, reason_of
from neurona.language import _, joined, one_or_many

GIB = 1 << 30
SHOWN = 20
# What people call the sub-folders of a folder that is split already.
PARTS = {
    "train": "train", "training": "train",
    "valid": "valid", "validation": "valid", "val": "valid",
    "test": "test", "testing": "test",
}  # fmt: skip


class FolderOptions(PictureOptions):
    """The options of a folder of pictures, besides those of all pictures.

    Attributes:
        size: the side, or `[height, width]`, of the pictures as they are kept.
        memory: GiB that they may take; more stay on disk, and are read anew each time that they are seen.
    """

    size: Size = (64, 64)
    memory: Annotated[float, Field(ge=0)] = 1.0


@dataclass(frozen=True)
class Found:
    """The files of pictures in a folder.

    Attributes:
        paths: of the files, class by class, in the order of their names.
        y: `(n,)` the number of the class of each.
        part: `(n,)` "train", "valid" or "test" where the folder is split already; else "".
        classes: the names of the classes that have pictures, in order.
        others: files that are no pictures, counted by the ends of their names.
        empty: sub-folders without pictures.
        nested: folders inside those of the classes.
    """

    paths: list[Path]
    y: np.ndarray
    part: np.ndarray
    classes: tuple[str, ...]
    others: Counter[str]
    empty: tuple[str, ...]
    nested: tuple[str, ...]

    def only(self, kept: np.ndarray) -> Found:
        """Return what is left when only the pictures of these numbers are kept; classes that have none are no more."""
        numbers, y = np.unique(self.y[kept], return_inverse=True)
        classes = tuple(self.classes[k] for k in numbers)
        empty = (*self.empty, *(name for name in self.classes if name not in classes))
        paths = [self.paths[i] for i in kept]
        return replace(self, paths=paths, y=y, part=self.part[kept], classes=classes, empty=empty)


def load_folder(path: Path, *, task: str | None = None, **options: Any) -> Dataset:
    """Load a folder of pictures.

    Every direct sub-folder is a class. Where they are called train, valid and test (or so) and hold the classes in
    turn, they are the splits; one that is missing is cut from train. Hidden files, files whose name does not end like
    a picture's, and pictures that lie elsewhere are left out, and so are those that cannot be read.

    Args:
        path: of the folder.
        task: None for classes ("binary" for two of them); or one such as "reconstruction", which needs no classes.
        options: `size` (64), the side of the pictures as they are kept: each is scaled to cover it and cut to its
            middle; `colour`, "grey" or "rgb", else grey where all pictures are; `memory`, how many GiB of pictures may
            be kept (1), while more are read from disk again and again; and `resize`, `normalise`, `augment`, `valid`,
            `test`, `seed` and `standardise` as for all pictures.

    Returns:
        The dataset. Its `notes` say what was found, and name the files that cannot be read.

    Raises:
        InputError: an option is wrong, or the folder holds no pictures, one class, or only unreadable pictures.
    """
    chosen = FolderOptions.read(options)
    everything = _find(path, task)
    shape = _shape(everything.paths, chosen)
    fit_pixels(shape, [np.zeros((1, *shape), np.uint8)], chosen)  # a wrong option is said before much is read
    in_memory = bool(len(everything.paths) * np.prod(shape) <= chosen.memory * GIB)
    outcome = read_all(everything.paths, shape, keep=in_memory)
    kept = np.setdiff1d(np.arange(len(everything.paths)), list(outcome.broken))
    found = everything.only(kept)
    broken = {str(everything.paths[i].relative_to(path)): reason for i, reason in outcome.broken.items()}
    _require_classes(path, found, broken, task)
    parts = _split(path, found, chosen)
    x = [_pictures(everything.paths, outcome, kept[rows], shape) for rows in parts]
    inputs, augment = fit_pixels(shape, (part.numpy() for part in x[0].split(1000)), chosen)
    posed, target = "binary" if len(found.classes) == 2 else "multiclass", Target(("class",), found.classes)
    train, valid, test = (Split(x, encode_y(found.y[rows], posed, target)) for x, rows in zip(x, parts, strict=True))
    notes = tuple(_notes(found, shape, broken, None if in_memory else chosen))
    origin = {"path": str(path.absolute()), **({"task": task} if task else {}), **options, "seed": chosen.seed}
    data = Dataset(path.resolve().name, posed, train, valid, test, inputs, target, origin, notes, augment)
    return data.as_task(task) if task else data


def _pictures(paths: list[Path], outcome: Outcome, rows: np.ndarray, shape: Shape) -> Tensor:
    """Return the pictures of these numbers as a tensor, or as what stands in for it where they were not kept."""
    if len(outcome.x):
        return outcome.x[rows]
    return cast(Tensor, Pictures([paths[i] for i in rows], shape, [outcome.digests[i] for i in rows]))


# ---------------------------------------------------------------------- what is there


def _find(path: Path, task: str | None) -> Found:
    """Look for pictures in the sub-folders of a folder; for a task without classes, also beside each other in it.

    Raises:
        InputError: there are none.
    """
    others: Counter[str] = Counter()
    pictures: list[tuple[str, str, Path]] = []
    empty, nested = [], []
    try:
        for part, folder in _parts_of(_inside(path)[0]) or [("", path)]:
            classes, loose = _inside(folder)
            if classes or task not in SELF_SUPERVISED:
                others += Counter(_ending(file) for file in loose)
            else:
                pictures += [(part, path.name, file) for file in loose if _is_picture(file)]
            for one in classes:
                deeper, files = _inside(one)
                nested += [str(inner.relative_to(path)) for inner in deeper]
                mine = [(part, one.name, file) for file in files if _is_picture(file)]
                empty += [] if mine else [str(one.relative_to(path))]
                pictures += mine
                others += Counter(_ending(file) for file in files if not _is_picture(file))
    except OSError as error:
        problem = _("{path} cannot be read: {reason}.").format(path=error.filename or path, reason=reason_of(error))
        raise InputError(problem, _("Look at the permissions of the folder.")) from None
    if not pictures:
        _refuse_half_split(_inside(path)[0], path)
        raise _no_pictures(path, others)
    names, y = np.unique([name for _part, name, _file in pictures], return_inverse=True)
    part_of_each = np.array([part for part, _name, _file in pictures])
    paths = [file for _part, _name, file in pictures]
    return Found(paths, y, part_of_each, tuple(names.tolist()), others, tuple(empty), tuple(nested))


def _inside(path: Path) -> tuple[list[Path], list[Path]]:
    """Return the folders and the files in a folder, in the order of their names, hidden ones left out."""
    with os.scandir(path) as entries:
        found = sorted((entry.name, entry.is_dir(), entry.is_file()) for entry in entries if entry.name[0] != ".")
    return [path / name for name, folder, _file in found if folder], [path / name for name, _f, file in found if file]


def _parts_of(folders: list[Path]) -> list[tuple[str, Path]]:
    """Return the folder of each part of a folder that is split already; nothing for one whose folders are classes."""
    parts = {PARTS.get(folder.name.lower(), ""): folder for folder in folders}
    split = "train" in parts and "" not in parts and len(parts) == len(folders)
    return list(parts.items()) if split else []


def _refuse_half_split(folders: list[Path], path: Path) -> None:
    """Raise an `InputError` where parts of a split lie beside folders that are none, or train is not among them."""
    parts = [folder.name for folder in folders if folder.name.lower() in PARTS]
    strange = [folder.name for folder in folders if folder.name.lower() not in PARTS]
    if parts and strange:
        problem = _("In {path} the parts of a split, {parts}, lie beside other folders: {names}.")
        hint = _("Move the others away; a split folder holds train, and valid and test if you like, and nothing else.")
        raise InputError(problem.format(path=path, parts=_listed(parts), names=_listed(strange)), hint)
    if parts and "train" not in {PARTS[name.lower()] for name in parts}:
        problem = _("{path} holds {parts}, and no pictures to train on.").format(path=path, parts=_listed(parts))
        raise InputError(problem, _("Put those into a folder called train beside them, a sub-folder for each class."))


def _is_picture(path: Path) -> bool:
    return path.suffix.lower() in SUFFIXES


def _ending(path: Path) -> str:
    return path.suffix.lower() or path.name


def _shape(paths: list[Path], options: FolderOptions) -> Shape:
    grey = all(map(is_grey, paths)) if options.colour is None else options.colour == "grey"
    return 1 if grey else 3, *options.size


# ---------------------------------------------------------------------- what is wrong with it


def _no_pictures(path: Path, others: Counter[str]) -> InputError:
    hint = _("Give a folder with a sub-folder of pictures for each class, such as {path}/cats and {path}/dogs.")
    if any(name in SUFFIXES for name in others):
        problem = _("The pictures in {path} lie beside each other, and a class is a sub-folder.").format(path=path)
    elif others:
        problem = _("{path} holds no pictures, only {others}.").format(path=path, others=_counted(others))
    else:
        problem = _("{path} holds no pictures in its sub-folders.").format(path=path)
    return InputError(problem, f"{hint.format(path=path)} " + _("Pictures end in {kinds}.").format(kinds=_endings()))


def _endings() -> str:
    return ", ".join(SUFFIXES)


def _counted(others: Counter[str]) -> str:
    return ", ".join(f"{name} ({count})" for name, count in others.most_common(5))


def _require_classes(path: Path, found: Found, broken: dict[str, str], task: str | None) -> None:
    """Raise an `InputError` unless there is something to tell apart, also among what is to be trained on."""
    if not found.paths:
        file, reason = next(iter(broken.items()))
        problem = one_or_many(
            len(broken),
            _("The one picture in {path} cannot be read; {file}: {reason}."),
            _("None of the {count} pictures in {path} can be read; {file}: {reason}."),
        )
        said = problem.format(count=len(broken), path=path, file=file, reason=reason)
        raise InputError(said, _("Look whether the files are whole."))
    if len(found.classes) == 1 and task not in SELF_SUPERVISED:
        problem = _("{path} has pictures of one class only, {name!r}, so there is nothing to tell apart.")
        hint = _("Add a sub-folder of pictures for another class, or write --set data.task=reconstruction.")
        said = problem.format(path=path, name=found.classes[0])
        raise InputError(said + (" " + _left_out(broken) if broken else ""), hint)
    split = found.part[0] != ""
    for k, name in enumerate(found.classes if split else ()):
        if not ((found.part == "train") & (found.y == k)).any():
            problem = _("{path} has pictures of the class {name!r}, but none to train on.").format(path=path, name=name)
            raise InputError(problem, _("Give the same sub-folders to train, valid and test."))


def _split(path: Path, found: Found, options: FolderOptions) -> list[np.ndarray]:
    """Return the rows of train, valid and test: those of the folder, and what it lacks cut from train.

    Raises:
        InputError: there are too few.
    """
    own = [np.flatnonzero(found.part == part) for part in ("valid", "test")]
    rest = np.setdiff1d(np.arange(len(found.paths)), np.concatenate(own))
    shares = [0.0 if len(rows) else share for rows, share in zip(own, (options.valid, options.test), strict=True)]
    # Where every class is too small to be cut in three, the pictures as a whole may not be.
    for y in (found.y[rest], None):
        train, *cut = (rest[rows] for rows in split_rows(len(rest), y, shares[0], shares[1], options.seed))
        if len(train) and all(len(rows) or not share for rows, share in zip(cut, shares, strict=True)):
            return [train, *(given if len(given) else rows for given, rows in zip(own, cut, strict=True))]
    problem = one_or_many(
        len(rest),
        _("{path} has {count} picture, too few to split into train, valid and test."),
        _("{path} has {count} pictures, too few to split into train, valid and test."),
    )
    hint = _("Add pictures; or train on all of them with --set data.valid=0 --set data.test=0.")
    raise InputError(problem.format(path=path, count=len(rest)), hint)


# ---------------------------------------------------------------------- what is said about it


def _notes(found: Found, shape: Shape, broken: dict[str, str], on_disk: FolderOptions | None) -> list[str]:
    counts = np.bincount(found.y)
    classes = [f"{name} ({count})" for name, count in zip(found.classes, counts, strict=True)]
    notes = [_("{count} pictures in {classes}.").format(count=len(found.paths), classes=_listed(classes))]
    kept = _("Each was scaled to cover {height} × {width} pixels and cut to its middle, {colour}.")
    colour = _("in grey") if shape[0] == 1 else _("in colour")
    notes.append(kept.format(height=shape[1], width=shape[2], colour=colour))
    parts = [part for part in SPLITS if (found.part == part).any()]
    if parts:
        notes.append(_("The folder is split already: {parts}.").format(parts=", ".join(parts)))
    if broken:
        notes.append(_left_out(broken))
    if found.empty:
        notes.append(_("Sub-folders without pictures: {names}.").format(names=_listed(found.empty)))
    if found.nested:
        notes.append(_("Folders inside a class are not looked into: {names}.").format(names=_listed(found.nested)))
    if found.others:
        notes.append(_("Files left out: {names}.").format(names=_counted(found.others)))
    if on_disk is not None:
        note = _(
            "The pictures would take {gib:.2g} GiB, more than data.memory = {memory:g}: they stay on disk and are read "
            "each time that they are seen."
        )
        notes.append(note.format(gib=len(found.paths) * np.prod(shape) / GIB, memory=on_disk.memory))
    return notes


def _left_out(broken: dict[str, str]) -> str:
    """Return a sentence about the pictures that cannot be read, each with the reason."""
    sentence = one_or_many(
        len(broken),
        _("{count} picture cannot be read and is left out: {names}."),
        _("{count} pictures cannot be read and are left out: {names}."),
    )
    named = _listed([name + " (" + reason + ")" for name, reason in broken.items()])
    return sentence.format(count=len(broken), names=named)


def _listed(names: Sequence[str]) -> str:
    return joined(", ", [*names[:SHOWN], "…"] if len(names) > SHOWN else names)
