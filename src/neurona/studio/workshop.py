"""The workshop of one visitor: a recipe, the fit that it describes, and what the page is told of both."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from neurona import language
from neurona.errors import InputError, NeuronaError, TrainingError
from neurona.fit.fit import Fit
from neurona.fit.history import Epoch
from neurona.language import _
from neurona.recipe import Recipe
from neurona.run import Run
from neurona.studio import anew, gallery, limits, points, recipe_text
from neurona.studio.beforehand import Beforehand, EndedError
from neurona.studio.by_hand import ByHand
from neurona.studio.choices import Choices
from neurona.studio.choosing import Choosing
from neurona.studio.driving import Driving, Pace
from neurona.studio.going_on import can_go_on, gone_on, seldom_written
from neurona.studio.heap import give_back
from neurona.studio.looking import Looking
from neurona.studio.midway import LaterError, Midway
from neurona.studio.part import Part
from neurona.studio.pinning import Pinning
from neurona.studio.repeats import Repeats
from neurona.studio.scene import Scene
from neurona.studio.takeaway import take
from neurona.studio.telling import Telling
from neurona.studio.uploads import Uploads
from neurona.studio.walking import Walking

FIRST = "spiral"
FALLBACK = {"kind": "mlp", "hidden": [8, 8], "activation": "tanh"}
# Bytes of a training that are worth the moment that it takes to give them back.
LARGE = 20_000_000
Send = Callable[[dict[str, Any]], None]
Command = Callable[[Mapping[str, Any]], None]


# Each is given the workshop and answers commands of its own.
PARTS: tuple[Callable[[Workshop], Part], ...] = (
    Choices,
    Driving,
    points.Points,
    Uploads,
    Walking,
    Choosing,
    Pinning,
    Looking,
    ByHand,
)
# What can be asked for while there is no recipe yet.
BEFORE_ALL = ("hello", "back", "language", "toml", "open", "share")


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
        joined: the epoch after which its data became others; None where they are those that it began with.
        awaited: the text of a recipe whose file is not here, until that is uploaded or another recipe begins.
        pace: when the next event and the next frame are due.
        telling: what the page is told.
        repeats: the same recipe with other seeds.
        midway: what happens between two steps of the training.
        beforehand: what is trained before a net can be there.
    """

    def __init__(self, folder: Path, send: Send) -> None:
        self.folder, self.send = folder, send
        self.recipe: Recipe | None = None
        self.text = ""
        self.running = False
        self.word = ""
        self.by_hand = False
        self.joined: int | None = None
        self.awaited = ""
        self.pace = Pace()
        self._fit: Fit | None = None
        self._scene: Scene | None = None
        self._run: Run | None = None
        self._events: Iterator[Epoch] | None = None
        self.telling = Telling(self)
        self.midway = Midway(self)
        self.beforehand = Beforehand(self)
        self._commands: dict[str, Command] = {"hello": self._hello, "language": self._language, "take": self._take}
        self._commands |= {"back": self._back, "stop": self._stop}
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
        except EndedError as ended:
            if self._fit is None:
                self.take_up(gallery.packaged(FIRST))  # what is wanted in its place may be wrong too
            self.handle(ended.command)
        except (NeuronaError, MemoryError, RuntimeError, OSError) as error:
            self.telling.problem(_refused(error), command)

    def _hello(self, command: Mapping[str, Any]) -> None:
        self.speak(command)
        link = str(command.get("link") or "")
        if command.get("greeted") is True and not link:  # the page has heard it: `greeting.py`
            text = gallery.packaged(FIRST)
            self.begin(recipe_text.admitted(recipe_text.read(text), text), text)
            return
        self.telling.offers()
        wrong = None
        try:
            self.take_up(recipe_text.from_link(points.unpacked(link)) if link else gallery.packaged(FIRST))
        except (NeuronaError, MemoryError, RuntimeError, OSError) as error:
            wrong, awaited = _refused(error), self.awaited
            self.take_up(gallery.packaged(FIRST))
            self.awaited = awaited
        told = anew.told(command, wrong)
        if told is not None:
            self.telling.problem(told, command)

    def _back(self, command: Mapping[str, Any]) -> None:
        """Tell a page that was loaded anew all that it knew, and follow its address where another one was entered."""
        if self._fit is None:
            self._hello(command)
            return
        self.speak(command)
        self.tell_all()
        link = str(command.get("link") or "")
        if link and link != self.telling.link and command.get("known") is not True:
            self.handle({"do": "link", "link": link})

    def _stop(self, command: Mapping[str, Any]) -> None:
        """Stay with the recipe in force, when another one is not to be waited for any longer."""
        self.telling.state()

    def _language(self, command: Mapping[str, Any]) -> None:
        self.speak(command)
        if self._fit is not None:
            self._fit.data = replace(self._fit.data, notes=tuple(map(language.again, self._fit.data.notes)))
        self.tell_all()
        if "problem" in command:
            self.telling.problem_again(command["problem"])

    def tell_all(self) -> None:
        """Tell the page all that it is to know, as far as there is anything yet."""
        self.pace.drawn()
        self.telling.offers()
        if self._fit is not None:
            self.telling.state()
            self.repeats.tell_again()

    def speak(self, command: Mapping[str, Any]) -> None:
        """Speak the language of the page from now on."""
        code = str(command.get("language"))
        language.use(code if code in language.LANGUAGES else "en")

    def _take(self, command: Mapping[str, Any]) -> None:
        assert self.recipe is not None
        what = str(command.get("what"))
        with self.telling.remarked(), limits.writing():
            path, name = take(what, self.fit, self.recipe, self.text, self._run, self.folder / "take")
            if what == "run" and (count := points.behind(self.fit, self.recipe)):
                self.telling.remark(points.waiting(count))
        self.send({"kind": "file", "what": what, "file": str(path), "name": name})

    # ------------------------------------------------------------------ recipe, data, net and fit

    def take_up(self, text: str) -> None:
        """Begin with the recipe in `text`, whatever stood before."""
        self.begin(self.admitted(text), text)
        self.running = False  # what is not to be had leaves the training as it is
        self.telling.state()

    def admitted(self, text: str) -> Recipe:
        """Return the recipe in `text`; one whose file is not here is kept until that is uploaded.

        Raises:
            InputError: it is wrong, or its file is not here.
        """
        raw = recipe_text.read(text)
        if recipe_text.lacks_file(raw):
            self.awaited = text
        return recipe_text.admitted(raw, text)

    def change(self, recipe: Recipe, text: str, *, anew: bool = False) -> None:
        """Go on with a changed recipe where the fit can, else start anew, as where the data in a file are others."""
        assert self.recipe is not None
        same = all(getattr(recipe, part) == getattr(self.recipe, part) for part in ("data", "net"))
        if same and anew:
            points.join(self, recipe, text)
        elif same and recipe.fit == self.recipe.fit:
            self.recipe, self.text = recipe, text
        elif same and self.begun and can_go_on(self.fit, self.recipe.fit, recipe.fit):
            with self.telling.remarked():
                after = gone_on(self.fit, seldom_written(recipe).fit, within=self.midway.within)
            if after is None:
                raise LaterError
            self.adopt(after, recipe, text)
            if self.fit.steps[0]:
                self.telling.remark(_("It takes effect with the next batch."))
            else:
                self.telling.remark(_("It takes effect from epoch {epoch} on.").format(epoch=self.fit.epoch))
        else:
            begun = self.fit.epoch > 0
            self.begin(recipe, text)
            if begun:
                self.telling.remark(_("Training starts anew, for the net starts from other weights or data."))
        self.telling.state()

    def use_data(self, name: str, data: Mapping[str, Any], *, anew: bool = False) -> None:
        """Change to other data, with the net and the training that are there if they suit them, else with others.

        Args:
            name: of the recipe that comes of it.
            data: its section.
            anew: whether it names a file that has changed.
        """
        assert self.recipe is not None
        raw = self.recipe.to_dict()
        kept: dict[str, Any] = {key: raw[key] for key in ("net", "fit") if key in raw}
        tried: list[dict[str, Any]] = [{"name": name, "data": dict(data), **kept}]
        tried.append({"name": name, "data": dict(data), "net": FALLBACK, "fit": {"lr": 0.01, "epochs": 200}})
        for attempt in tried:
            try:
                self.change(recipe_text.admitted(attempt), recipe_text.written(attempt), anew=anew)
                return
            except InputError as error:
                problem = error
        another = gallery.recipe_on(name) if "name" in data else None
        if another is None:
            raise problem
        self.take_up(gallery.packaged(another))

    def begin(self, recipe: Recipe | None, text: str | None = None) -> None:
        """Load the data and build the net of a recipe; nothing of it has been trained."""
        assert recipe is not None
        with self.telling.remarked():
            self.beforehand.train(recipe)
            fit = seldom_written(recipe).start()
        limits.check(fit.memory)
        shutil.rmtree(self.folder / "run", ignore_errors=True)
        self._run, self.word, self.by_hand, self.joined = None, "", False, None
        self.awaited = ""
        self.telling.anew()
        left = self._fit.memory if self._fit else 0
        self.adopt(fit, recipe, self.text if text is None else text)
        if left > LARGE:
            give_back()  # others have more use for it

    def adopt(self, fit: Fit, recipe: Recipe, text: str) -> None:
        """Go on with another fit, which the recipe describes."""
        if self._fit is None or fit.net is not self._fit.net:
            self.telling.resting = limits.work_of(fit)
            self.telling.forget()
        self._fit, self.recipe, self.text = fit, recipe, text
        self._scene, self._events = Scene(fit, self._scene), None
        self.repeats.follow()
        fit.between = self.midway.between

    @property
    def begun(self) -> bool:
        """Whether something is trained that can go on."""
        return bool(self.fit.epoch or self.fit.steps[0]) and self.word != "diverged"

    # ------------------------------------------------------------------ training

    def wait(self) -> float | None:
        """Return how many seconds there is nothing to do; None for until the next command."""
        if self.repeats.busy:
            return 0.0
        if self.running:
            return self.pace.wait()
        return None if self.telling.settled else 0.0

    def turn(self) -> None:
        """Train for one event, if it is time for it, and tell the page now and then; so do other seeds."""
        self.repeats.work()
        if not self.running and not self.telling.settled:
            self.telling.settle()
        if not self.running or self.pace.wait():
            return
        try:
            with self.diverging("play"):
                self.advance()
        except (NeuronaError, MemoryError, RuntimeError, OSError) as error:
            self.running = False
            self.telling.problem(_refused(error), {"do": "play"})
        self.pace.trained()
        if not self.running or self.pace.frame_is_due():
            self.telling.frame()

    @contextmanager
    def diverging(self, what: str) -> Iterator[None]:
        """Within the block a command trains; a loss that becomes NaN ends the training, and is told."""
        try:
            yield
        except TrainingError as error:
            self.running, self.word = False, "diverged"
            self.telling.problem(error, {"do": what})

    @property
    def over(self) -> bool:
        """Whether nothing is left to train: all epochs are, or the loss became NaN."""
        return self.fit.ended or self.fit.diverged or self.word == "diverged"

    def advance(self) -> None:
        """Train for one event, as `neurona train` does."""
        with self.midway, self.telling.remarked():
            if self._run is None:
                with limits.writing():
                    self._run = Run.begin(self.fit, self.folder / "run", self.recipe)
            events, self._events = self._events or self._run.follow(self.fit), None
            next(events, None)
            self._events = events  # unless that was refused, for then it goes no further
            self.scene.passed()
            if self.fit.ended:
                next(self._events, None)  # it goes back to its best weights
                self.running = False


def _refused(error: Exception) -> NeuronaError:
    """Return what to tell of an error, also where memory was refused; one that is ours alone is raised again."""
    said = limits.beyond(error) or error
    if not isinstance(said, NeuronaError):
        raise said
    return said
