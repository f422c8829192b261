"""What a dataset is made of, held against counts that pandas or NumPy make of the same samples."""

from __future__ import annotations

import base64
from dataclasses import replace

import numpy as np
import pytest

from neurona import load
from neurona.data.dataset import Split
from neurona.studio.choosing import SIDE
from neurona.studio.composition import composition

SPLITS = ("train", "valid", "test")


def test_classes_are_counted_split_by_split() -> None:
    data = load("digits")
    shown = composition(data)
    assert shown is not None and shown["kind"] == "classes" and shown["of"] == 10
    for digit, row in enumerate(shown["rows"]):
        assert row["name"] == str(digit)
        assert [row[name] for name in SPLITS] == [int((getattr(data, name).y == digit).sum()) for name in SPLITS]
    pictures = np.frombuffer(base64.b64decode(shown["pictures"]["data"]), np.uint8).reshape(10, 8, 8)
    of_seven = data.train.x[data.train.y == 7][:, 0].numpy()
    assert any(np.array_equal(pictures[7], one) for one in of_seven)


def test_large_pictures_are_told_small_and_a_class_that_train_lacks_has_an_empty_one() -> None:
    data = load("digits")
    large = data.train.x.repeat_interleave(10, 2).repeat_interleave(10, 3)[data.train.y != 4]
    train = Split(large, data.train.y[data.train.y != 4])
    shown = composition(replace(data, train=train, inputs=replace(data.inputs, shape=(1, 80, 80))))
    assert shown is not None
    _count, height, width = shown["pictures"]["shape"]
    assert max(height, width) <= 2 * SIDE
    pictures = np.frombuffer(base64.b64decode(shown["pictures"]["data"]), np.uint8).reshape(10, height, width)
    assert not pictures[4].any() and pictures[[0, 1, 2, 3, 5, 6, 7, 8, 9]].any((1, 2)).all()


def test_the_ends_of_large_values_are_written_out() -> None:
    data = load("houses")
    target = replace(data.target, scale=tuple(1000 * one for one in data.target.scale))
    shown = composition(replace(data, target=target))
    assert shown is not None and not any("e" in end for end in shown["ends"])


def test_labels_and_steps_are_counted_too() -> None:
    shown = composition(load("multilabel"))
    assert shown is not None and shown["kind"] == "labels" and shown["pictures"] is None
    assert [row["train"] for row in shown["rows"]] == load("multilabel").train.y.sum(0).tolist()
    data = load("tag")
    shown = composition(data)
    assert shown is not None and shown["kind"] == "steps"
    assert sum(row["test"] for row in shown["rows"]) == int((data.test.y >= 0).sum())


def test_of_many_classes_the_frequent_ones_say_which_they_are() -> None:
    data = load("spiral", classes=20, samples=1000)
    lonely = Split(data.train.x[data.train.y > 3], data.train.y[data.train.y > 3])
    shown = composition(replace(data, train=lonely))
    assert shown is not None and shown["of"] == 20
    assert [row["place"] for row in shown["rows"]] == list(range(4, 20))


def test_values_are_spread_in_their_own_units() -> None:
    data = load("houses")
    shown = composition(data)
    assert shown is not None and shown["kind"] == "values"
    assert [sum(bars) for bars in shown["bars"]] == [len(data.train), len(data.valid), len(data.test)]
    prices = np.concatenate([getattr(data, name).y.numpy() for name in SPLITS]) * data.target.scale + data.target.mean
    assert [float(end) for end in shown["ends"]] == pytest.approx([prices.min(), prices.max()], rel=1e-3)


@pytest.mark.parametrize("name", ["characters", "translate"])
def test_of_a_vocabulary_nothing_is_said(name: str) -> None:
    assert composition(load(name)) is None
