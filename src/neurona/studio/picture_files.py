"""Pictures in a zip file, one folder for each class: unpacked within limits, and nothing else of it."""

from __future__ import annotations

import shutil
import stat
import warnings
import zipfile
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO

from PIL import Image

from neurona.data.folders import PARTS
from neurona.data.pictures import FORMATS, SUFFIXES
from neurona.errors import InputError
from neurona.language import _

MOST_FILES, MOST_MEGABYTES, MOST_MEGAPIXELS = 3000, 200, 25
LONGEST = 80
CHUNK = 1 << 16

# The parts of a path inside the zip file: class and file, perhaps train or test before.
Place = tuple[str, ...]


@dataclass(frozen=True)
class Unpacked:
    """What came out of a zip file.

    Attributes:
        folder: with the pictures.
        pictures: how many there are.
        left_out: why a file was left out, by its name.
    """

    folder: Path
    pictures: int
    left_out: dict[str, str]


def unpack(path: Path, folder: Path) -> Unpacked:
    """Unpack the pictures of a zip file into `folder`, which is made anew.

    Names inside it only say class and file: no path leads out of the folder, links and other files are left out, and
    what is too large in bytes or pixels is found out before it is all written.

    Raises:
        InputError: it is no zip file, holds too much, or no folders of pictures.
    """
    aside = folder.with_name(folder.name + ".part")
    shutil.rmtree(aside, ignore_errors=True)
    try:
        with zipfile.ZipFile(path) as packed:
            found = _unpack(packed, aside)
        shutil.rmtree(folder, ignore_errors=True)
        aside.replace(folder)
        return Unpacked(folder, *found)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
        locked = isinstance(error, RuntimeError) and "password" in str(error)
        problem = _("{name} is locked by a password.") if locked else _("{name} is no zip file, or a damaged one.")
        hint = _("Put the folders of pictures, one for each class, into a zip file, and upload that.")
        raise InputError(problem.format(name=path.name), hint) from error
    finally:
        shutil.rmtree(aside, ignore_errors=True)
        path.unlink(missing_ok=True)


def _unpack(packed: zipfile.ZipFile, folder: Path) -> tuple[int, dict[str, str]]:
    left_out: dict[str, str] = {}
    members = list(_pictures(packed, left_out))
    if len(members) > MOST_FILES:
        problem = _("It holds {count} pictures, more than {most}.").format(count=len(members), most=MOST_FILES)
        raise InputError(problem, _("Take fewer, or train them with: neurona train FOLDER"))
    places = _placed([place for _member, place in members])
    room, kept = MOST_MEGABYTES * 1_000_000, 0
    for number, ((member, _place), place) in enumerate(zip(members, places, strict=True)):
        if len(place) < 2:
            left_out[member.filename] = _("it lies in no folder of a class")
            continue
        target = folder.joinpath(*place[:-1], f"{number:05d}{PurePosixPath(place[-1]).suffix.lower()}")
        target.parent.mkdir(parents=True, exist_ok=True)
        with packed.open(member) as source, target.open("wb") as file:
            room -= _copy(source, file, room)
        reason = _why_not(target)
        if reason:
            left_out[member.filename] = reason
            target.unlink()
        else:
            kept += 1
    if not kept:
        reasons = "; ".join(f"{name} ({reason})" for name, reason in list(left_out.items())[:3])
        problem = _("It holds no pictures in folders, one for each class.")
        hint = _("Put each class into a folder of its own, such as cats/1.jpg and dogs/1.jpg.")
        raise InputError(problem, hint + (" " + _("Left out: {names}.").format(names=reasons) if reasons else ""))
    return kept, left_out


def _pictures(packed: zipfile.ZipFile, left_out: dict[str, str]) -> list[tuple[zipfile.ZipInfo, Place]]:
    """Return the members whose names end like a picture's, with the parts of their names; say what else there is."""
    found = []
    for member in packed.infolist():
        parts = tuple(part for part in PurePosixPath(member.filename.replace("\\", "/")).parts if part not in ("/", ""))
        hidden = any(part.startswith((".", "__MACOSX")) and part != ".." for part in parts)
        if member.is_dir() or not parts or hidden:
            continue
        if stat.S_ISLNK(member.external_attr >> 16) or ".." in parts:
            left_out[member.filename] = _("it leads elsewhere")
        elif not parts[-1].lower().endswith(SUFFIXES):
            left_out[member.filename] = _("it is no picture")
        else:
            found.append((member, parts))
    return found


def _placed(places: Sequence[Place]) -> list[Place]:
    """Return paths without the folders that all of them lie in, down to class and file, with harmless names."""
    found = list(places)
    while found and all(len(place) > 2 and place[0] == found[0][0] for place in found):
        found = [place[1:] for place in found]
    split = [len(place) > 2 and place[-3].lower() in PARTS for place in found]
    return [tuple(map(_harmless, place[-3 if parted else -2 :])) for place, parted in zip(found, split, strict=True)]


def _harmless(name: str) -> str:
    kept = "".join(sign for sign in name if sign.isprintable() and sign not in '/\\:*?"<>|').strip(" .")
    return kept[-LONGEST:] or "_"


def _copy(source: IO[bytes], file: IO[bytes], room: int) -> int:
    """Copy a file that is unpacked on the way, at most `room` bytes, and return how many there were."""
    size = 0
    while chunk := source.read(CHUNK):
        size += len(chunk)
        if size > room:
            problem = _("Unpacked, it holds more than {most} MB.").format(most=MOST_MEGABYTES)
            raise InputError(problem, _("Take fewer or smaller pictures, or train them with: neurona train FOLDER"))
        file.write(chunk)
    return size


def _why_not(path: Path) -> str:
    """Say why a file is no picture that can be used; nothing when it is one."""
    try:
        with warnings.catch_warnings(), Image.open(path, formats=FORMATS) as picture:
            warnings.simplefilter("ignore")
            if picture.width * picture.height > MOST_MEGAPIXELS * 1_000_000:
                return _("it has more than {count} million pixels").format(count=MOST_MEGAPIXELS)
    except Exception:  # a decoder of a damaged file can raise anything
        return _("it is no picture of a known kind")
    return ""
