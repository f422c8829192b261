"""A part of the workshop: commands of the page that belong together."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from neurona.studio.workshop import Command, Workshop


class Part(ABC):
    """Some commands of the page that belong together.

    Args:
        workshop: whose fit, recipe and page they are about.
    """

    def __init__(self, workshop: Workshop) -> None:
        self.workshop = workshop

    @property
    @abstractmethod
    def commands(self) -> Mapping[str, Command]:
        """What each command does, by the name that the page has for it (`do`)."""
