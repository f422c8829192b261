"""`neurona predict`, `export`, `report`, `claims` and `list`, and what is imported for the help."""

from __future__ import annotations

import errno
import io
import json
import subprocess
import sys
from pathlib import Path
from unittest import mock

import numpy as np
import pandas as pd
import pytest
from commandline import Answer, cli, environment
from recipes import MOONS, train
from torch import nn

from neurona.cli import claims as claims_command
from neurona.data import load
from neurona.fit import Fit
from neurona.recipe import Recipe
from neurona.run import Run


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    return train(MOONS, tmp_path_factory.mktemp("runs") / "moons")


@pytest.fixture
def points(tmp_path: Path) -> pd.DataFrame:
    frame = pd.DataFrame(np.random.default_rng(0).normal(size=(9, 2)), columns=["x1", "x2"])
    frame.to_csv(tmp_path / "points.csv", index=False)
    return frame


def test_predict_prints_csv_or_writes_it(tmp_path: Path, run: Run, points: pd.DataFrame) -> None:
    printed = cli("predict", run.path, "points.csv", cwd=tmp_path)
    assert printed.code == 0
    assert printed.err == ""
    answers = pd.read_csv(io.StringIO(printed.out), dtype={"prediction": str})
    wanted = run.predict(points)
    assert list(answers["prediction"]) == list(wanted["prediction"])
    assert np.allclose(answers.iloc[:, 1:], wanted.iloc[:, 1:], atol=1e-12)
    written = cli("predict", run.path, "points.csv", "--out", "answers.csv", cwd=tmp_path)
    assert (written.code, written.out) == (0, "")
    assert (tmp_path / "answers.csv").read_text() == printed.out


def test_a_file_and_a_text_together_are_refused_and_so_is_neither(tmp_path: Path, run: Run) -> None:
    both = cli("predict", run.path, "points.csv", "--text", "good", cwd=tmp_path)
    assert (both.code, both.out) == (2, "")
    assert "A file and --text are given" in both.err
    assert "Say what to predict: a file, a folder or a text." in cli("predict", run.path, cwd=tmp_path).err


def test_python_runs_the_package_as_the_command_line(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "neurona", "--version"]
    ran = subprocess.run(command, cwd=tmp_path, env=environment(), capture_output=True, text=True, check=False)
    assert (ran.returncode, ran.stdout.split()[0]) == (0, "neurona")


def test_export_writes_beside_the_person_and_says_where(tmp_path: Path, run: Run) -> None:
    answer = cli("export", run.path, cwd=tmp_path)
    assert (answer.code, answer.out.strip()) == (0, "moons.py")
    assert "its answers equal ours" in answer.err
    assert [path.name for path in tmp_path.iterdir()] == ["moons.py"]


def test_report_is_written_again(tmp_path: Path, run: Run) -> None:
    assert not (run.path / "report.html").exists()
    answer = cli("report", run.path, cwd=tmp_path)
    assert answer.code == 0
    assert (run.path / "report.html").is_file()
    assert answer.out.strip() == str(run.path / "report.html")


def test_a_report_says_where_it_was_asked_for_what_it_leaves_out(tmp_path: Path) -> None:
    fit = Fit(nn.Linear(13, 3), load("wine"), epochs=2)
    list(fit)
    fit.save(tmp_path / "mine")
    answer = cli("report", "mine", cwd=tmp_path)
    assert answer.code == 0 and "left out of this report" in answer.err and "net of your own" in answer.err
    assert answer.out.strip() == str(Path("mine", "report.html"))


def test_list_shows_what_has_a_name(tmp_path: Path) -> None:
    answer = cli("list", cwd=tmp_path)
    assert answer.code == 0
    for name in ("spiral", "moons", "digits", "mlp", "bipolar-sigmoid", "adamw", "cross-entropy", "xavier-normal"):
        assert name in answer.out
    only = cli("list", "optimizers", cwd=tmp_path)
    assert "adamw" in only.out
    assert "spiral" not in only.out


class TestClaims:
    """The exit code says whether every claim holds."""

    def check(self, folder: Path, monkeypatch: pytest.MonkeyPatch, claim: dict[str, object]) -> Answer:
        """Run `neurona claims --only softmax-linear` with its claim replaced."""
        original = Recipe.read("softmax-linear").to_dict()
        recipe = Recipe.of({**original, "fit": {**original["fit"], "epochs": 20}, "claim": claim})
        monkeypatch.setattr(claims_command.Recipe, "read", staticmethod(lambda _name: recipe))
        return cli("claims", "--only", "softmax-linear", "--json", cwd=folder)

    def test_it_is_zero_when_all_hold(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        answer = self.check(tmp_path, monkeypatch, {"metric": "test.accuracy", "at_least": 0.5})
        result = json.loads(answer.out.splitlines()[-1])
        assert (answer.code, result["short"]) == (0, 0)
        (row,) = result["claims"]
        assert (row["recipe"], row["metric"], row["holds"]) == ("softmax-linear", "test.accuracy", True)
        assert float(row["measured"]) >= 0.5
        assert not list(tmp_path.iterdir())

    def test_it_is_one_when_one_falls_short(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        answer = self.check(tmp_path, monkeypatch, {"metric": "test.accuracy", "at_least": 1.01})
        result = json.loads(answer.out.splitlines()[-1])
        assert (answer.code, result["short"]) == (1, 1)
        assert result["claims"][0]["holds"] is False

    def test_a_number_that_is_not_there_falls_short(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        answer = self.check(tmp_path, monkeypatch, {"metric": "test.acuracy", "at_least": 0.5})
        assert answer.code == 1
        assert "test.acuracy" in answer.err
        assert "'test.accuracy'" in answer.err

    def test_the_runs_can_be_kept(self, tmp_path: Path) -> None:
        answer = cli("claims", "--only", "softmax-linear", "--keep", "kept", cwd=tmp_path)
        assert answer.code == 0
        assert "1 of 1 claims hold." in answer.out
        assert Run.open(tmp_path / "kept" / "softmax-linear").metrics["test"]["accuracy"] >= 0.95

    def test_fast_leaves_out_what_is_downloaded(self, tmp_path: Path) -> None:
        answer = cli("claims", "--only", "mnist-mlp", "--fast", "--json", cwd=tmp_path)
        assert (answer.code, json.loads(answer.out)["claims"]) == (0, [])


@pytest.mark.parametrize(
    "code",
    [
        "import neurona",
        "import neurona.recipe; neurona.recipe.Recipe.read('spiral')",
        "import sys; sys.argv = ['neurona', '--help']; import neurona.cli; neurona.cli.main()",
    ],
)
def test_torch_is_not_imported_before_it_is_needed(tmp_path: Path, code: str) -> None:
    program = (
        f"import atexit, sys\natexit.register(lambda: print('torch' in sys.modules, 'pandas' in sys.modules))\n{code}"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=tmp_path, env=environment(), capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines()[-1] == "False False"


def test_the_report_opens_the_sample_that_is_asked_for(tmp_path: Path) -> None:
    assert cli("train", "spiral", "--epochs", 1, "--no-report", "--out", "run", cwd=tmp_path).code == 0
    assert cli("report", "run", "--sample", 5, "--split", "valid", cwd=tmp_path).code == 0
    assert "sample 5 of validation" in (tmp_path / "run" / "report.html").read_text(encoding="utf-8")
    wrong = cli("report", "run", "--sample", 5000, cwd=tmp_path)
    assert wrong.code == 2 and "There is no sample 5000 in test" in wrong.words
    assert "sample 5 of validation" in (tmp_path / "run" / "report.html").read_text(encoding="utf-8")


def test_a_place_that_cannot_be_written_is_named_as_it_was_asked_for(tmp_path: Path, run: Run) -> None:
    """And not by the name of the file beside it that would have been renamed."""

    def refused(aside: Path, _path: Path) -> None:
        raise OSError(errno.EROFS, "Read-only file system", str(aside))

    with mock.patch.object(Path, "replace", refused):
        answer = cli("export", run.path, "--out", "mine.py", cwd=tmp_path)
    assert answer.code == 1
    assert "Error: mine.py: Read-only file system." in answer.words
    assert "Check that the disk has room and that you may write there." in answer.words
    assert not list(tmp_path.iterdir())
