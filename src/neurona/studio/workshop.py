"""The workshop of one visitor: a recipe, the fit that it describes, and what the page is told of both."""

from __future__ import annotations

import shutil
import time
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from neurona import language
from neurona.data.reader import open_table
from neurona.errors import InputError, NeuronaError, NeuronaWarning, nearest
from neurona.files import jsonable
from neurona.fit.history import Epoch
from neurona.fit.loop import Fit
from neurona.language import _
from neurona.look.words import metric_name
from neurona.recipe import Recipe, names
from neurona.run import Run
from neurona.studio import gallery, recipe_text
from neurona.studio.controls import catalogue, controls
from neurona.studio.going_on import can_go_on, gone_on
from neurona.studio.scene import Scene
from neurona.studio.takeaway import take
from neurona.validation import KeyedError

FIRST = "spiral"
FALLBACK = {"kind": "mlp", "hidden": [8, 8], "activation": "tanh"}
# A frame is sent at most so often, and takes at most this share of the time; one that is not confirmed is waited for.
FRAMES, SHARE, PATIENCE = 1 / 20, 0.3, 3.0
NEVER = 1e9
SPEEDS = {"slow": 2.0, "medium": 10.0, "fast": 30.0, "full": 0.0}
Send = Callable[[dict[str, Any]], None]


class Workshop:
    """Does what the page asks for, and tells it what came of it.

    The recipe is the single truth: a command changes its TOML, and data, net and fit follow. What is wrong leaves the
    last recipe in force and is told as a problem.

    Args:
        folder: for runs and files that are taken away; uploads lie in the current directory.
        send: hands a message to the page.
    """

    def __init__(self, folder: Path, send: Send) -> None:
        self.folder, self.send = folder, send
        self.recipe: Recipe | None = None
        self.text = ""
        self.running = False
        self.speed = "fast"
        self._fit: Fit | None = None
        self._scene: Scene | None = None
        self._run: Run | None = None
        self._events: Iterator[Epoch] | None = None
        self._told = 0
        self._next_event = self._next_frame = 0.0
        self._unconfirmed = -PATIENCE
        self._word = ""

    @property
    def fit(self) -> Fit:
        """The fit that the recipe describes."""
        assert self._fit is not None
        return self._fit

    # ------------------------------------------------------------------ commands

    def handle(self, command: Mapping[str, Any]) -> None:
        """Do what a message of the page asks for; what is wrong in it is told, and nothing else changes."""
        what = str(command.get("do"))
        action = getattr(self, f"_do_{what.replace('-', '_')}", None)
        try:
            if action is None or (self._fit is None and what not in ("hello", "toml", "open")):
                return
            action(command)
        except NeuronaError as error:
            self._tell_problem(error, command)

    def _tell_problem(self, error: NeuronaError, command: Mapping[str, Any]) -> None:
        key = error.key if isinstance(error, KeyedError) else str(command.get("key", ""))
        problem = {"problem": error.problem, "hint": error.hint, "key": key, "from": command.get("do", "")}
        self.send({"kind": "problem", **problem, "line": recipe_text.line_of(error.problem)})
        if command.get("do") == "change":
            self._tell_state()  # the control goes back to the value in force

    def _do_hello(self, command: Mapping[str, Any]) -> None:
        self._speak(command)
        self._tell_offers()
        link = str(command.get("link") or "")
        try:
            self._take_up(recipe_text.from_link(link) if link else _packaged(FIRST))
        except InputError as error:
            self._take_up(_packaged(FIRST))
            self._tell_problem(error, command)

    def _do_language(self, command: Mapping[str, Any]) -> None:
        self._speak(command)
        self._tell_offers()
        self._tell_state()

    def _speak(self, command: Mapping[str, Any]) -> None:
        code = str(command.get("language"))
        language.use(code if code in language.LANGUAGES else "en")

    def _do_open(self, command: Mapping[str, Any]) -> None:
        self._take_up(_packaged(str(command.get("name"))))

    def _do_link(self, command: Mapping[str, Any]) -> None:
        text = recipe_text.from_link(str(command.get("link")))
        if text != self.text:
            self._take_up(text)

    def _do_toml(self, command: Mapping[str, Any]) -> None:
        text = str(command.get("text"))
        if text != self.text:
            self._change(recipe_text.admitted(recipe_text.read(text), text), text)

    def _do_change(self, command: Mapping[str, Any]) -> None:
        changes = command.get("changes")
        assert self.recipe is not None
        if not isinstance(changes, Mapping):
            changes = {str(command.get("key")): command.get("value")}
        if "data.name" in changes:
            self._use_data(str(changes["data.name"]))
            return
        with self._remarked():
            raw = self.recipe.with_changes(dict(changes)).to_dict()  # it leaves out what has no value any more
        text = recipe_text.written(raw)
        self._change(recipe_text.admitted(raw, text), text)

    def _do_table(self, command: Mapping[str, Any]) -> None:
        name, target = str(command.get("file")), str(command.get("target"))
        recipe_text.admitted({"data": {"path": name}})
        raw = Recipe.read(name, target=target).to_dict()
        raw["data"]["path"] = name
        self._take_up(recipe_text.written({key: value for key, value in raw.items() if value != ""}))

    def _do_uploaded(self, command: Mapping[str, Any]) -> None:
        name = str(command.get("file"))
        columns = list(open_table(Path(name)).names)
        self.send({"kind": "table", "file": name, "columns": columns})

    def _do_play(self, command: Mapping[str, Any]) -> None:
        if self.fit.ended or self.fit.diverged or self._word == "diverged":
            self._begin(self.recipe)
        self.running, self._word = True, ""
        self._tell_frame()

    def _do_pause(self, command: Mapping[str, Any]) -> None:
        self.running = False
        self._tell_frame()

    def _do_step(self, command: Mapping[str, Any]) -> None:
        if not self.fit.ended:
            self.running = False
            self._advance()
        self._tell_frame()

    def _do_reset(self, command: Mapping[str, Any]) -> None:
        self.running = False
        self._begin(self.recipe)
        self._tell_state()

    def _do_speed(self, command: Mapping[str, Any]) -> None:
        speed = str(command.get("speed"))
        self.speed = speed if speed in SPEEDS else self.speed
        self._next_event = 0.0

    def _do_drawn(self, command: Mapping[str, Any]) -> None:
        self._unconfirmed = -PATIENCE

    def _do_look(self, command: Mapping[str, Any]) -> None:
        assert self._scene is not None
        shown = self._scene.look(command)
        self.send({"kind": "looked", "view": self._scene.in_sight, "shown": shown})

    def _do_take(self, command: Mapping[str, Any]) -> None:
        assert self.recipe is not None
        what = str(command.get("what"))
        with self._remarked():
            path, name = take(what, self.fit, self.recipe, self.text, self._run, self.folder / "take")
        self.send({"kind": "file", "what": what, "file": str(path), "name": name})

    # ------------------------------------------------------------------ recipe, data, net and fit

    def _take_up(self, text: str) -> None:
        """Begin with the recipe in `text`, whatever stood before."""
        recipe = recipe_text.admitted(recipe_text.read(text), text)
        self.running = False
        self._begin(recipe, text)
        self._tell_state()

    def _change(self, recipe: Recipe, text: str) -> None:
        """Go on with a changed recipe where the fit can, else start anew."""
        assert self.recipe is not None
        same = all(getattr(recipe, part) == getattr(self.recipe, part) for part in ("data", "net"))
        if same and recipe.fit == self.recipe.fit:
            self.recipe, self.text = recipe, text
        elif same and self.fit.epoch and self._word != "diverged" and can_go_on(self.fit, self.recipe.fit, recipe.fit):
            with self._remarked():
                self._adopt(gone_on(self.fit, _seldom_written(recipe).fit), recipe, text)
            self._remark(_("It takes effect from epoch {epoch} on.").format(epoch=self.fit.epoch))
        else:
            begun = self.fit.epoch > 0
            self._begin(recipe, text)
            if begun:
                self._remark(_("Training starts anew, for the net starts from other weights or data."))
        self._tell_state()

    def _use_data(self, name: str) -> None:
        """Change to a dataset, with the net and the training that are there if they suit it, else with others."""
        assert self.recipe is not None
        raw = self.recipe.to_dict()
        kept: dict[str, Any] = {key: raw[key] for key in ("net", "fit") if key in raw}
        tried: list[dict[str, Any]] = [{"name": name, "data": {"name": name}, **kept}]
        tried.append({"name": name, "data": {"name": name}, "net": FALLBACK, "fit": {"lr": 0.01, "epochs": 200}})
        for attempt in tried:
            try:
                text = recipe_text.written(attempt)
                self._change(recipe_text.admitted(attempt, text), text)
                return
            except InputError as error:
                problem = error
        another = gallery.recipe_on(name)
        if another is None:
            raise problem
        self._take_up(_packaged(another))

    def _begin(self, recipe: Recipe | None, text: str | None = None) -> None:
        """Load the data and build the net of a recipe; nothing of it has been trained."""
        assert recipe is not None
        with self._remarked():
            fit = _seldom_written(recipe).start()
        shutil.rmtree(self.folder / "run", ignore_errors=True)
        self._run, self._told, self._word = None, 0, ""
        self._adopt(fit, recipe, self.text if text is None else text)

    def _adopt(self, fit: Fit, recipe: Recipe, text: str) -> None:
        self._fit, self.recipe, self.text = fit, recipe, text
        self._scene, self._events = Scene(fit, self._scene), None

    # ------------------------------------------------------------------ training

    def wait(self) -> float | None:
        """Return how many seconds there is nothing to do; None for until the next command."""
        return max(0.0, self._next_event - time.monotonic()) if self.running else None

    def turn(self) -> None:
        """Train for one event, if it is time for it, and tell the page now and then."""
        if not self.running or time.monotonic() < self._next_event:
            return
        try:
            self._advance()
        except NeuronaError as error:
            self.running, self._word = False, "diverged"
            self._tell_problem(error, {"do": "play"})
        now = time.monotonic()
        if rate := SPEEDS[self.speed]:
            self._next_event = max(self._next_event + 1 / rate, now)
        if not self.running or (now >= self._next_frame and now - self._unconfirmed >= PATIENCE):
            self._tell_frame()

    def _advance(self) -> None:
        """Train for one event, as `neurona train` does."""
        with self._remarked():
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

    def _tell_state(self) -> None:
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
        self.send(
            {
                "kind": "state",
                "recipe": recipe,
                "controls": controls(self.recipe, self.fit),
                "scene": self._scene.described(),
                "speed": self.speed,
                "engine": self.fit.engine,
            }
        )
        self._told = 0
        self._tell_frame()

    def _tell_frame(self) -> None:
        """Tell the page how far training is, the rows of the history that it has not seen, and what is in view."""
        assert self._scene is not None
        begun = time.monotonic()
        rows, first = self.fit.history[self._told :], self._told
        self._told = len(self.fit.history)
        ended = self.fit.ended
        frame = {
            "kind": "frame",
            "epoch": self.fit.epoch,
            "epochs": self.fit.options.epochs,
            "every": self.fit.options.every,
            "running": self.running,
            "ended": ended,
            "word": self._word or ("diverged" if self.fit.diverged else ""),
            "first": first,
            "rows": [jsonable(row) for row in rows],
            "metrics": {} if first else _metric_names(rows),
            "test": jsonable(self.fit.evaluate(self.fit.data.test)) if not self.running and self.fit.epoch else None,
            "scene": self._scene.frame(fresh=not self.running),
        }
        self.send(frame)
        now = time.monotonic()
        self._unconfirmed = now
        self._next_frame = now + max(FRAMES, (now - begun) * (1 / SHARE - 1))

    def _remark(self, sentence: str) -> None:
        self.send({"kind": "remark", "text": sentence})

    def _remarked(self) -> _Remarks:
        """Return a context in which warnings become remarks on the page."""
        return _Remarks(self._remark)


class _Remarks:
    """Within the block, each of our warnings is handed to `tell`, and others are not shown."""

    def __init__(self, tell: Callable[[str], None]) -> None:
        self._tell = tell
        self._catching = warnings.catch_warnings()

    def __enter__(self) -> None:
        self._catching.__enter__()
        warnings.simplefilter("ignore")
        warnings.filterwarnings("always", category=NeuronaWarning)
        warnings.showwarning = lambda message, category, *_rest, **_more: (
            self._tell(str(message)) if issubclass(category, NeuronaWarning) else None
        )

    def __exit__(self, *error: Any) -> None:
        self._catching.__exit__(*error)


def _seldom_written(recipe: Recipe) -> Recipe:
    """Return the recipe for a fit that writes no checkpoint before its end.

    Its run lasts no longer than the session, and one that waits for the disk answers no click meanwhile.
    """
    return recipe.with_changes({"fit.checkpoint_seconds": NEVER})


def _metric_names(rows: Sequence[Mapping[str, float]]) -> dict[str, str]:
    """Return what people call each metric of a history."""
    columns = [column.removeprefix("train_") for column in (rows[0] if rows else ()) if column.startswith("train_")]
    return {name: metric_name(name) for name in columns if not name.endswith("_std")}


def _packaged(name: str) -> str:
    """Return the text of a recipe of the package, without what compares variants.

    Raises:
        InputError: there is none of that name.
    """
    if name not in names():
        raise InputError(_("There is no recipe called {name!r}.").format(name=name), nearest(name, names()))
    raw = Recipe.read(name).to_dict()
    if raw.pop("vary", None):
        raw.pop("claim", None)
    raw.pop("seeds", None)
    return recipe_text.written(raw)
