"""The workshop of one visitor: a recipe, the fit that it describes, and what the page is told of both."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Protocol

from neurona import language
from neurona.errors import InputError, NeuronaError
from neurona.files import jsonable
from neurona.fit.history import Epoch
from neurona.fit.loop import Fit
from neurona.language import _
from neurona.recipe import Recipe
from neurona.run import Run
from neurona.studio import gallery, limits, recipe_text
from neurona.studio.by_hand import ByHand
from neurona.studio.choices import Choices
from neurona.studio.controls import catalogue, controls
from neurona.studio.driving import Driving, Pace
from neurona.studio.going_on import can_go_on, gone_on
from neurona.studio.looking import Looking
from neurona.studio.midway import LaterError, Midway
from neurona.studio.pinning import Pinning, settings
from neurona.studio.remarks import Remarks
from neurona.studio.repeats import Repeats
from neurona.studio.rows import metric_names
from neurona.studio.scene import Scene
from neurona.studio.takeaway import take
from neurona.studio.walking import Walking
from neurona.validation import KeyedError

FIRST = "spiral"
NEVER = 1e9
# A click is answered within so many seconds, of the processor, when a net rests.
QUICK = 0.05
Send = Callable[[dict[str, Any]], None]
Command = Callable[[Mapping[str, Any]], None]


class Part(Protocol):
    """Some commands of the page that belong together."""

    @property
    def commands(self) -> Mapping[str, Command]:
        """What each command does, by the name that the page has for it (`do`)."""


# Each is given the workshop and answers commands of its own.
PARTS: tuple[Callable[[Workshop], Part], ...] = (
    Choices,
    Driving,
    Looking,
    Walking,
    Pinning,
    ByHand,
)
# What can be asked for while there is no recipe yet.
BEFORE_ALL = ("hello", "toml", "open")


class Workshop:
    """Does what the page asks for, and tells it what came of it.

    The recipe is the single truth: a command changes its TOML, and data, net and fit follow. What is wrong leaves the
    last recipe in force and is told as a problem.

    Args:
        folder: for runs and files that are taken away; uploads lie in the current directory.
        send: hands a message to the page.

    Attributes:
        recipe: the one in force.
        text: it as TOML.
        running: whether it trains by itself.
        word: what stopped it, for the page.
        by_hand: whether a weight was set by a person.
        pace: when the next event and the next frame are due.
        repeats: the same recipe with other seeds.
        midway: what happens between two steps of the training.
    """

    def __init__(self, folder: Path, send: Send) -> None:
        self.folder, self.send = folder, send
        self.recipe: Recipe | None = None
        self.text = ""
        self.running = False
        self.word = ""
        self.by_hand = False
        self.pace = Pace()
        self._fit: Fit | None = None
        self._scene: Scene | None = None
        self._run: Run | None = None
        self._events: Iterator[Epoch] | None = None
        self._told = 0
        # What it takes to tell how a net that rests stands, in seconds; when that is much, it is told a moment later.
        self._resting, self._settled = 0.0, True
        self._test: tuple[Fit | None, int, int, Any] = (None, 0, 0, None)
        self.midway = Midway(self)
        self._commands: dict[str, Command] = {"hello": self._hello, "language": self._language}
        self._commands |= {"take": self._take}
        self.repeats = Repeats(self)
        self._commands |= self.repeats.commands
        for part in PARTS:
            self._commands |= part(self).commands
        self._commands |= self.midway.commands

    @property
    def fit(self) -> Fit:
        """The fit that the recipe describes."""
        assert self._fit is not None
        return self._fit

    @property
    def scene(self) -> Scene:
        """What of the fit can be watched."""
        assert self._scene is not None
        return self._scene

    # ------------------------------------------------------------------ commands

    def handle(self, command: Mapping[str, Any]) -> None:
        """Do what a message of the page asks for; what is wrong in it is told, and nothing else changes."""
        what = str(command.get("do"))
        action = self._commands.get(what)
        if action is None or (self._fit is None and what not in BEFORE_ALL):
            return
        try:
            action(command)
        except NeuronaError as error:
            self.tell_problem(limits.beyond(error) or error, command)
        except (MemoryError, RuntimeError) as error:
            self.tell_problem(_refused(error), command)

    def _hello(self, command: Mapping[str, Any]) -> None:
        self._speak(command)
        link = str(command.get("link") or "")
        if command.get("greeted") is True and not link:  # the page has heard it: `greeting.py`
            text = gallery.packaged(FIRST)
            self.begin(recipe_text.admitted(recipe_text.read(text), text), text)
            return
        self._tell_offers()
        try:
            self.take_up(recipe_text.from_link(link) if link else gallery.packaged(FIRST))
        except InputError as error:
            self.take_up(gallery.packaged(FIRST))
            self.tell_problem(error, command)

    def _language(self, command: Mapping[str, Any]) -> None:
        self._speak(command)
        self._tell_offers()
        self.tell_state()

    def _speak(self, command: Mapping[str, Any]) -> None:
        code = str(command.get("language"))
        language.use(code if code in language.LANGUAGES else "en")

    def _take(self, command: Mapping[str, Any]) -> None:
        assert self.recipe is not None
        what = str(command.get("what"))
        with self.remarked():
            path, name = take(what, self.fit, self.recipe, self.text, self._run, self.folder / "take")
        self.send({"kind": "file", "what": what, "file": str(path), "name": name})

    # ------------------------------------------------------------------ recipe, data, net and fit

    def take_up(self, text: str) -> None:
        """Begin with the recipe in `text`, whatever stood before."""
        recipe = recipe_text.admitted(recipe_text.read(text), text)
        self.running = False
        self.begin(recipe, text)
        self.tell_state()

    def change(self, recipe: Recipe, text: str) -> None:
        """Go on with a changed recipe where the fit can, else start anew."""
        assert self.recipe is not None
        same = all(getattr(recipe, part) == getattr(self.recipe, part) for part in ("data", "net"))
        if same and recipe.fit == self.recipe.fit:
            self.recipe, self.text = recipe, text
        elif same and self.fit.epoch and self.word != "diverged" and can_go_on(self.fit, self.recipe.fit, recipe.fit):
            if self.midway.within:
                raise LaterError
            with self.remarked():
                self._adopt(gone_on(self.fit, _seldom_written(recipe).fit), recipe, text)
            self.remark(_("It takes effect from epoch {epoch} on.").format(epoch=self.fit.epoch))
        else:
            begun = self.fit.epoch > 0
            self.begin(recipe, text)
            if begun:
                self.remark(_("Training starts anew, for the net starts from other weights or data."))
        self.tell_state()

    def begin(self, recipe: Recipe | None, text: str | None = None) -> None:
        """Load the data and build the net of a recipe; nothing of it has been trained."""
        assert recipe is not None
        with self.remarked():
            fit = _seldom_written(recipe).start()
        limits.check(fit.memory)
        shutil.rmtree(self.folder / "run", ignore_errors=True)
        self._run, self._told, self.word, self.by_hand = None, 0, "", False
        self._adopt(fit, recipe, self.text if text is None else text)

    def _adopt(self, fit: Fit, recipe: Recipe, text: str) -> None:
        if self._fit is None or fit.net is not self._fit.net:
            self._resting = limits.work_of(fit)
        self._fit, self.recipe, self.text = fit, recipe, text
        self._scene, self._events = Scene(fit, self._scene), None
        self.repeats.follow()
        fit.between = self.midway.between

    # ------------------------------------------------------------------ training

    def wait(self) -> float | None:
        """Return how many seconds there is nothing to do; None for until the next command."""
        if self.repeats.busy:
            return 0.0
        if self.running:
            return self.pace.wait()
        return None if self._settled else 0.0

    def turn(self) -> None:
        """Train for one event, if it is time for it, and tell the page now and then; so do other seeds."""
        self.repeats.work()
        if not self.running and not self._settled:
            self._settle()
        if not self.running or self.pace.wait():
            return
        try:
            self.advance()
        except NeuronaError as error:
            self.running, self.word = False, "diverged"
            self.tell_problem(error, {"do": "play"})
        except (MemoryError, RuntimeError) as error:
            self.running = False
            self.tell_problem(_refused(error), {"do": "play"})
        self.pace.trained()
        if not self.running or self.pace.frame_is_due():
            self.tell_frame()

    def _settle(self) -> None:
        """Tell how the net stands now that it rests, unless the page asks for something meanwhile."""
        self._settled = True
        with self.midway.resting():
            begun = time.process_time()
            test = jsonable(self.fit.evaluate(self.fit.data.test))
            self._test = (self.fit, self.fit.epoch, self.fit.steps[0], test)
            self.tell_frame(settled=True)
            self._resting = time.process_time() - begun

    def advance(self) -> None:
        """Train for one event, as `neurona train` does."""
        with self.midway, self.remarked():
            if self._run is None:
                self._run = Run.begin(self.fit, self.folder / "run", self.recipe)
            if self._events is None:
                self._events = self._run.follow(self.fit)
            next(self._events, None)
            if self.fit.ended:
                next(self._events, None)  # it goes back to its best weights
                self.running = False

    # ------------------------------------------------------------------ what the page is told

    def _tell_offers(self) -> None:
        offers = {"tiles": gallery.tiles(), "recipes": gallery.recipes(), "catalogue": catalogue()}
        self.send({"kind": "offers", **offers})

    def tell_state(self) -> None:
        """Tell the page the recipe, its controls, the data, the drawing of the net, and what they look like now."""
        assert self.recipe is not None and self._scene is not None
        recipe = {
            "name": self.recipe.name,
            "title": _(self.recipe.title),
            "toml": self.text,
            "link": recipe_text.link(self.text),
            "data": self.recipe.data.get("name", ""),
            "net": self.recipe.net,
        }
        told = controls(self.recipe, self.fit)
        self.send(
            {
                "kind": "state",
                "recipe": recipe,
                "controls": told,
                "settings": settings(self.recipe, [control for part in told.values() for control in part]),
                "scene": self._scene.described(),
                "speed": self.pace.speed,
                "engine": self.fit.engine,
            }
        )
        self._told = 0
        self.tell_frame()

    def tell_frame(self, *, settled: bool = False) -> None:
        """Tell the page how far training is, the rows of the history that it has not seen, and what is in view.

        Args:
            settled: whether there is time to show a net that rests as it stands.
        """
        assert self._scene is not None
        begun = time.process_time()
        rows, first = self.fit.history[self._told :], self._told
        self._told = len(self.fit.history)
        ended = self.fit.ended
        frame = {
            "kind": "frame",
            "epoch": self.fit.epoch,
            "epochs": self.fit.options.epochs,
            "every": self.fit.options.every,
            "steps": self.midway.steps or self.fit.steps,
            "running": self.running,
            "ended": ended,
            "word": self.word or ("diverged" if self.fit.diverged else ""),
            "first": first,
            "rows": [jsonable(row) for row in rows],
            "metrics": {} if first else metric_names(rows),
            "test": self._tested(),
            "scene": self._scene.frame(fresh=not self.running and (settled or self._resting < QUICK)),
        }
        self.send(frame)
        self.pace.framed(time.process_time() - begun)

    def _tested(self) -> Any:
        """Return the metrics on the test samples once training rests at the end of an epoch."""
        if self.running or self.midway.share or not self.fit.epoch:
            return None
        at = (self.fit, self.fit.epoch, self.fit.steps[0])
        if self._test[:3] != at:
            if self._resting >= QUICK:
                self._settled = False  # the page shows them a moment later
                return None
            self._test = (*at, jsonable(self.fit.evaluate(self.fit.data.test)))
        return self._test[3]

    def tell_problem(self, error: NeuronaError, command: Mapping[str, Any]) -> None:
        """Tell the page what is wrong in a command; a control that was changed goes back to the value in force."""
        key = error.key if isinstance(error, KeyedError) else str(command.get("key", ""))
        problem = {"problem": error.problem, "hint": error.hint, "key": key, "from": command.get("do", "")}
        self.send({"kind": "problem", **problem, "line": recipe_text.line_of(error.problem)})
        if command.get("do") == "change":
            self.tell_state()

    def remark(self, sentence: str) -> None:
        """Tell the page a sentence in passing."""
        self.send({"kind": "remark", "text": sentence})

    def remarked(self) -> Remarks:
        """Return a context in which warnings become remarks on the page."""
        return Remarks(self.remark)


def _refused(error: Exception) -> InputError:
    """Return what to tell where memory was refused; any other error is one of ours, and raised again."""
    said = limits.beyond(error)
    if said is None:
        raise error
    return said


def _seldom_written(recipe: Recipe) -> Recipe:
    """Return the recipe for a fit that writes no checkpoint before its end.

    Its run lasts no longer than the session, and one that waits for the disk answers no click meanwhile.
    """
    return recipe.with_changes({"fit.checkpoint_seconds": NEVER})
