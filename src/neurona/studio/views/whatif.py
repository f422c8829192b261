"""What if: a row of a table whose values a person changes, and what the net answers then."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from torch import Tensor

from neurona.data.inputs import Columns
from neurona.data.reader import is_table, open_table
from neurona.data.values import MISSING, Notation
from neurona.errors import InputError, nearest
from neurona.language import _
from neurona.studio import points
from neurona.studio.views.field import Field
from neurona.studio.views.picker import Picker
from neurona.studio.views.view import View
from neurona.studio.views.watched import Watched

TASKS = ("binary", "multiclass", "multilabel", "regression")
MOST_FIELDS, MOST_CURVES, LONGEST = 300, 6, 200


class WhatIf(View):
    """One row with a control for each of its columns, the answer to it, and how that changes along one column."""

    name = "whatif"

    @staticmethod
    def suits(seen: Watched) -> bool:
        """Tell whether classes or values are predicted from the rows of a table, and not from points alone."""
        own = Path(str(seen.data.origin.get("path", points.FILE))).name != points.FILE
        table = isinstance(seen.data.inputs, Columns) and (seen.plane is None or own)
        return table and seen.fit.task.name in TASKS

    @property
    def inputs(self) -> Columns:
        """The preprocessing of the table."""
        assert isinstance(self.seen.data.inputs, Columns)
        return self.seen.data.inputs

    @cached_property
    def fields(self) -> dict[str, Field]:
        """A control for each column that the net sees something of, the first 300 of them."""
        train, notation = self.seen.data.train.x, self._notation
        return {one.name: Field.of(one, self.inputs, train, notation) for one in self.inputs.read[:MOST_FIELDS]}

    @cached_property
    def _notation(self) -> Notation:
        """How the table writes its values."""
        origin = self.seen.data.origin
        decimal, path = origin.get("decimal"), Path(str(origin.get("path", "")))
        if decimal is None and is_table(path) and path.is_file():
            given = {key: origin[key] for key in ("delimiter", "encoding") if origin.get(key) is not None}
            decimal = open_table(path, **given).decimal
        return Notation((*MISSING, *map(str, origin.get("missing") or ())), decimal or ".")

    def described(self) -> dict[str, Any]:
        """Return the controls, how many columns there are, the decimal sign, and what is predicted."""
        labels = self.seen.called(self.fields)
        return {
            "fields": [
                {**one.described(), "label": label} for one, label in zip(self.fields.values(), labels, strict=True)
            ],
            "of": len(self.inputs.read),
            "decimal": self._notation.decimal,
            "targets": list(self.seen.targets) if not self.seen.data.classes else [],
            "range": self._range,
        }

    @cached_property
    def _range(self) -> list[list[float]] | None:
        """The least and the largest value of each target in train; None for classes."""
        if self.seen.data.classes:
            return None
        values = self._in_units(self.seen.data.train.y.double().numpy())
        return [[float(one.min()), float(one.max())] for one in values.T]

    # ------------------------------------------------------------------ what is asked

    def look(self, wish: Mapping[str, Any]) -> None:
        """Take another row (see `Picker.look`), which is as in the table; `set` its values; go `along` a column.

        Raises:
            InputError: there is no such row or column, or what is set is no text.
        """
        if "along" in wish:
            self.chosen["along"] = self._known(wish["along"])
        before = Picker(self.seen, self.chosen).number
        Picker(self.seen, self.chosen).look(wish)
        if "set" in wish:
            self.chosen["set"] = self._texts(wish["set"])
        elif Picker(self.seen, self.chosen).number != before:
            self.chosen.pop("set", None)

    def _known(self, name: Any) -> str:
        if not isinstance(name, str) or name not in self.fields:
            problem = _("There is no column {name!r} here.").format(name=name)
            raise InputError(problem, nearest(str(name), list(self.fields)))
        return name

    def _texts(self, given: Any) -> dict[str, str]:
        if not isinstance(given, Mapping) or not all(isinstance(text, str) for text in given.values()):
            raise InputError(_("What is set must be a text for each column."), _("Use the controls of the row."))
        return {self._known(name): text[:LONGEST] for name, text in given.items()}

    # ------------------------------------------------------------------ what is answered

    def frame(self) -> dict[str, Any]:
        """Return the row, the answer to it and to the row as in the table, and the answers along one column.

        An answer has a probability for each class or label, or a value in units for each target. There is none where a
        value cannot be read: what is wrong stands in its cell.
        """
        picker = Picker(self.seen, self.chosen)
        plain = self.seen.judged_by.x[picker.number : picker.number + 1]
        row, cells = self._changed(plain)
        sound = not any("problem" in cell for cell in cells)
        answer = self._answers(row)[0] if sound else None
        return {
            **picker.described(),
            "cells": cells,
            "answer": None if answer is None else _finite(answer),
            "before": _finite(self._answers(plain)[0]),
            "true": self._truth(picker.number),
            "along": self._along(row, answer) if answer is not None and self.fields else None,
        }

    def row(self) -> Tensor | None:
        """Return the encoded row, `(1, width)`, where its values were changed; None where it is as in the table.

        Raises:
            InputError: what was set cannot be read.
        """
        number = Picker(self.seen, self.chosen).number
        row, cells = self._changed(self.seen.judged_by.x[number : number + 1])
        if problem := next((cell for cell in cells if "problem" in cell), None):
            raise InputError(problem["problem"], problem["hint"])
        return row if any("as_it_was" in cell for cell in cells) else None

    def _changed(self, plain: Tensor) -> tuple[Tensor, list[dict[str, Any]]]:
        """Return the row with what was set, `(1, width)`, and what stands in each of its cells."""
        row, cells, texts = plain.clone(), [], self.chosen.get("set", {})
        for name, field in self.fields.items():
            block = self.inputs.places[name]
            place = field.place(plain[0, block])
            cell: dict[str, Any] = {"text": field.text(place), "at": place}
            written = str(texts.get(name, cell["text"]))
            if written != cell["text"]:
                cell = {"text": written, "at": place, "as_it_was": cell["text"]}
                cell |= self._written(field, written, row[0, block])
            elif place is None:
                cell["note"] = field.missing()
            cells.append(cell)
        if texts and not any("problem" in cell for cell in cells):
            self._require_finite(row, cells)
        return row, cells

    def _written(self, field: Field, written: str, block: Tensor) -> dict[str, Any]:
        """Write into the encoded value of a row what a person has written, and return what there is to say of it."""
        try:
            read = field.read(written)
        except InputError as error:
            return {"problem": error.problem, "hint": error.hint}
        block.copy_(read)
        place = field.place(read)
        if not written.strip() or written.strip() in self._notation.missing:
            return {"at": place, "note": field.missing()}
        return {"at": place}

    def _require_finite(self, row: Tensor, cells: list[dict[str, Any]]) -> None:
        """Mark what was changed where a feature is no finite number for it."""
        try:
            self.inputs.require_finite(row, lambda _row: _("this row"))
        except InputError as error:
            for cell in cells:
                if "as_it_was" in cell:
                    cell |= {"problem": error.problem, "hint": error.hint}
                    break

    def _answers(self, x: Tensor) -> np.ndarray:
        """Return the answers to encoded rows, `(n, k)`: probabilities, or values in units."""
        seen = self.inputs.prepare(x)
        if self.seen.classes:
            return self.seen.answers(seen)
        answers = self.seen.fit.task.answer(self.seen.outputs(seen)).cpu().double().numpy().reshape(len(x), -1)
        return answers if self.seen.data.classes else self._in_units(answers)

    def _in_units(self, values: np.ndarray) -> np.ndarray:
        target = self.seen.data.target
        measured: np.ndarray = values.reshape(len(values), -1) * np.array(target.scale) + np.array(target.mean)
        return measured

    def _truth(self, number: int) -> list[Any]:
        """Return the true values of a row, or of each label whether it has it; the class of a row is in `truth`."""
        y = self.seen.judged_by.y[number : number + 1].double().numpy()
        if self.seen.classes:
            return []
        return [bool(one) for one in y[0]] if self.seen.data.classes else _finite(self._in_units(y)[0])

    def _along(self, row: Tensor, answer: np.ndarray) -> dict[str, Any]:
        """Return the answers along one column, all others as they are.

        `curves` has for each answer that is shown (`of`: its number) its course over `places`. Of many classes those
        are shown that are likeliest somewhere.
        """
        name = self.chosen.get("along") or next(iter(self.fields))
        name = name if name in self.fields else next(iter(self.fields))
        field, block = self.fields[name], self.inputs.places[name]
        at = field.place(row[0, block])
        places = field.places(at)
        rows = row.repeat(len(places), 1)
        rows[:, block] = field.encoded(places)
        found = self._answers(rows)
        most = np.maximum(np.nan_to_num(found, nan=-np.inf).max(0), answer)
        shown = sorted(np.argsort(-most, kind="stable")[:MOST_CURVES].tolist()) if self.seen.data.classes else None
        shown = list(range(found.shape[1])) if shown is None else shown
        return {
            "name": name,
            "at": at,
            "places": places.tolist(),
            "ends": [field.text(places[0]), field.text(places[-1])],
            "of": shown,
            "curves": [_finite(found[:, number]) for number in shown],
        }


def _finite(values: np.ndarray) -> list[float | None]:
    """Return numbers for JSON, null for what is none."""
    return [float(value) if np.isfinite(value) else None for value in values]
