"""`--weights FILE`, and claims that cannot be checked where weights are not at hand."""

from __future__ import annotations

import json
import shlex
from pathlib import Path
from typing import Any

import pytest
import tomli_w
import torch
from commandline import cli

from neurona import pretrained
from neurona.nets.weights import Published, read_weights
from neurona.recipe import Recipe

LAYERS = ["conv 4 3", "bn", "relu", "pool 2"]
FIRST: dict[str, Any] = {
    "data": {"name": "digits", "samples": 100},
    "net": {"kind": "conv", "layers": LAYERS},
    "fit": {"epochs": 1},
}


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A directory with a recipe `moved.toml`, and a run `first` of the net that its trunk is made of."""
    (tmp_path / "first.toml").write_text(tomli_w.dumps(FIRST))
    net = {"kind": "transfer", "trunk": {"kind": "conv", "layers": LAYERS}}
    frozen = {"epochs": 2, "frozen": ["trunk.*"]}
    (tmp_path / "moved.toml").write_text(tomli_w.dumps({**FIRST, "net": net, "fit": frozen}))
    assert cli("train", "first.toml", "--out", "first", "--no-report", cwd=tmp_path).code == 0
    return tmp_path


@pytest.mark.parametrize("source", ["first", "first/model.safetensors", "first/checkpoint.pt"])
def test_the_trunk_starts_from_a_run_or_a_file(home: Path, source: str) -> None:
    answer = cli("train", "moved.toml", "--weights", source, "--out", "r", "--no-report", cwd=home)
    assert answer.code == 0, answer.words
    assert "The trunk starts from the weights in" in answer.words
    assert "Left out, since the head is new: output." in answer.words
    first, moved = (read_weights(home / run) for run in ("first", "r"))
    assert all(torch.equal(moved[f"trunk.{name}"], value) for name, value in first.items() if name[:6] != "output")
    resumed = cli("train", "--resume", "r", "--epochs", "3", "--no-report", cwd=home)
    assert resumed.code == 0, resumed.words


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("nowhere.pt", "There is no file of weights at"),
        ("first.toml", "first.toml cannot be read as weights"),
        ("other.pt", "are for another net than the trunk. 5 of 6 are missing: conv1.bias"),
    ],
)
def test_other_weights_are_refused_and_leave_nothing_behind(home: Path, source: str, words: str) -> None:
    torch.save({"conv1.weight": torch.zeros(4, 1, 3, 3)}, home / "other.pt")
    before = sorted(home.iterdir())
    answer = cli("train", "moved.toml", "--weights", source, cwd=home)
    assert answer.code == 2
    assert words in answer.words
    assert sorted(home.iterdir()) == before


def test_a_net_of_another_kind_takes_no_weights(home: Path) -> None:
    answer = cli("train", "first.toml", "--weights", "first", cwd=home)
    assert answer.code == 2
    assert "Only the trunk of a net of kind transfer takes weights, and this net is of kind conv" in answer.words
    told = shlex.split(answer.words.partition("write: ")[2])
    moved = cli("train", "first.toml", "--weights", "first", *told, "--out", "r", "--no-report", cwd=home)
    assert moved.code == 0, moved.words
    assert "they are left out" in moved.words.lower()
    first, trunk = read_weights(home / "first"), read_weights(home / "r")
    assert trunk["trunk.conv1.weight"].shape == first["conv1.weight"].shape


def test_weights_that_are_not_there_are_not_there_for_any_kind_of_net(home: Path) -> None:
    answer = cli("train", "first.toml", "--weights", "nowhere.pt", cwd=home)
    assert answer.code == 2
    assert "There is no file of weights at nowhere.pt." in answer.words
    assert "net.kind" not in answer.words


def test_a_run_that_goes_on_takes_no_weights(home: Path) -> None:
    answer = cli("train", "--resume", "first", "--weights", "first", cwd=home)
    assert answer.code == 2
    assert "--weights cannot be changed with --resume" in answer.words


def test_claims_that_need_weights_from_elsewhere_do_not_fall_short_without_a_network(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NEURONA_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "torch"))
    monkeypatch.setattr(pretrained, "published", lambda _kind, _options: Published("http://127.0.0.1:9/w-12345678.pth"))
    recipe = Recipe.of(
        {
            **FIRST,
            "net": {"kind": "transfer", "trunk": "resnet18", "weights": "imagenet"},
            "claim": {"metric": "test.accuracy", "at_least": 0.5},
        }
    )
    monkeypatch.setattr("neurona.written.names", lambda: ["far"])
    monkeypatch.setattr(Recipe, "read", lambda *_given: recipe)
    answer = cli("claims", cwd=tmp_path)
    assert answer.code == 0
    assert "far not checked: The weights w-12345678.pth are not in" in answer.words
    assert "0 of 0 claims hold. 1 could not be checked." in answer.words
    told = json.loads(cli("claims", "--json", cwd=tmp_path).out.splitlines()[-1])
    assert told["short"] == 0
    assert told["claims"][0]["holds"] is None


def test_a_recipe_that_is_trained_for_its_weights_is_shown_and_what_is_wrong_is_found_before(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NEURONA_DATA", str(home / "data"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(home / "cache"))
    recipe = ("train", "moved.toml", "--set", f"net.weights=recipe:{home / 'first.toml'}", "--no-report")
    wrong = cli(*recipe, "--set", "fit.batch=-1", cwd=home)
    assert wrong.code == 2
    assert "is trained first" not in wrong.words
    wrong = cli(*recipe, "--set", "fit.frozen=['nothing.*']", cwd=home)
    assert wrong.code == 2
    assert "is trained first" not in wrong.words
    assert not (home / "data").exists()
    answer = cli(*recipe, "--out", "r", cwd=home)
    assert answer.code == 0, answer.words
    assert "The recipe first is trained first, for its weights" in answer.words
    assert [path.name[:6] for path in (home / "data" / "weights").iterdir()] == ["first-"]
    again = cli(*recipe, "--out", "r2", cwd=home)
    assert "is trained first" not in again.words
