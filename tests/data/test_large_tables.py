"""A large table, whose text is not held in memory beside its values, reads as a small one does."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch

from neurona.data import delimited, load
from neurona.errors import InputError

ROWS = 400


@pytest.fixture
def table(tmp_path: Path) -> Path:
    """Numbers with gaps, whole numbers, names, and numbers that stop being whole far below the first block."""
    generator = np.random.default_rng(0)
    frame = pd.DataFrame(
        {
            "size": generator.normal(1e6, 3.0, ROWS).round(3),
            "rooms": generator.integers(1, 9, ROWS),
            "town": generator.choice(["Lima", "Quito", "Cali"], ROWS),
            "age": generator.integers(0, 90, ROWS).astype(float),
            "price": generator.normal(size=ROWS).round(4),
        }
    )
    frame.loc[5::40, "size"] = np.nan
    path = tmp_path / "houses.csv"
    frame.to_csv(path, index=False, na_rep="NA")
    return path


@pytest.mark.parametrize("last", ["", "12.5", "2024-12-31", "true"])
def test_large_and_small_tables_read_alike(table: Path, last: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever the last cell of a column is: one that is not as the column began is read the slow way, or refused."""
    lines = table.read_text().splitlines()
    cells = lines[-1].split(",")
    lines[-1] = ",".join([*cells[:3], last or cells[3], cells[4]])
    table.write_text("\n".join(lines) + "\n")
    small = _read(table)
    monkeypatch.setattr(delimited, "LARGE", 1)
    monkeypatch.setattr(delimited, "SMALL_BLOCK", 1 << 10)
    monkeypatch.setattr(delimited, "BLOCK", 1 << 10)
    if not last:
        monkeypatch.setattr("pyarrow.csv.read_csv", None)  # the slow way
    large = _read(table)
    if isinstance(small, str):
        assert large == small
        return
    assert not isinstance(large, str)
    assert (large.notes, large.inputs) == (small.notes, small.inputs)
    for name in ("train", "valid", "test"):
        ours, theirs = getattr(large, name), getattr(small, name)
        assert torch.equal(ours.x, theirs.x) and torch.equal(ours.y, theirs.y)


def _read(path: Path) -> object:
    try:
        return load(path, target="price")
    except InputError as error:
        return str(error)


def test_a_line_too_short_far_below_is_named(table: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lines = table.read_text().splitlines()
    lines[300] = "1,2"
    table.write_text("\n".join(lines) + "\n")
    monkeypatch.setattr(delimited, "LARGE", 1)
    monkeypatch.setattr(delimited, "BLOCK", 1 << 10)
    with pytest.raises(InputError, match="line 301"):
        load(table, target="price")
