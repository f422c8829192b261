"""A study that several machines share: who has died is noticed, and what it left behind is tried again."""

from __future__ import annotations

import itertools
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import optuna
import pytest

from neurona.errors import InputError
from neurona.tuning import life, storage
from neurona.tuning.life import SILENCE
from neurona.tuning.space import of
from neurona.tuning.study import MOST_DEATHS, Study
from neurona.tuning.trial import LostError

SPACE = of({"fit.lr": "log:1e-3..1"})
ABOUT = {"metric": "valid.loss", "seed": 0, "prune": True, "over": SPACE.written()}


def study(path: Path, total: int = 5) -> Study:
    return Study(str(path), "moons", ABOUT, SPACE, {"fit.lr": 0.1}, total)


def last_sign(asked: Any, machine: str, seconds_ago: float) -> None:
    """Let a trial look as if it were trained by a process of `machine`."""
    asked.record.set_user_attr("by", {"machine": machine, "pid": 1, "alive": time.time() - seconds_ago})


def test_a_trial_of_a_machine_that_fell_silent_is_tried_again(tmp_path: Path) -> None:
    ours = study(tmp_path / "s.journal")
    silent, alive = ours.ask(5), ours.ask(5)
    assert silent and alive
    last_sign(silent, "far away", SILENCE + 1)
    last_sign(alive, "far away", SILENCE - 30)
    again = ours.ask(5)
    assert again is not None and again.values == silent.values == {"fit.lr": 0.1}
    assert [trial.outcome for trial in ours.trials()] == ["given back", "running", "running"]
    assert [trial.own for trial in ours.trials()] == [True, True, False]
    assert [trial.number for trial in ours.trials()] == [1, 1, 2]


def test_a_trial_whose_processes_keep_dying_has_failed(tmp_path: Path) -> None:
    ours = study(tmp_path / "s.journal")
    for _death in range(MOST_DEATHS + 1):
        asked = ours.ask(2)
        assert asked is not None and asked.values == {"fit.lr": 0.1}
        last_sign(asked, "far away", SILENCE + 1)
    following = ours.ask(2)
    assert following is not None and following.values != {"fit.lr": 0.1}
    assert ours.ask(2) is None
    failed = [trial for trial in ours.trials() if trial.outcome == "failed"]
    assert len(failed) == 1 and "died" in failed[0].reasons["en"] and "murió" in failed[0].reasons["es"]


def test_who_was_taken_for_dead_loses_the_trial(tmp_path: Path) -> None:
    ours, theirs = study(tmp_path / "s.journal"), study(tmp_path / "s.journal")
    asked = ours.ask(5)
    assert asked is not None
    last_sign(asked, "far away", SILENCE + 1)
    again = theirs.ask(5)
    assert again is not None and again.values == asked.values
    with pytest.raises(LostError):
        ours.report(asked, 1, 0.5)
    with pytest.raises(LostError):
        ours.tell(asked, "complete", 0.5)
    assert theirs.tell(again, "complete", 0.25).value == 0.25


def test_there_are_no_more_trials_than_were_wanted(tmp_path: Path) -> None:
    both = [study(tmp_path / "s.journal", 3), study(tmp_path / "s.journal", 3)]
    asked = [one.ask(3) for one in itertools.islice(itertools.cycle(both), 8)]
    assert [one is not None for one in asked] == [True] * 3 + [False] * 5


def test_another_process_may_begin_a_trial_while_all_are_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ours, theirs = study(tmp_path / "s.journal"), study(tmp_path / "s.journal")
    read = ours._all

    def reading() -> list[optuna.trial.FrozenTrial]:
        theirs.ask(5)
        return read()

    monkeypatch.setattr(ours, "_all", reading)
    assert [trial.number for trial in ours.trials()] == [1]
    assert [trial.number for trial in ours.trials()] == [1, 2]


def test_signs_of_life_are_given_while_a_trial_trains(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("neurona.tuning.life.BEAT", 0.05)
    ours = study(tmp_path / "s.journal")
    asked = ours.ask(5)
    assert asked is not None
    last_sign(asked, "far away", SILENCE + 1)
    with ours.living(asked):
        time.sleep(0.5)
        assert time.time() - asked.record.user_attrs["by"]["alive"] < SILENCE


def test_a_study_that_was_hardly_begun_is_begun_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("neurona.tuning.study.PATIENCE", 0.1)
    backend = storage.opened(str(tmp_path / "s.journal"))
    optuna.create_study(storage=backend, study_name="moons")
    asked = study(tmp_path / "s.journal").ask(5)
    assert asked is not None and asked.values == {"fit.lr": 0.1}


def test_a_study_of_another_program_is_not_joined(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("neurona.tuning.study.PATIENCE", 0.1)
    backend = storage.opened(str(tmp_path / "s.journal"))
    other = optuna.create_study(storage=backend, study_name="moons")
    other.tell(other.ask(), 1.0)
    with pytest.raises(InputError, match="a study 'moons' that neurona has not made"):
        study(tmp_path / "s.journal")


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("postgresql://me:secret@host/x", "postgresql://me:***@host/x"),
        ("postgresql://me@host/x", "postgresql://me@host/x"),
        ("mysql+pymysql://me:se:cr@et@host/x", "mysql+pymysql://me:***@host/x"),
        ("/data/study.journal", "/data/study.journal"),
    ],
)
def test_a_password_is_never_written_down(address: str, shown: str) -> None:
    assert storage.without_password(address) == shown
    assert storage.lacks_password(shown) == (address != shown)


@pytest.mark.parametrize("number", ["ours", "free"])
def test_a_process_that_got_the_number_of_a_dead_one_is_another(number: str, tmp_path: Path) -> None:
    ours = study(tmp_path / "s.journal")
    dead, alive = ours.ask(5), ours.ask(5)
    assert dead and alive
    sign = life.sign()
    with subprocess.Popen([sys.executable, "-c", ""]) as ended:
        ended.wait()
    pid = os.getpid() if number == "ours" else ended.pid
    dead.record.set_user_attr("by", {**sign, "pid": pid, "begun": sign["begun"] - 3600})
    again = ours.ask(5)
    assert again is not None and again.values == dead.values
    assert [trial.outcome for trial in ours.trials()] == ["given back", "running", "running"]


def test_a_journal_with_a_damaged_line_is_said(tmp_path: Path) -> None:
    study(tmp_path / "s.journal").ask(5)
    lines = (tmp_path / "s.journal").read_text().splitlines()
    lines[len(lines) // 2] = "garbage"
    (tmp_path / "s.journal").write_text("\n".join(lines) + "\n")
    with pytest.raises(InputError, match=r"s\.journal is damaged"):
        study(tmp_path / "s.journal")
