"""Engines: what computes the forward and backward passes of a fit. The five steps of the loop are the same on each."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

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
from neurona.tasks import LOSSES, Binary, Multiclass, Multilabel, Reconstruction, Regression, Task

if TYPE_CHECKING:
    from neurona.fit.ahead import Ahead
    from neurona.fit.dense import Dense

FAMILY = (Binary, Multiclass, Multilabel, Regression, Reconstruction)
DENSE_LOSSES = ("cross-entropy", "binary-cross-entropy", "perceptron", "mse", "half-mse", "mae", "huber")
# Loading native code takes about as long as PyTorch needs for so many small steps.
LEAST_STEPS = 400
# From so many operations in a step on, matrix products take nearly all of the time on either engine.
MOST_OPERATIONS = 1e10


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


def compiled(options: FitOptions, net: nn.Module, task: Task, device: torch.device, work: Work) -> Dense | None:
    """Return what trains `net` as native code, or None where PyTorch or glass is to train it.

    With `engine = "auto"` it is chosen where it can and where it is faster.

    Args:
        options: of the fit.
        net: what is trained, on `device`.
        task: what it learns.
        device: where the fit computes.
        work: how much there is to do.

    Raises:
        InputError: "compiled" is asked for, and a part of the fit is not of the dense family; it says which.
    """
    wanted = options.engine == "compiled"
    if not wanted and (options.engine != "auto" or device.type != "cpu" or options.precision != "float32"):
        return None
    try:
        _check_task(task, options)
        layers = chain_of(net)
    except OutsideError as error:
        if not wanted:
            return None
        problem = _("The engine compiled cannot train this net: {reason}.").format(reason=error)
        raise InputError(problem, _('Write fit.engine = "auto", and PyTorch trains what it cannot.')) from error
    if not wanted and not work.pays:
        return None
    from neurona.fit.dense import Dense

    return Dense(layers, task, options)


def ahead_of(dense: Dense | None) -> Ahead | None:
    """Return what computes events before they are asked for, where native code trains."""
    if dense is None:
        return None
    from neurona.fit.ahead import Ahead

    return Ahead(dense)


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
        raise OutsideError(_("its task is {task}").format(task=task.name))
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
