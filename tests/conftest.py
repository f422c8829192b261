"""What all tests share: English sentences, and MNIST and CIFAR-10 where the machine has them."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import settings

from neurona import language
from neurona.data import cifar
from neurona.data.images import find_files

# A run of the tests on a clean checkout tries the same examples each time; by hand they vary.
settings.register_profile("ci", derandomize=True, deadline=None)
if os.environ.get("CI"):
    settings.load_profile("ci")

BESIDE = Path(__file__).resolve().parents[2] / "shared" / "data"


@pytest.fixture(autouse=True)
def english(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let every test read English, whatever the locale is; a test of Spanish asks for it."""
    monkeypatch.delenv("NEURONA_LANG", raising=False)
    monkeypatch.setattr(language, "_chosen", ["en"])


@pytest.fixture
def mnist_data(monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the directory that holds MNIST, which NEURONA_DATA then names; skip the test where there is none."""
    given = os.environ.get("NEURONA_DATA")
    directory = Path(given) if given else BESIDE
    if find_files(directory, "mnist") is None:
        pytest.skip(f"the four files of MNIST are not in {directory}/mnist; point NEURONA_DATA at their directory")
    monkeypatch.setenv("NEURONA_DATA", str(directory))
    return directory


@pytest.fixture
def cifar10_data(monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the directory that holds CIFAR-10 or its subset, which NEURONA_DATA then names; else skip the test."""
    given = os.environ.get("NEURONA_DATA")
    directory = Path(given) if given else BESIDE
    if cifar.find(directory) is None and not (directory / "cifar10" / cifar.SUBSET).is_file():
        pytest.skip(f"neither CIFAR-10 nor its subset is in {directory}/cifar10; point NEURONA_DATA at its directory")
    monkeypatch.setenv("NEURONA_DATA", str(directory))
    return directory
