"""Training pictures beside what augmentation makes of them."""

from pathlib import Path

import numpy as np
import pytest
import torch

from neurona.look.augmented import VARIANTS, augmented_samples, suits
from neurona.look.evidence import Evidence

DIGITS = {"net": {"kind": "mlp", "hidden": [4]}, "fit": {"epochs": 1}}


@pytest.fixture
def seen(train_recipe, tmp_path: Path) -> Evidence:
    data = {"name": "digits", "augment": ["rotate 20", "crop 6"]}
    return Evidence.of(train_recipe({**DIGITS, "data": data}, tmp_path / "run"))


def test_each_row_is_a_training_picture_and_its_augmentations(seen):
    state = torch.get_rng_state()
    drawn = augmented_samples(seen)
    assert torch.equal(torch.get_rng_state(), state), "the figure draws from the program's own generator"
    shown = [axes.images[0].get_array() for axes in drawn.axes]
    assert len(shown) == 6 * (1 + VARIANTS)
    train = {one.numpy().tobytes() for one in seen.data.train.x}
    for start in range(0, len(shown), 1 + VARIANTS):
        original, *variants = (np.asarray(one) for one in shown[start : start + 1 + VARIANTS])
        assert original.tobytes() in train
        assert {one.shape for one in variants} == {(6, 6)}
        assert len({one.tobytes() for one in variants}) > 1


def test_the_rows_are_of_different_classes(seen):
    first = [np.asarray(axes.images[0].get_array()) for axes in augmented_samples(seen).axes[:: 1 + VARIANTS]]
    train = seen.data.train
    numbers = [int(train.y[(train.x[:, 0] == torch.from_numpy(one)).all(2).all(1)][0]) for one in first]
    assert len(set(numbers)) == 6


def test_the_figure_says_what_is_done(seen):
    assert "rotate 20, crop 6" in augmented_samples(seen)._suptitle.get_text()


def test_the_same_run_gives_the_same_figure(seen):
    first, second = (augmented_samples(seen).axes[1].images[0].get_array() for _ in range(2))
    np.testing.assert_array_equal(first, second)


def test_it_suits_runs_that_augment(seen, train_recipe, tmp_path: Path):
    assert suits(seen)
    assert not suits(Evidence.of(train_recipe({**DIGITS, "data": {"name": "digits"}}, tmp_path / "plain")))
