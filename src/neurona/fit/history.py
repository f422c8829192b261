"""The history of a fit: one `Epoch` for each event, and their table."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Epoch:
    """What happened in an epoch (or in the last `every` of them).

    Attributes:
        index: how many epochs are done.
        seconds: time that this event took, validation included. It is not part of the history: two runs with the
            same seed have the same history and different times.
        lr: the learning rate of the step that comes next.
        train: each metric over the training samples, met while the net was changing.
        train_std: standard deviation of each of these metrics over the batches.
        valid: each metric over the validation samples, after the epoch; empty when there are none.
    """

    index: int
    seconds: float
    lr: float
    train: Mapping[str, float]
    train_std: Mapping[str, float] = field(default_factory=dict)
    valid: Mapping[str, float] = field(default_factory=dict)

    def __str__(self) -> str:
        parts = [f"epoch {self.index}"]
        for split in ("train", "valid"):
            values = getattr(self, split)
            if values:
                parts.append(f"{split} " + " ".join(f"{name} {value:.4f}" for name, value in values.items()))
        return "  ".join(parts)

    def row(self) -> dict[str, float]:
        """Return the epoch as one row: epoch, lr, train_loss, train_loss_std, ..., valid_loss, ..."""
        row: dict[str, float] = {"epoch": self.index, "lr": self.lr}
        for name, value in self.train.items():
            row[f"train_{name}"] = value
            row[f"train_{name}_std"] = self.train_std.get(name, 0.0)
        row.update({f"valid_{name}": value for name, value in self.valid.items()})
        return row

    def value(self, path: str) -> float | None:
        """Return the metric at `path`, such as "valid.loss"; None when this epoch has none."""
        split, _dot, name = path.partition(".")
        values: Mapping[str, float] = getattr(self, split, {})
        return values.get(name)


def to_csv(rows: Sequence[Mapping[str, float]]) -> str:
    """Return rows as CSV text, each number in the shortest form that gives it back exactly."""
    text = io.StringIO()
    writer = csv.DictWriter(text, fieldnames=list(rows[0]) if rows else ["epoch"], lineterminator="\n")
    writer.writeheader()
    writer.writerows({key: repr(value) for key, value in row.items()} for row in rows)
    return text.getvalue()


def to_frame(rows: Sequence[Mapping[str, Any]]) -> pd.DataFrame:
    """Return rows as a table with `epoch` as its index."""
    import pandas as pd

    frame = pd.DataFrame(list(rows))
    return frame.set_index("epoch") if len(frame) else frame
