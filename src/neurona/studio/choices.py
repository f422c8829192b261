"""What a person chooses: another recipe, a changed one, other data. Each is a change of the recipe's text."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from neurona.recipe import Recipe
from neurona.studio import gallery, points, recipe_text
from neurona.studio.part import Part

if TYPE_CHECKING:
    from neurona.studio.workshop import Command


class Choices(Part):
    """The commands that change the recipe."""

    @property
    def commands(self) -> Mapping[str, Command]:
        """What each command of this part does."""
        return {
            "open": self._open,
            "link": self._link,
            "toml": self._toml,
            "change": self._change,
        }

    def _open(self, command: Mapping[str, Any]) -> None:
        self.workshop.take_up(gallery.packaged(str(command.get("name"))))

    def _link(self, command: Mapping[str, Any]) -> None:
        before = points.on_file()
        with points.unless_refused():
            text = recipe_text.from_link(points.unpacked(str(command.get("link"))))
            if text != self.workshop.text or points.on_file() != before:
                self.workshop.take_up(text)
            else:
                self.workshop.telling.state()  # the page waits for an answer

    def _toml(self, command: Mapping[str, Any]) -> None:
        text = str(command.get("text"))
        if text != self.workshop.text:
            self.workshop.change(self.workshop.admitted(text), text)
        elif self.workshop.recipe is not None:
            self.workshop.telling.state()  # what was wrong with it before is over, and the page waits for an answer

    def _change(self, command: Mapping[str, Any]) -> None:
        changes = command.get("changes")
        if not isinstance(changes, Mapping):
            changes = {str(command.get("key")): command.get("value")}
        if "data.name" in changes:
            name = str(changes["data.name"])
            self.workshop.use_data(name, {"name": name})
            return
        with self.workshop.telling.remarked():
            raw = self._recipe.with_changes(dict(changes)).to_dict()  # it leaves out what has no value any more
        # What is wrong stands in the control, and in no line of the text in sight.
        self.workshop.change(recipe_text.admitted(raw), recipe_text.written(raw))

    @property
    def _recipe(self) -> Recipe:
        assert self.workshop.recipe is not None
        return self.workshop.recipe
