"""Batches: every sample once an epoch, in a new order, in the sizes asked for."""

from __future__ import annotations

import dataclasses
import threading
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from neurona.data import Dataset, load
from neurona.data.dataset import Split
from neurona.data.pictures import Pictures, read_all
from neurona.fit.batches import Batches, in_order

CPU = torch.device("cpu")
MOONS = load("moons", valid=0.0, test=0.0)


def numbered(n: int) -> Dataset:
    """Return `n` samples whose x and y are their number."""
    number = torch.arange(n, dtype=torch.float32)
    return dataclasses.replace(MOONS, train=Split(torch.stack([number, -number], 1), number[:, None]))


def batches(n: int, size: int, seed: int = 0, *, skip_single: bool = False) -> Batches:
    return Batches(numbered(n), size, CPU, torch.Generator().manual_seed(seed), skip_single=skip_single)


@given(n=st.integers(1, 300), size=st.integers(1, 400))
@settings(max_examples=40, deadline=None)
def test_an_epoch_holds_each_sample_once_with_its_target(n: int, size: int) -> None:
    handed = batches(n, size)
    parts = list(handed)
    x, y = (torch.cat(tensors) for tensors in zip(*parts, strict=True))
    assert torch.equal(x[:, :1], y)
    assert sorted(y.flatten().tolist()) == list(range(n))
    sizes = [len(part) for _x, part in parts]
    assert sizes[:-1] == [min(size, n)] * (len(sizes) - 1)
    assert len(handed) == len(sizes) == -(-n // min(size, n))


def test_each_epoch_has_a_new_order_which_the_seed_decides() -> None:
    def orders(seed: int) -> list[list[float]]:
        handed = batches(100, 10, seed)
        return [torch.cat([y for _x, y in handed]).flatten().tolist() for _epoch in range(3)]

    first, second, third = orders(0)
    assert len({tuple(first), tuple(second), tuple(third)}) == 3
    assert orders(0) == [first, second, third]
    assert orders(1)[0] != first


def test_each_place_of_the_order_is_equally_likely() -> None:
    handed = batches(10, 3)
    firsts = [next(iter(handed))[1][0].item() for _epoch in range(5000)]
    counts = np.bincount(np.array(firsts, dtype=int), minlength=10)
    assert ((counts - 500) ** 2 / 500).sum() < 27.9  # chi-squared with 9 degrees of freedom, p = 0.001


def test_the_order_holds_over_gathers_of_many_batches_at_once() -> None:
    n = 300_000  # more than fits into one gather of 2 MiB
    handed = batches(n, 1000)
    seen = torch.cat([y for _x, y in handed]).flatten().long()
    wanted = torch.randperm(n, generator=torch.Generator().manual_seed(0))
    assert handed.gathered < n
    assert torch.equal(seen, wanted)


@pytest.mark.parametrize(
    ("n", "size", "sizes"),
    [(65, 64, [64]), (33, 16, [16, 16]), (34, 16, [16, 16, 2]), (32, 16, [16, 16]), (1, 1, [1]), (3, 1, [1, 1, 1])],
)
def test_batch_normalisation_is_spared_a_last_batch_of_one(n: int, size: int, sizes: list[int]) -> None:
    handed = batches(n, size, skip_single=True)
    seen = [len(y) for _x, y in handed]
    assert seen == sizes
    assert len(handed) == len(sizes)


def test_the_sample_left_out_is_another_one_each_epoch() -> None:
    handed = batches(65, 64, skip_single=True)
    epochs = [torch.cat([y for _x, y in handed]).flatten().tolist() for _epoch in range(9)]
    left_out = {number for seen in epochs for number in set(range(65)) - set(seen)}
    assert len(left_out) > 1


def test_pictures_come_scaled_to_one_as_numbers() -> None:
    data = load("digits")
    generator = torch.Generator().manual_seed(0)
    x, _y = next(iter(Batches(data, 32, CPU, generator)))
    rows = torch.randperm(len(data.train), generator=torch.Generator().manual_seed(0))[:32]
    torch.testing.assert_close(x, data.train.x[rows].float() / 255)
    assert x.max() == 1


def test_a_split_in_order_is_the_whole_split_in_parts() -> None:
    split = Split(torch.arange(5_000_000, dtype=torch.float32)[:, None], torch.zeros(5_000_000, 1))
    parts = [x for x, _y in in_order(split, MOONS.inputs, CPU)]
    assert len(parts) > 1
    assert torch.equal(torch.cat(parts), split.x)


@pytest.fixture
def twins(tmp_path: Path) -> tuple[Dataset, Dataset]:
    """Return forty pictures in memory, and the same on disk."""
    generator = np.random.default_rng(0)
    paths = [tmp_path / f"{i}.png" for i in range(40)]
    for path in paths:
        Image.fromarray(generator.integers(0, 256, (8, 8), dtype=np.uint8)).save(path)
    digits, shape, y = load("digits", augment=["rotate 20", "flip"]), (1, 8, 8), torch.arange(40)
    read = read_all(paths, shape)
    kept, on_disk = Split(read.x, y), Split(Pictures(paths, shape, read.digests), y)  # type: ignore[arg-type]
    return tuple(dataclasses.replace(digits, train=split) for split in (kept, on_disk))  # type: ignore[return-value]


@pytest.mark.parametrize(("size", "skip_single"), [(8, False), (13, True), (40, False), (100, False)])
def test_batches_from_disk_are_those_from_memory(twins: tuple[Dataset, Dataset], size: int, skip_single: bool) -> None:
    seen = []
    for data in twins:
        handed = Batches(data, size, CPU, torch.Generator().manual_seed(0), skip_single=skip_single)
        handed.gathered = min(2 * handed.size, handed.gathered)  # so that several parts are read
        torch.manual_seed(1)  # of the augmentation
        seen.append([batch for _epoch in range(2) for batch in handed])
    for (x, y), (same_x, same_y) in zip(*seen, strict=True):
        assert torch.equal(x, same_x)
        assert torch.equal(y, same_y)


def test_a_split_in_order_is_the_same_from_disk(twins: tuple[Dataset, Dataset]) -> None:
    kept, on_disk = (list(in_order(data.train, data.inputs, CPU)) for data in twins)
    assert all(torch.equal(x, same) for (x, _), (same, _) in zip(kept, on_disk, strict=True))


def test_an_epoch_that_is_broken_off_leaves_no_workers(twins: tuple[Dataset, Dataset]) -> None:
    before = threading.active_count()
    handed = Batches(twins[1], 4, CPU, torch.Generator())
    handed.gathered = 4
    for _batch in handed:
        assert threading.active_count() > before
        break
    assert threading.active_count() == before
