"""Tables on disk: what is one, what is refused, and how one is read for a trained net."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from neurona.data.inputs import Category, Columns, Date, Number, Pixels
from neurona.data.reader import ROWS, is_table, open_table, read_for
from neurona.errors import InputError

INPUTS = Columns(
    (Number("size"), Category("zone", ("A", "B")), Date("built", fill=0.0, mean=0.0, scale=1.0), Number("rooms"))
)
HOUSES = pd.DataFrame(
    {
        "extra": ["x", "y", "z"],
        "rooms": [3, 4, 5],
        "built": pd.to_datetime(["1999-12-31", None, "2024-02-29"]),
        "zone": ["A", None, "C"],
        "size": [50.5, np.nan, 120.0],
    }
)


def write(tmp_path, text, name="table.csv"):
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return path


def refused(path, inputs=INPUTS, **options):
    with pytest.raises(InputError) as caught:
        list(read_for(path, inputs, **options))
    return str(caught.value)


@pytest.mark.parametrize("name", ["a.csv", "a.tsv", "A.CSV", "a.txt", "a.csv.gz", "a.parquet", Path("dir/a.csv")])
def test_a_table_is_known_by_its_suffix(name):
    assert is_table(name)


@pytest.mark.parametrize("name", ["spiral", "csv", "parquet", "breast-cancer", "recipe.toml", "digits.png"])
def test_a_dataset_or_another_file_is_no_table(name):
    assert not is_table(name)


def test_a_missing_file_is_refused_with_the_nearest_name(tmp_path):
    write(tmp_path, "a,b\n1,2\n", "houses.csv")
    message = refused(tmp_path / "house.csv")
    assert "There is no file" in message
    assert "Did you mean 'houses.csv'?" in message
    assert "There is no folder" in refused(tmp_path / "nowhere" / "house.csv")


def test_a_folder_is_refused(tmp_path):
    folder = tmp_path / "folder.csv"
    folder.mkdir()
    assert "is a folder" in refused(folder)


def test_a_file_without_permission_is_refused(tmp_path, monkeypatch):
    path = write(tmp_path, "a,b\n1,2\n")

    def deny(*_given, **_options):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", deny)
    assert "Permission denied" in refused(path)


def test_a_file_cut_off_in_compression_is_refused(tmp_path):
    path = tmp_path / "table.csv.gz"
    path.write_bytes(b"\x1f\x8b\x08\x00")
    assert "cannot be read" in refused(path)


def test_columns_of_one_name_are_refused(tmp_path):
    message = refused(write(tmp_path, "size,zone, size\n1,2,3\n"))
    assert "more than one column is called 'size'" in message


def test_a_column_without_a_name_is_refused_with_how_pandas_leaves_it_out(tmp_path):
    path = tmp_path / "table.csv"
    HOUSES.to_csv(path)
    message = refused(path)
    assert "column 1 has no name" in message
    assert "index=False" in message


def test_a_parquet_that_is_none_is_refused(tmp_path):
    message = refused(write(tmp_path, "a,b\n1,2\n", "table.parquet"))
    assert "cannot be read as Parquet" in message
    assert ".csv" in message


def test_a_parquet_without_rows_is_refused(tmp_path):
    HOUSES.head(0).to_parquet(tmp_path / "table.parquet")
    assert "no rows" in refused(tmp_path / "table.parquet")


@pytest.mark.parametrize("suffix", ["csv", "tsv", "parquet"])
def test_a_net_gets_the_columns_that_it_needs_in_its_order_and_types(tmp_path, suffix):
    path = tmp_path / f"houses.{suffix}"
    if suffix == "parquet":
        HOUSES.to_parquet(path)
    else:
        HOUSES.to_csv(path, index=False, sep="," if suffix == "csv" else "\t")
    (frame,) = read_for(path, INPUTS)
    assert list(frame.columns) == ["size", "zone", "built", "rooms"]
    np.testing.assert_array_equal(frame["size"], HOUSES["size"])
    np.testing.assert_array_equal(frame["rooms"], [3.0, 4.0, 5.0])
    assert frame["zone"].tolist() == ["A", None, "C"]
    assert frame["built"].equals(HOUSES["built"].astype(frame["built"].dtype))
    assert frame["built"].dtype.kind == "M"
    assert INPUTS.encode(frame)[:, 1:3].tolist() == [[1, 0], [0, 0], [0, 0]]


@pytest.mark.parametrize("suffix", ["csv", "parquet"])
def test_a_long_table_comes_in_parts_that_make_the_whole(tmp_path, suffix):
    rows = 3 * ROWS + 5
    table = pd.DataFrame({"size": np.arange(rows) / 8, "y": 0})
    path = tmp_path / f"table.{suffix}"
    getattr(table, f"to_{suffix}")(path, index=False)
    parts = list(read_for(path, Columns((Number("size"),))))
    assert max(map(len, parts)) <= ROWS
    whole = pd.concat(parts)
    np.testing.assert_array_equal(whole["size"], table["size"])
    np.testing.assert_array_equal(whole.index, np.arange(rows))


def test_a_missing_column_is_refused_with_the_nearest(tmp_path):
    message = refused(write(tmp_path, "Size,zone,built,extra\n1,A,2024-01-01,0\n"))
    assert "lacks 2 columns" in message
    assert "'size', 'rooms'" in message
    assert "Did you mean 'Size'?" in message


def test_text_in_a_number_is_refused_with_column_line_and_value(tmp_path):
    lines = ["1,A,2024-01-01,3"] * ROWS + ["x1,A,2024-01-01,3"]
    message = refused(write(tmp_path, "size,zone,built,rooms\n" + "\n".join(lines)))
    assert f"line {ROWS + 2}: column 'size' holds 'x1', which is no finite number" in message
    assert """--set 'data.missing=["x1"]'""" in message


def test_text_in_a_date_is_refused_with_column_line_and_value(tmp_path):
    message = refused(write(tmp_path, "size,zone,built,rooms\n1,A,soon,3\n"))
    assert "line 2: column 'built' holds 'soon', which is no date" in message


def test_the_row_is_named_where_the_file_has_no_lines(tmp_path):
    HOUSES.assign(rooms=["3", "many", "5"]).to_parquet(tmp_path / "houses.parquet")
    assert "row 2: column 'rooms' holds 'many'" in refused(tmp_path / "houses.parquet")


def test_dates_are_read_in_the_order_that_the_net_was_trained_with(tmp_path):
    path = write(tmp_path, "built\n3/4/2024\n")
    for month_first, month in ((False, 4), (True, 3)):
        (frame,) = read_for(path, Columns((Date("built", 0.0, 0.0, 1.0, month_first),)))
        assert frame["built"].dt.month.tolist() == [month]


def test_a_missing_value_can_be_named(tmp_path):
    path = write(tmp_path, "size\nabc\n1\n")
    (frame,) = read_for(path, Columns((Number("size"),)), missing=["abc"])
    np.testing.assert_array_equal(frame["size"], [np.nan, 1])


def test_pixels_are_read_and_encoded(tmp_path):
    inputs = Pixels((1, 2, 2))
    path = write(tmp_path, "label,pixel1,pixel0,pixel2,pixel3\n7,1,0,2,255\n8,0,0,0,9\n")
    (frame,) = read_for(path, inputs)
    assert inputs.encode(frame).tolist() == [[[[0, 1], [2, 255]]], [[[0, 0], [0, 9]]]]


@pytest.mark.parametrize("value", ["256", "-1", "0.5", ""])
def test_what_is_no_pixel_is_refused_with_its_line(tmp_path, value):
    path = write(tmp_path, f"pixel0,pixel1\n0,1\n2,{value}\n")
    assert "line 3: column 'pixel1'" in refused(path, Pixels((1, 1, 2)))


def test_the_layout_is_said(tmp_path):
    assert "';'" in open_table(write(tmp_path, "a;b\n1,5;2\n")).layout
