"""Which classes are taken for which."""

from __future__ import annotations

from typing import Any

import torch

from neurona.look.confusion import counts
from neurona.look.style import thinned
from neurona.studio.views.surface import MOST_CLASSES
from neurona.studio.views.view import View
from neurona.studio.views.watched import Watched

MOST_ANSWERS = 2000


class Confusion(View):
    """The confusion matrix of the samples that a net is judged by; evenly spread ones where there are many."""

    name = "confusion"
    beside = True

    @staticmethod
    def suits(seen: Watched) -> bool:
        """Tell whether there are classes to confuse, and not too many to be drawn."""
        return 1 < seen.classes <= MOST_CLASSES

    def frame(self) -> dict[str, Any]:
        """Return the counts, `(classes, classes)`: rows are true classes, columns those predicted."""
        split = self.seen.judged_by
        chosen = torch.from_numpy(thinned(len(split), MOST_ANSWERS))
        truth = split.y[chosen].reshape(-1).long().numpy()
        predicted = self.seen.answers(self.seen.data.inputs.prepare(split.x[chosen])).argmax(1)
        matrix = counts(truth, predicted, self.seen.classes)
        return {"split": self.seen.judged, "counts": matrix.tolist(), "samples": len(truth), "of": len(split)}
