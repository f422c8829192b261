"""What a visitor has uploaded, a table or pictures in a zip file, and how it becomes a recipe."""

from __future__ import annotations

import codecs
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from neurona.data.reader import TableFile, open_table
from neurona.data.schema import TypedColumn, type_feature
from neurona.data.values import MISSING, Notation
from neurona.errors import InputError
from neurona.language import _
from neurona.recipe import Recipe
from neurona.studio import recipe_text
from neurona.studio.hints import hint_of
from neurona.studio.part import Part
from neurona.studio.paths import without_folders
from neurona.studio.picture_files import unpack

if TYPE_CHECKING:
    import pyarrow as pa

    from neurona.studio.workshop import Command

EXAMPLE = 24
UTF_8 = "utf-8"
# The changes by which a table's rows are given back, and nothing is predicted.
GIVEN_BACK = ("data.task=variational", "net.kind=vae", "net.hidden=[32]", "net.latent=2", "fit.loss=mse")
# Pictures are kept this large, so that a class full of laptops can train on them.
SIZE = 32


class Uploads(Part):
    """The commands about files of the visitor's own."""

    @property
    def commands(self) -> Mapping[str, Command]:
        """What each command of this part does."""
        return {"uploaded": self._uploaded, "table": self._table}

    def _uploaded(self, command: Mapping[str, Any]) -> None:
        name = str(command.get("file"))
        if name.lower().endswith(".zip"):
            self._pictures(Path(name))
            return
        if self._awaited(name):
            return
        encoding = encoding_of(Path(name))
        file = open_table(Path(name), encoding=encoding)
        try:
            columns, problem = described(file), None
        except InputError as error:
            columns, problem = [{"name": column} for column in file.names], error
        self.workshop.send({"kind": "table", "file": name, "columns": columns})
        if encoding != UTF_8:
            words = _("{file} is not in UTF-8; it is read as {encoding}. Where letters are wrong, save it as UTF-8.")
            self.workshop.telling.remark(words.format(file=name, encoding=encoding))
        if problem is not None:
            raise problem

    def _awaited(self, name: str) -> bool:
        """Go on with the recipe that has waited for the file of this name, and return whether there is one."""
        text = self.workshop.awaited
        if not text or recipe_text.read(text)["data"]["path"] != name:
            return False
        self.workshop.awaited = ""  # where it does not suit the recipe, it is a table like any other from now on
        self.workshop.take_up(text)
        return True

    def _table(self, command: Mapping[str, Any]) -> None:
        name, target, features = str(command.get("file")), command.get("target"), command.get("features")
        recipe_text.admitted({"data": {"path": name}})
        encoding = encoding_of(Path(name))
        changes = [f"data.encoding={encoding}"] if encoding != UTF_8 else []
        changes += GIVEN_BACK if command.get("back") is True else ()
        raw = Recipe.read(name, changes, target=None if target is None else str(target)).to_dict()
        raw["data"]["path"] = name
        if features is not None:
            raw["data"]["features"] = list(map(str, features)) if isinstance(features, list) else features
        self.workshop.take_up(recipe_text.written({key: value for key, value in raw.items() if value != ""}))

    def _pictures(self, path: Path) -> None:
        found = unpack(path, path.with_name(f"{path.stem}-pictures"))  # which is the name of no dataset
        if not self._awaited(found.folder.name):
            raw = Recipe.read(found.folder.name + "/").to_dict()
            raw["data"] = {"path": found.folder.name, "size": SIZE}
            self.workshop.take_up(recipe_text.written({key: value for key, value in raw.items() if value != ""}))
        if found.left_out:
            names = ", ".join(f"{name} ({reason})" for name, reason in list(found.left_out.items())[:3])
            more = ", …" if len(found.left_out) > 3 else ""
            self.workshop.telling.remark(_("Left out: {names}.").format(names=names + more))


def encoding_of(path: Path) -> str:
    """Return how the text of a table is encoded, as far as its bytes tell: a page has no option to say so.

    What is not UTF-8 is mostly of a spreadsheet, which saves UTF-16 with a mark, or the code page of Windows.
    """
    if path.suffix.lower() not in (".csv", ".tsv") or not path.is_file():
        return UTF_8
    raw = path.read_bytes()
    if raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    for encoding in (UTF_8,) if b"\0" in raw else (UTF_8, "cp1252"):
        try:
            raw.decode(encoding)
        except UnicodeDecodeError:
            continue
        return encoding
    return UTF_8


def described(file: TableFile) -> list[dict[str, Any]]:
    """Return each column of a table: its name, kind, an example, and why it is of no use or what is wrong in it.

    Raises:
        InputError: the table cannot be read.
    """
    notation = Notation(MISSING, file.decimal)
    cells = file.read(notation.missing, ())
    return [_described(file, name, cells[name], notation) for name in file.names]


def _described(file: TableFile, name: str, cells: pa.ChunkedArray, notation: Notation) -> dict[str, Any]:
    first = next((cell for cell in cells.slice(0, 1000).to_pylist() if cell is not None), "")
    example = str(first).replace(".", file.decimal) if isinstance(first, float) else str(first)
    about = {"name": name, "example": example if len(example) <= EXAMPLE else example[: EXAMPLE - 1] + "…"}
    try:
        typed: TypedColumn = type_feature(file, name, cells, notation, None)
    except InputError as error:
        return {**about, "kind": "wrong", "problem": without_folders(error.problem), "hint": hint_of(error)}
    return {**about, "kind": typed.kind, "reason": typed.reason}
