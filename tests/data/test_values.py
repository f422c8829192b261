"""What cells say: numbers as Python reads them, dates as the calendar has them."""

from __future__ import annotations

import datetime

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from neurona.data.values import MISSING, Notation, read_dates, read_numbers, read_text, share_matching, texts_of

FLOATS = st.floats(min_value=-1e37, max_value=1e37, allow_nan=False)
DATES = st.dates(datetime.date(1700, 1, 1), datetime.date(2200, 12, 31))


def cells(values):
    return pa.chunked_array([values[: len(values) // 2], values[len(values) // 2 :]], pa.string())


@settings(deadline=None)
@given(st.lists(FLOATS, min_size=1), st.sampled_from(["", " ", "+"]))
def test_a_number_is_read_as_python_reads_it(numbers, before):
    texts = [repr(number) if repr(number).startswith("-") else before + repr(number) for number in numbers]
    read = read_numbers(cells(texts), Notation())
    np.testing.assert_array_equal(read.values, [float(text) for text in texts])
    assert not read.unreadable.any()


@settings(deadline=None)
@given(st.lists(st.decimals(-(10**6), 10**6, places=3, allow_nan=False), min_size=1))
def test_a_decimal_comma_is_read_where_it_is_the_notation(numbers):
    texts = [str(number).replace(".", ",") for number in numbers]
    read = read_numbers(cells(texts), Notation(decimal=","))
    np.testing.assert_array_equal(read.values, [float(number) for number in numbers])


@settings(deadline=None)
@given(st.lists(DATES, min_size=1), st.sampled_from(["%Y-%m-%d", "%d/%m/%Y", "%d-%m-%Y", "%d.%m.%Y", "%Y/%m/%d"]))
def test_a_date_is_the_day_that_the_calendar_says(days, written):
    # strftime leaves the year of a date before 1000 unpadded on some systems; none here is.
    read = read_dates(cells([day.strftime(written) for day in days]), Notation())
    assert read.values.astype("datetime64[D]").tolist() == days
    assert not read.unreadable.any()


def test_days_and_months_need_no_leading_zero():
    read = read_dates(cells(["5/3/2024", "2024-3-5", "5.12.2024"]), Notation())
    assert read.values.astype("datetime64[D]").astype(str).tolist() == ["2024-03-05", "2024-03-05", "2024-12-05"]


def test_a_time_of_day_and_a_zone_are_kept_in_utc():
    read = read_dates(cells(["2024-01-31T10:20:30", "2024-01-31 10:20+02:00", "31/01/2024 09:05"]), Notation())
    expected = ["2024-01-31T10:20:30", "2024-01-31T08:20:00", "2024-01-31T09:05:00"]
    assert read.values.astype("datetime64[s]").astype(str).tolist() == expected


def test_a_day_that_the_calendar_lacks_is_no_date():
    assert read_dates(cells(["31/02/2024", "2023-02-29", "1/1/2024"]), Notation()).unreadable.tolist() == [1, 1, 0]


def test_dates_that_could_be_month_first_are_called_ambiguous():
    assert read_dates(cells(["3/4/2024", "5/6/2024"]), Notation()).ambiguous
    assert not read_dates(cells(["3/4/2024", "25/6/2024"]), Notation()).ambiguous
    assert not read_dates(cells(["2024-04-03", "2024-06-05"]), Notation()).ambiguous


@pytest.mark.parametrize("mark", MISSING)
def test_the_usual_marks_are_missing_values(mark):
    column = cells(["1", f" {mark}", "2"])
    assert read_text(column, Notation()).to_pylist() == ["1", None, "2"]
    read = read_numbers(column, Notation())
    assert np.isnan(read.values).tolist() == [False, True, False]
    assert not read.unreadable.any()


def test_a_mark_that_is_a_number_counts_however_it_is_written():
    notation = Notation((*MISSING, "-999"))
    assert np.isnan(read_numbers(cells(["-999.0", "-999", "1"]), notation).values).tolist() == [True, True, False]
    assert np.isnan(read_numbers(pa.chunked_array([[-999.0, 1.0]]), notation).values).tolist() == [True, False]


@pytest.mark.parametrize("text", ["abc", "1,5", "1 2", "0x10", "1_000", "inf", "-Infinity", "1e999", "1e39", "12%"])
def test_what_is_no_finite_number_is_marked(text):
    read = read_numbers(cells(["1", text, "2.5"]), Notation())
    assert read.unreadable.tolist() == [False, True, False]
    np.testing.assert_array_equal(read.values, [1, np.nan, 2.5])


def test_true_and_false_are_one_and_zero():
    read = read_numbers(cells(["True", "FALSE", "", "true"]), Notation())
    np.testing.assert_array_equal(read.values, [1, 0, np.nan, 1])
    assert read.booleans


@pytest.mark.parametrize("kind", [pa.int8(), pa.uint64(), pa.float32(), pa.float64(), pa.decimal128(21, 2)])
def test_the_numbers_that_parquet_types_are_read(kind):
    column = pa.chunked_array([pa.array([3, None, 7], pa.int64()).cast(kind, safe=False)])
    np.testing.assert_array_equal(read_numbers(column, Notation()).values, [3, np.nan, 7])


CELLS = st.sampled_from(
    [None, "", " NA", "1", " 1", "+2.5", "1e39", "inf", "true", "False", "Lima", " Quito ", "2024-02-30"]
)


@settings(deadline=None)
@given(st.lists(CELLS, min_size=1), st.lists(CELLS, min_size=1))
def test_a_dictionary_of_texts_reads_as_the_texts_do(first, second):
    """Each chunk has a dictionary of its own, with a text that no cell holds."""
    plain = pa.chunked_array([first, second], pa.string())
    chunks = [pa.array([*part, "3/4/2024"], pa.string()).dictionary_encode()[:-1] for part in (first, second)]
    column, notation = pa.chunked_array(chunks), Notation((*MISSING, "Lima"))
    assert read_text(column, notation).cast(pa.string()).to_pylist() == read_text(plain, notation).to_pylist()
    assert texts_of(read_text(column, notation)).tolist() == read_text(plain, notation).to_pylist()
    ours, theirs = read_numbers(column, notation), read_numbers(plain, notation)
    np.testing.assert_array_equal(ours.values, theirs.values)
    assert ours.unreadable.tolist() == theirs.unreadable.tolist() and ours.booleans == theirs.booleans
    dates, wanted = read_dates(column, notation), read_dates(plain, notation)
    np.testing.assert_array_equal(dates.values, wanted.values)
    assert dates.unreadable.tolist() == wanted.unreadable.tolist()
    shares = [share_matching(read_text(cells, notation), "^[0-9]") for cells in (column, plain)]
    assert shares[0] == pytest.approx(shares[1])
