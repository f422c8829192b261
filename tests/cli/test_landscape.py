"""`neurona landscape`."""

from __future__ import annotations

import json
import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from commandline import cli, process
from PIL import Image
from recipes import MOONS, changed, compare, train

from neurona.cli import landscape as command
from neurona.files import write_together
from neurona.run import Run

FILES = ["landscape.csv", "landscape.json", "landscape.png"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with a run that keeps snapshots, one that does not, and others that have no landscape."""
    folder = tmp_path_factory.mktemp("runs")
    train(changed(MOONS, fit={"epochs": 6, "snapshots": 1}), folder / "moons")
    train({"name": "wine", "data": {"name": "wine"}, "net": {"kind": "linear"}, "fit": {"epochs": 1}}, folder / "wine")
    digits = {"name": "digits", "task": "adversarial"}
    train({"name": "gan", "data": digits, "net": {"kind": "gan", "hidden": [8]}, "fit": {"epochs": 1}}, folder / "gan")
    compare(changed(MOONS, fit={"epochs": 1}) | {"seeds": 2}, folder / "seeds")
    return folder


def names(path: Path) -> list[str]:
    return sorted(file.name for file in path.glob("*landscape*"))


def test_it_writes_picture_and_grid_and_says_where_and_what(folder: Path) -> None:
    answer = cli("landscape", "moons", "--steps", 5, "--span", 0.5, "--samples", 100000, cwd=folder)
    assert (answer.code, answer.err) == (0, "")
    assert names(folder / "moons") == FILES
    assert answer.out.splitlines()[-2:] == ["moons/landscape.png", "moons/landscape.csv"]
    grid = pd.read_csv(folder / "moons" / "landscape.csv")
    assert list(grid.columns) == ["x", "y", "loss"]
    assert grid["x"].tolist() == [-0.5, -0.25, 0, 0.25, 0.5] * 5
    assert grid["y"].tolist() == np.repeat([-0.5, -0.25, 0, 0.25, 0.5], 5).tolist()
    run = Run.open(folder / "moons")
    (middle,) = grid.query("x == 0 and y == 0")["loss"]
    assert middle == pytest.approx(run.metrics["train"]["loss"], rel=1e-6)
    assert f"{middle:.4g}" in answer.words
    assert f"train, {run.samples['train']} samples" in answer.words
    assert "of its variance in this plane; --directions path shows it best" in answer.words
    assert Image.open(folder / "moons" / "landscape.png").width > 1000


def test_directions_of_the_path_say_how_much_of_it_they_explain(folder: Path) -> None:
    answer = cli("landscape", "moons", "--steps", 3, "--directions", "path", "--split", "test", cwd=folder)
    assert answer.code == 0
    facts = json.loads((folder / "moons" / "landscape.json").read_text())
    assert (facts["directions"], facts["split"]) == ("path", "test")
    assert len(facts["path"]) == 7
    squares = np.square(np.array(facts["path"])[:, 1:]).sum(0)
    first, second = (f"{100 * share:.1f} %" for share in facts["explained"] * squares / squares.sum())
    assert f"Principal components of the path of training: {first} and {second} of its variance." in answer.words


def test_a_run_without_snapshots_has_a_landscape_without_a_path(folder: Path) -> None:
    answer = cli("landscape", "wine", "--steps", 3, cwd=folder)
    assert answer.code == 0
    assert "keeps no snapshots (fit.snapshots), so that the path of training is not shown" in answer.words


def test_the_seed_decides_and_the_report_shows_it_from_then_on(folder: Path) -> None:
    grids = []
    for seed in (1, 1, 2):
        assert cli("landscape", "wine", "--steps", 3, "--seed", seed, cwd=folder).code == 0
        grids.append((folder / "wine" / "landscape.csv").read_text())
    assert grids[0] == grids[1] != grids[2]
    assert cli("report", "wine", cwd=folder).code == 0
    assert "The loss landscape" in (folder / "wine" / "report.html").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("moons", "--steps", "1"), "Write --steps 2 or more"),
        (("moons", "--steps", "1000000"), "asks for the loss at 1000000000000 points. → Write --steps 1000 or less"),
        (("moons", "--steps", "many"), "--steps is not valid"),
        (("moons", "--span", "0"), "Write a number above 0"),
        (("moons", "--span", "-1"), "Write a number above 0"),
        (("moons", "--span", "inf"), "Write a number above 0"),
        (("moons", "--samples", "0"), "Write --samples 1 or more"),
        (("moons", "--split", "tets"), "Did you mean 'test'?"),
        (("moons", "--directions", "pth"), "Did you mean 'path'?"),
        (("moons", "--seed", "-3"), "Write --seed 0 or more"),
        (("moons", "--device", "abacus"), "There is no device 'abacus'"),
        (("wine", "--directions", "path"), "keeps no snapshots"),
        (("gan",), "a game of several players (discriminator, generator)"),
        (("seeds",), "a comparison of several runs"),
        (("mons",), "There is no run at mons"),
    ],
)
def test_a_wrong_argument_is_explained_and_writes_nothing(folder: Path, arguments: tuple[str, ...], words: str) -> None:
    before = {path: path.stat().st_mtime_ns for path in folder.rglob("*")}
    answer = cli("landscape", *arguments, cwd=folder)
    assert answer.code == 2
    assert words in answer.words
    assert answer.out == ""
    assert {path: path.stat().st_mtime_ns for path in folder.rglob("*")} == before


def test_a_run_without_weights_is_explained(tmp_path: Path) -> None:
    run = train(MOONS, tmp_path / "moons")
    (run.path / "model.safetensors").unlink()
    (run.path / "checkpoint.pt").unlink()
    answer = cli("landscape", "moons", cwd=tmp_path)
    assert answer.code == 2
    assert "checkpoint.pt cannot be read" in answer.words
    assert names(run.path) == []


def test_a_process_prints_no_bar_where_there_is_no_terminal(folder: Path) -> None:
    answer = process("landscape", "moons", "--steps", 2, cwd=folder)
    assert (answer.code, answer.err) == (0, "")


def test_files_are_replaced_together_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_together(tmp_path, {"a": b"old", "b": b"old"})
    calls = []

    def full(_file: int) -> None:
        calls.append(1)
        if len(calls) == 2:
            raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        write_together(tmp_path, {"a": b"new", "b": b"new"})
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {"a": b"old", "b": b"old"}


def test_a_full_disk_is_explained(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_arguments: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(command, "write_together", full)
    answer = cli("landscape", "moons", "--steps", 2, cwd=folder)
    assert answer.code == 2
    assert "cannot be written to moons: No space left on device" in answer.words
