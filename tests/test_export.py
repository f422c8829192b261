"""Exported nets answer as ours do, in a process where nothing of ours can be imported."""

from __future__ import annotations

import copy
import csv
import gzip
import json
import runpy
import subprocess
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
import pandas as pd
import pytest
import torch
from recipes import MOONS, changed, flats, train
from torch import nn

import neurona as nr
from neurona import export
from neurona.data.reader import read_for
from neurona.errors import InputError
from neurona.export import to_onnx, to_pytorch
from neurona.predict import predict_file
from neurona.run import Run

# Runs each exported file as a program on its table, in one process that refuses to import anything of ours.
WITHOUT_US = """
import contextlib, io, json, runpy, sys

class Refusal:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] == "neurona":
            raise ImportError("an exported file imports neurona")

sys.meta_path.insert(0, Refusal())
answers = {}
for name, file, table in json.load(sys.stdin):
    text = io.StringIO()
    sys.argv = [file, table]
    with contextlib.redirect_stdout(text):
        runpy.run_path(file, run_name="__main__")
    answers[name] = text.getvalue()
assert not any(name.partition(".")[0] == "neurona" for name in sys.modules)
unknown = {"pandas", "sklearn", "scipy", "safetensors", "pydantic", "pyarrow"} & set(sys.modules)
json.dump({"answers": answers, "unknown": sorted(unknown)}, sys.stdout)
"""

ODD = 'a "quoted" \\\\ title\\ with """ three, a {{ brace }}, \' and a \\n new\nline'


def points(columns: list[str], n: int = 12, seed: int = 0) -> pd.DataFrame:
    return pd.DataFrame(np.random.default_rng(seed).normal(size=(n, len(columns))).round(4), columns=columns)


def pixels() -> pd.DataFrame:
    return pd.DataFrame(np.random.default_rng(0).integers(0, 256, (7, 64)), columns=[f"pixel{i}" for i in range(64)])


def of_table(path: Path, frame: pd.DataFrame, target: str, **data: Any) -> dict[str, Any]:
    """Return a recipe for `frame`, written to `path`."""
    frame.to_csv(path, index=False)
    return {**MOONS, "data": {"path": str(path), "target": target, **data}, "title": ODD}


def nasty() -> pd.DataFrame:
    """Return a table whose column and classes are written to break what does not quote them."""
    frame = points(["<script>alert(1)</script>", 'it\'s "a" column'], 60)
    classes = ['yes "indeed"', "it's\nnew line", "<b>bold</b>\\"]
    return frame.assign(**{"{{ target }}": [classes[i % 3] for i in range(60)]})


def spanish(folder: Path) -> tuple[dict[str, Any], Path]:
    """Return a recipe for a table with semicolons, decimal commas, dates by day first, and marks of its own."""
    path = folder / "pisos.csv"
    frame = flats()[["area", "town", "sold", "dear"]].astype({"area": float})
    frame["sold"] = pd.to_datetime(frame["sold"]).dt.strftime("%d/%m/%Y")
    frame["area"] = frame["area"].map(lambda area: "s/d" if np.isnan(area) else f"{area:.1f}".replace(".", ","))
    frame.to_csv(path, index=False, sep=";", encoding="utf-8-sig")
    return {**MOONS, "data": {"path": str(path), "target": "dear", "missing": ["s/d"]}}, path


def dates(folder: Path) -> tuple[dict[str, Any], Path]:
    """Return a recipe for a table of dates in every form, numbers with a mark for missing, and truth values."""
    rng = np.random.default_rng(0)
    days = pd.Series(pd.Timestamp("2020-01-01") + pd.to_timedelta(rng.integers(0, 1500, 60), "D"))
    frame = pd.DataFrame(
        {
            "spain": days.dt.strftime("%d.%m.%Y 13:45"),
            "america": days.dt.strftime("%m/%d/%Y"),
            "moment": days.dt.strftime("%Y-%m-%d 23:30:00+02:00"),
            "a;b|c": np.where(rng.random(60) < 0.2, -999, rng.normal(size=60).round(3)),
            "open": np.where(rng.random(60) < 0.5, "TRUE", "FALSE"),
            "busy": np.where(days.dt.day_of_week < 3, "yes", "no"),
        }
    )
    recipe = of_table(folder / "d.csv", frame, "busy", missing=[-999])
    new = frame.head(6).astype(object)
    new["spain"] = ["5.1.2021", "05/01/2021 09:00", "2021-1-5", "2021-01-05 10:00:30", "2021/01/05", ""]
    new["moment"] = ["2021-05-31 23:30:00-05:00", "2021-05-05T10:00:00Z", "2021-05-05", "", "NA", "2021-12-31T23:59"]
    new["a;b|c"] = ["-999", "-999.0", "1e-1", "+.5", " -2. ", ""]
    new["open"] = ["true", "False", "TRUE", "", "?", "FALSE"]
    new.to_csv(folder / "dates-new.csv", index=False)
    return recipe, folder / "dates-new.csv"


def several(folder: Path) -> dict[str, tuple[dict[str, Any], Path]]:
    """Return a recipe and a table to answer for, for everything that is exported."""

    def written(name: str, frame: pd.DataFrame) -> Path:
        frame.to_csv(folder / f"{name}-new.csv", index=False)
        return folder / f"{name}-new.csv"

    table = flats()
    new = table.drop(columns=["price", "dear"]).astype(object)
    new.loc[0, "town"], new.loc[1, "area"] = "Madrid", "  71.5 "
    curve = {"data": {"name": "curve"}, "fit": {"epochs": 2, "lr": 0.05}, "title": ODD}
    ensemble = {"kind": "ensemble", "hidden": [6], "activations": ["relu", "bipolar-sigmoid"], "copies": 2}
    loans = {"loss": "perceptron", "optimizer": "sgd", "lr": 1.0, "batch": 1, "epochs": 2}
    labels = [column.name for column in nr.load("multilabel").inputs.columns]
    square = {**MOONS, "title": ODD}
    return {
        "multiclass": ({**square, "data": {"name": "spiral"}}, written("spiral", points(["x1", "x2"]))),
        "binary": (square, written("moons", points(["x1", "x2"]))),
        "table": (of_table(folder / "a.csv", table.drop(columns="price"), "dear"), written("flats", new)),
        "regression": (of_table(folder / "b.csv", table.drop(columns="dear"), "price"), written("flats-price", new)),
        "spanish table": spanish(folder),
        "multilabel": ({**square, "data": {"name": "multilabel"}}, written("multilabel", points(labels).abs())),
        "pixels": ({**square, "data": {"name": "digits"}}, written("digits", pixels())),
        "perceptron": (
            {"data": {"name": "loans"}, "net": {"kind": "perceptron"}, "fit": loans, "title": ODD},
            written("loans", points([c.name for c in nr.load("loans").inputs.columns])),
        ),
        "ensemble": ({**curve, "net": ensemble}, written("curve", points(["x"]))),
        "ensemble of classifiers": ({**square, "net": ensemble}, written("moons-e", points(["x1", "x2"]))),
        "sigmoid boxes": (
            {**curve, "net": {"kind": "boxcar", "boxes": 6, "low": -3.0, "high": 3.0}},
            written("boxes", points(["x"])),
        ),
        "step boxes": (
            {**curve, "net": {"kind": "boxcar", "boxes": 6, "low": -3.0, "high": 3.0, "activation": "step"}},
            written("steps", points(["x"])),
        ),
        "dropout and batch norm": (
            changed(square, net={"hidden": [8, 4], "dropout": 0.4, "batch_norm": True}),
            written("moons-d", points(["x1", "x2"])),
        ),
        "bipolar sigmoid": (
            changed(square, net={"hidden": [5, 4], "activation": ["bipolar-sigmoid", "leaky-relu"]}),
            written("moons-b", points(["x1", "x2"])),
        ),
        "dates and marks": dates(folder),
        "nasty names": (of_table(folder / "c.csv", nasty(), "{{ target }}"), written("nasty", nasty())),
    }


KINDS = [
    *("multiclass", "binary", "table", "regression", "spanish table", "multilabel", "pixels", "perceptron", "ensemble"),
    *("ensemble of classifiers", "sigmoid boxes", "step boxes", "dropout and batch norm", "bipolar sigmoid"),
    *("dates and marks", "nasty names"),
]


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], tuple[Run, Path]]:
    """Return the run of a kind, and a table to answer for."""
    folder = tmp_path_factory.mktemp("kinds")
    recipes = several(folder)

    @cache
    def of_kind(kind: str) -> tuple[Run, Path]:
        recipe, new = recipes[kind]
        return Run.open(train(recipe, folder / kind.replace(" ", "-")).path), new

    return of_kind


@pytest.fixture(scope="module")
def exported(trained: Callable[[str], tuple[Run, Path]], tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Return what the exported file of each kind prints."""
    folder = tmp_path_factory.mktemp("exported")
    jobs = []
    for number, kind in enumerate(KINDS):
        run, new = trained(kind)
        to_pytorch(run, folder / f"net{number}.py")
        jobs.append((kind, str(folder / f"net{number}.py"), str(new)))
    done = subprocess.run(
        [sys.executable, "-I", "-c", WITHOUT_US], input=json.dumps(jobs), cwd=folder, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return {**json.loads(done.stdout), "folder": str(folder)}


def rows(text: str) -> tuple[list[str], list[list[str]]]:
    head, *body = list(csv.reader(text.splitlines(keepends=True)))
    return head, body


@pytest.mark.filterwarnings("ignore:.* was not there in training")
@pytest.mark.parametrize("kind", KINDS)
def test_an_exported_file_predicts_as_neurona_does(
    trained: Callable[[str], tuple[Run, Path]], exported: dict[str, Any], kind: str
) -> None:
    run, new = trained(kind)
    ours = pd.concat(list(predict_file(run, new)), ignore_index=True)
    head, body = rows(exported["answers"][kind])
    assert head == list(ours.columns)
    assert len(body) == len(ours) > 0
    for column, name in enumerate(head):
        theirs = [row[column] for row in body]
        if not pd.api.types.is_numeric_dtype(ours[name]):
            assert theirs == list(ours[name])
        else:
            size = max(1.0, ours[name].abs().max())
            assert np.allclose(np.array(theirs, float) / size, ours[name] / size, rtol=0, atol=1e-5)


def test_an_exported_file_needs_torch_and_numpy_alone(exported: dict[str, Any]) -> None:
    assert exported["unknown"] == []


def test_an_exported_file_imports_nothing_that_it_does_not_use(exported: dict[str, Any]) -> None:
    command = [sys.executable, "-m", "ruff", "check", "--isolated", "--select", "F", exported["folder"]]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout


def test_an_exported_file_is_a_program_that_says_how_to_use_it(
    trained: Callable[[str], tuple[Run, Path]], tmp_path: Path
) -> None:
    run, _new = trained("binary")
    to_pytorch(run, tmp_path / "net.py")
    text = (tmp_path / "net.py").read_text()
    assert "neurona" not in "\n".join(line for line in text.splitlines() if "import" in line)
    done = subprocess.run([sys.executable, "-I", tmp_path / "net.py"], capture_output=True, text=True)
    assert done.returncode == 1
    assert "usage: python" in done.stderr


def test_the_layers_of_an_exported_file_can_be_read(trained: Callable[[str], tuple[Run, Path]], tmp_path: Path) -> None:
    run, _new = trained("dropout and batch norm")
    to_pytorch(run, tmp_path / "net.py")
    text = (tmp_path / "net.py").read_text()
    for layer in ("nn.Linear(in_features=2, out_features=8", "nn.BatchNorm1d(8", "nn.Dropout(p=0.4", "nn.ReLU()"):
        assert layer in text


@pytest.mark.parametrize(
    "kind", [kind for kind in KINDS if kind not in ("spanish table", "dates and marks", "nasty names")]
)
def test_an_onnx_file_answers_as_neurona_does(
    trained: Callable[[str], tuple[Run, Path]], kind: str, tmp_path: Path
) -> None:
    run, new = trained(kind)
    to_onnx(run, tmp_path / "net.onnx")
    (frame,) = read_for(new, run.inputs)
    x = run.inputs.encode(frame)
    session = onnxruntime.InferenceSession(str(tmp_path / "net.onnx"), providers=["CPUExecutionProvider"])
    for part in (x, x[:1]):  # the number of samples is free
        (answers,) = session.run(["answer"], {"features": part.float().numpy()})
        ours = run.answer(part).numpy()
        assert answers.shape == ours.shape
        assert np.allclose(answers, ours, rtol=1e-4, atol=1e-4)
    about = {entry.key: entry.value for entry in onnx.load(tmp_path / "net.onnx").metadata_props}
    assert json.loads(about["neurona"])["task"] == run.task.name
    assert [path.name for path in tmp_path.iterdir()] == ["net.onnx"]


def test_a_run_is_exported_in_python_to_what_its_path_says(
    trained: Callable[[str], tuple[Run, Path]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run, _new = trained("multiclass")
    to_pytorch(run, tmp_path / "by hand.py")
    monkeypatch.chdir(tmp_path)
    written = [run.export(), run.export("net.py"), run.export("net.onnx"), run.export(tmp_path / "net", to="onnx")]
    assert [str(path) for path in written] == [f"{run.recipe.name}.py", "net.py", "net.onnx", str(tmp_path / "net")]
    assert {path.read_bytes() for path in written[:2]} == {(tmp_path / "by hand.py").read_bytes()}
    for path in written[2:]:
        onnx.checker.check_model(onnx.load(path))
    wrong: list[tuple[tuple[Any, ...], str]] = [
        (("net.py",), "net.py exists already"),
        (("nowhere/net.py",), "its folder is not there"),
        (("other.py", "torch"), "There is no form 'torch' to export to"),
        ((3,), "path = 3 is not valid"),
    ]
    for given, words in wrong:
        with pytest.raises(InputError, match=words):
            run.export(*given)
    assert not (tmp_path / "other.py").exists()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("x1,x2\n0.5,foo\n", "new.csv: column 'x2': 'foo' is no finite number"),
        ("x1,x2\n0.5,inf\n", "new.csv: column 'x2': 'inf' is no finite number"),
        ("x2\n0.5\n", "new.csv: columns that the net was trained on are missing: x1"),
        ("x1,x2\n", "new.csv: there are no rows"),
        ("x1,x2\n0.5,1\n0.5\n", "new.csv: row 2 has 1 columns, where the header has 2"),
        ("x1,x2,x1\n0.5,1,2\n", "new.csv: more than one column has the same name"),
        ("", "new.csv: columns that the net was trained on are missing: x1, x2"),
        (None, "new.csv: [Errno 2] No such file or directory: 'new.csv'"),
    ],
)
def test_an_exported_file_says_what_is_wrong_with_a_table(
    trained: Callable[[str], tuple[Run, Path]],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    text: str | None,
    words: str,
) -> None:
    run, _new = trained("binary")
    to_pytorch(run, tmp_path / "net.py")
    if text is not None:
        (tmp_path / "new.csv").write_text(text)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", ["net.py", "new.csv"])
    with pytest.raises(SystemExit) as end:
        runpy.run_path("net.py", run_name="__main__")
    assert end.value.code == words, "which Python prints, and ends with code 1"
    assert capsys.readouterr() == ("", "")


class Mine(nn.Module):
    """A net that no recipe knows."""

    def __init__(self) -> None:
        super().__init__()
        self.one, self.two = nn.Linear(2, 4), nn.Linear(4, 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.two(self.one(x).tanh())


@pytest.mark.parametrize("reopened", [True, False])
def test_a_module_of_ones_own_is_not_exported_and_the_way_round_is_said(tmp_path: Path, reopened: bool) -> None:
    fit = nr.Fit(Mine(), nr.load("moons"), epochs=1)
    run = fit.save(tmp_path / "r")
    with pytest.raises(InputError) as error:
        to_pytorch(Run.open(run.path) if reopened else run, tmp_path / "net.py")
    assert "own" in str(error.value)
    assert "run.net(MyNet())" in error.value.hint or "model.safetensors" in error.value.hint
    assert not (tmp_path / "net.py").exists()


AS_WRITTEN = {
    "Excel's line": ("sep=;\r\n", "\r\n"),
    "blank lines": ("\r\n\r\n", "\r\n"),
    "both": ('"sep=;"\n\n', "\n"),
    "lines of an old Mac": ("sep=;\r", "\r"),
}


def untidy(line: str) -> str:
    """Return a table that spreadsheets write: a break in a quoted name, blank lines, semicolons and decimal commas."""
    numbers = np.random.default_rng(0).normal(size=(40, 2)).round(3)
    body = [f"{a};{b};{'yes' if a > b else 'no'}".replace(".", ",") for a, b in numbers]
    return line.join(['"width,\nof | it";height;large', *body[:20], "", *body[20:], ""])


@pytest.mark.parametrize("written", AS_WRITTEN)
@pytest.mark.parametrize("suffix", [".csv", ".csv.gz"])
def test_an_exported_file_reads_whatever_table_neurona_reads(tmp_path: Path, written: str, suffix: str) -> None:
    before, line = AS_WRITTEN[written]
    path = tmp_path / f"table{suffix}"
    content = (before + untidy(line)).encode()
    path.write_bytes(gzip.compress(content) if suffix == ".csv.gz" else content)
    run = Run.open(train({**MOONS, "data": {"path": str(path), "target": "large"}}, tmp_path / "run").path)
    assert set(run.inputs.names) == {"width,\nof | it", "height"}
    to_pytorch(run, tmp_path / "net.py")
    done = subprocess.run([sys.executable, "-I", tmp_path / "net.py", path], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    head, body = rows(done.stdout)
    ours = pd.concat(list(predict_file(run, path)), ignore_index=True)
    assert head == list(ours.columns)
    assert len(body) == len(ours) == 40
    assert [row[0] for row in body] == list(ours["prediction"])
    assert np.allclose(np.array([row[1:] for row in body], float), ours[head[1:]], rtol=0, atol=1e-5)


@pytest.mark.parametrize(("option", "mark"), [(":", ":"), ("tab", "\t")])
def test_an_exported_file_keeps_to_what_was_told_of_the_table(tmp_path: Path, option: str, mark: str) -> None:
    path = tmp_path / "table.csv"
    text = untidy("\n").replace(",", ".").replace(";", mark).replace("height", "año")
    path.write_text(text, encoding="latin-1")
    data = {"path": str(path), "target": "large", "delimiter": option, "encoding": "latin-1"}
    run = Run.open(train({**MOONS, "data": data}, tmp_path / "run").path)
    to_pytorch(run, tmp_path / "net.py")
    done = subprocess.run([sys.executable, "-I", tmp_path / "net.py", path], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    ours = pd.concat(list(predict_file(run, path)), ignore_index=True)
    assert [row[0] for row in rows(done.stdout)[1]] == list(ours["prediction"])


def test_an_export_that_answers_differently_is_not_kept(
    trained: Callable[[str], tuple[Run, Path]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run, _new = trained("binary")
    packed = export._packed

    def shifted(net: nn.Module) -> list[str]:
        other = copy.deepcopy(net)
        with torch.no_grad():
            other.output.bias += 1
        return packed(other)

    monkeypatch.setattr(export, "_packed", shifted)
    with pytest.raises(RuntimeError, match="answers differently"):
        to_pytorch(run, tmp_path / "net.py")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("failing", ["InferenceSession", "_difference"])
def test_an_onnx_file_that_cannot_be_checked_or_answers_differently_leaves_the_old_one(
    trained: Callable[[str], tuple[Run, Path]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, failing: str
) -> None:
    def fail(*_given: object, **_named: object) -> float:
        raise RuntimeError("not implemented")

    run, _new = trained("binary")
    (tmp_path / "net.onnx").write_text("old")
    if failing == "InferenceSession":
        monkeypatch.setattr(onnxruntime, failing, fail)
    else:
        monkeypatch.setattr(export, failing, lambda *_given: 1.0)
    with pytest.raises(RuntimeError, match=r"not implemented|answers differently"):
        to_onnx(run, tmp_path / "net.onnx")
    assert [path.read_text() for path in tmp_path.iterdir()] == ["old"]
