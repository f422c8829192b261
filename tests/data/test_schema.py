"""The types of columns: found from the values, told by the person, or refused where the values disagree."""

from __future__ import annotations

import datetime

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from neurona.data.reader import open_table
from neurona.data.schema import type_feature
from neurona.data.values import MISSING, Notation
from neurona.errors import InputError

ROWS = 200
LETTERS = [f"name {i}" for i in range(ROWS)]


def typed(tmp_path, values, wanted=None, name="price", missing=(), suffix="csv", **layout):
    path = tmp_path / f"table.{suffix}"
    frame = pd.DataFrame({name: values, "other": range(len(values))})
    if suffix == "csv":
        frame.to_csv(path, index=False, sep=layout.pop("sep", ","))
    else:
        frame.to_parquet(path)
    file, notation = open_table(path, **layout), Notation((*MISSING, *missing))
    notation = Notation(notation.missing, file.decimal)
    as_written = [name] if wanted in ("category", "date") else []
    return type_feature(file, name, file.read(notation.missing, as_written)[name], notation, wanted)


def refused(*given, **options):
    with pytest.raises(InputError) as caught:
        typed(*given, **options)
    return str(caught.value)


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        (np.arange(ROWS), "number"),
        (np.linspace(0, 1, ROWS), "number"),
        ([True, False] * 100, "number"),
        (["red", "green", "blue", None] * 50, "category"),
        (["9:05", "10:30"] * 100, "category"),
        ([f"2024-01-{1 + i % 31:02}" for i in range(ROWS)], "date"),
        ([f"{1 + i % 31:02}/01/2024" for i in range(ROWS)], "date"),
        (["2024-01-05 10:20:30", "2024-02-05 10:20:30"] * 100, "date"),
    ],
)
@pytest.mark.parametrize("suffix", ["csv", "parquet"])
def test_the_type_of_a_column_is_found(tmp_path, values, kind, suffix):
    assert typed(tmp_path, values, suffix=suffix).kind == kind


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ([7] * ROWS, "the same value in every row"),
        (["a"] * ROWS, "the same value in every row"),
        (["2024-01-01"] * ROWS, "the same value in every row"),
        ([None] * ROWS, "no values"),
        (["?", "-"] * 100, "no values"),
        (LETTERS, "a different value in every row"),
        ([*LETTERS[:150], *LETTERS[:50]], "text with 150 different values"),
    ],
)
def test_a_column_of_no_use_is_ignored_with_the_reason(tmp_path, values, reason):
    column = typed(tmp_path, values)
    assert (column.kind, column.reason) == ("ignore", reason)


@pytest.mark.parametrize("name", ["id", "ID", "customer_id", "PassengerId", "index"])
def test_a_number_that_only_counts_the_rows_by_its_name_is_ignored(tmp_path, name):
    assert typed(tmp_path, np.arange(ROWS) + 100, name=name).reason == "a different value in every row"
    assert typed(tmp_path, np.arange(ROWS) + 100, wanted="number", name=name).kind == "number"


@pytest.mark.parametrize("name", ["humid", "covid", "area"])
def test_a_number_that_differs_in_every_row_is_kept_under_any_other_name(tmp_path, name):
    assert typed(tmp_path, np.arange(ROWS), name=name).kind == "number"


def test_a_name_against_missing_values_says_something(tmp_path):
    assert typed(tmp_path, ["yes", None] * 100).kind == "category"


def test_the_type_told_wins(tmp_path):
    assert typed(tmp_path, [1, 2, 3] * 50, wanted="category").values.tolist() == ["1", "2", "3"] * 50
    assert typed(tmp_path, LETTERS, wanted="category").kind == "category"
    assert typed(tmp_path, [20240131, 20240201] * 50, wanted="date").kind == "date"
    column = typed(tmp_path, [1, 2] * 50, wanted="ignore")
    assert (column.kind, column.reason) == ("ignore", "as told")


def test_text_in_a_column_of_numbers_is_refused_with_lines_values_and_what_to_write(tmp_path):
    values = [str(i) for i in range(ROWS)]
    values[5], values[9], values[150] = "abc", "abc", "n.d."
    message = refused(tmp_path, values)
    assert "Column 'price'" in message
    assert "3 of 200 values" in message
    assert "'abc' (line 7), 'abc' (line 11), 'n.d.' (line 152)" in message
    assert """--set 'data.missing=["abc", "n.d."]'""" in message
    assert "--set data.types.price=category" in message
    assert typed(tmp_path, values, missing=["abc", "n.d."]).missing.sum() == 3
    assert typed(tmp_path, values, wanted="category").kind == "category"


def test_a_name_with_a_blank_is_quoted_in_what_to_write(tmp_path):
    message = refused(tmp_path, ["1"] * 9 + ["x"], name="unit price")
    assert "--set 'data.types.unit price=category'" in message


@pytest.mark.parametrize("text", ["inf", "-Infinity", "1e300"])
def test_an_infinite_number_is_refused_with_its_line(tmp_path, text):
    message = refused(tmp_path, ["1.5", "2.5", text, "3.5", "4.5"])
    assert "not finite numbers" in message
    assert "line 4" in message


def test_text_among_fewer_numbers_is_names_and_said(tmp_path):
    column = typed(tmp_path, ["1", "2", "PC"] * 50)
    assert column.kind == "category"
    assert "67 % of its values are numbers" in column.remark


def test_text_in_a_column_of_dates_is_refused_with_its_line(tmp_path):
    message = refused(tmp_path, ["31/12/2024", "01/02/2024", "13/02/2024", "soon", "14/02/2024"])
    assert "holds dates" in message
    assert "'soon' (line 5)" in message


def test_the_order_of_a_date_is_found_where_only_one_fits_and_said(tmp_path):
    american = typed(tmp_path, ["12/31/2024", "01/02/2024"] * 9)
    assert american.month_first
    assert american.values.astype("datetime64[D]").astype(str).tolist()[:2] == ["2024-12-31", "2024-01-02"]
    assert "month/day/year" in american.remark
    either = typed(tmp_path, ["01/02/2024", "03/04/2024"] * 9)
    assert either.values.astype("datetime64[D]").astype(str).tolist()[:2] == ["2024-02-01", "2024-04-03"]
    assert "day/month/year" in either.remark


def test_numbers_in_another_notation_are_refused_with_what_to_write(tmp_path):
    message = refused(tmp_path, ["1,5", "2,25", "3"] * 9)
    assert "another notation" in message
    assert "--set data.decimal=," in message
    thousands = refused(tmp_path, ["1.234,5", "2,25", "3"] * 9, sep=";")
    assert "'1.234,5' (line 2)" in thousands


def test_dates_without_a_century_are_refused_with_what_to_write(tmp_path):
    message = refused(tmp_path, ["31/12/24", "1/2/99"] * 9)
    assert "'31/12/24' (line 2)" in message
    assert "four digits" in message
    assert "--set data.types.price=ignore" in message


def test_times_of_a_parquet_are_names(tmp_path):
    column = typed(tmp_path, [datetime.time(9, 5), datetime.time(10, 30)] * 9, suffix="parquet")
    assert (column.kind, len(column.values.categories)) == ("category", 2)


def test_the_index_that_pandas_leaves_in_a_parquet_is_ignored(tmp_path):
    assert typed(tmp_path, np.arange(ROWS), name="__index_level_0__", suffix="parquet").kind == "ignore"


def test_lists_in_a_parquet_are_ignored(tmp_path):
    column = typed(tmp_path, [[1, 2], [3]] * 9, suffix="parquet")
    assert column.kind == "ignore"
    assert "list" in column.reason


def test_a_missing_cell_is_known(tmp_path):
    column = typed(tmp_path, [1.0, None, 3.0] * 9)
    assert column.missing.tolist() == [False, True, False] * 9
    assert typed(tmp_path, ["a", "NA", "b"] * 9).missing.tolist() == [False, True, False] * 9


def test_a_dictionary_column_of_parquet_is_names(tmp_path):
    column = typed(tmp_path, pd.Categorical(["a", "b", "a"] * 9), suffix="parquet")
    assert column.kind == "category"
    assert pa.array(column.values.astype(object)).to_pylist() == ["a", "b", "a"] * 9


@pytest.mark.parametrize("written", ["${:,}", "{} €", "-$ {}.50", "{}%", "{:.2f} %", "£{}"])
def test_amounts_with_a_sign_are_refused_and_never_left_out_in_silence(tmp_path, written):
    message = refused(tmp_path, [written.format(1000 + 7 * i) for i in range(ROWS)])
    assert "200 of 200 values have a currency or a percent sign" in message
    assert f"{written.format(1000)!r} (line 2)" in message
    assert "such as 1234.5" in message
    assert "--set data.types.price=ignore" in message


def test_a_few_rates_are_names_and_amounts_are_left_alone_where_that_was_said(tmp_path):
    assert typed(tmp_path, ["4 %", "10 %", "21 %", None] * 50).kind == "category"
    amounts = [f"${1000 + i}" for i in range(ROWS)]
    assert typed(tmp_path, amounts, wanted="ignore").kind == "ignore"
    assert typed(tmp_path, amounts, wanted="category").kind == "category"


@pytest.mark.parametrize("written", ["\u2212{}", "\u2013{}.5", "\u2212 {}"])
@pytest.mark.parametrize("share", [2, 10])
def test_numbers_with_a_typographic_minus_are_refused_with_what_to_write(tmp_path, written, share):
    values = [written.format(7) if i % share == 1 else f"{i % 9}" for i in range(ROWS)]
    message = refused(tmp_path, values)
    assert f"{ROWS // share} of 200 values have a typographic minus or a dash" in message
    assert f"{written.format(7)!r} (line 3)" in message
    assert "-1.5" in message
    assert "--set data.types.price=category" in message
    assert typed(tmp_path, values, wanted="category").kind == "category"


def test_names_that_a_dash_begins_are_names(tmp_path):
    assert typed(tmp_path, ["\u2013 none", "\u2013", "10\u201312"] * 50).kind == "category"
    assert typed(tmp_path, ["red", "green", "\u22125", None] * 50).kind == "category"
