"""`neurona compare`: variants with error bars, in words, as JSON and as a report."""

from __future__ import annotations

import io
import json
import re
from pathlib import Path

import pytest
from commandline import cli
from recipes import MOONS, compare, train
from rich.console import Console

from neurona.cli.variants import table_of
from neurona.compare import Comparison
from neurona.tuning.tune import tune

QUICK = ["--epochs", 2, "--seeds", 3, "--no-report"]


def test_variants_are_compared_seed_by_seed(tmp_path: Path) -> None:
    answer = cli("compare", "spiral", "--vary", "net.activation=relu,tanh", *QUICK, "--out", "both", cwd=tmp_path)
    assert answer.code == 0, answer.err
    assert "Best: relu (test accuracy). The others, seed by seed:" in answer.words
    comparison = Comparison(tmp_path / "both")
    assert comparison.finished and list(comparison.runs) == ["relu", "tanh"]
    (pair,) = comparison.pairs().values()
    found = comparison.values("test.accuracy")
    assert pair.mean == pytest.approx(sum(a - b for a, b in zip(found["tanh"], found["relu"], strict=True)) / 3)
    again = cli("compare", "--resume", "both", "--json", cwd=tmp_path)
    result = json.loads(again.out.splitlines()[-1])
    assert (result["best"], result["metric"], list(result["differences"])) == ("relu", "test.accuracy", ["tanh"])
    page = (tmp_path / "both" / "report.html").read_text(encoding="utf-8")
    assert "seed by seed (paired t-test, p after Holm)" in page


def test_several_choices_make_every_combination(tmp_path: Path) -> None:
    vary = ["--vary", "net.hidden=[5],[5,5]", "--vary", "fit.lr=0.1,0.01"]
    answer = cli("compare", "wine", *vary, "--epochs", 1, "--seeds", 1, "--json", "--no-report", cwd=tmp_path)
    assert answer.code == 0, answer.err
    result = json.loads(answer.out.splitlines()[-1])
    assert set(result["variants"]) == {"5, 0.1", "5, 0.01", "5-5, 0.1", "5-5, 0.01"}


def test_a_recipe_compares_what_it_varies_itself(tmp_path: Path) -> None:
    answer = cli("compare", "digits-activations", "--epochs", 1, "--seeds", 2, "--no-report", cwd=tmp_path)
    assert answer.code == 0, answer.err
    assert "sigmoid" in answer.out


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], "Say what to compare"),
        (["spiral"], "spiral says nothing to compare."),
        (["spiral", "--vary", "net.activation=relu"], "it gives a single value"),
        (["spiral", "--vary", "net.activaton=relu,tanh"], "Did you mean 'activation'?"),
        (["spiral", "--vary", "fit.lr", "0.1,0.2"], "without spaces, or in quotes: --vary fit.lr=0.1,0.2"),
        (["spiral", "--set", "fit.lr", "=", "0.1"], "without spaces, or in quotes: --set fit.lr=0.1"),
        (["spiral", "--vary", "net.hidden=[5],", "[5, 5]"], "or in quotes: --vary 'net.hidden=[5],[5, 5]'"),
        (["spiral", "--vary", "fit.lr=0.1,fast"], "fit.lr = 'fast' is not valid."),
        (["spiral", "--vary", "fit.lr=0.1,0.2", "--seeds", 0], "--seeds 0 trains nothing."),
        (["spiral", "--vary", "fit.lr=0.1,0.1"], "Two variants are called '0.1'."),
        (["spiral", "--vary", "fit.lr=0.1,0.2", "--seeds", 10**10], "It must be at most 10000."),
        (["spiral", "--vary", "lr=0.1,0.2"], "The section comes first: fit.lr."),
        (
            ["wine", "--vary", "fit.momentum=none,0.9", "--vary", "fit.optimizer=sgd,adam"],
            "momentum 0.9, adam do not go together.",
        ),
        (["--resume", "nowhere"], "There is no comparison at nowhere."),
        (["--resume", "nowhere", "--seeds", 3], "nothing can be changed with --resume"),
    ],
)
def test_what_cannot_be_compared_is_said_and_leaves_nothing(
    arguments: list[object], words: str, tmp_path: Path
) -> None:
    answer = cli("compare", *arguments, cwd=tmp_path)
    assert answer.code == 2 and words in answer.words
    assert not any(tmp_path.iterdir())


def test_what_is_set_cannot_be_varied_too(tmp_path: Path) -> None:
    answer = cli("compare", "spiral", "--vary", "fit.lr=0.1,0.2", "--set", "fit.lr=3", cwd=tmp_path)
    assert answer.code == 2 and "fit.lr is both set and varied." in answer.words


def test_none_compares_without_and_with(tmp_path: Path) -> None:
    answer = cli("compare", "wine", "--vary", "fit.momentum=none,0.9", *QUICK, "--out", "c", cwd=tmp_path)
    assert answer.code == 0, answer.err
    assert "momentum none" in answer.out
    without, with_it = (runs[0].recipe.fit.momentum for runs in Comparison(tmp_path / "c").runs.values())
    assert (without, with_it) == (None, 0.9)


@pytest.mark.parametrize(
    ("vary", "words"),
    [
        ("fit.l2=0,1e-12", "None is best: all have the same mean (test accuracy)."),
        ("fit.l2=0,1e-12,1000", "Best, with the same mean: l2 0; l2 1e-12 (test accuracy). The others, seed by seed:"),
    ],
)
def test_a_tie_is_said(vary: str, words: str, tmp_path: Path) -> None:
    answer = cli("compare", "wine", "--vary", vary, "--epochs", 20, *QUICK[2:], "--out", "c", cwd=tmp_path)
    assert answer.code == 0 and words in answer.words
    others = answer.words.partition(words)[2]
    assert "l2 0:" not in others and "l2 1e-12:" not in others


@pytest.mark.parametrize("width", [50, 200])
def test_numbers_in_the_table_are_whole_and_what_has_no_room_is_named(tmp_path: Path, width: int) -> None:
    recipe = {"data": {"name": "houses"}, "net": {"kind": "linear"}, "fit": {"epochs": 3}, "seeds": 2}
    compared = compare({**recipe, "vary": {"fit.lr": [0.01, 0.1]}}, tmp_path / "c")
    table, left = table_of(compared, width)
    assert bool(left) == (width == 50) and compared.main not in left
    console = Console(width=width, file=io.StringIO())
    console.print(table)
    lines = console.file.getvalue().splitlines()  # type: ignore[attr-defined]
    assert "…" not in "".join(lines)
    assert [len(re.findall(r"\S+ ± \S+|\S+ s", line)) for line in lines[-2:]] == [5 - len(left)] * 2


@pytest.fixture(scope="module")
def kinds(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a run, a comparison and a search, each as `--resume` finds it."""
    folder = tmp_path_factory.mktemp("kinds")
    train(MOONS, folder / "one")
    compare({**MOONS, "vary": {"fit.lr": [0.1, 0.2]}}, folder / "two")
    tune("spiral", {"fit.lr": [0.1, 0.2]}, trials=2, epochs=2, out=folder / "many", report=False)
    return folder


@pytest.mark.parametrize(
    ("command", "path", "words"),
    [
        ("compare", "one", "one is a single run. → Go on with: neurona train --resume one"),
        ("tune", "one", "one is a single run. → Go on with: neurona train --resume one"),
        ("tune", "two", "two is a comparison of several runs. → Go on with: neurona compare --resume two"),
        ("train", "many", "many is a search of many trials. → Go on with: neurona tune --resume many"),
        ("compare", "many", "many is a search of many trials. → Go on with: neurona tune --resume many"),
        ("compare", "two/1-0-1/seed-0", "seed-0 is a part of two. → Go on with: neurona compare --resume two"),
        ("train", "two/1-0-1", "two/1-0-1 is a part of two. → Go on with: neurona compare --resume two"),
        ("tune", "many/best", "many/best is a part of many. → Go on with: neurona tune --resume many"),
        ("train", "onne", "There is no run at onne. → Did you mean 'one'?"),
        ("tune", "nowhere", "There is no search at nowhere. → Known are: many."),
        ("tune", "one/nowhere", "one/nowhere is a part of one."),
    ],
)
def test_what_another_command_goes_on_with_is_said(kinds: Path, command: str, path: str, words: str) -> None:
    before = {file: file.stat().st_mtime_ns for file in kinds.rglob("*")}
    answer = cli(command, "--resume", path, cwd=kinds)
    assert answer.code == 2 and words in answer.words
    assert {file: file.stat().st_mtime_ns for file in kinds.rglob("*")} == before


def test_gans_are_not_ranked_by_their_own_rivals(tmp_path: Path) -> None:
    vary = ["--vary", "fit.lr=0.001,0.002", "--epochs", 1, "--seeds", 2, "--set", "data.samples=100", "--no-report"]
    answer = cli("compare", "digits-gan", *vary, cwd=tmp_path)
    assert answer.code == 0, answer.err
    assert "Best" not in answer.words


def test_a_warning_about_every_part_is_said_once(tmp_path: Path) -> None:
    vary = ("--vary", "fit.lr=0.1,0.2", "--seeds", 2, "--epochs", 2, "--set", "fit.warmup=50", "--no-report")
    done = cli("compare", "spiral", *vary, cwd=tmp_path)
    assert done.code == 0
    said = "fit.warmup = 50 is longer than the fit (2 epochs): the learning rate ends at 4 % of fit.lr."
    assert done.words.count(said) == 1


def test_a_warmup_that_ends_with_the_fit_is_no_reason_to_speak(tmp_path: Path) -> None:
    assert "warmup" not in cli("train", "spiral", "--epochs", 2, "--set", "fit.warmup=2", cwd=tmp_path).words
