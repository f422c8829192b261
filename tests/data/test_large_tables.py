"""A large table, which is read in several ways through the file, and encoded in blocks, reads as a small one does."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch

from neurona.data import Dataset, delimited, encoding, load, parquet, schema, stream
from neurona.errors import InputError
from neurona.progress import told_to

ROWS = 400


@pytest.fixture
def table(tmp_path: Path) -> Path:
    """Columns of all kinds, with gaps, and numbers that stop being whole far below the first block."""
    generator = np.random.default_rng(0)
    frame = pd.DataFrame(
        {
            "size": generator.normal(1e6, 3.0, ROWS).round(3),
            "rooms": generator.integers(1, 9, ROWS),
            "town": generator.choice(["Lima", "Quito", " Cali"], ROWS),
            "age": generator.integers(0, 90, ROWS).astype(float),
            "sold": generator.choice(["true", "false"], ROWS),
            "built": pd.Timestamp("2001-02-03") + pd.to_timedelta(generator.integers(0, 9000, ROWS), "D"),
            "garden": np.where(np.arange(ROWS) < 200, np.nan, generator.integers(0, 50, ROWS)),
            "remarks": [f"number {k} of them" for k in range(ROWS)],
            "price": generator.normal(size=ROWS).round(4),
            "open": generator.choice(["9:05", "10:30"], ROWS),
        }
    )
    frame.loc[5::40, "size"] = frame.loc[9::50, "town"] = np.nan
    path = tmp_path / "houses.csv"
    frame.to_csv(path, index=False, na_rep="NA")
    return path


@pytest.fixture
def as_large(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let every table count as large, and blocks be small."""
    monkeypatch.setattr(delimited, "LARGE", 1)
    monkeypatch.setattr(delimited, "MANY", 1)
    monkeypatch.setattr(delimited, "BLOCK", 1 << 11)
    monkeypatch.setattr(stream, "BLOCK", 1 << 11)
    monkeypatch.setattr(stream, "ROWS", 1)
    monkeypatch.setattr(encoding, "CELLS", 300)
    monkeypatch.setattr(encoding, "TURNED", 7)
    monkeypatch.setattr(parquet, "MANY", 3 * ROWS)


def _read(path: Path, **options: object) -> Dataset | str:
    try:
        return load(path, **{"target": "price", **options})
    except InputError as error:
        return str(error)


def _same(one: Dataset | str, other: Dataset | str) -> None:
    if isinstance(one, str) or isinstance(other, str):
        assert one == other
        return
    assert (one.notes, one.inputs, one.target) == (other.notes, other.inputs, other.target)
    for name in ("train", "valid", "test"):
        ours, theirs = getattr(one, name), getattr(other, name)
        assert torch.equal(ours.x, theirs.x) and torch.equal(ours.y, theirs.y)


def _with_last(table: Path, place: int, cell: str) -> None:
    lines = table.read_text().splitlines()
    cells = lines[-1].split(",")
    cells[place] = cell
    table.write_text("\n".join([*lines[:-1], ",".join(cells)]) + "\n")


ENDS = [(3, "12.5"), (3, "2024-12-31"), (3, "true"), (3, "?"), (0, "much"), (4, "maybe"), (5, "2024-12"), (6, "x")]


@pytest.mark.parametrize(("place", "last"), [*ENDS, (2, '"a, ""b"" '), (8, "cheap"), (9, "noon")])
def test_large_and_small_tables_read_alike(table: Path, place: int, last: str, request: pytest.FixtureRequest) -> None:
    """Whatever the last cell of a column is: one that is not as the column began is read another way, or refused."""
    _with_last(table, place, last)
    small = _read(table)
    request.getfixturevalue("as_large")
    _same(_read(table), small)


@pytest.mark.parametrize("options", [{}, {"target": "town"}, {"types": {"rooms": "category", "open": "ignore"}}])
def test_columns_that_go_on_as_they_begin_are_never_in_memory_with_their_text(
    table: Path, options: dict[str, object], request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    small = _read(table, **options)
    assert not isinstance(small, str)
    request.getfixturevalue("as_large")
    monkeypatch.setattr("pyarrow.csv.read_csv", None)  # which holds the whole text
    _same(_read(table, **options), small)


@pytest.mark.parametrize("target", ["price", "town"])
def test_a_column_of_texts_reads_alike(table: Path, target: str, request: pytest.FixtureRequest) -> None:
    small = _read(table, target=target, text="remarks")
    assert not isinstance(small, str)
    request.getfixturevalue("as_large")
    _same(_read(table, target=target, text="remarks"), small)


def test_a_parquet_table_read_some_columns_at_a_time_reads_alike(table: Path, request: pytest.FixtureRequest) -> None:
    path = table.with_suffix(".parquet")
    pd.read_csv(table, parse_dates=["built"]).to_parquet(path)
    small = _read(path)
    assert not isinstance(small, str)
    request.getfixturevalue("as_large")
    _same(_read(path), small)


def test_blocks_hold_what_the_definition_gives(tmp_path: Path, as_large: None) -> None:
    """Split, median, mean and deviation of train by pandas, and the columns in their order, whatever stands between."""
    generator = np.random.default_rng(1)
    frame = pd.DataFrame(generator.normal(5, 2, (ROWS, 3)), columns=["a", "b", "c"])
    frame.insert(1, "k", generator.choice(["u", "v"], ROWS))
    frame.loc[::9, "b"] = np.nan
    frame["y"] = generator.normal(size=ROWS)
    path = tmp_path / "own.csv"
    frame.to_csv(path, index=False)
    data = load(path, target="y", seed=4)
    order = np.random.default_rng(4)
    train = order.permutation(order.permutation(ROWS)[: ROWS - 120])
    part = frame.iloc[train]
    filled = part[["a", "b", "c"]].fillna(part[["a", "b", "c"]].median())
    scaled = (filled - filled.mean()) / filled.std(ddof=0)
    wanted = np.column_stack([scaled["a"], part["k"] == "u", part["k"] == "v", scaled["b"], scaled["c"]])
    assert data.feature_names == ("a", "k=u", "k=v", "b", "c")
    np.testing.assert_allclose(data.train.x.numpy(), wanted, rtol=1e-5, atol=1e-6)


def test_a_line_too_short_far_below_is_named(table: Path, as_large: None) -> None:
    lines = table.read_text().splitlines()
    lines[300] = "1,2"
    table.write_text("\n".join(lines) + "\n")
    with pytest.raises(InputError, match="line 301"):
        load(table, target="price")


def test_more_rows_than_the_beginning_lets_expect(
    tmp_path: Path, as_large: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Long rows first and short ones after: numbers outgrow the memory that was taken for them."""
    monkeypatch.setattr(delimited, "HEAD", 1 << 12)
    values = [123456.123456 + k for k in range(100)] + [k % 10 for k in range(5000)]
    path = tmp_path / "own.csv"
    path.write_text("a,y\n" + "\n".join(f"{value},{k % 2}" for k, value in enumerate(values)))
    data = load(path, target="y", standardise=False, valid=0, test=0)
    np.testing.assert_allclose(np.sort(data.train.x.numpy().ravel()), np.sort(np.float32(values)))


def test_who_listens_is_told_how_far_the_reading_has_come(table: Path, as_large: None) -> None:
    heard: list[tuple[str, float]] = []
    with told_to(lambda what, share: heard.append((what, share))):
        load(table, target="price")
    assert {what for what, _share in heard} == {"houses.csv"}
    shares = [share for _what, share in heard]
    assert shares == sorted(shares) and 0 < shares[0] < 0.1 and shares[-1] == 1
    before = len(heard)
    load(table, target="price")
    assert len(heard) == before


def test_what_is_said_of_a_column_keeps_nothing_of_its_cells() -> None:
    """A view of the smallest part would keep a byte for each row and column until all of them were read."""
    values = np.arange(1000.0)
    typed = schema.TypedColumn("a", "number", values, np.isnan(values))
    parts = [np.arange(begun, begun + 250, dtype=np.int32) for begun in (0, 250, 500)]
    said = encoding.Encoder(parts, True, 1).add(typed)
    assert said.values is None and said.missing.base is None and len(said.missing) == 0


@pytest.mark.parametrize("squared", [7, 1 << 20])
def test_mean_and_deviation_are_those_of_numpy(squared: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(encoding, "SQUARED", squared)
    numbers = np.random.default_rng(0).normal(1e6, 1e-2, 1000)
    mean, scale = encoding.moments(numbers)
    assert mean == numbers.mean() and scale == pytest.approx(numbers.std(), rel=1e-12)
    assert encoding.moments(np.full(5, 3.0)) == (3.0, 1.0)
