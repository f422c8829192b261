"""`neurona explain` in the terminal, as a picture and as a page."""

from __future__ import annotations

from pathlib import Path

import pytest
from commandline import cli
from recipes import MOONS, train


def test_alone_it_lists_what_there_is(tmp_path: Path) -> None:
    answer = cli("explain", cwd=tmp_path)
    assert (answer.code, answer.err) == (0, "")
    for name in ("reverse-mode", "backprop-2-2-1", "four-derivatives", "five-steps", "w0, w1, w2, x1, x2"):
        assert name in answer.out


def test_a_name_is_opened_as_text(tmp_path: Path) -> None:
    answer = cli("explain", "reverse-mode", cwd=tmp_path)
    assert (answer.code, answer.err) == (0, "")
    assert "df/dx1 = df/du1 * ∂u1/∂x1 = 0.196612 * 2.0 = 0.393224" in answer.out
    rows = [line.split() for line in answer.out.split("The graph")[1].splitlines()]
    assert ["node", "operation", "value", "local", "derivative", "gradient"] in rows
    assert ["f", "1", "/", "d", "0.731059", "∂f/∂d", "=", "-0.534447", "1.0"] in rows
    assert not list(tmp_path.iterdir())


def test_inputs_can_be_changed(tmp_path: Path) -> None:
    answer = cli("explain", "gradient-tape", "--set", "x=2", cwd=tmp_path)
    assert "dz/dx = 3 * x^2 = 3 * 2.0^2 = 12.0" in answer.out
    answer = cli("explain", "delta-rule", "--set", "layers=[1, 1]", "--set", "activation=sigmoid", cwd=tmp_path)
    assert answer.code == 0 and "delta1_1" in answer.out and "delta2_1" not in answer.out


def test_picture_and_page_are_written(tmp_path: Path) -> None:
    answer = cli("explain", "five-steps", "--svg", "graph.svg", "--html", "page.html", cwd=tmp_path)
    assert (answer.code, answer.out) == (0, "graph.svg\npage.html\n")
    assert (tmp_path / "graph.svg").read_text(encoding="utf-8").startswith("<svg ")
    assert (tmp_path / "page.html").read_text(encoding="utf-8").startswith("<!DOCTYPE html>")


def test_a_run_is_opened_and_large_arrays_on_demand(tmp_path: Path) -> None:
    train(MOONS, tmp_path / "moons")
    answer = cli("explain", "moons", "--sample", 2, "--split", "train", cwd=tmp_path)
    assert answer.code == 0
    assert "moons: sample 2 of train, forward and backward" in answer.out
    assert "W1 = 8 × 2: mean" in answer.out and "hidden1.weight" in answer.out
    assert "8 × 2: mean" not in cli("explain", "moons", "--full", cwd=tmp_path).out
    answer = cli("explain", "moons", "--html", "one.html", cwd=tmp_path)
    assert answer.code == 0 and (tmp_path / "one.html").is_file()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["reverse-mod"], "There is no explanation called 'reverse-mod'. → Did you mean 'reverse-mode'?"),
        (["runs/nothing"], "There is no run at runs/nothing."),
        (["."], ". is not a run"),
        ([".", "--set", "x=1"], "--set changes the inputs of a named explanation"),
        (["reverse-mode", "--sample", "1"], "--sample and --split choose a sample of a run"),
        (["reverse-mode", "--set", "w0"], "--set 'w0' is not KEY=VALUE."),
        (["reverse-mode", "--set", "w7=1"], "w7 is not a known key."),
        (["reverse-mode", "--set", "w0=nan"], "w0"),
        (["reverse-mode", "--set", "w0=-1e6", "--svg", "a.svg"], "not a finite number"),
        (["reverse-mode", "--svg", "no/a.svg"], "with --svg FILE"),
        (["reverse-mod", "--html", "a.html"], "Did you mean"),
    ],
)
def test_what_is_wrong_is_explained_and_nothing_is_written(tmp_path: Path, arguments: list[str], words: str) -> None:
    answer = cli("explain", *arguments, cwd=tmp_path)
    assert answer.code == 2
    assert words in answer.words
    assert not list(tmp_path.iterdir())


def test_no_file_is_written_over(tmp_path: Path) -> None:
    (tmp_path / "a.svg").write_text("mine")
    answer = cli("explain", "reverse-mode", "--svg", "a.svg", "--html", "b.html", cwd=tmp_path)
    assert answer.code == 2 and "Name another file, on the command line with --svg FILE." in answer.words
    assert (tmp_path / "a.svg").read_text() == "mine" and not (tmp_path / "b.html").exists()
