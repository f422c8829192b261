"""What of a fit can be watched: the views that suit it, which of them is in sight, and what they show now."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from typing import Any

import torch

from neurona.data.dataset import SPLITS
from neurona.data.inputs import Pixels
from neurona.errors import InputError, nearest
from neurona.fit.fit import Fit
from neurona.language import _
from neurona.studio.composition import composition
from neurona.studio.hints import on_the_page
from neurona.studio.views import VIEWS, View, Watched
from neurona.studio.views.watched import evaluating
from neurona.tasks.generative import Generative

# What stands beside the view in sight takes at most this share of the time; else it is shown as it was a while ago.
BESIDE = 0.1


class Scene:
    """The views of a fit, computed from it when asked: only the one in sight, and those that stand beside it.

    Args:
        fit: what is trained. It is only read, between two of its steps.
        before: the scene that was there before. What was in sight stays in sight where it suits the new fit too, and on
            the same data each view goes on with what was chosen in it.
    """

    def __init__(self, fit: Fit, before: Scene | None = None) -> None:
        self.seen = Watched(fit)
        self.views: dict[str, View] = {view.name: view(self.seen) for view in VIEWS if view.suits(self.seen)}
        self.tabs = [name for name, view in self.views.items() if view.tab]
        self.in_sight = self.tabs[0] if self.tabs else ""
        self._kept: dict[str, tuple[float, dict[str, Any]]] = {}
        if before is not None:
            self._go_on(before)

    def _go_on(self, before: Scene) -> None:
        moved = before.in_sight != next(iter(before.tabs), "")
        if moved and before.in_sight in self.tabs:
            self.in_sight = before.in_sight
        if self.seen.data.origin == before.seen.data.origin:
            for name, view in self.views.items():
                if name in before.views:
                    view.chosen = before.views[name].chosen

    def described(self) -> dict[str, Any]:
        """Return what does not change while the net learns: data, points, axes, the drawing and the views."""
        data, plane = self.seen.data, self.seen.plane
        return {
            "name": data.name,
            "task": data.task,
            "classes": list(self.seen.names),
            "target": next(iter(self.seen.targets), ""),
            "samples": {name: len(getattr(data, name)) for name in SPLITS},
            "shape": list(data.shape),
            "notes": [on_the_page(note) for note in data.notes],
            "composition": composition(data),
            "views": list(self.views),
            "tabs": self.tabs,
            "in_sight": self.in_sight,
            "about": {name: view.described() for name, view in self.views.items()},
            "judged": self.seen.judged,
            "film": self.has_film,
            "points": plane.described(self.seen.judged)
            if plane and (self.seen.classes or self.seen.is_curve)
            else None,
            "net": self.seen.drawing.described(),
        }

    @property
    def has_film(self) -> bool:
        """Whether snapshots of the training make a film: of regions of a plane, or of pictures that the net makes."""
        seen = self.seen
        draws = isinstance(seen.fit.task, Generative) and isinstance(seen.data.inputs, Pixels)
        return draws or (seen.is_flat and seen.classes > 1)

    def passed(self) -> None:
        """Let each view take note that an event of the training has passed."""
        for view in self.views.values():
            view.passed()

    def frame(self, *, fresh: bool = True) -> dict[str, Any]:
        """Return what the net answers now, for each view that is shown, and its weights.

        Args:
            fresh: False where a frame that follows soon may bring what stands beside the view in sight up to date.
        """
        self.seen.hurried = not fresh
        with evaluating(self.seen.net), torch.inference_mode():
            shown = {self.in_sight: self.views[self.in_sight].frame()} if self.in_sight else {}
            for name, view in self.views.items():
                if view.beside and name != self.in_sight:
                    shown[name] = self._beside(view, fresh)
            return {**shown, "in_sight": self.in_sight, "weights": self.seen.drawing.weights()}

    def freshen(self) -> Iterator[None]:
        """Compute what stands beside the view in sight a bit at a time, for the frame that follows at once."""
        for name, view in self.views.items():
            parts = view.freshen() if view.beside or name == self.in_sight else iter(())
            while True:
                with evaluating(self.seen.net), torch.inference_mode():
                    if next(parts, parts) is parts:
                        break
                yield

    def pictured(self, name: str) -> dict[str, Any]:
        """Return what one of the views shows now, also where it is not in sight."""
        with evaluating(self.seen.net), torch.inference_mode():
            return self.views[name].frame()

    def _beside(self, view: View, fresh: bool) -> dict[str, Any]:
        due, shown = self._kept.get(view.name, (0.0, {}))
        if fresh or time.monotonic() >= due:
            begun = time.process_time()
            shown = view.frame()
            spent = time.process_time() - begun
            self._kept[view.name] = (time.monotonic() + spent * (1 / BESIDE - 1), shown)
        return shown

    def look(self, wish: Mapping[str, Any]) -> dict[str, Any]:
        """Bring a view in sight, ask it for what a person wants to see, and return what it shows.

        Raises:
            InputError: there is no such view here, or it has no such thing.
        """
        name = str(wish.get("view"))
        if name not in self.tabs:
            raise InputError(_("There is no view called {name!r} here.").format(name=name), nearest(name, self.tabs))
        view = self.views[name]
        view.look(wish)
        self.in_sight = name
        with evaluating(self.seen.net), torch.inference_mode():
            return view.frame()
