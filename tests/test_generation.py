"""How good made-up samples are, by a classifier of the real ones."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path

import numpy as np
import pytest
import torch
from recipes import train
from sklearn.metrics import accuracy_score

from neurona import generation
from neurona.errors import InputError
from neurona.generation import (
    CLASSIFIER,
    classifier,
    classifier_accuracy,
    generated,
    real_confidence,
    sample_classes,
    sample_confidence,
)
from neurona.run import Run

RECIPES = {
    "gan": {"data": {"name": "digits", "task": "adversarial"}, "net": {"kind": "gan"}, "fit": {"epochs": 1}},
    "vae": {"data": {"name": "digits", "task": "variational"}, "net": {"kind": "vae"}, "fit": {"epochs": 4}},
    "autoencoder": {
        "data": {"name": "digits", "task": "reconstruction"},
        "net": {"kind": "autoencoder"},
        "fit": {"epochs": 1},
    },
    "table": {"data": {"name": "iris", "task": "adversarial"}, "net": {"kind": "gan"}, "fit": {"epochs": 1}},
}


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Run]:
    """Return a finished run by the name of its recipe."""
    folder = tmp_path_factory.mktemp("runs")
    return cache(lambda name: train({"name": name, **RECIPES[name]}, folder / name))


@pytest.fixture
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let classifiers train for a few epochs alone."""
    monkeypatch.setattr(generation, "MOST_EPOCHS", 4)


def test_new_samples_are_the_same_for_the_same_seed(run: Callable[[str], Run]) -> None:
    one, again, other = (generated(run("vae"), 7, seed) for seed in (0, 0, 1))
    assert one.shape == (7, 1, 8, 8)
    assert torch.equal(one, again)
    assert not torch.equal(one, other)


def test_samples_of_a_variational_net_are_what_it_decodes_from_standard_normal_numbers(
    run: Callable[[str], Run],
) -> None:
    noise = torch.randn(5, 20, generator=torch.Generator().manual_seed(3))
    wanted = run("vae").net().decode(noise).sigmoid()
    torch.testing.assert_close(generated(run("vae"), 5, seed=3), wanted)


def test_an_autoencoder_makes_no_new_samples(run: Callable[[str], Run]) -> None:
    with pytest.raises(InputError, match="makes no new samples"):
        sample_confidence(run("autoencoder"))


def test_a_table_has_no_pictures_to_classify(run: Callable[[str], Run]) -> None:
    with pytest.raises(InputError, match="no pictures with a class each"):
        sample_classes(run("table"))


@pytest.mark.usefixtures("short")
def test_the_classifier_knows_real_pictures_and_is_kept_beside_the_run(run: Callable[[str], Run]) -> None:
    result = run("vae")
    assert classifier_accuracy(result) > 0.9
    kept = result.path / CLASSIFIER
    written = kept.stat().st_mtime_ns
    test = result.data().test
    with torch.inference_mode():
        answers = classifier(result)(result.inputs.prepare(test.x)).argmax(1)
    assert accuracy_score(test.y, answers) == pytest.approx(classifier_accuracy(result))
    assert kept.stat().st_mtime_ns == written, "it is trained once"


@pytest.mark.usefixtures("short")
def test_it_is_surer_of_real_pictures_than_of_those_of_a_net_that_has_learned_nothing(
    run: Callable[[str], Run],
) -> None:
    assert 0.1 < sample_confidence(run("gan")) <= 1
    assert 0.5 < real_confidence(run("gan")) <= 1


def test_classes_are_counted_that_have_five_samples(run: Callable[[str], Run], monkeypatch: pytest.MonkeyPatch) -> None:
    counts = [5, 4, 0, 100, 6, 0, 0, 0, 0, 885]
    found = torch.eye(10)[np.repeat(np.arange(10), counts)]
    monkeypatch.setattr(generation, "_probabilities", lambda _run, _x: found)
    assert sample_classes(run("gan")) == 4
    assert sample_confidence(run("gan")) == 1


def test_the_classifier_is_the_same_whatever_was_drawn_before(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(generation, "MOST_EPOCHS", 1)
    results = []
    for seed in (1, 2):
        result = train(RECIPES["vae"], tmp_path / str(seed))
        torch.manual_seed(seed)
        results.append(sample_confidence(result))
    assert results[0] == results[1]
