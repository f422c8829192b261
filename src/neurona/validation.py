"""Turns pydantic's findings into sentences that say which key is wrong, what it was, and what to write instead."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from datetime import date, time
from os import PathLike
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from neurona.errors import InputError, nearest
from neurona.language import _, one_or_many

# So many bytes the name of a file may have on the usual file systems.
LONGEST_NAME = 255


def explain(error: ValidationError, where: str = "", known: Sequence[str] = ()) -> InputError:
    """Return the first finding of `error` as an `InputError`.

    Args:
        error: what pydantic raised.
        where: dotted path of the section, such as "fit"; each key is shown below it ("fit.lr").
        known: the keys that the section has, to name the nearest to an unknown one.
    """
    finding = _telling(error)
    kind, given, context = finding["type"], finding.get("input"), finding.get("ctx", {})
    path = _path(finding)
    key = ".".join(([where] if where else []) + path)
    if kind == "extra_forbidden":
        return KeyedError(key, _("{key} is not a known key.").format(key=key), nearest(path[-1], known))
    if kind == "missing":
        return KeyedError(key, _("{key} is missing.").format(key=key), _("Give it a value."))
    problem = _("{key} = {given} is not valid.").format(key=key, given=shown(given))
    return KeyedError(key, problem, _sentence(kind, context, finding["msg"], path[-1] if path else ""))


def plain(value: Any) -> Any:
    """Return what a program gave as TOML would have it: lists and numbers for what NumPy, pandas and PyTorch hold.

    A device or a type of PyTorch becomes its name: "cuda:1", "float32", "channels-last".
    """
    if isinstance(value, Mapping):
        return {key: plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [plain(inner) for inner in value]
    if callable(getattr(value, "tolist", None)):
        return value.tolist()
    if type(value).__module__ == "torch":
        return str(value).removeprefix("torch.").replace("_", "-")
    return value


def as_path(given: Any, key: str) -> Path:
    """Return a path that a program gave as `key`.

    Raises:
        InputError: it is none.
    """
    if isinstance(given, str | PathLike):
        return _of_a_length(given)
    problem = _("{key} = {given} is not valid.").format(key=key, given=shown(given))
    raise InputError(problem, _("It must be {words}.").format(words=_('a path, such as "runs/mine"')))


def _of_a_length(given: str | PathLike[str]) -> Path:
    """Return a path; raise an `InputError` where a name in it is longer than any file has."""
    path = Path(given)
    if any(len(os.fsencode(part)) > LONGEST_NAME for part in path.parts):
        problem = _("{given} is too long for a name or a path.").format(given=shown(str(given)))
        raise InputError(problem, _("What a file holds is not given itself: write it to a file, and give its path."))
    return path


def require_keys(given: Any, verb: str, example: str) -> None:
    """Raise an `InputError` unless `given` is a dictionary whose keys are text; `verb` is what takes it, in code."""
    if isinstance(given, Mapping) and all(isinstance(key, str) for key in given):
        return
    problem = _("{verb} takes a dictionary whose keys are text, and was given {given}.")
    hint = _("Write {written}.").format(written=f"{verb}({example})")
    raise InputError(problem.format(verb=verb, given=shown(given)), hint)


def require_path(what: Any, verb: str) -> None:
    """Raise an `InputError` where `what` is no name or path; `verb` is what was to be done, in code.

    A table or an array in memory could not be loaded again, which going on with a run and its report need.
    """
    if not isinstance(what, str | PathLike):
        problem = _("{verb} takes a name or the path of a file, and was given a {kind}.")
        raise InputError(problem.format(verb=verb, kind=type(what).__name__), _instead_of(what, verb))
    _of_a_length(what)


def require_trainable(what: Any, verb: str) -> None:
    """Raise an `InputError` where `what`, which is no `Recipe`, is no name or path; `verb` as for `require_path`."""
    if isinstance(what, str | PathLike):
        _of_a_length(what)
        return
    problem = _("{verb} takes a name, the path of a file or a Recipe, and was given a {kind}.")
    hint = _instead_of(what, verb)
    if isinstance(what, Mapping):
        hint = _("Write {written}.").format(written=f"{verb}(nr.Recipe.of({{...}}))")
    elif hasattr(type(what), "recipe"):
        hint = _("Give the recipe that it was made by: {written}.").format(written=f"{verb}(run.recipe)")
    raise InputError(problem.format(verb=verb, kind=type(what).__name__), hint)


def _instead_of(what: Any, verb: str) -> str:
    """Return the hint for whoever gave `what`, which is no path."""
    if hasattr(what, "train"):
        return _("A net of yours trains on a Dataset so: nr.Fit(net, data).")
    if not hasattr(what, "shape") and not isinstance(what, tuple | list):
        return _("Write {verb}('spiral'), or {verb}('my.csv', target='y').").format(verb=verb)
    written = 'pandas.DataFrame(x).add_prefix("x").assign(y=y).to_parquet("my.parquet")'
    if hasattr(what, "to_parquet"):
        written = 'frame.to_parquet("my.parquet")'
    hint = _("Write a table of it first, {written}, and give that: {verb}('my.parquet', target='y').")
    return hint.format(written=written, verb=verb)


def require_written(key: str, value: Any) -> None:
    """Raise an `InputError` where TOML cannot hold the value of a key, such as a module of PyTorch."""
    if not _is_written(value):
        problem = _("{key} = {given} is not valid.").format(key=key, given=shown(value))
        hint = _("A recipe holds text, numbers, true and false, lists and tables of these, as in {example}.")
        raise KeyedError(key, problem, hint.format(example='net.activation = "relu"'))


def _is_written(value: Any) -> bool:
    if isinstance(value, Mapping):
        return all(isinstance(key, str) and _is_written(inner) for key, inner in value.items())
    if isinstance(value, list | tuple):
        return all(map(_is_written, value))
    return value is None or isinstance(value, str | int | float | PathLike | date | time)


def unchangeable(key: str, value: Any) -> InputError:
    """Return the error of who sets `key` of a recipe, or of the options of a fit, to `value`."""
    problem = _("{key} cannot be set here: recipes, and the options of a fit, stay as they were made.").format(key=key)
    written = f'recipe.with_changes({{"{key}": {shown(value)}}})'
    if key != "fit.lr":
        return InputError(problem, _("Write {written}.").format(written=written))
    other = f'fit.players[0].optimizer.param_groups[0]["lr"] = {shown(value)}'
    return InputError(problem, _("Write {written}; in the loop of a fit {other}.").format(written=written, other=other))


def shown(given: Any) -> str:
    """Return what was given, as code, and not more of it than fits in a line."""
    text = repr(given)
    return text if len(text) <= 60 else text[:57] + "..."


class KeyedError(InputError):
    """An `InputError` about one key of a recipe, so that the reader of a file can add the line number."""

    def __init__(self, key: str, problem: str, hint: str = "") -> None:
        super().__init__(problem, hint)
        self.key = key


# pydantic adds the alternative of a union that it tried to the path, such as ("batch", "constrained-int").
_ALTERNATIVE = re.compile(r"(constrained-)?(int|float|str|bool)|(literal|list|tuple|dict)\[.*\]")


def _path(finding: Any) -> list[str]:
    return [str(part) for part in finding["loc"] if not _ALTERNATIVE.fullmatch(str(part))]


def _telling(error: ValidationError) -> Any:
    """Return the first finding, or a later one that says more.

    That is an unknown key where one is missing, for it may be the missing one misspelt; and of the alternatives of
    one key, the one that suits what was given.
    """
    findings = error.errors(include_url=False)
    unknown = [finding for finding in findings if finding["type"] == "extra_forbidden"]
    if findings[0]["type"] == "missing" and unknown:
        return unknown[0]
    same = [finding for finding in findings if _path(finding) == _path(findings[0])]
    named = [finding for finding in same if finding["type"] == "literal_error" and isinstance(finding["input"], str)]
    return (named or same)[0]


# What is written for keys that many people meet.
_EXAMPLES = {
    "optimizer": '"adam"',
    "loss": '"mse"',
    "device": '"cpu"',
    "monitor": '"valid.loss"',
    "activation": '"relu"',
    "hidden": "[100, 50]",
    "missing": '["NP", "-99"]',
    "betas": "[0.9, 0.999]",
    "frozen": '["trunk.*"]',
    "stages": "[{epochs = 5, lr = 0.01}, {epochs = 20}]",
}


def _sentence(kind: str, context: dict[str, Any], message: str, key: str) -> str:
    if kind == "greater_than":
        return _("It must be greater than {gt}.").format(**context)
    if kind == "greater_than_equal":
        return _("It must be at least {ge}.").format(**context)
    if kind == "less_than":
        return _("It must be less than {lt}.").format(**context)
    if kind == "less_than_equal":
        return _("It must be at most {le}.").format(**context)
    if kind == "too_short":
        return one_or_many(
            context["min_length"],
            _("It must hold at least {min_length} value."),
            _("It must hold at least {min_length} values."),
        ).format(**context)
    if kind == "literal_error":
        return _("It must be one of: {expected}.").format(expected=context["expected"].replace(" or ", ", "))
    if kind == "finite_number":
        return _("It must be a finite number.")
    if kind == "value_error":
        return str(context["error"])
    wanted = {
        "int": _("a whole number, such as 10"),
        "float": _("a number, such as 0.01"),
        "bool": _("true or false"),
        "string": _("text in quotes"),
        "list": _("a list"),
        "tuple": _("a list"),
        "dict": _("a table of keys and values"),
        "model": _("a table of keys and values"),
    }
    for prefix, words in wanted.items():
        if kind.startswith(prefix) and prefix in ("string", "list", "tuple") and key in _EXAMPLES:
            return _("It must be {words}, such as {example}.").format(words=words, example=_EXAMPLES[key])
        if kind.startswith(prefix):
            return _("It must be {words}.").format(words=words)
    return message
