"""A net is tried on two samples before it is trained, so that what does not fit is said at once."""

from __future__ import annotations

import copy
import math
import re
import warnings
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.parameter import is_lazy

from neurona.data.dataset import Dataset, Split
from neurona.data.inputs import form_of
from neurona.errors import InputError, NeuronaWarning, nearest
from neurona.fit.batches import in_order
from neurona.fit.device import operations
from neurona.fit.engine import check_engine
from neurona.fit.memory import counting
from neurona.fit.tally import Tally, Turn
from neurona.language import _
from neurona.tasks import Task

# The type of the numbers of a target, and how many axes it has, by task.
FORMS = {
    "multiclass": (torch.int64, 1),
    "binary": (torch.float32, 2),
    "multilabel": (torch.float32, 2),
    "regression": (torch.float32, 2),
}
ROWS = 65_536


def check_net(net: object) -> None:
    """Raise an `InputError` unless `net` is a module whose weights are there, and some of them are to be trained."""
    if isinstance(net, type):
        problem = _("The net is a class, {name}, and a fit trains a net that was made of it.").format(name=net.__name__)
        raise InputError(problem, _("Call it, as in {name}(...).").format(name=net.__name__))
    if not isinstance(net, nn.Module):
        problem = _("The net is a {kind}, and a fit trains a torch.nn.Module.").format(kind=type(net).__name__)
        hint = _("Make one, nr.nets.mlp(data.features, [100], data.outputs), or train a recipe: nr.train('spiral').")
        raise InputError(problem, hint)
    scripted = torch.jit.RecursiveScriptModule  # type: ignore[attr-defined]
    if any(isinstance(module, scripted) for module in net.modules()):
        raise InputError(
            _("The net is compiled by torch.jit.script, which does not switch between training and evaluation."),
            _("Train the module that it was made of, and script it afterwards: torch.jit.script(net)."),
        )
    tensors = [*net.parameters(), *net.buffers()]
    if any(map(is_lazy, tensors)):
        raise InputError(
            _("The net has lazy layers, whose weights are made when they first see samples."),
            _("Show it some before: net(data.inputs.prepare(data.train.x[:2]))."),
        )
    if any(tensor.is_meta for tensor in tensors):
        raise InputError(
            _("The weights of the net are on the device meta, where there are no numbers."),
            _("Make the net on the CPU; a fit moves it to where it computes."),
        )
    if not any(parameter.requires_grad for parameter in net.parameters()):
        hint = _("Give it a layer that has weights, such as torch.nn.Linear.")
        if any(True for _parameter in net.parameters()):
            hint = _("All of them are frozen: net.requires_grad_(True) lets them learn.")
        raise InputError(_("The net has no parameters to train."), hint)


def check_task(task: object) -> None:
    """Raise an `InputError` unless `task` is one, or None."""
    if task is None or isinstance(task, Task):
        return
    problem = _("The task is a {kind}, and a fit takes one of nr.tasks.").format(kind=type(task).__name__)
    raise InputError(problem, _("Leave it out, or load the data for another one: nr.load('moons', task='multiclass')."))


@dataclass(frozen=True)
class Trial:
    """What two samples tell about a net.

    Attributes:
        members: how many nets side by side its outputs come from.
        operations: floating-point operations of a forward pass, for one sample.
        numbers: how many its layers put out for one sample.
        tally: of the two samples.
    """

    members: int
    operations: float
    numbers: int
    tally: Tally

    @property
    def metrics(self) -> list[str]:
        """The names of what can be measured, "loss" first."""
        return list(self.tally.metrics()[0])


@torch.no_grad()
def tried(
    net: nn.Module,
    data: Dataset,
    task: Task,
    device: torch.device,
    memory_format: torch.memory_format,
    engine: str = "torch",
) -> Trial:
    """Run `net` on the first samples of train, as each player does, and on the engine that it is to be trained on.

    Raises:
        InputError: the net does not suit the samples, the task or the engine.
    """
    x, y = two(data, task, device, memory_format)
    first = data.train.x[:1]
    # What the net sees is a part of the dataset itself, or what its outputs are held against.
    whole = y is x or (isinstance(first, Tensor) and data.inputs.prepare(first) is first)
    x = x.clone() if whole else x
    net.eval()
    tally = Tally(task)
    with counting(net) as numbers:
        for player in task.players:
            outputs = _outputs(net, task, x, y, player)
            if whole and x._version:
                problem = _("The net changes the samples that it is given in place.")
                raise InputError(problem, _("Write x = x - 1 and not x -= 1; a first activation cannot be in place."))
            tally.add(Turn(player, torch.zeros(()), task.sums(outputs, y, player), task.count(y)))
    _warn_of_probabilities(net, task, outputs)
    check_engine(engine, net, task, x, y)
    return Trial(task.members(outputs), operations(net, x), sum(numbers) // len(x), tally)


def check_split(name: str, split: object, data: Dataset) -> None:
    """Raise an `InputError` unless a split holds samples and targets of the kind that those of `data.train` are.

    Args:
        name: of the split, for the message.
        split: that a net is to be trained or judged on.
        data: whose samples the net was tried on.
    """
    if not isinstance(split, Split):
        problem = _("{name} is a {kind}, and no part of a dataset.")
        raise _other(problem, name=name, kind=type(split).__name__)
    if len(split.x) != len(split.y):
        problem = _("{name} has {x} samples and {y} targets.")
        raise _other(problem, name=name, x=len(split.x), y=len(split.y))
    if not len(split):
        if split is data.train:
            raise InputError(_("data.train has no samples."), _("Give it some, or smaller shares to valid and test."))
        return
    for part, here, like in (("x", split.x, data.train.x), ("y", split.y, data.train.y)):
        if here.shape[1:] == like.shape[1:] and here.dtype == like.dtype:
            continue
        if (have := form_of(here)) != (want := form_of(like)):
            problem = _("{name}.{part} is {have} for each sample, and data.train.{part} is {want}.")
            raise _other(problem, name=name, part=part, have=have, want=want)
    _check_target(f"{name}.y", split.y, data)
    for part, numbers in (("x", split.x), ("y", split.y)):
        if len(numbers.shape) == 2 and numbers.dtype == torch.float32 and not _is_finite(numbers):
            problem = _("{name}.{part} holds numbers that are NaN or infinite.").format(name=name, part=part)
            raise InputError(problem, _("Leave such samples out, or fill the gaps, as nr.load does for a table."))


def _is_finite(numbers: Tensor) -> bool:
    """Tell whether all of many numbers are finite, without a mask of all: the sum of those that are may overflow."""
    return math.isfinite(numbers.sum().item()) or all(bool(some.isfinite().all()) for some in numbers.split(ROWS))


def _check_target(name: str, y: Tensor, data: Dataset) -> None:
    """Raise an `InputError` unless targets are of the form that the task of `data` needs; see `Split`."""
    if data.task not in FORMS:
        return
    kind, axes = FORMS[data.task]
    if y.dtype != kind or y.dim() != axes:
        want, example = ("(k) float32", "y.float().reshape(len(y), -1)") if axes == 2 else ("() int64", "y.long()")
        problem = _("{name} is {have} for each sample, and data.task = {task} needs {want}.")
        problem = problem.format(name=name, have=form_of(y), task=data.task, want=want)
        raise InputError(problem, _("Write {example}.").format(example=example))
    if data.task == "regression":
        return
    last = data.outputs - 1 if data.task == "multiclass" else 1
    least, most = (value.item() for value in y.aminmax())
    if least < 0 or most > last:
        problem = _("{name} holds the class {value}, and classes are numbered from 0 to {last}.")
        raise _other(problem, name=name, value=f"{least if least < 0 else most:g}", last=last)


def _other(problem: str, **about: Any) -> InputError:
    hint = _("Give a part of a dataset that was made in the same way, such as data.test.")
    return InputError(problem.format(**about), hint)


def two(data: Dataset, task: Task, device: torch.device, memory_format: torch.memory_format) -> tuple[Tensor, Tensor]:
    """Return the first two samples of train as a net sees them, and what its outputs are held against."""
    first = Split(data.train.x[:2], data.train.y[:2])
    x, y = next(in_order(first, data.inputs, device, memory_format))
    return x, task.target(x, y)


def _warn_of_probabilities(net: nn.Module, task: Task, outputs: Any) -> None:
    """Warn where a classifier does not return logits; the warning is about the line that made the `Fit`."""
    if task.name == "multiclass":
        given = bool((outputs >= 0).all()) and torch.allclose(outputs.sum(-1), outputs.new_ones(()), atol=1e-4)
    else:
        given = task.name in ("binary", "multilabel") and isinstance([*net.modules()][-1], nn.Sigmoid)
        given = given and bool(((outputs >= 0) & (outputs <= 1)).all())
    if given:
        message = _("The net ends with a softmax or a sigmoid, which the loss applies once more: leave it out.")
        warnings.warn(message, NeuronaWarning, stacklevel=5)


def check_monitor(monitor: str, trial: Trial) -> None:
    """Raise an `InputError` unless `monitor` is such as "valid.loss", of a metric that the trial had."""
    split, _dot, name = monitor.partition(".")
    if split in ("train", "valid") and (name == "loss" or name in trial.metrics):
        return
    problem = _("fit.monitor = {name!r}: there is no such metric.").format(name=monitor)
    raise InputError(
        problem, nearest("", [f"{part}.{metric}" for part in ("valid", "train") for metric in trial.metrics])
    )


@torch.enable_grad()
def _outputs(net: nn.Module, task: Task, x: Tensor, y: Tensor, player: str) -> Any:
    try:
        outputs = task.forward(net, x, y, player)
    except Exception as error:  # a module of the user's own can raise anything
        problem = _("The net does not accept a batch of shape {shape}: {error}")
        text = str(error).partition("\n")[0]
        if not isinstance(error, RuntimeError | TypeError) or not text:  # such as KeyError, whose words are the key
            text = f"{type(error).__name__}: {text}".removesuffix(": ")
        raise InputError(problem.format(shape=tuple(x.shape), error=text), _hint(net, x, error)) from error
    task.check(outputs, y)
    # A forward may leave gradients out in evaluation.
    if not _has_gradient(outputs) and not _has_gradient(task.forward(copy.deepcopy(net).train(), x, y, player)):
        problem = _(
            "The outputs of the net do not depend on its weights as far as PyTorch can see: it has no gradient."
        )
        raise InputError(problem, _("Leave detach(), torch.no_grad(), item() and NumPy out of its forward."))
    return tuple(part.detach() for part in outputs) if isinstance(outputs, tuple) else outputs.detach()


def _has_gradient(outputs: Any) -> bool:
    return any(part.requires_grad for part in (outputs if isinstance(outputs, tuple) else (outputs,)))


def _hint(net: nn.Module, x: Tensor, error: Exception) -> str:
    """Return what to write where a net is not called or made as it asks for; nothing where that is not known."""
    if isinstance(error, TypeError) and "required positional argument" in str(error):
        return _("A fit calls net(x) with the samples alone: let forward(self, x) take its other inputs out of x.")
    kinds = {p.dtype for p in net.parameters() if p.is_floating_point()} - {torch.float32}
    if kinds:
        kind = min(str(kind) for kind in kinds).removeprefix("torch.")
        return _("Its weights are {kind}, and samples are float32: write net.float().").format(kind=kind)
    if x.dtype == torch.float64:
        return _("Samples are float64, and its weights are float32: make the dataset of x.float().")
    if isinstance(error, RuntimeError) and re.search("shape|size|channel|dimension", str(error)):
        hint = _("Make it for data.features = {count} numbers in a sample, of data.shape = {shape}.")
        return hint.format(count=math.prod(x.shape[1:]), shape=tuple(x.shape[1:]))
    return ""
