"""Walking a training step: one sample of the training data, opened from forward to the update of the weights."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from neurona.explain.learning import explain_step
from neurona.explain.page import contents

if TYPE_CHECKING:
    from neurona.studio.workshop import Command, Workshop


class Walking:
    """The command that opens a training step.

    Args:
        workshop: whose fit it is.
    """

    def __init__(self, workshop: Workshop) -> None:
        self.workshop = workshop

    @property
    def commands(self) -> Mapping[str, Command]:
        """What each command of this part does."""
        return {"walk": self._walk}

    def _walk(self, command: Mapping[str, Any]) -> None:
        """Tell the step that would be made now on one sample alone; training pauses, for it is about these weights."""
        workshop, recipe = self.workshop, self.workshop.recipe
        assert recipe is not None
        if workshop.running:
            workshop.running = False
            workshop.telling.frame()
        count, sample = len(workshop.fit.data.train), self._chosen(command)
        with workshop.telling.remarked():
            explanation = explain_step(workshop.fit, sample, recipe.name, recipe.net.get("kind", "mlp"))
        told = contents(explanation)
        told["steps"] = [asdict(step) for step in told["steps"]]
        workshop.send({"kind": "walk", **told, "sample": sample, "samples": count, "epoch": workshop.fit.epoch})

    def _chosen(self, command: Mapping[str, Any]) -> int:
        """Return the number of the sample that is asked for, or the one next to it that there is."""
        number = command.get("sample")
        last = len(self.workshop.fit.data.train) - 1
        return min(max(number, 0), last) if isinstance(number, int) else 0
