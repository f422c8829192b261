"""Optimizers by name: PyTorch's own, fused into one call where PyTorch can."""

from __future__ import annotations

import copy
import sys
from collections.abc import Callable, Iterable, Mapping
from inspect import unwrap
from types import MethodType
from typing import Any

import torch
from torch import Tensor, nn
from torch.optim import Optimizer
from torch.optim import optimizer as shared

from neurona.errors import InputError
from neurona.fit.checkpoint import other_state
from neurona.fit.options import OF_OPTIMIZERS, FitOptions
from neurona.language import _
from neurona.registry import Registry

OPTIMIZERS: Registry[type[Optimizer]] = Registry("optimizer")

_FUSED = (torch.optim.SGD, torch.optim.Adam, torch.optim.AdamW, torch.optim.Adagrad)
# What a recorded step asks for: that steps are counted, and the rate is read, on the device.
_CAPTURABLE: dict[type[Optimizer], dict[str, bool]] = {
    torch.optim.Adam: {"capturable": True},
    torch.optim.AdamW: {"capturable": True},
    torch.optim.RMSprop: {"capturable": True, "foreach": True},
    torch.optim.Adadelta: {"capturable": True, "foreach": True},
}
# What an optimizer is told of where and how it computes.
_OWN = ("lr", "fused", "foreach", "capturable")

for _name, _make, _takes, _lr, _preset, _summary in (
    ("sgd", torch.optim.SGD, ("momentum", "nesterov"), 0.1, {}, "w -= lr g (Robbins and Monro 1951)"),
    ("momentum", torch.optim.SGD, ("momentum",), 0.05, {"momentum": 0.9}, "SGD with momentum 0.9 (Polyak 1964)"),
    (
        "nesterov",
        torch.optim.SGD,
        ("momentum",),
        0.05,
        {"momentum": 0.9, "nesterov": True},
        "SGD with Nesterov's momentum 0.9 (Nesterov 1983)",
    ),
    ("adagrad", torch.optim.Adagrad, ("eps",), 0.01, {}, "steps over the root of summed squares (Duchi 2011)"),
    ("adadelta", torch.optim.Adadelta, ("rho", "eps"), 1.0, {}, "steps that find their own scale (Zeiler 2012)"),
    (
        "rmsprop",
        torch.optim.RMSprop,
        ("alpha", "momentum", "eps"),
        0.001,
        {},
        "steps over a running root mean square (Hinton 2012)",
    ),
    (
        "adam",
        torch.optim.Adam,
        ("betas", "eps"),
        0.001,
        {},
        "running mean over running root mean square (Kingma and Ba 2014)",
    ),
    (
        "adamw",
        torch.optim.AdamW,
        ("betas", "eps"),
        0.001,
        {},
        "Adam with decoupled weight decay (Loshchilov and Hutter 2017)",
    ),
):
    OPTIMIZERS.register(_name, _summary, takes=_takes, lr=_lr, preset=_preset)(_make)


def _spare_the_compiler() -> None:
    """Keep PyTorch from importing its compiler, which takes a second, before it is needed.

    These methods of an optimizer ask the compiler, when they are first called, for a form of theirs that it leaves
    alone. That is the method itself, and with the answer at hand they do not ask.
    """
    if "torch._dynamo" in sys.modules:
        return
    for name in ("add_param_group", "load_state_dict", "state_dict", "zero_grad"):
        method = getattr(getattr(Optimizer, name), "__wrapped__", None)
        if method is not None:
            method.__dynamo_disable = method


def learning_rate(options: FitOptions) -> float:
    """Return the learning rate asked for, or the usual one of the optimizer."""
    return options.lr if options.lr is not None else float(OPTIMIZERS[options.optimizer].facts["lr"])


def in_force(options: FitOptions) -> list[dict[str, Any]]:
    """Return the options of each stage, and what its optimizer brings along: fits of equal ones train alike."""
    return [
        {
            **part.model_dump(exclude={"optimizer", "stages"}),
            **OPTIMIZERS[part.optimizer].facts["preset"],
            **part.of_optimizer(),
            "optimizer": OPTIMIZERS[part.optimizer].make.__name__,
            "lr": learning_rate(part),
        }
        for part in options.by_stage()
    ]


def check_optimizer(options: FitOptions) -> None:
    """Raise an `InputError` when the optimizer is unknown, or is given an option that it does not take."""
    entry = OPTIMIZERS[options.optimizer]
    for name in foreign_options(entry.name, options.of_optimizer()):
        problem = _("fit.{option} does not apply to the optimizer {name!r}.").format(option=name, name=entry.name)
        others = ", ".join(one.name for one in OPTIMIZERS if name in one.facts["takes"])
        hint = _("It belongs to {names}. Leave it out; --set fit.{option}=none takes it out of a recipe.")
        raise InputError(problem, hint.format(names=others, option=name))
    settings = {**entry.facts["preset"], **options.of_optimizer()}
    if settings.get("nesterov") and not settings.get("momentum"):
        raise InputError(_("fit.nesterov needs fit.momentum."), _("Write fit.momentum = 0.9 as well."))


def foreign_options(name: str, options: Iterable[str]) -> list[str]:
    """Return those of `options` that other optimizers take and that called `name` does not; an unknown one has none."""
    if name not in OPTIMIZERS:
        return []
    return [one for one in options if one in OF_OPTIMIZERS and one not in OPTIMIZERS[name].facts["takes"]]


def optimizer(parameters: list[nn.Parameter], options: FitOptions) -> Optimizer:
    """Return the optimizer that `options` name, for `parameters`.

    Raises:
        InputError: see `check_optimizer`.
    """
    check_optimizer(options)
    _spare_the_compiler()
    entry = OPTIMIZERS[options.optimizer]
    settings = {**entry.facts["preset"], **options.of_optimizer(), "weight_decay": options.weight_decay}
    if entry.make in _FUSED and all(p.is_floating_point() and p.device.type in ("cpu", "cuda") for p in parameters):
        settings["fused"] = True
    lr: float | Tensor = learning_rate(options)
    if options.engine == "graph":
        lr = torch.tensor(lr, device=parameters[0].device)
        settings |= _CAPTURABLE.get(entry.make, {})
    made = entry.make(parameters, lr=lr, **settings)  # type: ignore[call-arg]
    if "torch._dynamo" not in sys.modules:
        made.step = MethodType(_step_alone, made)  # type: ignore[method-assign]
    return made


def remember(optimizer: Optimizer, state: Mapping[str, Any]) -> None:
    """Let an optimizer go on from a `state_dict` of one like it; its rate, and how it computes, stay its own.

    Raises:
        InputError: it is of another kind of optimizer, or of other groups of parameters.
    """
    given = copy.deepcopy(dict(state))
    groups = given["param_groups"]
    if len(groups) != len(optimizer.param_groups) or not all(map(_are_alike, groups, optimizer.param_groups)):
        problem = _("The state is of another optimizer than {name}, or of other groups of parameters.")
        raise other_state(problem.format(name=type(optimizer).__name__))
    for group, own in zip(groups, optimizer.param_groups, strict=True):
        group |= {key: own[key] for key in _OWN if key in own}
    optimizer.load_state_dict(given)


def _are_alike(given: Mapping[str, Any], own: Mapping[str, Any]) -> bool:
    """Tell whether two groups are of optimizers of one kind, and of as many parameters; older ones say less."""
    takes, has = ([name for name in OF_OPTIMIZERS if name in group] for group in (own, given))
    decoupled = own.get("decoupled_weight_decay")
    alike = given.get("decoupled_weight_decay", decoupled) == decoupled  # which tells AdamW from Adam
    return alike and takes == has and len(given["params"]) == len(own["params"])


def _step_alone(made: Optimizer, closure: Callable[[], float] | None = None) -> float | None:
    """Take the step of an optimizer as its own class computes it.

    `Optimizer.step` wraps that in marks for PyTorch's compiler, which it imports for them. It also calls hooks; where
    there are any, it is the one to step.
    """
    if "torch._dynamo" in sys.modules or _has_hooks(made):
        return type(made).step(made, closure)
    with torch.no_grad():
        stepped: float | None = unwrap(type(made).step)(made, closure)
        return stepped


def _has_hooks(made: Optimizer) -> bool:
    own = made._optimizer_step_pre_hooks or made._optimizer_step_post_hooks
    return bool(own or shared._global_optimizer_pre_hooks or shared._global_optimizer_post_hooks)
