"""Embedded tables and pictures: compared with scikit-learn and with the published counts."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from sklearn import datasets
from sklearn.preprocessing import StandardScaler

from neurona.data import DATASETS, load
from neurona.errors import InputError

TABLES = {
    "iris": (datasets.load_iris, "multiclass"),
    "wine": (datasets.load_wine, "multiclass"),
    "breast-cancer": (datasets.load_breast_cancer, "binary"),
}
# UCI Machine Learning Repository, the description of each set.
PUBLISHED = {
    "iris": {"setosa": 50, "versicolor": 50, "virginica": 50},
    "wine": {"class_0": 59, "class_1": 71, "class_2": 48},
    "breast-cancer": {"malignant": 212, "benign": 357},
    "digits": dict(zip("0123456789", (178, 182, 177, 183, 181, 182, 181, 179, 174, 180), strict=True)),
}


@pytest.mark.parametrize("name", PUBLISHED)
def test_there_are_as_many_of_each_class_as_published(name):
    data = load(name)
    y = torch.cat([data.train.y, data.valid.y, data.test.y]).flatten().long()
    assert dict(zip(data.classes, torch.bincount(y).tolist(), strict=True)) == PUBLISHED[name]


@pytest.mark.parametrize("name", TABLES)
def test_a_table_is_scikit_learns_with_its_official_names(name):
    source, task = TABLES[name]
    bunch, drawn = source(), DATASETS[name].make()
    np.testing.assert_array_equal(drawn.x, bunch.data)
    np.testing.assert_array_equal(drawn.y, bunch.target)
    assert drawn.features == tuple(bunch.feature_names)
    assert drawn.classes == tuple(bunch.target_names)
    assert all(type(word) is str for word in drawn.features + drawn.classes)
    assert drawn.task == task
    assert drawn.standardise


@pytest.mark.parametrize("name", [*TABLES, "diabetes", "digits"])
def test_the_list_tells_what_loading_gives(name):
    data, facts = load(name), DATASETS[name].facts
    assert facts["task"] == data.task
    assert facts["shape"] == data.shape
    assert facts["samples"] == sum(map(len, (data.train, data.valid, data.test)))


@pytest.mark.parametrize("name", [*TABLES, "diabetes"])
def test_columns_are_standardised_with_the_mean_and_deviation_of_train_alone(name):
    data, raw = load(name, seed=2), load(name, seed=2, standardise=False)
    scaler = StandardScaler().fit(raw.train.x.double().numpy())
    for part in ("train", "valid", "test"):
        expected = scaler.transform(getattr(raw, part).x.double().numpy())
        np.testing.assert_allclose(getattr(data, part).x.numpy(), expected, atol=2e-4)
    assert not np.allclose(data.test.x.mean(0), 0, atol=1e-3)


@pytest.mark.parametrize("name", [*TABLES, "digits"])
def test_each_part_keeps_the_share_of_each_class(name):
    data = load(name, valid=0.2, test=0.3)
    counts = torch.tensor(list(PUBLISHED[name].values()))
    for split, share in ((data.train, 0.5), (data.valid, 0.2), (data.test, 0.3)):
        found = torch.bincount(split.y.flatten().long(), minlength=len(counts))
        assert (found - share * counts).abs().max() <= 1


def test_no_row_is_lost_or_used_twice():
    data = load("wine", standardise=False)
    rows = torch.cat([data.train.x, data.valid.x, data.test.x]).numpy()
    everything = datasets.load_wine().data.astype(np.float32)
    np.testing.assert_array_equal(rows[np.lexsort(rows.T)], everything[np.lexsort(everything.T)])


def test_the_seed_changes_the_split_of_an_embedded_table():
    assert load("wine", seed=1).fingerprint() == load("wine", seed=1).fingerprint()
    assert load("wine", seed=1).fingerprint() != load("wine", seed=2).fingerprint()


def test_diabetes_comes_in_its_original_units():
    drawn = DATASETS["diabetes"].make()
    # Efron and others (2004), table 1: the first patient is 59 years old, with a body mass index of 32.1.
    assert drawn.x[0, [0, 2]].tolist() == [59, 32.1]
    assert drawn.y[0, 0] == 151
    assert (drawn.y.min(), drawn.y.max()) == (25, 346)
    assert drawn.features == ("age", "sex", "bmi", "bp", "s1", "s2", "s3", "s4", "s5", "s6")


def test_the_target_of_diabetes_is_stored_standardised_and_its_scale_kept():
    data = load("diabetes")
    assert data.outputs == 1
    assert data.target.names == ("progression",)
    assert data.train.y.mean().item() == pytest.approx(0, abs=1e-5)
    y = torch.cat([data.train.y, data.valid.y, data.test.y]) * data.target.scale[0] + data.target.mean[0]
    np.testing.assert_allclose(np.sort(y.numpy().ravel()), np.sort(datasets.load_diabetes().target), rtol=1e-5)


def test_digits_are_bytes_that_come_back_as_scikit_learns_levels():
    drawn = DATASETS["digits"].make()
    assert drawn.x.dtype == np.uint8
    assert drawn.x.shape == (1797, 1, 8, 8)
    assert (drawn.x.min(), drawn.x.max()) == (0, 255)
    np.testing.assert_array_equal(np.rint(drawn.x[:, 0] / 255 * 16), datasets.load_digits().images)
    np.testing.assert_allclose(drawn.x[:, 0] / 255, datasets.load_digits().images / 16, atol=0.5 / 255)


def test_digits_stay_bytes_in_memory_and_reach_the_net_from_0_to_1():
    data = load("digits")
    assert data.train.x.dtype == torch.uint8
    batch = data.inputs.prepare(data.train.x)
    assert batch.dtype == torch.float32
    assert (batch.min().item(), batch.max().item()) == (0, pytest.approx(1))


def test_digits_can_be_standardised_with_the_mean_and_deviation_of_train():
    data = load("digits", standardise=True)
    batch = data.inputs.prepare(data.train.x)
    assert batch.mean().item() == pytest.approx(0, abs=1e-4)
    assert batch.std(correction=0).item() == pytest.approx(1, abs=1e-4)
    pixels = data.train.x.numpy().astype(np.float64)
    (scale,), (shift,) = data.inputs.scale, data.inputs.shift
    assert 1 / scale == pytest.approx(pixels.std(), rel=1e-12)
    assert -shift / scale == pytest.approx(pixels.mean(), rel=1e-12)


def test_breast_cancer_can_be_a_softmax_over_two():
    data = load("breast-cancer", task="multiclass")
    assert data.outputs == 2
    assert data.train.y.dtype == torch.int64


def test_an_embedded_table_takes_no_noise():
    with pytest.raises(InputError, match=r"data\.noise is not a known key"):
        load("wine", noise=0.1)
