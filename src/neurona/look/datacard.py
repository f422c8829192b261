"""The data card: what a run was trained on, and how a person's columns became the numbers that the net saw."""

from __future__ import annotations

from collections.abc import Sequence

from neurona.data.class_names import spoken
from neurona.data.column_names import spoken_columns
from neurona.data.dataset import SELF_SUPERVISED, SPLITS
from neurona.data.inputs import Category, Column, Columns, Date, Pixels, Steps, Tokens
from neurona.data.split_names import split_name
from neurona.language import _
from neurona.look.page import Section, Table
from neurona.look.words import SIGNS, number, percent, task_name
from neurona.run import Run

MOST_NAMES = 30
MOST_ROWS = 60


def data_card(run: Run) -> Section:
    """Return where the data of a run come from, how many there are, and what was done to them."""
    data = run.recipe.data
    facts = [
        (_("data"), str(data.get("name") or data.get("path") or _("made in Python"))),
        (_("task"), task_name(run.task.name)),
        (_("samples"), ", ".join(f"{split_name(split)} {number(run.samples[split])}" for split in SPLITS)),
        (_("features"), number(len(run.inputs.names))),
    ]
    if run.target.names and run.target.names != run.target.classes:
        title = _("labels, not shown to the net") if run.task.name in SELF_SUPERVISED else _("predicts")
        facts.append((title, _listed(spoken_columns(run.target.names, data.get("name")))))
    if (classes := run.target.classes) and run.task.name != "next-token":  # there they are the vocabulary
        title = _("labels") if run.task.name == "multilabel" else _("classes")
        facts.append((title, f"{len(classes)}: {_listed(_both(classes, spoken(classes, data.get('name'))))}"))
    if run.largest_class:
        facts.append((_("largest class"), percent(run.largest_class)))
    facts += [(_("target, mean and scale"), _scaling(run))] if run.target.scale else []
    tables = []
    if isinstance(run.inputs, Columns):
        tables.append(_columns(run.inputs, data.get("name")))
        if run.inputs.features:
            tables.append(_features(run.inputs))
    elif isinstance(run.inputs, Pixels):
        facts += _pixels(run.inputs)
        if augment := data.get("augment"):
            facts.append((_("augmentation, of train alone"), _listed(augment)))
    elif isinstance(run.inputs, Tokens):
        facts += _tokens(run.inputs)
    else:
        facts += _steps(run.inputs, data.get("name"))
    return Section(_("The data"), remarks=list(run.notes), facts=facts, tables=tables)


def _pixels(inputs: Pixels) -> list[tuple[str, str]]:
    shape = _("{shape} (channels, height, width)").format(shape=" × ".join(map(str, inputs.shape)))
    if inputs.size:
        shape += _(", resized to {size}").format(size=" × ".join(map(str, inputs.size)))
    scale, shift = (", ".join(map(number, values)) for values in (inputs.scale, inputs.shift))
    rule = _("byte × {scale} + {shift}").format(scale=scale, shift=shift)
    return [(_("pictures"), shape), (_("preprocessing"), rule)]


def _tokens(inputs: Tokens) -> list[tuple[str, str]]:
    units = {"character": _("characters"), "word": _("words"), "symbol": _("symbols")}
    vocabulary = _("{count} {units}: {names}").format(
        count=number(len(inputs.vocabulary) - 2),
        units=units[inputs.unit],
        names=_listed([SIGNS.get(symbol, symbol) for symbol in inputs.vocabulary[2:]]),
    )
    return [(_("vocabulary"), vocabulary), (_("longest sequence"), number(inputs.length))]


def _steps(inputs: Steps, dataset: str | None) -> list[tuple[str, str]]:
    text = _("at most {count} of {names}")
    steps = text.format(count=number(inputs.length), names=_listed(spoken_columns(inputs.names, dataset)))
    return [(_("steps"), steps), (_("columns of a table to predict"), ", ".join([*inputs.columns[:4], "…"]))]


def _both(names: Sequence[str], called: Sequence[str]) -> list[str]:
    """Return the names that files and options take, each with what people call it where that is another word."""
    return [name if name == said else f"{name} ({said})" for name, said in zip(names, called, strict=True)]


def _listed(names: Sequence[str]) -> str:
    shown = ", ".join(names[:MOST_NAMES])
    return shown if len(names) <= MOST_NAMES else f"{shown}, …"


def _scaling(run: Run) -> str:
    target = run.target
    names = spoken_columns(target.names, run.recipe.data.get("name"))
    triples = list(zip(names, target.mean, target.scale, strict=True))[:MOST_NAMES]
    return "; ".join(f"{name}: {number(mean)}, {number(scale)}" for name, mean, scale in triples)


def _columns(inputs: Columns, dataset: str | None) -> Table:
    columns = [column.name for column in inputs.columns[:MOST_ROWS]]
    names = _both(columns, spoken_columns(columns, dataset))
    rows = [(name, *_treatment(column)) for name, column in zip(names, inputs.columns, strict=False)]
    if len(inputs.columns) > MOST_ROWS:
        rows.append(("…", "", "", ""))
    header = (_("column"), _("kind"), _("how the net sees it"), _("when missing"))
    return Table(header, rows, _("Preprocessing, fitted on train alone"), left=4)


def _features(inputs: Columns) -> Table:
    rows = []
    for feature, formula in zip(inputs.features[:MOST_ROWS], inputs.formulas, strict=False):
        scaled = _standardised(feature.mean, feature.scale)
        plain = feature.mean == 0 and feature.scale == 1
        told = _("as the column") if formula.text in inputs.blocks else _("as it is") if plain else scaled
        rows.append((feature.formula, told))
    if len(inputs.features) > MOST_ROWS:
        rows.append(("…", ""))
    header = (_("feature"), _("how the net sees it"))
    return Table(header, rows, _("Features, computed from the columns in their own units"), left=2)


def _standardised(mean: float, scale: float) -> str:
    said = _("(value + {mean}) / {scale}") if mean < 0 else _("(value − {mean}) / {scale}")
    return said.format(mean=number(abs(mean)), scale=number(scale))


def _treatment(column: Column) -> tuple[str, str, str]:
    if isinstance(column, Category):
        seen = _("one of {count}: {values}").format(count=len(column.values), values=_listed(column.values[:8]))
        return _("category"), seen, _("all zeros")
    scaled = _standardised(column.mean, column.scale)
    if isinstance(column, Date):
        circle = _("years since 2000 {scaled}; month and weekday on a circle").format(scaled=scaled)
        return _("date"), circle, number(column.fill)
    plain = column.mean == 0 and column.scale == 1
    return _("number"), _("as it is") if plain else scaled, number(column.fill)
