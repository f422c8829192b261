"""`neurona tune`: searched, shared, stopped and gone on with, in words, as JSON and as a report."""

from __future__ import annotations

import json
import shutil
import signal
import sqlite3
import subprocess
import time
from contextlib import closing
from pathlib import Path

import pytest
from commandline import cli, started

from neurona.cli import screen
from neurona.cli.trials import show_tuning
from neurona.result import kind_of
from neurona.run import Run
from neurona.tuning import Tuning
from neurona.tuning.trial import values_text

OVER = ["--over", "fit.lr=log:1e-3..1", "--over", "net.hidden=[4],[8],[4,4]"]
QUICK = [*OVER, "--epochs", 4, "--no-report"]
LONG = ["wine", *OVER, "--epochs", 60, "--no-report", "--set", "fit.engine=torch", "--trials", 7]


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with the search `t` in it, with its report."""
    folder = tmp_path_factory.mktemp("found")
    answer = cli("tune", "wine", *OVER, "--epochs", 10, "--trials", 12, "--out", "t", cwd=folder)
    assert answer.code == 0, answer.err
    return folder


def outcomes(path: Path) -> list[tuple[object, ...]]:
    return [(trial.values, trial.outcome, trial.value) for trial in Tuning.open(path).done]


def test_the_best_run_offers_what_any_run_offers(found: Path) -> None:
    best = found / "t" / "best"
    assert Run.open(best).finished
    for command in (["report", best], ["export", best, "--out", "net.py"], ["explain", best], ["report", "t"]):
        answer = cli(*command, cwd=found)
        assert answer.code == 0, answer.err
    retrained = cli("train", "t/best.toml", "--no-report", "--out", "again", cwd=found)
    assert retrained.code == 0, retrained.err
    assert (found / "again" / "history.csv").read_bytes() == (best / "history.csv").read_bytes()
    for command, hint in ((["export", "t"], "t/best"), (["train", "--resume", "t"], "neurona tune --resume t")):
        answer = cli(*command, cwd=found)
        assert answer.code == 2 and "t is a search of many trials." in answer.words and hint in answer.words


def test_the_report_shows_the_search(found: Path) -> None:
    tuning = Tuning.open(found / "t")
    page = (found / "t" / "report.html").read_text(encoding="utf-8")
    for heading in ("What was found", "The trials one after the other", "What each parameter does", "The best recipe"):
        assert heading in page
    assert tuning.best is not None
    assert f"Best is trial {tuning.best.number} with fit.lr {tuning.best.values['fit.lr']}" in page
    assert page.count("<tr>") >= len(tuning.done)
    pictures = {path.stem for path in (found / "t").glob("*.png")}
    assert pictures == {"search-history", "search-slices", "search-importance", "search-curves"}


def test_a_report_says_that_trials_cannot_be_told_apart(tmp_path: Path) -> None:
    over = ["--over", "fit.lr=0.1,0.11,0.12", "--metric", "valid.accuracy"]
    answer = cli("tune", "wine", *over, "--trials", 3, "--no-prune", "--out", "t", cwd=tmp_path)
    assert answer.code == 0, answer.err
    tuning = Tuning.open(tmp_path / "t")
    assert {trial.value for trial in tuning.done} == {1.0}
    page = (tmp_path / "t" / "report.html").read_text(encoding="utf-8")
    assert "3 trials have this same value" in page and "Best is trial 1" in page


def test_each_trial_is_told_and_the_best_ones_at_the_end(tmp_path: Path) -> None:
    answer = cli("tune", "wine", *QUICK, "--trials", 4, "--out", "t", cwd=tmp_path)
    assert answer.code == 0, answer.err
    tuning = Tuning.open(tmp_path / "t")
    for trial in tuning.done:
        assert f"{trial.number}  fit.lr {trial.values['fit.lr']}, net.hidden {trial.values['net.hidden']}" in answer.err
    assert "4 trials: " in answer.words and "Best run on test, which the search has not seen" in answer.words
    assert not (tmp_path / "t" / "report.html").exists()


def test_json_is_the_last_line(tmp_path: Path) -> None:
    answer = cli("tune", "wine", *QUICK, "--trials", 3, "--json", "--out", "t", cwd=tmp_path)
    result = json.loads(answer.out.splitlines()[-1])
    tuning = Tuning.open(tmp_path / "t")
    assert tuning.best is not None
    assert (result["run"], result["recipe"], result["metric"]) == ("t", "wine", "valid.loss")
    assert result["best"] == {
        "trial": tuning.best.number,
        "value": tuning.best.value,
        "values": tuning.best.values,
    }
    assert result["test"] == Run.open(tmp_path / "t" / "best").metrics["test"]
    further = cli("tune", "--resume", "t", "--trials", 5, "--json", "--no-report", cwd=tmp_path)
    assert sum(json.loads(further.out.splitlines()[-1])["trials"].values()) == 5


@pytest.mark.parametrize(("width", "side_by_side"), [(100, True), (40, False)])
def test_no_value_is_cut_where_the_terminal_is_narrow(
    width: int, side_by_side: bool, found: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(screen.out, "_width", width)
    tuning = Tuning.open(found / "t")
    show_tuning(tuning)
    said = " ".join(capsys.readouterr().out.split())
    assert tuning.best is not None and "…" not in said
    assert ("trial validation loss fit.lr net.hidden" in said) == side_by_side
    assert (values_text(tuning.best.values) in said) != side_by_side


@pytest.mark.parametrize("as_json", [["--json"], []])
def test_a_search_without_a_best_trial_has_failed(as_json: list[str], tmp_path: Path) -> None:
    over = ["--over", "fit.lr=1e30,1e31", "--epochs", 2]
    answer = cli("tune", "wine", *over, "--out", "t", *as_json, cwd=tmp_path)
    assert answer.code == 1
    assert "The search t has no best trial, for none is complete (2 trials: 2 diverged)." in answer.words
    assert "Search a smaller range" in answer.words and (tmp_path / "t" / "report.html").is_file()
    if as_json:
        assert json.loads(answer.out)["best"] is None


def test_a_search_that_was_changed_is_refused(found: Path, tmp_path: Path) -> None:
    shutil.copytree(found / "t", tmp_path / "t")
    text = (tmp_path / "t" / "search.toml").read_text()
    (tmp_path / "t" / "search.toml").write_text(text.replace("log:0.001..1", "log:1e-05..1e-04"))
    for command in (["tune", "--resume", "t", "--trials", 20], ["report", "t"]):
        answer = cli(*command, cwd=tmp_path)
        assert answer.code == 2 and "t/search.toml: over.fit.lr was log:0.001..1 when" in answer.words, answer.words
    assert "trials = 12" in (tmp_path / "t" / "search.toml").read_text()


def test_a_table_is_searched(tmp_path: Path) -> None:
    rows = "\n".join(f"{i},{i * i % 17},{3 * i + i % 5}" for i in range(80))
    (tmp_path / "t.csv").write_text(f"a,b,price\n{rows}\n")
    over = ["--over", "fit.lr=log:1e-3..0.1", "--over", "net.dropout=0..0.3"]
    answer = cli("tune", "t.csv", "--target", "price", *over, "--epochs", 3, "--trials", 3, "--no-report", cwd=tmp_path)
    assert answer.code == 0, answer.err
    (run,) = (tmp_path / "runs").iterdir()
    (tmp_path / "new.csv").write_text("a,b\n3,4\n")
    assert cli("predict", run / "best", "new.csv", cwd=tmp_path).out.count("\n") == 2


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], "Say what to search"),
        (["spiral"], "Nothing is said about what to search."),
        (["spiral", "--over", "fit.lr=0.1"], "has a single value"),
        (["spiral", "--over", "fit.lrr=0.1,0.2"], "Did you mean 'lr'?"),
        (["spiral", "--over", "fit.lr=1..0.1"], "Write fit.lr=0.1..1"),
        (["spiral", *OVER, "--trials", 0], "--trials 0 tries nothing."),
        (["spiral", *OVER, "--seeds", 0], "--seeds 0 trains nothing."),
        (["spiral", *OVER, "--seed", -1], "--seed -1 is below 0."),
        (["spiral", *OVER, "--set", "fit.lr=3"], "fit.lr is both set and searched."),
        (["spiral", "--over", "fit.epochs=5..50", "--epochs", 3], "fit.epochs is both set and searched."),
        (["spiral", *OVER, "--metric", "test.loss"], "trials are judged on validation"),
        (["moons", *OVER], "no validation samples"),
        (["digits-activations", *OVER], "cannot be searched"),
        (["digits-gan", "--over", "fit.lr=0.1,0.2"], "judged by each other"),
        (["spiral", *OVER, "--storage", "nosuch://x"], "The storage nosuch://x cannot be opened"),
        (["spiral", *OVER, "--storage", "nowhere/x.db"], "there is no folder"),
        (["spiral", *OVER, "--storage", "nowhere/x.journal"], "there is no folder"),
        (["spiral", *OVER, "--storage", "."], "Is a directory"),
        (["--resume", "nowhere"], "There is no search at nowhere."),
        (["--resume", "nowhere", "--seed", 3], "only --trials can be changed with --resume"),
        (["--resume", "nowhere", "--no-prune"], "only --trials can be changed with --resume"),
    ],
)
def test_what_cannot_be_searched_is_said_and_leaves_nothing(
    arguments: list[object], words: str, tmp_path: Path
) -> None:
    answer = cli("tune", *arguments, cwd=tmp_path)
    assert answer.code == 2 and words in answer.words, answer.words
    assert not any(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("mysql://me:secret@h/x", "driver that is not installed: MySQLdb. → Write: pip install mysqlclient"),
        ("nosuch://me:secret@h/x", "cannot be opened"),
    ],
)
def test_a_driver_that_is_missing_is_named_and_the_password_is_not(address: str, words: str, tmp_path: Path) -> None:
    answer = cli("tune", "wine", *QUICK, "--storage", address, cwd=tmp_path)
    assert answer.code == 2 and words in answer.words
    assert "secret" not in answer.words and "me:***@h/x" in answer.words
    assert not any(tmp_path.iterdir())


def test_a_file_of_something_else_is_no_storage(tmp_path: Path) -> None:
    (tmp_path / "text.db").write_text("nothing of ours, and long enough to be a page")
    (tmp_path / "notes.txt").write_text("nothing of ours\n")
    (tmp_path / "rows.jsonl").write_text('{"a": 1}\n')
    with closing(sqlite3.connect(tmp_path / "other.db")) as database:
        database.execute("CREATE TABLE customers (name TEXT)")
        database.commit()
    for name in ("text.db", "notes.txt", "rows.jsonl", "other.db"):
        before = (tmp_path / name).read_bytes()
        answer = cli("tune", "wine", *QUICK, "--storage", name, cwd=tmp_path)
        assert answer.code == 2 and "is no storage of studies" in answer.words, answer.words
        assert (tmp_path / name).read_bytes() == before
    assert not (tmp_path / "runs").exists()


def test_a_locked_study_is_said(tmp_path: Path) -> None:
    assert cli("tune", "wine", *QUICK, "--trials", 1, "--storage", "s.db", "--out", "a", cwd=tmp_path).code == 0
    with closing(sqlite3.connect(tmp_path / "s.db", isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        for command in (["wine", *QUICK, "--storage", "s.db", "--out", "b"], ["--resume", "a", "--trials", 3]):
            answer = cli("tune", *command, cwd=tmp_path)
            assert answer.code == 2 and "is locked by another program" in answer.words, answer.words
    assert not (tmp_path / "b").exists()
    assert Tuning.open(tmp_path / "a").finished  # it wants no more than before
    assert cli("tune", "--resume", "a", "--trials", 3, "--no-report", cwd=tmp_path).code == 0


def test_a_power_cut_in_the_midst_of_a_line_does_no_harm(tmp_path: Path) -> None:
    assert cli("tune", "wine", *QUICK, "--trials", 2, "--out", "t", cwd=tmp_path).code == 0
    with (tmp_path / "t" / "study.journal").open("ab") as journal:
        journal.write(b'{"op_code":7,"worker_id":"x","tri')
    answer = cli("tune", "--resume", "t", "--trials", 4, "--no-report", cwd=tmp_path)
    assert answer.code == 0, answer.err
    assert len(Tuning.open(tmp_path / "t").done) == 4


# ---------------------------------------------------------------------- as processes


def wait_for(path: Path, trials: int, running: subprocess.Popen[str]) -> None:
    """Wait until so many trials are done in the search at `path`, and another one is under way."""
    end = time.monotonic() + 90
    while kind_of(path) != "search" or len(Tuning.open(path).done) < trials:
        assert running.poll() is None, f"ended with {running.returncode} before {trials} trials"
        assert time.monotonic() < end, f"not {trials} trials within 90 s"
        time.sleep(0.02)
    time.sleep(0.1)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same search without interruption."""
    folder = tmp_path_factory.mktemp("whole")
    assert cli("tune", *LONG, "--out", "t", cwd=folder).code == 0
    return folder / "t"


@pytest.mark.parametrize("way", [signal.SIGKILL, signal.SIGINT])
def test_a_search_that_was_stopped_goes_on_as_if_it_had_not_been(
    way: signal.Signals, whole: Path, tmp_path: Path
) -> None:
    with started("tune", *LONG, "--out", "t", cwd=tmp_path) as running:
        wait_for(tmp_path / "t", 2, running)
        running.send_signal(way)
        _out, err = running.communicate(timeout=60)
    assert running.returncode == (130 if way == signal.SIGINT else -signal.SIGKILL)
    if way == signal.SIGINT:
        assert "Go on with: neurona tune --resume t" in err and "Traceback" not in err
    assert 2 <= len(Tuning.open(tmp_path / "t").done) < 7
    assert cli("tune", "--resume", "t", "--no-report", cwd=tmp_path).code == 0
    assert outcomes(tmp_path / "t") == outcomes(whole)
    assert {trial.outcome for trial in Tuning.open(tmp_path / "t").trials} <= {"complete", "pruned"}
    assert (tmp_path / "t/best/history.csv").read_bytes() == (whole / "best/history.csv").read_bytes()


@pytest.mark.parametrize("storage", ["shared.journal", "shared.db"])
def test_two_processes_share_a_study(storage: str, tmp_path: Path) -> None:
    command = ["tune", *LONG, "--storage", storage, "--epochs", 240]  # so that both begin before all trials are done
    with (
        started(*command, "--out", "a", cwd=tmp_path) as first,
        started(*command, "--out", "b", cwd=tmp_path) as second,
    ):
        said = [running.communicate(timeout=240) for running in (first, second)]
    assert [running.returncode for running in (first, second)] == [0, 0], said
    trained = [sum(line.lstrip()[:1].isdigit() for line in err.splitlines()) for _out, err in said]
    assert sum(trained) == 7 and min(trained) >= 1
    # Whoever ended first did not see what became of the other's last trial.
    for name in ("a", "b"):
        again = cli("tune", "--resume", name, "--no-report", "--json", cwd=tmp_path)
        assert again.code == 0, again.err
    both = [Tuning.open(tmp_path / name) for name in ("a", "b")]
    assert both[0].done == both[1].done and len(both[0].done) == 7
    assert [trial.number for trial in both[0].done] == list(range(1, 8))
    weights = [(tuning.path / "best" / "model.safetensors").read_bytes() for tuning in both]
    assert weights[0] == weights[1]
