"""Engines: what computes the forward and backward passes of a fit. The five steps of the loop are the same on each."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import torch
from torch import Tensor, nn

from neurona.errors import InputError
from neurona.fit.options import FitOptions
from neurona.glass import GlassError
from neurona.language import _
from neurona.tasks import Task


def engine_of(options: FitOptions) -> str:
    """Return the engine that `options` ask for, "torch" or "glass".

    Raises:
        InputError: the engine does not compute where, or as, the other options say.
    """
    name = "torch" if options.engine == "auto" else options.engine
    if name == "glass":
        if options.device not in ("auto", "cpu"):
            problem = _("The engine glass computes on a CPU, and fit.device is {device!r}.")
            raise InputError(problem.format(device=options.device), _('Leave fit.device out, or write "cpu".'))
        if options.precision != "float32":
            problem = _("The engine glass computes in float32, and fit.precision is {precision!r}.")
            raise InputError(problem.format(precision=options.precision), _("Leave fit.precision out."))
    return name


@contextmanager
def computing(engine: str, net: nn.Module) -> Iterator[None]:
    """Within the block, what is computed of the parameters of `net` with gradients is computed by `engine`."""
    if engine == "torch":
        yield
        return
    from neurona.bridge import Crossing

    # Numbers that overflow are found by the fit itself, as on the other engines.
    with np.errstate(all="ignore"), Crossing(net.parameters()):
        yield


def check_engine(engine: str, net: nn.Module, task: Task, x: Tensor, y: Tensor) -> None:
    """Run the net once on `engine`, as each player does, without a step.

    Args:
        engine: "torch" or "glass".
        net: in evaluation mode.
        task: what is learned.
        x: a few samples as the net sees them.
        y: what their outputs are held against.

    Raises:
        InputError: the net holds something that the engine does not know.
    """
    if engine == "torch":
        return
    with torch.enable_grad(), computing(engine, net):
        for player in task.players:
            try:
                task.loss(task.forward(net, x, y, player), y, player)
            except GlassError as error:
                problem = _("The engine glass cannot compute this net: {error}").format(error=error)
                raise InputError(problem, _('Write fit.engine = "torch".')) from error
