"""The features that a net sees of a table, where they are not its columns as they stand."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Annotated, Any, NamedTuple

from pydantic import BeforeValidator
from torch import Tensor

from neurona.data.columns import Columns, Feature
from neurona.data.dataset import SPLITS
from neurona.data.formulas import KEY, Formula
from neurona.data.split_names import split_name
from neurona.data.splits import SplitOptions
from neurona.language import _, one_or_many
from neurona.validation import KeyedError

MOST, SHOWN = 1000, 12


def _texts(given: Any) -> Any:
    if not isinstance(given, list) or not given or not all(isinstance(one, str) for one in given):
        raise ValueError(_('It must be a list of columns and formulas, such as ["x1", "x1^2", "sin(3*x1)"].'))
    if len(given) > MOST:
        raise ValueError(_("It must hold at most {most} features.").format(most=MOST))
    texts = [one.strip() for one in given]
    twice = next((one for i, one in enumerate(texts) if one in texts[:i]), None)
    if twice is not None:
        raise ValueError(_("{name!r} stands there twice.").format(name=twice))
    return texts


class ColumnOptions(SplitOptions):
    """The options that every dataset of columns takes.

    Attributes:
        features: what the net sees: columns, and formulas over columns of numbers (`data.formulas`); None for each
            column as it stands. Formulas are standardised on train unless `standardise` is false.
    """

    features: Annotated[list[str], BeforeValidator(_texts)] | None = None


class Standardise(NamedTuple):
    """Whether columns of numbers, and formulas over them, are brought to mean 0 and deviation 1."""

    columns: bool
    formulas: bool


def read_formulas(texts: Sequence[str], kinds: Mapping[str, str]) -> list[Formula]:
    """Read features over columns of these `kinds`: "number", or another that formulas cannot compute with.

    Raises:
        InputError: a feature is no column and no formula over columns of numbers.
    """
    formulas = [Formula.read(text, kinds) for text in texts]
    for formula in formulas:
        wrong = [name for name in formula.reads if kinds[name] != "number" and formula.column is None]
        if wrong:
            problem = _("{key}: {formula!r} computes with {name!r}, which is no column of numbers.")
            said = problem.format(key=KEY, formula=formula.text, name=wrong[0])
            raise KeyedError(KEY, said, _("Name that column alone, or compute with others."))
    return formulas


def with_features(
    columns: Columns,
    texts: Sequence[str],
    parts: Sequence[Tensor],
    standardise: Standardise,
    place: Callable[[int, int], str],
) -> Columns:
    """Return the preprocessing with features, whose mean and deviation are those on train.

    Args:
        columns: how columns are encoded, numbers as they are.
        texts: the features.
        parts: encoded rows of train, valid and test, `(n, width)` each.
        standardise: what of it is.
        place: says where a row stands, given the number of its part and its own in there.

    Raises:
        InputError: a feature is none, or is no finite number for some row.
    """
    read_formulas(texts, {column.name: column.kind for column in columns.columns})
    found = replace(columns, features=tuple(Feature(text) for text in texts))
    for number, part in enumerate(parts):
        found.require_finite(part, lambda row, number=number: place(number, row))  # type: ignore[misc]
    measured = found.measured(parts[0])
    chosen = [
        _fitted(formula, measured)
        if formula.text not in found.blocks and (standardise.columns if formula.column else standardise.formulas)
        else Feature(formula.text)
        for formula in found.formulas
    ]
    return replace(found, features=tuple(chosen))


def _fitted(formula: Formula, measured: Mapping[str, Tensor]) -> Feature:
    values = formula.values(measured).numpy()
    return Feature(formula.text, float(values.mean()), float(values.std()) or 1.0)


def place_of_sample(part: int, row: int) -> str:
    """Say where a sample stands in a dataset that has no lines."""
    return _("sample {row} of {part}").format(row=row, part=split_name(SPLITS[part]))


def note(columns: Columns) -> str:
    """Return a sentence about what the net sees."""
    names = list(columns.names)
    sentence = one_or_many(
        len(names), _("The net sees {count} feature: {names}."), _("The net sees {count} features: {names}.")
    )
    return sentence.format(count=len(names), names=", ".join([*names[:SHOWN], *(["…"] if len(names) > SHOWN else [])]))
