"""A training that is killed, or stopped by Ctrl-C, goes on as if nothing had happened."""

from __future__ import annotations

import errno
import random
import signal
import time
from collections.abc import Callable
from pathlib import Path
from unittest import mock

import pytest
from commandline import cli, started, wait_for_rows

from neurona import files
from neurona.cli import program
from neurona.compare import Comparison
from neurona.data import delimited, stream
from neurona.fit import checkpoint
from neurona.result import kind_of
from neurona.run import Run

EPOCHS = 160
LONG = [
    *("train", "moons", "--no-report", "--epochs", EPOCHS, "--set", "fit.every=1", "--set", "fit.checkpoint_seconds=0"),
    *("--set", "net.dropout=0.2", "--set", "fit.snapshots=40", "--set", "data.valid=0.2"),
    *("--set", f"fit.patience={EPOCHS}", "--set", "fit.batch=64"),
]
COMPARED = """
seeds = 2
[data]
name = "moons"
samples = 100
[net]
kind = "mlp"
hidden = [4]
[fit]
epochs = 60
lr = 0.05
batch = "full"
snapshots = 1000
checkpoint_seconds = 0
[vary]
"net.activation" = ["relu", "tanh"]
"""


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same training without interruption."""
    folder = tmp_path_factory.mktemp("whole")
    assert cli(*LONG, "--out", "whole", cwd=folder).code == 0
    return folder / "whole"


def assert_same(run: Path, whole: Path) -> None:
    for name in ("history.csv", "model.safetensors"):
        assert (run / name).read_bytes() == (whole / name).read_bytes(), name


@pytest.mark.parametrize("attempt", range(3))
def test_a_killed_run_can_be_read_and_resumes_to_the_same_history(tmp_path: Path, whole: Path, attempt: int) -> None:
    chance = random.Random(attempt)
    run = tmp_path / "r"
    for _kill in range(2 if attempt == 0 else 1):
        command = ["train", "--resume", "r", "--no-report"] if run.exists() else [*LONG, "--out", "r"]
        with started(*command, cwd=tmp_path) as running:
            done = len(Run.open(run).rows) if run.exists() else 0
            wait_for_rows(run / "history.csv", done + chance.randrange(1, 60), running)
            time.sleep(chance.uniform(0, 0.02))
            running.send_signal(signal.SIGKILL)
            assert running.wait() == -signal.SIGKILL
        opened = Run.open(run)
        assert 0 < len(opened.rows) < EPOCHS
        assert opened.recipe.fit.epochs == EPOCHS
        assert opened.net() is not None
        assert not opened.finished
    assert cli("train", "--resume", "r", "--no-report", cwd=tmp_path).code == 0
    assert_same(run, whole)


def test_a_run_killed_at_its_beginning_is_whole_or_not_there(tmp_path: Path, whole: Path) -> None:
    with started(*LONG, "--out", "r", cwd=tmp_path) as running:
        end = time.monotonic() + 60
        while not list(tmp_path.iterdir()) and time.monotonic() < end:
            pass
        running.send_signal(signal.SIGKILL)
        running.wait()
    if not (tmp_path / "r").exists():
        assert cli(*LONG, "--out", "r", cwd=tmp_path).code == 0
    else:
        assert Run.open(tmp_path / "r").rows is not None
        assert cli("train", "--resume", "r", "--no-report", cwd=tmp_path).code == 0
    assert_same(tmp_path / "r", whole)


def test_ctrl_c_says_how_to_go_on(tmp_path: Path, whole: Path) -> None:
    with started(*LONG, "--out", "r", cwd=tmp_path) as running:
        wait_for_rows(tmp_path / "r" / "history.csv", 20, running)
        running.send_signal(signal.SIGINT)
        out, err = running.communicate(timeout=60)
        assert running.returncode == 130
    assert "neurona train --resume r" in err
    assert "Traceback" not in err
    assert out == ""
    assert not Run.open(tmp_path / "r").finished
    assert cli("train", "--resume", "r", "--no-report", cwd=tmp_path).code == 0
    assert_same(tmp_path / "r", whole)


def test_ctrl_c_while_a_large_table_is_read_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "own.csv").write_text("a,y\n" + "".join(f"{k},{k % 2}\n" for k in range(1000)))
    monkeypatch.setattr(delimited, "LARGE", 1)
    monkeypatch.setattr(stream.Gathered, "add", mock.Mock(side_effect=KeyboardInterrupt))
    answer = cli("train", "own.csv", "--target", "y", cwd=tmp_path)
    assert (answer.code, answer.out) == (130, "")
    assert [path.name for path in tmp_path.iterdir()] == ["own.csv"]


def test_a_killed_comparison_goes_on_where_it_was(tmp_path: Path) -> None:
    (tmp_path / "two.toml").write_text(COMPARED)
    assert cli("train", "two.toml", "--no-report", "--out", "whole", cwd=tmp_path).code == 0
    with started("train", "two.toml", "--no-report", "--out", "c", cwd=tmp_path) as running:
        wait_for_rows(tmp_path / "c" / "1-relu" / "seed-1" / "history.csv", 10, running)
        running.send_signal(signal.SIGKILL)
        running.wait()
    killed = Comparison(tmp_path / "c")
    assert not killed.finished
    assert [len(runs) for runs in killed.runs.values()] == [1, 1]  # seed 0 of each variant comes first
    finished = tmp_path / "c" / "1-relu" / "seed-0" / "metrics.json"
    before = finished.stat().st_mtime_ns
    assert cli("train", "--resume", "c", "--no-report", cwd=tmp_path).code == 0
    assert finished.stat().st_mtime_ns == before, "a finished run was trained again"
    assert Comparison(tmp_path / "c").finished
    runs = [f"{variant}/seed-{seed}" for variant in ("1-relu", "2-tanh") for seed in (0, 1)]
    assert (
        sorted(path.parent.relative_to(tmp_path / "c").as_posix() for path in tmp_path.glob("c/*/*/metrics.json"))
        == runs
    )
    for run in runs:
        assert_same(tmp_path / "c" / run, tmp_path / "whole" / run)


def test_ctrl_c_in_a_comparison_says_how_to_go_on(tmp_path: Path) -> None:
    (tmp_path / "two.toml").write_text(COMPARED)
    with started("train", "two.toml", "--no-report", "--out", "c", cwd=tmp_path) as running:
        wait_for_rows(tmp_path / "c" / "1-relu" / "seed-0" / "history.csv", 5, running)
        running.send_signal(signal.SIGINT)
        _out, err = running.communicate(timeout=60)
        assert running.returncode == 130
    assert "neurona compare --resume c" in err
    assert kind_of(tmp_path / "c") == "comparison"


def test_a_disk_that_is_full_is_said_with_how_the_run_goes_on(tmp_path: Path) -> None:
    """The checkpoint that was there before stays, and goes on to the same run as one that was never interrupted."""
    arguments = ("train", "wine", "--no-report", "--epochs", "4", "--set", "fit.checkpoint_seconds=0")
    folder = tmp_path / "two words"
    folder.mkdir()
    kept, calls = files.write_whole, [0]

    def full(path: Path, write: Callable[[Path], object]) -> None:
        calls[0] += path.name == "checkpoint.pt"
        if calls[0] == 3:
            raise OSError(errno.ENOSPC, "No space left on device")
        kept(path, write)

    with mock.patch.object(checkpoint, "write_whole", full):
        answer = cli(*arguments, "--out", folder / "r", cwd=tmp_path)
    assert answer.code == 1
    assert f"Training broke off at {folder / 'r'}: No space left on device." in answer.words
    assert f"neurona train --resume '{folder / 'r'}'" in answer.words
    assert cli("train", "--resume", folder / "r", "--no-report", cwd=tmp_path).code == 0
    assert cli(*arguments, "--out", folder / "whole", cwd=tmp_path).code == 0
    assert_same(folder / "r", folder / "whole")


def test_a_disk_that_is_full_is_said_of_a_search_too(tmp_path: Path) -> None:
    full = OSError(errno.ENOSPC, "No space left on device")
    with mock.patch("neurona.tuning.tuning.Tuning.train_best", side_effect=full):
        answer = cli("tune", "wine", "--over", "fit.lr=0.1,0.2", "--trials", 2, "--out", "s", cwd=tmp_path)
    assert answer.code == 1
    assert "Training broke off at s: No space left on device." in answer.words
    assert "neurona tune --resume s" in answer.words


def test_ctrl_c_while_the_commands_are_being_imported_ends_in_silence(capsys: pytest.CaptureFixture[str]) -> None:
    left = mock.Mock(side_effect=SystemExit)
    with (
        mock.patch("neurona.cli.translate_libraries", side_effect=KeyboardInterrupt),
        mock.patch("neurona.cli.load_libraries"),
        mock.patch("neurona.cli.atexit"),
        mock.patch("neurona.cli.os._exit", left),
        pytest.raises(SystemExit),
    ):
        program()
    left.assert_called_once_with(130)
    assert capsys.readouterr().err == ""
