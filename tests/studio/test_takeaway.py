"""What a visitor takes away is whole, and does what the net in the session does."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image


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
