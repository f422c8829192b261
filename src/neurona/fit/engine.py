"""Engines: what computes the forward and backward passes of a fit. The five steps of the loop are the same on each."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
import torch
from torch import Tensor, nn
from torch.overrides import _get_current_function_mode_stack, _pop_mode_temporarily  # there is no public way

from neurona.errors import InputError
from neurona.fit.chain import OutsideError, chain_of
from neurona.fit.optim import OPTIMIZERS
from neurona.fit.options import FitOptions
from neurona.fit.working_copy import MEMORY
from neurona.glass import GlassError
from neurona.language import _
from neurona.tasks import LOSSES, TASKS, Binary, Multiclass, Multilabel, Reconstruction, Regression, Task

if TYPE_CHECKING:
    from neurona.data.dataset import Split
    from neurona.fit.ground import Ground
    from neurona.fit.native import Native
    from neurona.fit.stages import Stage
    from neurona.fit.under_way import Given, Training, UnderWay

FAMILY = (Binary, Multiclass, Multilabel, Regression, Reconstruction)
DENSE_LOSSES = ("cross-entropy", "binary-cross-entropy", "perceptron", "mse", "half-mse", "mae", "huber")
# Loading native code takes about as long as PyTorch needs for so many small steps.
LEAST_STEPS = 100
# From so many operations in a step on, matrix products take nearly all of the time on either engine.
MOST_OPERATIONS = 1e10


class Engine(Protocol):
    """What trains a net for the events of a fit, and looks at it: `Loop`, or `Native`.

    Attributes:
        name: "torch", "compiled", "graph" or "glass".
    """

    name: str

    def load(self) -> None:
        """Make ready what takes long the first time."""

    def enter(self, stage: Stage) -> None:
        """Begin a stage."""

    def foreseen(self, left: int) -> Given | None:
        """Return the next event, of `left` epochs to come in the stage, if it is computed already."""

    def tally(self) -> Any:
        """Return what `train` keeps in `event.kept` what the batches of an event have measured."""

    def training(self) -> AbstractContextManager[None]:
        """Return a block to train in."""

    def train(self, event: UnderWay, *, single: bool = False) -> Training:
        """Train for an event; pause after some batches, or after each `single` one."""

    def evaluate(self, split: Split, between: Callable[[float], None]) -> dict[str, float]:
        """Return each metric of the net over samples, in evaluation mode."""

    @property
    def finite(self) -> bool:
        """Whether all weights are finite numbers."""


def engine_of(options: FitOptions) -> str:
    """Return the engine that `options` ask for: "auto", "torch", "compiled", "graph" or "glass".

    Raises:
        InputError: the engine does not compute where, or as, the other options say.
    """
    name = options.engine
    if name in ("glass", "compiled"):
        if options.device not in ("auto", "cpu"):
            problem = _("The engine {name} computes on a CPU, and fit.device is {device!r}.")
            hint = _('Leave fit.device out, or write "cpu".')
            raise InputError(problem.format(name=name, device=options.device), hint)
        if options.precision != "float32":
            problem = _("The engine {name} computes in float32, and fit.precision is {precision!r}.")
            hint = _("Leave fit.precision out.")
            raise InputError(problem.format(name=name, precision=options.precision), hint)
    if name == "graph" and options.precision == "float16":  # whose scaling of the loss waits for the device
        problem = _("The engine graph computes in float32 or bfloat16, and fit.precision is 'float16'.")
        raise InputError(problem, _('Write fit.precision = "bfloat16", or fit.engine = "torch".'))
    return name


def native(ground: Ground, task: Task, work: Work) -> Native | None:
    """Return what trains a net as native code, or None where PyTorch or glass is to train it.

    With `engine = "auto"` it is chosen where it can and where it is faster.

    Args:
        ground: the net, what it is trained on, and the options.
        task: what it learns.
        work: how much there is to do.

    Raises:
        InputError: "compiled" is asked for, and a part of the fit is not of the dense family; it says which.
    """
    options, wanted = ground.options, ground.options.engine == "compiled"
    if not wanted and (
        options.engine != "auto" or ground.random.device.type != "cpu" or options.precision != "float32"
    ):
        return None
    try:
        _check_task(task, options)
        layers = chain_of(ground.net)
    except OutsideError as error:
        if not wanted:
            return None
        problem = _("The engine compiled cannot train this net: {reason}.").format(reason=error)
        raise InputError(problem, _('Write fit.engine = "auto", and PyTorch trains what it cannot.')) from error
    if not wanted and not work.pays:
        return None
    from neurona.fit.dense import Dense
    from neurona.fit.native import Native

    return Native(Dense(layers, task, options), ground)


@dataclass(frozen=True)
class Work:
    """How much a fit has to do: its steps, and the floating-point operations of one."""

    steps: int
    operations: float

    @property
    def pays(self) -> bool:
        """Whether native code is faster, with the time that it takes to load."""
        return self.steps >= LEAST_STEPS and self.operations <= MOST_OPERATIONS


def _check_task(task: Task, options: FitOptions) -> None:
    """Raise an `OutsideError` unless task, loss and stages are of the dense family."""
    if type(task) not in FAMILY:
        own = type(task) not in TASKS.values()
        raise OutsideError(_("its task is {task}").format(task=type(task).__name__ if own else task.name))
    if LOSSES[task.loss_name].make is not task._loss or task.loss_name not in DENSE_LOSSES:
        raise OutsideError(_("its loss is {loss}").format(loss=task.loss_name))
    for stage in options.by_stage():
        if stage.frozen:
            raise OutsideError(_("fit.frozen freezes parts of it"))
        if OPTIMIZERS[stage.optimizer].make not in MEMORY:
            raise OutsideError(_("its optimizer is {name}").format(name=stage.optimizer))


@contextmanager
def computing(engine: str, net: nn.Module) -> Iterator[None]:
    """Within the block, what is computed of the parameters of `net` with gradients is computed by `engine`."""
    if engine != "glass":
        yield
        return
    from neurona.bridge import Crossing

    # Numbers that overflow are found by the fit itself, as on the other engines.
    with np.errstate(all="ignore"), Crossing(net.parameters()):
        yield


@contextmanager
def aside(engine: str) -> Iterator[None]:
    """Within the block PyTorch computes, also where `engine` is glass and computes around it."""
    if engine != "glass" or not _get_current_function_mode_stack():
        yield
        return
    with _pop_mode_temporarily():
        yield


def check_engine(engine: str, net: nn.Module, task: Task, x: Tensor, y: Tensor) -> None:
    """Run the net once on `engine`, as each player does, without a step.

    Args:
        engine: as `engine_of` names it.
        net: in evaluation mode.
        task: what is learned.
        x: a few samples as the net sees them.
        y: what their outputs are held against.

    Raises:
        InputError: the net holds something that the engine does not know.
    """
    if engine == "graph":
        from neurona.fit.recorded import check_recording

        with torch.enable_grad():
            check_recording(net, task, x, y)
    if engine != "glass":
        return
    with torch.enable_grad(), computing(engine, net):
        for player in task.players:
            try:
                task.loss(task.forward(net, x, y, player), y, player)
            except GlassError as error:
                problem = _("The engine glass cannot compute this net: {error}").format(error=error)
                raise InputError(problem, _('Write fit.engine = "torch".')) from error
