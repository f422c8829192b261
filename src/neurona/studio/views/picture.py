"""One of the pictures that a net is judged by, on its way through the net."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from neurona.studio.views.inside import sees_pictures, through
from neurona.studio.views.picker import Picker
from neurona.studio.views.view import View
from neurona.studio.views.watched import Watched


class Picture(View):
    """A chosen picture: what each layer makes of it, and what the net answers."""

    name = "picture"

    @staticmethod
    def suits(seen: Watched) -> bool:
        """Tell whether the net sees pictures."""
        return sees_pictures(seen)

    def frame(self) -> dict[str, Any]:
        """Return what `inside.through` does, and which picture it is."""
        picker = Picker(self.seen, self.chosen)
        number = picker.number
        x = self.seen.data.inputs.prepare(self.seen.judged_by.x[number : number + 1])
        return {**through(self.seen, x), **picker.described()}

    def look(self, wish: Mapping[str, Any]) -> None:
        """Take another picture; see `Picker.look`."""
        Picker(self.seen, self.chosen).look(wish)
