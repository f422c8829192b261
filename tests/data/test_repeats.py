"""Rows that stand in train and again in valid or test, counted as pandas does."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch

from neurona.data import repeats
from neurona.data.dataset import Dataset
from neurona.data.repeats import row_hashes
from neurona.data.tables import load_table


def noise(n: int, times: int) -> pd.DataFrame:
    """Return `n` random rows of random classes, each so many times."""
    generator = np.random.default_rng(0)
    table = pd.DataFrame(generator.normal(size=(n, 2)).round(4), columns=["a", "b"])
    table["town"] = generator.choice(["Lugo", "Vigo", "Ourense"], n)
    table["class"] = generator.choice(["yes", "no"], n)
    return pd.concat([table] * times, ignore_index=True)


def loaded(table: pd.DataFrame, folder: Path, **options: object) -> Dataset:
    table.to_csv(folder / "table.csv", index=False)
    return load_table(folder / "table.csv", **{"target": "class", **options})  # type: ignore[arg-type]


def said(data: Dataset) -> list[str]:
    return [note for note in data.notes if "stand in train too" in note]


def counted(data: Dataset) -> dict[str, int]:
    """Return how many rows of test and valid are rows of train with the same target."""
    frames = {
        part: pd.DataFrame(torch.cat([getattr(data, part).x, getattr(data, part).y.reshape(-1, 1)], 1).numpy())
        for part in ("train", "valid", "test")
    }
    known = frames.pop("train").drop_duplicates()
    return {part: len(frame.merge(known)) for part, frame in frames.items()}


def test_rows_that_were_copied_are_counted_and_said(tmp_path: Path) -> None:
    data = loaded(noise(60, 6), tmp_path)
    count = counted(data)
    (note,) = said(data)
    assert f"{count['test']} of {len(data.test)} rows of test" in note
    assert f"{count['valid']} of {len(data.valid)} rows of validation" in note
    assert count["test"] > 0.9 * len(data.test)


@pytest.mark.parametrize(("part", "other"), [("test", "validation"), ("valid", "test")])
def test_a_part_that_is_empty_is_not_spoken_of(tmp_path: Path, part: str, other: str) -> None:
    data = loaded(noise(60, 6), tmp_path, **{part: 0.3, "valid" if part == "test" else "test": 0.0})
    (note,) = said(data)
    assert f"{counted(data)[part]} of {len(getattr(data, part))} rows" in note
    assert f"of {other}" not in note


def test_few_repeats_are_not_worth_a_word(tmp_path: Path) -> None:
    table = noise(400, 1)
    data = loaded(pd.concat([table, table[:8]]), tmp_path)
    assert 0 < max(counted(data).values()) < 0.05 * len(data.test)
    assert not said(data)


def test_the_same_rows_with_another_target_are_none(tmp_path: Path) -> None:
    table = noise(100, 1)
    other = table.assign(**{"class": table["class"].map({"yes": "no", "no": "yes"})})
    data = loaded(pd.concat([table, other]), tmp_path)
    assert sum(counted(data).values()) == 0
    assert not said(data)
    copied = loaded(pd.concat([table, other]), tmp_path, task="reconstruction")
    assert not said(copied), "the target is known, although nothing is predicted"


@pytest.mark.parametrize("values", [2, 4])
def test_rows_of_few_different_values_repeat_by_nature(tmp_path: Path, values: int) -> None:
    generator = np.random.default_rng(0)
    table = pd.DataFrame(generator.integers(0, values, (300, 3)), columns=["a", "b", "class"])
    data = loaded(table, tmp_path)
    assert counted(data)["test"] > 0.9 * len(data.test)
    assert not said(data)


def test_texts_and_values_that_were_copied_are_counted(tmp_path: Path) -> None:
    words = np.random.default_rng(0).choice(["uno", "dos", "tres", "cuatro", "cinco", "seis"], (50, 12))
    table = noise(50, 1).assign(text=[" ".join(row) for row in words])
    table["class"] = np.random.default_rng(1).normal(size=50).round(3)
    table = pd.concat([table] * 4)
    for options in ({"text": "text"}, {"types": {"text": "ignore"}}, {"features": ["a + b"]}):
        data = loaded(table, tmp_path, **options)
        (note,) = said(data)
        assert f"{counted(data)['test']} of {len(data.test)} rows of test" in note


def test_of_very_large_tables_nothing_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(repeats, "MOST_ROWS", 359)
    assert not said(loaded(noise(60, 6), tmp_path))


@pytest.mark.parametrize("d", [1, 3, 70_000])
def test_rows_have_the_same_hash_when_they_are_the_same(d: int) -> None:
    rows = np.random.default_rng(0).integers(0, 3, (40, 4))
    x = torch.from_numpy(rows[:, :3]).float().repeat(1, d // 3 + 1)[:, :d]
    y = torch.from_numpy(rows[:, 3])
    wanted = pd.DataFrame(np.column_stack([x[:, :3].numpy(), y])).groupby([*range(min(d, 3) + 1)]).ngroup().to_numpy()
    hashes = row_hashes(x, y)
    assert ((hashes[:, None] == hashes) == (wanted[:, None] == wanted)).all()
