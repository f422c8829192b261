"""`neurona sample`, and `neurona train` on a text of one's own."""

from __future__ import annotations

from pathlib import Path

import pytest
from commandline import cli

from neurona.data.characters import FOLDER


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with a text, and a run that was trained on it for one epoch."""
    folder = tmp_path_factory.mktemp("texts")
    text = (FOLDER / "english.txt").read_text(encoding="utf-8")
    (folder / "book.txt").write_text(text[:8000], encoding="utf-8")
    changes = ["--set", "net.hidden=16", "--epochs", 1, "--out", "run", "--no-report"]
    answer = cli("train", "book.txt", *changes, cwd=folder)
    assert answer.code == 0, answer.words
    return folder


def test_a_text_is_trained_on_by_its_path_and_the_notes_say_how_it_was_read(folder) -> None:
    answer = cli("train", "book.txt", "--set", "net.hidden=4", "--epochs", 1, "--out", "b", "--no-report", cwd=folder)
    assert answer.code == 0
    assert "8000 characters" in answer.words
    assert "bits per token" in answer.words


def test_a_sample_begins_with_the_prompt_and_has_the_length_asked_for(folder) -> None:
    answer = cli("sample", "run", "--prompt", "The river", "--length", 40, cwd=folder)
    assert answer.code == 0
    assert answer.out.startswith("The river")
    assert len(answer.out) == len("The river") + 40 + 1
    assert answer.err == ""


def test_seed_and_temperature_change_what_is_written(folder) -> None:
    asked = [("--seed", 1), ("--seed", 1), ("--seed", 2), ("--temperature", 0)]
    first, again, other, greedy = (cli("sample", "run", "--length", 60, *more, cwd=folder).out for more in asked)
    assert first == again
    assert len({first, other, greedy}) == 3


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("run", "--prompt", "the ñu"), "'ñ' in the prompt is unknown"),
        (("run", "--length", "0"), "must be at least 1"),
        (("run", "--temperature", "-1"), "must be 0"),
        (("run", "--length", "many"), "--length is not valid"),
        (("rum",), "There is no run at rum"),
    ],
)
def test_a_wrong_argument_is_explained(folder, arguments, words) -> None:
    answer = cli("sample", *arguments, cwd=folder)
    assert answer.code == 2
    assert words in answer.words
    assert answer.out == ""


def test_a_run_that_writes_no_texts_is_refused(folder) -> None:
    assert cli("train", "moons", "--epochs", 1, "--out", "moons", "--no-report", cwd=folder).code == 0
    answer = cli("sample", "moons", cwd=folder)
    assert answer.code == 2
    assert "only a net for the next token writes texts" in answer.words


def test_a_text_too_short_is_refused_and_leaves_nothing(folder, tmp_path) -> None:
    (tmp_path / "note.txt").write_text("Back at five.", encoding="utf-8")
    answer = cli("train", "note.txt", "--out", "r", cwd=tmp_path)
    assert answer.code == 2
    assert "13 characters, too few" in answer.words
    assert [path.name for path in tmp_path.iterdir()] == ["note.txt"]
