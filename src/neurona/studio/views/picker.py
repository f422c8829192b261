"""Which sample is looked at: one after the other, of all or of one class."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from neurona.data.split_names import split_name
from neurona.errors import InputError
from neurona.language import _
from neurona.studio.views.watched import Watched


class Picker:
    """Chooses one of the samples that a net is judged by.

    Args:
        seen: the fit.
        chosen: where the choice is kept, as `sample` and `class`.
    """

    def __init__(self, seen: Watched, chosen: dict[str, Any]) -> None:
        self.seen, self.chosen = seen, chosen
        self.count = len(seen.judged_by)

    @property
    def number(self) -> int:
        """The row of the sample."""
        number = int(self.chosen.get("sample", 0))
        return number if number < self.count else 0

    @property
    def truth(self) -> int | None:
        """The class of the sample; None where samples are not of one class each."""
        numbers = self.seen.class_numbers
        return None if numbers is None else int(numbers[self.number])

    def look(self, wish: Mapping[str, Any]) -> None:
        """Take up a wish: a `sample`, a `class` (null for all), or to `move` by so many samples.

        Raises:
            InputError: there is no such sample or class.
        """
        if "class" in wish:
            self._keep_to(wish["class"])
        if "sample" in wish:
            self.chosen["sample"] = self._require(wish["sample"], self.count)
        if "move" in wish:
            rows = self._rows()
            place = int(np.searchsorted(rows, self.number, side="right")) - 1
            steps = int(wish["move"]) if isinstance(wish["move"], int) else 0
            self.chosen["sample"] = int(rows[(place + steps) % len(rows)])

    def _keep_to(self, number: Any) -> None:
        numbers = self.seen.class_numbers
        if number is None or numbers is None:
            self.chosen.pop("class", None)
            return
        wanted = self._require(number, len(self.seen.data.classes))
        rows = np.flatnonzero(numbers == wanted)
        if not len(rows):
            problem = _("No sample of {split} is of the class {name!r}.")
            name = self.seen.names[wanted]
            raise InputError(problem.format(split=split_name(self.seen.judged), name=name))
        self.chosen["class"] = wanted
        later = rows[rows >= self.number]
        self.chosen["sample"] = int(later[0] if len(later) else rows[0])

    def _rows(self) -> np.ndarray:
        numbers, wanted = self.seen.class_numbers, self.chosen.get("class")
        rows = np.arange(self.count) if numbers is None or wanted is None else np.flatnonzero(numbers == wanted)
        return rows if len(rows) else np.arange(self.count)

    def _require(self, number: Any, count: int) -> int:
        if not isinstance(number, int) or not 0 <= number < count:
            problem = _("There is no number {number} here.").format(number=number)
            raise InputError(problem, _("They go from 0 to {last}.").format(last=count - 1))
        return number

    def described(self) -> dict[str, Any]:
        """Return which sample it is: its number, of how many, its class, and the class that is kept to."""
        return {
            "sample": self.number,
            "count": self.count,
            "split": self.seen.judged,
            "truth": self.truth,
            "class": self.chosen.get("class"),
        }
