"""Samples in memory become a dataset: standardised on train alone, however many they are."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from sklearn.preprocessing import StandardScaler

from neurona.data import rows, splits
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
    parts = split_rows(len(x), y, 0.15, 0.15, 3)
    scaler = StandardScaler().fit(x[parts[0]].astype(np.float64))
    for part, chosen in zip((data.train, data.valid, data.test), parts, strict=True):
        np.testing.assert_allclose(part.x.numpy(), scaler.transform(x[chosen].astype(np.float64)), atol=1e-4)
        np.testing.assert_array_equal(part.y.numpy(), y[chosen])
    assert isinstance(data.inputs, Columns)
    medians = [column.fill for column in data.inputs.columns if isinstance(column, Number)]
    np.testing.assert_allclose(medians, np.median(x[parts[0]].astype(np.float64), axis=0))


def test_parts_that_are_encoded_in_blocks_are_those_encoded_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    x = np.random.default_rng(1).normal(size=(100, 3))
    samples = Samples(x, np.arange(100) % 2, "binary", ("a", "b", "c"), classes=("no", "yes"), standardise=True)
    whole = assemble(samples, "own", {}, SplitOptions())
    monkeypatch.setattr(splits, "ROWS", 7)
    assert assemble(samples, "own", {}, SplitOptions()).fingerprint() == whole.fingerprint()


@pytest.mark.parametrize("kind", [np.float32, np.float64, np.uint8])
def test_samples_that_nobody_else_holds_make_the_same_dataset_in_their_own_memory(
    kind: type, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever the order: some rows of a block stay in it, others come from far behind."""
    generator = np.random.default_rng(2)
    shape, names = ((500, 1, 3, 3), ()) if kind is np.uint8 else ((500, 3), ("a", "b", "c"))
    x, y = (100 * generator.random(shape)).astype(kind), generator.integers(0, 4, 500)
    samples = Samples(x, y, "multiclass", names, classes=("k", "l", "m", "n"), standardise=True)
    kept = assemble(samples, "own", {}, SplitOptions(seed=5))
    monkeypatch.setattr(rows, "BLOCK", 64)
    mine = x.copy()
    data = assemble(replace(samples, x=mine, fresh=True), "own", {}, SplitOptions(seed=5))
    assert (data.fingerprint(), data.inputs) == (kept.fingerprint(), kept.inputs)
    assert np.shares_memory(data.valid.x.numpy(), mine) == (kind is not np.float64)
    assert np.array_equal(samples.x, x)


@pytest.mark.parametrize(("n", "d"), [(0, 2), (1, 1), (64, 2), (65, 3), (1000, 1)])
def test_rows_are_put_in_order_where_they_are(n: int, d: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rows, "BLOCK", 64)
    generator = np.random.default_rng(n)
    x, order = generator.random((n, d)), generator.permutation(n)
    wanted = x[order]
    rows.rearrange(x, order)
    np.testing.assert_array_equal(x, wanted)


@pytest.mark.parametrize("classes", [0, 1, 3, 500, 66_000])
def test_the_split_is_the_one_that_its_definition_gives(classes: int) -> None:
    """Each class shuffled and cut, then each part shuffled."""
    n, valid, test = 70_000, 0.2, 0.1
    # Of many classes each has one row or two, so that they can be written down without a look at all labels for each.
    y = np.random.default_rng(7).permutation(np.arange(n) % classes) if classes else None
    rows_of: dict[int, list[int]] = {}
    for row, label in enumerate(np.zeros(n) if y is None else y):
        rows_of.setdefault(int(label), []).append(row)
    generator = np.random.default_rng(11)
    parts: list[list[np.ndarray]] = [[], [], []]
    for _label, members in sorted(rows_of.items()):
        order = generator.permutation(np.array(members))
        last, middle = round(len(order) * test), round(len(order) * valid)
        for part, chosen in zip(parts, np.split(order, [len(order) - last - middle, len(order) - last]), strict=True):
            part.append(chosen)
    for found, part in zip(split_rows(n, y, valid, test, 11), parts, strict=True):
        np.testing.assert_array_equal(found, generator.permutation(np.concatenate(part)))


@pytest.mark.parametrize(
    ("size", "valid", "test", "sizes"),
    [
        (2, 0.3, 0.3, [1, 0, 1]),  # rounded, one each for valid and test
        (2, 0.1, 0.8, [1, 0, 1]),
        (3, 0.6, 0.3, [1, 1, 1]),
        (4, 0.45, 0.45, [1, 1, 2]),
        (6, 0.1, 0.8, [1, 1, 4]),
        (2, 0.15, 0.15, [2, 0, 0]),
        (1, 0.6, 0.3, [0, 1, 0]),  # of a single row nothing can be given back
    ],
)
def test_a_class_of_several_rows_has_one_in_train(size: int, valid: float, test: float, sizes: list[int]) -> None:
    y = np.array([0] * 40 + [1] * 40 + [2] * size)
    parts = split_rows(len(y), y, valid, test, 0)
    assert [int((y[rows] == 2).sum()) for rows in parts] == sizes
    assert sorted(np.concatenate(parts).tolist()) == list(range(len(y)))
    common = [round(40 * (1 - valid - test)), round(40 * valid), round(40 * test)]
    assert [np.bincount(y[rows], minlength=2)[:2].tolist() for rows in parts] == [[count] * 2 for count in common]
