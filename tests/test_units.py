"""Values and features far from zero, such as seconds since 1970: shown and answered with all their digits."""

from __future__ import annotations

import csv
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import pandas as pd
import pytest
import torch
from recipes import train

import neurona as nr
from neurona import export
from neurona.data.reader import read_for
from neurona.export import to_onnx, to_pytorch
from neurona.look.boxes import parts
from neurona.look.evidence import Evidence
from neurona.look.regression import residuals
from neurona.predict import predict_file
from neurona.run import Run

BEGIN, ROWS = 1_700_000_000, 200


def seconds(folder: Path) -> pd.DataFrame:
    """Write a table of one moment a minute, whose target is as far from zero as its feature."""
    moments = BEGIN + 60.0 * np.arange(ROWS)
    frame = pd.DataFrame({"when": moments, "next": moments + 30.25})
    frame.to_csv(folder / "seconds.csv", index=False)
    return frame


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    folder = tmp_path_factory.mktemp("seconds")
    seconds(folder)
    return trained(folder, {"kind": "mlp", "hidden": [16]})


def trained(folder: Path, net: dict[str, Any], **data: Any) -> Run:
    recipe = {
        "data": {"path": str(folder / "seconds.csv"), "target": "next", **data},
        "net": net,
        "fit": {"lr": 0.01, "epochs": 60},
    }
    return Run.open(train(recipe, folder / "run").path)


def by_hand(run: Run, frame: pd.DataFrame) -> np.ndarray:
    """Return what the net answers to rows, with the ways there and back in float64."""
    (column,) = run.inputs.columns
    z = torch.tensor(((frame["when"].to_numpy() - column.mean) / column.scale)[:, None], dtype=torch.float32)
    with torch.no_grad():
        outputs = run.net()(z).numpy().astype(np.float64)
    return outputs[:, 0] * run.target.scale[0] + run.target.mean[0]


def test_what_is_kept_of_a_run_is_what_its_data_were_fitted_with(run: Run) -> None:
    data = run.data()
    assert run.target == data.target and run.inputs == data.inputs
    assert run.target.mean[0] == pytest.approx(BEGIN + 6000, abs=600) and run.target.mean[0] % 128 != 0


def test_predictions_far_from_zero_are_those_of_float64(run: Run, tmp_path: Path) -> None:
    frame = seconds(tmp_path)
    answers = pd.concat(predict_file(run, tmp_path / "seconds.csv"))["prediction"].to_numpy()
    assert np.abs(answers - by_hand(run, frame)).max() < 1e-9 * run.target.scale[0]
    assert len(np.unique(answers)) == ROWS, "float32 has steps of 128 there"
    assert np.array_equal(run.predict(frame)["prediction"], answers)


def test_residuals_far_from_zero_are_those_of_the_metrics(run: Run) -> None:
    errors = residuals(Evidence.of(run), "test")
    rmse = run.metrics["test"]["rmse"]
    assert rmse < 64, "which float32 could not tell from 0"
    assert np.sqrt(np.square(errors).mean()) == pytest.approx(rmse, rel=1e-4)


def test_an_exported_file_answers_far_from_zero_in_float64(run: Run, tmp_path: Path) -> None:
    frame = seconds(tmp_path)
    to_pytorch(run, tmp_path / "net.py")
    command = [sys.executable, "-I", "net.py", "seconds.csv"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)
    (head, *body) = csv.reader(done.stdout.splitlines())
    assert head == ["prediction"]
    answers = np.array(body, dtype=np.float64)[:, 0]
    assert np.abs(answers - by_hand(run, frame)).max() < 1e-9 * run.target.scale[0]


def test_an_onnx_file_answers_far_from_zero_in_float64(run: Run, tmp_path: Path) -> None:
    frame = seconds(tmp_path)
    to_onnx(run, tmp_path / "net.onnx")
    session = onnxruntime.InferenceSession(str(tmp_path / "net.onnx"), providers=["CPUExecutionProvider"])
    (rows,) = read_for(tmp_path / "seconds.csv", run.inputs)
    (answers,) = session.run(["answer"], {"features": run.inputs.encode(rows).numpy()})
    assert answers.shape == (ROWS, 1) and answers.dtype == np.float64
    # Another library adds up the products of the net in another order; float32 at the end would be 0.02 off.
    assert np.abs(answers[:, 0] - by_hand(run, frame)).max() < 1e-6 * run.target.scale[0]


def test_an_export_that_rounds_what_is_far_from_zero_is_noticed(run: Run) -> None:
    assert export._difference(run, run.answer) == 0
    assert export._difference(run, lambda x: run.answer(x).float()) > 1e-3


def test_boxes_times_heights_sum_to_the_answer_far_from_zero(tmp_path: Path) -> None:
    seconds(tmp_path)
    run = trained(tmp_path, {"kind": "boxcar", "boxes": 6, "low": -2.0, "high": 2.0})
    seen = Evidence.of(run)
    found = parts(seen)
    ours = run.answer(seen.encoded(found.x[:, None]))[:, 0].numpy()
    assert np.abs(found.sum - ours).max() < 1e-5 * run.target.scale[0]


def test_features_are_computed_of_all_digits_of_columns_far_from_zero(tmp_path: Path) -> None:
    frame = seconds(tmp_path)
    texts = ["when", f"(when - {BEGIN})/60", f"sin((when - {BEGIN})/3600)"]
    data = nr.load(tmp_path / "seconds.csv", target="next", features=texts)
    moments = (data.train.y[:, 0].double().numpy() * data.target.scale[0] + data.target.mean[0] - 30.25).round()
    since = moments - BEGIN
    wanted = np.column_stack([moments, since / 60, np.sin(since / 3600)])
    wanted = (wanted - wanted.mean(0)) / wanted.std(0)
    assert np.abs(data.inputs.prepare(data.train.x).numpy() - wanted).max() < 1e-6
    assert np.array_equal(np.sort(data.inputs.measured(data.train.x)["when"]), np.sort(moments))
    assert set(moments) < set(frame["when"])


def test_files_with_features_of_columns_far_from_zero_answer_as_predict(tmp_path: Path) -> None:
    seconds(tmp_path)
    run = trained(tmp_path, {"kind": "mlp", "hidden": [8]}, features=["when", f"((when - {BEGIN})/6000)^2"])
    ours = pd.concat(predict_file(run, tmp_path / "seconds.csv"))["prediction"].to_numpy()
    assert len(np.unique(ours)) == ROWS
    to_pytorch(run, tmp_path / "net.py")
    command = [sys.executable, "-I", "net.py", "seconds.csv"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)
    theirs = np.array(list(csv.reader(done.stdout.splitlines()))[1:], dtype=np.float64)[:, 0]
    assert np.abs(ours - theirs).max() < 1e-9 * run.target.scale[0]
    to_onnx(run, tmp_path / "net.onnx")
    session = onnxruntime.InferenceSession(str(tmp_path / "net.onnx"), providers=["CPUExecutionProvider"])
    (rows,) = read_for(tmp_path / "seconds.csv", run.inputs)
    (answers,) = session.run(["answer"], {"features": run.inputs.encode(rows).numpy()})
    assert np.abs(ours - answers[:, 0]).max() < 1e-5 * run.target.scale[0]


def test_columns_near_zero_are_kept_as_they_are_for_features(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"year": rng.integers(1990, 2020, 60), "y": rng.normal(size=60)})
    frame.to_csv(tmp_path / "years.csv", index=False)
    inputs = nr.load(tmp_path / "years.csv", target="y", features=["year"]).inputs
    assert [(column.mean, column.scale) for column in inputs.columns] == [(0.0, 1.0)]
