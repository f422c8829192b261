"""Every recipe whose claim takes only seconds reaches the number that it claims."""

from __future__ import annotations

from pathlib import Path

import pytest

import neurona as nr
from neurona.cli.claims import check, needs_download
from neurona.recipe import Recipe, names

# `neurona claims` checks these too; they take long.
LONG = {
    "activations": "eleven activations with three seeds",
    "digits-activations": "three activations with five seeds",
    "digits-adadelta": "two optimizers with five seeds",
    "digits-augmentation": "with and without, five seeds each",
    "digits-batch-norm": "with and without, five seeds each",
    "digits-deep": "two nets with five seeds",
    "dropout": "three rates with five seeds",
    "l2": "four penalties with five seeds",
    "optimizers": "eight optimizers with three seeds",
    "schedules": "five schedules with three seeds",
    "weight-decay": "three decays with five seeds",
}
EMBEDDED = [name for name in names() if not needs_download(Recipe.read(name))]


def test_every_recipe_claims_something() -> None:
    assert [name for name in names() if not Recipe.read(name).claim] == []


def test_every_long_recipe_is_one() -> None:
    assert set(LONG) <= set(names())


@pytest.mark.parametrize("name", EMBEDDED)
def test_a_recipe_reaches_what_it_claims(name: str, tmp_path: Path) -> None:
    if name in LONG:
        pytest.skip(f"{LONG[name]}: `neurona claims --only {name}` checks it")
    results = check([name], tmp_path, fast=False)
    assert len(results) == len(Recipe.read(name).claim)
    for result in results:
        assert result["holds"], result


@pytest.mark.parametrize("name", sorted(set(names()) - set(EMBEDDED)))
def test_a_recipe_on_downloaded_data_begins(name: str, mnist_data: Path) -> None:
    fit = Recipe.read(name).with_changes({"fit.epochs": 1}).start()
    assert len(fit.data.train) >= 1_000


def test_mnist_after_one_epoch_is_already_better_than_the_source_after_51200_images(
    tmp_path: Path, mnist_data: Path
) -> None:
    run = nr.train("mnist-mlp", epochs=1, out=tmp_path / "r", report=False)
    assert run.samples["train"] <= 51_200
    assert run.metrics["test"]["accuracy"] >= 0.911
