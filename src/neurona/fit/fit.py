"""`Fit`: the training of a net on a dataset, as an iterator of epochs."""

from __future__ import annotations

import copy
import time
from collections.abc import Callable, Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn

from neurona.data.dataset import Dataset, Split
from neurona.fit.batches import Batches
from neurona.fit.checkpoint import check_state, other_state
from neurona.fit.convolving import memory_format
from neurona.fit.device import (
    SHARING,
    Randomness,
    choose_device,
    may_draw,
    placed,
)
from neurona.fit.engine import Engine, Work, aside, engine_of, native
from neurona.fit.features import Features, check_views
from neurona.fit.ground import Ground
from neurona.fit.heap import keep_freed
from neurona.fit.history import Epoch
from neurona.fit.loop import Loop
from neurona.fit.memory import check_memory, held, kept_by, may_lack, need
from neurona.fit.options import FitOptions
from neurona.fit.precision import Precision
from neurona.fit.stages import Player, Stage, Stages
from neurona.fit.trial import check_monitor, check_net, check_split, check_task, tried, two
from neurona.fit.under_way import Given, UnderWay
from neurona.fit.watch import Watch, has_diverged
from neurona.language import _
from neurona.tasks import Task, task_for
from neurona.validation import as_path

if TYPE_CHECKING:
    from neurona.run import Run


class Fit:
    """The training of `net` on `data`. Nothing runs until it is iterated; each turn trains and yields an `Epoch`.

    Iterating again goes on where the last iteration stopped, and `break` is the way to stop early.

    Args:
        net: any `torch.nn.Module` whose outputs suit the task; classifiers return logits.
        data: what to train on. Samples are read ahead and kept, and are not to be changed in place while it trains.
        task: what is learned, one of `nr.tasks`; None for the task that `data` poses.
        options: the fields of `FitOptions`, such as `optimizer="adam"`, `lr=0.01`, `epochs=200`.

    Attributes:
        net, data, task: as given; the net is moved to `device`.
        options: the validated options.
        stage: the stage that it is in.
        device: where it computes.
        history: one row for each event so far, as in `history.csv`.
        epoch: how many epochs are done.
        seconds: time spent in training and validation so far.
        diverged: True once loss or weights became infinite and `options.divergence` is "end".
        between: called between two steps and between parts of an evaluation, with the share of the event that is
            trained. It may look at the net and leave it as it is; what it raises ends the event, after which the fit
            cannot go on.

    Raises:
        InputError: an option is wrong, the device is not there, the net cannot be trained, or does not fit the data.
    """

    def __init__(self, net: nn.Module, data: Dataset, *, task: Task | None = None, **options: Any) -> None:
        self.options = FitOptions.read(options)
        wanted = engine_of(self.options)
        check_net(net)
        check_task(task)
        self.task = task or task_for(data, self.options.loss)
        self.device = choose_device("cpu" if wanted in ("glass", "compiled") else self.options.device)
        if self.device.type == "cpu":
            keep_freed()
        self.precision = Precision(self.options.precision, self.device)
        self.memory_format = memory_format(self.options.memory_format, net, wanted)
        self.between: Callable[[float], None] | None = None
        self.net, self.data = placed(net, self.device, self.memory_format), data
        self.random = Randomness(self.options.seed, self.device)
        for part in ("train", "valid"):
            check_split(f"data.{part}", getattr(data, part), data)
        check_views(data, self.options)
        self._ground = Ground(self.net, data, self.options, self.random, self.memory_format)
        with self.random.fixed(True):
            self._trial = tried(self.net, data, self.task, self.device, self.memory_format, wanted)
        check_monitor(self.options.monitor, self._trial)
        self._stages = Stages(self.net, self.task, self.options, len(self.batches))
        work = Work(self.options.epochs * len(self.batches), self._ground.operations(self._trial.operations))
        self._engine: Engine = native(self._ground, self.task, work) or Loop(
            wanted.replace("auto", "torch"), self._ground, self.task, self.precision, self._trial
        )
        if self.device.type == "cpu" and may_lack(self.net, self.data, self.options, self._trial.numbers):
            check_memory(self.memory, held(self.net, self.data))
        self._enter(self._stages.enter(0))
        self.history: list[dict[str, float]] = []
        self.epoch = 0
        self.seconds = 0.0
        self.diverged = False
        self._under_way: UnderWay | None = None
        self._watch = Watch(self.options, validates=len(data.valid) > 0)

    # ------------------------------------------------------------------ the loop

    def __iter__(self) -> Iterator[Epoch]:
        """Train, and yield an `Epoch` after each `options.every` epochs.

        Raises:
            TrainingError: the loss or a weight became NaN or infinite, unless `options.divergence` is "end".
        """
        if not self.ended:
            self._engine.load()
        while not self.ended:
            yield self._event()
        self._keep_best()

    @cached_property
    def memory(self) -> int:
        """The bytes that it takes, about."""
        with self.random.fixed(True):
            kept = kept_by(self.net, self.task, *two(self.data, self.task, self.device, self.memory_format))
        return need(self.net, self.data, self.options, kept, native=self.engine == "compiled")

    @property
    def engine(self) -> str:
        """What computes: "torch", "compiled", "graph" or "glass"."""
        return self._engine.name

    @property
    def batches(self) -> Batches:
        """What it trains on, in batches."""
        return self._ground.batches

    @property
    def features(self) -> Features | None:
        """The features of a frozen trunk that it trains on; None where it trains on the samples."""
        return self._ground.features

    @property
    def forward(self) -> float:
        """The floating-point operations of a forward pass for one sample, about."""
        return self._trial.operations

    @cached_property
    def draws(self) -> bool:
        """Whether training may draw from `torch`'s global generators, which all of the process shares."""
        return self.data.augment is not None or (self.engine != "compiled" and may_draw(self.net, self.task))

    @property
    def shares(self) -> bool:
        """Whether it may train in a thread beside other fits, and gains by it; see `Population`."""
        if self.draws or self.engine == "glass" or self.device.type != "cpu":
            return False
        return self.engine == "compiled" or self._ground.operations(self._trial.operations) >= SHARING

    @property
    def stopped_early(self) -> bool:
        """Whether `patience` ran out."""
        return self._watch.stopped

    @property
    def ended(self) -> bool:
        """Whether all epochs are done, `patience` has run out, or the fit ended with infinite numbers."""
        return self.epoch >= self.options.epochs or self.stopped_early or self.diverged

    def step(self) -> Epoch | None:
        """Train on a single batch, and return the `Epoch` that it completes, else None; nothing when the fit has ended.

        Step by step or epoch by epoch, what is trained is the same to the last digit, and iterating goes on from here.
        A state that is taken before an event is complete begins it anew, with the weights as they are.

        Raises:
            TrainingError: as iterating does.
        """
        if self.ended:
            return None
        if self._under_way is None or self._under_way.work is None:
            self._engine.load()
        start = time.perf_counter()
        event, self._under_way = self._begun(single=True), None
        if event.batches - event.done > 1:
            with self._stages.frozen(self.stage.number), self.random.drawn(self.draws), self._engine.training():
                event.advance()
            event.seconds += time.perf_counter() - start
            self._under_way = event
            return None
        self._under_way = event
        epoch = self._event()
        self._keep_best()
        return epoch

    @property
    def steps(self) -> tuple[int, int]:
        """How many batches of the coming event are done, and how many it has."""
        if self._under_way:
            return self._under_way.done, self._under_way.batches
        end = self._stages.ends[self.stage.number + (self.epoch >= self.stage.end)] if not self.ended else self.epoch
        return 0, min(self.options.every, end - self.epoch) * len(self.batches)

    def coming(self) -> Tensor:
        """Return which training samples the next step is on, `(size,)`; nothing is drawn by that."""
        event = self._under_way
        if event is None or event.done >= event.batches:
            return self.batches.to_come(self.random.order.get_state(), 0)[0][: self.batches.size]
        return event.to_come(self.batches)[0][: self.batches.size]

    def take_over(self, fit: Fit) -> bool:
        """Go on within the event that `fit` is in, which trains the same net on the same samples with other options.

        `fit` cannot go on then. To be called after `restore`, with the state of `fit`.

        Returns:
            Whether it could: both train with the same engine, on the samples themselves, and `fit` is in an event some
            of whose batches are to come.
        """
        event = fit._under_way
        alike = self.engine == fit.engine and not (fit.features or fit.stage.keeps) and self.epoch == fit.epoch
        if event is None or event.done >= event.batches or not alike:
            return False
        self._under_way = event.gone_on(fit.batches, self.batches)
        self.random.order.set_state(self._under_way.order)
        return True

    def _event(self) -> Epoch:
        """Train for `options.every` epochs, or to the end of the stage; look at the net; write it all down."""
        given, start = self._foreseen(), time.perf_counter()
        given = given or self._trained()
        self.epoch += given.epochs
        seconds = given.seconds + time.perf_counter() - start
        self.seconds += seconds
        epoch = Epoch(self.epoch, seconds, self.players[0].schedule.given, given.train, given.deviation, given.valid)
        self.diverged = has_diverged(epoch, self.options, finite=given.finite)
        self.history.append(epoch.row())
        self._watch.look(epoch, self.net, self.players)
        return epoch

    def _trained(self) -> Given:
        """Train for an event, and return what it gives; its seconds are those before now."""
        event = self._under_way = self._begun()
        try:
            with self._stages.frozen(self.stage.number), self.random.drawn(self.draws):
                with self._engine.training():
                    train, deviation = event.finish(self._pause)
                valid = self._measured(self.data.valid)
                return Given(event.epochs, event.seconds, train, deviation, valid, self._engine.finite)
        finally:
            self._under_way = None

    def _foreseen(self) -> Given | None:
        """Return an event that native code computed ahead; None where the next one is to be trained by itself."""
        if self._under_way or self.between:
            return None
        if self.epoch >= self.stage.end:
            self._enter(self._stages.enter(self.stage.number + 1))
        return self._engine.foreseen(self.stage.end - self.epoch)

    def _begun(self, *, single: bool = False) -> UnderWay:
        """Return the event that is under way, else begin one; `single` for one that pauses after each batch."""
        event = self._under_way or self._next()
        if event.work is None:
            event.work = self._engine.train(event, single=single)
        return event

    def _next(self) -> UnderWay:
        if self.epoch >= self.stage.end:
            self._enter(self._stages.enter(self.stage.number + 1))
        count = min(self.options.every, self.stage.end - self.epoch)
        if self._ground.due:
            with self._stages.frozen(self.stage.number), self.random.fixed(self.draws), self.precision():
                self._ground.keep()
        return UnderWay(count, count * len(self.batches), count, self.random.order.get_state(), self._engine.tally())

    def _pause(self, share: float) -> None:
        """Let whoever wants to look at the net do so, when `share` of the event is trained."""
        if self.between is not None:
            with aside(self.engine), torch.inference_mode(False), torch.autocast(self.device.type, enabled=False):
                self.between(share)

    @property
    def players(self) -> list[Player]:
        """Who learns in the stage that the fit is in."""
        return self.stage.players

    # ------------------------------------------------------------------ numbers

    def evaluate(self, split: Split) -> dict[str, float]:
        """Return each metric of the net over `split`, in evaluation mode; empty for an empty split.

        A task that draws random numbers draws the same ones each time.

        Raises:
            InputError: samples or targets are of another kind than those of train.
        """
        check_split("split", split, self.data)
        self._engine.load()  # also before anything is trained
        return self._measured(split)

    def _measured(self, split: Split) -> dict[str, float]:
        return self._engine.evaluate(split, self._pause) if len(split) else {}

    # ------------------------------------------------------------------ before, between and after

    def _enter(self, stage: Stage) -> None:
        """Begin a stage on the samples themselves; features of a frozen trunk are kept once it trains."""
        self.stage = stage
        self._ground.enter(keeps=stage.keeps)
        self._engine.enter(stage)

    def _keep_best(self) -> None:
        if self.ended and self._watch.best["net"] is not None:
            self.net.load_state_dict(self._watch.best["net"])
            self._ground.enter(keeps=False)  # for the features that were kept may be of another trunk than the best one

    @property
    def best_epoch(self) -> int:
        """The epoch whose weights the net ends with: the best one under early stopping, else the last.

        Before the end, and after a `break`, the net holds the weights of the last epoch.
        """
        return int(self._watch.best["epoch"]) or self.epoch if self.ended else self.epoch

    # ------------------------------------------------------------------ state

    def state(self) -> dict[str, Any]:
        """Return everything needed to go on as if never interrupted; only tensors, numbers, text and containers.

        It is a copy, which further training does not change. See `step` for one taken within an event.
        """
        state = {
            "epoch": self.epoch,
            "stage": self.stage.number,
            "seconds": self.seconds,
            "stopped_early": self.stopped_early,
            "diverged": self.diverged,
            "scaler": self.precision.scaler.state_dict(),
            "net": self.net.state_dict(),
            "players": [player.state() for player in self.players],
            "random": self.random.state(),
            "history": self.history,
            "best": self._watch.best,
        }
        return copy.deepcopy(state)

    def restore(self, state: Mapping[str, Any]) -> None:
        """Go on from what `state` returned, for the same net, data and options.

        Raises:
            InputError: it is no such state, or of another net, optimizer or stages; the fit is then as it was.
        """
        check_state(state, self.net, len(self._stages.options))
        stage = self._stages.enter(state["stage"])
        if len(state["players"]) != len(stage.players):
            raise other_state(_("This is no state of a fit."))
        for player, saved in zip(stage.players, state["players"], strict=True):
            player.restore(saved)
        self._under_way = None
        self.net.load_state_dict(state["net"])
        self._enter(stage)
        self.random.restore(dict(state["random"]))
        self.epoch, self.seconds = state["epoch"], state["seconds"]
        self.diverged = state["diverged"]
        self.precision.scaler.load_state_dict(state["scaler"])
        self.history = list(state["history"])
        self._watch.restore(state["best"], stopped=state["stopped_early"])

    def save(self, path: str | Path) -> Run:
        """Write what was trained so far as a run directory and return the `Run`.

        Raises:
            InputError: `path` exists already or cannot be written.
        """
        from neurona.run import Run

        path = as_path(path, "path")
        self._keep_best()  # which whoever left the iteration at its last event has not come to
        return Run.of(self, path)
