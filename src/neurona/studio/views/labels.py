"""Several labels for one sample: which the net gives, label by label."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch

from neurona.look.style import thinned
from neurona.studio.views.picker import Picker
from neurona.studio.views.view import View
from neurona.studio.views.watched import AT_ONCE, Watched

MOST_SAMPLES, MOST_LABELS = 2000, 60


class Labels(View):
    """The probability of each label for one sample, and how often each is found and right in all that are judged."""

    name = "labels"

    @staticmethod
    def suits(seen: Watched) -> bool:
        """Tell whether a sample has several labels."""
        return seen.fit.task.name == "multilabel"

    def frame(self) -> dict[str, Any]:
        """Return for each label its name and numbers: the first 60 where there are more.

        `share` is its probability for the chosen sample and `wanted` whether it is true of it. `there` and `given` are
        how many of the judged samples (evenly spread ones where there are many) have it, and are given it: with a
        probability of one half or more. `precision` is the share of true ones among those given, `recall` that of
        given ones among the true; null where there are none.
        """
        picker, split = Picker(self.seen, self.chosen), self.seen.judged_by
        rows = torch.from_numpy(thinned(len(split), MOST_SAMPLES))
        answers, truth = self._answers(rows), split.y[rows].numpy() > 0.5
        given = answers >= 0.5
        (one,), wanted = self._answers(torch.tensor([picker.number])), split.y[picker.number].numpy() > 0.5
        both, there, found = (given & truth).sum(0), truth.sum(0), given.sum(0)
        return {
            **picker.described(),
            "samples": len(rows),
            "of": len(self.seen.data.classes),
            "labels": [
                {
                    "name": name,
                    "share": float(one[i]),
                    "wanted": bool(wanted[i]),
                    "there": int(there[i]),
                    "given": int(found[i]),
                    "precision": float(both[i] / found[i]) if found[i] else None,
                    "recall": float(both[i] / there[i]) if there[i] else None,
                }
                for i, name in enumerate(self.seen.names[:MOST_LABELS])
            ],
        }

    def look(self, wish: Mapping[str, Any]) -> None:
        """Take another sample; see `Picker.look`."""
        Picker(self.seen, self.chosen).look(wish)

    def _answers(self, rows: torch.Tensor) -> np.ndarray:
        """Return the probability of each label, `(n, k)`."""
        parts = self.seen.judged_by.x[rows].split(AT_ONCE)
        outputs = [self.seen.outputs(self.seen.data.inputs.prepare(part)) for part in parts]
        answers: np.ndarray = np.nan_to_num(
            torch.cat([self.seen.fit.task.answer(one).cpu() for one in outputs]).numpy()
        )
        return answers
