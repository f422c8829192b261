"""What a person chooses: another recipe, a changed one, other data. Each is a change of the recipe's text."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from neurona.data.reader import open_table
from neurona.errors import InputError
from neurona.recipe import Recipe
from neurona.studio import gallery, recipe_text

if TYPE_CHECKING:
    from neurona.studio.workshop import Command, Workshop

FALLBACK = {"kind": "mlp", "hidden": [8, 8], "activation": "tanh"}


class Choices:
    """The commands that change the recipe.

    Args:
        workshop: whose recipe it is.
    """

    def __init__(self, workshop: Workshop) -> None:
        self.workshop = workshop

    @property
    def commands(self) -> Mapping[str, Command]:
        """What each command of this part does."""
        return {
            "open": self._open,
            "link": self._link,
            "toml": self._toml,
            "change": self._change,
            "table": self._table,
            "uploaded": self._uploaded,
        }

    def _open(self, command: Mapping[str, Any]) -> None:
        self.workshop.take_up(gallery.packaged(str(command.get("name"))))

    def _link(self, command: Mapping[str, Any]) -> None:
        text = recipe_text.from_link(str(command.get("link")))
        if text != self.workshop.text:
            self.workshop.take_up(text)

    def _toml(self, command: Mapping[str, Any]) -> None:
        text = str(command.get("text"))
        if text != self.workshop.text:
            self.workshop.change(recipe_text.admitted(recipe_text.read(text), text), text)

    def _change(self, command: Mapping[str, Any]) -> None:
        changes = command.get("changes")
        if not isinstance(changes, Mapping):
            changes = {str(command.get("key")): command.get("value")}
        if "data.name" in changes:
            self._use_data(str(changes["data.name"]))
            return
        with self.workshop.remarked():
            raw = self._recipe.with_changes(dict(changes)).to_dict()  # it leaves out what has no value any more
        text = recipe_text.written(raw)
        self.workshop.change(recipe_text.admitted(raw, text), text)

    def _use_data(self, name: str) -> None:
        """Change to a dataset, with the net and the training that are there if they suit it, else with others."""
        raw = self._recipe.to_dict()
        kept: dict[str, Any] = {key: raw[key] for key in ("net", "fit") if key in raw}
        tried: list[dict[str, Any]] = [{"name": name, "data": {"name": name}, **kept}]
        tried.append({"name": name, "data": {"name": name}, "net": FALLBACK, "fit": {"lr": 0.01, "epochs": 200}})
        for attempt in tried:
            try:
                text = recipe_text.written(attempt)
                self.workshop.change(recipe_text.admitted(attempt, text), text)
                return
            except InputError as error:
                problem = error
        another = gallery.recipe_on(name)
        if another is None:
            raise problem
        self.workshop.take_up(gallery.packaged(another))

    def _table(self, command: Mapping[str, Any]) -> None:
        name, target = str(command.get("file")), str(command.get("target"))
        recipe_text.admitted({"data": {"path": name}})
        raw = Recipe.read(name, target=target).to_dict()
        raw["data"]["path"] = name
        self.workshop.take_up(recipe_text.written({key: value for key, value in raw.items() if value != ""}))

    def _uploaded(self, command: Mapping[str, Any]) -> None:
        name = str(command.get("file"))
        columns = list(open_table(Path(name)).names)
        self.workshop.send({"kind": "table", "file": name, "columns": columns})

    @property
    def _recipe(self) -> Recipe:
        assert self.workshop.recipe is not None
        return self.workshop.recipe
