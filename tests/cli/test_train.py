"""`neurona train`: what it prints where, what it writes, and that one seed means one history."""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from commandline import cli, process
from recipes import flats

from neurona.run import Run

# The moons recipe takes 20,000 epochs in events of 100; these are events of one.
QUICK = ["--set", "fit.every=1", "--set", "fit.snapshots=1000", "--no-report"]


def test_json_is_one_object_on_the_last_line_and_progress_goes_to_standard_error(tmp_path: Path) -> None:
    answer = process("train", "spiral", "--epochs", "2", "--json", "--out", "mine", "--no-report", cwd=tmp_path)
    assert answer.code == 0, answer.err
    assert answer.out.count("\n") == 1, "standard output holds more than the object"
    result = json.loads(answer.out.splitlines()[-1])
    assert (result["run"], result["recipe"], result["epochs"]) == ("mine", "spiral", 2)
    assert result["seconds"] > 0
    for split in ("train", "valid", "test"):
        assert set(result[split]) == {"loss", "accuracy"}
        assert 0 <= result[split]["accuracy"] <= 1
        assert result[split]["loss"] > 0
    assert "epoch 2/2" in answer.err
    on_disk = json.loads((tmp_path / "mine" / "metrics.json").read_text())
    assert on_disk["test"] == result["test"]


def test_json_stays_on_the_last_line_when_a_report_is_written(tmp_path: Path) -> None:
    answer = cli("train", "wine", "--epochs", "2", "--json", "--out", "mine", cwd=tmp_path)
    assert answer.code == 0
    assert json.loads(answer.out.splitlines()[-1])["recipe"] == "wine"
    assert (tmp_path / "mine" / "report.html").is_file()


def test_a_run_goes_below_runs_with_name_and_time(tmp_path: Path) -> None:
    answer = cli("train", "moons", "--epochs", "1", *QUICK, cwd=tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["runs"]
    (run,) = (tmp_path / "runs").iterdir()
    assert re.fullmatch(r"moons-\d{8}-\d{6}", run.name)
    assert f"Run: runs/{run.name}" in answer.out
    assert {"recipe.toml", "history.csv", "checkpoint.pt", "environment.json", "model.safetensors", "metrics.json"} <= {
        path.name for path in run.iterdir()
    }


def test_the_name_of_a_recipe_does_not_choose_the_folder(tmp_path: Path) -> None:
    answer = cli("train", "moons", "--epochs", "1", *QUICK, "--set", "name=../../moons", cwd=tmp_path)
    assert answer.code == 0
    assert [path.name for path in tmp_path.iterdir()] == ["runs"]
    assert len(list((tmp_path / "runs").iterdir())) == 1


def test_the_same_seed_gives_the_same_history_to_the_byte(tmp_path: Path) -> None:
    options = ["train", "digits-mlp", "--epochs", "2", "--set", "net.dropout=0.3", "--no-report"]
    for name, seed in (("one", 5), ("other", 5), ("third", 6)):
        assert cli(*options, "--seed", seed, "--out", name, cwd=tmp_path).code == 0
    again = process(*options, "--seed", 5, "--out", "again", cwd=tmp_path)
    assert again.code == 0
    histories = {name: (tmp_path / name / "history.csv").read_bytes() for name in ("one", "other", "third", "again")}
    assert histories["one"] == histories["other"] == histories["again"]
    assert histories["one"] != histories["third"]


def test_options_win_over_the_recipe_and_are_kept(tmp_path: Path) -> None:
    options = ["--epochs", "2", "--seed", "4", "--device", "cpu", "--set", "net.hidden=[7]", "--set", "fit.lr=0.2"]
    assert cli("train", "wine", *options, "--no-report", "--out", "mine", cwd=tmp_path).code == 0
    run = Run.open(tmp_path / "mine")
    assert (run.recipe.fit.epochs, run.recipe.fit.seed, run.recipe.fit.lr) == (2, 4, 0.2)
    assert run.environment["seed"] == 4
    assert run.environment["device"] == "cpu"
    assert run.net().hidden1.out_features == 7


def test_a_table_trains_from_its_path_and_target(tmp_path: Path) -> None:
    flats().to_csv(tmp_path / "flats.csv", index=False)
    answer = cli(
        "train", "flats.csv", "--target", "price", "--epochs", "2", "--json", "--no-report", "--out", "r", cwd=tmp_path
    )
    assert answer.code == 0
    assert "Missing values: area (2), town (2), sold (1)" in answer.words
    result = json.loads(answer.out)
    assert result["recipe"] == "flats"
    assert {"rmse", "mae", "r2"} <= set(result["test"])


def test_a_comparison_answers_with_each_variant_and_the_best(tmp_path: Path) -> None:
    (tmp_path / "two.toml").write_text(
        'seeds = 2\n[data]\nname = "moons"\n[net]\nkind = "mlp"\nhidden = [4]\n[fit]\nepochs = 2\nlr = 0.05\n'
        '[vary]\n"net.activation" = ["relu", "tanh"]\n'
    )
    answer = cli("train", "two.toml", "--json", "--no-report", "--out", "both", cwd=tmp_path)
    assert answer.code == 0
    result = json.loads(answer.out)
    assert set(result["variants"]) == {"relu", "tanh"}
    assert result["best"] in {"relu", "tanh"}
    assert result["epochs"] == 8
    assert result["test"]["accuracy"] == pytest.approx(result["variants"][result["best"]]["test.accuracy"])
    assert "relu, seed 0" in answer.err
    assert "tanh, seed 1" in answer.err


def test_a_batch_larger_than_the_data_warns_and_goes_on(tmp_path: Path) -> None:
    answer = cli("train", "wine", "--epochs", "1", "--set", "fit.batch=9999", "--no-report", "--json", cwd=tmp_path)
    assert answer.code == 0
    assert "Warning: fit.batch = 9999 is more than the" in answer.err
    assert "Warning" not in answer.out


@pytest.mark.parametrize(("lr", "batch", "wanted"), [("1e20", "full", "0.1"), ("8.0", "64", "0.8")])
def test_a_diverging_training_says_when_and_keeps_its_last_good_checkpoint(
    tmp_path: Path, lr: str, batch: str, wanted: str
) -> None:
    options = ["--epochs", "400", "--set", f"fit.lr={lr}", "--set", f"fit.batch={batch}", "--out", "r"]
    options += ["--set", "fit.checkpoint_seconds=0"]
    answer = cli("train", "linear-regression", *options, "--json", cwd=tmp_path)
    assert answer.code == 1
    assert answer.out == ""
    epoch = int(re.search(r"Training diverged in epoch (\d+)", answer.words).group(1))
    assert f"a smaller learning rate (fit.lr = {wanted})" in answer.words
    assert f"r keeps the last good checkpoint, of epoch {epoch - 1}" in answer.words
    run = Run.open(tmp_path / "r")
    assert not run.finished
    assert [row["epoch"] for row in run.rows] == list(range(1, epoch))
    assert all(bool(p.isfinite().all()) for p in run.net().parameters())


def test_a_finished_run_says_that_it_is(tmp_path: Path) -> None:
    cli("train", "moons", "--epochs", "2", *QUICK, "--out", "r", cwd=tmp_path)
    before = {path.name: path.read_bytes() for path in (tmp_path / "r").iterdir() if path.is_file()}
    answer = cli("train", "--resume", "r", "--no-report", cwd=tmp_path)
    assert answer.code == 0
    assert "This run has reached its end; --epochs N would train it further." in answer.err
    assert {path.name: path.read_bytes() for path in (tmp_path / "r").iterdir() if path.is_file()} == before


def test_a_run_that_stopped_early_says_so(tmp_path: Path) -> None:
    options = ["--epochs", "100", "--set", "fit.patience=1", "--set", "data.valid=0.2", "--set", "fit.lr=1e-30"]
    cli("train", "moons", *options, *QUICK, "--out", "r", cwd=tmp_path)
    assert Run.open(tmp_path / "r").metrics["stopped_early"]
    before = (tmp_path / "r" / "recipe.toml").read_bytes()
    answer = cli("train", "--resume", "r", "--epochs", "200", "--no-report", cwd=tmp_path)
    assert answer.code == 0
    assert "stopped early (fit.patience)" in answer.err
    assert (tmp_path / "r" / "recipe.toml").read_bytes() == before


def test_a_finished_run_goes_on_to_more_epochs_as_if_it_had_never_stopped(tmp_path: Path) -> None:
    cli("train", "moons", "--epochs", "6", *QUICK, "--out", "whole", cwd=tmp_path)
    cli("train", "moons", "--epochs", "2", *QUICK, "--out", "r", cwd=tmp_path)
    answer = cli("train", "--resume", "r", "--epochs", "6", "--no-report", "--json", cwd=tmp_path)
    assert answer.code == 0
    assert json.loads(answer.out)["epochs"] == 6
    for name in ("history.csv", "model.safetensors"):
        assert (tmp_path / "r" / name).read_bytes() == (tmp_path / "whole" / name).read_bytes()
    assert Run.open(tmp_path / "r").recipe.fit.epochs == 6


@pytest.mark.parametrize(("before", "after"), [("torch", "glass"), ("glass", "compiled"), ("compiled", "torch")])
def test_a_run_goes_on_with_another_engine_to_the_same_history(before: str, after: str, tmp_path: Path) -> None:
    cli("train", "moons", "--epochs", "6", "--engine", before, *QUICK, "--out", "whole", cwd=tmp_path)
    cli("train", "moons", "--epochs", "3", "--engine", before, *QUICK, "--out", "r", cwd=tmp_path)
    options = ["--epochs", "6", "--engine", after, "--device", "cpu", "--no-report"]
    assert cli("train", "--resume", "r", *options, cwd=tmp_path).code == 0
    run, whole = Run.open(tmp_path / "r"), Run.open(tmp_path / "whole")
    assert (run.recipe.fit.engine, run.recipe.fit.device, len(run.rows)) == (after, "cpu", 6)
    assert run.rows[:3] == whole.rows[:3]
    assert [row["train_loss"] for row in run.rows] == pytest.approx([row["train_loss"] for row in whole.rows], rel=1e-4)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--seed", 3], "--seed cannot be changed with --resume: only --epochs, --engine, --device can."),
        (["--set", "fit.lr=3", "--out", "new"], "--out, fit.lr cannot be changed with --resume"),
        (["--engine", "abacus"], "fit.engine = 'abacus' is not valid."),
        (["--engine", "glass", "--device", "cuda"], "The engine glass computes on a CPU"),
        (["--set", "fit.epochs=many"], "fit.epochs = 'many' is not valid."),
        (["--epochs", 1], "has done 2 epochs already"),
    ],
)
def test_what_a_run_must_keep_to_go_on_is_said(options: list[object], words: str, tmp_path: Path) -> None:
    cli("train", "moons", "--epochs", "2", *QUICK, "--out", "r", cwd=tmp_path)
    before = {path.name: path.read_bytes() for path in (tmp_path / "r").iterdir() if path.is_file()}
    answer = cli("train", "--resume", "r", *options, cwd=tmp_path)
    assert answer.code == 2 and words in answer.words
    assert {path.name: path.read_bytes() for path in (tmp_path / "r").iterdir() if path.is_file()} == before


def test_a_finished_comparison_says_that_it_is_and_takes_no_epochs(tmp_path: Path) -> None:
    options = ["--epochs", "1", "--set", "seeds=2", *QUICK, "--out", "c"]
    assert cli("train", "moons", *options, cwd=tmp_path).code == 0
    refused = cli("train", "--resume", "c", "--epochs", "9", "--no-report", cwd=tmp_path)
    assert refused.code == 2
    assert "--epochs" in refused.err
    answer = cli("train", "--resume", "c", "--no-report", cwd=tmp_path)
    assert answer.code == 0
    assert "This comparison has reached its end." in answer.err


def test_resuming_with_other_data_is_refused(tmp_path: Path) -> None:
    frame = flats()
    frame.to_csv(tmp_path / "flats.csv", index=False)
    cli("train", "flats.csv", "--target", "price", "--epochs", "1", "--no-report", "--out", "r", cwd=tmp_path)
    frame.loc[0, "price"] = 1.0
    frame.to_csv(tmp_path / "flats.csv", index=False)
    answer = cli("train", "--resume", "r", "--epochs", "2", "--no-report", cwd=tmp_path)
    assert answer.code == 2
    assert "The data have changed since the run r began." in answer.words
    assert Run.open(tmp_path / "r").recipe.fit.epochs == 1
    (tmp_path / "flats.csv").unlink()
    gone = cli("train", "--resume", "r", "--no-report", cwd=tmp_path)
    assert gone.code == 2
    assert str(tmp_path / "flats.csv") in gone.words


def test_names_of_any_kind_train_report_predict_and_export(tmp_path: Path) -> None:
    script = "<script>alert(1)</script>"
    classes = ['it\'s "one"', "two\nlines", f"{script}\\"]
    frame = pd.DataFrame({script: np.arange(60.0) % 3 + np.random.default_rng(0).normal(0, 0.1, 60)})
    frame["[bold]kind[/]"] = [classes[i % 3] for i in range(60)]
    frame.to_csv(tmp_path / "odd [red].csv", index=False)
    options = ["--target", "[bold]kind[/]", "--set", f'title="{script}"', "--epochs", "100", "--out", "r"]
    answer = cli("train", "odd [red].csv", *options, cwd=tmp_path)
    assert answer.code == 0, answer
    assert script not in (tmp_path / "r" / "report.html").read_text(encoding="utf-8")
    assert cli("predict", "r", "odd [red].csv", "--out", "answers.csv", cwd=tmp_path).code == 0
    answers = pd.read_csv(tmp_path / "answers.csv")
    assert list(answers["prediction"]) == list(frame["[bold]kind[/]"])
    assert set(answers.columns[1:]) == {f"probability_{name}" for name in classes}
    assert cli("export", "r", "--out", "net.py", cwd=tmp_path).code == 0
    assert cli("export", "r", "--out", "net.onnx", "--to", "onnx", cwd=tmp_path).code == 0


def test_a_recipe_trains_on_each_engine_with_the_numbers_of_pytorch(tmp_path: Path) -> None:
    losses = {}
    for engine in ("torch", "compiled", "glass"):
        answer = cli("train", "moons", "--engine", engine, "--epochs", 20, *QUICK, "--out", engine, cwd=tmp_path)
        assert answer.code == 0, answer.err
        run = Run(tmp_path / engine)
        assert run.environment["engine"] == engine
        losses[engine] = [row["train_loss"] for row in run.rows]
    for engine in ("compiled", "glass"):
        assert losses[engine] == pytest.approx(losses["torch"], rel=1e-5)
    answer = cli("train", "moons", "--engine", "gas", cwd=tmp_path)
    assert answer.code == 2 and "'torch', 'compiled', 'graph', 'glass'" in answer.words
