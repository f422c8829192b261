"""Walking a training step: a sample, or the batch that comes next, opened from forward to the update of the weights."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from neurona.explain.learning import explain_next, explain_step
from neurona.explain.page import contents
from neurona.studio.arrays import doubles
from neurona.studio.choosing import chosen_sample, points
from neurona.studio.part import Part
from neurona.studio.views.whatif import WhatIf

if TYPE_CHECKING:
    from neurona.studio.workshop import Command, Workshop

# By these a command says which sample it means; without them it is the one in sight.
NAMED = {"sample", "at", "split", "batch"}


class Walking(Part):
    """The command that opens a training step."""

    def __init__(self, workshop: Workshop) -> None:
        super().__init__(workshop)
        self._last: tuple[Any, tuple[str, int]] = (None, ("train", 0))

    @property
    def commands(self) -> Mapping[str, Command]:
        """What each command of this part does."""
        return {"walk": self._walk}

    def _walk(self, command: Mapping[str, Any]) -> None:
        """Tell the step that would be made now; training pauses, for it is about these weights."""
        workshop, recipe, fit = self.workshop, self.workshop.recipe, self.workshop.fit
        assert recipe is not None
        if workshop.running:
            workshop.running = False
            workshop.telling.frame()
        scene, kind, whole = workshop.scene, recipe.net.get("kind", "mlp"), command.get("batch") is True
        view = scene.views.get(scene.in_sight)
        split, sample = chosen_sample(scene.seen, view, command, self._before)
        row = view.row() if isinstance(view, WhatIf) and not NAMED & command.keys() else None
        with workshop.telling.remarked():
            if whole:
                wanted = sample if split == "train" else None
                explanation = explain_next(fit, wanted, recipe.name, kind)
                split, sample = "train", explanation.inputs["sample"]
            else:
                explanation = explain_step(fit, sample, recipe.name, kind, split=split, row=row)
        self._last = (fit.data.origin, (split, sample))
        told = contents(explanation)
        told["steps"] = [asdict(step) for step in told["steps"]]
        rows = explanation.inputs["rows"] if whole else None
        about = {"split": split, "sample": sample, "samples": len(getattr(fit.data, split)), "batch": rows}
        about |= {"epoch": fit.epoch, "heard": workshop.telling.heard}
        workshop.send({"kind": "walk", **told, **about, **self._places(split, sample, rows)})

    @property
    def _before(self) -> tuple[str, int]:
        """Which sample was walked last, of the same data."""
        origin, last = self._last
        return last if origin == self.workshop.fit.data.origin else ("train", 0)

    def _places(self, split: str, sample: int, rows: list[int] | None) -> dict[str, Any]:
        """Return where in the plane the sample and those of the batch lie."""
        seen = self.workshop.scene.seen
        if seen.plane is None:
            return {}
        part = getattr(seen.data, split)
        return {"point": points(seen, part, [sample])[0].tolist(), "points": doubles(points(seen, part, rows or []))}
