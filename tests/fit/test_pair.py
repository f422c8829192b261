"""Native code by two threads: the numbers of one thread, to the last bit, and no thread that waits in vain."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from typing import Any

import numba
import numpy as np
import pytest
import torch

from neurona.compiled import crew, products
from neurona.compiled import meet as together
from neurona.data.pixels import Pixels
from neurona.fit import Fit, batches, pair
from neurona.recipe import Recipe

WIDE = {"kind": "mlp", "hidden": [512], "activation": "relu"}
NARROW = {"kind": "autoencoder", "hidden": [64, 512], "latent": 64}  # whose samples lie as units by samples
DIGITS = {"name": "digits"}


@numba.njit(nogil=True)  # type: ignore[misc]
def meet(words: crew.Words, rank: int) -> bool:
    """Meet while Python goes on."""
    return together.meet(words, rank)


@pytest.fixture(autouse=True)
def two_threads(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let short calls be made by two threads, whatever else runs, and count nothing of it afterwards."""
    monkeypatch.setattr(pair, "WORTH", 0.0)
    monkeypatch.setattr(pair, "OFTEN", 10**9)
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    yield
    torch.set_num_threads(before)


def trained(engine: str = "compiled", data: Any = None, net: Any = None, **fit: Any) -> Fit:
    options = {"epochs": 2, "batch": 64, "seed": 5, "engine": engine, **fit}
    made = Recipe.of({"name": "wide", "data": data or DIGITS, "net": net or WIDE, "fit": options}).start()
    for _epoch in made:
        pass
    return made


def in_one_thread(**options: Any) -> Fit:
    torch.set_num_threads(1)
    try:
        return trained(**options)
    finally:
        torch.set_num_threads(2)


def assert_bit_equal(ours: Fit, theirs: Fit) -> None:
    assert ours.history == theirs.history
    for mine, other in zip(ours.net.parameters(), theirs.net.parameters(), strict=True):
        assert torch.equal(mine, other)


@pytest.mark.parametrize(
    "options",
    [
        {"optimizer": "sgd", "lr": 0.1},
        {"optimizer": "adamw", "weight_decay": 0.01, "schedule": "one-cycle"},
        {"optimizer": "momentum", "lr": 0.01, "clip": 0.5, "l2": 1e-3},
        {"optimizer": "adadelta", "net": {**WIDE, "dropout": 0.2}},
        {"optimizer": "adam", "batch": "full", "epochs": 6},
        {"optimizer": "adam", "batch": 1257 // 2},  # the last batch is a single sample
        {"data": {**DIGITS, "task": "reconstruction"}, "net": {"kind": "autoencoder", "hidden": [400], "latent": 20}},
        {"data": {"name": "moons", "task": "reconstruction"}, "net": NARROW, "batch": 32, "epochs": 1},
    ],
)
def test_one_thread_and_two_give_the_same_bits(options: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    begun: list[str] = []
    start = threading.Thread.start
    monkeypatch.setattr(threading.Thread, "start", lambda thread: begun.append(thread.name) or start(thread))
    alone = in_one_thread(**options)
    assert begun == []
    assert_bit_equal(trained(**options), alone)
    assert set(begun) == {"neurona-second"}


@pytest.mark.parametrize("optimizer", ["sgd", "rmsprop", "adam"])
def test_batches_in_two_parts_train_as_pytorch_does(optimizer: str) -> None:
    options: dict[str, Any] = {"optimizer": optimizer, "lr": 1e-3, "clip": 2.0, "epochs": 4}
    ours, theirs = (trained(engine, **options).history for engine in ("compiled", "torch"))
    for row, other in zip(ours, theirs, strict=True):
        assert row == pytest.approx(other, rel=1e-4, abs=1e-6)


@pytest.mark.parametrize("data", [{"name": "moons", "task": "reconstruction"}, {**DIGITS, "task": "reconstruction"}])
def test_autoencoders_in_two_parts_train_as_pytorch_does(data: dict[str, Any]) -> None:
    options: dict[str, Any] = {"data": data, "net": NARROW, "batch": 32, "lr": 1e-3, "epochs": 3}
    ours, theirs = (trained(engine, **options).history for engine in ("compiled", "torch"))
    for row, other in zip(ours, theirs, strict=True):
        assert row == pytest.approx(other, rel=1e-4, abs=1e-6)


def test_a_small_last_batch_leaves_nothing_in_the_norm_of_the_next_gradient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batches, "GATHER_BYTES", 1)  # each batch comes by itself, and the last of 9 samples in one part
    options: dict[str, Any] = {"data": {**DIGITS, "augment": ["shift 1"]}, "batch": 78, "clip": 0.05, "epochs": 3}
    ours, theirs = (trained(engine, optimizer="sgd", lr=0.5, **options).history for engine in ("compiled", "torch"))
    for row, other in zip(ours, theirs, strict=True):
        assert row == pytest.approx(other, rel=1e-4, abs=1e-6)


def test_threads_stay_as_many_as_they_were() -> None:
    trained()
    seen: list[int] = []
    other = threading.Thread(target=lambda: seen.append(torch.get_num_threads()))
    other.start()
    other.join()
    assert torch.get_num_threads() == 2 and seen == [2]


def test_bytes_are_seen_as_they_are_prepared() -> None:
    raw = torch.arange(256, dtype=torch.uint8).reshape(1, 1, 16, 16)
    pixels = Pixels((1, 16, 16), (1 / 0.3081 / 255,), (-0.1307 / 0.3081,))
    assert pixels.line is not None
    seen = np.zeros((1, 256), np.float32)
    products.shaded(raw.reshape(1, -1).numpy(), np.array(pixels.line, np.float32), 0, np.zeros(0, np.int64), seen)
    assert torch.equal(torch.from_numpy(seen).reshape(raw.shape), pixels.prepare(raw))
    for other in (Pixels((3, 2, 2), (1.0, 2.0, 3.0), (0.0, 0.0, 0.0)), Pixels((1, 4, 4), size=(2, 2))):
        assert other.line is None
    assert Pixels((1, 4, 4), crop=(2, 2)).line is None


@pytest.mark.parametrize("failing", [0, 1])
def test_who_fails_lets_the_other_go(failing: int) -> None:
    words = crew.meeting()

    def compute(rank: int) -> None:
        if rank == failing:
            raise MemoryError
        meet(words, rank)

    with pytest.raises(MemoryError):
        pair.Pair().run(compute, words)


def test_an_interruption_ends_the_second_thread() -> None:
    words = crew.meeting()

    def compute(rank: int) -> None:
        if rank == 0:
            raise KeyboardInterrupt
        meet(words, rank)

    with pytest.raises(KeyboardInterrupt):
        pair.Pair().run(compute, words)
    assert "neurona-second" not in {thread.name for thread in threading.enumerate()}


def test_threads_that_meet_have_seen_what_each_wrote() -> None:
    words, table, wrong = crew.meeting(), np.zeros(2, np.int64), []

    def compute(rank: int) -> None:
        for turn in range(1, 2000):
            table[rank] = turn
            meet(words, rank)
            if table[1 - rank] != turn:
                wrong.append(turn)
            meet(words, rank)

    pair.Pair().run(compute, words)
    assert not wrong and crew.meetings(words) == 2 * 1999


def test_where_others_want_the_cores_one_thread_goes_on_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pair, "OFTEN", 5)
    ours = pair.Pair()
    words = ours.words(1.0)
    assert len(words)

    def compute(rank: int) -> None:
        if rank == 0:
            time.sleep(0.05)  # the other one gives way meanwhile, again and again
        meet(words, rank)

    ours.run(compute, words)
    assert [len(ours.words(1.0)) > 0 for _call in range(pair.ALONE + 1)] == [False] * (pair.ALONE - 1) + [True, True]
