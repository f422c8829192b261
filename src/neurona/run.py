"""The run: the directory that a fit leaves, written as it trains and read back by everything that comes after."""

from __future__ import annotations

import copy
import json
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING, Any, ClassVar

import tomli_w
import torch
from torch import Tensor, nn

from neurona.data.dataset import SPLITS, Dataset, Target
from neurona.data.inputs import Inputs, inputs_from_dict
from neurona.description import described, environment, recipe_of
from neurona.errors import DamagedError, InputError, reason_of
from neurona.files import clear_away, jsonable, read_json, whole_folder, write_text
from neurona.fit.checkpoint import check_keepable, load_state, load_weights, save_state, save_weights
from neurona.fit.fit import Fit
from neurona.fit.history import Epoch, to_csv, to_frame
from neurona.language import _, one_or_many
from neurona.recipe import Recipe
from neurona.result import require_run
from neurona.tasks import Task, task_of
from neurona.validation import as_path

if TYPE_CHECKING:
    import pandas as pd

    from neurona.look import Looks

FRAMES = 20


@dataclass(frozen=True)
class Run:
    """A run directory.

    It holds `recipe.toml`, `data.json` (preprocessing and names), `environment.json`, `history.csv`, `checkpoint.pt`,
    and at the end `model.safetensors`, `metrics.json`, `report.html` and the pictures. `snapshots/` holds weights kept
    for pictures of the training.

    Attributes:
        path: of the directory.
    """

    path: Path
    REPORT: ClassVar[str] = "report.html"

    def __post_init__(self) -> None:
        object.__setattr__(self, "path", as_path(self.path, "path"))

    # ------------------------------------------------------------------ writing

    @staticmethod
    def begin(fit: Fit, path: str | Path, recipe: Recipe | None = None) -> Run:
        """Create the directory of a fit that is about to train, whole or not at all.

        Raises:
            InputError: `path` exists already or cannot be written, or the net holds what a run cannot keep.
        """
        path = as_path(path, "path")
        check_keepable(fit.net)
        with whole_folder(path) as aside:
            text = recipe.placed().to_toml() if recipe else tomli_w.dumps(recipe_of(fit, path.name))
            write_text(aside / "recipe.toml", text)
            write_text(aside / "data.json", json.dumps(described(fit.data), indent=1, ensure_ascii=False))
            write_text(aside / "environment.json", json.dumps(environment(fit), indent=1))
            Run(aside)._record(fit)
        return Run(path)

    def follow(self, fit: Fit) -> Iterator[Epoch]:
        """Iterate `fit` and pass its epochs on, keeping checkpoints and snapshots as they go by."""
        if not fit.ended:
            # A finished run that is trained further is unfinished until it reaches its new end.
            for name in ("metrics.json", "model.safetensors", "landscape.json", "landscape.csv", "landscape.png"):
                (self.path / name).unlink(missing_ok=True)
        frames = self._frames(fit)
        written = time.monotonic()
        for epoch in fit:
            if frames and (epoch.index % frames == 0 or epoch.index == fit.options.epochs):
                self.snapshot(fit)
            # The last checkpoint holds the last weights, also where the fit then goes back to its best ones.
            if fit.ended or time.monotonic() - written >= fit.options.checkpoint_seconds:
                self._record(fit)
                written = time.monotonic()
            yield epoch

    def finish(self, fit: Fit) -> Run:
        """Write the final weights, history and metrics of `fit`, and return the run."""
        save_weights(self.path / "model.safetensors", fit.net.state_dict())
        write_text(self.path / "history.csv", to_csv(fit.history))
        metrics: dict[str, Any] = {
            "epochs": fit.epoch,
            "best_epoch": fit.best_epoch,
            "stopped_early": fit.stopped_early,
            "diverged": fit.diverged,
            "seconds": round(fit.seconds, 6),
        }
        metrics |= {split: fit.evaluate(getattr(fit.data, split)) for split in SPLITS}
        write_text(self.path / "metrics.json", json.dumps(jsonable(metrics), indent=1))
        run = Run(self.path)
        # What comes next need not load them again; a net of the user's own could not be built from the recipe.
        run.__dict__["_dataset"] = fit.data
        if (kept := _copied(fit.net)) is not None:
            run.__dict__["_net"] = kept.cpu().eval()
        return run

    @staticmethod
    def of(fit: Fit, path: str | Path) -> Run:
        """Write a run of what `fit` has trained so far."""
        return Run.begin(fit, path).finish(fit)

    def _record(self, fit: Fit) -> None:
        save_state(self.path / "checkpoint.pt", fit.state())
        write_text(self.path / "history.csv", to_csv(fit.history))

    def snapshot(self, fit: Fit) -> None:
        """Keep the weights of `fit` as they are now, for pictures of its training."""
        (self.path / "snapshots").mkdir(exist_ok=True)
        save_weights(self.path / "snapshots" / f"{fit.epoch:08d}.safetensors", fit.net.state_dict())

    def _frames(self, fit: Fit) -> int:
        """Return after how many epochs weights are kept for pictures; 0 for never."""
        if fit.options.snapshots:
            return fit.options.snapshots
        if fit.data.shape != (2,):
            return 0
        events = max(1, fit.options.epochs // fit.options.every // FRAMES)
        return events * fit.options.every

    # ------------------------------------------------------------------ reading

    @staticmethod
    def open(path: str | Path) -> Run:
        """Return the run at `path`.

        Raises:
            InputError: it is no run directory.
        """
        path = as_path(path, "path")
        require_run(path)
        return Run(path)

    @staticmethod
    def with_data(path: Path, data: Dataset) -> Run:
        """Return the run at `path` that was trained on `data`, which need not be loaded again."""
        run = Run(path)
        run.__dict__["_dataset"] = data
        return run

    @cached_property
    def recipe(self) -> Recipe:
        """The recipe that was trained, with all overrides."""
        return Recipe.kept(self.path)

    @cached_property
    def _data(self) -> dict[str, Any]:
        needs = ("inputs", "target", "task", "fingerprint", "notes", "samples", "largest_class", "fitting")
        return read_json(self.path / "data.json", needs)

    @cached_property
    def inputs(self) -> Inputs:
        """The preprocessing, fitted on train."""
        return inputs_from_dict(self._data["inputs"])

    @cached_property
    def target(self) -> Target:
        """Names, classes and scale of what is predicted."""
        return Target.from_dict(self._data["target"])

    @cached_property
    def notes(self) -> tuple[str, ...]:
        """What was inferred from the data or done to them."""
        return tuple(self._data["notes"])

    @property
    def samples(self) -> dict[str, int]:
        """How many samples train, valid and test hold."""
        return dict(self._data["samples"])

    @property
    def largest_class(self) -> float:
        """The share of the most frequent class in train; 0 for other tasks."""
        return float(self._data["largest_class"])

    @cached_property
    def task(self) -> Task:
        """The task, with its loss."""
        return task_of(self._data["task"], self.target, self.recipe.fit.loss)

    @property
    def finished(self) -> bool:
        """Whether training reached its end."""
        return (self.path / "metrics.json").is_file()

    @property
    def metrics(self) -> dict[str, Any]:
        """What `metrics.json` holds: epochs, seconds, and each metric of train, valid and test.

        Raises:
            InputError: training has not reached its end.
        """
        if not self.finished:
            require_run(self.path)
            problem = _("The run {path} has not reached its end.").format(path=self.path)
            raise InputError(problem, _("Go on with: neurona train --resume {path}").format(path=quote(str(self.path))))
        return read_json(self.path / "metrics.json", ("epochs", "seconds", *SPLITS))

    @property
    def environment(self) -> dict[str, Any]:
        """Versions, device, threads and seed of the run."""
        return read_json(self.path / "environment.json", ())

    @property
    def rows(self) -> list[dict[str, float]]:
        """The history, one dictionary for each event."""
        import csv

        try:
            with (self.path / "history.csv").open(newline="", encoding="utf-8") as file:
                reader = csv.DictReader(file)
                if "epoch" not in (reader.fieldnames or ()):
                    raise ValueError(_("something is missing in it"))
                rows = [{key: float(value) for key, value in row.items()} for row in reader]
        except (OSError, ValueError, TypeError, csv.Error) as error:
            problem = _("{path} cannot be read: {reason}")
            raise DamagedError(problem.format(path=self.path / "history.csv", reason=reason_of(error))) from error
        return [{**row, "epoch": int(row["epoch"])} for row in rows]

    @property
    def history(self) -> pd.DataFrame:
        """The history as a table with the epoch as its index."""
        return to_frame(self.rows)

    def data(self, given: Dataset | None = None) -> Dataset:
        """Return the data that it was trained on, loaded again the first time.

        Args:
            given: for a run on data in memory, the same ones again, which it then keeps.

        Raises:
            InputError: they are not there any more, or not the same as when the run began.
        """
        if given is not None:
            if not isinstance(given, Dataset) or given.fingerprint() != self._data["fingerprint"]:
                problem = _("These are not the data that the run {path} was trained on.").format(path=self.path)
                raise InputError(problem, _("Load the same ones with the same options."))
            self.__dict__["_dataset"] = given
        return self._dataset

    @cached_property
    def _dataset(self) -> Dataset:
        data = self.recipe.load()
        if data.fingerprint() != self._data["fingerprint"]:
            problem = _("The data have changed since the run {path} began.").format(path=self.path)
            raise InputError(problem, _("Put the old file back, or train anew."))
        return data

    def net(self, module: nn.Module | None = None) -> nn.Module:
        """Return the net with its weights, in evaluation mode, on the CPU.

        Args:
            module: for a run of a module of the user's own, a new one of the same architecture, of which the run keeps
                a copy for its predictions and figures.

        Raises:
            InputError: the weights cannot be read or do not fit, or `module` is needed.
        """
        if module is None:
            return self._net
        filled = self._filled(module)
        if not self.recipe.net:
            self.__dict__["_net"] = (_copied(filled) or filled).cpu()
        return filled

    @cached_property
    def _net(self) -> nn.Module:
        return self._filled(self._empty_net())

    def _filled(self, net: nn.Module) -> nn.Module:
        whole = self.path / "model.safetensors"
        state = load_weights(whole) if whole.exists() else load_state(self.path / "checkpoint.pt")["net"]
        _fill(net, state, whole)
        return net.eval()

    def snapshots(self) -> list[tuple[int, dict[str, Tensor]]]:
        """Return `(epoch, weights)` for each snapshot, in order."""
        files = sorted((self.path / "snapshots").glob("*.safetensors"))
        return [(int(file.stem), load_weights(file)) for file in files]

    def _require_recipe_of_net(self) -> None:
        if not self.recipe.net:
            problem = _("The run {path} holds a net of your own, which the recipe cannot build.").format(path=self.path)
            raise InputError(problem, _("Use Python: run.net(MyNet()) fills a new module with the weights."))

    def _empty_net(self) -> nn.Module:
        self._require_recipe_of_net()
        from neurona.nets import Fitting, build

        options = dict(self.recipe.net)
        kind = options.pop("kind")
        with torch.random.fork_rng(devices=[]):
            return build(kind, options, Fitting.from_dict(self._data["fitting"]))

    # ------------------------------------------------------------------ what it offers

    def resume(self, epochs: int | None = None, *, engine: str | None = None, device: str | None = None) -> Fit:
        """Return the fit as it stood at the last checkpoint, ready to be iterated.

        Args:
            epochs: train up to so many epochs in all, instead of the recipe's.
            engine: what computes from now on; engines share one format of weights and of what optimizers remember, and
                their numbers agree but for rounding.
            device: where it computes from now on.

        Raises:
            InputError: the checkpoint cannot be read, the data have changed, more than `epochs` are done, or the engine
                or the device does not suit the fit.
        """
        self._require_recipe_of_net()
        asked = {"fit.epochs": epochs, "fit.engine": engine, "fit.device": device}
        changes = {key: value for key, value in asked.items() if value is not None}
        recipe = self.recipe.with_changes(changes) if changes else self.recipe
        clear_away(self.path)
        state = load_state(self.path / "checkpoint.pt")
        if epochs is not None and epochs < state["epoch"]:
            done = state["epoch"]
            problem = one_or_many(
                done,
                _("The run {path} has done {count} epoch already."),
                _("The run {path} has done {count} epochs already."),
            )
            raise InputError(
                problem.format(path=self.path, count=done), _("Leave --epochs out, or give a larger number.")
            )
        data = self.data()
        fit = Fit(recipe.build(data), data, **recipe.fit.model_dump(exclude_unset=True))
        fit.restore(state)
        if changes and not fit.stopped_early and (epochs is not None or fit.epoch < fit.options.epochs):
            write_text(self.path / "recipe.toml", recipe.to_toml())
        return fit

    def answer(self, x: Tensor, net: nn.Module | None = None) -> Tensor:
        """Return probabilities, or values in the target's own units (float64), for encoded samples.

        Args:
            x: `(n, d)` float32 or `(n, channels, height, width)` uint8, as `inputs.encode` gives them.
            net: the net, when it was loaded before.

        Raises:
            InputError: `x` is something else.
        """
        from neurona.predict import answer

        return answer(self, x, net)

    def predict(self, samples: Any, net: nn.Module | None = None) -> pd.DataFrame:
        """Return predictions for samples in the units in which they were measured.

        Args:
            samples: a table with the columns of the training table, or rows with a value for each of them, in its
                order: lists, or an array `(n, columns)`; of pictures also `(n, channels, height, width)`; texts.
            net: the net, when it was loaded before.

        Returns:
            `prediction` and a probability for each class; a column for each label or value otherwise. The index is that
            of the table that was given.

        Raises:
            InputError: a column is missing, or holds something else than in training.
        """
        from neurona.predict import as_table, require_answers, table, typed

        require_answers(self)
        frame = as_table(self.inputs, samples)
        answers = table(self, self.inputs.encode(typed(self.inputs, frame)), net)
        return answers.set_axis(frame.index, axis=0)

    def export(self, path: str | Path | None = None, to: str | None = None) -> Path:
        """Take the net away: write it to a new file that needs nothing of ours, and return the path of that.

        What the file answers is compared with what `answer` does before it is kept.

        Args:
            path: of the file; None for the recipe's name, in the current directory.
            to: "pytorch", one Python file that needs torch and numpy, or "onnx"; None for what the path ends with.

        Raises:
            InputError: there is no such form, the file is there already or cannot be written, or the net holds a module
                whose code cannot be written out.
        """
        from neurona.export import export

        return export(self, as_path(path, "path") if path is not None else None, to)[0]

    def look(self) -> Looks:
        """Return the figures that suit this run, by name."""
        from neurona.look import Looks

        return Looks(self)

    def _repr_html_(self) -> str:
        from neurona.look.report import fragment

        return fragment(self)


def _copied(net: nn.Module) -> nn.Module | None:
    """Return a copy of a net; None of a module of the user's own that cannot be copied, as one that holds a lock."""
    try:
        return copy.deepcopy(net)
    except Exception:  # copying may run code of theirs
        return None


def _fill(net: object, state: Mapping[str, Tensor], path: Path) -> None:
    if not isinstance(net, nn.Module):
        kind = net.__name__ if isinstance(net, type) else type(net).__name__
        problem = _("{kind} is no module whose weights could be filled in.").format(kind=kind)
        raise InputError(problem, _("Use Python: run.net(MyNet()) fills a new module with the weights."))
    try:
        net.load_state_dict(dict(state))
    except RuntimeError as error:
        problem = _("The weights in {path} do not fit the net: {error}")
        lines = str(error).splitlines()
        raise InputError(problem.format(path=path, error=lines[min(1, len(lines) - 1)].strip())) from error
