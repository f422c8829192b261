"""Every recipe whose claim takes only seconds reaches the number that it claims."""

from __future__ import annotations

from pathlib import Path

import pytest

import neurona as nr
from neurona.cli.claims import check, needs_download
from neurona.recipe import Recipe
from neurona.written import names

# `neurona claims` checks these too; they take long.
LONG = {
    "activations": "eleven activations with three seeds",
    "digits-activations": "three activations with five seeds",
    "characters": "a large LSTM that reads a text nine times over",
    "digits-autoencoder": "a net in two numbers",
    "digits-best": "four convolutions with augmentation",
    "digits-cnn3": "three convolutions",
    "digits-conv-autoencoder": "convolutions in two numbers",
    "digits-conv-gan": "a game of convolutions, and a classifier that judges it",
    "digits-gan": "a game, and a classifier that judges it",
    "digits-vae": "a classifier that judges the samples",
    "gru": "two layers over fifty steps",
    "lstm": "two layers over fifty steps",
    "many-to-many-direct": "a label for each word",
    "many-to-many-indirect": "an encoder and a decoder",
    "many-to-one": "a class from a text",
    "one-to-many": "an encoder and a decoder",
    "remember": "three cells over a hundred steps",
    "reverse": "an encoder and a decoder",
    "rnn": "two layers",
    "tag": "two directions with two seeds",
    "translate": "an encoder and a decoder with attention",
    "digits-adadelta": "two optimizers with five seeds",
    "digits-augmentation": "with and without, five seeds each",
    "digits-batch-norm": "with and without, five seeds each",
    "digits-deep": "two nets with five seeds",
    "digits-finetune": "three starts with twenty seeds",
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


@pytest.fixture(autouse=True)
def cache(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let weights of recipes that others start from be kept away from those of the user."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.getbasetemp() / "cache"))


@pytest.mark.filterwarnings("default:The recipe .* is trained first")
@pytest.mark.parametrize("name", EMBEDDED)
def test_a_recipe_reaches_what_it_claims(name: str, tmp_path: Path) -> None:
    if name in LONG:
        pytest.skip(f"{LONG[name]}: `neurona claims --only {name}` checks it")
    results = check([name], tmp_path, fast=False)
    assert len(results) == len(Recipe.read(name).claim)
    for result in results:
        assert result["holds"], result


@pytest.mark.parametrize("name", sorted(set(names()) - set(EMBEDDED)))
def test_a_recipe_on_downloaded_data_begins(name: str, request: pytest.FixtureRequest) -> None:
    recipe = Recipe.read(name)
    request.getfixturevalue("cifar10_data" if recipe.data["name"] == "cifar10" else "mnist_data")
    new = {"net.weights": "none"} if "weights" in recipe.net else {}
    fit = recipe.with_changes({"fit.epochs": 1, **new}).start()
    assert len(fit.data.train) >= 200


def test_mnist_after_one_epoch_is_already_better_than_the_source_after_51200_images(
    tmp_path: Path, mnist_data: Path
) -> None:
    run = nr.train("mnist-mlp", epochs=1, out=tmp_path / "r", report=False)
    assert run.samples["train"] <= 51_200
    assert run.metrics["test"]["accuracy"] >= 0.911
