"""The controls of the page: what a recipe can be told, each with its present value and a line that explains it."""

from __future__ import annotations

import types
from collections.abc import Iterable, Mapping
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from torch import nn

from neurona.data import DATASETS
from neurona.data.dataset import Dataset
from neurona.fit.fit import Fit
from neurona.fit.optim import OPTIMIZERS, learning_rate
from neurona.fit.options import FitOptions
from neurona.language import _
from neurona.nets import ACTIVATIONS, INITIALISATIONS, NETS
from neurona.recipe import Recipe
from neurona.registry import Registry
from neurona.studio.words import explanation, label

Control = dict[str, Any]

RATES = (0.0001, 0.0003, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0)
BATCHES = ("auto", "full", 1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024)
DECAYS = (0.0, 0.0001, 0.001, 0.01, 0.1)
LISTS: Mapping[str, Registry[Any]] = {"activation": ACTIVATIONS, "init": INITIALISATIONS, "optimizer": OPTIMIZERS}
# Their ends are for the slider alone; a number that is typed may lie beyond.
SLIDERS = {"noise": (0.0, 1.0, 0.01), "dropout": (0.0, 0.9, 0.05), "valid": (0.0, 0.5, 0.05), "test": (0.0, 0.5, 0.05)}

# An option whose label speaks of another stands beside it.
BESIDE = {"embedding_dropout": "embedding"}


def controls(recipe: Recipe, fit: Fit) -> dict[str, list[Control]]:
    """Return the controls of data, net and fit."""
    return {"data": list(_data(recipe, fit.data)), "net": list(_net(recipe, fit)), "fit": list(_fit(recipe, fit))}


def _data(recipe: Recipe, data: Dataset) -> Iterable[Control]:
    name = recipe.data.get("name")
    if name is not None:
        yield from _options("data", DATASETS[name].options.model_fields, recipe.data, leave=("seed",))
    for share in ("valid", "test"):
        yield _number("data", share, recipe.data.get(share, 0.15), whole=False)
    yield _number("data", "seed", recipe.data.get("seed", 0), whole=True)


def _net(recipe: Recipe, fit: Fit) -> Iterable[Control]:
    kind = recipe.net.get("kind", "mlp")
    yield _choice("net", "kind", [entry.name for entry in NETS], kind)
    leave: tuple[str, ...] = ("hidden",) if kind == "mlp" else ()
    if not any(isinstance(module, nn.Embedding) for module in fit.net.modules()):
        leave += ("embedding", "embedding_dropout")  # what is read are numbers already, and no token
    yield from _options("net", NETS[kind].options.model_fields, recipe.net, leave=leave)


def _fit(recipe: Recipe, fit: Fit) -> Iterable[Control]:
    options = recipe.fit
    yield _choice("fit", "optimizer", [entry.name for entry in OPTIMIZERS], options.optimizer)
    yield _choice("fit", "lr", RATES, learning_rate(options), free=True)
    yield _choice("fit", "schedule", get_args(FitOptions.model_fields["schedule"].annotation), options.schedule)
    yield _choice("fit", "batch", BATCHES, options.batch, free=True) | {"now": fit.batches.size}
    yield _number("fit", "epochs", options.epochs, whole=True)
    yield _choice("fit", "weight_decay", DECAYS, options.weight_decay, free=True)
    if "momentum" in OPTIMIZERS[options.optimizer].facts["takes"]:
        preset = OPTIMIZERS[options.optimizer].facts["preset"].get("momentum", 0.0)
        yield _number("fit", "momentum", preset if options.momentum is None else options.momentum, whole=False)
    yield _number("fit", "seed", options.seed, whole=True)


def _options(section: str, fields: Mapping[str, Any], given: Mapping[str, Any], leave: tuple[str, ...]) -> Any:
    """Yield a control for each option of a dataset or a kind of net that a single control can show."""
    names = list(fields)
    for name in sorted(names, key=lambda one: names.index(BESIDE.get(one) or one)):
        field = fields[name]
        value = given.get(name, field.default)
        kind = _kind(field.annotation)
        if name in leave or (value is None and kind is not int):
            continue
        if name in LISTS and isinstance(value, str):
            first = ["default"] if name == "init" else []
            yield _choice(section, name, [*first, *(entry.name for entry in LISTS[name])], value)
        elif isinstance(kind, tuple):
            yield _choice(section, name, kind, value)
        elif kind is bool:
            yield _control(section, name, "switch", value)
        elif kind in (int, float):
            yield _number(section, name, value, whole=kind is int)


def _kind(annotation: Any) -> Any:
    """Return int, float, bool, the values of a Literal, or None for what a single control cannot show."""
    origin = get_origin(annotation)
    if origin is Annotated:
        return _kind(get_args(annotation)[0])
    if origin is Literal:
        return get_args(annotation)
    if origin in (Union, types.UnionType):
        kinds = [_kind(part) for part in get_args(annotation) if part is not type(None)]
        return kinds[0] if len(kinds) == 1 else None
    return annotation if annotation in (int, float, bool) else None


def _number(section: str, name: str, value: Any, *, whole: bool) -> Control:
    low, high, step = SLIDERS.get(name, (None, None, 1 if whole else "any"))
    return _control(section, name, "number", value) | {
        "low": low,
        "high": high,
        "step": step,
        "optional": value is None,
    }


def _choice(section: str, name: str, values: Iterable[Any], value: Any, *, free: bool = False) -> Control:
    options = list(values)
    if value not in options:
        options = sorted([*options, value], key=lambda one: (isinstance(one, int | float), one))
    return _control(section, name, "choice", value) | {"options": options, "free": free}


def _control(section: str, name: str, kind: str, value: Any) -> Control:
    return {
        "key": f"{section}.{name}",
        "kind": kind,
        "value": value,
        "label": label(name),
        "help": explanation(f"{section}.{name}"),
    }


def catalogue() -> dict[str, dict[str, str]]:
    """Return a line about each name that can be chosen: activations, kinds of net, optimizers."""
    registries: Mapping[str, Registry[Any]] = {
        "activation": ACTIVATIONS,
        "kind": NETS,
        "optimizer": OPTIMIZERS,
        "init": INITIALISATIONS,
    }
    return {noun: {entry.name: _(entry.summary) for entry in registry} for noun, registry in registries.items()}
