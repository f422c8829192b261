"""Codes such as 08001 and 0x1f are text, wherever in a table they stand, and numbers where that was said."""

from __future__ import annotations

import codecs
import csv
import gzip
import io
import random
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from neurona.data import codes, delimited, load, stream
from neurona.data.codes import columns_of_codes
from neurona.data.columns import Category, Columns
from neurona.data.reader import read_for

CELLS = [
    "08001",
    "01",
    "00",
    "0x1f",
    "0XA",
    "0",
    "0.5",
    "-0.5",
    "12",
    "0e5",
    "09:05",
    "05/02/2024",
    "2024-01-05",
    "a 07 b",
    "x",
]
QUOTED = ["Mayor, 5", 'an "05" inch', ""]


def write(path: Path, column: list[str], encoding: str = "utf-8") -> Path:
    """Save a column beside a number and a target that follow it in nothing."""
    generator = np.random.default_rng(0)
    frame = pd.DataFrame({"code": column, "x": generator.normal(size=len(column)).round(3)})
    frame["y"] = generator.choice(["u", "v"], len(column))
    frame.to_csv(path, index=False, encoding=encoding)
    return path


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_columns_are_those_in_which_pythons_csv_sees_codes(
    seed: int, delimiter: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(codes, "BLOCK", 64)
    dice = random.Random(seed)
    kinds = [dice.sample([*CELLS, *QUOTED], 2) for _column in range(4)]
    text = io.StringIO(newline="")
    end = dice.choice(["\n", "\r\n"])
    quoting = dice.choice([csv.QUOTE_MINIMAL, csv.QUOTE_ALL])
    csv.writer(text, delimiter=delimiter, lineterminator=end, quoting=quoting).writerows(
        [dice.choice(kind) for kind in kinds] for _row in range(30)
    )
    rows = csv.reader(io.StringIO(text.getvalue(), newline=""), delimiter=delimiter)
    wanted = {place for row in rows for place, cell in enumerate(row) if re.fullmatch(r"0\d+|0[xX].+", cell)}
    found = columns_of_codes(io.BytesIO(text.getvalue().removesuffix(end).encode()), 4, delimiter)
    assert found is not None
    inside = {place for place, kind in enumerate(kinds) if "a 07 b" in kind or QUOTED[1] in kind}
    assert wanted <= found <= wanted | inside


def test_where_a_code_stands_beside_a_cell_of_two_lines_the_bytes_alone_do_not_tell() -> None:
    assert columns_of_codes(io.BytesIO(b'1,"one\ntwo",03\n'), 3, ",") is None


def test_codes_are_categories_and_classes_as_they_are_written(tmp_path: Path) -> None:
    path = tmp_path / "zip.csv"
    lines = [
        f"{('08001', '28001', '00123', '46001')[k % 4]},{k * 0.37 % 5:.2f},{('01', '02', '10')[k % 3]}"
        for k in range(300)
    ]
    path.write_text("\n".join(["zip,x,y", *lines]))
    data = load(path, target="y")
    assert data.classes == ("01", "02", "10")
    assert data.feature_names == ("zip=00123", "zip=08001", "zip=28001", "zip=46001", "x")
    notes = "\n".join(data.notes)
    assert "1 number: x; 1 category: zip." in notes
    assert "the zeros of 08001" in notes and "--set data.types.zip=number" in notes and "data.types.y=number" in notes
    told = load(path, target="y", types={"zip": "number", "y": "number"}, standardise=False)
    assert (told.classes, told.feature_names) == (("1", "2", "10"), ("zip", "x"))
    assert set(np.unique(told.train.x[:, 0])) == {123.0, 8001.0, 28001.0, 46001.0}
    assert not any("zeros" in note for note in told.notes)
    (part,) = read_for(path, data.inputs)
    assert part["zip"].tolist()[:4] == ["08001", "28001", "00123", "46001"]


def test_a_regression_reads_its_target_as_numbers(tmp_path: Path) -> None:
    path = tmp_path / "own.csv"
    path.write_text("x,y\n" + "".join(f"{k},{k:04}\n" for k in range(100)))
    assert load(path, target="y", task="regression").task == "regression"


def test_hexadecimal_numbers_are_text_in_training_and_after(tmp_path: Path) -> None:
    cells = [f"0x{k % 9:02x}" if k % 30 else "7" for k in range(300)]
    path = write(tmp_path / "hex.csv", cells)
    inputs = load(path, target="y").inputs
    assert isinstance(inputs, Columns) and isinstance(inputs.columns[0], Category)
    assert set(inputs.columns[0].values) <= set(cells)
    (part,) = read_for(path, inputs)
    assert part["code"].tolist() == cells


@pytest.mark.parametrize(
    "cells", [["0", "10", "-5"], ["0.5", "-0.5", "00.5"], ["007", "12.5", "3"], ["0", "1e5", "05"]]
)
def test_numbers_that_are_no_codes_stay_numbers(tmp_path: Path, cells: list[str]) -> None:
    assert load(write(tmp_path / "own.csv", cells * 50), target="y").feature_names == ("code", "x")


@pytest.mark.parametrize("missing", ["NA", "N.D."])
def test_a_word_among_codes_makes_them_no_numbers(tmp_path: Path, missing: str) -> None:
    data = load(write(tmp_path / "own.csv", ["08001", "28001", "46001", "41001", "15001", missing] * 50), target="y")
    assert data.feature_names[0] == "code=08001"


def test_too_many_codes_are_left_out_and_said(tmp_path: Path) -> None:
    data = load(write(tmp_path / "own.csv", [f"{k * 2 // 3:05}" for k in range(400)]), target="y")
    assert data.feature_names == ("x",)
    assert any("code (text with 267 different values)" in note for note in data.notes)
    assert any("data.types.code=number" in note for note in data.notes)


@pytest.mark.parametrize("large", [False, True])
@pytest.mark.parametrize("kind", ["plain", "gzip", "utf-16", "old Mac", "two lines"])
def test_a_code_is_found_however_late_it_shows(
    tmp_path: Path, large: bool, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A column begins as whole numbers, and the first block is long over when a code comes."""
    if large:
        for module, name, size in [(delimited, "LARGE", 1), (delimited, "BLOCK", 2048), (delimited, "MANY", 1)]:
            monkeypatch.setattr(module, name, size)
        monkeypatch.setattr(stream, "BLOCK", 2048)
        monkeypatch.setattr(stream, "ROWS", 1)
    encoding = "utf-16" if kind == "utf-16" else "utf-8"
    path = write(tmp_path / "own.csv", [str(28001 + k % 3) for k in range(2000)] + ["08001"] * 9, encoding)
    if kind == "two lines":
        path.write_text(path.read_text() + '08001,"1.5",v\n08001,1.5,"v\nw"\n')
    if kind == "old Mac":
        path.write_bytes(path.read_bytes().replace(b"\n", b"\r"))
    if kind == "gzip":
        path = tmp_path / "own.csv.gz"
        path.write_bytes(gzip.compress((tmp_path / "own.csv").read_bytes()))
    data = load(path, target="y", encoding=encoding)
    assert data.feature_names == ("code=08001", "code=28001", "code=28002", "code=28003", "x")


def test_the_mark_of_utf8_is_no_part_of_a_row(tmp_path: Path) -> None:
    path = write(tmp_path / "own.csv", ["08001", "28001"] * 50)
    path.write_bytes(codecs.BOM_UTF8 + path.read_bytes())
    assert load(path, target="y").feature_names[0] == "code=08001"
