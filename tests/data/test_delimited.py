"""Text tables: how each one is written is found, and what is wrong is said with its line."""

from __future__ import annotations

import csv
import gzip
import io

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from neurona.data import damage
from neurona.data.delimited import open_delimited
from neurona.errors import InputError

CELLS = st.text(st.characters(codec="utf-8", exclude_characters="\0\r"), max_size=12)


def look(path, delimiter=None, decimal=None, encoding="utf-8"):
    return open_delimited(path, delimiter, decimal, encoding)


def write(tmp_path, content, name="table.csv"):
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def refused(path, **options):
    with pytest.raises(InputError) as caught:
        look(path, **options).read([""])
    return str(caught.value)


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_found(tmp_path, delimiter):
    path = write(tmp_path, "a,b c\n1,2\n3,4\n".replace(",", delimiter))
    file = look(path)
    assert (file.delimiter, file.names) == (delimiter, ("a", "b c"))
    assert file.read([""]).to_pydict() == {"a": [1, 3], "b c": [2, 4]}


def test_a_comma_inside_the_header_of_a_semicolon_file_does_not_mislead(tmp_path):
    assert look(write(tmp_path, "size, m;price, EUR\n1;2\n3;4\n")).names == ("size, m", "price, EUR")


def test_the_delimiter_given_wins(tmp_path):
    path = write(tmp_path, "a,b;c\n1,2;3\n")
    assert look(path, delimiter=";").names == ("a,b", "c")
    assert look(write(tmp_path, "a\tb\n1\t2\n"), delimiter="tab").names == ("a", "b")
    assert "data.delimiter = ';;'" in refused(path, delimiter=";;")


def test_a_decimal_comma_is_found_in_a_semicolon_file(tmp_path):
    file = look(write(tmp_path, "size;price\n1,5;1e1\n-2,25;3\n"))
    assert file.decimal == ","
    assert file.read([""]).to_pydict() == {"size": [1.5, -2.25], "price": [10.0, 3.0]}


def test_a_decimal_point_is_found_in_a_semicolon_file(tmp_path):
    assert look(write(tmp_path, "a;b\n1.5;x,y\n2.5;z\n")).decimal == "."


def test_the_same_sign_for_columns_and_decimals_is_refused(tmp_path):
    path = write(tmp_path, "a,b\n1,2\n")
    assert "data.decimal and data.delimiter are both ','" in refused(path, decimal=",")


def test_the_mark_of_utf8_is_no_part_of_the_first_name(tmp_path):
    file = look(write(tmp_path, b"\xef\xbb\xbfa\xc3\xb1o,b\n1,2\n"))
    assert file.names == ("año", "b")
    assert file.read([""]).column_names == ["año", "b"]


@pytest.mark.parametrize("encoding", ["latin-1", "cp1252", "utf-16"])
def test_another_encoding_can_be_given(tmp_path, encoding):
    path = write(tmp_path, "año,niño\n1,Begoña\n2,Íñigo\n".encode(encoding))
    file = look(path, encoding=encoding)
    assert file.read([""]).to_pydict() == {"año": [1, 2], "niño": ["Begoña", "Íñigo"]}
    assert [batch.to_pydict() for batch in file.batches(["niño"])] == [{"niño": ["Begoña", "Íñigo"]}]


def test_a_compressed_table_is_read(tmp_path):
    path = write(tmp_path, gzip.compress(b"a,b\n1,2\n3,x\n"), "table.csv.gz")
    assert look(path).read([""]).to_pydict() == {"a": [1, 3], "b": ["2", "x"]}
    assert look(path).place(1) == "line 3"


def test_a_wrong_encoding_is_refused_with_line_byte_and_what_to_write(tmp_path):
    message = refused(write(tmp_path, "name,y\nAna,1\nBegoña,2\n".encode("latin-1")))
    assert "line 3: the byte 0xf1 is not utf-8" in message
    assert "--set data.encoding=latin-1" in message
    header = refused(write(tmp_path, "año,y\n1,1\n".encode("latin-1")))
    assert "line 1" in header
    assert "data.encoding=utf-16" in refused(write(tmp_path, "a,b\n1,2\n".encode("utf-16")))


def test_a_wrong_byte_far_into_the_file_is_found(tmp_path):
    rows = b"x,1\n" * 2_000_000
    message = refused(write(tmp_path, b"a,b\n" + rows + b"\xf1,1\n"))
    assert "line 2000002" in message


def test_an_unknown_encoding_is_refused(tmp_path):
    assert "data.encoding = 'utf-9'" in refused(write(tmp_path, "a,b\n1,2\n"), encoding="utf-9")


@pytest.mark.parametrize(("line", "count"), [("5", 1), ("5,6,7", 3), ("5,6,", 3)])
def test_a_row_too_long_or_too_short_is_refused_with_its_line(tmp_path, line, count):
    message = refused(write(tmp_path, f'a,b\n1,"x\ny"\n\n3,4\n{line}\n7,8\n'))
    assert f"line 6: {count} column{'s' * (count > 1)}, where the header has 2" in message


def test_a_ragged_row_is_found_while_the_file_is_read_in_parts(tmp_path):
    file = look(write(tmp_path, "a,b\n" + "1,2\n" * 1000 + "3\n"))
    with pytest.raises(InputError, match="line 1002"):
        list(file.batches(["b"]))


def test_a_quotation_mark_that_is_never_closed_is_refused(tmp_path):
    message = refused(write(tmp_path, 'a,b\n1,2\n3,"4\n' + "5,6\n" * 20))
    assert "a quotation mark after line 2 is never closed" in message
    assert "quotation mark" in refused(write(tmp_path, 'a,b\n1,2\n"3,4\n5,6\n'))


def test_a_last_cell_of_two_lines_is_fine_where_its_quotation_mark_closes(tmp_path):
    assert look(write(tmp_path, 'a,b\n1,"x\ny"\n')).read([""]).to_pydict() == {"a": [1], "b": ["x\ny"]}


@pytest.mark.parametrize("content", ["", "\n\n", "  \n"])
def test_an_empty_file_is_refused(tmp_path, content):
    assert "is empty" in refused(write(tmp_path, content))


@pytest.mark.parametrize("content", ["a,b", "a,b\n", "\na,b\n\n"])
def test_a_header_alone_is_refused(tmp_path, content):
    assert "has a header and no rows" in refused(write(tmp_path, content))


@pytest.mark.parametrize(
    ("content", "hint"),
    [(b"a,b\n1,\0\n", "CSV, TSV or Parquet"), (b"PAR1rest", ".parquet"), (b"PK\x03\x04rest", "spreadsheet")],
)
def test_a_file_that_is_no_text_is_refused_with_what_it_is(tmp_path, content, hint):
    message = refused(write(tmp_path, content))
    assert "no text file" in message
    assert hint in message


def test_a_column_can_be_left_as_it_is_written(tmp_path):
    file = look(write(tmp_path, "zip,at,y\n01234,9:05,1\n28001,10:30,2\n"))
    table = file.read([""], text=["zip"])
    assert table.to_pydict() == {"zip": ["01234", "28001"], "at": ["9:05", "10:30"], "y": [1, 2]}


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    st.integers(2, 4).flatmap(lambda width: st.lists(st.lists(CELLS, min_size=width, max_size=width), min_size=1)),
    st.sampled_from([",", ";", "\t", "|"]),
)
def test_what_pythons_csv_writes_is_read_back_with_the_line_of_each_row(tmp_path, rows, delimiter):
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=delimiter, lineterminator="\n", quoting=csv.QUOTE_ALL)
    writer.writerow([f"c{i}" for i in range(len(rows[0]))])
    begins = []
    for row in rows:
        begins.append(text.getvalue().count("\n") + 1)
        writer.writerow(row)
    file = look(write(tmp_path, text.getvalue()), delimiter=delimiter)
    table = pa.concat_tables(file.batches(file.names))
    assert [list(row.values()) for row in table.to_pylist()] == rows
    assert [file.place(number) for number in range(len(rows))] == [f"line {line}" for line in begins]


def test_a_table_of_many_columns_is_cut_although_its_lines_are_longer_than_a_value_may_be(tmp_path):
    names = [f"column_{k}" for k in range(20_000)]
    file = look(write(tmp_path, ",".join(names) + "\n" + ",".join(["1"] * 20_000) + "\n"))
    assert file.delimiter == "," and file.names == tuple(names)
    assert file.read([""], (), names[-2:]).to_pydict() == {names[-2]: [1], names[-1]: [1]}


def test_a_quotation_mark_that_swallows_much_is_found(tmp_path):
    rows = "1,2\n" * 200_000
    said = refused(write(tmp_path, f'a,b\n{rows}"3,4\n{rows}'))
    assert "from line 200001 on: a value has more than 131072 characters" in said and "quotation mark" in said


@pytest.mark.parametrize("end", ["\n", "\r", "\r\n"])
def test_a_line_that_could_fill_the_memory_is_named_before_it_is_cut(tmp_path, monkeypatch, end):
    monkeypatch.setattr(damage, "LONGEST", 1 << 20)
    monkeypatch.setattr(damage, "CHUNK", 1 << 16)
    path = write(tmp_path, end.join(["a,b", *["1,2"] * 50_000, "1," * (1 << 20), "1,2", ""]))
    said = refused(path)
    assert "more than 1 MB" in said
    if end != "\r\n":
        assert "line 50002" in said


@pytest.mark.parametrize("text", ['[{"a":1,"b":2},{"a":3,"b":4}]', '{"a": 1}\n{"a": 2}\n', '[\n {\n  "a": 1 }]'])
def test_json_is_called_by_its_name(tmp_path, text):
    assert "table.csv holds JSON" in refused(write(tmp_path, text))


def test_a_header_with_braces_is_no_json(tmp_path):
    assert look(write(tmp_path, "{x},[y]\n1,2\n3,4\n")).names == ("{x}", "[y]")
