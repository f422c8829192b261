"""Looking at the net: which view is in sight, and what is asked of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from neurona.studio.part import Part

if TYPE_CHECKING:
    from neurona.studio.workshop import Command


class Looking(Part):
    """The command that brings a view in sight."""

    @property
    def commands(self) -> Mapping[str, Command]:
        """What each command of this part does."""
        return {"look": self._look}

    def _look(self, command: Mapping[str, Any]) -> None:
        scene = self.workshop.scene
        shown = scene.look(command)
        self.workshop.send({"kind": "looked", "view": scene.in_sight, "shown": shown})
