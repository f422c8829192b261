"""What a visitor takes away is whole, and does what the net in the session does."""

from __future__ import annotations

import contextlib
import shutil
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from neurona import export


@pytest.fixture
def trained(page: Any) -> Any:
    page.tell("change", key="fit.epochs", value=8)
    page.train()
    return page


def taken(page: Any, what: str) -> tuple[Path, str]:
    """Return the file that is offered, and its name."""
    page.tell("take", what=what)
    said = page.last("file")
    return Path(said["file"]), said["name"]


def test_the_net_as_onnx_answers_as_it_does_in_the_session(trained: Any) -> None:
    onnxruntime = pytest.importorskip("onnxruntime")
    path, name = taken(trained, "onnx")
    assert name == "spiral.onnx"
    x = np.random.default_rng(0).normal(size=(4, 2)).astype(np.float32)
    (answer,) = onnxruntime.InferenceSession(str(path)).run(None, {"features": x})
    net = trained.workshop.fit.net.eval()
    with torch.no_grad():
        wanted = net(torch.tensor(x)).softmax(1)
    assert np.allclose(answer, wanted, atol=1e-5)


def test_a_film_ends_with_the_net_as_it_is_also_soon_after_the_beginning(page: Any) -> None:
    page.tell("change", key="fit.epochs", value=400)  # of which each 20th leaves a snapshot
    page.tell("step")
    path, _name = taken(page, "gif")
    with Image.open(path) as film:
        assert film.n_frames == 2


def test_the_training_as_a_film_shows_the_net_before_it_and_after_each_epoch(trained: Any) -> None:
    path, name = taken(trained, "gif")
    assert name == "spiral.gif"
    with Image.open(path) as film:
        assert film.n_frames == 9 and min(film.size) > 300


KINDS = ("pytorch", "onnx", "recipe", "run", "report", "gif")


@contextlib.contextmanager
def full_disk(most: int) -> Iterator[None]:
    """Let no file become larger than so many bytes."""
    resource = pytest.importorskip("resource")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (most, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.parametrize("what", KINDS)
def test_what_the_disk_has_no_room_for_is_told_and_leaves_nothing(trained: Any, folder: Path, what: str) -> None:
    with full_disk(50):
        said = trained.tell("take", what=what)
    assert [message["kind"] for message in said] == ["problem"]
    assert said[0]["from"] == "take" and "refused it: File too large." in said[0]["problem"]
    assert not (folder / "take").exists()


@pytest.mark.parametrize("what", ("pytorch", "onnx"))
def test_a_net_that_a_form_does_not_know_is_told(trained: Any, folder: Path, what: str, monkeypatch: Any) -> None:
    def write(run: Any, path: Path) -> str:
        path.write_bytes(b"half")
        raise RuntimeError("Unsupported: aten::strange")

    monkeypatch.setitem(export.FORMS, what, replace(export.FORMS[what], write=write))
    (said,) = trained.tell("take", what=what)
    assert said["kind"] == "problem" and "cannot be written as" in said["problem"] and said["hint"]
    assert not (folder / "take").exists()


def test_a_net_that_has_not_been_trained_has_no_film_yet(page: Any, folder: Path) -> None:
    (said,) = page.tell("take", what="gif")
    assert said["problem"] == "There is no film yet, for nothing has been trained." and "Train" in said["hint"]
    assert not (folder / "take").exists()


@pytest.mark.parametrize(
    ("recipe", "film"),
    [
        ("spiral", True),
        ("moons", True),
        ("digits-gan", True),
        ("digits-mlp", False),
        ("wine", False),
        ("boxcar", False),
    ],
)
def test_a_film_is_offered_of_nets_that_have_one(page: Any, folder: Path, recipe: str, film: bool) -> None:
    page.tell("open", name=recipe)
    page.tell("change", changes={"data.samples": 60, "fit.epochs": 1, "fit.batch": 30}, key="data.samples")
    assert page.last("state")["scene"]["film"] is film
    page.tell("step")
    page.tell("take", what="gif")
    assert (page.messages[-1]["kind"] == "file") is film, page.messages[-1]


def test_a_folder_that_has_vanished_is_made_again(trained: Any, folder: Path) -> None:
    shutil.rmtree(folder / "run")
    assert taken(trained, "recipe")[0].is_file()


@pytest.mark.parametrize("what", KINDS)
def test_no_file_says_where_it_was_made(trained: Any, folder: Path, what: str) -> None:
    path, _name = taken(trained, what)
    contents = [path.read_bytes()]
    if what == "run":
        with zipfile.ZipFile(path) as packed:
            contents = [packed.read(name) for name in packed.namelist()]
    here = (str(folder).encode(), str(Path(export.__file__).parent).encode())
    assert not [content for content in contents for place in here if place in content]
