"""What is registered by name, read from the sources: a list of it needs neither PyTorch nor the time that it takes.

A registration stands in the sources as a decorator, `@NETS.register("mlp", "a sentence", ...)`, or in a loop over a
table whose rows are written out. What stands there is what importing would register; a test compares the two.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from inspect import Parameter, Signature
from pathlib import Path
from typing import Any

SOURCES = Path(__file__).parent
# Where things are registered. The first ones are listed first.
ROOMS = {
    "DATASETS": ("data/synthetic.py", "data/embedded.py", "data/*.py"),
    "NETS": ("nets/dense.py", "nets/conv.py", "nets/*.py"),
    "LAYERS": ("nets/layers.py",),
    "CHANGES": ("data/augment.py",),
    "ACTIVATIONS": ("nets/activations.py",),
    "OPTIMIZERS": ("fit/optim.py",),
    "LOSSES": ("tasks/losses.py",),
    "INITIALISATIONS": ("nets/initialise.py",),
}
# What `neurona.nets.Fitting` tells a net of the data, and layers and augmentations are told: no recipe gives these.
GIVEN = ("features", "shape", "outputs", "tokens", "steps")
HAS_DEFAULT = object()


@dataclass(frozen=True)
class Registration:
    """What the sources say of something that has a name.

    Attributes:
        name: it.
        summary: one English sentence, or a formula.
        facts: what else is registered of it, as far as it is written out.
        signature: of the function that makes it; empty where that is not one of ours.
        room: the module that it stands in, such as "dense".
    """

    name: str
    summary: str
    facts: Mapping[str, Any]
    signature: Signature
    room: str

    @property
    def options(self) -> list[str]:
        """The names of the options that a recipe may give."""
        return [name for name in self.signature.parameters if name not in GIVEN]

    @property
    def usage(self) -> str:
        """How it is written in words."""
        return usage(self.name, self.signature)


def usage(word: str, signature: Signature) -> str:
    """Return how a layer or an augmentation is written: "conv CHANNELS KERNEL [stride N] [pad N]"."""
    written = [word]
    for name, parameter in signature.parameters.items():
        if name in GIVEN:
            continue
        if parameter.kind is parameter.KEYWORD_ONLY:
            written.append(f"[{name} N]")
        else:
            written.append(name.upper() if parameter.default is parameter.empty else f"[{name.upper()}]")
    return " ".join(written)


@cache
def registered(registry: str) -> tuple[Registration, ...]:
    """Return what is registered in a registry, such as "NETS"."""
    paths = dict.fromkeys(path for room in ROOMS[registry] for path in sorted(SOURCES.glob(room)))
    found: list[Registration] = []
    for path in paths:
        text = path.read_text(encoding="utf-8")
        if f"{registry}.register(" in text:
            found += _read(ast.parse(text), registry, path.stem)
    return tuple(found)


def _read(module: ast.Module, registry: str, room: str) -> Iterator[Registration]:
    for statement in module.body:
        if isinstance(statement, ast.FunctionDef):
            for decorator in statement.decorator_list:
                if _registers(decorator, registry):
                    yield _registration(decorator, {}, _signature(statement), room)
        elif isinstance(statement, ast.For):
            yield from _tabled(statement, registry, room)


def _tabled(loop: ast.For, registry: str, room: str) -> Iterator[Registration]:
    """Read a loop over a table, each of whose rows is registered."""
    calls = [node for node in ast.walk(loop) if _registers(node, registry)]
    if not calls or not isinstance(loop.iter, ast.Tuple) or not isinstance(loop.target, ast.Tuple):
        return
    names = [target.id for target in loop.target.elts if isinstance(target, ast.Name)]
    for row in loop.iter.elts:
        if isinstance(row, ast.Tuple):
            yield _registration(calls[0], dict(zip(names, row.elts, strict=True)), Signature(), room)


def _registers(node: ast.AST, registry: str) -> bool:
    return isinstance(node, ast.Call) and ast.unparse(node.func) == f"{registry}.register"


def _registration(call: Any, row: Mapping[str, ast.expr], signature: Signature, room: str) -> Registration:
    """Return what a call of `register` says, whose arguments are constants or names of what is in `row`."""
    name, summary = (_value(written, row) for written in call.args)
    facts = {}
    for fact in call.keywords:
        with suppress(ValueError):  # one that is computed stays out
            facts[fact.arg] = _value(fact.value, row)
    return Registration(name, summary, facts, signature, room)


def _value(written: ast.expr, row: Mapping[str, ast.expr]) -> Any:
    return ast.literal_eval(row.get(written.id, written) if isinstance(written, ast.Name) else written)


def _signature(function: ast.FunctionDef) -> Signature:
    """Return the names, kinds and presence of defaults of a function's parameters."""
    given, positional = function.args, [*function.args.posonlyargs, *function.args.args]
    needed = len(positional) - len(given.defaults)
    parameters = [
        Parameter(one.arg, Parameter.POSITIONAL_OR_KEYWORD, default=Parameter.empty if place < needed else HAS_DEFAULT)
        for place, one in enumerate(positional)
    ]
    for one, default in zip(given.kwonlyargs, given.kw_defaults, strict=True):
        parameters.append(
            Parameter(one.arg, Parameter.KEYWORD_ONLY, default=Parameter.empty if default is None else HAS_DEFAULT)
        )
    return Signature(parameters)
