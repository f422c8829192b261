"""Names of classes are in the picture of the confusion matrix as a whole, however long they are."""

from __future__ import annotations

import io
import itertools
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image

from neurona.look import confusion, style

NAMES = [
    ("no", "sí"),
    ("negativo alto", "positivo bajo"),
    ("setosa", "versicolor", "virginica-larga"),
    ("muy satisfecho con todo", "nada satisfecho aún"),
    tuple(f"clase número {n}" for n in range(15)),
]


@pytest.mark.parametrize("names", NAMES)
def test_no_name_of_a_class_is_cut_or_meets_another(names: tuple[str, ...], monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(0)
    truth, predicted = rng.integers(0, len(names), (2, 300))
    seen = SimpleNamespace(classes=names, judged="test", truth=lambda _split: truth, predicted=lambda _split: predicted)
    monkeypatch.setattr(confusion.Evidence, "of", lambda run, _suits: run)
    drawn = confusion.confusion_matrix(seen)  # type: ignore[arg-type]
    pixels = np.array(Image.open(io.BytesIO(style.png(drawn))).convert("L"))
    for edge in (pixels[:, :3], pixels[:, -3:], pixels[:3], pixels[-3:]):
        assert (edge > 200).all()
    boxes = [label.get_window_extent() for label in drawn.axes[0].get_xticklabels()]
    assert not any(a.overlaps(b) for a, b in itertools.pairwise(boxes))
