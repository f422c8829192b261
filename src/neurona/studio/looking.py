"""Looking at the net: which view is in sight, and what is asked of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from neurona.studio.workshop import Command, Workshop


class Looking:
    """The command that brings a view in sight.

    Args:
        workshop: whose fit is looked at.
    """

    def __init__(self, workshop: Workshop) -> None:
        self.workshop = workshop

    @property
    def commands(self) -> Mapping[str, Command]:
        """What each command of this part does."""
        return {"look": self._look}

    def _look(self, command: Mapping[str, Any]) -> None:
        scene = self.workshop.scene
        shown = scene.look(command)
        self.workshop.send({"kind": "looked", "view": scene.in_sight, "shown": shown})
