"""What stands before the rows of a table: Excel's `sep=;`, and names that may be numbers, or no names at all."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.datasets import load_iris, load_wine

from neurona.data.delimited import open_delimited
from neurona.data.tables import load_table
from neurona.errors import InputError


def look(path: Path, text: str, **options: str | None):
    path.write_bytes(text.encode())
    return open_delimited(path, options.get("delimiter"), options.get("decimal"), "utf-8")


@pytest.mark.parametrize("line", ["sep=;\n", "sep=;\r\n", 'SEP=";"\n'.replace('"', ""), '"sep=;"\n'])
def test_excels_line_about_the_separator_is_heeded(tmp_path: Path, line: str) -> None:
    file = look(tmp_path / "t.csv", line + "size;price\n1,5;a\n2,5;b\n")
    assert (file.delimiter, file.decimal, file.names) == (";", ",", ("size", "price"))
    assert file.read([""]).to_pydict() == {"size": [1.5, 2.5], "price": ["a", "b"]}
    assert next(file.batches(["price"])).to_pydict() == {"price": ["a", "b"]}
    assert (file.place(0), file.place(1)) == ("line 3", "line 4")


def test_it_names_separators_that_would_not_be_tried(tmp_path: Path) -> None:
    assert look(tmp_path / "t.csv", "sep=^\na^b\n1^2\n").names == ("a", "b")
    assert look(tmp_path / "t.csv", "sep=^\na|b\n1|2\n", delimiter="|").names == ("a", "b")


def test_mistakes_below_it_are_on_the_line_of_the_file(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="line 4: 3 columns, where the header has 2"):
        look(tmp_path / "t.csv", "sep=;\na;b\n1;2\n3;4;5\n").read([""])


def test_a_large_table_is_read_from_below_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("neurona.data.delimited.LARGE", 0)
    rows = "".join(f"{number};{number / 4}\n" for number in range(1000))
    read = look(tmp_path / "t.csv", "sep=;\na;b\n" + rows).read([""])
    assert read.column("b").to_pylist() == [number / 4 for number in range(1000)]


def headless(frame: pd.DataFrame) -> str:
    return frame.sample(frac=1, random_state=0).to_csv(index=False, header=False)


def iris() -> pd.DataFrame:
    data = load_iris(as_frame=True)
    return data.data.assign(kind=data.target_names[data.target])


@pytest.mark.parametrize("frame", [iris(), load_wine(as_frame=True).frame], ids=["iris", "wine"])
def test_a_table_without_names_is_refused(frame: pd.DataFrame, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"t\.csv, line 1 holds values like those below it(.|\n)*x1,x2,x3,x4,x5"):
        look(tmp_path / "t.csv", headless(frame))
    with pytest.raises(InputError, match="line 2 holds values"):
        look(tmp_path / "t.csv", "sep=,\n" + headless(frame))


@pytest.mark.parametrize("seed", range(20))
def test_one_of_any_columns_is(seed: int, tmp_path: Path) -> None:
    rng = np.random.default_rng(seed)
    columns = [rng.normal(size=60), rng.integers(0, 100, 60), rng.exponential(10, 60), rng.choice(["a", "b"], 60)]
    frame = pd.DataFrame({str(i): columns[i % 4] for i in rng.permutation(4)})
    with pytest.raises(InputError, match="line 1 holds values"):
        look(tmp_path / "t.csv", frame.to_csv(index=False, header=False))


@pytest.mark.parametrize(
    "names",
    [
        ["2019", "2020", "2021", "region"],
        ["2021", "2020", "2019", "region"],
        ["0", "1", "2", "3"],
        ["region", "2020", "2019.5", "2018"],
        ["400.5", "402.5", "404.5", "label"],
        ["5", "x", "y", "z"],
    ],
)
def test_names_that_are_numbers_are_names(names: list[str], tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({name: rng.random(40) for name in names})
    frame[names[-1]] = rng.choice(["north", "south"], 40)
    assert look(tmp_path / "t.csv", frame.to_csv(index=False)).names == tuple(names)


def test_years_over_values_of_their_size_are_names(tmp_path: Path) -> None:
    frame = pd.DataFrame(np.random.default_rng(0).integers(1900, 2100, (40, 4)), columns=[2018, 2019, 2020, 2021])
    assert look(tmp_path / "t.csv", frame.to_csv(index=False)).names == ("2018", "2019", "2020", "2021")
    notes = load_table(tmp_path / "t.csv", target="2021").notes
    assert "The first line was read as the names of the columns, which are numbers." in notes


def test_a_number_is_quoted_as_it_is_written(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("a,y\n" + "".join(f"{number},{number % 2}\n" for number in range(30)) + "1e400,1\n-2E+999,0\n")
    with pytest.raises(
        InputError, match=r"'a' of .*'1e400' \(line 32\), '-2E\+999' \(line 33\)(.|\n)*\[\"1e400\""
    ) as caught:
        load_table(path, target="y")
    assert "inf" not in str(caught.value).replace("finite", "")
    data = load_table(path, target="y", missing=["1e400", "-2E+999"])
    assert len(data.train) + len(data.valid) + len(data.test) == 32


@pytest.mark.parametrize(
    "text", ["# my data\na,y\n", "# mine, of 2020\na,b,y\n", "# one\r\n# two\r\na;b\r\n", "sep=;\n#\na;b\n"]
)
def test_a_comment_above_the_names_is_refused(text: str, tmp_path: Path) -> None:
    rows = "".join(f"{k}{';' if ';' in text else ','}{k}\n" for k in range(20))
    with pytest.raises(InputError) as caught:
        look(tmp_path / "own.csv", text + rows)
    said = str(caught.value)
    assert f"line {1 + text.startswith('sep')} is a comment" in said
    assert "Remove" in said


@pytest.mark.parametrize("text", ["#a,y\n1,2\n3,4\n", "#,y\n1,2\n3,4\n", "#y\n1\n2\n", "#a;b,c\n1;2\n3;4\n"])
def test_a_name_may_begin_as_a_comment_does(text: str, tmp_path: Path) -> None:
    assert look(tmp_path / "own.csv", text).names[0].startswith("#")
