"""`neurona summary`: a recipe before it trains, a run, and the building blocks."""

from __future__ import annotations

from pathlib import Path

import pytest
from commandline import cli
from recipes import MOONS, train

from neurona.data import images

CONV = """
[data]
name = "digits"

[net]
kind = "conv"
layers = ["conv 8 3 pad 1", "relu", "pool 2"]
"""


@pytest.fixture
def recipe(tmp_path: Path) -> Path:
    path = tmp_path / "digits-cnn.toml"
    path.write_text(CONV)
    return path


def test_a_recipe_is_shown_before_it_trains(tmp_path: Path, recipe: Path) -> None:
    answer = cli("summary", recipe, cwd=tmp_path)
    assert (answer.code, answer.err) == (0, "")
    first, header, _rule, *rows = answer.out.splitlines()
    assert first == "digits-cnn: a net of kind conv for samples of 1 × 8 × 8, with 10 outputs."
    assert header.split()[:3] == ["layer", "kind", "output"]
    assert [row.split()[0] for row in rows[:-2]] == ["conv1", "relu1", "pool1", "flatten", "output"]
    assert rows[-1].split()[:3] == ["total", "1370", "1370"]
    assert list(tmp_path.iterdir()) == [recipe]


def test_changes_to_the_recipe_are_seen(tmp_path: Path) -> None:
    answer = cli("summary", "moons", "--set", "net.hidden=[7, 3]", cwd=tmp_path)
    assert answer.code == 0
    assert "hidden2" in answer.out
    assert answer.out.splitlines()[-1].split()[1] == str(3 * 7 + 8 * 3 + 4 * 2)


def test_a_run_is_shown(tmp_path: Path) -> None:
    run = train(MOONS, tmp_path / "moons")
    answer = cli("summary", run.path, cwd=tmp_path)
    assert answer.code == 0
    assert "hidden1" in answer.out


def test_what_a_recipe_freezes_counts_as_not_trained(tmp_path: Path) -> None:
    frozen = ("--set", "net.weights=none", "--set")
    trained = cli("summary", "digits-transfer", *frozen, "fit.frozen=[]", cwd=tmp_path).words
    kept = cli("summary", "digits-transfer", *frozen, "fit.frozen=['trunk.*']", cwd=tmp_path).words
    assert "160 160" in trained
    assert "160 0" in kept


def test_blocks_are_shown(tmp_path: Path) -> None:
    answer = cli("summary", "blocks", cwd=tmp_path)
    assert answer.code == 0
    assert "two 3 × 3 convolutions" in answer.out
    assert "11\u202f689\u202f512" in answer.out


def test_without_the_data_the_net_is_shown_for_their_shape(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(folder: Path, name: str) -> None:
        raise images.not_downloaded(folder, name, OSError("no network"), ["images.gz"])

    monkeypatch.setenv("NEURONA_DATA", str(tmp_path))
    monkeypatch.setattr(images, "download", refuse)
    answer = cli("summary", "mnist-mlp", cwd=tmp_path)
    assert answer.code == 0
    assert "no network" in answer.err
    assert "samples of 1 × 28 × 28, with 10 outputs" in answer.out


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["spirall"], "no recipe called 'spirall'"),
        (["blocks", "--set", "net.kind=mlp"], "--set changes a recipe, and blocks is none"),
        (["digits-mlp", "--set", "net.hidden=[0]"], "net.hidden.0 = 0"),
        (["digits-mlp", "--set", "net={kind='conv', layers=['conv 4 9']}"], 'Layer 1, "conv 4 9"'),
        (["digits-mlp", "--set", "net={kind='conv', layers=['conv 4 9']}"], "at most 8 fits"),
    ],
)
def test_what_is_wrong_is_explained(tmp_path: Path, arguments: list[str], words: str) -> None:
    answer = cli("summary", *arguments, cwd=tmp_path)
    assert answer.code == 2
    assert words in answer.words
    assert not list(tmp_path.iterdir())
