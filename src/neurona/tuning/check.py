"""What is wrong with a search is said before it begins: keys, values and the metric that trials are judged by."""

from __future__ import annotations

import random
import re
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from neurona.errors import InputError, NeuronaWarning, nearest
from neurona.language import _
from neurona.override import as_changes
from neurona.recipe import Recipe
from neurona.tuning.space import Parameter, Range, Space, shown
from neurona.written import dotted, usual

if TYPE_CHECKING:
    from neurona.data import Dataset
    from neurona.fit.fit import Fit

# How many combinations are tried before a value counts as one that never works.
TRIES = 24


def fitted(space: Space, recipe: Recipe, data: Callable[[Recipe], Dataset]) -> Space:
    """Return `space` with whole numbers where a key takes them alone, after trying each value in the recipe.

    What a value makes the recipe leave out, such as an option that another optimizer does not take, is warned of.

    Args:
        space: as it was given.
        recipe: what is searched.
        data: returns the data of a recipe.

    Raises:
        InputError: a key is unknown, or there is a value with which the recipe is wrong whatever the others are.
    """
    for parameter in space.parameters:
        if isinstance(parameter, Range) and parameter.whole:
            space = _of_its_kind(parameter, space, recipe, data)
    alone = [
        (parameter, value, _works(recipe, {parameter.key: value}, data))
        for parameter in space.parameters
        for value in parameter.tried
    ]
    # What is wrong by itself comes first: with a key that is unknown, every value of the others is wrong too.
    for parameter, value, wrong in sorted(alone, key=lambda one: one[2] is None):
        _check_value(parameter, value, wrong, space, recipe, data)
        with suppress(InputError):  # it is right together with others, each of which has a value of its own
            recipe.with_changes({**dict.fromkeys(space.keys), **as_changes({parameter.key: value})})
    return space


def _of_its_kind(parameter: Range, space: Space, recipe: Recipe, data: Callable[[Recipe], Dataset]) -> Space:
    """Return the space with real numbers in a range of whole ones, where its key takes a number between two."""
    works = _works(recipe, {parameter.key: parameter.middle}, data)
    return space.real(parameter.key) if works is None else space


def _check_value(
    parameter: Parameter,
    value: Any,
    alone: InputError | None,
    space: Space,
    recipe: Recipe,
    data: Callable[[Recipe], Dataset],
) -> None:
    """Look for a combination with `value` that works; `alone` says what is wrong with it by itself.

    Raises:
        InputError: none of those that were tried does; the error is that of the value alone, or of the first one.
    """
    others = [one for one in space.parameters if one.key != parameter.key]
    if alone is None and not others:
        return
    first = None
    for combination in _combinations(others, recipe):
        found = _works(recipe, {**combination, parameter.key: value}, data)
        if found is None:
            return
        first = first or found
    error = alone or first
    assert error is not None
    if not others or alone is not None:
        raise error
    what = _("With {key} = {value} every combination that was tried is wrong: {problem}")
    hint = _("Leave out that value, or one of the other keys: {keys}.").format(keys=", ".join(o.key for o in others))
    raise InputError(what.format(key=parameter.key, value=shown(value), problem=error.problem), hint) from error


def _combinations(others: list[Parameter], recipe: Recipe) -> Iterator[dict[str, Any]]:
    """Yield values of the others: first those of the recipe itself where they are among them, then random ones."""
    own = values_of(recipe)
    yield {one.key: _own(one, own) for one in others}
    chance = random.Random(0)
    for _try in range(TRIES if others else 0):
        yield {one.key: chance.choice(one.tried) for one in others}


def _own(parameter: Parameter, own: Mapping[str, Any]) -> Any:
    drawn = parameter.drawn(own[parameter.key]) if parameter.key in own else None
    return parameter.tried[0] if drawn is None else parameter.value(drawn)


def _works(recipe: Recipe, changes: Mapping[str, Any], data: Callable[[Recipe], Dataset]) -> InputError | None:
    """Return what is wrong with the recipe when `changes` are made; None where nothing is."""
    try:
        started(recipe, changes, data)
    except InputError as error:
        return error
    return None


def started(recipe: Recipe, changes: Mapping[str, Any], data: Callable[[Recipe], Dataset]) -> Fit:
    """Return the fit of the recipe with `changes`, which has not begun."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", NeuronaWarning)
        changed = recipe.with_changes(as_changes(changes))
        return changed.start(data(changed))


def values_of(recipe: Recipe) -> dict[str, Any]:
    """Return the values that a recipe has, by dotted key: those that are set, and the usual ones."""
    written = recipe.to_dict()
    return {**usual(written), **dotted(written), "fit.epochs": recipe.fit.epochs}  # the sum of its stages


# ---------------------------------------------------------------------- the metric


def metric_of(recipe: Recipe, metric: str | None, space: Space, data: Callable[[Recipe], Dataset]) -> str:
    """Return what trials are judged by: `metric`, or what the recipe monitors where that is on validation.

    Raises:
        InputError: it is not on validation, there are no validation samples, or it does not compare trials.
    """
    chosen = metric or (recipe.fit.monitor if recipe.fit.monitor.startswith("valid.") else "valid.loss")
    split, _dot, name = chosen.partition(".")
    if split != "valid":
        problem = _("--metric {metric}: trials are judged on validation.").format(metric=chosen)
        hint = _("Write --metric valid.{name}: train flatters nets that overfit, and test is kept for the best one.")
        raise InputError(problem, hint.format(name=name or split))
    fit = started(recipe, {}, data)
    if not len(fit.data.valid):
        problem = _("{name} has no validation samples, on which trials are judged.").format(name=recipe.name)
        raise InputError(problem, _("Write --set data.valid=0.2"))
    if metric is None and fit.task.name == "adversarial":
        problem = _("The two players of a GAN are judged by each other, so that no loss says which trial is better.")
        raise InputError(problem, _("Search something else, or look at pictures: neurona compare shows them."))
    wrong = _works(recipe, {"fit.monitor": chosen}, data)
    if wrong is not None:
        problem = _("--metric {metric}: there is no such metric.").format(metric=chosen)
        known = re.findall(r"valid\.\w+", wrong.hint)  # it names those on train too
        raise InputError(problem, nearest(chosen, known))
    if name == "loss" and "fit.loss" in space.keys:
        problem = _("Trials with different fit.loss cannot be judged by the loss.")
        raise InputError(problem, _("Write --metric valid.{name}").format(name=fit.task.main))
    return chosen
