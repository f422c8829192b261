"""`Fit`: the training of a net on a dataset, as an iterator of epochs."""

from __future__ import annotations

import copy
import math
import time
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn

from neurona.data.dataset import Dataset, Split
from neurona.errors import InputError, NeuronaWarning, TrainingError, nearest
from neurona.fit.batches import Batches, in_order
from neurona.fit.device import Randomness, choose_device, memory_format, operations, threads_for
from neurona.fit.history import Epoch
from neurona.fit.optim import learning_rate, optimizer
from neurona.fit.options import FitOptions
from neurona.fit.precision import Precision
from neurona.fit.schedule import Schedule
from neurona.fit.tally import Tally
from neurona.language import _
from neurona.tasks import Task, higher_is_better, task_for

if TYPE_CHECKING:
    from neurona.run import Run


@dataclass
class Player:
    """One side of a fit: the parameters that it changes, and how. A classifier has one player, a GAN two."""

    name: str
    parameters: list[nn.Parameter]
    optimizer: torch.optim.Optimizer
    schedule: Schedule


class Fit:
    """The training of `net` on `data`. Nothing runs until it is iterated; each turn trains and yields an `Epoch`.

    Iterating again goes on where the last iteration stopped, and `break` is the way to stop early.

    Args:
        net: any `torch.nn.Module` whose outputs suit the task; classifiers return logits.
        data: what to train on.
        task: what is learned; None for the task that `data` poses.
        options: the fields of `FitOptions`, such as `optimizer="adam"`, `lr=0.01`, `epochs=200`.

    Attributes:
        net, data, task: as given; the net is moved to `device`.
        options: the validated options.
        device: where it computes.
        history: one row for each event so far, as in `history.csv`.
        epoch: how many epochs are done.
        seconds: time spent in training and validation so far.
        stopped_early: True once `patience` ran out.
        diverged: True once loss or weights became infinite and `options.divergence` is "end".

    Raises:
        InputError: an option is wrong, the device is not there, or the net does not fit the data.
    """

    def __init__(self, net: nn.Module, data: Dataset, *, task: Task | None = None, **options: Any) -> None:
        self.options = FitOptions.read(options)
        self.device = choose_device(self.options.device)
        self.precision = Precision(self.options.precision, self.device)
        self.memory_format = memory_format(self.options.memory_format, net)
        self.net, self.data = net.to(self.device).to(memory_format=self.memory_format), data
        self.task = task or task_for(data, self.options.loss)
        self.random = Randomness(self.options.seed, self.device)
        self.batches = self._batches()
        self._check_net()
        self.players = [self._player(name) for name in self.task.players]
        self.history: list[dict[str, float]] = []
        self.epoch = 0
        self.seconds = 0.0
        self.stopped_early = False
        self.diverged = False
        self._best: dict[str, Any] = {"value": math.inf, "epoch": 0, "net": None}

    # ------------------------------------------------------------------ the loop

    def __iter__(self) -> Iterator[Epoch]:
        """Train, and yield an `Epoch` after each `options.every` epochs.

        Raises:
            TrainingError: the loss or a weight became NaN or infinite, unless `options.divergence` is "end".
        """
        while not self.ended:
            start = time.perf_counter()
            count = min(self.options.every, self.options.epochs - self.epoch)
            with self.random.drawn():
                with threads_for(self._operations):
                    train, deviation = self._train(count)
                valid = self.evaluate(self.data.valid)
            self.epoch += count
            seconds = time.perf_counter() - start
            self.seconds += seconds
            epoch = Epoch(self.epoch, seconds, self._rate, train, deviation, valid)
            self.diverged = self._has_diverged(epoch)
            self.history.append(epoch.row())
            self._watch(epoch)
            yield epoch
        self._keep_best()

    @property
    def ended(self) -> bool:
        """Whether all epochs are done, `patience` has run out, or the fit ended with infinite numbers."""
        return self.epoch >= self.options.epochs or self.stopped_early or self.diverged

    def _train(self, epochs: int) -> tuple[dict[str, float], dict[str, float]]:
        """Train for `epochs` epochs; return each metric and its standard deviation over the batches."""
        self.net.train()
        tally = Tally(self.task)
        for _epoch in range(epochs):
            for x, y in self.batches:
                y = self.task.target(x, y)
                n = self.task.count(y)
                for player in self.players:
                    with self.precision():
                        outputs = self.task.forward(self.net, x, y, player.name)  # 1. forward
                        loss = self.task.loss(outputs, y, player.name)  # 2. loss
                    player.optimizer.zero_grad()  # 3. clear gradients
                    self.precision.backward(self._objective(loss, player, n))  # 4. backward
                    self._step(player)  # 5. step
                    with torch.no_grad():
                        tally.add(player.name, loss, self.task.sums(outputs, y, player.name), n)
        return tally.metrics()

    def _objective(self, loss: Tensor, player: Player, n: int | Tensor) -> Tensor:
        """Return what is minimised: the loss, summed over samples or members if asked for, plus the L2 penalty."""
        if self._members != 1:
            loss = loss * self._members
        if self.options.reduction == "sum":
            loss = loss * n
        if self.options.l2:
            weights = [p for p in player.parameters if p.dim() > 1]
            loss = loss + self.options.l2 / 2 * sum(w.square().sum() for w in weights)
        return loss

    def _step(self, player: Player) -> None:
        if self.options.clip is not None:
            self.precision.unscale(player.optimizer)
            nn.utils.clip_grad_norm_(player.parameters, self.options.clip)
        self.precision.step(player.optimizer)
        player.schedule.advance()

    # ------------------------------------------------------------------ numbers

    def evaluate(self, split: Split) -> dict[str, float]:
        """Return each metric of the net over `split`, in evaluation mode; empty for an empty split.

        A task that draws random numbers draws the same ones each time.
        """
        if not len(split):
            return {}
        training = self.net.training
        self.net.eval()
        tally = Tally(self.task)
        with torch.inference_mode(), self.random.fixed(self.task.draws), self.precision():
            for x, y in in_order(split, self.data.inputs, self.device, self.memory_format):
                y = self.task.target(x, y)
                for player in self.task.players:
                    outputs = self.task.forward(self.net, x, y, player)
                    loss = self.task.loss(outputs, y, player)
                    tally.add(player, loss, self.task.sums(outputs, y, player), self.task.count(y))
        self.net.train(training)
        return tally.metrics()[0]

    # ------------------------------------------------------------------ before, between and after

    def _batches(self) -> Batches:
        count, wanted = len(self.data.train), self.options.batch
        if wanted == "auto":
            size = min(1024, max(16, 2 ** round(math.log2(count) / 2)), count)
        else:
            size = count if wanted == "full" else wanted
        if size > count:
            message = _("fit.batch = {batch} is more than the {count} training samples; all of them make one batch.")
            warnings.warn(message.format(batch=size, count=count), NeuronaWarning, stacklevel=3)
        norm = any(isinstance(module, nn.modules.batchnorm._BatchNorm) for module in self.net.modules())
        if norm and size == 1:
            problem = _("Batch normalisation needs at least two samples in a batch, and fit.batch is 1.")
            raise InputError(problem, _("Write fit.batch = 32, or net.batch_norm = false."))
        return Batches(
            self.data, size, self.device, self.random.order, skip_single=norm, memory_format=self.memory_format
        )

    def _check_net(self) -> None:
        """Try one forward pass, and learn how many members the outputs have."""
        if not any(p.requires_grad for p in self.net.parameters()):
            raise InputError(_("The net has no parameters to train."))
        first = Split(self.data.train.x[:2], self.data.train.y[:2])
        x, y = next(in_order(first, self.data.inputs, self.device, self.memory_format))
        y = self.task.target(x, y)
        self.net.eval()
        with torch.no_grad(), self.random.fixed(True):
            tally = Tally(self.task)
            for player in self.task.players:
                outputs = self._tried(x, y, player)
                tally.add(player, torch.zeros(()), self.task.sums(outputs, y, player), self.task.count(y))
        self._members = self.task.members(outputs)
        self._per_sample = operations(self.net, x)
        self._check_monitor(list(tally.metrics()[0]))

    def _tried(self, x: Tensor, y: Tensor, player: str) -> Any:
        try:
            outputs = self.task.forward(self.net, x, y, player)
        except Exception as error:  # a module of the user's own can raise anything
            problem = _("The net does not accept a batch of shape {shape}: {error}")
            text = str(error).partition("\n")[0] or type(error).__name__
            raise InputError(problem.format(shape=tuple(x.shape), error=text)) from error
        self.task.check(outputs, y)
        return outputs

    def _check_monitor(self, known: list[str]) -> None:
        split, _dot, name = self.options.monitor.partition(".")
        if split not in ("train", "valid") or name not in known:
            problem = _("fit.monitor = {name!r}: there is no such metric.").format(name=self.options.monitor)
            raise InputError(
                problem, nearest("", [f"{part}.{metric}" for part in ("valid", "train") for metric in known])
            )

    def _player(self, name: str) -> Player:
        parameters = self.task.parameters(self.net, name)
        chosen = optimizer(parameters, self.options)
        schedule = Schedule(chosen, self.options, learning_rate(self.options), len(self.batches))
        return Player(name, parameters, chosen, schedule)

    @property
    def _operations(self) -> float:
        """Floating-point operations of a step: those of the forward pass once forward and twice backward."""
        return 3.0 * self._per_sample * self.batches.size

    @property
    def _rate(self) -> float:
        return float(self.players[0].optimizer.param_groups[0]["lr"])

    def _has_diverged(self, epoch: Epoch) -> bool:
        """Tell whether numbers became infinite, or refuse to go on, as the options say."""
        finite = math.isfinite(epoch.train["loss"]) and math.isfinite(epoch.valid.get("loss", 0.0))
        if finite and all(bool(p.isfinite().all()) for p in self.net.parameters()):
            return False
        if self.options.divergence == "end":
            return True
        rate = learning_rate(self.options)
        what = _("a weight became infinite or NaN") if finite else _("the loss became NaN or infinite")
        problem = _("Training diverged in epoch {epoch}: {what}.").format(epoch=epoch.index, what=what)
        hint = _("Try a smaller learning rate (fit.lr = {lr:g}), gradient clipping (fit.clip = 1), standardised data.")
        raise TrainingError(problem, hint.format(lr=rate / 10))

    def _watch(self, epoch: Epoch) -> None:
        """Let the plateau schedule and early stopping look at the epoch."""
        monitor = self.options.monitor if len(self.data.valid) else self.options.monitor.replace("valid", "train")
        value = epoch.value(monitor)
        if value is None:
            return
        value = -value if higher_is_better(monitor) else value
        for player in self.players:
            player.schedule.watch(value)
        if self.options.patience is None:
            return
        if value < self._best["value"]:
            self._best = {"value": value, "epoch": epoch.index, "net": copy.deepcopy(self.net.state_dict())}
        self.stopped_early = epoch.index - self._best["epoch"] >= self.options.patience

    def _keep_best(self) -> None:
        if self._best["net"] is not None:
            self.net.load_state_dict(self._best["net"])

    @property
    def best_epoch(self) -> int:
        """The epoch whose weights the net ends with: the best one under early stopping, else the last.

        Before the end, and after a `break`, the net holds the weights of the last epoch.
        """
        return int(self._best["epoch"]) or self.epoch if self.ended else self.epoch

    # ------------------------------------------------------------------ state

    def state(self) -> dict[str, Any]:
        """Return everything needed to go on as if never interrupted; only tensors, numbers, text and containers.

        It is a copy, which further training does not change.
        """
        state = {
            "epoch": self.epoch,
            "seconds": self.seconds,
            "stopped_early": self.stopped_early,
            "diverged": self.diverged,
            "scaler": self.precision.scaler.state_dict(),
            "net": self.net.state_dict(),
            "players": [{"optimizer": p.optimizer.state_dict(), "schedule": p.schedule.state()} for p in self.players],
            "random": self.random.state(),
            "history": self.history,
            "best": self._best,
        }
        return copy.deepcopy(state)

    def restore(self, state: Mapping[str, Any]) -> None:
        """Go on from what `state` returned, for the same net, data and options."""
        self.net.load_state_dict(state["net"])
        for player, saved in zip(self.players, state["players"], strict=True):
            player.optimizer.load_state_dict(copy.deepcopy(saved["optimizer"]))
            player.schedule.restore(saved["schedule"])
        self.random.restore(dict(state["random"]))
        self.epoch, self.seconds = state["epoch"], state["seconds"]
        self.stopped_early, self.diverged = state["stopped_early"], state["diverged"]
        self.precision.scaler.load_state_dict(state["scaler"])
        self.history = list(state["history"])
        self._best = dict(state["best"])

    def save(self, path: str | Path) -> Run:
        """Write what was trained so far as a run directory and return the `Run`.

        Raises:
            InputError: `path` exists already or cannot be written.
        """
        from neurona.run import Run

        return Run.of(self, Path(path))
