"""Samples in memory become a dataset: standardised on train alone, however many they are."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.preprocessing import StandardScaler

from neurona.data import splits
from neurona.data.columns import Columns, Number
from neurona.data.sources import Samples
from neurona.data.splits import SplitOptions, assemble, split_rows


@pytest.mark.parametrize("kind", [np.float32, np.float64])
def test_many_samples_far_from_zero_are_standardised_as_by_sklearn(kind: type) -> None:
    """Sums of float32 over many samples would be off in the third digit."""
    generator = np.random.default_rng(0)
    x = (generator.normal(size=(300_000, 2)) * [1.0, 5.0] + [1000.0, -3.0]).astype(kind)
    y = generator.integers(0, 2, len(x))
    samples = Samples(x, y, "multiclass", ("a", "b"), classes=("no", "yes"), standardise=True)
    data = assemble(samples, "own", {}, SplitOptions(seed=3))
    rows = split_rows(len(x), y, 0.15, 0.15, 3)
    scaler = StandardScaler().fit(x[rows[0]].astype(np.float64))
    for part, chosen in zip((data.train, data.valid, data.test), rows, strict=True):
        np.testing.assert_allclose(part.x.numpy(), scaler.transform(x[chosen].astype(np.float64)), atol=1e-4)
        np.testing.assert_array_equal(part.y.numpy(), y[chosen])
    assert isinstance(data.inputs, Columns)
    medians = [column.fill for column in data.inputs.columns if isinstance(column, Number)]
    np.testing.assert_allclose(medians, np.median(x[rows[0]].astype(np.float64), axis=0))


def test_parts_that_are_encoded_in_blocks_are_those_encoded_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    x = np.random.default_rng(1).normal(size=(100, 3))
    samples = Samples(x, np.arange(100) % 2, "binary", ("a", "b", "c"), classes=("no", "yes"), standardise=True)
    whole = assemble(samples, "own", {}, SplitOptions())
    monkeypatch.setattr(splits, "ROWS", 7)
    assert assemble(samples, "own", {}, SplitOptions()).fingerprint() == whole.fingerprint()
