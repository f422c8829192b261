"""`Telling`: the messages of a workshop to its page, about the recipe, the training, and what is wrong."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from neurona.errors import NeuronaError
from neurona.files import jsonable
from neurona.fit.fit import Fit
from neurona.language import _, again
from neurona.look.words import metric_words
from neurona.studio import features, gallery, points, recipe_text
from neurona.studio.controls import catalogue, controls
from neurona.studio.hints import hint_of, hint_of_file, on_the_page
from neurona.studio.paths import without_folders
from neurona.studio.pinning import settings
from neurona.studio.remarks import Remarks
from neurona.studio.rows import metric_names
from neurona.studio.words import labels
from neurona.validation import KeyedError

if TYPE_CHECKING:
    from neurona.studio.workshop import Workshop

# A click is answered within so many seconds, of the processor, when a net rests.
QUICK = 0.05
# What is about a file that is not the data yet, where it is refused.
OF_FILES = ("uploaded", "table")


class Telling:
    """Tells the page what came of its commands and how far training is.

    Args:
        workshop: whose page it is.

    Attributes:
        resting: what it takes to tell how a net that rests stands, in seconds; when that is much, it is told a moment
            later.
        settled: whether that has been told.
        heard: the number of the last word of the page that was heard, which tells it what a message knows of.
    """

    def __init__(self, workshop: Workshop) -> None:
        self.workshop = workshop
        self.resting, self.settled = 0.0, True
        self.heard: Any = 0
        self._told = 0
        self._test: tuple[Fit | None, int, int, Any] = (None, 0, 0, None)
        self._joined: tuple[Fit | None, Any] = (None, None)
        self._wrong: tuple[NeuronaError, Mapping[str, Any]] | None = None

    def anew(self) -> None:
        """Tell the history from its beginning."""
        self._told = 0

    def forget(self) -> None:
        """Keep nothing of the net that was there before."""
        self._test, self._joined = (None, 0, 0, None), (None, None)

    @property
    def link(self) -> str:
        """What the address of the page holds: the recipe, with points that are drawn."""
        assert self.workshop.recipe is not None
        return recipe_text.link(self.workshop.text) + points.along(self.workshop.recipe.data)

    def offers(self) -> None:
        """Tell the page what there is to choose from."""
        offers = {"tiles": gallery.tiles(), "recipes": gallery.recipes(), "catalogue": catalogue()}
        self.workshop.send({"kind": "offers", **offers, "labels": labels(), "metrics": metric_words()})

    def state(self) -> None:
        """Tell the page the recipe, its controls, the data, the drawing of the net, and what they look like now."""
        shop, given = self.workshop, self.workshop.recipe
        assert given is not None
        recipe = {
            "name": given.name,
            "title": _(given.title),
            "toml": shop.text,
            "link": self.link,
            "drawn": points.drawn(given.data),
            "data": given.data.get("name", ""),
            "about": gallery.about(given.data.get("name", "")),
            "net": given.net,
        }
        told = controls(given, shop.fit)
        shop.send(
            {
                "kind": "state",
                "recipe": recipe,
                "controls": told,
                "settings": settings(given, [control for part in told.values() for control in part]),
                "scene": shop.scene.described(),
                "features": features.offered(shop.scene.seen.plane),
                "speed": shop.pace.speed,
                "engine": shop.fit.engine,
                "heard": self.heard,
            }
        )
        self.anew()
        self.frame()

    def frame(self, *, settled: bool = False) -> None:
        """Tell the page how far training is, the rows of the history that it has not seen, and what is in view.

        Args:
            settled: whether there is time to show a net that rests as it stands.
        """
        shop, fit = self.workshop, self.workshop.fit
        begun = time.process_time()
        rows, first = fit.history[self._told :], self._told
        self._told = len(fit.history)
        ended = fit.ended
        frame = {
            "kind": "frame",
            "epoch": fit.epoch,
            "epochs": fit.options.epochs,
            "every": fit.options.every,
            "steps": shop.midway.steps or fit.steps,
            "running": shop.running,
            "heard": self.heard,
            "ended": ended,
            "early": fit.stopped_early and fit.epoch < fit.options.epochs,
            "word": shop.word or ("diverged" if fit.diverged else ""),
            "first": first,
            "rows": [jsonable(row) for row in rows],
            "metrics": {} if first else metric_names(rows),
            "test": self._tested(),
            "now": self._now(),
            "scene": shop.scene.frame(fresh=not shop.running and (settled or self.resting < QUICK)),
        }
        shop.send(frame)
        shop.pace.framed(time.process_time() - begun)

    def settle(self) -> None:
        """Tell how the net stands now that it rests; what the page asks for meanwhile is answered first."""
        self.settled, told = True, False
        with self.workshop.midway.resting():
            begun = time.process_time()
            self._test = (*self._at, jsonable(self.workshop.fit.evaluate(self.workshop.fit.data.test)))
            for _part in self.workshop.scene.freshen():
                self.workshop.midway.between(1.0)
            self.frame(settled=True)
            self.resting = time.process_time() - begun
            told = True
        self.settled = self.settled and told

    @property
    def _at(self) -> tuple[Fit, int, int]:
        """Where training stands."""
        fit = self.workshop.fit
        return fit, fit.epoch, fit.steps[0]

    def _tested(self) -> Any:
        """Return the metrics on the test samples once training rests at the end of an epoch."""
        shop = self.workshop
        if shop.running or shop.midway.share or not shop.fit.epoch:
            return None
        if self._test[:3] != self._at:
            if self.resting >= QUICK:
                self.settled = False  # the page shows them a moment later
                return None
            self._test = (*self._at, jsonable(shop.fit.evaluate(shop.fit.data.test)))
        return self._test[3]

    def _now(self) -> Any:
        """Return the metrics on train and valid where the last row of the history is of other data than those now."""
        fit = self.workshop.fit
        if self.workshop.joined != fit.epoch or not fit.history:
            return None
        if self._joined[0] is not fit:
            found = {name: fit.evaluate(getattr(fit.data, name)) for name in ("train", "valid")}
            row = {f"{name}_{metric}": value for name, metrics in found.items() for metric, value in metrics.items()}
            self._joined = (fit, jsonable(row))
        return self._joined[1]

    def problem(self, error: NeuronaError, command: Mapping[str, Any]) -> None:
        """Tell the page what is wrong in a command; a control that was changed goes back to the value in force."""
        if command.get("do") == "change":
            self.state()
        error.__traceback__ = error.__cause__ = error.__context__ = None  # whose frames would keep nets that are gone
        self._wrong = (error, command)
        self.problem_again(command.get("do", ""))

    def problem_again(self, asked: Any) -> None:
        """Tell the page in the language in use what was wrong last, if that was in the command that it asks about."""
        if self._wrong is None or self._wrong[1].get("do", "") != asked:
            return
        error, command = self._wrong
        key = error.key if isinstance(error, KeyedError) else str(command.get("key", ""))
        said = without_folders(again(error.problem))
        hint = hint_of_file(error) if asked in OF_FILES else hint_of(error)
        problem = {"problem": said, "hint": hint, "key": key, "from": asked, "heard": self.heard}
        if key == "net.layers" and asked == "toml":
            problem["layers"] = recipe_text.layers_of(str(command.get("text")))  # for they are not those in force
        self.workshop.send({"kind": "problem", **problem, "line": recipe_text.line_of(said)})

    def remark(self, sentence: str) -> None:
        """Tell the page a sentence in passing."""
        self.workshop.send({"kind": "remark", "text": on_the_page(sentence)})

    def remarked(self) -> Remarks:
        """Return a context in which warnings become remarks on the page."""
        return Remarks(self.remark)
